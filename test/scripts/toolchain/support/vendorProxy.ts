import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const vendorHost = 'get.pulumi.com';
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A proxy through which only the vendor's host is reached: a stand-in for it that serves one script. */
export interface VendorProxy {
  /** Variables that lead Node through the proxy, and have it trust the stand-in. */
  readonly env: Record<string, string>;
  readonly requests: string[];
  close(): Promise<void>;
}

/**
 * @param certificateFile where the stand-in's certificate is written
 * @param installer text of install.sh; undefined for a vendor that takes connections and never answers
 */
export async function startVendorProxy(certificateFile: string, installer: string | undefined): Promise<VendorProxy> {
  const { certificatePem, keyPem } = await createCertificate();
  await writeFile(certificateFile, certificatePem);
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const vendor = createTlsServer({ cert: certificatePem, key: keyPem }, (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (installer !== undefined) response.end(installer);
  });
  const proxy = createServer().on('connect', (request, client: Socket) => {
    if (request.url !== `${vendorHost}:443`) return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect((vendor.address() as AddressInfo).port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  for (const server of [vendor, proxy]) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return {
    env: { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, NODE_EXTRA_CA_CERTS: certificateFile },
    requests,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      vendor.closeAllConnections();
      await Promise.all([vendor, proxy].map(async (server) => { const closed = once(server, 'close'); server.close(); await closed; }));
    },
  };
}

async function createCertificate(): Promise<{ certificatePem: string; keyPem: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    name: `CN=${vendorHost}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: vendorHost }])],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { certificatePem: certificate.toString('pem'), keyPem: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
}
