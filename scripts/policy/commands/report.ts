import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ArgumentError, parseActionOptions } from '../../actions.ts';
import { parseStack, STACKS, type StackName } from '../../arguments.ts';
import { projectDir } from '../../cloud/folders.ts';
import { CommandError } from '../../commandError.ts';
import { foldersOf, progressOf, type CommandContext } from '../../commands/commandContext.ts';
import { readCommit } from '../commit.ts';
import { keepEvidence } from '../evidence/reportEvidence.ts';
import { exemptionsOf } from '../exemptions.ts';
import { formatReport } from '../formatReport.ts';
import { deployedSubject, exportState, liveSubject, previewSubject, subjectOf, type Bench } from '../judgeStack.ts';
import { unjudged } from '../judge/judged.ts';
import { readConfiguration, type Level } from '../pack/configuration.ts';
import { digestOfPack } from '../pack/digest.ts';
import { PACK_FOLDER, startPack } from '../pack/packProcess.ts';
import { levelsOf, rulesOf } from '../pack/rules.ts';
import { renderFormats } from '../render/formats.ts';
import { REPORT_VERSION, reportSchema, SUBJECT_KINDS, type Report, type Subject, type SubjectKind } from '../report.ts';
import { openLocal, openSubscription, type Cloud } from '../target.ts';
import { exitCodeOf, objectionsOf } from '../verdict.ts';

const EXEMPTIONS_FILE = 'exemptions.yaml';
const projectSchema = z.looseObject({ name: z.string() });

interface Wanted {
  readonly stacks: readonly StackName[];
  readonly kinds: readonly SubjectKind[];
  /** Stack and kind were both asked for: what is not there is then said, and not passed over. */
  readonly isExplicit: boolean;
}

/**
 * `npm run policy -- report`: judges stacks and writes what came of it, with the evidence, into a folder. Nothing else changes.
 * Exit codes: 0 clean, 3 findings at level mandatory or something that was not judged, 1 the work failed, 2 called wrongly.
 */
export async function report(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, { stack: { type: 'string', multiple: true }, of: { type: 'string' }, out: { type: 'string' }, azure: { type: 'boolean' }, json: { type: 'boolean' } });
  const wanted = readWanted(options.stack, options.of);
  const startedAt = new Date();
  const folder = resolve(options.out ?? join(foldersOf(context).root, 'policy-reports', startedAt.toISOString().replaceAll(':', '-')));
  if (existsSync(join(folder, 'policy-report.json'))) throw new CommandError('POLICY_REPORT_EXISTS', `${folder} holds a report already. Name another folder, or remove it: reports are kept as they were made.`);
  const cloud = await (options.azure ? openSubscription(context) : openLocal(context));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const made = await makeReport(context, cloud, wanted, folder, startedAt);
    const files = writeReport(folder, made);
    const objections = objectionsOf(made);
    context.stdout.write(options.json === true ? `${JSON.stringify({ folder, files, isClean: objections.length === 0, objections, subjects: made.subjects.map(({ stack, kind, status, lastUpdate }) => ({ stack, kind, status, lastUpdate })) })}\n` : formatReport(made, folder, files));
    return exitCodeOf(made);
  } finally {
    await cloud.close();
  }
}

/** @throws ArgumentError, CommandError BAD_STACK */
export function readWanted(stacks: readonly string[] | undefined, of: string | undefined): Wanted {
  const kinds = of === undefined ? SUBJECT_KINDS : SUBJECT_KINDS.filter((kind) => of.split(',').includes(kind));
  const unknown = (of?.split(',') ?? []).filter((kind) => !SUBJECT_KINDS.some((known) => known === kind));
  if (unknown.length > 0) throw new ArgumentError(`--of was given "${unknown.join(',')}"; allowed: ${SUBJECT_KINDS.join(', ')}, with commas between`);
  const there = STACKS.filter((stack) => existsSync(join(projectDir, `Pulumi.${stack}.yaml`)));
  return { stacks: stacks === undefined ? there : [...new Set(stacks.map(parseStack))], kinds, isExplicit: stacks !== undefined && of !== undefined };
}

