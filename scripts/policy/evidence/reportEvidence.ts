import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../pack/digest.ts';
import type { Evidence } from '../report.ts';

/**
 * Keeps a file beside the report.
 * @param folder of the report
 * @param name below its folder of evidence
 */
export function keepEvidence(folder: string, kind: Evidence['kind'], name: string, text: string): Evidence {
  const file = `evidence/${name}`;
  const path = join(folder, ...file.split('/'));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const bytes = Buffer.from(text);
  writeFileSync(path, bytes, { mode: 0o600 });
  return { kind, file, sha256: sha256(bytes), bytes: bytes.length };
}
