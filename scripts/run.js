/*
 * Entry of every command, in plain JavaScript: an older Node has to be told so before TypeScript is loaded.
 */
import { requireNode } from './require-node.js';

requireNode(24);
await import('./main.ts');
