import type { ExportedGroup } from './exportGroup.ts';

const SCHEMA = 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#';
const DEPLOYMENTS_VERSION = '2021-04-01';

/**
 * One template for the groups of a stack: a deployment to the subscription, with a nested one for each group.
 * Source: learn.microsoft.com, "Subscription deployments with ARM templates", "Deploy to resource group".
 */
export function stackTemplate(groups: readonly ExportedGroup[]): Readonly<Record<string, unknown>> {
  return {
    $schema: SCHEMA,
    contentVersion: '1.0.0.0',
    resources: groups.map(({ name, template }) => ({
      type: 'Microsoft.Resources/deployments',
      apiVersion: DEPLOYMENTS_VERSION,
      name,
      resourceGroup: name,
      // The ids in a template of a group are ids in that group.
      properties: { mode: 'Incremental', expressionEvaluationOptions: { scope: 'inner' }, template },
    })),
  };
}
