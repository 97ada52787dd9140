import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigError, readConfig } from '../../app/config.ts';
import { ENVIRONMENT } from './support/testApp.ts';

function problemsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.code, 'MCP_CONFIG_INVALID');
    for (const problem of error.problems) assert.ok(error.message.includes(problem));
    return error.problems;
  }
  return [];
}

describe('readConfig', () => {
  it('reads a full environment', () => {
    const config = readConfig({
      ...ENVIRONMENT,
      PORT: '8181',
      AZURE_AUTHORITY_HOST: 'https://127.0.0.1:4431/',
      MCP_AUTHORIZATION_SERVER: 'facade',
      AZURE_CLIENT_ID: '55555555-5555-4555-8555-555555555555',
      APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=66666666-6666-4666-8666-666666666666;IngestionEndpoint=https://127.0.0.1:4432/',
      MCP_TRACE_SAMPLING_RATIO: '0.25',
      MCP_STATE_BLOB_URL: 'https://127.0.0.1:4433/state/',
      MCP_AUDIT_SIGNING_KEY: 'https://127.0.0.1:4434/keys/audit-anchor',
      MCP_AUDIT_MODE: 'buffered',
      MCP_POLICY_VERSION: '1.2.0',
      WEBSITE_SITE_NAME: 'mcp-1a2b',
      IDENTITY_ENDPOINT: 'http://169.254.130.2:8081/msi/token',
      MSI_ENDPOINT: 'http://[fd00::1]/msi/token',
    });
    assert.deepEqual(config, {
      listen: { host: '0.0.0.0', port: 8_181 },
      logLevel: 'info',
      drainTimeoutMs: 3_500,
      entra: { tenantId: ENVIRONMENT['MCP_ENTRA_TENANT_ID'], clientId: ENVIRONMENT['MCP_ENTRA_CLIENT_ID'], authorityHost: 'https://127.0.0.1:4431' },
      authorizationServer: 'facade',
      allowedHosts: ['mcp.example.net', 'mcp-staging.example.net'],
      allowedOrigins: ['https://inspector.example.net'],
      requestStateKeys: { current: new Uint8Array(32).fill(7) },
      identityEndpoints: [{ host: '169.254.130.2', port: 8_081 }, { host: 'fd00::1', port: 80 }],
      instance: { id: 'instance-a', slot: 'production', packageDigest: 'ab'.repeat(32), version: '0.1.0' },
      telemetry: {
        connectionString: 'InstrumentationKey=66666666-6666-4666-8666-666666666666;IngestionEndpoint=https://127.0.0.1:4432/',
        identityClientId: '55555555-5555-4555-8555-555555555555',
        samplingRatio: 0.25,
        serviceName: 'mcp-1a2b',
      },
      site: 'mcp-1a2b',
      audit: {
        blobUrl: 'https://127.0.0.1:4433/state',
        signingKeyUrl: 'https://127.0.0.1:4434/keys/audit-anchor',
        mode: 'buffered',
        policyVersion: '1.2.0',
        identityClientId: '55555555-5555-4555-8555-555555555555',
        spoolFolder: join(tmpdir(), 'mcp-audit'),
      },
    });
  });

  it('fills in what may be left out, and takes an empty value for absent', () => {
    const config = readConfig({ ...ENVIRONMENT, MCP_ALLOWED_ORIGINS: '', WEBSITE_RUN_FROM_PACKAGE: '1', PORT: ' ' });
    assert.deepEqual(config.allowedOrigins, []);
    assert.equal(config.authorizationServer, 'entra');
    assert.equal(config.instance.packageDigest, undefined);
    assert.equal(config.listen.port, 8_080);
    assert.equal(config.entra.authorityHost, 'https://login.microsoftonline.com');
    assert.equal(config.telemetry, undefined);
    assert.equal(config.audit, undefined);
  });

  it('takes the two settings of the record together alone, and each in its form', () => {
    const url = 'https://state.blob.core.windows.net';
    assert.match(problemsOf({ ...ENVIRONMENT, MCP_STATE_BLOB_URL: url }).join('\n'), /one is set without the other\. Allowed: both, or neither/);
    assert.match(problemsOf({ ...ENVIRONMENT, MCP_STATE_BLOB_URL: 'http://a', MCP_AUDIT_SIGNING_KEY: `${url}/secrets/a` }).join('\n'), /MCP_STATE_BLOB_URL: .*https URL of a blob[^]*MCP_AUDIT_SIGNING_KEY: .*without version/);
    assert.match(problemsOf({ ...ENVIRONMENT, MCP_AUDIT_MODE: 'fast' }).join('\n'), /durable or buffered/);
  });

  it('takes the package digest from a URL with a query', () => {
    const config = readConfig({ ...ENVIRONMENT, WEBSITE_RUN_FROM_PACKAGE: `https://a.blob.core.windows.net/p/${'0f'.repeat(32)}.zip?sv=1` });
    assert.equal(config.instance.packageDigest, '0f'.repeat(32));
  });

  it('names every required setting that is absent, in one error', () => {
    const problems = problemsOf({});
    assert.deepEqual(
      problems.map((problem) => problem.split(':')[0]),
      ['MCP_ENTRA_TENANT_ID', 'MCP_ENTRA_CLIENT_ID', 'MCP_ALLOWED_HOSTS', 'MCP_SLOT', 'MCP_REQUEST_STATE_KEY'],
    );
    for (const problem of problems) assert.match(problem, /: is not set\. Allowed: .+\. What to do: .+\.$/);
  });

  const bad: [name: string, value: string][] = [
    ['PORT', '70000'],
    ['PORT', '80.5'],
    ['MCP_LOG_LEVEL', 'loud'],
    ['MCP_DRAIN_TIMEOUT_MS', '-1'],
    ['MCP_ENTRA_TENANT_ID', 'contoso.com'],
    ['MCP_ENTRA_CLIENT_ID', 'api://x'],
    ['AZURE_AUTHORITY_HOST', 'http://login.microsoftonline.com'],
    ['AZURE_AUTHORITY_HOST', 'https://login.microsoftonline.com/tenant'],
    ['MCP_AUTHORIZATION_SERVER', 'https://mcp.example.net'],
    ['MCP_ALLOWED_HOSTS', 'https://mcp.example.net'],
    ['MCP_ALLOWED_HOSTS', '*.example.net'],
    ['MCP_ALLOWED_HOSTS', ','],
    ['MCP_ALLOWED_ORIGINS', '*'],
    ['MCP_ALLOWED_ORIGINS', 'https://example.com/'],
    ['MCP_SLOT', 'Production'],
    ['AZURE_CLIENT_ID', 'me'],
    ['MCP_TRACE_SAMPLING_RATIO', '1.5'],
    ['MCP_TRACE_SAMPLING_RATIO', 'all'],
  ];
  for (const [name, value] of bad) {
    it(`refuses ${name}=${value} by name and value`, () => {
      const problems = problemsOf({ ...ENVIRONMENT, [name]: value });
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(`${name}: ${JSON.stringify(value)} is not valid. Allowed: `), problems[0]);
      assert.match(problems[0] ?? '', /What to do: .+\.$/);
    });
  }

  const secrets: [name: string, value: string][] = [
    ['MCP_REQUEST_STATE_KEY', 'c2hvcnQ'],
    ['MCP_REQUEST_STATE_KEY', `${'a'.repeat(50)}+/`],
    ['MCP_REQUEST_STATE_KEY', `current:${'a'.repeat(43)},next:${'b'.repeat(20)}`],
    ['APPLICATIONINSIGHTS_CONNECTION_STRING', 'InstrumentationKey=66666666-6666-4666-8666-666666666666'],
    ['APPLICATIONINSIGHTS_CONNECTION_STRING', 'InstrumentationKey=secret-key;IngestionEndpoint=http://plain.example.net'],
  ];
  for (const [name, value] of secrets) {
    it(`refuses a bad ${name} without showing it (${value.length} characters)`, () => {
      const problems = problemsOf({ ...ENVIRONMENT, [name]: value });
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(`${name}: the given value (${value.length} characters, not shown) is not valid.`), problems[0]);
      assert.ok(!problems[0]?.includes(value));
    });
  }

  it('names an unresolved Key Vault reference as such, for any setting', () => {
    const reference = '@Microsoft.KeyVault(SecretUri=https://vault.example.net/secrets/request-state-key)';
    for (const name of ['MCP_REQUEST_STATE_KEY', 'MCP_ALLOWED_HOSTS', 'APPLICATIONINSIGHTS_CONNECTION_STRING']) {
      const problems = problemsOf({ ...ENVIRONMENT, [name]: reference });
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', new RegExp(`^${name}: the Key Vault reference is not resolved\\..*Key Vault Secrets User`));
    }
  });
});
