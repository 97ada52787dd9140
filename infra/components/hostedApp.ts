import { AppServicePlan } from '@pulumi/azure-native/web/appServicePlan.js';
import { WebApp } from '@pulumi/azure-native/web/webApp.js';
import { WebAppFtpAllowed } from '@pulumi/azure-native/web/webAppFtpAllowed.js';
import { WebAppFtpAllowedSlot } from '@pulumi/azure-native/web/webAppFtpAllowedSlot.js';
import { WebAppScmAllowed } from '@pulumi/azure-native/web/webAppScmAllowed.js';
import { WebAppScmAllowedSlot } from '@pulumi/azure-native/web/webAppScmAllowedSlot.js';
import { WebAppSlot } from '@pulumi/azure-native/web/webAppSlot.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { HEALTH_PATH, STAGING_SLOT } from '../names.ts';
import { inboundRestrictions, type InboundRestriction } from '../network/inboundRestrictions.ts';
import { START_COMMAND } from '../package/startCommand.ts';

export interface WebAppArgs {
  readonly name: string;
  readonly resourceGroupName: Input<string>;
  readonly planSku: string;
  /** Workers of the plan; site and slot run on each of them. */
  readonly instances: number;
  /** Whether autoscale sets their number after the first deployment. */
  readonly isScaled: boolean;
  /** Whether they are spread over the availability zones of the region. */
  readonly zoneRedundant: boolean;
  /** Resource id of the identity that both slots run as. */
  readonly identityId: Input<string>;
  /** Resource id of the subnet that the instances of both slots stand in. */
  readonly subnetId: Input<string>;
  readonly inbound: InboundRestriction;
  readonly tags: Readonly<Record<string, string>>;
}

/** The configuration that site and slot share word for word: what is tried on the staging slot is what production runs. */
export function siteConfiguration(inbound: InboundRestriction) {
  return {
    linuxFxVersion: 'NODE|24-lts',
    appCommandLine: START_COMMAND,
    alwaysOn: true,
    healthCheckPath: HEALTH_PATH,
    http20Enabled: true,
    minTlsVersion: '1.2',
    scmMinTlsVersion: '1.2',
    ftpsState: 'Disabled',
    remoteDebuggingEnabled: false,
    webSocketsEnabled: false,
    // Beside outboundVnetRouting: Linux apps resolve Key Vault references in the network only with this one.
    vnetRouteAllEnabled: true,
    ...inboundRestrictions(inbound),
  };
}

/** Any instance serves any request: none of the ways in which App Service ties a client to one is on. */
export const NO_AFFINITY = {
  clientAffinityEnabled: false,
  clientAffinityProxyEnabled: false,
  clientAffinityPartitioningEnabled: false,
} as const;

/** The plan, the site (the production slot) and the staging slot. Settings of the app are not part of it. */
export class HostedApp extends ComponentResource {
  readonly planName: Output<string>;
  readonly planId: Output<string>;
  readonly siteName: Output<string>;
  readonly siteId: Output<string>;
  readonly stagingSlotId: Output<string>;
  /** Host of the production slot. */
  readonly host: Output<string>;
  /** Host of the staging slot. */
  readonly stagingHost: Output<string>;

  constructor(name: string, args: WebAppArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:HostedApp', name, {}, options);
    const { resourceGroupName, tags } = args;

    const plan = new AppServicePlan(args.name, {
      resourceGroupName,
      kind: 'linux',
      reserved: true,
      sku: { name: args.planSku, capacity: args.instances },
      perSiteScaling: false,
      zoneRedundant: args.zoneRedundant,
      tags,
      // Otherwise "up" would take instances away amid a burst.
    }, { parent: this, ignoreChanges: args.isScaled ? ['sku.capacity'] : [] });

    const site = {
      resourceGroupName,
      kind: 'app,linux',
      reserved: true,
      serverFarmId: plan.id,
      httpsOnly: true,
      ...NO_AFFINITY,
      identity: { type: 'UserAssigned' as const, userAssignedIdentities: [args.identityId] },
      // Without it App Service resolves Key Vault references with a system-assigned identity, which there is none of.
      keyVaultReferenceIdentity: args.identityId,
      virtualNetworkSubnetId: args.subnetId,
      outboundVnetRouting: { allTraffic: true },
      siteConfig: siteConfiguration(args.inbound),
      tags,
    };
    const production = new WebApp(args.name, site, { parent: this });
    const staging = new WebAppSlot(STAGING_SLOT, { ...site, name: production.name, slot: STAGING_SLOT }, { parent: this });

    const ofProduction = { resourceGroupName, name: production.name, allow: false };
    const ofStaging = { ...ofProduction, slot: STAGING_SLOT };
    new WebAppFtpAllowed('ftp', ofProduction, { parent: this });
    new WebAppScmAllowed('scm', ofProduction, { parent: this });
    new WebAppFtpAllowedSlot('ftp-staging', ofStaging, { parent: this, dependsOn: staging });
    new WebAppScmAllowedSlot('scm-staging', ofStaging, { parent: this, dependsOn: staging });

    this.planName = plan.name;
    this.planId = plan.id;
    this.siteName = production.name;
    this.siteId = production.id;
    this.stagingSlotId = staging.id;
    this.host = production.defaultHostName;
    this.stagingHost = staging.defaultHostName;
    this.registerOutputs({ siteName: this.siteName, host: this.host, stagingHost: this.stagingHost });
  }
}
