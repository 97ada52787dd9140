import { z } from 'zod';
import { REDIRECT_URI } from './registeredClient.ts';

/** What an administrator of the tenant does, through Microsoft Graph. */
export interface DirectoryAdmin {
  /** Registers a public client. @returns its client id, and what removes it again */
  registerClient(displayName: string): Promise<{ clientId: string; remove(): Promise<void> }>;
  /** @param apiClientId of the application that declares the roles. @returns what takes the role away again */
  assignRole(userName: string, apiClientId: string, role: string): Promise<() => Promise<void>>;
  /** Sign-in name of a user of the tenant, by the part before the `@`. */
  nameOf(user: string): Promise<string>;
}

const listOf = <T extends z.ZodType>(item: T) => z.object({ value: z.array(item) });
const principal = z.object({ id: z.string(), appRoles: z.array(z.object({ id: z.string(), value: z.string() })) });
const identified = z.object({ id: z.string() });

/** @param graphUrl with the version; @param token of who manages the directory */
export function createDirectoryAdmin(graphUrl: string, token: () => Promise<string>): DirectoryAdmin {
  const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${graphUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${await token()}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const find = async <T extends z.ZodType>(path: string, item: T): Promise<z.output<T>> => {
    const [found] = listOf(item).parse(await send('GET', path)).value;
    if (found === undefined) throw new Error(`nothing at ${path}`);
    return found;
  };
  return {
    async registerClient(displayName) {
      // The port of a loopback URI is not compared.
      const redirectUri = new URL(new URL(REDIRECT_URI).pathname, 'http://127.0.0.1').href;
      const application = z.object({ id: z.string(), appId: z.string() }).parse(await send('POST', '/applications', { displayName, publicClient: { redirectUris: [redirectUri] } }));
      await send('POST', '/servicePrincipals', { appId: application.appId });
      return { clientId: application.appId, remove: async () => void (await send('DELETE', `/applications/${application.id}`)) };
    },
    async assignRole(userName, apiClientId, role) {
      const resource = await find(`/servicePrincipals?$filter=${encodeURIComponent(`appId eq '${apiClientId}'`)}`, principal);
      const user = identified.parse(await send('GET', `/users/${encodeURIComponent(userName)}`));
      const appRoleId = resource.appRoles.find(({ value }) => value === role)?.id;
      const assignment = identified.parse(await send('POST', `/servicePrincipals/${resource.id}/appRoleAssignedTo`, { principalId: user.id, resourceId: resource.id, appRoleId }));
      return async () => void (await send('DELETE', `/servicePrincipals/${resource.id}/appRoleAssignedTo/${assignment.id}`));
    },
    async nameOf(user) {
      const users = listOf(z.object({ userPrincipalName: z.string() })).parse(await send('GET', '/users')).value;
      const found = users.find(({ userPrincipalName }) => userPrincipalName.startsWith(`${user}@`));
      if (!found) throw new Error(`There is no user ${user}.`);
      return found.userPrincipalName;
    },
  };
}
