import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTestApp, type TestApp } from '../app/support/testApp.ts';
import { conformanceOffer } from './fixtures/offer.ts';
import { ACCESS } from './fixtures/declare.ts';
import { runSuite, type SuiteRun } from './runSuite.ts';
import { startTokenProxy, type TokenProxy } from './tokenProxy.ts';

const EXPECTED_FAILURES = fileURLToPath(new URL('expected-failures.yml', import.meta.url));
/** The tasks extension is not offered: a call that outlives its request belongs to a durable queue, not to an instance. */
const NOT_OFFERED = /^tasks-/;

const failuresOf = ({ scenarios }: SuiteRun): string[] => scenarios.filter(({ failed }) => failed.length > 0).map(({ name, failed }) => `${name}: ${failed.join('; ')}`);

describe('[protocol.conformance] the official conformance suite', () => {
  let proxy: TokenProxy;
  let testApp: TestApp;
  before(async () => {
    let token = async (): Promise<string> => '';
    proxy = await startTokenProxy(() => token());
    const { port, host } = new URL(proxy.url);
    testApp = await createTestApp(conformanceOffer, { MCP_ALLOWED_HOSTS: `${host},localhost:${port}`, MCP_ALLOWED_ORIGINS: `${proxy.url},http://localhost:${port}` });
    const roles = [...conformanceOffer.tools.map((tool) => tool.access.role), ACCESS.role];
    token = () => testApp.authority.appToken({ roles });
    proxy.forwardTo(new URL(await testApp.app.http.listen({ host: '127.0.0.1', port: 0 })));
  });
  after(async () => {
    await proxy.close();
    await testApp.app.abortCalls();
    await testApp.app.http.close();
  });

  it('reaches a server that answers', async () => {
    // Some scenarios also pass when nothing answers.
    const answer = await fetch(`${proxy.url}/mcp`, {
      method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    });
    assert.deepEqual(await answer.json(), { jsonrpc: '2.0', id: 1, result: {} });
  });

  it('passes all 37 scored scenarios of 2026-07-28, and the others that apply', async () => {
    const run = await runSuite(`${proxy.url}/mcp`, ['--requirements', '2026-07-28']);
    const applying = { ...run, scenarios: run.scenarios.filter(({ name }) => !NOT_OFFERED.test(name)) };
    assert.deepEqual(failuresOf(applying), []);
    // 37 that are scored, and three that are not: json-schema-2020-12, http-header-validation and http-custom-header-server-validation.
    assert.equal(applying.scenarios.length, 40, run.output);
    assert.ok(applying.scenarios.every(({ passed }) => passed > 0), run.output);
    assert.equal(run.exitCode, 0, run.output);
  });

  it('passes 26 of the 30 scored scenarios of 2025-11-25; the four others need a session', async () => {
    const run = await runSuite(`${proxy.url}/mcp`, ['--requirements', '2025-11-25', '--expected-failures', EXPECTED_FAILURES]);
    const failing = run.scenarios.filter(({ failed }) => failed.length > 0).map(({ name }) => name);
    assert.deepEqual(failing, ['elicitation-sep1034-defaults', 'elicitation-sep1330-enums', 'tools-call-elicitation', 'tools-call-sampling'], run.output);
    assert.equal(run.exitCode, 0, run.output);
    // 30 that are scored, and three that are not.
    assert.equal(run.scenarios.length, 33, run.output);
  });
});
