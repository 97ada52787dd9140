import { isExempted, type Exemption } from './exemptions.ts';

export interface Subject {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** What the rules made of the resources in this run, and which exemptions that needed. */
export interface ExemptionLedger {
  readonly today: string;
  readonly exemptions: readonly Exemption[];
  /** Notes that a rule has judged a resource. */
  judged(rule: string, subject: Subject): void;
  /** The exemption of a resource from a rule, which may have expired. */
  find(rule: string, subject: Subject): Exemption | undefined;
  /** Notes a finding, and returns the exemption from it, which may have expired. */
  use(rule: string, subject: Subject): Exemption | undefined;
  /** Whether the rule has judged the resource and found nothing. */
  hasPassed(rule: string, subject: Subject): boolean;
  hasExpired(exemption: Exemption): boolean;
  wasUsed(exemption: Exemption): boolean;
  /** Whether the rule has judged the resource in this run. An update with targets judges those alone. */
  wasJudged(exemption: Exemption): boolean;
}

/** @param today YYYY-MM-DD, in UTC: an exemption holds through its last day */
export function createLedger(exemptions: readonly Exemption[], today: string): ExemptionLedger {
  const used = new Set<Exemption>();
  const judged = new Set<Exemption>();
  const passed = new Set<string>();
  const keyOf = (rule: string, { urn }: Subject): string => `${rule} ${urn}`;
  const find: ExemptionLedger['find'] = (rule, subject) => exemptions.find((exemption) => exemption.rule === rule && isExempted(exemption, subject));
  return {
    today,
    exemptions,
    find,
    judged(rule, subject) {
      passed.add(keyOf(rule, subject));
      const exemption = find(rule, subject);
      if (exemption) judged.add(exemption);
    },
    use(rule, subject) {
      passed.delete(keyOf(rule, subject));
      const exemption = find(rule, subject);
      if (exemption) used.add(exemption);
      return exemption;
    },
    hasPassed: (rule, subject) => passed.has(keyOf(rule, subject)),
    hasExpired: ({ expires }) => expires < today,
    wasUsed: (exemption) => used.has(exemption),
    wasJudged: (exemption) => judged.has(exemption),
  };
}
