import type { ParseArgsOptionsConfig } from 'node:util';
import { parseStack } from '../arguments.ts';
import type { TargetAddress } from './openTarget.ts';

/** Options of every verb. */
export const RELEASE_OPTIONS = { stack: { type: 'string' }, azure: { type: 'boolean' }, json: { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const satisfies ParseArgsOptionsConfig;

/** The stack that the options name, and where it is. @throws CommandError BAD_STACK */
export function addressOf({ stack, azure }: { readonly stack?: string | undefined; readonly azure?: boolean | undefined }): TargetAddress {
  return { stack: parseStack(stack), isAzure: azure === true };
}
