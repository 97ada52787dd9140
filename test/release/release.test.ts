import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { settingsUrns } from '../../scripts/release/steps/settle.ts';
import { createLocalRun, type LocalRun } from '../e2e/support/localRun.ts';
import { createCheckout, type Checkout } from './support/checkout.ts';

interface Slots { readonly production?: { readonly digest: string; readonly name: string }; readonly staging?: { readonly digest: string } }
interface Gate { readonly name: string; readonly pass: boolean; readonly measured: string | number; readonly details: readonly string[] }
interface Result { readonly release: string; readonly outcome: string; readonly reason?: string; readonly before: Slots; readonly after: Slots; readonly recovered?: string; readonly gates: readonly { readonly step: string; readonly gates: readonly Gate[] }[]; readonly package?: { readonly digest: string }; readonly notices: readonly string[] }
interface Plan { readonly dryRun: boolean; readonly slots: Slots; readonly gates: readonly Gate[]; readonly steps: readonly string[] }
interface History { readonly releases: readonly { readonly id: string; readonly verb: string; readonly outcome?: string; readonly commit?: string; readonly by: { readonly oid: string }; readonly after?: Slots; readonly takenOver: readonly { readonly statement: string }[]; readonly verifications: readonly { readonly slot: string; readonly gates: readonly Gate[] }[] }[]; readonly underWay?: { readonly step: string; readonly isHeld: boolean } }
interface Status { readonly sites: readonly { readonly slot?: string; readonly packageDigest: string; readonly instances: readonly { readonly pid: number }[] }[] }

/** A step, what the command says when it begins, and whether a kill there is tried in soak runs alone: what the next command does about it is the same as at another step. */
type Kill = readonly [step: string, said: RegExp, form?: 'soak'];

const digests = ({ production, staging }: Slots): (string | undefined)[] => [production?.digest, staging?.digest];
const failed = (gates: readonly Gate[]): string[] => gates.filter(({ pass }) => !pass).map(({ name }) => name);

