/**
 * Entry of the policy pack. It checks the Node version before any TypeScript is loaded, which an older Node cannot do.
 * Pulumi requires this file, which rules out `await import`; it puts ts-node before a TypeScript entry, which then cannot import further .ts files.
 */
import { createRequire } from 'node:module';
import pulumi from '@pulumi/pulumi';
import { describeUnfitNode } from './nodeVersion.js';

const problem = describeUnfitNode(process.versions.node, process.features.typescript);
// Pulumi prints a RunError without a stack trace.
if (problem !== undefined) throw new pulumi.RunError(problem);
createRequire(import.meta.url)('./load.js');
