import type { Snapshot } from '../../../../../scripts/audit/snapshots/snapshot.ts';

/** A GUID that is easy to tell from others: one character stands for its first group. */
export function guid(character: string): string {
  return `${character.repeat(8)}-0000-4000-8000-000000000000`;
}

export const ROLE = { whoami: guid('1'), lookup: guid('2'), all: guid('3'), appsOnly: guid('4') } as const;
export const [ADA, GRACE, DAEMON, IDENTITY, AGENT, OUTER, INNER] = [guid('a'), guid('b'), guid('c'), guid('d'), guid('e'), guid('f'), guid('0')];
export const [EDITOR, WEB] = [guid('8'), guid('9')];
const BOTH = ['Application', 'User'];
const DEFINITION = 'd'.repeat(64);

/** Two tools, an umbrella role, an editor that is preauthorized for both tools, and nobody who is assigned. */
export function snapshotWith(more: Partial<Snapshot> = {}): Snapshot {
  return {
    format: 1,
    tenantId: guid('7'),
    application: { clientId: guid('6'), objectId: guid('5'), servicePrincipalId: guid('5'), enabled: true, assignmentRequired: true },
    roles: [
      { id: ROLE.whoami, value: 'Tools.whoami', enabled: true, memberTypes: BOTH },
      { id: ROLE.lookup, value: 'Tools.lookup', enabled: true, memberTypes: BOTH },
      { id: ROLE.all, value: 'Mcp.CallAllTools', enabled: true, memberTypes: BOTH },
      { id: ROLE.appsOnly, value: 'Tools.lookup.apps', enabled: true, memberTypes: ['Application'] },
    ],
    scopes: [{ id: guid('1'), value: 'whoami', enabled: true }, { id: guid('2'), value: 'lookup', enabled: true }],
    assignments: [],
    groups: [],
    users: [{ id: ADA, enabled: true }, { id: GRACE, enabled: true }],
    servicePrincipals: [
      { id: DAEMON, clientId: DAEMON, type: 'Application', enabled: true },
      { id: IDENTITY, clientId: IDENTITY, type: 'ManagedIdentity', enabled: true },
      { id: AGENT, clientId: AGENT, type: 'ServiceIdentity', enabled: true },
      { id: WEB, clientId: WEB, type: 'Application', enabled: true },
    ],
    grants: [],
    preauthorized: [{ clientId: EDITOR, scopes: ['lookup', 'whoami'] }],
    catalogue: {
      umbrellaRole: 'Mcp.CallAllTools',
      tools: [
        { name: 'lookup', role: 'Tools.lookup', scope: 'lookup', stage: 'stable', rules: [], definition: DEFINITION },
        { name: 'whoami', role: 'Tools.whoami', scope: 'whoami', stage: 'experimental', rules: [], definition: DEFINITION },
      ],
    },
    denyRules: [],
    ...more,
  };
}

export type Assignment = Snapshot['assignments'][number];
export const toUser = (principalId: string, roleId: string): Assignment => ({ principalId, principalType: 'User', roleId });
export const toGroup = (principalId: string, roleId: string): Assignment => ({ principalId, principalType: 'Group', roleId });
export const toApplication = (principalId: string, roleId: string): Assignment => ({ principalId, principalType: 'ServicePrincipal', roleId });
