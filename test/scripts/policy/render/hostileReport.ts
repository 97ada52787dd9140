import { reportSchema, type Report } from '../../../../scripts/policy/report.ts';
import { sampleReport } from './sampleReport.ts';

/** Texts that would become markup, script or something else than text where they are not taken as such. */
export const HOSTILE_TEXTS = [
  '<img src="https://evil.example/x" onerror="globalThis.taken = true">',
  '"><script>globalThis.taken = true</script>',
  '</style></script><script>globalThis.taken = true</script>',
  `' onmouseover='globalThis.taken = true' x='`,
  '&lt;b&gt;]]>--><!--',
  '| cell | `code` [link](https://evil.example) @everyone #1',
  'name\u0000\u001b[31m\u202Egnp.exe\uFFFE\uD800',
  '${globalThis.taken = true}',
] as const;

/** A report in which every free text is hostile, and every URL and file name too. */
export function hostileReport(): Report {
  const report = sampleReport({ stacks: ['staging', 'prod'], resourcesPerStack: HOSTILE_TEXTS.length + 1, rulesPerResource: 12 });
  const textAt = (place: number): string => HOSTILE_TEXTS[place % HOSTILE_TEXTS.length] ?? '';
  return reportSchema.parse({
    ...report,
    pack: { ...report.pack, name: textAt(0), version: textAt(1) },
    rules: report.rules.map((rule, place) => ({ ...rule, title: textAt(place), description: textAt(place + 1), remediation: textAt(place + 2), url: 'javascript:globalThis.taken=true', controls: { ...rule.controls, mcsb: [textAt(place)], other: textAt(place + 3) } })),
    exemptions: HOSTILE_TEXTS.map((text) => ({ stack: 'prod', rule: text, resource: text, reason: text, owner: text, ticket: `javascript:${text}`, expires: '2027-05-31', state: 'in-use' })),
    subjects: report.subjects.map((subject) => {
      const urns = new Map(subject.resources.map(({ urn }, place) => [urn, `${urn}${textAt(place)}`]));
      return {
        ...subject,
        status: subject.kind === 'preview' ? 'unjudged' : 'judged', reason: textAt(2), packVersion: textAt(3),
        resources: subject.resources.map((resource, place) => ({ ...resource, urn: urns.get(resource.urn) ?? '', name: textAt(place), type: textAt(place + 1), id: textAt(place + 2) })),
        unmanaged: [...HOSTILE_TEXTS],
        missing: [...HOSTILE_TEXTS],
        results: subject.results.map((result, place) => ({ ...result, resource: urns.get(result.resource) ?? '', ...(place % 4 === 0 ? { outcome: 'failed', message: textAt(place / 4) } : {}) })),
        evidence: [...subject.evidence.map((evidence) => ({ ...evidence, file: `javascript:globalThis.taken=true/${textAt(0)}` })), ...subject.evidence.map((evidence) => ({ ...evidence, file: '//evil.example/x' }))],
      };
    }),
  });
}
