import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { tools } from '../../../app/tools/index.ts';

const APP = pathToFileURL(join(import.meta.dirname, '../../../app/')).href;

describe('the catalogue', () => {
  it('lists these tools with these roles and scopes, in this order', () => {
    assert.deepEqual(tools.map(({ name, access }) => [name, access.role, access.scope]), [
      ['check_fact_source', 'Tools.check_fact_source', 'check_fact_source'],
      ['compute_primes', 'Tools.compute_primes', 'compute_primes'],
      ['lookup_fact', 'Tools.lookup_fact', 'lookup_fact'],
      ['report_change', 'Tools.report_change', 'report_change'],
      ['whoami', 'Tools.whoami', 'whoami'],
    ]);
  });

  it('loads nothing but declarations and zod', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
      await import(${JSON.stringify(`${APP}tools/index.ts`)});
      console.log(JSON.stringify(loaded));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    const loaded = JSON.parse(stdout) as string[];
    const own = loaded.filter((url) => url.startsWith(APP));
    const foreign = loaded.filter((url) => !url.startsWith(APP) && !url.includes('/node_modules/zod/'));
    assert.deepEqual(foreign, []);
    assert.deepEqual(own.map((url) => url.slice(APP.length)).sort(), [
      'limits.ts', 'tools/check-fact-source/tool.ts', 'tools/compute-primes/tool.ts', 'tools/defineTool.ts', 'tools/egressHosts.ts', 'tools/index.ts', 'tools/lifecycle.ts', 'tools/lookup-fact/tool.ts', 'tools/paramHeaders.ts', 'tools/report-change/tool.ts',
      'tools/toolRule.ts', 'tools/wellKnownAccess.ts', 'tools/whoami/tool.ts',
    ]);
  });

  it('has schemas that JSON Schema can say', () => {
    for (const tool of tools) {
      assert.equal(z.toJSONSchema(tool.input, { io: 'input' }).type, 'object');
      assert.equal(z.toJSONSchema(tool.output, { io: 'output' }).additionalProperties, false);
    }
  });
});
