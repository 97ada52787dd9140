import type { Json, JsonObject, PutRequest, Resource, ResourceBehaviour, ResourceType } from '../../arm/types.ts';
import { AzureError } from '../../core/errors.ts';
import { showRestrictions } from '../frontend/accessRestrictions.ts';
import { listenerNameOf, owningSiteId, parseSiteId, readIdentity } from '../siteSpec.ts';
import type { InstanceReport } from '../workers/pool.ts';
import { SITE_PATH, SLOT_PATH, toPlanId, WEB_API_VERSIONS, type WebRowDependencies } from './common.ts';
import { judgeSite, readInlineSettings } from './judgeSite.ts';
import { SITE_CONFIG_DEFAULTS, SITE_DEFAULTS } from './siteDefaults.ts';
import { slotActions } from './slotActions.ts';

const ENVELOPE = ['kind', 'location', 'tags', 'identity', 'extendedLocation'] as const;

/** Web apps and their slots. A slot is a site of its own; the two rows differ in their paths. */
export function siteRows(dependencies: WebRowDependencies): ResourceType[] {
  const shared = { apiVersions: WEB_API_VERSIONS, envelope: ENVELOPE, existence: 'created', replaceOnChange: ['location', 'kind'], template: { narrow: narrowSite, further: ['config/web'] } } as const;
  const behaviour = siteBehaviour(dependencies);
  return [
    { type: 'Microsoft.Web/sites', token: 'web:WebApp', path: SITE_PATH, ...shared, behaviour },
    { type: 'Microsoft.Web/sites/slots', token: 'web:WebAppSlot', path: SLOT_PATH, ...shared, behaviour },
  ];
}

function siteBehaviour({ context, arm, directory, settings, sites, swaps, swapRetryAfterSeconds }: WebRowDependencies): ResourceBehaviour {
  const slots = slotActions(swaps, swapRetryAfterSeconds, presentSite);
  const setState = (resource: Resource, state: 'Running' | 'Stopped'): undefined => {
    swaps.refuseDuringSwap(resource.id);
    arm.update(resource.id, (stored) => void (stored.properties['state'] = state));
    sites.find(resource.id)?.apply();
    return undefined;
  };
  return {
    validate(request) {
      swaps.refuseChange(request.id);
      judgeSite(request, arm);
    },
    async complete(draft, request) {
      const port = await context.listeners.reserve(listenerNameOf(draft.id));
      const config = (draft.properties['siteConfig'] ?? {}) as JsonObject;
      const inline = readInlineSettings(config);
      // They are a resource of their own, and sealed: the site keeps none of them.
      if (inline) settings.write(draft.id, inline);
      completeSite(draft, request, { arm, directory, host: `127.0.0.1:${port}`, now: context.now() });
    },
    provision: (resource) => sites.serve(resource.id),
    judgeRemoval: (resource) => swaps.refuseDuringSwap(resource.id),
    async remove(resource) {
      swaps.forget(resource.id);
      await sites.remove(resource.id);
      settings.delete(resource.id);
      if (readIdentity(resource).systemAssigned) directory.deleteManagedIdentity(resource.id);
    },
    present: presentSite,
    actions: {
      restart(resource) {
        swaps.refuseDuringSwap(resource.id);
        sites.find(resource.id)?.restart();
        return undefined;
      },
      start: (resource) => setState(resource, 'Running'),
      stop: (resource) => setState(resource, 'Stopped'),
      'config/configreferences/appsettings/refresh': async (resource) => {
        await sites.find(resource.id)?.refreshReferences();
        return presentReferences(resource, sites);
      },
      ...slots.actions,
    },
    reads: {
      ...slots.reads,
      'config/web': (resource) => ({
        id: `${resource.id}/config/web`,
        name: parseSiteId(resource.id).slotName === undefined ? resource.name : `${parseSiteId(resource.id).siteName}/${resource.name}`,
        type: `${resource.type}/config`,
        location: resource['location'] ?? null,
        properties: siteConfigOf(resource),
      }),
      'config/configreferences/appsettings': (resource) => presentReferences(resource, sites),
      instances: (resource) => ({ value: (sites.find(resource.id)?.report().instances ?? []).map((instance) => presentInstance(resource, instance)) }),
      'instances/{instanceId}': (resource, { instanceId }) => {
        const instance = sites.find(resource.id)?.report().instances.find(({ id }) => id === instanceId);
        if (!instance) throw new AzureError(404, 'NotFound', `The site ${resource.id} has no instance '${instanceId}'. List them by GET …/instances.`);
        return presentInstance(resource, instance);
      },
    },
  };
}

