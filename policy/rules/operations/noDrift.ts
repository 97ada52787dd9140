import type { ExemptionLedger } from '../../exemptionLedger.ts';
import { judgeRequirement, mustBe, mustBeOneOf, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, violation, type StackRule } from '../../rule.ts';
import { labelOf, ofTypes } from '../../stackResources.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

const AS_DECLARED = { passes: 'what Azure does not answer with is judged as an input' };
/**
 * What Azure answers with once it is deployed, by the rule that judges the input. An input that a site ignores the changes of keeps whatever
 * somebody set in the portal.
 */
const DEPLOYED: readonly (readonly [rule: string, Requirement])[] = [
  ['affinity-off', mustBe('clientAffinityEnabled', false, AS_DECLARED)],
  ['https-only', mustBe('httpsOnly', true, AS_DECLARED)],
  ['minimum-tls', mustBeOneOf('siteConfig.minTlsVersion', ['1.2', '1.3'], AS_DECLARED)],
  ['ftps-disabled', mustBeOneOf('siteConfig.ftpsState', ['Disabled'], AS_DECLARED)],
  ['remote-debugging-off', mustBe('siteConfig.remoteDebuggingEnabled', false, AS_DECLARED)],
];

/**
 * The rules on single resources see what the program says. This one sees what stands, as of the last refresh.
 * @param ledger what passed as an input: nothing is reported twice, nor what is exempted or disabled there
 */
export function noDrift(ledger: Pick<ExemptionLedger, 'hasPassed'>): StackRule {
  return {
    kind: 'stack',
    name: 'no-drift',
    displayName: 'What stands is what was judged',
    description: 'Sites and slots, as they were deployed or last refreshed, are as they were judged: no affinity, HTTPS only, TLS 1.2, no FTP and no remote debugging.',
    group: 'operations',
    severity: 'high',
    enforcementLevel: 'mandatory',
    blocksOnUnknown: false,
    controls: {},
    remediationSteps: 'Take ignoreChanges of these inputs out of the program, refresh, and update the stack.',
    url: 'https://www.pulumi.com/docs/iac/cli/commands/pulumi_refresh/',
    judge(resources) {
      const apps = ofTypes(resources, SITES_AND_SLOTS);
      if (apps.length === 0) return doesNotConcern('The stack has neither sites nor slots.');
      return found(apps.flatMap((app) => DEPLOYED.filter(([rule]) => ledger.hasPassed(rule, app)).map(([, requirement]) => {
        const finding = judgeRequirement(app.props, requirement);
        return finding?.judged === true ? violation(`${labelOf(app)} as it stands: ${finding.message}`, app.urn) : finding && { ...finding, urn: app.urn };
      })));
    },
  };
}