describe('releases on the local Azure', () => {
  let run: LocalRun;
  let checkout: Checkout;
  let first = '';
  let second = '';
  let third = '';
  let firstCommit = '';
  let secondCommit = '';

  before(async () => {
    run = createLocalRun();
    checkout = createCheckout(run);
    firstCommit = checkout.head();
    const { code, result, stderr } = await checkout.releaseJson<Result>(['deploy']);
    assert.equal(code, 0, stderr);
    first = result.package?.digest ?? '';
  });
  after(async () => {
    await run.close();
    checkout.close();
  });

  const underWay = async (): Promise<History['underWay']> => (await checkout.releaseJson<History>(['history'])).result.underWay;
  /** What a command says first, when it takes up a release that was cut off at a step, and later on. */
  const wasAt = (step: string | undefined, said: RegExp): RegExp => (step === undefined ? said : new RegExp(`was cut off: it stood at step "${step}"[\\s\\S]*${said.source}`, 'm'));
  /** Kills a command at one step after the other, each time seeing that it says where the one before stood. @param last the step at which one was killed before @returns that of the last kill */
  const killedAt = async (args: readonly string[], kills: readonly Kill[], last?: string): Promise<string | undefined> => {
    let stoodAt = last;
    for (const [step, said, form] of kills) {
      if (form === 'soak' && process.env['MCP_SOAK'] !== '1') continue;
      await checkout.releaseKilledAt(args, wasAt(stoodAt, said));
      stoodAt = step;
    }
    return stoodAt;
  };
  const production = async () => (await run.json<Status>(['status'])).sites.find(({ slot }) => slot === undefined);
  /** What the stack's state says is what ARM says, a preview shows no changes, and no tracked file has changed. */
  async function isSettled(stack = 'staging'): Promise<void> {
    const { cwd, env } = { cwd: checkout.folder, env: { PULUMI_OPTION_POLICY_PACK: '' } };
    const refresh = await run.inCloud(stack, 'pulumi', ['refresh', '--preview-only', '--expect-no-changes', '--non-interactive', '--stack', stack, ...settingsUrns(stack).flatMap((urn) => ['--target', urn])], { cwd, env });
    assert.equal(refresh.code, 0, `state and ARM differ\n${refresh.stdout}${refresh.stderr}`);
    const preview = await run.inCloud(stack, 'pulumi', ['preview', '--expect-no-changes', '--non-interactive', '--stack', stack], { cwd });
    assert.equal(preview.code, 0, `a preview shows changes\n${preview.stdout}${preview.stderr}`);
    assert.equal(checkout.git('status', '--porcelain'), '');
  }

  it('deploy leaves a candidate in the staging slot, and production untouched to the process, also when it was killed amid the update and after it [release.deploy] [release.cut-off]', async () => {
    secondCommit = checkout.commitVersion('2.0.0');
    const plan = await checkout.releaseJson<Plan>(['deploy', '--dry-run']);
    assert.deepEqual([plan.code, plan.result.dryRun, ...digests(plan.result.slots)], [0, true, first, first]);

    const untouched = await production();
    await checkout.releaseKilledAt(['deploy'], /^pulumi up, stack staging, with the policy pack …$/m);
    assert.equal((await underWay())?.step, 'update');
    await killedAt(['deploy'], [['candidate', /^Waiting for the candidate …$/m, 'soak']], 'update');
    const { code, result, stderr } = await checkout.releaseJson<Result>(['deploy']);
    assert.equal(code, 0, stderr);
    second = result.package?.digest ?? '';
    assert.match(second, /^[0-9a-f]{64}$/);
    assert.notEqual(second, first);
    assert.match(result.recovered ?? '', /it stood at step "(?:update|candidate)" since /);
    // An engine goes on when the command that started it is killed.
    assert.deepEqual([result.before.production?.digest, ...digests(result.after)], [first, first, second]);
    assert.deepEqual(await production(), untouched, 'the same package in the same processes');
  });

  it('promote from another commit than the one that was deployed is stopped, and so is a rollback of nothing [release.preconditions]', async () => {
    const { releases } = (await checkout.releaseJson<History>(['history'])).result;
    checkout.commitEmpty();
    const { code, result } = await checkout.releaseJson<Plan>(['promote', '--dry-run']);
    assert.deepEqual([code, failed(result.gates)], [3, ['checkout-is-commit']]);
    checkout.git('reset', '-q', '--hard', secondCommit);
    const rollback = await checkout.releaseJson<Plan>(['rollback', '--dry-run']);
    assert.deepEqual([rollback.code, failed(rollback.result.gates)], [3, ['production-is-known', 'previous-known']]);
    assert.equal((await checkout.releaseJson<History>(['history'])).result.releases.length, releases.length, 'a dry run leaves no trace');
  });

  it('promote killed at each step before, amid and after the swap is taken up by the next one, which says where it stood; one at a time [release.promote] [release.one-at-a-time] [release.cut-off]', async () => {
    const last = await killedAt(['promote'], [['preconditions', /^Looking at log, slots and package …$/m]]);
    await checkout.releaseKilledAt(['promote'], wasAt(last, /^Verifying staging …$/m), async () => {
      assert.equal((await underWay())?.isHeld, true);
      const { code, stderr } = await checkout.release(['rollback']);
      assert.equal(code, 4, stderr);
      assert.match(stderr, /^RELEASE_LOCKED: Another release holds the lock of stack "staging": promote .* on .* \(process \d+\), since /m);
    });
    assert.deepEqual([(await underWay())?.step, (await underWay())?.isHeld], ['verify-staging', false]);
    await killedAt(['promote'], [
      ['differences', /the swap had not happened[\s\S]*^Comparing the settings of the slots …$/m, 'soak'], ['swap', /the swap had not happened[\s\S]*^Swapping staging and production/m], ['verify-production', /^Verifying production …$/m],
    ], 'verify-staging');
    const { code, result, stderr } = await checkout.releaseJson<Result>(['promote']);
    assert.equal(code, 0, stderr);
    assert.match(result.recovered ?? '', /it stood at step "verify-production" since .*; the swap had happened: production runs/);
    assert.deepEqual([result.outcome, ...digests(result.after)], ['done', second, first]);
    const { stacks: [status] } = (await checkout.releaseJson<{ stacks: { pending: string; underWay: unknown; policy: { verdict: string } }[] }>(['status', '--stack', 'staging'])).result;
    assert.deepEqual([status?.pending, status?.underWay, status?.policy.verdict], ['former', null, 'passed']);
    assert.equal(await underWay(), undefined);
    await isSettled();
  });

  it('promote from stack to stack carries the very same package, and stops from another commit than the one that was verified [release.carry]', async () => {
    checkout.git('reset', '-q', '--hard', firstCommit);
    const deployed = await checkout.releaseJson<Result>(['deploy', '--stack', 'prod']);
    assert.deepEqual([deployed.code, ...digests(deployed.result.after)], [0, first, first], deployed.stderr);
    const carry = ['promote', '--from', 'staging', '--to', 'prod'];
    const stopped = await checkout.releaseJson<Result>(carry);
    assert.deepEqual([stopped.code, failed(stopped.result.gates.flatMap(({ gates }) => gates)), ...digests(stopped.result.after)], [3, ['checkout-is-commit'], first, first]);

    checkout.git('reset', '-q', '--hard', secondCommit);
    await checkout.releaseKilledAt(carry, /^Copying package [0-9a-f]{12} …$/m);
    const { code, result, stderr } = await checkout.releaseJson<Result>(carry);
    assert.match(result.recovered ?? '', /it stood at step "carry" since .*; production runs|it stood at step "carry" since .*; the swap had not happened/);
    assert.deepEqual([code, result.outcome, ...digests(result.after)], [0, 'done', second, first], stderr);
    const names = async (stack: string): Promise<string | undefined> => (await checkout.releaseJson<History>(['history', '--stack', stack])).result.releases[0]?.after?.production?.name;
    assert.equal(await names('prod'), await names('staging'), 'the same blob name, and no build of its own');
    await isSettled('prod');
  });

  it('a package that breaks in production alone is swapped back by itself, also when the command was killed over it [release.undo] [release.cut-off]', async () => {
    checkout.commitVersion('3.0.0');
    checkout.commitChange('app/tools/whoami/run.ts', (text) => text.replace('const { kind,', "if (instance.slot === 'production') throw new Error('nobody');\n  const { kind,"));
    const deployed = await checkout.releaseJson<Result>(['deploy']);
    third = deployed.result.package?.digest ?? '';
    assert.deepEqual([deployed.code, ...digests(deployed.result.after)], [0, second, third], deployed.stderr);

    await checkout.releaseKilledAt(['promote'], /^Verifying production …$[\s\S]*^Swapping staging and production, package [0-9a-f]{12} …$/m);
    const { code, result, stderr } = await checkout.releaseJson<Result>(['promote']);
    assert.match(result.recovered ?? '', /it stood at step "swap" since /);
    assert.deepEqual([code, result.outcome, ...digests(result.after)], [1, 'undone', second, third], stderr);
    assert.match(result.reason ?? '', /^Production did not pass verification after the swap: (?:.*; )?tools-answer was /);
    await isSettled();
    assert.deepEqual(result.gates.find(({ step }) => step === 'preview')?.gates.map(({ name, pass }) => [name, pass]), [['preview-without-changes', true]]);
    const again = await checkout.releaseJson<Plan>(['promote', '--dry-run']);
    assert.deepEqual([again.code, failed(again.result.gates)], [3, ['candidate-deployed']], 'what was undone is no candidate');
  });

  it('rollback brings the former package back in less than 30 s, also one that the staging slot does not run any more, and killed at each step it is finished by the next one [release.rollback] [release.cut-off]', async () => {
    const last = await killedAt(['rollback'], [['preconditions', /^Looking at log and slots …$/m, 'soak'], ['prepare', /^Bringing package [0-9a-f]{12} into the staging slot …$/m]]);
    const startedAt = performance.now();
    await checkout.releaseKilledAt(['rollback'], wasAt(last, /^Asking production for its health …$/m));
    const backAfterMs = performance.now() - startedAt;
    assert.equal((await production())?.packageDigest, first);
    assert.ok(backAfterMs < 30_000, `the former package was back after ${Math.round(backAfterMs)} ms`);

    await killedAt(['rollback'], [
      ['refresh', /^Reading the settings of both slots/m], ['pin', /^Pinning the staging slot …$/m, 'soak'], ['preview', /^Proving that a preview/m], ['sign', /^Signing what production offers …$/m, 'soak'], ['snapshot', /^Recording who may call …$/m],
    ], 'health');
    const { code, result, stderr } = await checkout.releaseJson<Result>(['rollback']);
    assert.equal(code, 0, stderr);
    assert.deepEqual([result.outcome, ...digests(result.after)], ['done', first, second]);
    await isSettled();
  });

  it('a rollback does not bring back what was rolled back', async () => {
    const { code, result } = await checkout.releaseJson<Result>(['rollback']);
    assert.deepEqual([code, result.outcome, failed(result.gates.flatMap(({ gates }) => gates)), ...digests(result.after)], [3, 'stopped', ['previous-known'], first, second]);
  });

  it('history and the record of calls tell who released what, when, and what the gates said [release.history]', async () => {
    const { releases } = (await checkout.releaseJson<History>(['history'])).result;
    const promoted = releases.filter(({ verb }) => verb === 'promote');
    assert.deepEqual(releases.map(({ verb, outcome }) => `${verb} ${outcome}`).filter((text) => text.endsWith(' done')), ['rollback done', 'deploy done', 'promote done', 'deploy done', 'deploy done']);
    const done = promoted.find(({ outcome }) => outcome === 'done');
    assert.equal(done?.commit, secondCommit);
    assert.deepEqual(done?.verifications.map(({ slot, gates }) => [slot, failed(gates)]), [['staging', []], ['production', []]]);
    // Once after the swap at least; killed before ARM had heard of the swap, it was another release that swapped.
    assert.ok((done?.takenOver.length ?? 0) >= 1);
    const { operations } = await run.json<{ operations: { operation: string; by?: string; details: { release?: string; outcome?: string } }[] }>(['audit', 'operations']);
    const noted = operations.find(({ operation, details }) => operation === 'release' && details.release === done?.id);
    assert.deepEqual([noted?.by, noted?.details.outcome], [done?.by.oid, 'done']);
  });
});
