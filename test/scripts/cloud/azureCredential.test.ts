import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { ClientAssertionCredential, DefaultAzureCredential } from '@azure/identity';
import { askGitHub, azureCredential } from '../../../scripts/cloud/azureCredential.ts';

const JOB = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example/?api-version=2', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job', AZURE_CLIENT_ID: '11111111-2222-3333-4444-555555555555', AZURE_TENANT_ID: '11111111-2222-3333-4444-666666666666' };

describe('the credential for Azure', () => {
  it('is the login of the machine, or of a job of GitHub Actions that may ask for tokens', () => {
    assert.ok(azureCredential({}) instanceof DefaultAzureCredential);
    assert.ok(azureCredential(JOB) instanceof ClientAssertionCredential);
    for (const name of Object.keys(JOB)) assert.ok(azureCredential({ ...JOB, [name]: '' }) instanceof DefaultAzureCredential, name);
  });

  it('asks GitHub for a token of the audience that Entra wants, each time, and tells a refusal without quoting a token', async () => {
    const asked: unknown[] = [];
    const server = createServer(({ url, headers }, response) => {
      asked.push([url, headers.authorization]);
      if (asked.length > 2) response.writeHead(403);
      response.end(JSON.stringify({ value: `assertion-${asked.length}` }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2`;
      assert.deepEqual([await askGitHub(url, 'job-token'), await askGitHub(url, 'job-token')], ['assertion-1', 'assertion-2']);
      await assert.rejects(askGitHub(url, 'job-token'), (error: Error & { code: string }) => error.code === 'GITHUB_TOKEN_REFUSED' && /status 403/.test(error.message) && !error.message.includes('job-token'));
      assert.deepEqual(asked[0], ['/token?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange', 'Bearer job-token']);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
