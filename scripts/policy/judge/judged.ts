import type { Subject } from '../report.ts';

/** What judging a subject came to. */
export type Judged = Pick<Subject, 'status' | 'reason' | 'packVersion' | 'packages' | 'resources' | 'missing' | 'unmanaged' | 'results'>;

/** A subject that nothing can be said about: it never counts as passed. */
export function unjudged(reason: string): Judged {
  return { status: 'unjudged', reason, packages: {}, resources: [], missing: [], unmanaged: [], results: [] };
}
