import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackName } from '../arguments.ts';
import { projectDir } from '../cloud/folders.ts';
import { progressOf, type CommandContext } from '../commands/commandContext.ts';
import { formatTable } from '../table.ts';
import { runCheckov, type CheckovReport } from './checkov.ts';
import { findDeployedGroups } from './deployedGroups.ts';
import { judgeScan, parseCheckExemptions, type ScanVerdict } from './exemptions.ts';
import { exportGroup, type ExportedGroup } from './exportGroup.ts';
import { stackTemplate } from './stackTemplate.ts';

export interface TemplateOptions {
  readonly stack: StackName;
  /** Groups in Azure; none for the local stack. */
  readonly groupNames: readonly string[];
  /** File that the template is written to. */
  readonly out: string | undefined;
  readonly scan: boolean;
  readonly json: boolean;
}

const EXEMPTIONS = 'policy/checkov-exemptions.yaml';

/**
 * `npm run status -- --template`: what stands in Azure, as a template; with `--scan` what checkov says of it.
 * Exit code 1 when a check failed without an exemption, or an exemption is not needed.
 */
export async function showTemplate(context: CommandContext, { stack, groupNames, out, scan, json }: TemplateOptions): Promise<number> {
  const exemptions = scan ? parseCheckExemptions(readFileSync(join(projectDir, EXEMPTIONS), 'utf8'), EXEMPTIONS) : [];
  const target = await findDeployedGroups(context, stack, groupNames);
  const groups: ExportedGroup[] = [];
  for (const name of target.groupNames) groups.push(await exportGroup(target, name));
  const template = stackTemplate(groups);
  const notExported = groups.flatMap((group) => group.notExported);
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(template, null, 2)}\n`);
  for (const line of notExported) context.stderr.write(`Not in the template: ${line}\n`);
  if (!scan) {
    context.stdout.write(json ? `${JSON.stringify({ stack, groups: target.groupNames, notExported, template })}\n` : out === undefined ? `${JSON.stringify(template, null, 2)}\n` : `The template of ${target.groupNames.join(' and ')} is in ${out}.\n`);
    return 0;
  }
  const report = await progressOf(context).step('Scanning with checkov', () => runCheckov(groups, context.env));
  const verdict = judgeScan(report.failed, exemptions, stack, new Date().toISOString().slice(0, 10));
  context.stdout.write(json ? `${JSON.stringify({ stack, groups: target.groupNames, notExported, template, scan: { version: report.version, passed: report.passed, ...verdict } })}\n` : format(stack, report, verdict));
  return verdict.failed.length + verdict.unused.length > 0 ? 1 : 0;
}

function format(stack: StackName, { version, passed }: CheckovReport, { failed, exempt, unused }: ScanVerdict): string {
  return [
    `checkov ${version} on stack ${stack}: ${passed} passed, ${exempt.length} exempt, ${failed.length} failed`,
    exempt.length === 0 ? '' : formatTable([['Exempt', 'Resource', 'Until', 'Reason'], ...exempt.map(({ check, resource, exemption }) => [check, resource, exemption.expires, exemption.reason])]),
    failed.length === 0 ? '' : formatTable([['Failed', 'Resource', 'Check'], ...failed.map(({ check, resource, title, why }) => [check, resource, `${title} (${why})`])]),
    ...unused.map(({ check, resource }) => `Not needed: the exemption from ${check} of ${resource}. Take ${stack} out of it in ${EXEMPTIONS}.`),
  ].filter((part) => part !== '').join('\n\n').concat('\n');
}
