import { z } from 'zod';
import type { JsonObject, PutRequest, Resource, ResourceType } from '../../arm/types.ts';
import { owningSiteId, siteKey } from '../siteSpec.ts';
import { SITE_PATH, SLOT_PATH, WEB_API_VERSIONS, type WebRowDependencies } from './common.ts';
import { judgeSettingNames } from './judgeSite.ts';

const settingsSchema = z.record(z.string(), z.string());

/** What hangs below a site or slot for as long as it stands: app settings, names that stay with a slot, publishing policies. */
export function configurationRows(dependencies: WebRowDependencies): ResourceType[] {
  const { swaps } = dependencies;
  const shared = { apiVersions: WEB_API_VERSIONS, envelope: ['kind'], existence: 'singleton' } as const;
  const policies = [
    { name: 'ftp', site: 'web:WebAppFtpAllowed', slot: 'web:WebAppFtpAllowedSlot' },
    { name: 'scm', site: 'web:WebAppScmAllowed', slot: 'web:WebAppScmAllowedSlot' },
  ].flatMap(({ name, site, slot }): ResourceType[] => [
    // On until somebody turns it off. Source: learn.microsoft.com, "Disable basic authentication in App Service deployments".
    { ...shared, type: 'Microsoft.Web/sites/basicPublishingCredentialsPolicies', token: site, path: `${SITE_PATH}/basicPublishingCredentialsPolicies/${name}`, initial: { allow: true } },
    { ...shared, type: 'Microsoft.Web/sites/slots/basicPublishingCredentialsPolicies', token: slot, path: `${SLOT_PATH}/basicPublishingCredentialsPolicies/${name}`, initial: { allow: true } },
  ]);
  return [
    appSettingsRow('Microsoft.Web/sites/config', 'web:WebAppApplicationSettings', SITE_PATH, dependencies),
    appSettingsRow('Microsoft.Web/sites/slots/config', 'web:WebAppApplicationSettingsSlot', SLOT_PATH, dependencies),
    // An export goes by the list of configurations, which has "web" alone. Source: learn.microsoft.com, REST API, "Web Apps - List Configurations".
    { ...shared, type: 'Microsoft.Web/sites/config', token: 'web:WebAppSlotConfigurationNames', path: `${SITE_PATH}/config/slotConfigNames`, initial: {}, template: 'left out', behaviour: guard(swaps.refuseChangeOfNames) },
    ...policies,
  ];
}

/** Configuration is not changed amid a swap of its slot; when the slot itself goes, its own row decides. */
function guard(refuse: (siteId: string) => void): { validate(request: PutRequest): void; judgeRemoval(resource: Resource, removedId: string): void } {
  return {
    validate: ({ id }) => refuse(owningSiteId(id)),
    judgeRemoval({ id }, removedId) {
      if (siteKey(id) === siteKey(removedId)) refuse(owningSiteId(id));
    },
  };
}

/**
 * App settings. A PUT replaces all of them; reading them is the action `list`.
 * Source: learn.microsoft.com, REST API, "Web Apps - Update Application Settings" and "… - List Application Settings".
 */
function appSettingsRow(type: string, token: string, sitePath: string, { settings, sites, swaps }: WebRowDependencies): ResourceType {
  const guarded = guard(swaps.refuseChange);
  const shown = (resource: Resource): Resource => ({ ...resource, properties: settings.read(owningSiteId(resource.id)) });
  return {
    type,
    token,
    path: `${sitePath}/config/appsettings`,
    apiVersions: WEB_API_VERSIONS,
    envelope: ['kind'],
    propertiesInput: true,
    existence: 'singleton',
    initial: {},
    readAction: 'list',
    behaviour: {
      ...guarded,
      validate(request) {
        guarded.validate(request);
        judgeSettingNames(Object.keys(request.body['properties'] as JsonObject));
      },
      complete(draft) {
        // The values rest sealed in the settings' own store, whether they came this way or inline with the site.
        settings.write(owningSiteId(draft.id), settingsSchema.parse(draft.properties));
        draft.properties = {};
      },
      provision(resource) {
        sites.find(owningSiteId(resource.id))?.apply();
      },
      remove(resource) {
        settings.delete(owningSiteId(resource.id));
        sites.find(owningSiteId(resource.id))?.apply();
      },
      present: shown,
      actions: { list: (resource) => shown(resource) },
    },
  };
}
