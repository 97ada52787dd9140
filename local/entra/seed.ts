import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';
import { addClientSecret } from './clientSecrets.ts';
import type { Application } from './records.ts';
import type { DirectoryStore } from './store.ts';
import type { Directory } from './types.ts';

const seedSchema = z.object({
  operatorAppId: z.guid(),
  /** The operator's client secret, sealed: the commands need it at every start. */
  sealedOperatorSecret: z.string(),
  commandLineAppId: z.guid(),
});

export interface Seed {
  readonly operator: Directory['operator'];
  readonly commandLineAppId: string;
}

/**
 * What a new tenant begins with: the operator, two users, and the public client of the command line.
 * Runs at every start and makes what is missing.
 */
export function seedDirectory(context: LocalContext, store: DirectoryStore): Seed {
  const seeds = context.documents.collection('entra-seed', seedSchema);
  const seed = seeds.get('this');
  const operator = ensureApplication(store, seed?.operatorAppId, { displayName: 'Local operator' });
  const commandLine = ensureApplication(store, seed?.commandLineAppId, {
    displayName: 'Local command line',
    publicClient: { redirectUris: ['http://localhost', 'http://127.0.0.1'] },
    isFallbackPublicClient: true,
  });
  const hasSecret = operator.passwordCredentials.some(({ keyId }) => store.secrets.get(keyId));
  const clientSecret = seed && hasSecret ? context.sealer.open(seed.sealedOperatorSecret) : addClientSecret(store, operator, { displayName: 'Local run', endDateTime: '2099-12-31T00:00:00.000Z' }).secretText;
  if (!seed || !hasSecret || seed.operatorAppId !== operator.appId || seed.commandLineAppId !== commandLine.appId) {
    seeds.put('this', { operatorAppId: operator.appId, sealedOperatorSecret: context.sealer.seal(clientSecret), commandLineAppId: commandLine.appId });
  }
  ensureUser(store, 'ada', 'Ada', 'Lovelace');
  ensureUser(store, 'grace', 'Grace', 'Hopper');
  const objectId = store.servicePrincipalByAppId(operator.appId)?.id;
  if (objectId === undefined) throw new Error('The service principal of the local operator is missing although it was just made.');
  return { operator: { objectId, clientId: operator.appId, clientSecret }, commandLineAppId: commandLine.appId };
}

function ensureApplication(store: DirectoryStore, appId: string | undefined, values: Partial<Application> & { displayName: string }): Application {
  const application = (appId === undefined ? undefined : store.applicationByAppId(appId)) ?? store.addApplication(values);
  if (!store.servicePrincipalByAppId(application.appId)) store.addServicePrincipal({ appId: application.appId, displayName: application.displayName });
  return application;
}

function ensureUser(store: DirectoryStore, name: string, givenName: string, surname: string): void {
  const userPrincipalName = `${name}@${store.domain}`;
  if (!store.userByName(userPrincipalName)) store.addUser({ userPrincipalName, displayName: `${givenName} ${surname}`, givenName, surname });
}