async function makeReport(context: CommandContext, cloud: Cloud, wanted: Wanted, folder: string, startedAt: Date): Promise<Report> {
  const progress = progressOf(context);
  const project = projectSchema.parse(parse(readFileSync(join(projectDir, 'Pulumi.yaml'), 'utf8'))).name;
  const info = await progress.step('The policy pack starts', async () => {
    const pack = await startPack();
    return pack.info().finally(() => pack.close());
  });
  const rules = rulesOf(info);
  const exemptions = readFileSync(join(PACK_FOLDER, EXEMPTIONS_FILE), 'utf8');
  const exemptionsEvidence = keepEvidence(folder, 'exemptions', EXEMPTIONS_FILE, exemptions);
  const levels = new Map<string, ReadonlyMap<string, Level>>();
  const subjects: Subject[] = [];
  for (const stack of wanted.stacks) {
    const file = join('config', `${stack}.json`);
    const text = readFileSync(join(PACK_FOLDER, file), 'utf8');
    const configuration = readConfiguration(text, { file: `policy/${file}`, info });
    levels.set(stack, levelsOf(rules, configuration));
    const pulumi = cloud.pulumi(stack);
    const bench: Bench = {
      stack, project, pulumi, folder,
      pack: { name: info.name, version: info.version, rules, levels: levels.get(stack) ?? new Map(), configuration },
      common: [keepEvidence(folder, 'policy-configuration', `${stack}/policy-configuration.json`, text), exemptionsEvidence],
    };
    const state = await exportState(pulumi, stack);
    for (const kind of wanted.kinds) {
      const judged = await judgeOne(context, cloud, bench, kind, state, wanted.isExplicit);
      if (judged) subjects.push(judged);
    }
  }
  if (subjects.length === 0) throw new CommandError('STACK_NOT_DEPLOYED', `None of the stacks ${wanted.stacks.join(', ')} is deployed, so that there is nothing to judge but a preview. Deploy one: npm run up; or ask for --of preview.`);
  return reportSchema.parse({
    version: REPORT_VERSION,
    generatedAt: startedAt.toISOString(),
    commit: await readCommit(context.env),
    pack: { name: info.name, version: info.version, sha256: digestOfPack() },
    rules: rules.map(({ kind: _kind, ...rule }) => ({ ...rule, levels: Object.fromEntries([...levels].map(([stack, byRule]) => [stack, byRule.get(rule.id) ?? 'disabled'])) })),
    exemptions: exemptionsOf(exemptions, subjects, startedAt.toISOString().slice(0, 'YYYY-MM-DD'.length)),
    subjects,
  } satisfies Report);
}

const TITLES: Readonly<Record<SubjectKind, string>> = { preview: 'preview', deployed: 'deployed state', live: 'live resources' };

async function judgeOne(context: CommandContext, cloud: Cloud, bench: Bench, kind: SubjectKind, state: string | undefined, isExplicit: boolean): Promise<Subject | undefined> {
  const { stack, common } = bench;
  const step = (work: () => Promise<Subject>): Promise<Subject> => progressOf(context).step({ running: `Judging ${stack}, ${TITLES[kind]}`, done: ({ status }) => `Judged ${stack}, ${TITLES[kind]}${status === 'unjudged' ? ': not judged' : ''}` }, work);
  if (kind === 'preview') {
    if (state !== undefined) return step(() => previewSubject(bench));
    const { withNewStack } = cloud;
    if (withNewStack) return step(() => withNewStack(stack, (pulumi) => previewSubject({ ...bench, pulumi })));
    return subjectOf(stack, kind, unjudged(`Not judged: there is no stack ${stack} yet. Make it (docs/bootstrap.md), then judge its preview.`), common);
  }
  if (state === undefined) return isExplicit ? subjectOf(stack, kind, unjudged(`Not judged: stack ${stack} is not deployed.`), common) : undefined;
  return step(() => (kind === 'deployed' ? deployedSubject(bench, state, foldersOf(context)) : liveSubject(bench, state, cloud.arm)));
}

/** @returns names of the files */
function writeReport(folder: string, made: Report): string[] {
  const formats = renderFormats(made);
  for (const [name, text] of Object.entries(formats)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return Object.keys(formats);
}
