import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import { ensurePythonEnvironment } from '../toolchain/pythonEnvironment.ts';
import { runProgram } from '../toolchain/runProgram.ts';
import type { ExportedGroup } from './exportGroup.ts';
import { scannedForm } from './scannedForm.ts';

const REQUIREMENTS = join(import.meta.dirname, '..', 'toolchain', 'checkov', 'requirements.txt');
const TIMEOUT_MS = 300_000;
/** A proxy where nothing listens: what would be asked of a network is not. Port 9 is that of the discard service, RFC 863. */
const NOWHERE = 'http://127.0.0.1:9';

const checkSchema = z.object({ check_id: z.string(), check_name: z.string(), resource: z.string() });
const summarySchema = z.object({ passed: z.int(), failed: z.int(), skipped: z.int(), parsing_errors: z.int(), resource_count: z.int(), checkov_version: z.string() });
const reportSchema = z.object({ results: z.object({ failed_checks: z.array(checkSchema) }), summary: summarySchema });

/** A check that failed on a resource. */
export interface FailedCheck {
  /** `CKV_AZURE_…` */
  readonly check: string;
  readonly title: string;
  readonly type: string;
  /** As the template has it, `site/web` for what is nested. */
  readonly name: string;
}

export interface CheckovReport {
  readonly version: string;
  readonly passed: number;
  readonly failed: readonly FailedCheck[];
}

/**
 * Scans templates with checkov, which is installed once, with pinned packages, in a virtual environment of its own. The scan itself reads no configuration of this machine and asks
 * nothing of any network.
 * @throws CommandError CHECKOV_MISSING when it cannot be installed, CHECKOV_FAILED when it did not scan every template
 */
export async function runCheckov(groups: readonly ExportedGroup[], env: NodeJS.ProcessEnv): Promise<CheckovReport> {
  const environment = await ensurePythonEnvironment('checkov', REQUIREMENTS, env);
  if ('missing' in environment) throw new CommandError('CHECKOV_MISSING', environment.missing);
  const folder = mkdtempSync(join(tmpdir(), 'checkov-'));
  try {
    for (const { name, template } of groups) writeFileSync(join(folder, `${name}.json`), JSON.stringify(scannedForm(template)));
    const { stdout, errorTail, problem } = await runProgram(environment.python, ['-m', 'checkov.main', '--framework', 'arm', '--directory', folder, '--output', 'json', '--compact', '--quiet', '--skip-download'], {
      cwd: folder,
      // It looks for settings of its own in the working folder and in HOME, for keys in the environment, and for newer versions and policies in the network.
      env: {
        PATH: env['PATH'], HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', CKV_SKIP_PACKAGE_UPDATE_CHECK: 'true', BC_SKIP_MAPPING: 'TRUE',
        HTTP_PROXY: NOWHERE, HTTPS_PROXY: NOWHERE,
      },
      timeoutMs: TIMEOUT_MS,
    });
    return readCheckovReport(stdout, groups, problem || errorTail.at(-1) || 'it gave no reason');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param text what checkov wrote, as JSON
 * @param groups what it was given
 * @param trouble what it said beside that
 * @throws CommandError CHECKOV_FAILED: what was not scanned has not passed
 */
export function readCheckovReport(text: string, groups: readonly ExportedGroup[], trouble: string): CheckovReport {
  const fail = (what: string): never => { throw new CommandError('CHECKOV_FAILED', what); };
  const { results, summary } = parseReport(text) ?? fail(`checkov left no report that can be read: ${trouble}`);
  const known = new Map(groups.flatMap(({ template }) => template.resources).map(({ type, name }) => [`${type}.${name}`, { type, name }]));
  if (summary.parsing_errors > 0) fail(`checkov could not read ${summary.parsing_errors} of ${groups.length} templates.`);
  if (summary.resource_count < known.size) fail(`checkov saw ${summary.resource_count} of ${known.size} resources.`);
  if (summary.skipped > 0) fail(`checkov skipped ${summary.skipped} checks. What may fail stands in policy/checkov-exemptions.yaml.`);
  return {
    version: summary.checkov_version,
    passed: summary.passed,
    failed: results.failed_checks.map(({ check_id, check_name, resource }) => ({ check: check_id, title: check_name, ...(known.get(resource) ?? { type: resource, name: '' }) })),
  };
}

function parseReport(text: string): z.output<typeof reportSchema> | undefined {
  try {
    return reportSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
