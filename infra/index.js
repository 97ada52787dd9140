/**
 * Entry of the Pulumi program, in plain JavaScript: an older Node cannot even load index.ts, so the version is checked before that file is imported.
 * Pulumi calls the exported function inside the stack, and what it returns are the stack's outputs.
 */
import pulumi from '@pulumi/pulumi';
import { describeUnfitNode } from './nodeVersion.js';

export default async function run() {
  const problem = describeUnfitNode(process.versions.node, process.features.typescript);
  // Pulumi prints a RunError without a stack trace.
  if (problem !== undefined) throw new pulumi.RunError(problem);
  const { program } = await import('./index.ts');
  return program();
}
