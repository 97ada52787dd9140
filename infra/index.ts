import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getClientConfigOutput } from '@pulumi/azure-native/authorization/getClientConfig.js';
import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import { getClientConfigOutput as getDirectoryConfigOutput } from '@pulumi/azuread/getClientConfig.js';
import { interpolate, type Output } from '@pulumi/pulumi';
import { z } from 'zod';
import { tools } from '../app/tools/index.ts';
import { Alerts } from './components/alerts.ts';
import { AppSettings } from './components/appSettings.ts';
import { CustomRoles } from './components/customRoles.ts';
import { Dashboard } from './components/dashboard.ts';
import { Diagnostics } from './components/diagnostics.ts';
import { Grants } from './components/grants.ts';
import { HostedApp } from './components/hostedApp.ts';
import { Identity } from './components/identity.ts';
import { Locks } from './components/locks.ts';
import { Network } from './components/network.ts';
import { Observability } from './components/observability.ts';
import { PackageStore } from './components/packageStore.ts';
import { PrivateEndpoints } from './components/privateEndpoints.ts';
import { Scaling } from './components/scaling.ts';
import { Secrets } from './components/secrets.ts';
import { StateStore } from './components/stateStore.ts';
import { ToolApi } from './components/toolApi.ts';
import { isLocked, PROJECT } from './config.ts';
import { digestOfPackage, MCP_PATH, namesFor } from './names.ts';
import { buildPackage } from './package/buildPackage.ts';
import { commitOf } from './package/commitOf.ts';
import { settingsOfStack } from './stackSettings.ts';

/** What a stack tells the people and scripts that work with it. None of it is secret. */
export interface StackOutputs {
  /** MCP endpoint of the production slot. */
  readonly mcpUrl: Output<string>;
  /** MCP endpoint of the staging slot. */
  readonly mcpStagingUrl: Output<string>;
  readonly subscriptionId: Output<string>;
  readonly resourceGroupName: Output<string>;
  readonly planName: Output<string>;
  readonly siteName: Output<string>;
  readonly vaultName: Output<string>;
  /** Who changes the request-state key: `npm run secrets`, or the configuration of the stack. */
  readonly requestStateKeySource: 'generated' | 'configuration';
  readonly storageAccountName: Output<string>;
  /** Blob endpoint of the packages and of the release log. */
  readonly packageBlobUrl: Output<string>;
  readonly stateAccountName: Output<string>;
  /** Group that outlives the stack. */
  readonly stateResourceGroupName: Output<string>;
  /** Blob endpoint of the record of calls. */
  readonly stateBlobUrl: Output<string>;
  /** The key that signs the record, without version. */
  readonly auditSigningKeyUrl: Output<string>;
  /** The key that signs what production offers, without version. */
  readonly releaseSigningKeyUrl: Output<string>;
  readonly workspaceName: Output<string>;
  readonly applicationInsightsName: Output<string>;
  readonly identityClientId: Output<string>;
  readonly entraTenantId: Output<string>;
  readonly entraClientId: Output<string>;
  readonly virtualNetworkName: Output<string>;
  /** Public hosts of tools, which the network tells from no other public host; empty behind a firewall. */
  readonly egressNotEnforcedByNetwork: readonly string[];
  /** SHA-256 of the package built from the sources. */
  readonly packageDigest: string;
  /** SHA-256 of the package that the staging slot runs: the build, unless the stack pins another. */
  readonly stagingPackageDigest: string;
}

const manifestSchema = z.object({ version: z.string().min(1) });
const repositoryDir = join(import.meta.dirname, '..');

/**
 * The desired state of one stack: composes the components and returns the stack's outputs.
 * @throws RunError when the configuration is refused; no resource has been registered by then
 */
