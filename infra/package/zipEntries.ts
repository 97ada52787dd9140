import { zipSync, type Zippable } from 'fflate';

/** File contents by path inside the zip, with forward slashes. */
export type ZipEntries = Record<string, Uint8Array>;

/** The earliest moment that a zip can hold. fflate writes the local time of a Date, so that this one is made from local parts. */
const FIXED_TIME = new Date(1980, 0, 1, 0, 0, 0);
const UNIX = 3;
/** A plain file that everyone may read: type and permissions in the upper half of the attributes. */
const FILE_ATTRIBUTES = (0o100644 << 16) >>> 0;

/** Makes a zip whose bytes depend on names and contents alone: entries sorted by name, times and permissions fixed. */
export function zipEntries(entries: ZipEntries): Uint8Array {
  const sorted: Zippable = {};
  for (const name of Object.keys(entries).sort()) sorted[name] = entries[name] ?? new Uint8Array();
  return zipSync(sorted, { level: 9, mtime: FIXED_TIME, os: UNIX, attrs: FILE_ATTRIBUTES });
}
