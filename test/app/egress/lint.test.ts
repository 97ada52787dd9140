import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ESLint, Linter } from 'eslint';

const root = join(import.meta.dirname, '../../..');
const RULES = ['@typescript-eslint/no-restricted-imports', 'no-eval', 'no-implied-eval', 'no-new-func', 'no-restricted-globals', 'no-restricted-imports', 'no-restricted-syntax'];

/** What the rules of the project that need no types say of a text at a place. */
async function lint(path: string, text: string): Promise<string[]> {
  const { languageOptions, plugins, rules } = await new ESLint({ cwd: root }).calculateConfigForFile(path) as Linter.Config;
  const { parserOptions: _typed, ...untyped } = languageOptions ?? {};
  const kept = Object.fromEntries(Object.entries(rules ?? {}).filter(([name]) => RULES.includes(name)));
  return new Linter({ cwd: root }).verify(text, [{ files: ['**'], languageOptions: untyped, plugins: plugins ?? {}, rules: kept }], join(root, path)).map(({ message }) => message);
}

const refused: readonly string[] = [
  ...['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns', 'dns/promises', 'child_process', 'cluster', 'worker_threads', 'module', 'vm', 'process', 'inspector'].flatMap((name) => [`import { x } from 'node:${name}';`, `import * as x from '${name}';`]),
  ...['undici', 'ws', 'axios', 'node-fetch', '@azure/identity', '@azure/storage-blob', 'piscina', 'zod-http'].map((name) => `import x from '${name}';`),
  "export { request } from 'node:https';", "import 'undici';",
  "const x = await import('node:https');", "const x = await import('undici');", "const x = await import('../../identity/managedIdentity.ts');", 'const x = await import(name);', 'const x = await import(`node:${name}`);',
  "import { createManagedIdentity } from '../../identity/managedIdentity.ts';", "import { createEgressClient } from '../../egress/client.ts';", "import { readConfig } from '../../config.ts';", "import { x } from '../../../infra/config.ts';", "import { x } from './../../config.ts';", "import { x } from '../whoami/../../config.ts';", "import { x } from '../../workers/../config.ts';",
  "fetch('https://example.com');", "globalThis.fetch('https://example.com');", "globalThis['fetch']('https://example.com');", 'new WebSocket(url);', 'new EventSource(url);', 'new XMLHttpRequest();', 'const { fetch: f } = globalThis;',
  "process.env['IDENTITY_HEADER'];", "process.getBuiltinModule('node:net');", 'globalThis.process.env;', "eval('1');", "new Function('return 1')();",
];

const allowed: readonly string[] = [
  "import { z } from 'zod';", "import { createHash } from 'node:crypto';", "import { ToolError } from '../toolError.ts';", "import { facts } from '../lookup-fact/facts.ts';", "import { runInWorker } from '../../workers/workerPool.ts';",
  "import type { IncomingMessage } from 'node:http';", "import type { Config } from '../../config.ts';", "import { x } from './sub/x.ts';", "const x = () => import('./run.ts');", 'export const run = (_args, { fetch }) => fetch(url);', 'export const run = (_args, context) => context.fetch(url);',
];

describe('the rules for what a tool may use [egress.lint]', () => {
  for (const text of refused) {
    it(`refuse ${text}`, async () => {
      const messages = await lint('app/tools/whoami/run.ts', text);
      assert.ok(messages.length > 0);
    });
  }

  for (const text of allowed) {
    it(`allow ${text}`, async () => assert.deepEqual(await lint('app/tools/whoami/run.ts', text), []));
  }

  it('name the way out', async () => {
    for (const text of ["import { request } from 'node:https';", "import x from 'undici';", 'fetch(url);']) assert.match((await lint('app/tools/whoami/run.ts', text)).join('\n'), /context\.fetch/);
  });

  it('hold for tools alone', async () => {
    assert.deepEqual(await lint('app/egress/client.ts', "import { request } from 'node:https'; fetch(url); process.env;"), []);
  });
});
