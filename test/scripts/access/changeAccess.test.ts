import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allowAccess, denyAccess, type AccessParts } from '../../../scripts/access/changeAccess.ts';
import { ListChangedError, type DenyListStore } from '../../../scripts/access/denyListStore.ts';
import { NO_RULES, type DenyList, type NewRule } from '../../../scripts/access/denyRules.ts';
import { gatherOperations, type Operation } from '../../../scripts/audit/operations.ts';
import { openOperatorStream } from '../../../scripts/audit/operatorStream.ts';
import { knownKeys } from '../../../scripts/audit/publicKeys.ts';
import { readRecord } from '../../../scripts/audit/readRecord.ts';
import { CommandError } from '../../../scripts/commandError.ts';
import { MemoryRecord, YEAR } from '../audit/support/memoryRecord.ts';
import { KEYS } from '../audit/support/writeStream.ts';

const wanted: NewRule = { kind: 'tool', value: 'whoami', reason: 'broken' };

/** The list of the denied in memory, with the record beside it. Requests can be made to fail, before or after they have had their effect. */
class Stack {
  readonly record = new MemoryRecord();
  readonly notes: string[] = [];
  list: DenyList = NO_RULES;
  version = 0;
  /** Requests that still succeed. */
  left = Infinity;
  /** Whether the first request that fails has its effect. */
  isEffective = false;
  /** Whether the client of storage has sent the next list twice, since it got no answer to the first: the second does not find what it expects. */
  isSentTwice = false;
  /** Done once, at the next writing of the list. */
  onWrite: (() => void) | undefined;
  #minutes = 0;

  constructor() {
    this.record.before = (request) => {
      if (/^(create|append|sign)/.test(request)) this.#request();
    };
  }

