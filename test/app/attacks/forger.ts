import { createHmac, generateKeyPairSync, KeyObject, sign, constants, type SignKeyObjectInput } from 'node:crypto';
import { compactDecrypt, CompactEncrypt, exportSPKI } from 'jose';
import { CALLER_OID, CALLING_CLIENT_ID, CLIENT_ID, TENANT_ID, type TestAuthority } from '../support/authority.ts';

export type Members = Readonly<Record<string, unknown>>;

export const OTHER_GUID = '99999999-9999-4999-8999-999999999999';
export const DENIED_OID = '88888888-8888-4888-8888-888888888888';
export const DENIED_CLIENT_ID = '77777777-7777-4777-8777-777777777777';
/** Where an attacker would like keys to be read from. */
export const ATTACKER_URL = 'https://keys.attacker.example/jwks.json';

/** Makes tokens of every kind. It holds the tenant's key, so that a token can be wrong in one respect alone. */
export interface Forger {
  readonly issuer: string;
  /** The tenant's public key in the forms that could be taken for a secret. */
  readonly publicKeyForms: Readonly<Record<'pem' | 'der' | 'modulus' | 'keySet', string | Buffer>>;
  /** Public key of the attacker, as JWK. */
  readonly foreignJwk: Members;
  /** Every token that was made. */
  readonly made: ReadonlySet<string>;
  header(changes?: Members): Members;
  /** Claims of an app with the role of whoami; a change to undefined takes a claim out. */
  appClaims(changes?: Members): Members;
  /** Claims of a delegated token with role and scope of whoami. */
  userClaims(changes?: Members): Members;
  /** RS256 by the tenant's key, whatever the header says. Texts stand as they are. */
  signed(payload: Members | string, header?: Members | string): string;
  /** By a key that is not the tenant's. */
  foreign(payload: Members, header?: Members): string;
  /** With a header, a payload and the signature given. */
  assembled(header: Members | string, payload: Members | string, signature: (input: string) => string | Buffer): string;
  signedWith(algorithm: 'RS384' | 'RS512' | 'PS256' | 'ES256' | 'EdDSA'): string;
  mac(algorithm: 'HS256' | 'HS384' | 'HS512', secret: string | Buffer): string;
  encrypted(): Promise<string>;
  /** From now on the claims name this object id, by which the record can tell one caller from another. */
  actAs(oid: string): void;
  /** Keeps a token that was made of another. */
  keep(token: string): string;
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
const base64url = (value: Members | string): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
/** JSON leaves out what is undefined. */
const changed = (members: Members, changes: Members): Members => JSON.parse(JSON.stringify({ ...members, ...changes })) as Members;

export async function createForger(authority: TestAuthority): Promise<Forger> {
  const key = KeyObject.from(authority.privateKey);
  const foreignKeys = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const { issuer } = authority;
  const made = new Set<string>();
  const keep = (token: string): string => {
    made.add(token);
    return token;
  };
  const state = { oid: CALLER_OID };
  const pem = await exportSPKI(authority.publicKey);
  const publicKey = KeyObject.from(authority.publicKey);
  const header = (changes: Members = {}): Members => changed({ typ: 'JWT', alg: 'RS256', kid: 'key-1' }, changes);
  const common = (): Members => ({
    aud: CLIENT_ID, iss: issuer, iat: nowSeconds(), nbf: nowSeconds(), exp: nowSeconds() + 3_600, oid: state.oid, sub: state.oid, tid: TENANT_ID, azp: CALLING_CLIENT_ID, azpacr: '1', uti: 'u', ver: '2.0', roles: ['Tools.whoami'],
  });
  const appClaims = (changes: Members = {}): Members => changed({ ...common(), idtyp: 'app' }, changes);
  const assembled: Forger['assembled'] = (head, payload, signature) => {
    const input = `${base64url(head)}.${base64url(payload)}`;
    const signed = signature(input);
    return keep(`${input}.${typeof signed === 'string' ? signed : signed.toString('base64url')}`);
  };
  const by = (signer: KeyObject) => (input: string): Buffer => sign('sha256', Buffer.from(input), signer);
  return {
    issuer, header, appClaims, assembled, made, keep,
    actAs: (oid) => void (state.oid = oid),
    publicKeyForms: { pem, der: publicKey.export({ type: 'spki', format: 'der' }), modulus: Buffer.from(authority.keySet.keys[0]?.n ?? '', 'base64url'), keySet: JSON.stringify(authority.keySet) },
    foreignJwk: { ...foreignKeys.publicKey.export({ format: 'jwk' }), kid: 'key-1', use: 'sig' },
    userClaims: (changes = {}) => changed({ ...common(), idtyp: 'user', scp: 'mcp.access whoami', name: 'Ada' }, changes),
    signed: (payload, head = header()) => assembled(head, payload, by(key)),
    foreign: (payload, head = header()) => assembled(head, payload, by(foreignKeys.privateKey)),
    signedWith(algorithm) {
      const ownKeys: Partial<Record<typeof algorithm, SignKeyObjectInput>> = {
        PS256: { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
        ES256: { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, dsaEncoding: 'ieee-p1363' },
        EdDSA: { key: generateKeyPairSync('ed25519').privateKey },
      };
      const digest = algorithm === 'EdDSA' ? null : `sha${algorithm.slice(2)}`;
      return assembled(header({ alg: algorithm }), appClaims(), (input) => sign(digest, Buffer.from(input), ownKeys[algorithm] ?? { key }));
    },
    mac: (algorithm, secret) => assembled(header({ alg: algorithm }), appClaims(), (input) => createHmac(`sha${algorithm.slice(2)}`, secret).update(input).digest()),
    async encrypted() {
      const decryptable = generateKeyPairSync('rsa', { modulusLength: 2_048 });
      const token = await new CompactEncrypt(Buffer.from(JSON.stringify(appClaims()))).setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'key-1', typ: 'JWT' }).encrypt(decryptable.publicKey);
      await compactDecrypt(token, decryptable.privateKey);
      return keep(token);
    },
  };
}
