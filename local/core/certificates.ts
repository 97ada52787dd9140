import { webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata'; // @peculiar/x509 injects by it and does not load it
import * as x509 from '@peculiar/x509';

/** The local certificate authority and the one server certificate that all TLS listeners share. */
export interface TlsMaterial {
  /** Path of the authority's certificate, for NODE_EXTRA_CA_CERTS, curl --cacert and the like. */
  readonly authorityFile: string;
  readonly authorityPem: string;
  /** Server certificate for 127.0.0.1, localhost and the names that were asked for. */
  readonly certificatePem: string;
  readonly keyPem: string;
}

const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;
const LIFETIME_MS = 825 * 24 * 3_600_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * Reads the certificates from a folder, or makes them.
 * The authority's private key is never stored: it signs one certificate and is dropped, so that nobody can use it later.
 * @param names further host names of the server certificate, when it is made
 */
export async function ensureCertificates(folder: string, now: () => Date = () => new Date(), names: readonly string[] = []): Promise<TlsMaterial> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authorityFile = join(folder, 'authority.pem');
  const certificateFile = join(folder, 'server.pem');
  const keyFile = join(folder, 'server.key');
  if (![authorityFile, certificateFile, keyFile].every((file) => existsSync(file)) || expiresSoon(certificateFile, now())) {
    const made = await createCertificates(now(), names);
    writeFileSync(keyFile, made.keyPem, { mode: 0o600 });
    writeFileSync(certificateFile, made.certificatePem);
    writeFileSync(authorityFile, made.authorityPem);
  }
  return {
    authorityFile,
    authorityPem: readFileSync(authorityFile, 'utf8'),
    certificatePem: readFileSync(certificateFile, 'utf8'),
    keyPem: readFileSync(keyFile, 'utf8'),
  };
}

function expiresSoon(certificateFile: string, now: Date): boolean {
  const certificate = new x509.X509Certificate(readFileSync(certificateFile, 'utf8'));
  return certificate.notAfter.getTime() - now.getTime() < RENEW_BEFORE_MS;
}

async function createCertificates(now: Date, names: readonly string[]): Promise<{ authorityPem: string; certificatePem: string; keyPem: string }> {
  const validity = { notBefore: new Date(now.getTime() - 3_600_000), notAfter: new Date(now.getTime() + LIFETIME_MS) };
  const authorityKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const serverKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=Local Azure authority (this machine only)',
    keys: authorityKeys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=Local Azure',
    issuer: authority.subject,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        ...['localhost', ...names].map((value) => ({ type: 'dns', value }) as const),
      ]),
    ],
  });
  const keyBytes = await webcrypto.subtle.exportKey('pkcs8', serverKeys.privateKey);
  return {
    authorityPem: authority.toString('pem'),
    certificatePem: certificate.toString('pem'),
    keyPem: x509.PemConverter.encode(keyBytes, 'PRIVATE KEY'),
  };
}
