import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CommandError } from '../../../scripts/commandError.ts';
import type { SlotName } from '../../../scripts/release/target.ts';
import { siteFleet } from '../../../scripts/secrets/fleet.ts';
import type { KeyIds } from '../../../scripts/secrets/keyRing.ts';
import type { ProcessAnswer, Processes } from '../../../scripts/secrets/processes.ts';
import { ageOfKeyMs, processesOf } from '../../../scripts/secrets/report.ts';
import type { SiteResource } from '../../../scripts/secrets/siteResource.ts';

const OLD: KeyIds = { current: 'aaaaaaaa' };
const NEW: KeyIds = { current: 'aaaaaaaa', next: 'bbbbbbbb' };

/** A site whose front end asks its processes in turn. */
function createSite(processes: Record<SlotName, (ProcessAnswer | undefined)[]>, listed = { production: ['one', 'two'], staging: ['one', 'two'] }) {
  const refreshed: SlotName[] = [];
  let turn = 0;
  const site: SiteResource = {
    instances: async (slot) => listed[slot],
    refreshReferences: async (slot) => void refreshed.push(slot),
    referenceStatus: async (slot) => (slot === 'staging' ? 'AccessToKeyVaultDenied: The identity may not read it.' : 'Resolved'),
  };
  const asked: Processes = {
    ask: async (slot) => {
      const behind = processes[slot];
      return behind[(turn += 1) % behind.length];
    },
  };
  return { refreshed, fleet: siteFleet({ site, processes: asked, timeoutMs: 50, pauseMs: 1 }) };
}
const has = (instance: string, keys: KeyIds, heldSeconds = 100): ProcessAnswer => ({ instance, keys, heldSeconds });

describe('waiting for the processes', () => {
  it('ends when every instance of both slots was heard with the keys, and tells the age of the youngest', async () => {
    const { fleet, refreshed } = createSite({ production: [has('one', NEW, 50), has('two', NEW, 7)], staging: [has('one', NEW), has('two', NEW)] });
    await fleet.refresh();
    assert.deepEqual(refreshed.sort(), ['production', 'staging']);
    assert.deepEqual(await fleet.waitFor(NEW, () => undefined), { heldSeconds: 7, instances: 4 });
  });

  const waits: [what: string, production: (ProcessAnswer | undefined)[], pattern: RegExp, listed?: string[]][] = [
    ['an instance has other keys', [has('one', NEW), has('two', OLD)], /production: instance two has current aaaaaaaa/],
    ['an instance still has a process with other keys beside the new one', [has('one', NEW), has('two', NEW), has('two', OLD)], /production: instance two has current aaaaaaaa/],
    ['an instance that ARM lists was never heard', [has('one', NEW)], /production: two not heard of yet/],
    ['no instance runs', [has('one', NEW)], /production: no instance runs/, []],
    ['a process does not say its keys', [has('one', NEW), undefined], /questions were not answered, or by a package from before rotation/],
  ];
  for (const [what, production, pattern, listed = ['one', 'two']] of waits) {
    it(`does not end while ${what}, and says so with the state of the references`, async () => {
      const { fleet } = createSite({ production, staging: [has('one', NEW), has('two', NEW)] }, { production: listed, staging: ['one', 'two'] });
      const told: string[] = [];
      await assert.rejects(fleet.waitFor(NEW, (text) => told.push(text)), (error: CommandError) =>
        error.code === 'SECRETS_NOT_EVERYWHERE' && pattern.test(error.message) && error.message.includes('reference of staging: AccessToKeyVaultDenied') && error.message.includes('az webapp restart'));
      assert.match(told[0] ?? '', pattern);
    });
  }
});

describe('the report', () => {
  it('sets each process beside the vault', () => {
    const round = { slot: 'staging' as const, listed: ['one', 'two', 'three'], answers: [has('one', NEW), has('two', OLD)], unanswered: 1 };
    assert.deepEqual(processesOf(round, NEW).map(({ instance, state }) => `${instance} ${state}`), ['one as the vault', 'two not as the vault', 'three not heard of']);
  });

  it('counts the age of a key from the first version that held it, whatever its part was there', () => {
    const at = (day: number, keys: KeyIds | undefined) => ({ version: String(day), createdAt: new Date(Date.UTC(2026, 0, day)), keys });
    const versions = [at(9, { current: 'bbbbbbbb' }), at(8, { current: 'bbbbbbbb', previous: 'aaaaaaaa' }), at(7, undefined), at(6, NEW), at(1, OLD)];
    assert.equal(ageOfKeyMs('bbbbbbbb', versions, new Date(Date.UTC(2026, 0, 10))), 4 * 86_400_000);
    assert.equal(ageOfKeyMs('cccccccc', versions, new Date(Date.UTC(2026, 0, 10))), 0);
  });
});
