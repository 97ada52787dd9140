import { findSuite, runSuite as run, type SuiteRun } from '../../scripts/release/verify/conformance/runSuite.ts';

export type { SuiteRun } from '../../scripts/release/verify/conformance/runSuite.ts';

/** Runs the official conformance suite against a server, all that one revision of the specification requires. */
export async function runSuite(url: string, options: readonly string[]): Promise<SuiteRun> {
  const suite = await findSuite();
  if (!suite) throw new Error('The conformance suite is not installed: npm ci');
  return run(suite, url, options);
}
