import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { UMBRELLA_ROLE } from '../app/tools/wellKnownAccess.ts';
import { ensureCertificates } from '../local/core/certificates.ts';
import { CLIENT_ID, createAuthority, TENANT_ID } from '../test/app/support/authority.ts';

/**
 * What the app needs of Azure, on loopback: the keys of a token issuer, an ingestion endpoint over TLS that counts, tokens of a managed identity, append
 * blobs and a signing key that take what comes. */
export interface StandIn {
  /** A token of an application that may call every tool, with any arguments; good for an hour. */
  readonly accessToken: string;
  /** Settings that point the app to it; telemetry is counted under the name. */
  environmentOf(name: string): Readonly<Record<string, string>>;
  /** Records of calls that were stored under the name so far. */
  recordsOf(name: string): number;
  /** Items of telemetry that arrived under the name so far, by their base type, such as RequestData. */
  itemsOf(name: string): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

const KEY_SET_PATH = `/${TENANT_ID}/discovery/v2.0/keys`;
const TRACK_PATH = /^\/([a-z0-9-]+)\/v2(?:\.1)?\/track$/;
const STATE_PATH = /^\/state\/([a-z0-9-]+)\//;
const KEY_PATH = '/keys/audit-anchor';
const IDENTITY_CLIENT_ID = '77777777-7777-4777-8777-777777777777';
const INSTRUMENTATION_KEY = '66666666-6666-4666-8666-666666666666';
const TOKEN_LIFETIME_SECONDS = 86_400;

const itemSchema = z.object({ data: z.object({ baseType: z.string() }) });

/** @param folder for the certificates */
export async function startStandIn(folder: string): Promise<StandIn> {
  const tls = await ensureCertificates(folder);
  const counts = new Map<string, Record<string, number>>();
  const records = new Map<string, number>();
  const keySet = { json: '' };

  const secure = createSecureServer({ cert: tls.certificatePem, key: tls.keyPem }, (request, response) => {
    response.setHeader('content-type', 'application/json');
    const url = request.url ?? '/';
    const name = TRACK_PATH.exec(url)?.[1];
    if (url === KEY_SET_PATH) return response.end(keySet.json);
    if (name === undefined) return void answerState(request, response, records).catch(() => response.destroy());
    buffer(request).then((body) => {
      const items = parseItems((request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString());
      const count = counts.get(name) ?? {};
      for (const item of items) count[item.data.baseType] = (count[item.data.baseType] ?? 0) + 1;
      counts.set(name, count);
      response.end(JSON.stringify({ itemsReceived: items.length, itemsAccepted: items.length, errors: [] }));
    }, () => response.destroy());
  });
  const identity = createServer((_request, response) => {
    const expiresOn = String(Math.floor(Date.now() / 1_000) + TOKEN_LIFETIME_SECONDS);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ access_token: 'token-for-monitor', expires_on: expiresOn, resource: 'https://monitor.azure.com', token_type: 'Bearer' }));
  });
  const host = `https://127.0.0.1:${await listen(secure)}`;
  const identityPort = await listen(identity);
  const authority = await createAuthority(host);
  keySet.json = JSON.stringify(authority.keySet);
  return {
    accessToken: await authority.appToken({ roles: [UMBRELLA_ROLE] }),
    environmentOf: (name) => ({
      NODE_EXTRA_CA_CERTS: tls.authorityFile,
      AZURE_AUTHORITY_HOST: host,
      MCP_ENTRA_TENANT_ID: TENANT_ID,
      MCP_ENTRA_CLIENT_ID: CLIENT_ID,
      AZURE_CLIENT_ID: IDENTITY_CLIENT_ID,
      IDENTITY_ENDPOINT: `http://127.0.0.1:${identityPort}/msi/token`,
      IDENTITY_HEADER: 'identity-header-value',
      MCP_STATE_BLOB_URL: `${host}/state/${name}`,
      MCP_AUDIT_SIGNING_KEY: `${host}${KEY_PATH}`,
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${INSTRUMENTATION_KEY};IngestionEndpoint=${host}/${name}/`,
    }),
    recordsOf: (name) => records.get(name) ?? 0,
    itemsOf: (name) => ({ ...counts.get(name) }),
    close: async () => {
      await Promise.all([closeServer(secure), closeServer(identity)]);
    },
  };
}

/** Storage and Key Vault as far as the record needs them: nothing is kept but the number of records. */
async function answerState(request: IncomingMessage, response: ServerResponse, records: Map<string, number>): Promise<void> {
  const url = request.url ?? '/';
  const body = await buffer(request);
  const name = STATE_PATH.exec(url)?.[1];
  if (request.method === 'PUT' && name !== undefined) {
    records.set(name, (records.get(name) ?? 0) + countOf(body, RECORD_OF_CALL));
    response.writeHead(201, { etag: '"0x1"', 'last-modified': new Date().toUTCString(), 'x-ms-version': '2025-05-05', 'x-ms-request-id': '1', 'content-length': '0' }).end();
  } else if (request.method === 'POST' && url.startsWith(`${KEY_PATH}/sign`)) {
    response.end(JSON.stringify({ kid: `${KEY_PATH}/1`, value: 'c2lnbmF0dXJl' }));
  } else {
    response.writeHead(404).end();
  }
}

/** As docs/decisions/018-the-record.md has it. */
const RECORD_OF_CALL = Buffer.from('"kind":"call"');

function countOf(body: Buffer, part: Buffer): number {
  let count = 0;
  for (let index = body.indexOf(part); index !== -1; index = body.indexOf(part, index + part.length)) count += 1;
  return count;
}

/** The exporter sends a JSON array; the format also allows one object a line. */
function parseItems(text: string): z.output<typeof itemSchema>[] {
  const values: unknown = text.startsWith('[') ? JSON.parse(text) : text.trim().split('\n').map((line) => JSON.parse(line) as unknown);
  return z.array(itemSchema).parse(values);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
