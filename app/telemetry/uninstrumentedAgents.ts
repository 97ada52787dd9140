/**
 * Agents that what instruments node:http leaves alone: it makes no spans of their requests and adds no headers to them. Those of tools have spans by our hand
 * (app/egress/requestSpan.ts); what the record costs is no part of any call's trace.
 */
export const uninstrumentedAgents = new WeakSet<object>();
