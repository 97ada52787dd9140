import { WebAppApplicationSettings } from '@pulumi/azure-native/web/webAppApplicationSettings.js';
import { WebAppApplicationSettingsSlot } from '@pulumi/azure-native/web/webAppApplicationSettingsSlot.js';
import { WebAppSlotConfigurationNames } from '@pulumi/azure-native/web/webAppSlotConfigurationNames.js';
import { ComponentResource, interpolate, type ComponentResourceOptions, type Input, type Resource } from '@pulumi/pulumi';
import { HEALTH_PATH, STAGING_SLOT } from '../names.ts';

export interface AppSettingsArgs {
  readonly resourceGroupName: Input<string>;
  readonly siteName: Input<string>;
  readonly host: Input<string>;
  readonly stagingHost: Input<string>;
  readonly packageUrl: Input<string>;
  readonly stagingPackageUrl: Input<string>;
  readonly identityId: Input<string>;
  readonly identityClientId: Input<string>;
  readonly entraTenantId: Input<string>;
  readonly entraClientId: Input<string>;
  readonly requestStateReference: Input<string>;
  readonly applicationInsightsConnectionString: Input<string>;
  readonly stateBlobUrl: Input<string>;
  readonly signingKeyUrl: Input<string>;
  readonly authorizationServer: 'entra' | 'facade';
  readonly auditMode: 'durable' | 'buffered';
  readonly policyVersion: string;
  readonly allowedOrigins: readonly string[];
  readonly traceSamplingRatio: number;
  /** What has to exist before the app starts: it starts when its settings are written. */
  readonly needed: readonly Resource[];
}

/** Settings that stay with their slot in a swap; all others move with the package. */
export const STICKY_SETTINGS = ['MCP_SLOT'] as const;

/**
 * The settings of one slot.
 * @param slot the slot's own name, `production` or `staging`
 * @param packageUrl URL of the package that the slot runs
 */
export function settingsOfSlot(slot: 'production' | 'staging', packageUrl: Input<string>, args: AppSettingsArgs): Record<string, Input<string>> {
  return {
    APPLICATIONINSIGHTS_CONNECTION_STRING: args.applicationInsightsConnectionString,
    AZURE_CLIENT_ID: args.identityClientId,
    // Both hosts in both slots: a process that a swap brings into production keeps the environment it started with.
    MCP_ALLOWED_HOSTS: interpolate`${args.host},${args.stagingHost}`,
    MCP_AUDIT_MODE: args.auditMode,
    MCP_AUDIT_SIGNING_KEY: args.signingKeyUrl,
    // Left out when there are none: an empty setting and an absent one are hard to tell apart in Azure's editors.
    ...(args.allowedOrigins.length === 0 ? {} : { MCP_ALLOWED_ORIGINS: args.allowedOrigins.join(',') }),
    MCP_AUTHORIZATION_SERVER: args.authorizationServer,
    MCP_ENTRA_CLIENT_ID: args.entraClientId,
    MCP_ENTRA_TENANT_ID: args.entraTenantId,
    MCP_POLICY_VERSION: args.policyVersion,
    MCP_REQUEST_STATE_KEY: args.requestStateReference,
    MCP_SLOT: slot,
    MCP_STATE_BLOB_URL: args.stateBlobUrl,
    MCP_TRACE_SAMPLING_RATIO: String(args.traceSamplingRatio),
    WEBSITE_RUN_FROM_PACKAGE: packageUrl,
    WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: args.identityId,
    // By default App Service takes any answer, even a 500, for a warm instance.
    WEBSITE_SWAP_WARMUP_PING_PATH: HEALTH_PATH,
    WEBSITE_SWAP_WARMUP_PING_STATUSES: '200',
    WEBSITE_WARMUP_PATH: HEALTH_PATH,
    WEBSITE_WARMUP_STATUSES: '200',
  };
}

/**
 * What the app reads from its environment, in both slots. The settings are resources of their own because a refresh never reads
 * those inside `siteConfig` (pulumi-azure-native#4263), and a later write would then bring an old package back.
 */
export class AppSettings extends ComponentResource {
  constructor(name: string, args: AppSettingsArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:AppSettings', name, {}, options);
    const { resourceGroupName } = args;
    const site = { resourceGroupName, name: args.siteName };

    const sticky = new WebAppSlotConfigurationNames('slot-settings', { ...site, appSettingNames: [...STICKY_SETTINGS] }, { parent: this });
    const dependsOn = [...args.needed, sticky];

    new WebAppApplicationSettings('production', { ...site, properties: settingsOfSlot('production', args.packageUrl, args) }, {
      parent: this,
      dependsOn,
      // What production runs changes by a promotion, never by "pulumi up" (docs/decisions/013-what-a-slot-runs.md).
      ignoreChanges: ['properties.WEBSITE_RUN_FROM_PACKAGE'],
    });
    new WebAppApplicationSettingsSlot(STAGING_SLOT, { ...site, slot: STAGING_SLOT, properties: settingsOfSlot('staging', args.stagingPackageUrl, args) }, {
      parent: this,
      dependsOn,
    });
    this.registerOutputs({});
  }
}
