import { ambiguousFraming, brokenChunks, foreignProtocol, mutateAnywhere, wrongLength } from './framing.ts';
import { bytesInChunks, bytesWithLength, bytesWithoutBody, draftOf, HOST, ORIGIN, validDraft, type HttpDraft } from './httpDraft.ts';
import { modernMessage } from './messages.ts';
import { largeBody, mutateBody, mutateBytes } from './mutateBody.ts';
import { mutateHead, mutateRequestLine } from './mutateHead.ts';
import { createRandom, type Random } from './random.ts';

/** What the token of a case opens. Whatever else is wrong with a request, it never gets more. */
export type Grant = 'everything' | 'whoami' | 'nothing';

export interface Tokens {
  readonly everything: readonly string[];
  /** Each holds the role of one tool only, or the scope. */
  readonly whoami: readonly string[];
  /** None of them is accepted. */
  readonly nothing: readonly string[];
  /** Of another caller, whose calls are in order: the others may have used up what they may call. */
  readonly probe: string;
}

export interface FuzzCase {
  readonly index: number;
  readonly kind: CaseKind;
  readonly bytes: Buffer;
  /** Offsets at which the bytes are cut into several writes. */
  readonly writesEndAt: readonly number[];
  /** The requests in the bytes, in their order; one for bytes that may be none. */
  readonly requests: readonly ExpectedRequest[];
  /** Each request begins and ends where it was meant to, so that each is answered. */
  readonly isWhole: boolean;
  /** The caller goes away: after so many bytes, or as soon as the answer begins. */
  readonly cut?: number | 'in the answer' | undefined;
  readonly grant: Grant;
}

export interface ExpectedRequest {
  readonly method: string;
  /** The id that an answer may name; undefined when the body has none that can be named. */
  readonly id: string | number | undefined;
}

/** Stands in the id of requests that no server may see, let alone answer. */
export const SMUGGLED = 'smuggled';

/** What one kind of case makes; the rest of a case follows from it. */
interface Shape {
  readonly bytes: Buffer;
  readonly requests?: readonly ExpectedRequest[];
  readonly isWhole: boolean;
  readonly cut?: FuzzCase['cut'];
}

interface Context {
  readonly random: Random;
  readonly index: number;
  readonly token: string;
}

/** How often each kind comes, out of the sum. Most are valid requests with a few changes: they get furthest. */
const WEIGHTS = {
  body: 42, head: 17, 'body and head': 6, 'request line': 6, 'body bytes': 4, anywhere: 7, 'broken chunks': 3, 'wrong length': 3, 'ambiguous framing': 3, pipeline: 3, token: 3, large: 0.6, foreign: 0.6, cut: 2,
} as const;

export type CaseKind = keyof typeof WEIGHTS;

const SHAPES: Readonly<Record<CaseKind, (context: Context) => Shape>> = {
  body: (context) => {
    const draft = valid(context);
    draft.body = mutateBody(draft.body, context.random);
    return whole(draft, context.random);
  },
  head: (context) => withHead(valid(context), context.random),
  'body and head': (context) => {
    const draft = valid(context);
    draft.body = mutateBody(draft.body, context.random);
    return withHead(draft, context.random);
  },
  'request line': (context) => {
    const draft = valid(context);
    const isWhole = mutateRequestLine(draft, context.random);
    return isWhole ? whole(draft, context.random) : open(bytesWithLength(draft));
  },
  'body bytes': (context) => {
    const draft = valid(context);
    draft.body = mutateBytes(draft.body, context.random);
    return whole(draft, context.random);
  },
  anywhere: (context) => open(mutateAnywhere(valid(context), context.random)),
  'broken chunks': (context) => open(brokenChunks(valid(context), context.random)),
  'wrong length': (context) => open(wrongLength(valid(context), context.random)),
  'ambiguous framing': (context) => {
    const inner = draftOf(modernMessage(SMUGGLED, 'tools/call', { name: 'whoami', arguments: {} }), context.token);
    return open(ambiguousFraming(valid(context), bytesWithLength(inner), context.random));
  },
  pipeline: pipelineOf,
  token: (context) => withAuthorization(valid(context), context.random),
  large: (context) => {
    const draft = valid(context);
    draft.body = largeBody(context.random);
    return whole(draft, context.random);
  },
  foreign: ({ random }) => open(foreignProtocol(random)),
  cut: (context) => {
    const draft = valid(context);
    if (context.random.chance(0.3)) draft.body = mutateBody(draft.body, context.random);
    const shape = whole(draft, context.random);
    const { bytes } = shape;
    return { ...shape, cut: context.random.pick(['in the answer', bytes.length, bytes.length - 1, context.random.below(bytes.length), 0]) };
  },
};

