import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';

const keySchema = z.object({ sealed: z.string(), createdAt: z.string() });
const accountSchema = z.object({ name: z.string(), id: z.string(), keys: z.tuple([keySchema, keySchema]) });

/** A storage account as the data plane knows it. Keys are sealed; `AccountStore.keysOf` opens them. */
export type AccountRecord = z.infer<typeof accountSchema>;

export interface AccountKey {
  readonly keyName: 'key1' | 'key2';
  /** Base64, 64 bytes. */
  readonly value: string;
  readonly createdAt: string;
}

/** Storage accounts and their keys. Every change is on disk when the call returns. */
export interface AccountStore {
  /** Finds the account, or draws its keys. */
  ensure(name: string, id: string): AccountRecord;
  find(name: string): AccountRecord | undefined;
  all(): AccountRecord[];
  keysOf(account: AccountRecord): [AccountKey, AccountKey];
  /** Draws one key anew. */
  regenerate(name: string, keyName: 'key1' | 'key2'): AccountRecord | undefined;
  delete(name: string): void;
}

export function createAccountStore(context: LocalContext): AccountStore {
  const accounts = context.documents.collection('storage-accounts', accountSchema);
  const draw = (): z.infer<typeof keySchema> => ({
    sealed: context.sealer.seal(randomBytes(64).toString('base64')),
    createdAt: context.now().toISOString(),
  });
  return {
    ensure(name, id) {
      const known = accounts.get(name);
      if (known) return known;
      const made: AccountRecord = { name, id, keys: [draw(), draw()] };
      accounts.put(name, made);
      return made;
    },
    find: (name) => accounts.get(name),
    all: () => accounts.values(),
    keysOf({ keys: [first, second] }) {
      return [
        { keyName: 'key1', value: context.sealer.open(first.sealed), createdAt: first.createdAt },
        { keyName: 'key2', value: context.sealer.open(second.sealed), createdAt: second.createdAt },
      ];
    },
    regenerate(name, keyName) {
      const known = accounts.get(name);
      if (!known) return undefined;
      const [first, second] = known.keys;
      const changed: AccountRecord = { ...known, keys: keyName === 'key1' ? [draw(), second] : [first, draw()] };
      accounts.put(name, changed);
      return changed;
    },
    delete(name) {
      accounts.delete(name);
    },
  };
}
