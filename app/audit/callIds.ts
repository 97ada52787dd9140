import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
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
  const mac = (random: Buffer, { oid, azp }: Caller): Buffer =>
    createHmac('sha256', key).update(random).update(`${oid}\n${azp}`).digest().subarray(0, ID_BYTES - RANDOM_BYTES);
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

function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
