import { hash } from 'node:crypto';
import { z } from 'zod';
import type { DenyList } from '../../access/denyRules.ts';
import { canonicalJson } from './canonicalJson.ts';
import type { DirectoryFacts } from './readDirectory.ts';

/** Type of a service principal from whose application agent identities are made. */
export const BLUEPRINT = 'AgentIdentityBlueprint';

const id = z.guid();
const snapshotSchema = z.strictObject({
  format: z.literal(1),
  tenantId: id,
  /** The MCP server as Entra knows it. */
  application: z.strictObject({ clientId: id, objectId: id, servicePrincipalId: id, enabled: z.boolean(), assignmentRequired: z.boolean() }),
  roles: z.array(z.strictObject({ id, value: z.string().nullable(), enabled: z.boolean(), memberTypes: z.array(z.string()) })),
  scopes: z.array(z.strictObject({ id, value: z.string(), enabled: z.boolean() })),
  /** As they stand: what of them gives a role is for the reader to judge. */
  assignments: z.array(z.strictObject({ principalId: id, principalType: z.string(), roleId: id })),
  /** The groups among the assigned, with their direct members. */
  groups: z.array(z.strictObject({ id, securityEnabled: z.boolean(), membershipHidden: z.boolean(), members: z.array(z.strictObject({ id, kind: z.string() })) })),
  /** People who are assigned, themselves or as members. `enabled` is null when the directory does not tell. */
  users: z.array(z.strictObject({ id, enabled: z.boolean().nullable() })),
  /** Service principals that are assigned, and those of the clients that may act for people. */
  servicePrincipals: z.array(z.strictObject({ id, clientId: id, type: z.string(), enabled: z.boolean().nullable() })),
  /** What a client may do for a person; for everybody when `person` is null. */
  grants: z.array(z.strictObject({ servicePrincipalId: id, person: id.nullable(), scopes: z.array(z.string()) })),
  preauthorized: z.array(z.strictObject({ clientId: id, scopes: z.array(z.string()) })),
  catalogue: z.strictObject({
    umbrellaRole: z.string(),
    /** `rules`: ids of what the tool refuses by arguments and caller. */
    tools: z.array(z.strictObject({
      name: z.string(), role: z.string(), scope: z.string(), stage: z.enum(['experimental', 'stable', 'deprecated', 'disabled']), sunsetOn: z.iso.date().optional(), rules: z.array(z.string()),
      definition: z.string().regex(/^[0-9a-f]{64}$/),
    })),
  }),
  /** Without their reasons, which are free text; the record has them. */
  denyRules: z.array(z.strictObject({ id: z.string(), kind: z.enum(['principal', 'client', 'tool']), value: z.string(), by: z.string(), at: z.string(), until: z.string().optional() })),
});

/** Who could call what at one time: ids alone, no names of people. When it was taken stands in the record, so that equal states have equal digests. */
export type Snapshot = z.output<typeof snapshotSchema>;

/** A snapshot as it is stored. */
export interface SnapshotText {
  readonly text: string;
  /** SHA-256 of the text, in hex. */
  readonly digest: string;
}

