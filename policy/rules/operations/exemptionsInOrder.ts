import type { ExemptionLedger } from '../../exemptionLedger.ts';
import { isExempted, stackOf, type Exemption } from '../../exemptions.ts';
import { doesNotConcern, found, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';

/** No exemption from this one. */
export const EXEMPTIONS_IN_ORDER = 'exemptions-in-order';

/**
 * An exemption that has run out, or that nobody needs any more, is a hole that nobody looks at. It stands behind all other rules: what they needed is known by then.
 * @param ledger what became of the exemptions in this run
 */
export function exemptionsInOrder(ledger: ExemptionLedger): StackRule {
  return {
    kind: 'stack',
    name: EXEMPTIONS_IN_ORDER,
    displayName: 'Exemptions are needed and have not expired',
    description: 'Each exemption for this stack names a resource of it, exempts it from something, and has not expired.',
    group: 'operations',
    severity: 'high',
    enforcementLevel: 'mandatory',
    blocksOnUnknown: false,
    controls: {},
    remediationSteps: 'Mend what was exempted and take the entry out of policy/exemptions.yaml, or decide anew and set another day.',
    url: 'https://www.pulumi.com/docs/insights/policy/',
    judge(resources) {
      const stack = stackOf(resources[0]?.urn ?? '');
      const own = ledger.exemptions.filter((exemption) => exemption.stack === stack);
      if (own.length === 0) return doesNotConcern('The stack has no exemptions.');
      return found(own.map((exemption) => judgeExemption(exemption, resources.find((resource) => isExempted(exemption, resource)), ledger)));
    },
  };
}

function judgeExemption(exemption: Exemption, resource: StackResource | undefined, ledger: ExemptionLedger): Finding | undefined {
  const label = `The exemption from ${exemption.rule}, ticket ${exemption.ticket},`;
  if (ledger.hasExpired(exemption)) return violation(`${label} has expired on ${exemption.expires}. Mend what it exempted, or decide anew.`, resource?.urn);
  if (resource === undefined) return violation(`${label} matches no resource of the stack. Correct its resource, or remove it.`);
  return ledger.wasJudged(exemption) && !ledger.wasUsed(exemption) ? violation(`${label} exempts from nothing any more. Remove it.`, resource.urn) : undefined;
}
