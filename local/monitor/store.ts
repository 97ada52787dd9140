import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { openJournal, type Journal } from './journal.ts';
import { envelopeSchema, tableOf, toRow, type Envelope, type Row, type TableName } from './telemetry.ts';

/** Telemetry by component. What was accepted is in the file when `append` returns. */
export interface TelemetryStore {
  append(component: Resource, envelopes: readonly Envelope[]): void;
  rows(component: Resource, table: TableName): Promise<Row[]>;
  /** Drops what a component has received. */
  drop(component: Resource): void;
  close(): void;
}

export function createTelemetryStore(context: LocalContext): TelemetryStore {
  const journals = new Map<string, Journal>();
  const folderOf = (component: Resource): string => {
    const appId = component.properties['AppId'];
    if (typeof appId !== 'string') throw new Error(`The component ${component.name} has no AppId.`);
    return join(context.stateDir, 'telemetry', appId);
  };
  const journalOf = (component: Resource): Journal => {
    const folder = folderOf(component);
    const known = journals.get(folder) ?? openJournal(folder);
    journals.set(folder, known);
    return known;
  };
  return {
    append(component, envelopes) {
      journalOf(component).append(envelopes);
    },
    async rows(component, table) {
      const rows: Row[] = [];
      for await (const entry of journalOf(component).read()) {
        const envelope = envelopeSchema.safeParse(entry);
        if (envelope.success && tableOf(envelope.data) === table) rows.push(toRow(envelope.data, table));
      }
      return rows;
    },
    drop(component) {
      const folder = folderOf(component);
      journals.get(folder)?.close();
      journals.delete(folder);
      rmSync(folder, { recursive: true, force: true });
    },
    close() {
      for (const journal of journals.values()) journal.close();
    },
  };
}
