import { appSettingsOf, SETTINGS_RESOURCES } from '../../appSettings.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

const SETTING = 'WEBSITE_RUN_FROM_PACKAGE';
/** Without it the platform asks for the package as nobody, so that only a public one, or a URL with a key in it, could be had. */
const IDENTITY_SETTING = 'WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID';
const SETTINGS: readonly string[] = SETTINGS_RESOURCES;

/** A package is mounted read-only, so that all instances run the same bytes and none can change them. */
export const runFromPackage: ResourceRule = {
  kind: 'resource',
  name: 'run-from-package',
  displayName: 'The app runs from a package',
  description: `Sites and slots mount the app as a read-only package (${SETTING}), the same for all instances, which they read with their identity.`,
  group: 'stateless',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: `Set ${SETTING} to the URL of a package, and ${IDENTITY_SETTING} to the identity that reads it, in the settings of the site and of each slot.`,
  url: 'https://learn.microsoft.com/azure/app-service/deploy-run-package',
  judge(resource) {
    const settings = SETTINGS.includes(typeKeyOf(resource.type)) ? appSettingsOf(resource) : undefined;
    if (settings === undefined) return doesNotConcern('The resource is no set of app settings.');
    if (settings === 'unknown') return found([notJudged('The app settings', `Allowed: with ${SETTING}.`)]);
    const value = settings.find(([name]) => name === SETTING)?.[1];
    if (value === undefined || value.state === 'absent') return found([violation(`${SETTING} is left out: the app then runs from a file system that can be written to. Allowed: the URL of a package, or 1.`)]);
    if (value.state === 'unknown') return found([notJudged(SETTING, 'Allowed: the URL of a package, or 1.')]);
    if (value.value === '1') return found([]);
    const identity = settings.find(([name]) => name === IDENTITY_SETTING)?.[1];
    return found([typeof value.value === 'string' && URL.canParse(value.value) ? (identity === undefined || identity.state === 'absent' ? violation(`${IDENTITY_SETTING} is left out: only a public package could be mounted. Allowed: the id of the identity that reads the package.`) : undefined) : violation(`${SETTING} has a value that is not allowed. Allowed: the URL of a package, or 1.`)]);
  },
};
