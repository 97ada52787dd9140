import { createHash } from 'node:crypto';
import type { Report, ReportRule, Subject } from '../report.ts';
import { decidingFile } from './decidingFile.ts';
import { countGrades, subjectName, type ReportView, type ResultView } from './reportView.ts';
import { warningsOf } from './verdict.ts';

/**
 * Scores by which GitHub names a severity. Source: docs.github.com, "SARIF support for code scanning", reportingDescriptor object: over 9.0 critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, 0.1 to 3.9 low.
 */
const SECURITY_SEVERITY: Readonly<Record<ReportRule['severity'], string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' };
/** For rules that are not about security, by the same page. */
const PROBLEM_SEVERITY: Readonly<Record<ReportRule['severity'], string>> = { critical: 'error', high: 'error', medium: 'warning', low: 'recommendation' };
/** Source: the same page, "Validating your SARIF file": 20 tags a rule. */
const MAX_TAGS = 20;
const LEVELS = { advisory: 'warning', mandatory: 'error', remediate: 'error', disabled: 'none' } as const;
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
/** Folder of the report, where the evidence is. */
const REPORT_BASE = 'REPORT';

/**
 * SARIF 2.1.0: a run a stack and subject, whose `automationDetails.id` is the category that GitHub keeps apart. What passed is left out, and counted in the properties of the run: GitHub takes every result for an
 * alert, whatever its `kind` (docs.github.com, "SARIF support for code scanning", lists what it reads). An exempt finding carries its exemption as a suppression, which GitHub does not read either: there it is
 * dismissed by hand. What was not judged is of kind "open": SARIF's word for too little to decide.
 * Source: docs.oasis-open.org, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.14, 3.20, 3.27, 3.35.
 */
export function renderSarif(view: ReportView): string {
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: view.report.subjects.map((subject) => runOf(view, subject)) }, null, 2)}\n`;
}

function runOf(view: ReportView, subject: Subject): object {
  const { report } = view;
  const results = view.of(subject);
  const places = new Map(report.rules.map(({ id }, place) => [id, place]));
  const findings = results.filter(({ result }) => result.outcome !== 'passed');
  return {
    tool: {
      driver: {
        name: report.pack.name,
        version: report.pack.version,
        rules: report.rules.map((rule) => descriptorOf(rule, subject.stack)),
        properties: { sha256: report.pack.sha256 },
      },
    },
    automationDetails: { id: `policy/${subject.stack}/${subject.kind}/${report.generatedAt}`, description: { text: `What the policy pack made of ${subjectName(subject)}.` } },
    originalUriBaseIds: {
      '%SRCROOT%': { description: { text: 'The root of the repository.' } },
      [REPORT_BASE]: { description: { text: 'The folder that this report stands in.' } },
    },
    invocations: [{
      executionSuccessful: subject.status === 'judged',
      endTimeUtc: subject.judgedAt,
      toolExecutionNotifications: warningsOf(subject, report.pack.version).map((text) => ({ level: 'error', message: { text } })),
    }],
    artifacts: subject.evidence.map(({ kind, file, sha256, bytes }) => ({
      location: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: REPORT_BASE },
      description: { text: `Evidence: ${kind}` }, length: bytes, roles: ['attachment'], hashes: { 'sha-256': sha256 },
    })),
    columnKind: 'utf16CodeUnits',
    results: findings.map((finding) => resultOf(report, finding, places.get(finding.rule.id) ?? -1)),
    properties: { stack: subject.stack, subject: subject.kind, counts: countGrades(results), passedAreLeftOut: true, packages: subject.packages, unmanaged: subject.unmanaged, missing: subject.missing, ...(report.commit ? { commit: report.commit } : {}) },
  };
}

function descriptorOf(rule: ReportRule, stack: string): object {
  const { id, title, description, group, severity, controls, remediation, url } = rule;
  const level = rule.levels[stack];
  const named = [
    ...(controls.mcsb.length > 0 ? [`Microsoft cloud security benchmark v1: ${controls.mcsb.join(', ')}`] : []),
    ...(controls.cis.length > 0 ? [`CIS Microsoft Azure Foundations Benchmark 3.0.0: ${controls.cis.join(', ')}`] : []),
    ...controls.azurePolicy.map(({ what, id: policy }) => `Azure Policy, ${what}: ${policy}`),
    ...(controls.other === undefined ? [] : [controls.other]),
  ];
  // Only what bears on confidentiality and integrity gets a score; the others would be counted as vulnerabilities.
  const isSecurity = group === 'security' || group === 'tools';
  return {
    id,
    // Another word than the id, as section 3.49.7 wants it.
    name: [group, ...id.split('-')].map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join(''),
    shortDescription: { text: title },
    fullDescription: { text: description },
    help: {
      text: [remediation, ...named].join('\n'),
      markdown: [remediation.replaceAll(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`), ...named.map((line) => `- ${line}`)].join('\n\n'),
    },
    helpUri: url,
    defaultConfiguration: { enabled: level !== 'disabled', level: LEVELS[level ?? 'mandatory'] },
    properties: {
      tags: [group, ...(isSecurity && group !== 'security' ? ['security'] : []), ...controls.mcsb.map((control) => `MCSB ${control}`), ...controls.cis.map((control) => `CIS ${control}`)].slice(0, MAX_TAGS),
      precision: 'very-high',
      severity,
      'problem.severity': PROBLEM_SEVERITY[severity],
      ...(isSecurity ? { 'security-severity': SECURITY_SEVERITY[severity] } : {}),
    },
  };
}

function resultOf({ rules }: Report, { subject, rule, result, name, type, exemption }: ResultView, ruleIndex: number): object {
  if (ruleIndex < 0 || ruleIndex >= rules.length) throw new Error(`Rule ${rule.id} has no place among the rules.`);
  const isOpen = result.outcome === 'not-judged';
  const fingerprint = createHash('sha256').update(JSON.stringify([subject.stack, subject.kind, rule.id, result.resource, result.message ?? ''])).digest('hex');
  return {
    ruleId: rule.id,
    ruleIndex,
    kind: isOpen ? 'open' : 'fail',
    level: isOpen ? 'none' : LEVELS[result.level],
    message: { text: `${result.message ?? rule.description} Resource: ${type === '' ? name : `${type}::${name}`} (${subjectName(subject)}).` },
    locations: [{
      physicalLocation: { artifactLocation: { uri: encodeURI(decidingFile(subject.stack, rule.id, result.resource)), uriBaseId: '%SRCROOT%' }, region: { startLine: 1 } },
      logicalLocations: [{ name, fullyQualifiedName: result.resource, kind: 'resource' }],
    }],
    // GitHub tells alerts apart by the first of these, together with rule and file; without it all findings of a rule in a file would be one.
    partialFingerprints: { primaryLocationLineHash: `${fingerprint.slice(0, 32)}:1`, 'ruleResourceMessage/v1': fingerprint },
    ...(result.outcome !== 'exempt' ? {} : {
      suppressions: [{
        kind: 'external', status: 'accepted',
        justification: exemption ? `${exemption.reason} Owner ${exemption.owner}, ticket ${exemption.ticket}, until ${exemption.expires}.` : (result.message ?? 'Exempt.'),
        ...(exemption ? { properties: { owner: exemption.owner, ticket: exemption.ticket, expires: exemption.expires } } : {}),
      }],
    }),
    properties: { level: result.level, severity: rule.severity },
  };
}
