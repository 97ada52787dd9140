import type { JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import type { z } from 'zod';

export type Json = z.core.util.JSONType;

/** Marks an object as something else than JSON. Source: pulumi/pulumi, sdk/go/common/resource/sig.go. */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';
const REFERENCE = '5cf8f73096256a8f31e491e813e4eb8e';
const ASSET = 'c44067f5952c0a294b673a41bacd8c17';
const ARCHIVE = '0def7320c3a5731c473e5ecbe6d01bc7';
/** What a pack takes for a value that is not known, whatever its type. Source: the same file, and @pulumi/policy, proxy.ts. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const MASK = '[secret]';

/**
 * Properties as a pack takes them, from a state or an event in which secrets are masked. A secret becomes a value that is not known: rules then say that they could not judge it,
 * where a placeholder would be judged as if it were the value, and pass.
 */
export function toPackProperties(properties: Readonly<Record<string, Json>>): Record<string, JavaScriptValue> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, toPackValue(value)]));
}

function toPackValue(value: Json): JavaScriptValue {
  if (Array.isArray(value)) return value.map(toPackValue);
  if (typeof value !== 'object' || value === null) return value;
  const signature = value[SIGNATURE];
  if (signature === undefined) return toPackProperties(value);
  switch (signature) {
    // As the engine hands references to a pack that does not ask for them: by id, or by URN for a component, which has none.
    case REFERENCE: return typeof value['id'] === 'string' && value['id'] !== '' ? value['id'] : String(value['urn']);
    // The SDK refuses an asset of which only the digest is left.
    case ASSET: return ['path', 'text', 'uri'].some((name) => Boolean(value[name])) ? value : UNKNOWN;
    case ARCHIVE: return ['path', 'uri'].some((name) => Boolean(value[name])) ? value : UNKNOWN;
    // A secret, and whatever else the SDK would not take.
    default: return UNKNOWN;
  }
}

/** The same JSON without the ciphertext of its secrets: what is handed to auditors cannot be deciphered by whoever learns the key later. */
export function withoutCiphertext(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutCiphertext);
  if (typeof value !== 'object' || value === null) return value;
  if (value[SIGNATURE] === SECRET) return { [SIGNATURE]: SECRET, ciphertext: MASK };
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutCiphertext(inner)]));
}
