import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What happened to a state file that could not be read. */
export interface DamageReport {
  readonly file: string;
  /** Where the unreadable bytes are kept. */
  readonly keptAs: string;
  /** What the collection starts with now. */
  readonly startsWith: 'previous version' | 'nothing';
  readonly reason: string;
}

/** A durable map of documents by key, held in one JSON file. Every change is on disk when the call returns. */
export interface Collection<T> {
  get(key: string): T | undefined;
  put(key: string, document: T): void;
  delete(key: string): boolean;
  keys(): string[];
  values(): T[];
  entries(): [string, T][];
}

/** The durable state of the local Azure: one file a collection, under one folder. */
export interface DocumentStore {
  /**
   * Opens a collection, reading its file once.
   * @param name file name without ending, in kebab-case
   * @param schema every document is parsed with it when the file is read
   */
  collection<T>(name: string, schema: z.ZodType<T>): Collection<T>;
  /** The state files that could not be read since the store was opened. */
  readonly damage: readonly DamageReport[];
}

const fileSchema = z.object({ version: z.literal(1), documents: z.record(z.string(), z.unknown()) });

/**
 * Opens the store in a folder, which is made when absent.
 * A file that cannot be read is never overwritten: it is renamed, and the collection goes on with the version before it,
 * or with nothing; `damage` says so.
 */
export function openDocumentStore(folder: string, now: () => Date = () => new Date()): DocumentStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const damage: DamageReport[] = [];
  const open = new Map<string, Collection<unknown>>();
  return {
    damage,
    collection<T>(name: string, schema: z.ZodType<T>): Collection<T> {
      const known = open.get(name);
      if (known) return known as Collection<T>;
      const file = join(folder, `${name}.json`);
      const previous = join(folder, `${name}.previous.json`);
      const documents = load(file, previous, schema, damage, now);
      const collection = createCollection(documents, () => save(file, previous, documents));
      open.set(name, collection);
      return collection;
    },
  };
}

function createCollection<T>(documents: Map<string, T>, persist: () => void): Collection<T> {
  return {
    get: (key) => documents.get(key),
    put(key, document) {
      documents.set(key, document);
      persist();
    },
    delete(key) {
      if (!documents.delete(key)) return false;
      persist();
      return true;
    },
    keys: () => [...documents.keys()],
    values: () => [...documents.values()],
    entries: () => [...documents.entries()],
  };
}

function load<T>(
  file: string,
  previous: string,
  schema: z.ZodType<T>,
  damage: DamageReport[],
  now: () => Date,
): Map<string, T> {
  if (!existsSync(file)) return new Map();
  const current = read(file, schema);
  if (current.ok) return current.documents;
  const keptAs = `${file}.damaged-${now().toISOString().replaceAll(/[:.]/g, '-')}`;
  renameSync(file, keptAs);
  const before = existsSync(previous) ? read(previous, schema) : undefined;
  const restored = before?.ok === true;
  damage.push({ file, keptAs, startsWith: restored ? 'previous version' : 'nothing', reason: current.reason });
  const documents = restored ? before.documents : new Map<string, T>();
  // Written at once: a second start must not take the missing file for a new, empty cloud.
  save(file, previous, documents);
  return documents;
}

type ReadResult<T> = { ok: true; documents: Map<string, T> } | { ok: false; reason: string };

function read<T>(file: string, schema: z.ZodType<T>): ReadResult<T> {
  try {
    const parsed = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const documents = new Map<string, T>();
    for (const [key, value] of Object.entries(parsed.documents)) documents.set(key, schema.parse(value));
    return { ok: true, documents };
  } catch (error) {
    return { ok: false, reason: error instanceof z.ZodError ? z.prettifyError(error) : String(error) };
  }
}

function save(file: string, previous: string, documents: Map<string, unknown>): void {
  const temporary = `${file}.writing`;
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    writeSync(descriptor, JSON.stringify({ version: 1, documents: Object.fromEntries(documents) }, undefined, 1));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  if (existsSync(file)) copyFileSync(file, previous);
  renameSync(temporary, file);
}
