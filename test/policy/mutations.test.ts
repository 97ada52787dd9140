import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { typeKeyOf } from '../../policy/typeKey.ts';
import { createLedger } from '../../policy/exemptionLedger.ts';
import { rulesOn } from '../../policy/rules/index.ts';
import { LEVELS } from './packProcess.ts';
import { MUTATIONS } from './mutations/index.ts';
import { judgeByValue, ruleNamed } from './mutations/judgedByValue.ts';
import { recordJudged, type Judged } from './mutations/judgedStack.ts';
import { isMeant, leavesOf } from './mutations/leaves.ts';
import { mutantsOf, type Mutant } from './mutations/mutate.ts';
import { renderMutations } from './mutations/renderMutations.ts';
import { configurationOf, serveFor, urnOf, type Reported, type ServedPack } from './mutations/servedStack.ts';
import { UNJUDGED } from './mutations/unjudged.ts';

const KINDS = ['staging', 'prod', 'fixed'] as const;
/** The one finding of the program as it ships, which is exempt. */
const EXEMPT = 'storage-no-shared-key';

describe('mutations of the program', () => {
  const stacks = new Map<string, readonly Judged[]>();
  const baseline = new Map<string, readonly Reported[]>();
  let pack: ServedPack;

  const stackOf = (kind: string): readonly Judged[] => {
    const stack = stacks.get(kind);
    assert.ok(stack);
    return stack;
  };
  const judgeAll = async (by: ServedPack, stack: readonly Judged[]): Promise<readonly Reported[]> => {
    const found: Reported[] = [];
    for (const resource of stack) found.push(...await by.judge(resource));
    return [...found, ...await by.judgeStack(stack)];
  };
  const isAbout = ({ mutation: { rule, about }, resource }: Mutant, finding: { readonly rule: string; readonly urn: string }): boolean =>
    finding.rule === rule && (about === undefined ? resource !== undefined && finding.urn === urnOf(resource) : about.split('|').includes(typeKeyOf(finding.urn.split('::')[2] ?? '')));

  before(async () => {
    await Promise.all(KINDS.map(async (kind) => stacks.set(kind, await recordJudged(kind))));
    const ofStaging = await serveFor('staging');
    try {
      baseline.set('staging', await judgeAll(ofStaging, stackOf('staging')));
    } finally {
      await ofStaging.close();
    }
    pack = await serveFor('prod');
    baseline.set('fixed', await judgeAll(pack, stackOf('fixed')));
    baseline.set('prod', await judgeAll(pack, stackOf('prod')));
  });
  after(async () => { await pack.close(); });

  for (const kind of KINDS) {
    it(`the program itself fails no rule but the one that it is exempt from: ${kind} [policy.mutations]`, () => {
      assert.deepEqual((baseline.get(kind) ?? []).map(({ rule, level, urn }) => [rule, level, urn.split('::').at(-1)]), [[EXEMPT, LEVELS.advisory, kind === 'staging' ? 'mcpstaging' : 'mcpprod']]);
    });
  }

  for (const mutation of MUTATIONS) {
    const kind = mutation.stack ?? 'prod';
    it(`${mutation.id}: ${mutation.rule} fails [policy.mutations]`, () => {
      const rule = ruleNamed(mutation.rule);
      const mutants = mutantsOf(mutation, stackOf(kind));
      assert.notEqual(mutants.length, 0, 'The mutation fits nothing that the program registers: correct its types or its path.');
      const survivors = mutants.filter((mutant) => !judgeByValue(rule, mutant.resource, mutant.stack).some((finding) => isAbout(mutant, { rule: rule.name, urn: finding.urn })));
      assert.deepEqual(survivors.map(({ key, name, path }) => `${key} ${name} ${path ?? ''}`), [], 'survive');

      for (const mutant of mutants) assert.deepEqual((baseline.get(kind) ?? []).filter((finding) => isAbout(mutant, finding)), [], 'fails without the mutation as well');
    });
  }

  for (const [name, mutation] of new Map([...MUTATIONS].reverse().map((one) => [one.rule, one] as const))) {
    it(`${name} fails through the served pack as well, at the level of prod: ${mutation.id} [policy.mutations]`, async () => {
      const [mutant] = mutantsOf(mutation, stackOf(mutation.stack ?? 'prod'));
      assert.ok(mutant);
      // What stands is compared with what passed before.
      if (mutation.drift === true && mutant.resource !== undefined) await pack.judge(mutant.resource);
      const reported = ruleNamed(name).kind === 'stack' ? await pack.judgeStack(mutant.stack) : mutant.resource === undefined ? [] : await pack.judge(mutant.resource);
      const findings = reported.filter((finding) => isAbout(mutant, finding));
      assert.notEqual(findings.length, 0, JSON.stringify(reported));
      for (const { level } of findings) assert.equal(level, LEVELS[configurationOf('prod')[name]?.level ?? 'mandatory']);
    });
  }

  it('reach every rule: none is there that no mutation of the program breaks [policy.mutations]', () => {
    const broken = new Set(MUTATIONS.map(({ rule }) => rule));
    // What it judges is the file of exemptions, which is no input of the program: test/policy/pack.test.ts mutates that.
    assert.deepEqual(rulesOn(createLedger([], '2026-11-25')).map(({ name }) => name).filter((name) => !broken.has(name)), ['exemptions-in-order']);
    assert.equal(new Set(MUTATIONS.map(({ id }) => id)).size, MUTATIONS.length);
  });

  it('cover every input that the program sets in prod: each is mutated, or stands in the list of what no rule judges [policy.mutations-complete]', () => {
    const mutated = MUTATIONS.flatMap(({ change }) => ('path' in change && change.kind !== 'added' ? [change] : []));
    const [open, both, used] = [new Set<string>(), new Set<string>(), new Set<unknown>()];
    for (const resource of stackOf('prod')) {
      for (const leaf of leavesOf(resource.inputs)) {
        const reasons = UNJUDGED.filter((entry) => isMeant(entry, resource, leaf));
        const isMutated = mutated.some((target) => isMeant(target, resource, leaf));
        for (const reason of reasons) used.add(reason);
        if (reasons.length === 0 && !isMutated) open.add(`${resource.key} ${resource.name} ${leaf.path}`);
        if (reasons.length > 0 && isMutated) both.add(`${resource.key} ${resource.name} ${leaf.path}`);
      }
    }
    assert.deepEqual([...open], [], 'Inputs that nobody has judged. Add a mutation to test/policy/mutations with the rule that notices it, or an entry to unjudged.ts with the reason why none has to.');
    assert.deepEqual([...both], [], 'Inputs that are mutated, and said not to be judged.');
    assert.deepEqual(UNJUDGED.filter((entry) => !used.has(entry)).map(({ on, path }) => `${on.join()} ${path}`), [], 'Entries that fit nothing any more.');
  });

  it('are what docs/policy-mutations.md lists; "npm run policy:mutations" writes it anew [policy.documented]', () => {
    assert.equal(readFileSync(new URL('../../docs/policy-mutations.md', import.meta.url), 'utf8'), renderMutations());
  });
});
