import { z } from 'zod';
import { defineTool } from '../defineTool.ts';

export const input = z.strictObject({});

export const output = z.strictObject({
  principal: z.strictObject({
    kind: z.enum(['user', 'app']).describe('user: a person through a client; app: an application acting for itself'),
    oid: z.string().describe('Object id of the person or of the service principal'),
    tid: z.string().describe('Tenant id'),
    azp: z.string().describe('Application id of the acting client'),
    idtyp: z.string().optional(),
    name: z.string().optional(),
    roles: z.array(z.string()),
    scopes: z.array(z.string()),
  }),
  instance: z.string().describe('Id of the App Service instance that served the call, or "none" outside App Service'),
  slot: z.string().describe('Deployment slot'),
  packageDigest: z.string().optional().describe('SHA-256 of the deployed package, in hex'),
  version: z.string().describe('Version of the server'),
});

export const whoami = defineTool({
  name: 'whoami',
  title: 'Who am I',
  description: 'Tells who the caller is to this server, and which instance, slot and package served the call.',
  input,
  output,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  // An answer costs no more than its refusal would, and load tests call it.
  limits: { timeoutMs: 2_000, callsPerMinute: 6_000_000, concurrentCallsPerPrincipal: 64 },
  egress: [],
  owner: 'platform team',
  lifecycle: { stage: 'stable', reviewer: 'platform team', reviewedOn: '2026-11-25', reviewDueOn: '2027-11-25' },
  handler: () => import('./run.ts'),
});
