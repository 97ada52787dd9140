import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';
import { siteKey } from './siteSpec.ts';

/** The app settings of every site and slot. Values rest sealed: any of them may be a secret. */
export interface SettingsStore {
  /** In clear. */
  read(siteId: string): Record<string, string>;
  write(siteId: string, settings: Readonly<Record<string, string>>): void;
  delete(siteId: string): void;
}

export function createSettingsStore(context: Pick<LocalContext, 'documents' | 'sealer'>): SettingsStore {
  const stored = context.documents.collection('app-service-settings', z.record(z.string(), z.string()));
  return {
    read(siteId) {
      return Object.fromEntries(Object.entries(stored.get(siteKey(siteId)) ?? {}).map(([name, sealed]) => [name, context.sealer.open(sealed)]));
    },
    write(siteId, settings) {
      stored.put(siteKey(siteId), Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, context.sealer.seal(value)])));
    },
    delete(siteId) {
      stored.delete(siteKey(siteId));
    },
  };
}