  #request(): void {
    if (this.left <= 0) throw new Error('The process is killed.');
    this.left -= 1;
  }

  readonly #store: DenyListStore = {
    read: async () => {
      if (this.left <= 0) throw new Error('The process is killed.');
      return { held: this.list, etag: String(this.version) };
    },
    write: async (list, etag) => {
      this.onWrite?.();
      this.onWrite = undefined;
      if (etag !== String(this.version)) throw new ListChangedError('changed');
      const isLast = this.left === 0;
      if (isLast && !this.isEffective) throw new Error('The process is killed.');
      this.list = list;
      this.version += 1;
      if (this.isSentTwice) {
        this.isSentTwice = false;
        throw new ListChangedError('changed');
      }
      this.#request();
    },
  };

  get parts(): AccessParts {
    // Later than what went before, so that streams have names of their own.
    const now = (): Date => new Date(Date.parse('2026-11-24T12:00:00Z') + (this.#minutes += 1) * 60_000);
    return { list: this.#store, openStream: () => openOperatorStream(this.record, now), operator: { oid: 'operator-1', azp: 'cli' }, now, readOperations: () => this.operations(), note: (text) => void this.notes.push(text) };
  }

  async operations(): Promise<readonly Operation[]> {
    const reader = gatherOperations();
    const { findings } = await readRecord(this.record, knownKeys(KEYS), YEAR, reader);
    assert.deepEqual(findings, []);
    return reader.operations();
  }
}

const outcomes = async (stack: Stack): Promise<unknown[]> => (await stack.operations()).map(({ operation, outcome }) => [operation, outcome]);

describe('a change of who may call', () => {
  it('is recorded as an intent, and again when it is made [access.outcome]', async () => {
    const stack = new Stack();
    const { rule, isNew } = await denyAccess(stack.parts, wanted);
    assert.deepEqual([stack.list.rules, isNew], [[rule], true]);
    await allowAccess(stack.parts, rule.id);
    assert.deepEqual(stack.list.rules, []);
    const [denied, allowed] = await stack.operations();
    assert.deepEqual([denied?.operation, denied?.by, denied?.outcome, denied?.anchored, denied?.details], ['access.deny', 'operator-1', 'done', true, { ...rule, step: 'intended' }]);
    assert.deepEqual([allowed?.operation, allowed?.outcome, allowed?.details], ['access.allow', 'done', { ...rule, step: 'intended' }]);
  });

  it('stands once, however often the command is run', async () => {
    const stack = new Stack();
    const { rule } = await denyAccess(stack.parts, wanted);
    assert.deepEqual(await denyAccess(stack.parts, wanted), { rule, isNew: false });
    assert.equal((await denyAccess(stack.parts, { ...wanted, until: '2030-01-01T00:00:00Z' })).isNew, true);
    assert.equal(stack.list.rules.length, 2);
    assert.deepEqual(await outcomes(stack), [['access.deny', 'done'], ['access.deny', 'done']]);
    await assert.rejects(allowAccess(stack.parts, 'deny-00000000'), (error) => error instanceof CommandError && error.code === 'ACCESS_NO_SUCH_RULE');
  });

  it('is made once when the answer of storage is lost', async () => {
    const stack = new Stack();
    stack.isSentTwice = true;
    const { rule } = await denyAccess(stack.parts, wanted);
    assert.deepEqual(stack.list.rules, [rule]);
    stack.isSentTwice = true;
    await allowAccess(stack.parts, rule.id);
    assert.deepEqual([stack.list.rules, await outcomes(stack)], [[], [['access.deny', 'done'], ['access.allow', 'done']]]);
  });

  it('keeps what somebody else has changed meanwhile', async () => {
    const stack = new Stack();
    stack.onWrite = () => {
      stack.list = { format: 1, rules: [{ ...wanted, id: 'deny-other', value: 'other', by: 'x', at: '2026-11-24T12:00:00.000Z' }] };
      stack.version += 1;
    };
    const { rule } = await denyAccess(stack.parts, wanted);
    assert.deepEqual(stack.list.rules.map(({ id }) => id), ['deny-other', rule.id]);
    await allowAccess(stack.parts, rule.id);
    assert.deepEqual([stack.list.rules.map(({ id }) => id), await outcomes(stack)], [['deny-other'], [['access.deny', 'done'], ['access.allow', 'done']]]);
  });

  it('that fails is told as failed, with why', async () => {
    const stack = new Stack();
    stack.onWrite = () => {
      throw new Error('No right to write.');
    };
    await assert.rejects(denyAccess(stack.parts, wanted), (error) => error instanceof CommandError && error.code === 'ACCESS_NOT_CHANGED' && /No right to write/.test(error.message));
    const [failed] = await stack.operations();
    assert.deepEqual([failed?.outcome, failed?.why, stack.list.rules], ['failed', 'No right to write.', []]);
  });

  for (const [what, isEffective] of [['before it has an effect', false], ['after it has had its effect', true]] as const) {
    it(`that is cut off at any request, ${what}, is told by its intent, and completed by the same command [access.outcome]`, async () => {
      let seen = new Set<string>();
      for (const start of ['deny', 'allow'] as const) {
        for (let requests = 0, isCutOff = true; isCutOff; requests += 1) {
          const stack = new Stack();
          const before = start === 'allow' ? (await denyAccess(stack.parts, wanted)).rule : undefined;
          const run = () => (before ? allowAccess(stack.parts, before.id) : denyAccess(stack.parts, wanted));
          const listed = stack.list;
          Object.assign(stack, { left: requests, isEffective });
          isCutOff = await run().then(() => false, (error: unknown) => {
            if (error instanceof CommandError) seen = seen.add(error.code);
            return true;
          });
          Object.assign(stack, { left: Infinity, isEffective: false });
          const after = await stack.operations();
          if (stack.list !== listed) assert.ok(after.some(({ operation }) => operation === `access.${start}`), 'no change without a record of its intent');
          if (isCutOff && stack.list === listed) assert.ok(after.every(({ operation, outcome }) => operation !== `access.${start}` || outcome !== 'done'), 'nothing is told as done that is not');
          if (isCutOff) await run();
          assert.equal(stack.list.rules.length, start === 'deny' ? 1 : 0, `cut off after ${requests} requests`);
          assert.deepEqual((await stack.operations()).filter(({ outcome }) => outcome === 'none'), [], `cut off after ${requests} requests`);
          const done = (await stack.operations()).filter(({ operation, outcome }) => operation === `access.${start}` && outcome === 'done');
          assert.equal(done.length, 1, `cut off after ${requests} requests`);
        }
      }
      assert.deepEqual([...seen].sort(), ['ACCESS_OUTCOME_NOT_RECORDED', 'ACCESS_OUTCOME_UNKNOWN', 'AUDIT_NOT_RECORDED']);
    });
  }

  it('is made also when the record cannot be read afterwards', async () => {
    const stack = new Stack();
    const { isNew } = await denyAccess({ ...stack.parts, readOperations: () => Promise.reject(new Error('No right to read.')) }, wanted);
    assert.deepEqual([isNew, stack.list.rules.length, stack.notes], [true, 1, ['Whether an earlier run was cut off cannot be told: No right to read.']]);
  });
});
