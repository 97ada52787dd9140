import { z } from 'zod';
import type { JsonObject, PutRequest, Resource, ResourceType } from '../arm/types.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { CHILD_ENVELOPE, isSameId, NETWORK_API_VERSIONS, NETWORK_PROVIDER, refuseBeyond, refuseWhileNamed, type Resources } from './common.ts';
import { readPrefix } from './prefix.ts';
import { allSubnets } from './subnets.ts';

/** Source: learn.microsoft.com, "Network security groups", properties of a security rule. */
const PRIORITY = { least: 100, most: 4_096 } as const;
const MOST_DESCRIPTION_CHARACTERS = 140;
/** Service tags that are known here, in their form without region. Source: learn.microsoft.com, "Virtual network service tags". */
const SERVICE_TAGS = [
  'VirtualNetwork', 'Internet', 'AzureLoadBalancer', 'AzureCloud', 'AzureActiveDirectory', 'AzureKeyVault', 'AzureMonitor', 'Storage', 'AzurePlatformDNS', 'AzurePlatformIMDS', 'AzurePlatformLKM',
  'AzureResourceManager', 'AzureFrontDoor.Frontend', 'AzureFrontDoor.Backend', 'AzureFrontDoor.FirstParty', 'AppService', 'AzureContainerRegistry', 'MicrosoftContainerRegistry', 'EventHub', 'ServiceBus', 'Sql',
];
const REGIONAL = /^(?<tag>AppService|AzureCloud|AzureContainerRegistry|AzureKeyVault|EventHub|MicrosoftContainerRegistry|ServiceBus|Sql|Storage)\.[A-Za-z0-9]+$/i;

const ruleSchema = z.object({
  name: z.string().nullish(),
  properties: z.looseObject({
    priority: z.number().nullish(),
    direction: z.string(),
    description: z.string().nullish(),
  }),
});
const PAIRS = [['sourceAddressPrefix', 'sourceAddressPrefixes'], ['destinationAddressPrefix', 'destinationAddressPrefixes'], ['sourcePortRange', 'sourcePortRanges'], ['destinationPortRange', 'destinationPortRanges']] as const;

/**
 * Network security groups with their rules inside.
 * Source: learn.microsoft.com, REST API, "Network Security Groups - Create Or Update".
 */
export function securityGroupRow(resources: Resources): ResourceType {
  return {
    type: 'Microsoft.Network/networkSecurityGroups',
    token: 'network:NetworkSecurityGroup',
    path: `${NETWORK_PROVIDER}/networkSecurityGroups/{networkSecurityGroupName}`,
    apiVersions: NETWORK_API_VERSIONS,
    envelope: ['location', 'tags', 'id'],
    nestedEnvelopes: { 'network.SecurityRuleArgs': CHILD_ENVELOPE },
    existence: 'created',
    asynchronous: { put: true, delete: true },
    behaviour: {
      validate: judgeGroup,
      complete: completeGroup,
      judgeRemoval(group, removedId) {
        refuseWhileNamed(subnetsNaming(resources, group.id), removedId, 'InUseNetworkSecurityGroupCannotBeDeleted', `Network security group ${group.name}`);
      },
      present: (group) => ({ ...group, properties: { ...group.properties, ...subnetList(subnetsNaming(resources, group.id)) } }),
    },
  };
}

function subnetsNaming(resources: Resources, groupId: string): string[] {
  return allSubnets(resources).filter(({ securityGroupId }) => isSameId(securityGroupId ?? '', groupId)).map(({ id }) => id);
}

/** Azure leaves the list out where it is empty. */
export function subnetList(ids: readonly string[]): JsonObject {
  return ids.length === 0 ? {} : { subnets: ids.map((id) => ({ id })) };
}

function judgeGroup({ body }: PutRequest): void {
  const properties = body['properties'] as JsonObject;
  refuseBeyond(properties, ['securityRules', 'provisioningState', 'resourceGuid'], 'properties');
  const seen = new Set<string>();
  for (const { name, properties: rule } of z.array(ruleSchema).default([]).parse(properties['securityRules'] ?? [])) {
    if (!name || !/^[A-Za-z0-9]([\w.-]{0,78}\w)?$/.test(name)) throw new AzureError(400, 'InvalidResourceName', `The name of a security rule, ${JSON.stringify(name ?? null)}, is not allowed. Names have 1 to 80 letters, digits, underscores, periods and hyphens, and begin with a letter or digit.`);
    const { priority, direction, description } = rule;
    if (priority == null || !Number.isInteger(priority) || priority < PRIORITY.least || priority > PRIORITY.most) throw new AzureError(400, 'SecurityRuleInvalidPriority', `Security rule ${name} has invalid priority ${String(priority)}. Priority has to be a whole number from ${PRIORITY.least} to ${PRIORITY.most}.`);
    if ((description ?? '').length > MOST_DESCRIPTION_CHARACTERS) throw new AzureError(400, 'SecurityRuleInvalidDescription', `The description of security rule ${name} has more than ${MOST_DESCRIPTION_CHARACTERS} characters.`);
    for (const key of [`name ${name.toLowerCase()}`, `${direction.toLowerCase()} ${priority}`]) {
      if (seen.has(key)) throw new AzureError(400, 'SecurityRuleConflict', `Security rule ${name} conflicts with another one: two rules of a direction cannot have the same priority, nor two rules the same name (${key}).`);
      seen.add(key);
    }
    judgeReach(name, rule as JsonObject);
  }
}

