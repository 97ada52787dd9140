import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { it } from 'node:test';
import { startInternet } from './support/internet.ts';

it('the environment neither sends a tool\'s requests through a proxy nor switches the verification of certificates off [egress.environment]', async (t) => {
  const internet = await startInternet();
  t.after(() => internet.close());
  internet.routes['/'] = (_request, response) => response.end('ok');
  const proxy = 'http://127.0.0.1:1';
  const environment = {
    NODE_USE_ENV_PROXY: '1', NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1',
    HTTPS_PROXY: proxy, https_proxy: proxy, HTTP_PROXY: proxy, http_proxy: proxy, ALL_PROXY: proxy, all_proxy: proxy,
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [fileURLToPath(new URL('support/fetchOnce.ts', import.meta.url)), internet.tls.authorityFile, `https://api.example.com:${internet.port}/`, `https://api.example.net:${internet.port}/`],
    { env: { PATH: process.env['PATH'], ...environment } },
  );
  const [answered, unverified] = JSON.parse(stdout) as string[];
  assert.equal(answered, 'ok');
  assert.match(unverified ?? '', /its certificate is not accepted/);
});
