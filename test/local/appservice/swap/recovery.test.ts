import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pino } from 'pino';
import type { Resource } from '../../../../local/arm/types.ts';
import { createSettingsStore } from '../../../../local/appservice/settingsStore.ts';
import type { SiteRuntime } from '../../../../local/appservice/siteRuntime.ts';
import { createSwaps, type Swaps } from '../../../../local/appservice/swap/swaps.ts';
import { DEFAULT_TIMING } from '../../../../local/appservice/timing.ts';
import type { Collection, DocumentStore } from '../../../../local/core/documents.ts';
import { TO_PRODUCTION } from './world.ts';

const SITE = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/shop';
const SLOT = `${SITE}/slots/staging`;

/** Documents that outlive whoever writes them, and a writer that is killed before a certain write: it writes nothing from then on. */
class Disk {
  readonly #collections = new Map<string, Map<string, unknown>>();
  writesLeft = Infinity;

  readonly documents: DocumentStore = {
    damage: [],
    collection: <T>(name: string): Collection<T> => {
      const stored = (this.#collections.get(name) ?? new Map<string, unknown>()) as Map<string, T>;
      this.#collections.set(name, stored);
      const write = (act: () => void): void => {
        if (this.writesLeft <= 0) throw new Error('killed');
        this.writesLeft--;
        act();
      };
      return {
        get: (key) => structuredClone(stored.get(key)),
        put: (key, document) => write(() => stored.set(key, structuredClone(document))),
        delete: (key) => stored.delete(key),
        keys: () => [...stored.keys()],
        values: () => [...stored.values()].map((value) => structuredClone(value)),
        entries: () => [...stored.entries()].map((entry) => structuredClone(entry)),
      };
    },
  };
}

function open(disk: Disk): { swaps: Swaps; state(): unknown } {
  const resources = disk.documents.collection<Resource>('resources', undefined as never);
  const context = { documents: disk.documents, sealer: { seal: (text: string) => `sealed ${text}`, open: (sealed: string) => sealed.slice('sealed '.length) }, log: pino({ level: 'silent' }), now: () => new Date('2026-01-01T00:00:00Z') };
  const settings = createSettingsStore(context);
  if (!resources.get(SITE)) {
    for (const [id, version, slot] of [[SITE, 'old', 'production'], [SLOT, 'new', 'staging']] as const) {
      resources.put(id, { id, name: id, type: 'Microsoft.Web/sites', properties: { state: 'Running', serverFarmId: 'plan', targetSwapSlot: null, siteConfig: { appCommandLine: version, alwaysOn: version === 'old' } } });
      settings.write(id, { APP_VERSION: version, APP_SLOT: slot });
    }
    resources.put(`${SITE}/config/slotConfigNames`, { id: '', name: '', type: '', properties: { appSettingNames: ['APP_SLOT'] } });
  }
  const runtime = { apply: () => undefined, whenUpEverywhere: async () => undefined, report: () => ({ instances: [] }), release: () => undefined, adopt: () => undefined, whenBegun: async () => undefined };
  const swaps = createSwaps({
    context,
    arm: {
      get: (id) => resources.get(id),
      list: () => [],
      update(id, change) {
        const resource = resources.get(id) as Resource;
        change(resource);
        resources.put(id, resource);
        return resource;
      },
    },
    settings,
    timing: DEFAULT_TIMING,
    find: () => runtime as unknown as SiteRuntime,
  });
  const show = (id: string): unknown => {
    const { siteConfig, targetSwapSlot, slotSwapStatus } = resources.get(id)?.properties as { siteConfig: { appCommandLine: string }; targetSwapSlot: unknown; slotSwapStatus?: unknown };
    return { settings: settings.read(id), command: siteConfig.appCommandLine, swapped: slotSwapStatus !== undefined, targetSwapSlot };
  };
  return { swaps, state: () => [show(SITE), show(SLOT)] };
}

const slot = (version: string, name: string, swapped: boolean): unknown => ({ settings: { APP_VERSION: version, APP_SLOT: name }, command: version, swapped, targetSwapSlot: null });
const BEFORE = [slot('old', 'production', false), slot('new', 'staging', false)];
const AFTER = [slot('new', 'production', true), slot('old', 'staging', true)];

it('leaves nothing half swapped, at whichever write of a swap the local Azure is killed [swap.never-half]', async () => {
  const outcomes: string[] = [];
  for (let writes = 0, complete = false; !complete; writes++) {
    const disk = new Disk();
    const first = open(disk);
    disk.writesLeft = writes;
    try {
      first.swaps.start(SLOT, TO_PRODUCTION);
    } catch (error) {
      assert.equal((error as Error).message, 'killed');
    }
    // The fake runtime is up at once: a few turns, and all is done that will be.
    await new Promise((resolve) => setImmediate(resolve));
    await first.swaps.close();
    complete = disk.writesLeft > 0;
    disk.writesLeft = Infinity;
    const { swaps, state } = open(disk);
    const seen = JSON.stringify(state());
    assert.ok(seen === JSON.stringify(BEFORE) || seen === JSON.stringify(AFTER), `killed after ${writes} writes: ${seen}`);
    outcomes.push(seen === JSON.stringify(AFTER) ? 'after' : 'before');
    // Nothing is open any more.
    swaps.refuseChange(SITE);
    await swaps.close();
    open(disk).swaps.start(SLOT, TO_PRODUCTION);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(outcomes.length > 8, outcomes.join(' '));
  assert.deepEqual(outcomes, outcomes.toSorted().toReversed(), 'from a certain write on it is finished');
  assert.deepEqual([outcomes[0], outcomes.at(-1)], ['before', 'after']);
});
