import { bytesInChunks, bytesWithLength, headOf, type HttpDraft } from './httpDraft.ts';
import type { Random } from './random.ts';

/** Sizes and ends of chunks that RFC 9112, section 7.1, does not allow, and some that it does. */
const CHUNK_HEADS = [
  '-1', '+5', '0x5', ' 5', '5 ', '\t5', 'g', '', '5;', '5;=', '5;a="', '00000000000000005', 'ffffffffffffffff', '10000000000000000', '7fffffffffffffff', 'fffffffff', '5,5', '5\u0000', '5\r', '1'.repeat(3_000), `5;${'a'.repeat(20_000)}`,
];
const ENDS = ['\r\n', '\n', '\r', '\r\r\n', ''];

/** A chunked body whose chunks are not well-formed. */
export function brokenChunks(draft: HttpDraft, random: Random): Buffer {
  const bytes = bytesInChunks(draft, random);
  const headEnd = bytes.indexOf('\r\n\r\n') + 4;
  const head = bytes.subarray(0, headEnd);
  const body = draft.body.toString('latin1');
  const text = random.pick([
    () => `${random.pick(CHUNK_HEADS)}${random.pick(ENDS)}${body.slice(0, 5)}${random.pick(ENDS)}0\r\n\r\n`,
    () => `${body.length.toString(16)}${random.pick(ENDS)}${body}${random.pick(ENDS)}0${random.pick(ENDS)}${random.pick(ENDS)}`,
    () => `${(body.length + random.pick([-2, -1, 1, 2, 1_000])).toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    () => `${body.length.toString(16)}\r\n${body}\r\n`,
    () => `${body.length.toString(16)}\r\n${body}\r\n0\r\n${random.pick(['x', 'Content-Length: 5\r\n\r\n', 'x: y\r\n'.repeat(3_000), ': \r\n\r\n', 'a\u0000: b\r\n\r\n'])}`,
    () => `0\r\n\r\n${body}`,
    () => body,
  ])();
  return Buffer.concat([head, Buffer.from(text, 'latin1')]);
}

/** A length that the body does not have. */
export function wrongLength(draft: HttpDraft, random: Random): Buffer {
  const { length } = draft.body;
  const claimed = random.pick([
    String(length - 1), String(length + 1), String(length + 1_000_000), String(length >> 1), '0', '-1', `+${length}`, `${length}.0`, `0x${length.toString(16)}`, '1e3', '', ' ', 'x', `${length} ${length}`, `${length}, ${length}`,
    `${length},0`, '99999999999999999999', '18446744073709551616', '9007199254740993', '1048577', `00${length}`, `${length}\r\nContent-Length: ${length}`, `${length}\r\nContent-Length: 0`, `\t${length}`, `${length};`,
  ]);
  return Buffer.concat([Buffer.from(`${headOf(draft)}Content-Length: ${claimed}\r\n\r\n`, 'latin1'), draft.body]);
}

/** Names of Transfer-Encoding that some parsers take for it and others do not. Source: RFC 9112, section 11.2, request smuggling. */
const TRANSFER_ENCODINGS = [
  'Transfer-Encoding: chunked', 'transfer-encoding: Chunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: identity, chunked', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked', 'Transfer-Encoding : chunked', ' Transfer-Encoding: chunked', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding: "chunked"', 'Transfer-Encoding: chunked;a', 'Transfer-Encoding: \u000bchunked',
  'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding:\r\n chunked', 'X: y\r\n\tTransfer-Encoding: chunked', 'Transfer-Encoding: chunked\r\n\t', 'Transfer_Encoding: chunked', 'Transfer-Encoding\u0000: chunked', 'Transfer-Encoding: chun\u0000ked', 'X: y\nTransfer-Encoding: chunked',
];

/**
 * A request with a length and a transfer encoding, so that two servers in a row may see its end at different places.
 * `inner` stands where one of the two readings sees the next request; no reading may answer it.
 */
export function ambiguousFraming(draft: HttpDraft, inner: Buffer, random: Random): Buffer {
  const encoding = random.pick(TRANSFER_ENCODINGS);
  const body = draft.body.toString('latin1');
  const endsEarly = Buffer.concat([Buffer.from('0\r\n\r\n'), inner]);
  const chunked = Buffer.from(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`, 'latin1');
  const [length, payload] = random.pick([
    [endsEarly.length, endsEarly],
    [4, Buffer.concat([chunked, inner])],
    [chunked.length, chunked],
  ] as const);
  const framing = [`Content-Length: ${length}`, encoding];
  if (random.chance(0.5)) framing.reverse();
  return Buffer.concat([Buffer.from(`${headOf(draft)}${framing.join('\r\n')}\r\n\r\n`, 'latin1'), payload]);
}

/** Changes bytes anywhere in a valid request. */
export function mutateAnywhere(draft: HttpDraft, random: Random): Buffer {
  let bytes = random.chance(0.7) ? bytesWithLength(draft) : bytesInChunks(draft, random);
  for (let changes = random.between(1, 3); changes > 0; changes -= 1) {
    const at = random.below(bytes.length + 1);
    const length = random.pick([1, 1, 1, 2, 4, 16, 200]);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    bytes = random.pick([
      () => before,
      () => Buffer.concat([before, after.subarray(length)]),
      () => Buffer.concat([before, random.bytes(length), after]),
      () => Buffer.concat([before, random.bytes(length), after.subarray(length)]),
      () => Buffer.concat([before, after.subarray(0, length), after]),
      () => Buffer.concat([before, Buffer.from(random.pick(['\r\n', '\n', '\r', '\u0000', ':', ' ', '\t', '\r\n\r\n'])), after]),
    ])();
  }
  return bytes;
}

/** What is not HTTP/1.1 at all. */
export function foreignProtocol(random: Random): Buffer {
  return random.pick([
    () => random.bytes(random.pick([1, 10, 1_000, 20_000])),
    () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0012\u0004\u0000\u0000\u0000\u0000\u0000', 'latin1'),
    () => Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]), random.bytes(500)]),
    () => Buffer.from('GET /\r\n'),
    () => Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
    () => Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n\r\n'),
    () => Buffer.from('EHLO example.net\r\nQUIT\r\n'),
    () => Buffer.from('\r\n'.repeat(random.pick([1, 10, 10_000]))),
    () => Buffer.from('*1\r\n$4\r\nPING\r\n'),
    () => Buffer.alloc(random.pick([1, 100, 20_000])),
    () => Buffer.alloc(0),
  ])();
}
