import type { CommandContext } from '../../commands/commandContext.ts';
import { openWhere, VAULT_SCOPE, type Where } from '../../audit/commands/recordOptions.ts';
import type { OpenRecord } from '../../audit/openRecord.ts';
import { gatherOperations } from '../../audit/operations.ts';
import { openOperatorStream, operatorOf, operatorStore } from '../../audit/operatorStream.ts';
import { lastDays } from '../../audit/period.ts';
import { vaultKeys } from '../../audit/publicKeys.ts';
import { readRecord } from '../../audit/readRecord.ts';
import { blobSource } from '../../audit/source.ts';
import type { AccessParts } from '../changeAccess.ts';
import { denyListStore } from '../denyListStore.ts';

/** How far back an intent is looked for that a run which was cut off has left open. */
const OPEN_DAYS = 30;

/** Opens the list and the record of the stack that the options name. */
export async function openAccess(context: CommandContext, options: Where): Promise<AccessParts> {
  const record = await openWhere(context, options);
  const store = operatorStore(record);
  const now = (): Date => new Date();
  return {
    list: denyListStore(record.containers.access),
    operator: operatorOf(await record.token('https://storage.azure.com/.default')),
    openStream: () => openOperatorStream(store, now),
    now,
    readOperations: () => readOperations(record, now()),
    note: (text) => context.stderr.write(`Notice: ${text}\n`),
  };
}

async function readOperations(record: OpenRecord, now: Date): ReturnType<AccessParts['readOperations']> {
  const reader = gatherOperations();
  await readRecord(blobSource(record.containers), vaultKeys(record.keyUrl, () => record.token(VAULT_SCOPE)), lastDays(OPEN_DAYS, now), reader);
  return reader.operations();
}
