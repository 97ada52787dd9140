import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ClientSecretCredential, type TokenCredential } from '@azure/identity';
import type { Endpoints } from './endpoints.ts';

/** Lets this process trust the local authority beside the public ones, as NODE_EXTRA_CA_CERTS does for a process that starts with it. @param authorityFile PEM file */
export function trustAuthority(authorityFile: string): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(authorityFile, 'utf8')]);
}

/** The operator of the local Azure; this process trusts its authority from then on. */
export function localCredential({ authorityFile, operator, tenantId, urls }: Endpoints): TokenCredential {
  trustAuthority(authorityFile);
  return new ClientSecretCredential(tenantId, operator.clientId, operator.clientSecret, { authorityHost: urls.entra, disableInstanceDiscovery: true });
}
