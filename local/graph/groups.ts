import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import type { Group } from '../entra/records.ts';
import type { DirectoryStore, GroupMember } from '../entra/store.ts';
import type { GroupBody } from './bodies.ts';
import { badRequest, resourceNotFound } from './graphError.ts';
import type { GraphObject } from './query.ts';

/**
 * Source: learn.microsoft.com, "Create group".
 * @throws AzureError Request_BadRequest, NotSupportedByLocalAzure
 */
export function createGroup(store: DirectoryStore, body: GroupBody): Group {
  for (const name of ['displayName', 'mailEnabled', 'mailNickname', 'securityEnabled'] as const) {
    if (body[name] === undefined) throw badRequest(`A value is required for property '${name}' of resource 'Group'.`, name);
  }
  refuseOtherKinds(body);
  const { displayName = '', mailNickname = '', description = null } = body;
  const group: Group = { id: randomUUID(), displayName, description, mailNickname, createdDateTime: store.now().toISOString(), memberIds: [] };
  store.groups.put(group.id, group);
  return group;
}

/** Source: learn.microsoft.com, "Update group". */
export function updateGroup(store: DirectoryStore, before: Group, body: GroupBody): void {
  refuseOtherKinds(body);
  const { displayName = before.displayName, mailNickname = before.mailNickname, description = before.description } = body;
  store.groups.put(before.id, { ...before, displayName, mailNickname, description });
}

/** Security groups are kept here, and no others. */
function refuseOtherKinds({ mailEnabled, securityEnabled }: GroupBody): void {
  if (mailEnabled === true) throw notSupportedLocally('A group with mailEnabled true in Microsoft Graph');
  if (securityEnabled === false) throw notSupportedLocally('A group with securityEnabled false in Microsoft Graph');
}

const referenceSchema = z.strictObject({ '@odata.id': z.url() });
const REFERENCE = /\/v1\.0\/(?:directoryObjects|users|groups|servicePrincipals)\/([0-9a-f-]{36})$/i;

/**
 * Adds what a reference names.
 * Source: learn.microsoft.com, "Add members": 400 for what is a member already, 404 for what is not there.
 */
export function addMember(store: DirectoryStore, group: Group, body: unknown): void {
  const parsed = referenceSchema.safeParse(body);
  const id = parsed.success ? REFERENCE.exec(parsed.data['@odata.id'])?.[1]?.toLowerCase() : undefined;
  if (id === undefined) throw badRequest("A member is named by one property, '@odata.id', such as https://graph.microsoft.com/v1.0/directoryObjects/ID.", '@odata.id');
  if (!store.groups.get(id) && !store.principal(id)) throw resourceNotFound(id);
  if (group.memberIds.includes(id)) throw badRequest("One or more added object references already exist for the following modified properties: 'members'.", 'members');
  store.groups.put(group.id, { ...group, memberIds: [...group.memberIds, id] });
}

/** Source: learn.microsoft.com, "Remove member". @throws AzureError Request_ResourceNotFound */
export function removeMember(store: DirectoryStore, group: Group, memberId: string): void {
  const id = memberId.toLowerCase();
  if (!group.memberIds.includes(id)) throw resourceNotFound(memberId);
  store.groups.put(group.id, { ...group, memberIds: group.memberIds.filter((other) => other !== id) });
}

/** Without `/$ref` Graph would delete the member itself. Source: learn.microsoft.com, "Remove member", the caution. */
export function refuseMemberDeletion(): never {
  throw new AzureError(403, 'Authorization_RequestDenied', "Without '/$ref' at its end this request deletes the member itself. Send it with '/$ref' to end the membership.");
}

/** The group as Graph answers it, with what it answers by default. Source: learn.microsoft.com, "Create group", the answer of example 2. */
export function presentGroup({ memberIds: _members, ...group }: Group): GraphObject {
  return {
    ...group,
    deletedDateTime: null, classification: null, expirationDateTime: null, groupTypes: [], isAssignableToRole: null, mail: null, mailEnabled: false, membershipRule: null,
    membershipRuleProcessingState: null, onPremisesDomainName: null, onPremisesLastSyncDateTime: null, onPremisesNetBiosName: null, onPremisesProvisioningErrors: [],
    onPremisesSamAccountName: null, onPremisesSecurityIdentifier: null, onPremisesSyncEnabled: null, preferredDataLocation: null, preferredLanguage: null, proxyAddresses: [],
    renewedDateTime: group.createdDateTime, securityEnabled: true, theme: null, visibility: null,
  };
}

/** A member of a collection of directory objects says of what type it is. */
export function presentMember({ kind, object }: GroupMember, present: Readonly<Record<GroupMember['kind'], (id: string) => GraphObject>>): GraphObject {
  return { '@odata.type': `#microsoft.graph.${kind}`, ...present[kind](object.id) };
}
