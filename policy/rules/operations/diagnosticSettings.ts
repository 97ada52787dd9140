import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, violation, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { SITE, SLOT, STORAGE_ACCOUNT, VAULT } from '../../typeKey.ts';

/** Types of this project whose resources write logs of their own. */
const LOGGED_TYPES = [SITE, SLOT, VAULT, STORAGE_ACCOUNT, 'operationalinsights:Workspace', 'network:NetworkSecurityGroup'];

/** Who read a secret, who came in and who was refused stands in logs that Azure keeps only where it is told to. */
export const diagnosticSettings: StackRule = {
  kind: 'stack',
  name: 'diagnostic-settings',
  displayName: 'Resource logs go to the workspace',
  description: 'Each resource that writes logs has a diagnostic setting that sends them to a workspace.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'advisory',
  blocksOnUnknown: false,
  controls: { mcsb: ['LT-3', 'DP-8'], cis: ['6.1.4'], azurePolicy: { site: '91a78b24-f231-4a8a-8da9-02c35b2b6510', slot: 'd639b3af-a535-4bef-8dcf-15078cddf5e2', vault: 'cf820ca0-f99e-4f3e-84fb-66e913812d21' } },
  remediationSteps: 'Add a DiagnosticSetting whose resourceUri is made from the id of the resource, with workspaceId.',
  url: 'https://learn.microsoft.com/azure/azure-monitor/essentials/diagnostic-settings',
  judge(resources) {
    const logged = ofTypes(resources, LOGGED_TYPES);
    if (logged.length === 0) return doesNotConcern('The stack has no resource that writes logs.');
    const settings = ofTypes(resources, ['monitor:DiagnosticSetting']).filter(({ props }) => readInput(props, 'workspaceId').state !== 'absent');
    return found(logged.map((one) => (settings.some((setting) => isMadeFrom(setting, 'resourceUri', one)) ? undefined : violation(`${labelOf(one)} has no diagnostic setting with a workspace. Add one.`, one.urn))));
  },
};
