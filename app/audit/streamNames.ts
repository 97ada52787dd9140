import { randomBytes } from 'node:crypto';

/** Names of a stream and its blobs. docs/decisions/018-the-record.md, "Blobs". */
export interface StreamNames {
  readonly stream: string;
  blobOf(segment: number): string;
  /** The blobs of its heads, in their order from 0. */
  headsOf(number: number): string;
  readonly manifest: string;
}

/**
 * @param startedAt of the process
 * @param instance WEBSITE_INSTANCE_ID; undefined outside App Service
 */
export function nameStream(startedAt: Date, slot: string, instance: string | undefined): StreamNames {
  const [day = '', time = ''] = startedAt.toISOString().split('T');
  const compact = `${day.replaceAll('-', '')}t${time.slice(0, 8).replaceAll(':', '')}z`;
  const worker = instance?.toLowerCase().replaceAll(/[^0-9a-z]/g, '').slice(0, 8) || 'local';
  const stream = `${compact}-${slot}-${worker}-${randomBytes(4).toString('hex')}`;
  const folder = day.replaceAll('-', '/');
  return {
    stream,
    blobOf: (segment) => `calls/${folder}/${stream}/${String(segment).padStart(4, '0')}.jsonl`,
    headsOf: (number) => `heads/${folder}/${stream}${number === 0 ? '' : `.${String(number).padStart(4, '0')}`}.jsonl`,
    manifest: `manifest/${day}.jsonl`,
  };
}
