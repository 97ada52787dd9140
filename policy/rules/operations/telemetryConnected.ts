import { appSettingsOf, SETTINGS_RESOURCES } from '../../appSettings.ts';
import { judgeRequirement, mustBeOneOf } from '../../requirement.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

const SETTING = 'APPLICATIONINSIGHTS_CONNECTION_STRING';
const SETTINGS: readonly string[] = SETTINGS_RESOURCES;
const WORKSPACE = { input: 'workspaceResourceId', allowed: 'the id of a workspace', accepts: (value: unknown) => typeof value === 'string' && value !== '', omitted: { violates: 'telemetry then lies outside of the workspace' } };

const INGESTION = mustBeOneOf('ingestionMode', ['LogAnalytics'], { passes: 'a component with a workspace keeps its data there' });

/** An app whose telemetry goes nowhere cannot be operated. */
export const telemetryConnected: ResourceRule = {
  kind: 'resource',
  name: 'telemetry-connected',
  displayName: 'Telemetry goes to the workspace',
  description: `Sites and slots have ${SETTING}, and Application Insights keeps its data in a workspace.`,
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: { azurePolicy: { component: 'd550e854-df1a-4de9-bf44-cd894b39a95e' } },
  remediationSteps: `Set ${SETTING} in the settings of the site and of each slot, and workspaceResourceId on the component.`,
  url: 'https://learn.microsoft.com/azure/azure-monitor/app/create-workspace-resource',
  judge(resource) {
    const key = typeKeyOf(resource.type);
    if (key === 'applicationinsights:Component') return found([WORKSPACE, INGESTION].map((requirement) => judgeRequirement(resource.props, requirement)));
    const settings = SETTINGS.includes(key) ? appSettingsOf(resource) : undefined;
    if (settings === undefined) return doesNotConcern('The resource is neither an Application Insights component nor a set of app settings.');
    if (settings === 'unknown') return found([notJudged('The app settings', `Allowed: with ${SETTING}.`)]);
    const value = settings.find(([name]) => name === SETTING)?.[1];
    if (value?.state === 'unknown') return found([notJudged(SETTING, 'Allowed: the connection string of a component.')]);
    return found([value?.state === 'known' && value.value !== '' ? undefined : violation(`${SETTING} is left out or empty: the app then sends no telemetry. Allowed: the connection string of a component.`)]);
  },
};
