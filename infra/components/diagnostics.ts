import { DiagnosticSetting } from '@pulumi/azure-native/monitor/diagnosticSetting.js';
import { ComponentResource, interpolate, type ComponentResourceOptions, type Input, type Resource } from '@pulumi/pulumi';

/** Services of a storage account that the program does not use, and that every account has. */
const UNUSED_SERVICES = ['queue', 'table', 'file'] as const;

/** What a resource sends to the workspace. */
interface Categories {
  readonly logs: readonly string[];
  readonly metrics: readonly string[];
  /** Tables of their own instead of AzureDiagnostics, where a type knows both. */
  readonly isDedicated?: boolean;
}

/**
 * What is sent, by type. Source: learn.microsoft.com, "Supported Resource log categories for Azure Monitor", one page a type. Left out: identities, action groups, private endpoints
 * and DNS zones, which have none; Application Insights, whose tables are in the workspace already; authentication logs of a site, since the app authenticates by itself.
 */
export const CATEGORIES = {
  site: { logs: ['AppServiceHTTPLogs', 'AppServiceConsoleLogs', 'AppServiceAppLogs', 'AppServicePlatformLogs', 'AppServiceAuditLogs', 'AppServiceIPSecAuditLogs'], metrics: ['AllMetrics'] },
  plan: { logs: [], metrics: ['AllMetrics'] },
  vault: { logs: ['AuditEvent'], metrics: ['AllMetrics'], isDedicated: true },
  packageBlobs: { logs: ['StorageRead', 'StorageWrite', 'StorageDelete'], metrics: ['Transaction'] },
  // Each block of the record is a write: they would double it in the workspace. Who reads it, or tries to delete of it, is what one asks.
  stateBlobs: { logs: ['StorageRead', 'StorageDelete'], metrics: ['Transaction'] },
  // Nothing of the program lies in these services: whoever asks them for something is looking for something.
  unusedService: { logs: ['StorageRead', 'StorageWrite', 'StorageDelete'], metrics: [] },
  securityGroup: { logs: ['NetworkSecurityGroupEvent', 'NetworkSecurityGroupRuleCounter'], metrics: [] },
  virtualNetwork: { logs: ['VMProtectionAlerts'], metrics: ['AllMetrics'] },
  // Who asked the logs what.
  workspace: { logs: ['Audit'], metrics: [] },
  autoscale: { logs: ['AutoscaleScaleActions'], metrics: [] },
} as const satisfies Record<string, Categories>;

export interface DiagnosticsArgs {
  readonly workspaceId: Input<string>;
  readonly siteId: Input<string>;
  readonly stagingSlotId: Input<string>;
  readonly planId: Input<string>;
  readonly vaultId: Input<string>;
  readonly packageAccountId: Input<string>;
  readonly stateAccountId: Input<string>;
  readonly virtualNetworkId: Input<string>;
  /** Ids of the network security groups, by the subnet that they belong to. */
  readonly securityGroupIds: Readonly<Record<string, Input<string>>>;
  /** Undefined when the plan has a fixed number of instances. */
  readonly autoscaleId: Input<string> | undefined;
}

/** Logs and metrics of every resource that has some, in the workspace. */
export class Diagnostics extends ComponentResource {
  /** What stands below the resources: a lock on one of them has to go before its setting can. */
  readonly settings: readonly Resource[];

  constructor(name: string, args: DiagnosticsArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Diagnostics', name, {}, options);
    const send = (logicalName: string, resourceUri: Input<string>, { logs, metrics, isDedicated }: Categories): DiagnosticSetting =>
      new DiagnosticSetting(logicalName, {
        resourceUri,
        name: 'to-workspace',
        workspaceId: args.workspaceId,
        ...(isDedicated ? { logAnalyticsDestinationType: 'Dedicated' } : {}),
        logs: logs.map((category) => ({ category, enabled: true })),
        metrics: metrics.map((category) => ({ category, enabled: true })),
      }, { parent: this });

    this.settings = [
      send('site-logs', args.siteId, CATEGORIES.site),
      send('staging-logs', args.stagingSlotId, CATEGORIES.site),
      send('plan-metrics', args.planId, CATEGORIES.plan),
      send('vault-logs', args.vaultId, CATEGORIES.vault),
      send('package-logs', interpolate`${args.packageAccountId}/blobServices/default`, CATEGORIES.packageBlobs),
      send('state-logs', interpolate`${args.stateAccountId}/blobServices/default`, CATEGORIES.stateBlobs),
      ...Object.entries({ package: args.packageAccountId, state: args.stateAccountId }).flatMap(([account, id]) =>
        UNUSED_SERVICES.map((service) => send(`${account}-${service}-logs`, interpolate`${id}/${service}Services/default`, CATEGORIES.unusedService))),
      send('workspace-logs', args.workspaceId, CATEGORIES.workspace),
      send('network-logs', args.virtualNetworkId, CATEGORIES.virtualNetwork),
      ...Object.entries(args.securityGroupIds).map(([subnet, id]) => send(`${subnet}-group-logs`, id, CATEGORIES.securityGroup)),
      ...(args.autoscaleId === undefined ? [] : [send('autoscale-logs', args.autoscaleId, CATEGORIES.autoscale)]),
    ];
    this.registerOutputs({});
  }
}
