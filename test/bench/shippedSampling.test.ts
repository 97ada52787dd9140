import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

test('no stack sets MCP_TRACE_SAMPLING_RATIO, so that the default of the app is what ships and what the benchmark measures', () => {
  const root = join(import.meta.dirname, '..', '..');
  const setters = globSync('infra/**/*.ts', { cwd: root }).filter((file) => readFileSync(join(root, file), 'utf8').includes('MCP_TRACE_SAMPLING_RATIO'));
  assert.deepEqual(setters, [], 'let shippedSamplingRatio in bench/servers/allOn.ts read it from there');
});
