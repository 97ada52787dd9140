import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { renderPolicyDocs } from '../../policy/docs/renderPolicyDocs.ts';
import { createLedger } from '../../policy/exemptionLedger.ts';
import { rulesOn } from '../../policy/rules/index.ts';

it('docs/policy.md is what the rules say; "npm run policy:docs" writes it anew [policy.documented]', () => {
  const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
  const rules = rulesOn(createLedger([], '2026-11-25'));
  assert.equal(page, renderPolicyDocs(rules));
  for (const { name, severity, remediationSteps } of rules) assert.match(page, new RegExp(`\\| \\[${name}\\]\\(#${name}\\) \\| .* \\| ${severity} \\|`), remediationSteps);
});
