/**
 * azure-native's types in every form that the token has had: the default version (`azure-native:web:WebApp`), a version in the module
 * (`azure-native:web/v20230101:WebApp`), and a package generated for one version (`azure-native_web_v20240401:web:WebApp`). The version is left
 * open, so that a later one is judged too.
 */
const NATIVE = /^azure-native[^:]*:([a-z0-9]+)(?:\/[^:]+)?:(\w+)$/;
const AZUREAD = /^azuread:index\/\w+:(\w+)$/;
/** Modules that azure-native 3 divided or renamed. Source: the aliases in its SDK. */
const FORMER_MODULES: Readonly<Record<string, (name: string) => string>> = {
  insights: (name) => (APPLICATION_INSIGHTS.has(name) ? 'applicationinsights' : 'monitor'),
};
const APPLICATION_INSIGHTS = new Set(['Component', 'WebTest', 'Workbook']);

/**
 * What a Pulumi type is, whatever version stands in it: `web:WebApp`, `azuread:Application`. Any other type is its own key.
 * @param type `azure-native:web/v20230101:WebApp`
 */
export function typeKeyOf(type: string): string {
  const [, module, name] = NATIVE.exec(type) ?? [];
  if (module !== undefined && name !== undefined) return `${Object.hasOwn(FORMER_MODULES, module) ? FORMER_MODULES[module]?.(name) : module}:${name}`;
  const [, directoryName] = AZUREAD.exec(type) ?? [];
  return directoryName === undefined ? type : `azuread:${directoryName}`;
}

export const SITE = 'web:WebApp';
export const SLOT = 'web:WebAppSlot';
/** A rule on sites is one on slots: a slot is served by the same plan, under the same identity, and becomes production by a swap. */
export const SITES_AND_SLOTS = [SITE, SLOT] as const;
export const VAULT = 'keyvault:Vault';
export const STORAGE_ACCOUNT = 'storage:StorageAccount';
