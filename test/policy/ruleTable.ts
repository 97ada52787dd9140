import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding, GivenSettings, ResourceRule, StackRule, Verdict } from '../../policy/rule.ts';
import { part, resourceOf, stackOf, type Part } from './resources.ts';

type Props = Readonly<Record<string, unknown>>;

/** What a rule makes of what: by a name for the test. An expected message stands for one finding; a list for each of several. */
interface Cases<Subject> {
  readonly passes: Readonly<Record<string, Subject>>;
  readonly fails: Readonly<Record<string, readonly [Subject, RegExp | readonly RegExp[]]>>;
  /** With values that a preview does not know. */
  readonly unknown: Readonly<Record<string, readonly [Subject, RegExp | readonly RegExp[]]>>;
  readonly settings?: GivenSettings;
}

export interface ResourceTable extends Cases<Props> {
  /** The types as azure-native has them now; every other form of them is judged too. */
  readonly types: readonly string[];
  /** Types that the rule has nothing to say about, beside the usual ones. */
  readonly others?: readonly string[];
  readonly remediates?: Readonly<Record<string, readonly [before: Props, after: Props]>>;
}

export interface StackTable extends Cases<readonly Part[]> {
  /** Stacks that the rule has nothing to say about. */
  readonly notConcerned: Readonly<Record<string, readonly Part[]>>;
}

const CANARY = 'Canary-7f3Qz9LwX2mB8kT5vR1c';
const UNCONCERNED = ['azure-native:cdn:Profile', 'pulumi:pulumi:Stack', 'random:index/randomId:RandomId', 'toString'];

/** The token of a type in every form that azure-native has had. */
export function formsOf(type: string): readonly string[] {
  const match = /^azure-native:(\w+):(\w+)$/.exec(type);
  if (!match) return [type];
  const [, module = '', name = ''] = match;
  return [type, `azure-native:${module}/v20150801:${name}`, `azure-native:${module}/v20260301preview:${name}`, `azure-native_${module}_v20240401:${module}:${name}`, `azure-native_${module}_v20240401:${module}/v20240401:${name}`];
}

/** Tests a rule on single resources: on each of its types, in every form of the token. */
export function testResourceRule(rule: ResourceRule, table: ResourceTable): void {
  const judge = (type: string, props: Props): Verdict => rule.judge(resourceOf(type, props), table.settings ?? {});
  describe(rule.name, () => {
    for (const form of table.types.flatMap(formsOf)) it(`judges ${form}`, () => testCases((props) => judge(form, props), table));
    it('does not concern other resources, and says so', () => {
      for (const type of [...UNCONCERNED, ...(table.others ?? [])]) {
        const verdict = judge(type, {});
        assert.ok(!verdict.concerns && verdict.reason !== '', type);
      }
    });
    it('quotes no value', () => {
      for (const type of table.types) testCanary((subject) => judge(type, subject), [...subjectsOf(table)]);
    });
    for (const [what, [before, after]] of Object.entries(table.remediates ?? {})) {
      it(`puts right: ${what}`, () => {
        for (const type of table.types.flatMap(formsOf)) {
          const props = structuredClone(before) as Record<string, unknown>;
          const changed = rule.remediate?.({ type, props });
          assert.deepEqual(props, after);
          assert.equal(changed, JSON.stringify(before) !== JSON.stringify(after));
        }
      });
    }
    it(table.remediates ? 'can be remediated' : 'has no remediation', () => assert.equal(rule.remediate !== undefined, table.remediates !== undefined));
  });
}

/** Tests a rule on a whole stack. */
export function testStackRule(rule: StackRule, table: StackTable): void {
  const judge = (parts: readonly Part[]): Verdict => rule.judge(stackOf(parts), table.settings ?? {});
  describe(rule.name, () => {
    it('judges stacks', () => testCases(judge, table));
    it('judges every form of the types', () => {
      for (const place of [1, 2, 3, 4]) testCases((parts) => judge(parts.map((one) => ({ ...one, type: formsOf(one.type)[place] ?? one.type }))), table);
    });
    it('does not concern other stacks, and says so', () => {
      for (const [what, parts] of Object.entries({ ...table.notConcerned, 'an empty stack': [] })) {
        const verdict = judge(parts);
        assert.ok(!verdict.concerns && verdict.reason !== '', what);
      }
    });
    it('quotes no value', () => {
      testCanary((parts) => judge(parts), [...subjectsOf(table)], (parts, change) => parts.map((one) => part(one.type, one.name, change(one.props) as Props, one.madeFrom)));
    });
  });
}

/** The findings, of a rule that has something to say. */
export function findingsOf(verdict: Verdict): readonly Finding[] {
  assert.ok(verdict.concerns, verdict.concerns ? '' : verdict.reason);
  return verdict.findings;
}

function testCases<Subject>(judge: (subject: Subject) => Verdict, { passes, fails, unknown }: Cases<Subject>): void {
  assert.ok(Object.keys(passes).length > 0 && Object.keys(fails).length > 0, 'each table has a case that passes and one that fails');
  for (const [what, subject] of Object.entries(passes)) assert.deepEqual(findingsOf(judge(subject)), [], what);
  for (const [cases, judged] of [[fails, true], [unknown, false]] as const) {
    for (const [what, [subject, expected]] of Object.entries(cases)) {
      const findings = findingsOf(judge(subject));
      const messages = [expected].flat();
      assert.equal(findings.length, messages.length, `${what}: ${JSON.stringify(findings)}`);
      messages.forEach((message, place) => assert.match(findings[place]?.message ?? '', message, what));
      for (const finding of findings) assert.equal(finding.judged, judged, `${what}: ${finding.message}`);
      if (!judged) for (const { message } of findings) assert.match(message, /was not judged: it is not known before the change is made/);
    }
  }
}

function* subjectsOf<Subject>({ passes, fails, unknown }: Cases<Subject>): Generator<Subject> {
  yield* Object.values(passes);
  for (const cases of [fails, unknown]) for (const [subject] of Object.values(cases)) yield subject;
}

/** Puts a secret into all texts at once, and into each of them alone. */
function testCanary<Subject>(judge: (subject: Subject) => Verdict, subjects: readonly Subject[], within: (subject: Subject, change: (value: unknown) => unknown) => Subject = (subject, change) => change(subject) as Subject): void {
  let quotedNowhere = 0;
  for (const subject of subjects) {
    let texts = 0;
    within(subject, (value) => mapTexts(value, (text) => { texts += 1; return text; }));
    for (let place = -1; place < texts; place++) {
      let at = 0;
      const verdict = judge(within(subject, (value) => mapTexts(value, (text) => (place === -1 || at++ === place ? CANARY : text))));
      assert.ok(!JSON.stringify(verdict).includes(CANARY), JSON.stringify(verdict));
      quotedNowhere += 1;
    }
  }
  assert.ok(quotedNowhere > 0);
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}

