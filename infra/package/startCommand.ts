/** The module of the package that is started. */
export const PACKAGE_ENTRY = 'server.mjs';

/**
 * Options of Node for the server. A young generation without this limit grew the process by a third, and took the same CPU time:
 * docs/benchmarks.md.
 */
export const NODE_OPTIONS = ['--max-semi-space-size=16'] as const;

/** How App Service starts the server in its package. */
export const START_COMMAND = ['node', ...NODE_OPTIONS, PACKAGE_ENTRY].join(' ');
