import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { SITE } from '../../typeKey.ts';
import { settingValue } from '../../setting.ts';

/** The containers that the server writes its record of calls to, and the signed heads of it. A test holds them together with the program. */
const RECORD_CONTAINERS = ['audit', 'anchors'];
const MINIMUM_DAYS = { name: 'minimumDays', description: 'The shortest time for which a record may neither be changed nor deleted, in days.', default: 1, minimum: 1, maximum: 3_650 };

/** A record that can be changed afterwards proves nothing. */
export const recordRetention: StackRule = {
  kind: 'stack',
  name: 'record-retention',
  displayName: 'The record of calls cannot be changed',
  description: `The containers "${RECORD_CONTAINERS.join('" and "')}" have a retention policy of at least the configured number of days, under which the server can still append.`,
  group: 'operations',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: `Add a BlobContainerImmutabilityPolicy to each of the containers "${RECORD_CONTAINERS.join('" and "')}", with immutabilityPeriodSinceCreationInDays and allowProtectedAppendWrites: true.`,
  url: 'https://learn.microsoft.com/azure/storage/blobs/immutable-storage-overview',
  settings: [MINIMUM_DAYS],
  judge(resources, given) {
    const site = ofTypes(resources, [SITE])[0];
    if (site === undefined) return doesNotConcern('The stack has no site.');
    const policies = ofTypes(resources, ['storage:BlobContainerImmutabilityPolicy']);
    return found(RECORD_CONTAINERS.flatMap((name) => {
      const containers = ofTypes(resources, ['storage:BlobContainer']).filter((container) => isNamed(container, name));
      if (containers.length === 0) return [violation(`The stack has no container "${name}". Add one, with a retention policy.`, site.urn)];
      return containers.flatMap((container) => {
        const own = policies.filter((policy) => isMadeFrom(policy, 'containerName', container));
        return own.length === 0 ? [violation(`${labelOf(container)} has no retention policy. Add a BlobContainerImmutabilityPolicy.`, container.urn)] : own.flatMap((policy) => judgePolicy(policy, settingValue(MINIMUM_DAYS, given)));
      });
    }));
  },
};

/** By the container's name as it was given, or as Azure answers with it. */
function isNamed({ props }: StackResource, name: string): boolean {
  return ['containerName', 'name'].some((input) => {
    const reading = readInput(props, input);
    return reading.state === 'known' && reading.value === name;
  });
}

function judgePolicy(policy: StackResource, minimum: number): (Finding | undefined)[] {
  const [days, append] = [readInput(policy.props, 'immutabilityPeriodSinceCreationInDays'), readInput(policy.props, 'allowProtectedAppendWrites')];
  const [daysLabel, appendLabel] = [`${labelOf(policy)}: immutabilityPeriodSinceCreationInDays`, `${labelOf(policy)}: allowProtectedAppendWrites`];
  return [
    days.state === 'unknown' ? notJudged(daysLabel, `Allowed: at least ${minimum}.`, policy.urn) : days.state === 'known' && Number(days.value) >= minimum ? undefined : violation(`${daysLabel} is too small or left out. Allowed: at least ${minimum}.`, policy.urn),
    append.state === 'unknown' ? notJudged(appendLabel, 'Allowed: true.', policy.urn) : append.state === 'known' && append.value === true ? undefined : violation(`${appendLabel} is not true: the server could then not extend its record. Allowed: true.`, policy.urn),
  ];
}
