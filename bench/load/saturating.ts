import autocannon from 'autocannon';
import { problemOfAnswer } from '../answers.ts';
import type { SaturatingJob, SaturatingResult } from './jobs.ts';

/** The body of one answer in so many is looked at; the status of every one is. */
const SAMPLE_INTERVAL = 50;
const TIMEOUT_SECONDS = 20;

/**
 * Makes a fixed number of calls as fast as the server answers.
 * @throws Error when a call fails, an answer has another status than 200, or a sampled body is wrong: figures of wrong answers are worth nothing
 */
export async function runSaturating({ url, measurement, request, connections, calls }: SaturatingJob): Promise<SaturatingResult> {
  let answered = 0;
  let endedAtMs = 0;
  let problem: string | undefined;
  const startedAtMs = performance.now();
  const running = autocannon({
    url,
    method: 'POST',
    headers: request.headers,
    body: request.body,
    connections: Math.min(connections, calls),
    amount: calls,
    sampleInt: 50,
    timeout: TIMEOUT_SECONDS,
    verifyBody: (body) => {
      answered += 1;
      // Its own end is noticed at the next sample; the last answer is the end of the work.
      endedAtMs = performance.now();
      if (answered % SAMPLE_INTERVAL !== 1) return true;
      problem ??= problemOfAnswer(measurement, body);
      return problem === undefined;
    },
  });
  const { errors, timeouts, mismatches, statusCodeStats } = await running;
  const good = statusCodeStats['200']?.count ?? 0;
  if (good !== calls || errors > 0 || timeouts > 0) {
    throw new Error(`${measurement}: of ${calls} calls ${good} were answered with status 200, ${errors} failed, ${timeouts} took longer than ${TIMEOUT_SECONDS} s. Statuses: ${JSON.stringify(statusCodeStats)}.`);
  }
  if (mismatches > 0) throw new Error(`${measurement}: a body is wrong: ${problem ?? ''}.`);
  return { calls: good, seconds: (endedAtMs - startedAtMs) / 1_000 };
}
