import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { defineTool } from '../../../app/tools/defineTool.ts';
import { tools } from '../../../app/tools/index.ts';
import { formatToolList } from '../../../scripts/tool/listTools.ts';
import { renderToolDocs } from '../../../scripts/tool/renderToolDocs.ts';

const declared = defineTool({
  name: 'send_parcel',
  title: 'Send | a <b>parcel</b>',
  description: 'Sends *one* parcel:\n\n- to `_any_` place, [see](x)',
  input: z.strictObject({ weight_g: z.int().min(1).max(30_000).describe('Weight | in grams') }),
  output: z.strictObject({}),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  access: { role: 'Parcels.Send' },
  interaction: 'streaming',
  limits: { timeoutMs: 30_000, concurrentCalls: 4 },
  egress: ['api.example.com', { host: 'orders.example.com', port: 8443, addresses: 'private', maxResponseBytes: 2_000, traceContext: true }],
  owner: 'parcels@example.com',
  rules: [{ id: 'heavy-ones', description: 'Parcels beyond 20 kg are for *drivers*.', check: () => undefined }],
  lifecycle: { stage: 'deprecated', reviewer: 'reviews@example.com', reviewedOn: '2026-11-22', reviewDueOn: '2027-11-22', sunsetOn: '2027-03-31', replacedBy: 'ship_parcel' },
  handler: async () => ({ run: () => ({}) }),
});

test('docs/tools.md is what the generator makes of the catalogue', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/tools.md'), 'utf8');
  assert.equal(page, renderToolDocs(tools), 'write it with: npm run tool -- docs');
});

test('the section of a tool says all that its declaration says', () => {
  const page = renderToolDocs([declared]);
  assert.equal(page.slice(page.indexOf('## send_parcel')), `## send_parcel

**Send \\| a \\<b\\>parcel\\</b\\>.** Sends \\*one\\* parcel: - to \\\`\\_any\\_\\\` place, \\[see\\](x)

|  |  |
|---|---|
| Role | \`Parcels.Send\` |
| Scope | \`send_parcel\` |
| Stage | deprecated, not served from 2027-03-31 on; replaced by [ship_parcel](#ship_parcel) |
| Review | on 2026-11-22 by reviews@example.com, due again on 2027-11-22 |
| Annotations | destructive, open world |
| Interaction | streaming |
| Limits | concurrent calls 4; calls per minute 600 per principal, burst 100; arguments 262,144 bytes; result 1,048,576 bytes; concurrent calls per principal 4; timeout 30,000 ms |
| Rule \`heavy-ones\` | Parcels beyond 20 kg are for \\*drivers\\*. |
| Egress | \`api.example.com\`, answers of at most 1,048,576 bytes; \`orders.example.com:8443 (private)\`, answers of at most 2,000 bytes, told of the trace |
| Record | standard; with the digest of what the tool answers |
| Owner | parcels@example.com |

### Input

| argument | type | required | allowed | description |
|---|---|---|---|---|
| \`weight_g\` | integer | yes | 1 to 30,000 | Weight \\| in grams |

### Output

No fields.
`);
});

test('a tool that nobody has reviewed yet says so', () => {
  const fresh = { ...declared, lifecycle: { stage: 'experimental' as const }, rules: [] };
  assert.match(renderToolDocs([fresh]), /^\| Stage \| experimental \|\n\| Review \| not reviewed yet \|$/m);
  assert.match(formatToolList([fresh]), / experimental .* none +api\.example\.com, orders\.example\.com:8443 \(private\) +parcels@example\.com +not reviewed +destructive/);
});

test('a field or a limit that a declaration gets later is documented without a change here', () => {
  const later = { ...declared, reviewBoard: 'parcels board', limits: { ...declared.limits, idleTimeoutMs: 1_500, retries: 3 } };
  const page = renderToolDocs([later]);
  assert.match(page, /^\| Limits \| .*; timeout 30,000 ms; idle timeout 1,500 ms; retries 3 \|$/m);
  assert.match(page, /^\| Review board \| parcels board \|$/m);
});

test('the list shows one tool a line', () => {
  assert.deepEqual(formatToolList([declared]).split('\n').map((line) => line.split(/ {2,}/)), [
    ['Name', 'Title', 'Stage', 'Role', 'Scope', 'Timeout', 'Calls of a principal', 'Rules', 'Egress', 'Owner', 'Review due', 'Annotations'],
    ['send_parcel', 'Send | a <b>parcel</b>', 'deprecated until 2027-03-31', 'Parcels.Send', 'send_parcel', '30000 ms', '600/min, burst 100, 4 at a time', 'heavy-ones', 'api.example.com, orders.example.com:8443 (private)', 'parcels@example.com', '2027-11-22', 'destructive, open world'],
  ]);
});
