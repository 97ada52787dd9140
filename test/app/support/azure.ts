import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { ensureCertificates } from '../../../local/core/certificates.ts';
import { createAuthority, type TestAuthority } from './authority.ts';

/** One item of telemetry as Azure Monitor's ingestion takes it. */
export interface Envelope {
  readonly name: string;
  readonly tags: Record<string, string>;
  readonly data: { readonly baseType: string; readonly baseData: { readonly name?: string; readonly id?: string; readonly success?: boolean; readonly metrics?: { name: string; count?: number }[]; readonly properties?: Record<string, string> } };
}

/** What a server process needs of Azure: an authority, an ingestion endpoint, the identity endpoint of App Service. All on loopback. */
export interface TestAzure {
  readonly authority: TestAuthority;
  /** Settings that point a server process to it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly received: { readonly authorization: string | undefined; readonly envelopes: readonly Envelope[] }[];
  /** Queries and headers that reached the identity endpoint. */
  readonly identityRequests: { readonly query: URLSearchParams; readonly header: string | undefined }[];
  envelopes(): Envelope[];
  close(): Promise<void>;
}

export const INGESTION_TOKEN = 'token-for-monitor';
export const IDENTITY_CLIENT_ID = '77777777-7777-4777-8777-777777777777';

export async function startAzure(folder: string): Promise<TestAzure> {
  const tls = await ensureCertificates(folder);
  const received: TestAzure['received'] = [];
  const identityRequests: TestAzure['identityRequests'] = [];
  const published: { keySet?: TestAuthority['keySet'] } = {};

  const secure = createHttpsServer({ cert: tls.certificatePem, key: tls.keyPem }, (request, response) => {
    void (async () => {
      if (request.url?.endsWith('/discovery/v2.0/keys')) return response.setHeader('content-type', 'application/json').end(JSON.stringify(published.keySet));
      if (request.url === '/v2.1/track' || request.url === '/v2/track') {
        const body = await buffer(request);
        const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
        const envelopes = text.startsWith('[') ? (JSON.parse(text) as Envelope[]) : text.trim().split('\n').map((line) => JSON.parse(line) as Envelope);
        received.push({ authorization: request.headers.authorization, envelopes });
        return response.setHeader('content-type', 'application/json').end(JSON.stringify({ itemsReceived: envelopes.length, itemsAccepted: envelopes.length, errors: [] }));
      }
      return response.writeHead(404).end();
    })();
  });
  const plain = createServer(((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    identityRequests.push({ query: url.searchParams, header: request.headers['x-identity-header'] as string | undefined });
    response.setHeader('content-type', 'application/json').end(JSON.stringify({
      access_token: INGESTION_TOKEN, expires_on: String(Math.floor(Date.now() / 1_000) + 86_400), resource: url.searchParams.get('resource'), token_type: 'Bearer',
    }));
  }) satisfies RequestListener);
  const securePort = await listen(secure);
  const plainPort = await listen(plain);
  const authorityHost = `https://127.0.0.1:${securePort}`;
  const authority = await createAuthority(authorityHost);
  published.keySet = authority.keySet;
  return {
    authority,
    received,
    identityRequests,
    envelopes: () => received.flatMap(({ envelopes }) => envelopes),
    environment: {
      NODE_EXTRA_CA_CERTS: tls.authorityFile,
      AZURE_AUTHORITY_HOST: authorityHost,
      AZURE_CLIENT_ID: IDENTITY_CLIENT_ID,
      IDENTITY_ENDPOINT: `http://127.0.0.1:${plainPort}/msi/token`,
      IDENTITY_HEADER: 'identity-header-value',
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=66666666-6666-4666-8666-666666666666;IngestionEndpoint=${authorityHost}/`,
    },
    close: async () => {
      await Promise.all([closeServer(secure), closeServer(plain)]);
    },
  };
}

export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
