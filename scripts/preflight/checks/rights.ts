import { z } from 'zod';
import { askArm, askGraph } from '../answer.ts';
import type { Finding } from '../finding.ts';
import type { Run } from '../run.ts';
import type { Account } from './account.ts';

const apiVersion = '2022-04-01';
const principalSchema = z.looseObject({ id: z.string() });
const assignmentsSchema = z.looseObject({
  value: z.array(z.looseObject({
    properties: z.looseObject({ scope: z.string(), roleDefinitionId: z.string(), condition: z.string().nullish() }),
  })),
});
const definitionSchema = z.looseObject({
  properties: z.looseObject({
    roleName: z.string(),
    permissions: z.array(z.looseObject({ actions: z.array(z.string()).default([]), notActions: z.array(z.string()).default([]) })),
  }),
});

/** A role that the login holds on the subscription. */
interface HeldRole {
  readonly name: string;
  readonly permissions: readonly { readonly actions: readonly string[]; readonly notActions: readonly string[] }[];
  readonly hasCondition: boolean;
}

/** What the program does in the subscription, as operations of Azure's resource providers. */
const resourceActions = [
  'Microsoft.Resources/subscriptions/resourceGroups/write',
  'Microsoft.Web/serverfarms/write',
  'Microsoft.Web/sites/write',
  'Microsoft.Web/sites/slots/write',
  'Microsoft.ManagedIdentity/userAssignedIdentities/write',
  'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
  'Microsoft.KeyVault/vaults/write',
  'Microsoft.KeyVault/vaults/secrets/write',
  'Microsoft.KeyVault/vaults/keys/write',
  'Microsoft.OperationalInsights/workspaces/write',
  'Microsoft.Insights/components/write',
  'Microsoft.Network/virtualNetworks/write',
  'Microsoft.Network/virtualNetworks/subnets/join/action',
  'Microsoft.Network/networkSecurityGroups/write',
  'Microsoft.Network/networkSecurityGroups/join/action',
  'Microsoft.Network/privateEndpoints/write',
  'Microsoft.Network/privateDnsZones/write',
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks/write',
  'Microsoft.KeyVault/vaults/PrivateEndpointConnectionsApproval/action',
  'Microsoft.Insights/actionGroups/write',
  'Microsoft.Insights/autoscalesettings/write',
  'Microsoft.Insights/diagnosticSettings/write',
  'Microsoft.Insights/metricAlerts/write',
  'Microsoft.Insights/scheduledQueryRules/write',
  'Microsoft.Insights/webtests/write',
  'Microsoft.Insights/workbooks/write',
  'Microsoft.Storage/storageAccounts/write',
  // The package is uploaded with the account's key.
  'Microsoft.Storage/storageAccounts/listKeys/action',
];
const assignAction = 'Microsoft.Authorization/roleAssignments/write';
/** Two roles of the program's own are narrower than Azure's. */
const defineAction = 'Microsoft.Authorization/roleDefinitions/write';
/** In prod the vault, the state account and the workspace are locked against deletion. */
const lockAction = 'Microsoft.Authorization/locks/write';

/**
 * Whether the login may make the resources and the role assignments: its roles on the subscription are read, its groups' among them,
 * and their actions compared, so that roles of one's own count as well.
 * Source: learn.microsoft.com, "Understand Azure role definitions"; "Role Assignments - List For Subscription", filter assignedTo().
 */
