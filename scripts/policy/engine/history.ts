import { z } from 'zod';

const updateSchema = z.looseObject({
  kind: z.string(),
  startTime: z.iso.datetime({ offset: true }),
  /** Absent while it runs. */
  endTime: z.iso.datetime({ offset: true }).optional(),
  result: z.string(),
  /** What the CLI notes of itself: flags and variables that were set, without their values. */
  environment: z.record(z.string(), z.string()).nullish(),
});
export type PastUpdate = z.output<typeof updateSchema>;

/** Kinds of operations that make or change resources by a program; what a refresh or a deletion leaves was judged before. Source: pulumi/pulumi, sdk/go/common/apitype/history.go, UpdateKind. */
const MAKING = ['update', 'resource-import'];
const NOTED = ['pulumi.flag.', 'pulumi.env.'];
const PACK = ['pulumi.flag.policy-pack', 'pulumi.env.PULUMI_OPTION_POLICY_PACK'];

/** The update that made the stack what it is. @param text what `pulumi stack history --json` printed: the newest first */
export function lastUpdateOf(text: string): PastUpdate | undefined {
  return z.array(updateSchema).parse(JSON.parse(text)).find(({ kind }) => MAKING.includes(kind));
}

/** Whether the CLI was told to run a pack; undefined when it did not note how it was called. */
export function wasToldToRunAPack({ environment }: PastUpdate): boolean | undefined {
  const names = Object.keys(environment ?? {});
  return names.some((name) => NOTED.some((prefix) => name.startsWith(prefix))) ? PACK.some((name) => names.includes(name)) : undefined;
}
