/**
 * How a provider treats an app whose `clientAffinityEnabled` is left out.
 * `on`: the service decides, and its default is on. `off`: the provider sends false.
 */
export type OmittedAffinity = 'on' | 'off';

/** A Pulumi type that makes an App Service app or one of its slots. */
export interface AppType {
  readonly isSlot: boolean;
  readonly provider: 'azure-native' | 'azure';
  readonly omittedAffinity: OmittedAffinity;
}

/**
 * azure-native's sites and slots, in every form that the token has had: the default version (`azure-native:web:WebApp`), a version in
 * the module (`azure-native:web/v20230101:WebApp`), and a package generated for one version (`azure-native_web_v20240401:web:WebApp`).
 * The version is left open, so that a later one is judged too.
 */
const NATIVE = /^azure-native[^:]*:web(?:\/[^:]+)?:WebApp(Slot)?$/;

/**
 * Apps of the classic provider, by module and class.
 * Source: hashicorp/terraform-provider-azurerm, schema of `client_affinity_enabled`: the Linux and Windows web apps and their slots have
 * `Default: false`; the older resources and Logic Apps Standard are `Computed`, which leaves an omitted value to the service.
 * Its Linux and Windows function apps know no affinity setting at all, and so are not judged.
 */
const CLASSIC: Readonly<Record<string, Omit<AppType, 'provider'>>> = {
  'azure:appservice/linuxWebApp:LinuxWebApp': { isSlot: false, omittedAffinity: 'off' },
  'azure:appservice/linuxWebAppSlot:LinuxWebAppSlot': { isSlot: true, omittedAffinity: 'off' },
  'azure:appservice/windowsWebApp:WindowsWebApp': { isSlot: false, omittedAffinity: 'off' },
  'azure:appservice/windowsWebAppSlot:WindowsWebAppSlot': { isSlot: true, omittedAffinity: 'off' },
  'azure:appservice/appService:AppService': { isSlot: false, omittedAffinity: 'on' },
  'azure:appservice/slot:Slot': { isSlot: true, omittedAffinity: 'on' },
  'azure:appservice/functionApp:FunctionApp': { isSlot: false, omittedAffinity: 'on' },
  'azure:appservice/functionAppSlot:FunctionAppSlot': { isSlot: true, omittedAffinity: 'on' },
  'azure:logicapps/standard:Standard': { isSlot: false, omittedAffinity: 'on' },
};

/** What kind of App Service app a Pulumi type is; undefined when it is none. @param type `azure-native:web:WebApp` */
export function appTypeOf(type: string): AppType | undefined {
  const native = NATIVE.exec(type);
  // The service's default for an omitted value is on; it is the TypeScript SDK alone that fills in false.
  if (native) return { provider: 'azure-native', isSlot: native[1] !== undefined, omittedAffinity: 'on' };
  const classic = Object.hasOwn(CLASSIC, type) ? CLASSIC[type] : undefined;
  return classic === undefined ? undefined : { provider: 'azure', ...classic };
}
