import type { Gate } from '../../gate.ts';
import { findSuite, runSuite, type Scenario } from '../conformance/runSuite.ts';
import { startSlotProxy } from '../conformance/slotProxy.ts';
import { LIMITS } from '../limits.ts';
import { resultOf, VERSIONS } from '../mcp/endpoint.ts';
import { pace } from '../pace.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';

const NAME = 'conformance';

/** A scenario that needs no tool, prompt or resource of the suite's own, and the capability without which it does not apply. */
interface Chosen {
  readonly scenario: string;
  readonly version: string;
  readonly needs?: 'prompts' | 'resources' | 'logging';
}

const { modern, legacy } = VERSIONS;
/** By name, since the others call tools that only a fixture has, each of which would stand in the record of calls as a refusal. */
const CHOSEN: readonly Chosen[] = [
  { scenario: 'server-stateless', version: modern },
  { scenario: 'tools-list', version: modern },
  { scenario: 'caching', version: modern },
  { scenario: 'dns-rebinding-protection', version: modern },
  { scenario: 'http-header-validation', version: modern },
  { scenario: 'prompts-list', version: modern, needs: 'prompts' },
  { scenario: 'resources-list', version: modern, needs: 'resources' },
  { scenario: 'sep-2164-resource-not-found', version: modern, needs: 'resources' },
  { scenario: 'server-initialize', version: legacy },
  { scenario: 'ping', version: legacy },
  { scenario: 'tools-list', version: legacy },
  { scenario: 'dns-rebinding-protection', version: legacy },
  { scenario: 'prompts-list', version: legacy, needs: 'prompts' },
  { scenario: 'resources-list', version: legacy, needs: 'resources' },
  { scenario: 'logging-set-level', version: legacy, needs: 'logging' },
];

/** How the suite reports a check whose fixture the server does not have: as failed. */
const NEEDS_FIXTURE = /^[^:]*: Not testable\b/;

export interface RunScenario extends Pick<Scenario, 'name' | 'passed' | 'failed'> {
  readonly version: string;
}

/** @param suite version of the suite; undefined when it is not installed */
export function judgeConformance(suite: string | undefined, runs: readonly RunScenario[]): Gate {
  if (suite === undefined) {
    return { name: NAME, measured: 'not run', limit: 'all checks pass', pass: false, details: ['The package @modelcontextprotocol/conformance is not installed: it is a development dependency. Run "npm ci" without --omit=dev on the machine that releases.'] };
  }
  const failures = runs.flatMap(({ name, version, failed }) => failed.filter((check) => !NEEDS_FIXTURE.test(check)).map((check) => `${name} (${version}): ${check}`));
  // A scenario without a single check that passed has shown nothing.
  const silent = runs.filter(({ passed, failed }) => passed === 0 && failed.every((check) => NEEDS_FIXTURE.test(check))).map(({ name, version }) => `${name} (${version}): no check was made`);
  const passed = runs.reduce((sum, one) => sum + one.passed, 0);
  return {
    name: NAME,
    measured: `${passed} checks passed, ${failures.length + silent.length} failed`,
    limit: 'all checks pass',
    pass: runs.length > 0 && failures.length + silent.length === 0,
    details: [...failures, ...silent, `Suite ${suite}, ${runs.length} scenarios`],
  };
}

export async function conformance({ endpoint, token, requestsPerSecond, update }: SlotUnderTest): Promise<Gate> {
  const suite = await findSuite();
  if (!suite) return judgeConformance(undefined, []);
  const { capabilities } = resultOf('server/discover', await endpoint.send({ method: 'server/discover' }, { era: 'modern' }));
  const offered = new Set(Object.keys((capabilities ?? {})));
  const chosen = CHOSEN.filter(({ needs }) => needs === undefined || offered.has(needs));
  const proxy = await startSlotProxy(endpoint.url, token);
  const runs: RunScenario[] = [];
  try {
    // Two at a time, of the requests that may be under way: each is a process that compiles the suite before it asks anything.
    await pace({ count: chosen.length, perSecond: requestsPerSecond, concurrency: LIMITS.concurrentRequests / 2 }, async (place) => {
      const { scenario, version } = chosen[place] as Chosen;
      const { scenarios } = await runSuite(suite, `${proxy.url}${new URL(endpoint.url).pathname}`, ['--scenario', scenario, '--spec-version', version], LIMITS.suiteTimeoutMs);
      const [found = { name: scenario, passed: 0, failed: ['the scenario did not come to an end'] }] = scenarios;
      runs.push({ ...found, version });
      update(`${runs.length} of ${chosen.length} scenarios`);
    });
  } finally {
    await proxy.close();
  }
  return judgeConformance(suite.version, runs.sort((left, right) => (`${left.version} ${left.name}` < `${right.version} ${right.name}` ? -1 : 1)));
}
