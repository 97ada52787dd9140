import { Workbook } from '@pulumi/azure-native/applicationinsights/workbook.js';
import { all, ComponentResource, output, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { idFor } from '../names.ts';
import { workbookOf } from '../queries/workbook.ts';

export interface DashboardArgs {
  readonly stack: string;
  readonly resourceGroupName: Input<string>;
  readonly applicationInsightsId: Input<string>;
  readonly workspaceId: Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/** One page that shows how the server is doing, from the same queries as the alerts. */
export class Dashboard extends ComponentResource {
  constructor(name: string, args: DashboardArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Dashboard', name, {}, options);
    new Workbook('workbook', {
      resourceGroupName: args.resourceGroupName,
      // The name of a workbook is a GUID. This one follows from the stack, so that links to it hold.
      resourceName: idFor(`workbook:${args.stack}`),
      kind: 'shared',
      category: 'workbook',
      displayName: `MCP server (${args.stack})`,
      // Azure keeps it in lower case, and would show anything else as a change.
      sourceId: output(args.applicationInsightsId).apply((id) => id.toLowerCase()),
      serializedData: all([args.applicationInsightsId, args.workspaceId]).apply(([applicationInsightsId, workspaceId]) => workbookOf({ applicationInsightsId, workspaceId })),
      tags: args.tags,
    }, { parent: this });
    this.registerOutputs({});
  }
}
