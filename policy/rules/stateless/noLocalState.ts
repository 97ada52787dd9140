import { appSettingsOf } from '../../appSettings.ts';
import { readEntries, readInput, readPath, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

const PERSISTENT_STORAGE = 'WEBSITES_ENABLE_APP_SERVICE_STORAGE';
const MOUNT_RESOURCES = ['web:WebAppAzureStorageAccounts', 'web:WebAppAzureStorageAccountsSlot'];
const REMEDY = 'Keep state in a service of its own, such as the state account.';

/** A file system that instances share, or that outlives them, is where a stateless server begins to keep state. */
export const noLocalState: ResourceRule = {
  kind: 'resource',
  name: 'no-local-state',
  displayName: 'No file system that holds state',
  description: 'Sites and slots have no persistent or mounted file system: whatever an instance writes to disk goes with it.',
  group: 'stateless',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: `Leave out ${PERSISTENT_STORAGE} or set it to false, and mount no storage. ${REMEDY}`,
  url: 'https://learn.microsoft.com/azure/app-service/operating-system-functionality',
  judge(resource) {
    const key = typeKeyOf(resource.type);
    if (MOUNT_RESOURCES.includes(key)) return found(judgeMounts('properties', readInput(resource.props, 'properties')));
    const settings = appSettingsOf(resource);
    if (settings === undefined) return doesNotConcern('The resource neither has app settings nor mounts storage.');
    const mounts = judgeMounts('siteConfig.azureStorageAccounts', readPath(resource.props, 'siteConfig.azureStorageAccounts'));
    if (settings === 'unknown') return found([...mounts, notJudged('The app settings', `Allowed: no ${PERSISTENT_STORAGE}, or false.`)]);
    return found([...mounts, ...settings.filter(([name]) => name.toUpperCase() === PERSISTENT_STORAGE).map(([, value]) => judgeSetting(value))]);
  },
};

function judgeSetting(value: Reading): Finding | undefined {
  if (value.state === 'unknown') return notJudged(PERSISTENT_STORAGE, 'Allowed: false.');
  return value.state === 'absent' || String(value.value).toLowerCase() === 'false' ? undefined : violation(`${PERSISTENT_STORAGE} is not false. ${REMEDY}`);
}

function judgeMounts(input: string, reading: Reading): readonly Finding[] {
  if (reading.state === 'unknown') return [notJudged(input, 'Allowed: no mounts.')];
  return reading.state === 'known' && readEntries(reading.value).length > 0 ? [violation(`${input} mounts storage into the file system. ${REMEDY}`)] : [];
}
