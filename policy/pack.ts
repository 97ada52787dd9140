import { readFileSync } from 'node:fs';
import pulumi from '@pulumi/pulumi';
import { PolicyPack } from '@pulumi/policy';
import { createLedger } from './exemptionLedger.ts';
import { ExemptionsError, parseExemptions } from './exemptions.ts';
import { createGroupLevels } from './groupLevels.ts';
import { EXEMPTIBLE_RULES, rulesOn } from './rules/index.ts';
import { toPolicy } from './toPolicy.ts';

const EXEMPTIONS_FILE = 'exemptions.yaml';

// The process lives for one run of the engine.
const ledger = createLedger(readExemptions(), new Date().toISOString().slice(0, 'YYYY-MM-DD'.length));
const groups = createGroupLevels();

// One pack: each pack is a process of its own, and a second one in the same process makes Pulumi stop.
new PolicyPack('mcp-app-service', {
  displayName: 'MCP servers on Azure App Service',
  description: 'Rules for hosting stateless MCP servers on Azure App Service.',
  provider: 'azure',
  policies: [groups.policy, ...rulesOn(ledger).map((rule) => toPolicy(rule, { groups, ledger }))],
});

function readExemptions() {
  try {
    return parseExemptions(readFileSync(new URL(EXEMPTIONS_FILE, import.meta.url), 'utf8'), { file: `policy/${EXEMPTIONS_FILE}`, rules: EXEMPTIBLE_RULES });
  } catch (error) {
    // Pulumi prints a RunError without a stack trace.
    if (error instanceof ExemptionsError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
