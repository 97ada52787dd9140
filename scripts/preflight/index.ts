import { parseOptions, parseStack } from '../arguments.ts';
import { projectDir } from '../cloud/folders.ts';
import { createProgress } from '../progress.ts';
import type { Environment } from '../toolchain/findOnPath.ts';
import { checkAccount, type Account } from './checks/account.ts';
import { checkDirectory } from './checks/directory.ts';
import { checkNode } from './checks/node.ts';
import { checkPulumi } from './checks/pulumi.ts';
import { checkRights } from './checks/rights.ts';
import { checkSettings, type StackSettings } from './checks/settings.ts';
import { checkProviders, checkQuota, checkRegion } from './checks/subscription.ts';
import { formatFindings, hasFailed, type Finding } from './finding.ts';
import { createRun, type Run } from './run.ts';
import { isLocalAzure, type Target } from './target.ts';

export { formatFindings, hasFailed, type Finding, type FindingStatus } from './finding.ts';
export type { Run, RunOutcome } from './run.ts';

export interface PreflightOptions {
  readonly env: Environment;
  /** By default "staging". */
  readonly stack?: string;
  /** How programs are run; by default those on PATH. */
  readonly run?: Run;
  /** Where the stack files are; by default the root of this checkout. */
  readonly projectDir?: string;
}

/**
 * Looks at what `pulumi up` of a stack takes and changes nothing: programs, login, state, rights, quota.
 * In a shell that points at the local Azure the checks of subscription and directory say that they do not apply.
 */
export async function preflight(options: PreflightOptions): Promise<Finding[]> {
  const { env, stack = 'staging', projectDir: folder = projectDir } = options;
  const run = options.run ?? createRun(env, folder);
  const target: Target = { stack, env, isLocal: isLocalAzure(env) };
  const { finding: settings, found } = checkSettings(folder, stack);
  const [node, pulumi, azure] = await Promise.all([checkNode(run, env), checkPulumi(run, target), checkAzure(run, target, found)]);
  return [settings, node, ...pulumi, ...azure];
}

/** The checks that need a login, in the order in which they are shown. */
const azureChecks = [
  ['rights-resources', 'Right to make the resources'],
  ['rights-role-assignments', 'Right to assign roles'],
  ['entra-applications', 'Right to register the application in Entra'],
  ['entra-app-role-assignments', 'Right to assign the tools\' app roles in Entra'],
  ['resource-providers', 'Resource providers'],
  ['region', 'Region'],
  ['quota', 'Quota'],
] as const;

async function checkAzure(run: Run, { env, isLocal }: Target, found: StackSettings | undefined): Promise<Finding[]> {
  if (isLocal) {
    return [['azure-login', 'Azure login'] as const, ...azureChecks].map(([id, title]) => ({
      id, title, status: 'notApplicable', given: 'the local Azure has no subscription or directory of yours', required: 'checked for Azure itself', next: '',
    }));
  }
  const { finding, account } = await checkAccount(run, env, found?.subscriptionId);
  const checked = account === undefined ? [] : (await Promise.all([checkRights(run, account), checkDirectory(run, account), checkSubscription(run, account, found)])).flat();
  const byId = new Map(checked.map((one) => [one.id, one]));
  const whyNot = account === undefined ? 'without a login it cannot be looked up' : 'without the stack\'s settings it cannot be looked up';
  return [finding, ...azureChecks.map(([id, title]): Finding => byId.get(id) ?? { id, title, status: 'unknown', given: whyNot, required: 'the checks before this one', next: '' })];
}

async function checkSubscription(run: Run, account: Account, found: StackSettings | undefined): Promise<Finding[]> {
  const providers = checkProviders(run, account);
  if (found === undefined) return [await providers];
  const { settings, location } = found;
  return await Promise.all([providers, checkRegion(run, settings, location), checkQuota(run, account, settings, location)]);
}

/** What the command is called with. */
export interface PreflightCommand {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  /** Shows how long it takes; left out when there is nobody to read it. */
  readonly stderr?: { write(text: string): unknown; readonly isTTY?: boolean };
  /** How programs are run; by default those on PATH. */
  readonly run?: Run;
}

/**
 * `npm run preflight [-- --stack NAME --json]`: prints the findings.
 * @returns exit code: 0 when nothing failed (warnings and what could not be looked up are listed), 1 when something failed
 * @throws CommandError with exit code 2 when called wrongly
 */
export async function runPreflightCommand({ argv, env, stdout, stderr, run }: PreflightCommand): Promise<number> {
  const options = parseOptions('preflight', argv, { stack: { type: 'string' }, json: { type: 'boolean' } });
  const stack = parseStack(options.stack);
  const look = () => preflight({ env, stack, ...(run ? { run } : {}) });
  const findings = stderr
    ? await createProgress({ stream: stderr, isTerminal: stderr.isTTY === true, env }).step({ running: `Looking at what stack "${stack}" takes`, done: () => undefined }, look)
    : await look();
  stdout.write(options.json === true ? `${JSON.stringify({ stack, findings }, null, 2)}\n` : `${formatFindings(findings)}\n`);
  return hasFailed(findings) ? 1 : 0;
}
