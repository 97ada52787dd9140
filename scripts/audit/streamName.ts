/** Names of streams and their blobs: docs/decisions/018-the-record.md, "Blobs". */
export interface StreamName {
  readonly stream: string;
  /** On which it began, as YYYY-MM-DD. */
  readonly day: string;
  /** Who writes it: a process of the server, or a command of an operator. */
  readonly origin: 'server' | 'operator';
}

const STREAM = /^(\d{4})(\d{2})(\d{2})t\d{6}z-([a-z0-9]+)-[a-z0-9]{1,8}-[0-9a-f]{8}$/;
/** Prefixes of the blobs of streams. */
export const FOLDERS = { server: 'calls/', operator: 'operations/' } as const;
const SEGMENT_BLOB = /^(calls|operations)\/(\d{4}\/\d{2}\/\d{2})\/([^/]+)\/(\d{4,})\.jsonl$/;
const HEADS_BLOB = /^heads\/(\d{4}\/\d{2}\/\d{2})\/([^/.]+)(?:\.(\d{4,}))?\.jsonl$/;
const MANIFEST_BLOB = /^manifest\/(\d{4}-\d{2}-\d{2})\.jsonl$/;

/** @returns undefined for what is no name of a stream: names come out of blobs that others may have written, and go into paths */
export function parseStreamName(stream: string): StreamName | undefined {
  const [, year, month, day, slot] = STREAM.exec(stream) ?? [];
  return year === undefined ? undefined : { stream, day: `${year}-${month ?? ''}-${day ?? ''}`, origin: slot === 'operator' ? 'operator' : 'server' };
}

export function segmentBlob({ stream, day, origin }: StreamName, segment: number): string {
  return `${FOLDERS[origin]}${day.replaceAll('-', '/')}/${stream}/${String(segment).padStart(4, '0')}.jsonl`;
}

/** @param number of the blob, from 0: a long life fills several */
export function headsBlob({ stream, day }: StreamName, number = 0): string {
  return `heads/${day.replaceAll('-', '/')}/${stream}${number === 0 ? '' : `.${String(number).padStart(4, '0')}`}.jsonl`;
}

export function manifestBlob(day: string): string {
  return `manifest/${day}.jsonl`;
}

/** @returns undefined for a blob that no writer makes, such as one that lies in the folder of another day */
export function parseSegmentBlob(blob: string): (StreamName & { readonly segment: number }) | undefined {
  const [, , , stream = '', segment = ''] = SEGMENT_BLOB.exec(blob) ?? [];
  const name = parseStreamName(stream);
  return name && segmentBlob(name, Number(segment)) === blob ? { ...name, segment: Number(segment) } : undefined;
}

export function parseHeadsBlob(blob: string): StreamName | undefined {
  const [, , stream = '', number = '0'] = HEADS_BLOB.exec(blob) ?? [];
  const name = parseStreamName(stream);
  return name && headsBlob(name, Number(number)) === blob ? name : undefined;
}

/** @returns the day */
export function parseManifestBlob(blob: string): string | undefined {
  return MANIFEST_BLOB.exec(blob)?.[1];
}
