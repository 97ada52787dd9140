import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { StackName } from '../arguments.ts';
import type { Endpoints } from './endpoints.ts';
import { projectDir, type LocalFolders } from './folders.ts';
import { renewStackConfig } from './stackConfig.ts';

/** Name and value of each variable that points a shell at the local Azure. */
export type CloudEnvironment = Readonly<Record<string, string>>;

/**
 * The variables by which the unmodified engine, program, SDK clients and curl work against the local Azure.
 * Makes what they name: the passphrase, the trust bundle, the folders, the copy of the stack's settings.
 * @param path value of PATH with the toolchain in front
 */
export function cloudEnvironment(folders: LocalFolders, endpoints: Endpoints, stack: StackName, path: string): CloudEnvironment {
  for (const folder of [folders.backend, folders.pulumiHome]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  ensurePassphrase(folders.passphraseFile);
  writeTrustBundle(folders.trustBundle, endpoints.authorityFile);
  return {
    PATH: path,
    // Without the files of metadata that go beside each file of state, which nobody reads: they are not written in one step, and an engine that is
    // killed at that moment leaves a checkpoint that cannot be loaded. Source: gocloud.dev, fileblob, URLOpener.
    PULUMI_BACKEND_URL: `file://${folders.backend}?metadata=skip`,
    PULUMI_HOME: folders.pulumiHome,
    PULUMI_CONFIG_PASSPHRASE_FILE: folders.passphraseFile,
    PULUMI_SKIP_UPDATE_CHECK: '1',
    // The providers are attached, not installed: without this the engine would fetch the vendor's plugins first, or wait for a network in vain.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_DEBUG_PROVIDERS: Object.entries(endpoints.providerPorts).map(([name, port]) => `${name}:${port}`).join(','),
    PULUMI_OPTION_CONFIG_FILE: renewStackConfig(folders, stack),
    PULUMI_OPTION_POLICY_PACK: join(projectDir, 'policy'),
    PULUMI_OPTION_POLICY_PACK_CONFIG: join(projectDir, 'policy', 'config', `${stack}.json`),
    AZURE_TENANT_ID: endpoints.tenantId,
    AZURE_SUBSCRIPTION_ID: endpoints.subscriptionId,
    AZURE_CLIENT_ID: endpoints.operator.clientId,
    AZURE_CLIENT_SECRET: endpoints.operator.clientSecret,
    AZURE_AUTHORITY_HOST: endpoints.urls.entra,
    AZURE_RESOURCE_MANAGER_ENDPOINT: endpoints.urls.arm,
    AZURE_STORAGE_ENDPOINT: endpoints.urls.storage,
    AZURE_GRAPH_ENDPOINT: endpoints.urls.graph,
    NODE_EXTRA_CA_CERTS: endpoints.authorityFile,
    SSL_CERT_FILE: folders.trustBundle,
    CURL_CA_BUNDLE: folders.trustBundle,
    REQUESTS_CA_BUNDLE: folders.trustBundle,
  };
}

/** The passphrase of the local stacks' secrets: drawn once, readable by its owner. */
function ensurePassphrase(file: string): void {
  if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
}

/** SSL_CERT_FILE replaces the machine's list, so the bundle holds the public authorities too. */
function writeTrustBundle(file: string, authorityFile: string): void {
  const bundle = [...rootCertificates, readFileSync(authorityFile, 'utf8')].join('\n');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== bundle) writeFileSync(file, bundle);
}
