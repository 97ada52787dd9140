import type { Gate, Verification } from '../gate.ts';
import type { PackageRef } from '../package.ts';
import type { By, Outcome, ReleaseEvent, Slots, Verb } from './events.ts';

/** A release as its events tell it. */
export interface Release {
  readonly id: string;
  readonly verb: Verb;
  readonly by: By;
  readonly host: string;
  /** The stack that the package was carried from. */
  readonly from: string | undefined;
  readonly startedAt: string;
  readonly finishedAt: string | undefined;
  /** Undefined while it runs, and for one that was cut off and that nobody has taken over yet. */
  readonly outcome: Outcome | undefined;
  readonly reason: string | undefined;
  readonly commit: string | undefined;
  /** What the slots ran before, and after. */
  readonly before: Slots;
  readonly after: Slots | undefined;
  readonly verifications: readonly Verification[];
  readonly gates: readonly { readonly step: string; readonly gates: readonly Gate[] }[];
  /** Steps in the order in which they were begun. */
  readonly steps: readonly string[];
  /** Who went on with it after it was cut off. */
  readonly takenOver: readonly { readonly at: string; readonly by: By; readonly statement: string }[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer Item)[] ? Item[] : T[Key] };

/** The releases of a log, oldest first. Events of a release whose start is not there are left out. */
export function releasesOf(events: readonly ReleaseEvent[]): Release[] {
  const releases = new Map<string, Writable<Release>>();
  for (const event of events) {
    if (event.event === 'started') {
      const { release: id, verb, by, host, from, at: startedAt, commit, slots: before } = event;
      releases.set(id, { id, verb, by, host, from, startedAt, commit, before, finishedAt: undefined, outcome: undefined, reason: undefined, after: undefined, verifications: [], gates: [], steps: [], takenOver: [] });
      continue;
    }
    const release = releases.get(event.release);
    if (release) tell(release, event);
  }
  return [...releases.values()];
}

function tell(release: Writable<Release>, event: Exclude<ReleaseEvent, { event: 'started' }>): void {
  switch (event.event) {
    case 'step': if (event.state === 'begun') release.steps.push(event.step); break;
    case 'gates': release.gates.push({ step: event.step, gates: event.gates }); break;
    case 'verified': release.verifications.push({ ...event.verification, packageDigest: event.verification.packageDigest }); break;
    case 'deployed': release.commit = event.commit ?? release.commit; break;
    case 'taken-over': release.takenOver.push({ at: event.at, by: event.by, statement: event.statement }); break;
    case 'finished': Object.assign(release, { finishedAt: event.at, outcome: event.outcome, reason: event.reason, after: event.slots }); break;
    case 'swapped': break;
  }
}

/** A package that stands in the staging slot to be promoted. */
export interface Candidate {
  readonly release: string;
  readonly package: PackageRef;
  /** Commit of the checkout that it was deployed from, `-dirty` behind it when files were changed. */
  readonly commit: string | undefined;
  readonly policy: 'passed' | 'unjudged';
  /** Version of the update that brought it, as `pulumi stack history` counts. */
  readonly update: number | undefined;
}

/** What a log says about where a stack stands. Facts come from ARM; this tells what they mean. */
export interface Standing {
  /** Deployed, and not swapped into production since. */
  readonly candidate: Candidate | undefined;
  /** What production runs, as far as releases know, and since when. */
  readonly promoted: Promoted | undefined;
  /** What production ran before that one was promoted. A rollback goes one step down, and never back up. */
  readonly previous: Promoted | undefined;
  readonly lastSwapAt: string | undefined;
}

/** A package that production runs, or ran. */
export interface Promoted {
  readonly package: PackageRef;
  readonly commit: string | undefined;
}

export function standingOf(events: readonly ReleaseEvent[]): Standing {
  let candidate: Candidate | undefined;
  let lastSwapAt: string | undefined;
  const commits = new Map<string, string | undefined>();
  /** What was promoted, one after the other; a swap back takes the last one away. */
  const line: Promoted[] = [];
  const promotedOf = (ref: PackageRef): Promoted => ({ package: ref, commit: commits.get(ref.digest) });
  for (const event of events) {
    if (event.event === 'deployed') {
      commits.set(event.package.digest, event.commit);
      candidate = { release: event.release, package: event.package, commit: event.commit, policy: event.policy.verdict, update: event.update };
    }
    if (event.event !== 'swapped') continue;
    const { production, staging } = event.slots;
    candidate = undefined;
    lastSwapAt = event.at;
    if (event.direction === 'forward') {
      // What was there before releases were logged, or was changed by other means.
      if (staging && line.at(-1)?.package.digest !== staging.digest) line.push(promotedOf(staging));
      if (production) line.push(promotedOf(production));
    } else {
      line.pop();
      if (production && line.at(-1)?.package.digest !== production.digest) line.push(promotedOf(production));
    }
  }
  return { candidate, promoted: line.at(-1), previous: line.at(-2), lastSwapAt };
}

/** The last verification of a slot that ran a package. */
export function lastVerification(events: readonly ReleaseEvent[], digest: string): { readonly verification: Verification; readonly commit: string | undefined } | undefined {
  const found = events.findLast((event) => event.event === 'verified' && event.verification.packageDigest === digest);
  return found?.event === 'verified' ? { verification: { ...found.verification, packageDigest: found.verification.packageDigest }, commit: found.commit } : undefined;
}
