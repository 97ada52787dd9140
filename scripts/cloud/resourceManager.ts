/** Azure Resource Manager of the public cloud. */
export const ARM_URL = 'https://management.azure.com';
/** What a token for Azure Resource Manager is asked for, in any cloud. */
export const ARM_SCOPE = `${ARM_URL}/.default`;

/** Azure Resource Manager, without a slash at its end: the one that the environment names, else that of the public cloud. */
export function armUrlOf(env: NodeJS.ProcessEnv): string {
  return (env['AZURE_RESOURCE_MANAGER_ENDPOINT'] ?? ARM_URL).replace(/\/$/, '');
}
