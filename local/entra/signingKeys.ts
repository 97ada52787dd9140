import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';

const keySchema = z.object({
  publicJwk: z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }),
  /** The private JWK, sealed. */
  sealedPrivateJwk: z.string(),
  createdDateTime: z.string(),
  /** When another key took over signing; null for the key that signs. */
  retiredDateTime: z.string().nullable(),
});

/** Longest life of a token: managed identities get 24 hours. */
const LONGEST_TOKEN_MS = 24 * 3_600_000;

/** The keys that sign the tenant's tokens. */
export interface SigningKeys {
  current(): { kid: string; privateKey: CryptoKey };
  /** The public key of a published id; undefined for any other. */
  publicKey(kid: string): CryptoKey | undefined;
  /** All published public keys, the signing one first. */
  published(): { kid: string; jwk: JWK }[];
  /** A new key takes over signing; the old one stays published until the last token that it signed has expired. */
  rotate(): Promise<string>;
}

/** Opens the tenant's signing keys, or makes the first one: RSA of 2048 bits, the private part sealed. */
export async function openSigningKeys(context: LocalContext): Promise<SigningKeys> {
  const stored = context.documents.collection('entra-signing-keys', keySchema);
  const loaded = new Map<string, { privateKey: CryptoKey; publicKey: CryptoKey }>();

  const load = async (kid: string): Promise<void> => {
    const record = stored.get(kid);
    if (!record) return;
    const privateJwk = JSON.parse(openSealed(context, record.sealedPrivateJwk)) as JWK;
    loaded.set(kid, {
      privateKey: await importRsa(privateJwk),
      publicKey: await importRsa(record.publicJwk),
    });
  };

  const make = async (): Promise<string> => {
    const pair = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
    const publicJwk = z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }).parse(await exportJWK(pair.publicKey));
    const kid = await calculateJwkThumbprint(publicJwk);
    const now = context.now().toISOString();
    const sealedPrivateJwk = context.sealer.seal(JSON.stringify(await exportJWK(pair.privateKey)));
    stored.put(kid, { publicJwk, sealedPrivateJwk, createdDateTime: now, retiredDateTime: null });
    await load(kid);
    return kid;
  };

  const dropOutlived = (): void => {
    const oldest = context.now().getTime() - LONGEST_TOKEN_MS;
    for (const [kid, { retiredDateTime }] of stored.entries()) {
      if (retiredDateTime !== null && Date.parse(retiredDateTime) < oldest) {
        stored.delete(kid);
        loaded.delete(kid);
      }
    }
  };

  const signing = (): string | undefined => stored.entries().find(([, { retiredDateTime }]) => retiredDateTime === null)?.[0];

  dropOutlived();
  for (const kid of stored.keys()) await load(kid);
  if (signing() === undefined) await make();

  return {
    current() {
      const kid = signing();
      const pair = kid === undefined ? undefined : loaded.get(kid);
      if (kid === undefined || !pair) throw new Error('The directory has no signing key. Remove the file entra-signing-keys.json of the state folder and start again.');
      return { kid, privateKey: pair.privateKey };
    },
    publicKey: (kid) => loaded.get(kid)?.publicKey,
    published() {
      dropOutlived();
      return stored
        .entries()
        .sort(([, a], [, b]) => Number(a.retiredDateTime !== null) - Number(b.retiredDateTime !== null))
        .map(([kid, { publicJwk }]) => ({ kid, jwk: publicJwk }));
    },
    async rotate() {
      const before = signing();
      const kid = await make();
      const old = before === undefined ? undefined : stored.get(before);
      if (before !== undefined && old) stored.put(before, { ...old, retiredDateTime: context.now().toISOString() });
      return kid;
    },
  };
}

function openSealed(context: LocalContext, sealed: string): string {
  try {
    return context.sealer.open(sealed);
  } catch (error) {
    throw new Error(
      `The signing keys in ${context.stateDir} cannot be opened: they were sealed with another key than the seal.key that is there now. ` +
        'Restore the seal.key of this state folder, or remove the whole folder to begin anew.',
      { cause: error },
    );
  }
}

async function importRsa(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'RS256');
  if (key instanceof Uint8Array) throw new Error(`A signing key of the directory is of type ${jwk.kty ?? 'unknown'}; signing keys are RSA keys.`);
  return key;
}
