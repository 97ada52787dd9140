import { z } from 'zod';
import { askGraph } from '../answer.ts';
import type { Finding } from '../finding.ts';
import type { Run } from '../run.ts';
import type { Account } from './account.ts';

/** Directory roles by template id. Source: learn.microsoft.com, "Microsoft Entra built-in roles". */
const directoryRoles: Readonly<Record<string, string>> = {
  '62e90394-69f5-4237-9190-012177145e10': 'Global Administrator',
  '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3': 'Application Administrator',
  '158c047a-c907-4556-b7ef-446551a6b5f7': 'Cloud Application Administrator',
  'cf1c38e5-3621-4004-a7cb-879624dced7c': 'Application Developer',
};
/** Microsoft Graph's application permissions by id. Source: learn.microsoft.com, "Microsoft Graph permissions reference". */
const graphPermissions: Readonly<Record<string, string>> = {
  '18a4783c-866b-4cc7-a460-3d5e5662c884': 'Application.ReadWrite.OwnedBy',
  '1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9': 'Application.ReadWrite.All',
  '06b708a9-e830-4db3-a914-8e69da51d44f': 'AppRoleAssignment.ReadWrite.All',
};
const administrators = ['Global Administrator', 'Application Administrator', 'Cloud Application Administrator'];
const mayRegister = [...administrators, 'Application Developer', 'Application.ReadWrite.OwnedBy', 'Application.ReadWrite.All'];
const mayAssign = [...administrators, 'AppRoleAssignment.ReadWrite.All'];

const memberSchema = z.looseObject({ value: z.array(z.looseObject({ roleTemplateId: z.string().nullish() })) });
const permissionSchema = z.looseObject({ value: z.array(z.looseObject({ appRoleId: z.string() })) });
const policySchema = z.looseObject({ defaultUserRolePermissions: z.looseObject({ allowedToCreateApps: z.boolean() }) });

/** Whether the login may register the server's application in Entra, and give people and agents its app roles. */
export async function checkDirectory(run: Run, account: Account): Promise<Finding[]> {
  const register = {
    id: 'entra-applications',
    title: 'Right to register the application in Entra',
    required: account.kind === 'user' ? 'Application Developer or Application Administrator (or users may register applications)' : 'Microsoft Graph: Application.ReadWrite.OwnedBy',
  };
  const assign = {
    id: 'entra-app-role-assignments',
    title: 'Right to assign the tools\' app roles in Entra',
    required: account.kind === 'user' ? 'Cloud Application Administrator or Application Administrator' : 'Microsoft Graph: AppRoleAssignment.ReadWrite.All',
  };
  const held = await readHeld(run, account);
  if (typeof held === 'string') {
    const next = account.kind === 'user' ? 'see: Entra admin centre, "My roles"' : 'see: Entra admin centre, the application\'s "API permissions" and "Roles and administrators"';
    return [{ ...register, status: 'unknown', given: held, next }, { ...assign, status: 'unknown', given: held, next }];
  }
  const given = held.length === 0 ? 'none of the roles that matter' : held.join(', ');
  const ask = `ask a directory administrator for: ${account.kind === 'user' ? 'the role' : 'the permission, with admin consent'} named above`;
  const registering = held.some((name) => mayRegister.includes(name));
  const assigning = held.some((name) => mayAssign.includes(name));
  return [
    registering ? { ...register, status: 'ok', given, next: '' } : await askDefaultPermission(run, account, register, given, ask),
    // `pulumi up` itself assigns no app role: without this right it works, and nobody can call a tool until somebody else has assigned them.
    assigning ? { ...assign, status: 'ok', given, next: '' } : { ...assign, status: 'warning', given: `${given}: "pulumi up" works, but callers of the tools cannot be let in with this login`, next: ask },
  ];
}

/** A member of the directory may register applications unless the directory says otherwise. Source: learn.microsoft.com, "What are the default user permissions in Microsoft Entra ID?" */
async function askDefaultPermission(run: Run, account: Account, about: Pick<Finding, 'id' | 'title' | 'required'>, given: string, ask: string): Promise<Finding> {
  if (account.kind !== 'user') return { ...about, status: 'failed', given, next: ask };
  const { value, problem } = await askGraph(run, '/policies/authorizationPolicy?$select=defaultUserRolePermissions', policySchema);
  if (value === undefined) return { ...about, status: 'unknown', given: `${given}; whether users may register applications could not be read: ${problem}`, next: 'see: Entra admin centre, "User settings", "Users can register applications"' };
  return value.defaultUserRolePermissions.allowedToCreateApps
    ? { ...about, status: 'ok', given: `${given}, but users may register applications in this directory`, next: '' }
    : { ...about, status: 'failed', given: `${given}, and users may not register applications in this directory`, next: ask };
}

/** @returns names of the directory roles and Graph permissions that matter, or why they could not be read */
async function readHeld(run: Run, account: Account): Promise<string[] | string> {
  const principal = account.kind === 'user' ? '/me' : `/servicePrincipals(appId='${account.name}')`;
  const roles = await askGraph(run, `${principal}/transitiveMemberOf/microsoft.graph.directoryRole?$select=roleTemplateId`, memberSchema);
  const names = roles.value?.value.flatMap(({ roleTemplateId }) => directoryRoles[roleTemplateId ?? ''] ?? []) ?? [];
  if (account.kind === 'user') return roles.value === undefined ? `the directory roles could not be read: ${roles.problem}` : names;
  const permissions = await askGraph(run, `${principal}/appRoleAssignments?$select=appRoleId`, permissionSchema);
  if (permissions.value === undefined) return `the application's permissions could not be read: ${permissions.problem}`;
  return [...names, ...permissions.value.value.flatMap(({ appRoleId }) => graphPermissions[appRoleId] ?? [])];
}
