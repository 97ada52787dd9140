import type { HttpDraft } from '../fuzz/httpDraft.ts';
import type { Forger } from './forger.ts';

/** What the record has of a refused request. */
export type Recorded =
  /** A refusal before there was a call. */
  | { readonly kind: 'refusal'; readonly code: string; readonly reason?: RegExp }
  /** A call that was denied. */
  | { readonly kind: 'call'; readonly tool: string }
  | { readonly kind: 'nothing'; readonly because: string };

/** A request that must not get in, and what comes of it. */
export interface Attack {
  readonly name: string;
  readonly make: (forger: Forger) => HttpDraft | Promise<HttpDraft>;
  readonly status: number;
  /** Code of the problem document, or of the JSON-RPC error; undefined for the answer of the HTTP parser. */
  readonly code: string | number | undefined;
  readonly record: Recorded;
}

export const refusedAs = (code: string, reason?: RegExp): Recorded => ({ kind: 'refusal', code, ...(reason ? { reason } : {}) });
export const deniedCall = (tool: string): Recorded => ({ kind: 'call', tool });

/** Why some refusals are no lines of the record. */
export const NOTHING = {
  parser: { kind: 'nothing', because: 'the HTTP parser refuses it: no request begins' },
  malformed: { kind: 'nothing', because: 'the body cannot be read as a message: it asks for nothing that could be allowed or denied' },
  method: { kind: 'nothing', because: 'the endpoint takes POST alone: there is no message, and no caller is looked at' },
  unknownMethod: { kind: 'nothing', because: 'a protocol error of a verified caller in a version that answers it with 200: there is no such method, whoever asks' },
  notFound: { kind: 'nothing', because: 'a protocol error of a verified caller: there is no such thing, whoever asks' },
} as const satisfies Record<string, Recorded>;
