import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { nodeVersionProblem } from '../../scripts/require-node.js';

const guard = join(import.meta.dirname, '../../scripts/require-node.js');
/** Installed by the machine, and older than the project's. */
const machineNode = '/usr/bin/node';

const requireNode = (node: string, minimumMajor: number) =>
  new Promise<{ code: number | string | null | undefined; stdout: string; stderr: string }>((resolve) => {
    const script = `import(${JSON.stringify(pathToFileURL(guard).href)}).then(function (guard) { guard.requireNode(${minimumMajor}); console.log('went on'); })`;
    execFile(node, ['-e', script], (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });

describe('nodeVersionProblem', () => {
  it('accepts the version asked for and later ones', () => {
    for (const version of ['24.0.0', '24.21.0', '100.1.2']) assert.equal(nodeVersionProblem(version, 24), undefined);
  });
  it('says what was found, what is needed and what to do', () => {
    const problem = nodeVersionProblem('20.19.1', 24) ?? '';
    assert.match(problem, /^NODE_TOO_OLD: this is Node 20\.19\.1; Node 24 or later is needed/);
    assert.match(problem, /"npm ci"/);
  });
  it('refuses what is no version', () => assert.notEqual(nodeVersionProblem('', 24), undefined));
});

describe('requireNode', () => {
  it('goes on with a Node that does', async () => {
    assert.deepEqual(await requireNode(process.execPath, 24), { code: 0, stdout: 'went on\n', stderr: '' });
  });
  it('ends with 1 and a plain message otherwise', async () => {
    const { code, stdout, stderr } = await requireNode(process.execPath, 99);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.match(stderr, /^NODE_TOO_OLD: /);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });
  it('says so on the machine\'s own Node too', async (context) => {
    if (!existsSync(machineNode)) return context.skip(`there is no ${machineNode}`);
    const { code, stderr } = await requireNode(machineNode, 99);
    assert.equal(code, 1);
    assert.match(stderr, /^NODE_TOO_OLD: this is Node \d+/);
  });
});