function judgeReach(name: string, rule: JsonObject): void {
  for (const [one, several] of PAIRS) {
    const values = [rule[one], ...((rule[several] as JsonObject[string][] | undefined) ?? [])].filter((value) => typeof value === 'string');
    if (values.length === 0) throw new AzureError(400, 'SecurityRuleParameterMissing', `Security rule ${name} has neither ${one} nor ${several}.`);
    for (const value of values) {
      if (one.includes('Port')) judgePorts(name, value);
      else judgeAddresses(name, value);
    }
  }
  for (const groups of ['sourceApplicationSecurityGroups', 'destinationApplicationSecurityGroups']) {
    if (((rule[groups] as unknown[] | undefined) ?? []).length > 0) throw notSupportedLocally(`Security rule ${name}: ${groups}`);
  }
}

function judgePorts(name: string, range: string): void {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range) ?? [];
  if (range === '*' || (first !== undefined && Number(first) <= Number(last) && Number(last) <= 65_535)) return;
  throw new AzureError(400, 'SecurityRuleInvalidPortRange', `Security rule ${name} has the invalid port range ${range}. Allowed: *, a port, or two ports with a hyphen, 0 to 65535.`);
}

function judgeAddresses(name: string, prefix: string): void {
  if (prefix === '*' || SERVICE_TAGS.some((tag) => tag.toLowerCase() === prefix.toLowerCase()) || REGIONAL.test(prefix)) return;
  if (/^[A-Za-z]/.test(prefix)) throw notSupportedLocally(`Security rule ${name}: the service tag ${prefix} (known: ${SERVICE_TAGS.join(', ')})`);
  readPrefix(prefix.includes('/') ? prefix : `${prefix}/32`, `security rule ${name}`);
}

function completeGroup(draft: Resource): void {
  const rules = z.array(z.looseObject({ name: z.string(), properties: z.record(z.string(), z.json()) })).default([]).parse(draft.properties['securityRules'] ?? []);
  draft.properties = {
    ...draft.properties,
    securityRules: rules.map(({ name, properties }) => showRule(draft.id, 'securityRules', name, {
      sourceAddressPrefixes: [], destinationAddressPrefixes: [], sourcePortRanges: [], destinationPortRanges: [],
      ...Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null)),
    })),
    defaultSecurityRules: DEFAULT_RULES.map(([name, priority, direction, access, source, destination]) => showRule(draft.id, 'defaultSecurityRules', name, {
      priority, direction, access, protocol: '*', sourceAddressPrefix: source, sourcePortRange: '*', destinationAddressPrefix: destination, destinationPortRange: '*',
    })),
    provisioningState: 'Succeeded',
  };
}

/** Source: learn.microsoft.com, "Network security groups", default security rules. */
const DEFAULT_RULES = [
  ['AllowVnetInBound', 65_000, 'Inbound', 'Allow', 'VirtualNetwork', 'VirtualNetwork'],
  ['AllowAzureLoadBalancerInBound', 65_001, 'Inbound', 'Allow', 'AzureLoadBalancer', '*'],
  ['DenyAllInBound', 65_500, 'Inbound', 'Deny', '*', '*'],
  ['AllowVnetOutBound', 65_000, 'Outbound', 'Allow', 'VirtualNetwork', 'VirtualNetwork'],
  ['AllowInternetOutBound', 65_001, 'Outbound', 'Allow', '*', 'Internet'],
  ['DenyAllOutBound', 65_500, 'Outbound', 'Deny', '*', '*'],
] as const;

function showRule(groupId: string, collection: string, name: string, properties: JsonObject): JsonObject {
  return { id: `${groupId}/${collection}/${name}`, name, type: `Microsoft.Network/networkSecurityGroups/${collection}`, properties: { ...properties, provisioningState: 'Succeeded' } };
}