/** Makes the case of an index: the same for the same seed, besides the tokens in it. */
export function generateCase(seed: number, index: number, tokens: Tokens): FuzzCase {
  const random = createRandom(seed, index);
  const kind = kindOf(random);
  let grant: Grant = kind === 'token' ? 'nothing' : random.pick(['everything', 'everything', 'everything', 'whoami']);
  const shape = SHAPES[kind]({ random, index, token: random.pick(tokens[grant]) });
  if (shape.isWhole && namesForeignHost(shape.bytes)) grant = 'nothing';
  return {
    index, kind, grant,
    writesEndAt: random.chance(0.1) ? cutsOf(shape.bytes.length, random) : [],
    requests: shape.requests ?? [{ method: '', id: undefined }],
    ...shape,
  };
}

function kindOf(random: Random): CaseKind {
  const kinds = Object.entries(WEIGHTS) as [CaseKind, number][];
  let left = (random.below(1_000_000) / 1_000_000) * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  return kinds.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'body';
}

function valid({ random, index, token }: Context, position = 0): HttpDraft {
  return validDraft(random, random.chance(0.5) ? `case ${index}.${position}` : index * 100 + position, token);
}

function open(bytes: Buffer): Shape {
  return { bytes, isWhole: false };
}

function whole(draft: HttpDraft, random: Random): Shape {
  const bytes = draft.version === 'HTTP/1.1' && random.chance(0.2) ? bytesInChunks(draft, random) : bytesWithLength(draft);
  return { bytes, isWhole: true, requests: [expectedOf(draft)] };
}

function withHead(draft: HttpDraft, random: Random): Shape {
  return mutateHead(draft, random) ? whole(draft, random) : open(bytesWithLength(draft));
}

function expectedOf({ method, body }: HttpDraft): ExpectedRequest {
  return { method, id: idIn(body) };
}

function idIn(body: Buffer): string | number | undefined {
  try {
    // A reader may ignore a byte order mark. Source: RFC 8259, section 8.1.
    const { id } = JSON.parse(body.toString().replace(/^\ufeff/, '')) as { id?: unknown };
    return typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : undefined;
  } catch {
    return undefined; // Not a JSON object.
  }
}

function pipelineOf(context: Context): Shape {
  const { random } = context;
  const parts: Shape[] = [];
  for (let position = 0, count = random.between(2, 20); position < count; position += 1) {
    const draft = valid(context, position);
    if (random.chance(0.4)) draft.body = mutateBody(draft.body, random);
    if (random.chance(0.1)) {
      draft.method = random.pick(['GET', 'HEAD', 'OPTIONS']);
      draft.target = random.pick(['/mcp', '/health', '/nothing']);
      parts.push({ bytes: bytesWithoutBody(draft), isWhole: true, requests: [{ method: draft.method, id: undefined }] });
    } else {
      parts.push(whole(draft, random));
    }
  }
  return { bytes: Buffer.concat(parts.map(({ bytes }) => bytes)), isWhole: true, requests: parts.flatMap(({ requests }) => requests ?? []) };
}

function withAuthorization(draft: HttpDraft, random: Random): Shape {
  const header = draft.headers.find(([name]) => name === 'Authorization');
  if (header && random.chance(0.5)) {
    const token = header[1].slice('Bearer '.length);
    header[1] = random.pick([
      '', 'Bearer', 'Bearer ', 'Basic YTpi', `Basic ${token}`, `Bearer ${token} ${token}`, `Bearer ${token.slice(0, -10)}`, `Bearer ${token}.`, `Bearer .${token}`, `Bearer ${token.split('.').slice(0, 2).join('.')}.`, 'Bearer ..', 'Bearer a.b.c',
      'Bearer null', `Bearer "${token}"`, `Bearer ${token}, Bearer ${token}`, `Bearer\t${token}`, 'Bearer eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJUb29scy53aG9hbWkiXX0.', `Bearer ${'a'.repeat(14_000)}`, `Bearer ${'.'.repeat(1_000)}`, 'DPoP x', '\xff',
    ]);
  }
  if (random.chance(0.1)) draft.headers = draft.headers.filter((other) => other !== header);
  if (random.chance(0.3)) draft.body = mutateBody(draft.body, random);
  return whole(draft, random);
}

/** One Host or Origin header that does not name this server, or a page that may call it, closes it whatever the token. */
function namesForeignHost(bytes: Buffer): boolean {
  const head = bytes.subarray(0, bytes.indexOf('\r\n\r\n')).toString('latin1');
  const valuesOf = (name: string): string[] => [...head.matchAll(new RegExp(`^${name}: (.*)$`, 'gim'))].map(([, value]) => (value ?? '').trim().toLowerCase());
  const hosts = valuesOf('host');
  const origins = valuesOf('origin');
  return (hosts.length === 1 && ![HOST, `${HOST}:443`].includes(hosts[0] ?? '')) || (origins.length === 1 && origins[0] !== ORIGIN);
}

function cutsOf(length: number, random: Random): number[] {
  if (length < 2) return [];
  const cuts = new Set(Array.from({ length: random.between(1, 5) }, () => random.between(1, length - 1)));
  return [...cuts].sort((left, right) => left - right);
}