function completeSite(
  draft: Resource,
  { existing, parameters }: PutRequest,
  { arm, directory, host, now }: Pick<WebRowDependencies, 'arm' | 'directory'> & { host: string; now: Date },
): void {
  const given = draft.properties;
  const parent = parameters['slot'] === undefined ? undefined : arm.get(owningSiteId(draft.id).replace(/\/slots\/[^/]+$/i, ''));
  const planId = toPlanId(String(given['serverFarmId'] ?? existing?.properties['serverFarmId'] ?? parent?.properties['serverFarmId']), draft.id);
  const plan = arm.get(planId);
  const { appSettings: _appSettings, connectionStrings: _connectionStrings, ...config } = (given['siteConfig'] ?? {}) as JsonObject;
  const enabled = given['enabled'] !== false;
  const properties: JsonObject = {
    ...SITE_DEFAULTS,
    ...given,
    // Null says nothing, and no app setting stays here.
    siteConfig: Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null)),
    // The plan's own spelling: ids differ in case between tools.
    serverFarmId: plan?.id ?? planId,
    defaultHostName: host,
    hostNames: [host],
    enabledHostNames: [host],
    hostNameSslStates: [{ name: host, sslState: 'Disabled', hostType: 'Standard' }],
    repositorySiteName: parameters['name'] ?? '',
    state: enabled ? (existing && existing.properties['enabled'] !== false ? (existing.properties['state'] ?? 'Running') : 'Running') : 'Stopped',
    usageState: 'Normal',
    availabilityState: 'Normal',
    outboundIpAddresses: '127.0.0.1',
    possibleOutboundIpAddresses: '127.0.0.1',
    isDefaultContainer: false,
    resourceGroup: parameters['resourceGroupName'] ?? '',
    sku: ((plan?.['sku'] ?? {}) as JsonObject)['tier'] ?? '',
    lastModifiedTimeUtc: now.toISOString(),
    targetSwapSlot: null,
    // What happened to the site stays, whatever a PUT says.
    ...(existing?.properties['slotSwapStatus'] === undefined ? {} : { slotSwapStatus: existing.properties['slotSwapStatus'] }),
  };
  draft.properties = properties;
  draft['kind'] = draft['kind'] ?? 'app,linux';
  completeIdentity(draft, directory);
}

function completeIdentity(draft: Resource, directory: WebRowDependencies['directory']): void {
  if (draft['identity'] === undefined) return;
  const { systemAssigned, userAssigned } = readIdentity(draft);
  if (!systemAssigned && userAssigned.length === 0) {
    draft['identity'] = { type: 'None' };
    return;
  }
  const own: JsonObject = systemAssigned ? { principalId: directory.ensureManagedIdentity(draft.id).principalId, tenantId: directory.tenantId } : {};
  const named: JsonObject = Object.fromEntries(
    userAssigned.map((id): [string, JsonObject] => {
      const { principalId, clientId } = directory.ensureManagedIdentity(id);
      return [id, { principalId, clientId }];
    }),
  );
  draft['identity'] = {
    type: [...(systemAssigned ? ['SystemAssigned'] : []), ...(userAssigned.length > 0 ? ['UserAssigned'] : [])].join(', '),
    ...own,
    ...(userAssigned.length > 0 ? { userAssignedIdentities: named } : {}),
  };
}

function siteConfigOf(resource: Resource): JsonObject {
  const config = { ...SITE_CONFIG_DEFAULTS, ...((resource.properties['siteConfig'] ?? {}) as JsonObject) };
  return {
    ...config,
    ipSecurityRestrictions: showRestrictions(config['ipSecurityRestrictions'], config['ipSecurityRestrictionsDefaultAction']),
    scmIpSecurityRestrictions: showRestrictions(config['scmIpSecurityRestrictions'], config['scmIpSecurityRestrictionsDefaultAction']),
  };
}

function presentSite(resource: Resource): Resource {
  const { siteName, slotName } = parseSiteId(resource.id);
  return {
    ...resource,
    // ARM names a nested resource with its parents: a program that uses the name as an input meets here what it meets on Azure.
    name: slotName === undefined ? siteName : `${siteName}/${slotName}`,
    properties: { ...resource.properties, siteConfig: siteConfigOf(resource) },
  };
}

/** What of the configuration a site repeats; the whole of it is a resource of its own, `config/web`. Seen in templates that Azure exported. */
const REPEATED_CONFIGURATION = ['numberOfWorkers', 'linuxFxVersion', 'acrUseManagedIdentityCreds', 'alwaysOn', 'http20Enabled', 'minimumElasticInstanceCount'];

function narrowSite(resource: Resource): Resource {
  const config = (resource.properties['siteConfig'] ?? {}) as JsonObject;
  return { ...resource, properties: { ...resource.properties, siteConfig: Object.fromEntries(Object.entries(config).filter(([name]) => REPEATED_CONFIGURATION.includes(name))) } };
}

function presentReferences(resource: Resource, sites: WebRowDependencies['sites']): Json {
  const references = sites.find(resource.id)?.report().references ?? [];
  return {
    value: references.map((reference) => ({
      id: `${resource.id}/config/configreferences/appsettings/${reference.name}`,
      name: reference.name,
      type: `${resource.type}/config/configreferences`,
      properties: {
        reference: reference.reference,
        status: reference.status,
        details: reference.details,
        source: 'KeyVault',
        identityType: { type: reference.identityType },
        ...(reference.vaultName === undefined ? {} : { vaultName: reference.vaultName }),
        ...(reference.secretName === undefined ? {} : { secretName: reference.secretName }),
        ...(reference.secretVersion === undefined ? {} : { secretVersion: reference.secretVersion }),
        ...(reference.activeVersion === undefined ? {} : { activeVersion: reference.activeVersion }),
      },
    })),
  };
}

function presentInstance(resource: Resource, instance: InstanceReport): JsonObject {
  const health = siteConfigOf(resource)['healthCheckPath'];
  const state = instance.state === 'Ready' ? 'READY' : instance.state === 'Stopped' ? 'STOPPED' : 'UNKNOWN';
  return {
    id: `${resource.id}/instances/${instance.id}`,
    name: instance.id,
    type: `${resource.type}/instances`,
    location: resource['location'] ?? null,
    // The other links lead to Kudu and to the portal, which do not exist here.
    properties: { state, ...(typeof health === 'string' && health !== '' ? { healthCheckUrl: `https://${String(resource.properties['defaultHostName'])}${health}` } : {}) },
  };
}
