/** Agents whose requests have spans already, requestSpan.ts: what instruments node:http leaves them out, and adds no headers to them. */
export const agentsWithSpans = new WeakSet<object>();
