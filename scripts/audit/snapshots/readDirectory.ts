import { z } from 'zod';
import { CommandError } from '../../commandError.ts';
import type { GraphReader } from './graphReader.ts';

const id = z.guid();
const applicationSchema = z.object({
  id, appId: id,
  appRoles: z.array(z.object({ id, value: z.string().nullable(), isEnabled: z.boolean(), allowedMemberTypes: z.array(z.string()) })),
  api: z.object({
    oauth2PermissionScopes: z.array(z.object({ id, value: z.string(), isEnabled: z.boolean() })),
    preAuthorizedApplications: z.array(z.object({ appId: id, delegatedPermissionIds: z.array(id) })),
  }),
});
const resourceSchema = z.object({ id, accountEnabled: z.boolean(), appRoleAssignmentRequired: z.boolean() });
const assignmentSchema = z.object({ principalId: id, principalType: z.string(), appRoleId: id });
const groupSchema = z.object({ id, securityEnabled: z.boolean(), visibility: z.string().nullish() });
const memberSchema = z.object({ '@odata.type': z.string(), id, accountEnabled: z.boolean().nullish() });
const userSchema = z.object({ id, accountEnabled: z.boolean().nullish() });
const servicePrincipalSchema = z.object({ '@odata.type': z.string().optional(), id, appId: id, accountEnabled: z.boolean().nullish(), servicePrincipalType: z.string().nullish() });
const grantSchema = z.object({ clientId: id, principalId: id.nullish(), scope: z.string() });

/** What Graph answers about the access to one application, in its words. */
export interface DirectoryFacts {
  readonly tenantId: string;
  readonly application: z.output<typeof applicationSchema>;
  readonly servicePrincipal: z.output<typeof resourceSchema>;
  readonly assignments: readonly z.output<typeof assignmentSchema>[];
  readonly groups: readonly (z.output<typeof groupSchema> & { readonly members: readonly z.output<typeof memberSchema>[] })[];
  readonly users: readonly z.output<typeof userSchema>[];
  readonly servicePrincipals: readonly z.output<typeof servicePrincipalSchema>[];
  readonly grants: readonly z.output<typeof grantSchema>[];
}

/**
 * The least permissions. Sources: learn.microsoft.com, Microsoft Graph REST API v1.0: "Get application", "Get servicePrincipal", "List appRoleAssignments granted for a
 * service principal", "Get group", "List group members", "List users", "List oauth2PermissionGrants".
 */
const APPLICATIONS = 'Application.Read.All';
const GROUPS = 'GroupMember.Read.All';
const USERS = 'User.Read.All';
const GRANTS = 'Directory.Read.All';

/** People, and the user accounts of agents, which sign in as people do. */
const PEOPLE: readonly string[] = ['#microsoft.graph.user', '#microsoft.graph.agentUser'];
const PAGE = 999;
/** Values that one `in` may name. Source: learn.microsoft.com, "Use the $filter query parameter". */
const VALUES_OF_ONE_FILTER = 15;
const SERVICE_PRINCIPAL = 'id,appId,accountEnabled,servicePrincipalType';

/**
 * Reads who is assigned to an application and who may act for whom. Groups are read with their direct members alone, which are the ones that get the group's roles.
 * What is removed between two requests is left out.
 * @param clientId application id of the MCP server
 * @throws CommandError SNAPSHOT_NO_APPLICATION, and those of the reader
 */
export async function readDirectory(graph: GraphReader, tenantId: string, clientId: string): Promise<DirectoryFacts> {
  const application = await graph.read(`/applications(appId='${clientId}')?$select=id,appId,appRoles,api`, applicationSchema, APPLICATIONS);
  const servicePrincipal = await graph.read(`/servicePrincipals(appId='${clientId}')?$select=id,accountEnabled,appRoleAssignmentRequired`, resourceSchema, APPLICATIONS);
  if (!application || !servicePrincipal) throw new CommandError('SNAPSHOT_NO_APPLICATION', `Tenant ${tenantId} has no ${application ? 'service principal of the ' : ''}application ${clientId}. Give the output entraClientId of the stack, and log in to its tenant.`);
  const assignments = await graph.list(`/servicePrincipals/${servicePrincipal.id}/appRoleAssignedTo?$top=${PAGE}`, assignmentSchema, APPLICATIONS);
  const grants = await graph.list(`/oauth2PermissionGrants?$filter=${encodeURIComponent(`resourceId eq '${servicePrincipal.id}'`)}&$top=${PAGE}`, grantSchema, GRANTS);

  const assigned = (type: string): string[] => assignments.filter(({ principalType }) => principalType === type).map(({ principalId }) => principalId);
  const groups = await readGroups(graph, assigned('Group'));
  const members = groups.flatMap((group) => group.members.filter(({ '@odata.type': type }) => PEOPLE.includes(type)));
  const known = new Map<string, DirectoryFacts['users'][number]>(members.map(({ id: userId, accountEnabled }) => [userId, { id: userId, accountEnabled }]));
  for (const user of await findBy(graph, '/users', 'id', assigned('User').filter((userId) => !known.has(userId)), 'id,accountEnabled', userSchema, USERS)) known.set(user.id, user);
  const principals = [
    ...await findBy(graph, '/servicePrincipals', 'id', [...assigned('ServicePrincipal'), ...grants.map((grant) => grant.clientId)], SERVICE_PRINCIPAL, servicePrincipalSchema, APPLICATIONS),
    ...await findBy(graph, '/servicePrincipals', 'appId', application.api.preAuthorizedApplications.map(({ appId }) => appId), SERVICE_PRINCIPAL, servicePrincipalSchema, APPLICATIONS),
  ];
  return { tenantId, application, servicePrincipal, assignments, groups, users: [...known.values()], servicePrincipals: principals, grants };
}

async function readGroups(graph: GraphReader, ids: readonly string[]): Promise<DirectoryFacts['groups']> {
  const groups: DirectoryFacts['groups'][number][] = [];
  for (const groupId of new Set(ids)) {
    const group = await graph.read(`/groups/${groupId}?$select=id,securityEnabled,visibility`, groupSchema, GROUPS);
    if (group) groups.push({ ...group, members: await graph.list(`/groups/${groupId}/members?$select=id,accountEnabled&$top=${PAGE}`, memberSchema, GROUPS) });
  }
  return groups;
}

/** The objects whose property has one of the values; those that are not there are left out. */
async function findBy<T>(graph: GraphReader, path: string, property: string, values: readonly string[], select: string, schema: z.ZodType<T>, needs: string): Promise<T[]> {
  const distinct = [...new Set(values)];
  const found: T[] = [];
  for (let start = 0; start < distinct.length; start += VALUES_OF_ONE_FILTER) {
    const listed = distinct.slice(start, start + VALUES_OF_ONE_FILTER).map((value) => `'${value}'`).join(',');
    found.push(...await graph.list(`${path}?$filter=${encodeURIComponent(`${property} in (${listed})`)}&$select=${select}`, schema, needs));
  }
  return found;
}
