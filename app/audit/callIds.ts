import { hash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Principal } from '../tools/principal.ts';

type Caller = Pick<Principal, 'oid' | 'azp'>;

export interface CallIds {
  create(caller: Caller): string;
  /** Whether the id was given to a call of that caller. False for anything that is no call id. */
  belongsTo(callId: string, caller: Caller): boolean;
}

const ID_BYTES = 16;
const RANDOM_BYTES = 10;
const KEY_BYTES = 32;
const POOL_IDS = 512;
const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Ids that name a call and prove whose it was: UUIDs of version 8 (RFC 9562, section 5.8) whose last 48 bits are the beginning of an HMAC over the rest
 * and the caller. No instance has to look a call up to know. 48 bits are enough where each guess is a recorded call.
 * @param secret shared by all instances and both slots
 */
export function createCallIds(secret: Uint8Array): CallIds {
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'mcp-call-id', KEY_BYTES));
  let pool = Buffer.alloc(0);
  const hmac = createHmacSha256(key);
  const mac = (random: Buffer, { oid, azp }: Caller): Buffer => hmac(Buffer.concat([random, Buffer.from(`${oid}\n${azp}`)])).subarray(0, ID_BYTES - RANDOM_BYTES);
  return {
    create(caller) {
      if (pool.length < RANDOM_BYTES) pool = randomBytes(RANDOM_BYTES * POOL_IDS);
      const random = pool.subarray(0, RANDOM_BYTES);
      pool = pool.subarray(RANDOM_BYTES);
      random[6] = ((random[6] ?? 0) & 0x0f) | 0x80;
      random[8] = ((random[8] ?? 0) & 0x3f) | 0x80;
      return toUuid(`${random.toString('hex')}${mac(random, caller).toString('hex')}`);
    },
    belongsTo(callId, caller) {
      if (!FORM.test(callId)) return false;
      const bytes = Buffer.from(callId.replaceAll('-', ''), 'hex');
      return timingSafeEqual(mac(bytes.subarray(0, RANDOM_BYTES), caller), bytes.subarray(RANDOM_BYTES));
    },
  };
}

/** Of SHA-256, in bytes. */
const HASH_BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/**
 * HMAC-SHA-256 from two hashes made at once: an Hmac object of Node costs ten times as much, a third of a whole call. A test holds it against Node's.
 * Source: RFC 2104, section 2.
 * @param key at most 64 bytes
 */
export function createHmacSha256(key: Uint8Array): (message: Uint8Array) => Buffer {
  const padded = (byte: number): Buffer => {
    const block = Buffer.alloc(HASH_BLOCK_BYTES, byte);
    key.forEach((value, index) => block.writeUInt8(value ^ byte, index));
    return block;
  };
  const [inner, outer] = [padded(0x36), padded(0x5c)];
  // The second hash always has the same length, and is computed at once: its block can be used again.
  const second = Buffer.concat([outer, Buffer.alloc(HASH_BYTES)]);
  return (message) => {
    hash('sha256', Buffer.concat([inner, message]), 'buffer').copy(second, HASH_BLOCK_BYTES);
    return hash('sha256', second, 'buffer');
  };
}

function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
