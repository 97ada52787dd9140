import { Component } from '@pulumi/azure-native/applicationinsights/component.js';
import { Workspace } from '@pulumi/azure-native/operationalinsights/workspace.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';

export interface ObservabilityArgs {
  readonly name: string;
  readonly resourceGroupName: Input<string>;
  readonly retentionDays: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Where logs, traces and metrics go: a Log Analytics workspace and an Application Insights component on top of it. */
export class Observability extends ComponentResource {
  readonly workspaceName: Output<string>;
  readonly workspaceId: Output<string>;
  readonly applicationInsightsName: Output<string>;
  readonly applicationInsightsId: Output<string>;
  /** Names the endpoint and the component; with local authentication off it opens nothing by itself. */
  readonly connectionString: Output<string>;

  constructor(name: string, args: ObservabilityArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Observability', name, {}, options);
    const { resourceGroupName, tags } = args;

    const workspace = new Workspace(args.name, {
      resourceGroupName,
      sku: { name: 'PerGB2018' },
      retentionInDays: args.retentionDays,
      features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
      tags,
    }, { parent: this });

    const component = new Component(args.name, {
      resourceGroupName,
      kind: 'web',
      applicationType: 'web',
      workspaceResourceId: workspace.id,
      ingestionMode: 'LogAnalytics',
      // Telemetry is accepted from identities only: a leaked connection string writes nothing.
      disableLocalAuth: true,
      disableIpMasking: false,
      tags,
    }, { parent: this });

    this.workspaceName = workspace.name;
    this.workspaceId = workspace.id;
    this.applicationInsightsName = component.name;
    this.applicationInsightsId = component.id;
    this.connectionString = component.connectionString;
    this.registerOutputs({ workspaceName: this.workspaceName, applicationInsightsName: this.applicationInsightsName });
  }
}
