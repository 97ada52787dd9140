import { judgeRequirement, mustBe, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

const REQUIRED: ReadonlyMap<string, Requirement> = new Map([
  ['applicationinsights:Component', mustBe('disableLocalAuth', true, { violates: 'whoever has the connection string then writes telemetry' })],
  ['operationalinsights:Workspace', mustBe('features.disableLocalAuth', true, { violates: 'whoever has a workspace key then writes logs' })],
]);

/** Logs that anyone can write are no evidence. */
export const telemetryEntraOnly: ResourceRule = {
  kind: 'resource',
  name: 'telemetry-entra-only',
  displayName: 'Telemetry from identities only',
  description: 'Application Insights and the workspace take telemetry from identities alone, not from whoever has a key.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { azurePolicy: { component: '199d5677-e4d9-4264-9465-efe1839c06bd', workspace: 'e15effd4-2278-4c65-a0da-4d6f6d1890e2' } },
  remediationSteps: 'Set disableLocalAuth: true on the component and features.disableLocalAuth: true on the workspace, and give the app Monitoring Metrics Publisher.',
  url: 'https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication',
  judge({ type, props }) {
    const requirement = REQUIRED.get(typeKeyOf(type));
    return requirement === undefined ? doesNotConcern('The resource is neither an Application Insights component nor a workspace.') : found([judgeRequirement(props, requirement)]);
  },
};
