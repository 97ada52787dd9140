import { parseDocument } from 'yaml';
import { z } from 'zod';
import { STACKS, type StackName } from '../arguments.ts';
import { CommandError } from '../commandError.ts';
import type { FailedCheck } from './checkov.ts';

const line = z.string().regex(/^\S(?:[^\r\n]*\S)?$/, 'has to be one line of text');
const exemptionSchema = z.strictObject({
  check: z.string().regex(/^CKV2?_[A-Z]+_\d+$/, 'has to be the id of a check, such as CKV_AZURE_17'),
  stacks: z.array(z.enum(STACKS)).min(1),
  /** `type::name`, the name without the digits that azure-native appends, and {stack} for the name of the stack. */
  resource: z.string().regex(/^[\w.]+(?:\/\w+)+::[^*\s]+$/, 'has to be type::name such as Microsoft.Web/sites::mcp-{stack}-, without wildcards'),
  reason: line,
  owner: line,
  ticket: line,
  expires: z.iso.date('has to be a day such as "2027-05-31"'),
});
const fileSchema = z.strictObject({ exemptions: z.array(exemptionSchema) });

/** A check that may fail on a resource until a day. */
export type CheckExemption = z.output<typeof exemptionSchema>;

/** How a failed check is told: `CKV_AZURE_17 on Microsoft.Web/sites::mcp-prod-`. */
export interface ScanVerdict {
  readonly failed: readonly (FailedCheck & { readonly resource: string; readonly why: string })[];
  readonly exempt: readonly (FailedCheck & { readonly resource: string; readonly exemption: CheckExemption })[];
  /** Exemptions of the stack that no failed check needs. */
  readonly unused: readonly CheckExemption[];
}

/**
 * @param text YAML: a list `exemptions` of entries with every field
 * @param file how errors name the file
 * @throws CommandError CHECKOV_EXEMPTIONS_INVALID with every problem, by entry and field; values are not quoted
 */
export function parseCheckExemptions(text: string, file: string): readonly CheckExemption[] {
  const document = parseDocument(text);
  const parsed = fileSchema.safeParse(document.errors.length > 0 ? undefined : document.toJS());
  const problems = document.errors.length > 0 ? document.errors.map(({ message }) => message.split('\n')[0] ?? '') : parsed.success ? repeated(parsed.data.exemptions) : parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  if (problems.length > 0 || !parsed.success) throw new CommandError('CHECKOV_EXEMPTIONS_INVALID', `${file} cannot be used.\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  return parsed.data.exemptions;
}

function repeated(exemptions: readonly CheckExemption[]): string[] {
  const keys = exemptions.flatMap(({ check, stacks, resource }) => stacks.map((stack) => [check, stack, resource].join(' ')));
  return [...new Set(keys.filter((key, place) => keys.indexOf(key) !== place))].map((key) => `${key} is exempted twice; allowed: once.`);
}

/**
 * What a scan comes to.
 * @param today YYYY-MM-DD, in UTC: an exemption holds through its last day
 */
export function judgeScan(checks: readonly FailedCheck[], all: readonly CheckExemption[], stack: StackName, today: string): ScanVerdict {
  const exemptions = all.filter(({ stacks }) => stacks.includes(stack));
  const used = new Set<CheckExemption>();
  const failed: ScanVerdict['failed'][number][] = [];
  const exempt: ScanVerdict['exempt'][number][] = [];
  for (const check of checks) {
    const resource = `${check.type}::${logicalName(check.name)}`;
    const exemption = exemptions.find((one) => one.check === check.check && one.resource.replaceAll('{stack}', stack) === resource);
    if (exemption) used.add(exemption);
    if (exemption && exemption.expires >= today) exempt.push({ ...check, resource, exemption });
    else failed.push({ ...check, resource, why: exemption ? `its exemption ended on ${exemption.expires}, ticket ${exemption.ticket}` : 'no exemption' });
  }
  return { failed, exempt, unused: exemptions.filter((exemption) => !used.has(exemption)) };
}

/** Without the digits that are new at each creation. Source: pulumi.com, "Azure Native: Auto-naming". */
function logicalName(name: string): string {
  return name.replace(/^([^/]*?)[0-9a-f]{8}(?=\/|$)/, '$1');
}
