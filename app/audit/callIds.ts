import { createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';
import type { Principal } from '../tools/principal.ts';

type Caller = Pick<Principal, 'oid' | 'azp'>;

export interface CallIds {
  create(caller: Caller): string;
  /** Whether the id was given to a call of that caller. False for anything that is no call id. */
  belongsTo(callId: string, caller: Caller): boolean;
}

/** Of the random part, and of the proof after it, in hex digits. */
const RANDOM_DIGITS = 20;
const PROOF_DIGITS = 12;
const KEY_BYTES = 32;
const POOL_IDS = 512;
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Ids that name a call and prove whose it was: UUIDs of version 8 (RFC 9562, section 5.8) whose last 48 bits are a proof over the rest for the caller. No instance
 * has to look a call up to know. 48 bits are enough where each guess is a recorded call.
 * The proof is SHA-256 over a key of the caller's own, its HMAC, which fills the first block of the hash, and over a random part of fixed length. Texts throughout: an Hmac
 * object of Node and the buffers around it cost a third of a whole call.
 * @param secret shared by all instances and both slots
 */
export function createCallIds(secret: Uint8Array): CallIds {
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'mcp-call-id', KEY_BYTES));
  const keys = new WeakMap<Caller, string>();
  let pool = '';
  let used = 0;
  const keyOf = (caller: Caller): string => {
    let own = keys.get(caller);
    if (own === undefined) keys.set(caller, (own = createHmac('sha256', key).update(`${caller.oid}\n${caller.azp}`).digest('hex')));
    return own;
  };
  const proofOf = (random: string, caller: Caller): string => hash('sha256', keyOf(caller) + random).slice(0, PROOF_DIGITS);
  return {
    create(caller) {
      if (used === pool.length) {
        pool = randomBytes(RANDOM_DIGITS / 2 * POOL_IDS).toString('hex');
        used = 0;
      }
      const drawn = pool.slice(used, used + RANDOM_DIGITS);
      used += RANDOM_DIGITS;
      // Version and variant stand where RFC 9562 has them.
      const random = `${drawn.slice(0, 12)}8${drawn.slice(13, 16)}${VARIANTS[Number.parseInt(drawn.charAt(16), 16) & 3]}${drawn.slice(17)}`;
      return `${random.slice(0, 8)}-${random.slice(8, 12)}-${random.slice(12, 16)}-${random.slice(16, 20)}-${proofOf(random, caller)}`;
    },
    belongsTo(callId, caller) {
      if (!FORM.test(callId)) return false;
      const digits = callId.replaceAll('-', '');
      // What is compared is no secret to whoever holds the id, and a guess tells nothing that the answer does not.
      return proofOf(digits.slice(0, RANDOM_DIGITS), caller) === digits.slice(RANDOM_DIGITS);
    },
  };
}

const VARIANTS = ['8', '9', 'a', 'b'];
