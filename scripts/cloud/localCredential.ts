import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { ClientSecretCredential, type TokenCredential } from '@azure/identity';
import type { Endpoints } from './endpoints.ts';

/** Whoever made the local subscription. From here on this process trusts the local authority, as one that starts with NODE_EXTRA_CA_CERTS does. */
export function localCredential({ authorityFile, operator, tenantId, urls }: Endpoints): TokenCredential {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(authorityFile, 'utf8')]);
  return new ClientSecretCredential(tenantId, operator.clientId, operator.clientSecret, { authorityHost: urls.entra, disableInstanceDiscovery: true });
}
