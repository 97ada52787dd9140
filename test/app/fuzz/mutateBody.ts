import { hostileKey, hostileString, hostileValue, nested } from './hostileJson.ts';
import { leaf, objectsOf, placesOf, textOf, treeOf, type JsonTree } from './jsonTree.ts';
import type { Random } from './random.ts';

const BYTE_SEQUENCES = [
  [0x00], [0xef, 0xbb, 0xbf], [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80], [0xfe, 0xff], [0x1b], [0x0d, 0x0a], [0x22], [0x5c], [0x7f],
].map((bytes) => Buffer.from(bytes));

/** Changes one to three things about a message: its structure, and now and then the bytes of its text. */
export function mutateBody(body: Buffer, random: Random): Buffer {
  const tree: JsonTree = treeOf(JSON.parse(body.toString()));
  const changes = random.pick([1, 1, 2, 3]);
  let text: Buffer | undefined;
  for (let change = 0; change < changes; change += 1) {
    if (text !== undefined || random.chance(0.15)) text = mutateBytes(text ?? Buffer.from(textOf(tree)), random);
    else mutateTree(tree, random);
  }
  return text ?? wrapped(textOf(tree), random);
}

function mutateTree(tree: JsonTree, random: Random): void {
  const place = random.pick(placesOf(tree));
  const object = random.pick(objectsOf(tree));
  const entry = object.entries.length > 0 ? random.pick(object.entries) : undefined;
  switch (random.below(10)) {
    case 0: case 1: case 2:
      return place.replace(leaf(hostileValue(random)));
    case 3:
      return place.replace(leaf(JSON.stringify(hostileString(random))));
    case 4:
      if (entry) object.entries = object.entries.filter((other) => other !== entry);
      return;
    case 5: // A key twice: the two readers of a document may not agree on which counts.
      if (entry) object.entries.splice(random.below(object.entries.length + 1), 0, [entry[0], leaf(hostileValue(random))]);
      return;
    case 6:
      if (entry) entry[0] = hostileKey(random);
      return;
    case 7:
      object.entries.splice(random.below(object.entries.length + 1), 0, [hostileKey(random), leaf(hostileValue(random))]);
      return;
    case 8:
      return place.replace(leaf(nested(random, random.pick([1, 1, 2, 10, 62, 70]), textOf(place.node))));
    default:
      return place.replace(leaf(textOf(random.pick(placesOf(tree)).node)));
  }
}

/** Changes the text of a document, which then mostly is no JSON. */
export function mutateBytes(body: Buffer, random: Random): Buffer {
  const at = random.below(body.length + 1);
  const length = random.pick([1, 1, 2, 10, 100]);
  const [before, after] = [body.subarray(0, at), body.subarray(at)];
  switch (random.below(9)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([random.pick(BYTE_SEQUENCES), body]);
    case 2:
      return Buffer.concat([body, random.pick([random.pick(BYTE_SEQUENCES), body, Buffer.from('\n{}')])]);
    case 3:
      return Buffer.concat([before, random.pick(BYTE_SEQUENCES), after]);
    case 4:
      return Buffer.concat([before, after.subarray(length)]);
    case 5:
      return Buffer.concat([before, after.subarray(0, length), after]);
    case 6:
      return Buffer.concat([before, random.bytes(length), after.subarray(length)]);
    case 7:
      return random.pick([Buffer.from(body.toString(), 'utf16le'), Buffer.alloc(0), Buffer.alloc(length), random.bytes(length), Buffer.from(' '.repeat(length))]);
    default:
      return Buffer.concat([before, Buffer.from(hostileValue(random)), after]);
  }
}

function wrapped(text: string, random: Random): Buffer {
  if (random.chance(0.97)) return Buffer.from(text);
  return Buffer.from(random.pick([`[${text}]`, `[${text},${text}]`, '[]', `{"message":${text}}`, JSON.stringify(text), 'null', '0', '""', 'true', '{}', ` \n${text}\t `]));
}

/** What is costly to read: depth, length and numbers of members around and beyond the limits. */
export function largeBody(random: Random): Buffer {
  const depth = random.pick([10, 63, 64, 65, 1_000, 10_000, 100_000]);
  const length = random.pick([100_000, 524_288, 524_289, 1_040_000, 1_048_576, 1_100_000]);
  const call = (params: string): string => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
  return Buffer.from(random.pick([
    () => nested(random, depth, hostileValue(random)),
    () => call(nested(random, depth, '1')),
    () => call(`{"name":"whoami","arguments":${nested(random, depth, '1')}}`),
    () => call(`{"name":"lookup_fact","arguments":{"topic":"${random.pick(['x', '\\u0000', '\\\\', 'é']).repeat(length >> 2)}"}}`),
    () => call(`{"name":"${'x'.repeat(length)}"}`),
    () => `{"jsonrpc":"2.0","id":"${'x'.repeat(length)}","method":"ping"}`,
    () => `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(length)}"}`,
    () => `[${'0,'.repeat(random.pick([9_998, 9_999, 10_000, 200_000]))}0]`,
    () => `{"a":[${'[],'.repeat(length >> 3)}0]}`,
    () => `{${Array.from({ length: 9_999 }, (_, index) => `"k${index}":0`).join(',')}}`,
    () => `${' '.repeat(length)}{}`,
    () => `{"jsonrpc":"2.0","id":${'1'.repeat(length >> 2)},"method":"ping"}`,
    () => '"'.repeat(length),
    () => '\\'.repeat(length),
  ])());
}
