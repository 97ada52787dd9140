/*
 * Entry of the benchmarks, in plain JavaScript: an older Node has to be told so before TypeScript is loaded.
 */
import { requireNode } from '../scripts/require-node.js';

requireNode(24);
await import('./main.ts');
