import { readInput, readPath } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { typeKeyOf, SITE, SLOT, STORAGE_ACCOUNT, VAULT } from '../../typeKey.ts';

const TAGS = ['owner', 'stack', 'repository', 'project'] as const;
/** Types of this project that take tags and stand by themselves. */
const TAGGED_TYPES = [
  SITE, SLOT, VAULT, STORAGE_ACCOUNT, 'web:AppServicePlan', 'resources:ResourceGroup', 'managedidentity:UserAssignedIdentity', 'operationalinsights:Workspace', 'applicationinsights:Component',
  'network:VirtualNetwork', 'network:NetworkSecurityGroup', 'network:PrivateEndpoint', 'monitor:AutoscaleSetting', 'monitor:ActionGroup', 'monitor:MetricAlert', 'monitor:ScheduledQueryRule',
  'applicationinsights:WebTest', 'applicationinsights:Workbook', 'keyvault:Key', 'keyvault:Secret', 'network:RouteTable', 'privatedns:PrivateZone', 'privatedns:VirtualNetworkLink',
];

/** Whoever finds a resource has to be able to tell whose it is and which sources describe it. */
export const tags: ResourceRule = {
  kind: 'resource',
  name: 'tags',
  displayName: 'Tags say whose it is',
  description: `Resources have the tags ${TAGS.join(', ')}.`,
  group: 'operations',
  severity: 'low',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: `Set the tags ${TAGS.join(', ')} on the resource.`,
  url: 'https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources',
  judge({ type, props }) {
    if (!TAGGED_TYPES.includes(typeKeyOf(type))) return doesNotConcern('The resource is none that is asked for tags.');
    if (readInput(props, 'tags').state === 'unknown') return found([notJudged('tags', `Allowed: with ${TAGS.join(', ')}.`)]);
    return found(TAGS.map((name) => {
      const tag = readPath(props, `tags.${name}`);
      if (tag.state === 'unknown') return notJudged(`tags.${name}`, 'Allowed: one line.');
      return tag.state === 'known' && typeof tag.value === 'string' && tag.value.trim() !== '' ? undefined : violation(`tags.${name} is left out or empty. Allowed: one line.`);
    }));
  },
};
