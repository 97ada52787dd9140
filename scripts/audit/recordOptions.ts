import type { ParseArgsOptionsConfig } from 'node:util';
import { parseStack } from '../arguments.ts';
import type { CommandContext } from '../commands/commandContext.ts';
import { openRecord, type OpenRecord } from './openRecord.ts';

/** The options that say which record is meant, and `--json`. */
export const RECORD_OPTIONS = { stack: { type: 'string' }, 'blob-url': { type: 'string' }, 'key-url': { type: 'string' }, json: { type: 'boolean' } } as const satisfies ParseArgsOptionsConfig;

/** @throws CommandError BAD_STACK and those of `openRecord` */
export function openRecordOf(context: CommandContext, options: { stack?: string | undefined; 'blob-url'?: string | undefined; 'key-url'?: string | undefined }): Promise<OpenRecord> {
  return openRecord(context, { stack: parseStack(options.stack), blobUrl: options['blob-url'], keyUrl: options['key-url'] });
}