export async function program(): Promise<StackOutputs> {
  const settings = settingsOfStack();
  const names = namesFor(settings.stack);
  const tags = { project: PROJECT, stack: settings.stack, owner: settings.owner, repository: settings.repository };
  const built = await buildPackage({ appDir: join(repositoryDir, 'app'), outDir: join(repositoryDir, 'dist', 'packages') });

  const resourceGroup = new ResourceGroup(names.common, { tags });
  const resourceGroupName = resourceGroup.name;
  const { subscriptionId, tenantId } = getClientConfigOutput();
  const identity = new Identity('identity', { name: names.common, resourceGroupName, tags });
  const observability = new Observability('observability', { name: names.common, resourceGroupName, retentionDays: settings.logRetentionDays, tags });
  const secrets = new Secrets('secrets', {
    vaultName: names.vault,
    resourceGroupName,
    // Known before anything exists: with the identity's own, no preview could judge the vault's properties, which the SDK hands over as one value.
    tenantId,
    softDeleteRetentionDays: settings.softDeleteRetentionDays,
    requestStateKey: settings.requestStateKey,
    isPrivate: settings.privateEndpoints,
    tags,
  });
  const packages = new PackageStore('packages', {
    accountName: names.storageAccount,
    resourceGroupName,
    zipPath: built.zipPath,
    digest: built.digest,
    commit: await commitOf(repositoryDir),
    stagingPackage: settings.stagingPackage,
    tags,
  });
  const state = new StateStore('state', { groupName: names.stateGroup, accountName: names.stateAccount, auditRetentionDays: settings.auditRetentionDays, isPrivate: settings.privateEndpoints, tags });
  const customRoles = new CustomRoles('roles', { stack: settings.stack, subscriptionId, resourceGroupId: resourceGroup.id, stateGroupId: state.groupId });
  const grants = new Grants('grants', {
    subscriptionId,
    principalId: identity.principalId,
    requestStateSecretId: secrets.requestStateSecretId,
    packageContainerId: packages.containerId,
    applicationInsightsId: observability.applicationInsightsId,
    stateContainerIds: state.containerIds,
    signingKeyId: secrets.signingKeyId,
    customRoles,
  });
  const network = new Network('network', {
    name: names.common,
    resourceGroupName,
    prefix: settings.virtualNetworkPrefix,
    tools,
    privateEndpoints: settings.privateEndpoints,
    firewallIp: settings.egressFirewallIp,
    tags,
  });
  const endpoints = settings.privateEndpoints ? new PrivateEndpoints('private-endpoints', {
    name: names.common,
    resourceGroupName,
    virtualNetworkId: network.virtualNetworkId,
    subnetId: network.endpointsSubnetId,
    vaultId: secrets.vaultId,
    stateAccountId: state.accountId,
    tags,
  }) : undefined;
  const isScaled = settings.maxInstances > settings.instances;
  const app = new HostedApp('app', {
    name: names.common,
    resourceGroupName,
    planSku: settings.planSku,
    instances: settings.instances,
    isScaled,
    zoneRedundant: settings.zoneRedundant,
    identityId: identity.resourceId,
    subnetId: network.integrationSubnetId,
    inbound: { frontDoorId: settings.allowedFrontDoorId, cidrs: settings.allowedInboundCidrs },
    tags,
  });

  const scaling = isScaled
    ? new Scaling('scaling', { name: names.common, resourceGroupName, planId: app.planId, minInstances: settings.instances, maxInstances: settings.maxInstances, tags })
    : undefined;
  const { applicationInsightsId, workspaceId } = observability;
  const diagnostics = new Diagnostics('diagnostics', {
    workspaceId,
    siteId: app.siteId,
    stagingSlotId: app.stagingSlotId,
    planId: app.planId,
    vaultId: secrets.vaultId,
    packageAccountId: packages.accountId,
    stateAccountId: state.accountId,
    virtualNetworkId: network.virtualNetworkId,
    securityGroupIds: network.securityGroupIds,
    autoscaleId: scaling?.autoscaleId,
  });
  new Alerts('alerts', { name: names.common, resourceGroupName, applicationInsightsId, siteId: app.siteId, host: app.host, emails: settings.alertEmails, tags });
  new Dashboard('dashboard', { stack: settings.stack, resourceGroupName, applicationInsightsId, workspaceId, tags });
  if (isLocked(settings.stack)) {
    new Locks('locks', { locked: { vault: secrets.vaultId, state: state.accountId, workspace: workspaceId }, below: [...grants.assignments, ...diagnostics.settings] });
  }

  const mcpUrl = interpolate`https://${app.host}${MCP_PATH}`;
  const mcpStagingUrl = interpolate`https://${app.stagingHost}${MCP_PATH}`;
  const toolApi = new ToolApi('tool-api', { displayName: `MCP server (${settings.stack})`, tools, preauthorizedClients: settings.preauthorizedClients, roleAssignments: settings.roleAssignments, serverUrls: { production: mcpUrl, staging: mcpStagingUrl } });
  const entraTenantId = getDirectoryConfigOutput().tenantId;

  new AppSettings('settings', {
    resourceGroupName,
    siteName: app.siteName,
    host: app.host,
    stagingHost: app.stagingHost,
    packageUrl: packages.packageUrl,
    stagingPackageUrl: packages.stagingPackageUrl,
    identityId: identity.resourceId,
    identityClientId: identity.clientId,
    entraTenantId,
    entraClientId: toolApi.clientId,
    requestStateReference: secrets.requestStateReference,
    applicationInsightsConnectionString: observability.connectionString,
    stateBlobUrl: state.blobUrl,
    signingKeyUrl: secrets.signingKeyUrl,
    authorizationServer: settings.authorizationServer,
    auditMode: settings.auditMode,
    policyVersion: versionOfPolicies(),
    allowedOrigins: settings.allowedOrigins,
    traceSamplingRatio: settings.traceSamplingRatio,
    needed: [...grants.assignments, ...(endpoints?.reachable ?? [])],
  });

  return {
    mcpUrl,
    mcpStagingUrl,
    subscriptionId,
    resourceGroupName,
    planName: app.planName,
    siteName: app.siteName,
    vaultName: secrets.vaultName,
    requestStateKeySource: secrets.requestStateKeySource,
    storageAccountName: packages.storageAccountName,
    packageBlobUrl: packages.blobUrl,
    stateAccountName: state.accountName,
    stateResourceGroupName: state.groupName,
    stateBlobUrl: state.blobUrl,
    auditSigningKeyUrl: secrets.signingKeyUrl,
    releaseSigningKeyUrl: secrets.releaseKeyUrl,
    workspaceName: observability.workspaceName,
    applicationInsightsName: observability.applicationInsightsName,
    identityClientId: identity.clientId,
    entraTenantId,
    entraClientId: toolApi.clientId,
    virtualNetworkName: network.virtualNetworkName,
    egressNotEnforcedByNetwork: network.egressNotEnforced,
    packageDigest: built.digest,
    stagingPackageDigest: settings.stagingPackage === undefined ? built.digest : digestOfPackage(settings.stagingPackage),
  };
}

/** The version of the policy pack beside this program, which judges what it deploys. */
function versionOfPolicies(): string {
  return manifestSchema.parse(JSON.parse(readFileSync(join(repositoryDir, 'policy', 'package.json'), 'utf8'))).version;
}
