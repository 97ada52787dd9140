import { parse } from 'yaml';
import { z } from 'zod';
import type { ReportExemption, Subject } from './report.ts';

const fileSchema = z.strictObject({ exemptions: z.array(z.strictObject({ stack: z.string(), rule: z.string(), resource: z.string(), reason: z.string(), owner: z.string(), ticket: z.string(), expires: z.string() })) });

/**
 * The exemptions for the stacks that were judged, with what became of each: in use when a finding of any subject was exempt by it.
 * @param text policy/exemptions.yaml, which the pack has read by then and found in order
 * @param today YYYY-MM-DD, in UTC: an exemption holds through its last day
 */
export function exemptionsOf(text: string, subjects: readonly Pick<Subject, 'stack' | 'status' | 'results'>[], today: string): ReportExemption[] {
  const judged = subjects.filter(({ status }) => status === 'judged');
  return fileSchema.parse(parse(text)).exemptions.filter(({ stack }) => judged.some((subject) => subject.stack === stack)).map((exemption) => {
    const isUsed = judged.some(({ stack, results }) => stack === exemption.stack && results.some(({ rule, resource, outcome }) => outcome === 'exempt' && rule === exemption.rule && isNamed(resource, exemption.resource)));
    return { ...exemption, state: exemption.expires < today ? 'expired' : isUsed ? 'in-use' : 'unused' };
  });
}

/** @param named a URN, or `type::name` */
function isNamed(urn: string, named: string): boolean {
  if (urn === named) return true;
  const [, , types = '', ...name] = urn.split('::');
  return named === `${types.split('$').at(-1) ?? ''}::${name.join('::')}`;
}