export async function checkRights(run: Run, account: Account): Promise<Finding[]> {
  const resources = { id: 'rights-resources', title: 'Right to make the resources', required: 'Contributor on the subscription, or a role with the same actions' };
  const assignments = { id: 'rights-role-assignments', title: 'Right to define and assign roles, and to lock', required: `User Access Administrator or Owner (${assignAction}, ${defineAction}, ${lockAction})` };
  const held = await readHeldRoles(run, account);
  if (typeof held === 'string') {
    const next = `see: az role assignment list --assignee ${account.name} --include-groups --include-inherited --all`;
    return [{ ...resources, status: 'unknown', given: held, next }, { ...assignments, status: 'unknown', given: held, next }];
  }
  const names = held.length === 0 ? 'no role on the subscription' : held.map(({ name }) => name).join(', ');
  const missing = resourceActions.filter((action) => !held.some((role) => allows(role, action)));
  const assigning = held.filter((role) => allows(role, assignAction));
  const hasOthers = [defineAction, lockAction].every((action) => held.some((role) => allows(role, action)));
  const ask = (role: string) => `have it given: az role assignment create --role "${role}" --assignee ${account.name} --scope /subscriptions/${account.subscriptionId}`;
  return [
    missing.length === 0
      ? { ...resources, status: 'ok', given: names, next: '' }
      : { ...resources, status: 'failed', given: `${names}; not allowed: ${missing.join(', ')}`, next: ask('Contributor') },
    describeAssigning(assignments, names, hasOthers ? assigning : [], ask('User Access Administrator')),
  ];
}

function describeAssigning(about: Pick<Finding, 'id' | 'title' | 'required'>, names: string, assigning: readonly HeldRole[], ask: string): Finding {
  if (assigning.length === 0) return { ...about, status: 'failed', given: `${names}: they do not allow all three`, next: ask };
  if (assigning.every(({ hasCondition }) => hasCondition)) {
    return {
      ...about,
      status: 'warning',
      given: `${assigning.map(({ name }) => name).join(', ')}, under a condition`,
      next: 'see that the condition lets these be assigned to service principals: Key Vault Secrets User, Storage Blob Data Reader, Monitoring Metrics Publisher, MCP record writer, MCP record signer',
    };
  }
  return { ...about, status: 'ok', given: assigning.map(({ name }) => name).join(', '), next: '' };
}

/** @returns the roles, or why they could not be read */
async function readHeldRoles(run: Run, account: Account): Promise<HeldRole[] | string> {
  const principal = await askGraph(run, account.kind === 'user' ? '/me?$select=id' : `/servicePrincipals(appId='${account.name}')?$select=id`, principalSchema);
  if (principal.value === undefined) return `the login's object id could not be read: ${principal.problem}`;
  const filter = encodeURIComponent(`assignedTo('${principal.value.id}')`);
  const assigned = await askArm(run, `/subscriptions/${account.subscriptionId}/providers/Microsoft.Authorization/roleAssignments?api-version=${apiVersion}&$filter=${filter}`, assignmentsSchema);
  if (assigned.value === undefined) return `the role assignments could not be read: ${assigned.problem}`;
  const onSubscription = assigned.value.value.map(({ properties }) => properties).filter(({ scope }) => reachesSubscription(scope, account.subscriptionId));
  const roles: HeldRole[] = [];
  for (const { roleDefinitionId, condition } of onSubscription) {
    const definition = await askArm(run, `${roleDefinitionId}?api-version=${apiVersion}`, definitionSchema);
    if (definition.value === undefined) return `the role ${roleDefinitionId} could not be read: ${definition.problem}`;
    const { roleName, permissions } = definition.value.properties;
    roles.push({ name: roleName, permissions, hasCondition: typeof condition === 'string' && condition !== '' });
  }
  return roles;
}

/** The list also holds what is assigned below the subscription, on one resource group only. */
function reachesSubscription(scope: string, subscriptionId: string): boolean {
  const lower = scope.toLowerCase();
  return lower === '/' || lower === `/subscriptions/${subscriptionId.toLowerCase()}` || lower.startsWith('/providers/microsoft.management/managementgroups/');
}

/** Whether a role allows an action: by one of its actions, and not taken away by that permission's notActions. */
function allows(role: HeldRole, action: string): boolean {
  return role.permissions.some(({ actions, notActions }) => actions.some((pattern) => matches(pattern, action)) && !notActions.some((pattern) => matches(pattern, action)));
}

/** Actions are compared without case; an asterisk stands for any text. */
function matches(pattern: string, action: string): boolean {
  const expression = pattern.split('*').map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, '\\$&')).join('.*');
  return new RegExp(`^${expression}$`, 'i').test(action);
}
