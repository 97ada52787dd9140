import { z } from 'zod';

/** How a report is laid out; raised when a reader of an older one would misread it. */
export const REPORT_VERSION = 1;

/**
 * What was judged. `preview`: what an update would make of the stack, as the engine itself ran the pack. `deployed`: the state that the last update left.
 * `live`: what Azure answers now, changes by hand included.
 */
export const SUBJECT_KINDS = ['preview', 'deployed', 'live'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

/** What a rule made of a resource. Where a rule does not concern a resource there is no result. `not-judged` is never a pass. */
export const OUTCOMES = ['passed', 'failed', 'exempt', 'not-judged'] as const;
export type Outcome = (typeof OUTCOMES)[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);

const resultSchema = z.strictObject({
  rule: z.string().min(1),
  /** URN of the resource; that of the stack for a finding about the stack as a whole. */
  resource: z.string().min(1),
  outcome: z.enum(OUTCOMES),
  /** Level that held for this finding; for what passed, that of the rule. */
  level: z.enum(['advisory', 'mandatory', 'remediate']),
  /** What is wrong, what is allowed, what to do. None for what passed. */
  message: z.string().optional(),
});
export type RuleResult = z.output<typeof resultSchema>;

const resourceSchema = z.strictObject({
  urn: z.string().min(1),
  type: z.string().min(1),
  name: z.string(),
  /** Azure's id, where there is one by now. */
  id: z.string().optional(),
});

/** A file that the judgement rests on, kept beside the report. */
const evidenceSchema = z.strictObject({
  kind: z.enum(['event-log', 'state', 'live-resources', 'policy-configuration', 'exemptions']),
  /** Relative to the folder of the report, with forward slashes. */
  file: z.string().min(1),
  sha256,
  bytes: z.int().nonnegative(),
});
export type Evidence = z.output<typeof evidenceSchema>;

/** The update that left the state as it is, as its own event log tells it. */
const lastUpdateSchema = z.strictObject({
  /** When it began; undefined when the stack has no history. */
  at: z.iso.datetime().optional(),
  packVersion: z.string().optional(),
  /**
   * `failed`: the pack had findings at level mandatory. `unjudged`: it ran without the pack. `unknown`: no event log of it was kept, or it ends before the pack had judged the whole stack,
   * and nobody can say what the pack made of it.
   */
  verdict: z.enum(['passed', 'failed', 'unjudged', 'unknown']),
});

const subjectSchema = z.strictObject({
  stack: z.string().min(1),
  kind: z.enum(SUBJECT_KINDS),
  judgedAt: z.iso.datetime(),
  /** `unjudged`: the pack did not run, and `reason` says why. */
  status: z.enum(['judged', 'unjudged']),
  reason: z.string().optional(),
  packVersion: z.string().optional(),
  /** SHA-256 of the package that each slot runs or, in a preview, would run. */
  packages: z.strictObject({ built: sha256.optional(), production: sha256.optional(), staging: sha256.optional() }),
  lastUpdate: lastUpdateSchema.optional(),
  resources: z.array(resourceSchema),
  /** In `live`: resources of the stack that Azure no longer has, by URN. They were not judged, and rules on the whole stack did not see them. */
  missing: z.array(z.string()),
  /** In `live`: resources of the stack's groups that the stack does not know, by id. They were not judged. */
  unmanaged: z.array(z.string()),
  results: z.array(resultSchema),
  evidence: z.array(evidenceSchema),
});
export type Subject = z.output<typeof subjectSchema>;

const ruleSchema = z.strictObject({
  id: z.string().min(1),
  title: z.string().min(1),
  description: z.string().min(1),
  group: z.enum(['stateless', 'security', 'operations', 'tools']),
  severity: z.enum(['low', 'medium', 'high', 'critical']),
  controls: z.strictObject({
    /** Microsoft cloud security benchmark v1. */
    mcsb: z.array(z.string()),
    /** CIS Microsoft Azure Foundations Benchmark 3.0.0. */
    cis: z.array(z.string()),
    /** Built-in definitions of Azure Policy: what they judge, and their id. */
    azurePolicy: z.array(z.strictObject({ what: z.string(), id: z.string() })),
    /** A rule without a control in these catalogues names its source here. */
    other: z.string().optional(),
  }),
  remediation: z.string().min(1),
  url: z.url(),
  /** Level by stack; `disabled` rules have no results. */
  levels: z.record(z.string(), z.enum(['advisory', 'mandatory', 'remediate', 'disabled'])),
});
export type ReportRule = z.output<typeof ruleSchema>;

const exemptionSchema = z.strictObject({
  stack: z.string(), rule: z.string(), resource: z.string(), reason: z.string(), owner: z.string(), ticket: z.string(), expires: day,
  state: z.enum(['in-use', 'unused', 'expired']),
});
export type ReportExemption = z.output<typeof exemptionSchema>;

/** What an auditor gets. Every format is derived from this value and from nothing else. */
export const reportSchema = z.strictObject({
  version: z.literal(REPORT_VERSION),
  generatedAt: z.iso.datetime(),
  /** The checkout that the report was made from; absent outside of a repository. */
  commit: z.strictObject({ id: z.string().regex(/^[0-9a-f]{40}$/), isDirty: z.boolean() }).optional(),
  pack: z.strictObject({ name: z.string(), version: z.string(), /** Over all files of the pack. */ sha256 }),
  rules: z.array(ruleSchema),
  exemptions: z.array(exemptionSchema),
  subjects: z.array(subjectSchema),
});
export type Report = z.output<typeof reportSchema>;
