import { writeFileSync } from 'node:fs';
import { createLedger } from '../exemptionLedger.ts';
import { rulesOn } from '../rules/index.ts';
import { renderPolicyDocs } from './renderPolicyDocs.ts';

writeFileSync(new URL('../../docs/policy.md', import.meta.url), renderPolicyDocs(rulesOn(createLedger([], new Date().toISOString().slice(0, 'YYYY-MM-DD'.length)))));
