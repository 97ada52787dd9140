import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { AcceptedKeys } from '../identity/requestStateKeys.ts';
import type { Principal } from '../tools/principal.ts';

type Caller = Pick<Principal, 'oid' | 'azp'>;

export interface CallIds {
  create(caller: Caller): string;
  /** Whether the id was given to a call of that caller. False for anything that is no call id. */
  belongsTo(callId: string, caller: Caller): boolean;
}

/** Hex digits of the random part with version and variant, of the number in a batch, and of the proof, in their order. */
const RANDOM_DIGITS = 17;
const NUMBER_DIGITS = 3;
const PROOF_DIGITS = 12;
const BATCH_IDS = 16 ** NUMBER_DIGITS;
const KEY_BYTES = 32;
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const NUMBERS: readonly string[] = Array.from({ length: BATCH_IDS }, (_, number) => number.toString(16).padStart(NUMBER_DIGITS, '0'));

/** The ids of one caller that share a random part and its proof. */
interface Batch {
  readonly before: string;
  readonly after: string;
  next: number;
}

/**
 * Ids that name a call and prove whose it was: UUIDs of version 8 (RFC 9562, section 5.8) whose last 48 bits are a proof over the 62 random bits for the caller. No instance
 * has to look a call up to know. 48 bits are enough where each guess is a recorded call.
 * A random part serves 4,096 calls of one caller, told apart by the number between it and the proof: made for each call, the proof cost a tenth of a whole call.
 * A retry is a call of its own, with an id of its own: no id has to be the same on two instances, only to be known by both.
 * @param secrets shared by all instances and both slots; the first one makes ids, and a call that any of them made is known
 */
export function createCallIds([secret, ...others]: AcceptedKeys): CallIds {
  const keyOf = (of: Uint8Array): Buffer => Buffer.from(hkdfSync('sha256', of, Buffer.alloc(0), 'mcp-call-id', KEY_BYTES));
  const key = keyOf(secret);
  const known = [key, ...others.map(keyOf)];
  const batches = new WeakMap<Caller, Batch>();
  const proofOf = (random: string, { oid, azp }: Caller, by: Buffer): string => createHmac('sha256', by).update(`${oid}\n${azp}\n${random}`).digest('hex').slice(0, PROOF_DIGITS);
  const openBatch = (caller: Caller): Batch => {
    const random = randomPart();
    return { before: `${random.slice(0, 8)}-${random.slice(8, 12)}-${random.slice(12, 16)}-${random.slice(16)}`, after: `-${proofOf(random, caller, key)}`, next: 0 };
  };
  return {
    create(caller) {
      let batch = batches.get(caller);
      if (batch === undefined || batch.next === BATCH_IDS) batches.set(caller, (batch = openBatch(caller)));
      const number = NUMBERS[batch.next] ?? '';
      batch.next += 1;
      return batch.before + number + batch.after;
    },
    belongsTo(callId, caller) {
      if (!FORM.test(callId)) return false;
      const digits = callId.replaceAll('-', '');
      // What is compared is no secret to whoever holds the id, and a guess tells nothing that the answer does not.
      return known.some((by) => proofOf(digits.slice(0, RANDOM_DIGITS), caller, by) === digits.slice(RANDOM_DIGITS + NUMBER_DIGITS));
    },
  };
}

/** Version and variant stand where RFC 9562 has them. */
function randomPart(): string {
  const drawn = randomBytes(Math.ceil(RANDOM_DIGITS / 2)).toString('hex');
  return `${drawn.slice(0, 12)}8${drawn.slice(13, 16)}${VARIANTS[Number.parseInt(drawn.charAt(16), 16) & 3]}`;
}

const VARIANTS = ['8', '9', 'a', 'b'];
