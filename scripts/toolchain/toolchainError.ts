import { CommandError } from '../commandError.ts';

/**
 * The closed list of what can keep a program of the toolchain from being had:
 * - NO_GO: no Go to build with, and nothing before it worked
 * - GO_TOO_OLD: there is Go, but older than the modules ask for
 * - BUILD_FAILED: Go was started and did not succeed
 * - CACHE_UNUSABLE: the cache folder cannot be written
 * - PLATFORM: no build on this platform
 */
export type ToolchainErrorCode =
  | 'TOOLCHAIN_NO_GO'
  | 'TOOLCHAIN_GO_TOO_OLD'
  | 'TOOLCHAIN_BUILD_FAILED'
  | 'TOOLCHAIN_CACHE_UNUSABLE'
  | 'TOOLCHAIN_PLATFORM';

/** One way that was tried to come by a program, and how it ended. */
export interface Attempt {
  readonly way: string;
  readonly outcome: string;
}

/** A program of the toolchain cannot be had. The message lists every way that was tried, and what to install. */
export class ToolchainError extends CommandError {
  override readonly code: ToolchainErrorCode;
  readonly attempts: readonly Attempt[];

  constructor(code: ToolchainErrorCode, program: string, attempts: readonly Attempt[], next: string) {
    const list = attempts.map(({ way, outcome }, index) => `  ${index + 1}. ${way}: ${outcome.replaceAll('\n', '\n     ')}`);
    super(code, `${program} was not found and could not be made. Tried, in this order:\n${list.join('\n')}\n${next}`);
    this.name = 'ToolchainError';
    this.code = code;
    this.attempts = attempts;
  }
}

/** Why one way failed: caught where the ways are tried one after the other, and never shown alone. */
export class WayFailed extends Error {
  readonly code: ToolchainErrorCode;
  /** What the person can do about it, as a sentence. */
  readonly next: string;

  constructor(code: ToolchainErrorCode, outcome: string, next: string) {
    super(outcome);
    this.name = 'WayFailed';
    this.code = code;
    this.next = next;
  }
}