/** Makes the snapshot of what the directory, the catalogue and the list of the denied say. Pure, and in the same order whatever the order of the answers was. */
export function buildSnapshot({ directory, catalogue, denyList }: { directory: DirectoryFacts; catalogue: Snapshot['catalogue']; denyList: DenyList }): Snapshot {
  const { application, servicePrincipal, tenantId } = directory;
  const scopeValues = new Map(application.api.oauth2PermissionScopes.map((scope) => [scope.id, scope.value]));
  return {
    format: 1,
    tenantId,
    application: { clientId: application.appId, objectId: application.id, servicePrincipalId: servicePrincipal.id, enabled: servicePrincipal.accountEnabled, assignmentRequired: servicePrincipal.appRoleAssignmentRequired },
    roles: ordered(application.appRoles.map((role) => ({ id: role.id, value: role.value, enabled: role.isEnabled, memberTypes: [...role.allowedMemberTypes].sort() })), idOf),
    scopes: ordered(application.api.oauth2PermissionScopes.map((scope) => ({ id: scope.id, value: scope.value, enabled: scope.isEnabled })), idOf),
    assignments: ordered(directory.assignments.map(({ principalId, principalType, appRoleId }) => ({ principalId, principalType, roleId: appRoleId })), ({ principalId }) => principalId),
    groups: ordered(directory.groups.map((group) => ({
      id: group.id, securityEnabled: group.securityEnabled, membershipHidden: group.visibility === 'HiddenMembership',
      members: ordered(group.members.map((member) => ({ id: member.id, kind: kindOf(member['@odata.type']) })), idOf),
    })), idOf),
    users: ordered(directory.users.map((user) => ({ id: user.id, enabled: user.accountEnabled ?? null })), idOf),
    servicePrincipals: ordered(directory.servicePrincipals.map((principal) => ({ id: principal.id, clientId: principal.appId, type: typeOf(principal), enabled: principal.accountEnabled ?? null })), idOf),
    grants: ordered(directory.grants.map(({ clientId, principalId, scope }) => ({ servicePrincipalId: clientId, person: principalId ?? null, scopes: [...new Set(scope.split(' ').filter((value) => value !== ''))].sort() })), ({ servicePrincipalId }) => servicePrincipalId),
    preauthorized: ordered(application.api.preAuthorizedApplications.map(({ appId, delegatedPermissionIds }) => ({ clientId: appId, scopes: delegatedPermissionIds.flatMap((scopeId) => scopeValues.get(scopeId) ?? []).sort() })), ({ clientId }) => clientId),
    catalogue: { ...catalogue, tools: ordered(catalogue.tools, ({ name }) => name) },
    denyRules: ordered(denyList.rules.map(({ reason: _reason, ...rule }) => rule), idOf),
  };
}

/** The text of a snapshot, and its digest. */
export function textOf(snapshot: Snapshot): SnapshotText {
  const text = `${canonicalJson(snapshot)}\n`;
  return { text, digest: digestOf(text) };
}

export function digestOf(text: string | Uint8Array): string {
  return hash('sha256', text);
}

/** @throws ZodError, SyntaxError for a text that is no snapshot of this format */
export function parseSnapshot(text: string): Snapshot {
  return snapshotSchema.parse(JSON.parse(text));
}

/** The name of the blob that holds a snapshot. @param takenAt its time; the name has it in UTC, to the second */
export function blobOf(takenAt: Date, digest: string): string {
  const [day = '', time = ''] = takenAt.toISOString().split('T');
  return `snapshots/${day.replaceAll('-', '/')}/${time.slice(0, 8).replaceAll(':', '')}z-${digest.slice(0, 8)}.json`;
}

/** `#microsoft.graph.user` is a user. */
function kindOf(type: string): string {
  return type.split('.').at(-1) ?? type;
}

/** Derived types say what they are; the others have a type of their own. Source: learn.microsoft.com, "agentIdentityBlueprintPrincipal resource type". */
function typeOf({ '@odata.type': derived = '', servicePrincipalType }: DirectoryFacts['servicePrincipals'][number]): string {
  return derived === '#microsoft.graph.agentIdentityBlueprintPrincipal' ? BLUEPRINT : (servicePrincipalType ?? 'unknown');
}

/** In the order of their keys, and of their texts where keys are the same; each once. */
function ordered<T>(entries: readonly T[], keyOf: (entry: T) => string): T[] {
  const byText = new Map(entries.map((entry) => [`${keyOf(entry)} ${canonicalJson(entry)}`, entry]));
  return [...byText].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, entry]) => entry);
}

function idOf({ id: own }: { readonly id: string }): string {
  return own;
}
