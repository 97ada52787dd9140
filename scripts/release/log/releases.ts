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
  /** What production ran before the last swap. */
  readonly previous: PackageRef | undefined;
  /** What the last swap brought into production, and when. */
  readonly promoted: { readonly package: PackageRef; readonly commit: string | undefined; readonly at: string } | undefined;
}

export function standingOf(events: readonly ReleaseEvent[]): Standing {
  let standing: Standing = { candidate: undefined, previous: undefined, promoted: undefined };
  const commits = new Map<string, string | undefined>();
  for (const event of events) {
    if (event.event === 'deployed') {
      commits.set(event.package.digest, event.commit);
      standing = { ...standing, candidate: { release: event.release, package: event.package, commit: event.commit, policy: event.policy.verdict, update: event.update } };
    }
    if (event.event === 'swapped') {
      const { production, staging } = event.slots;
      standing = { candidate: undefined, previous: staging, promoted: production && { package: production, commit: commits.get(production.digest), at: event.at } };
    }
  }
  return standing;
}

/** The last verification of a slot that ran a package. */
export function lastVerification(events: readonly ReleaseEvent[], digest: string): { readonly verification: Verification; readonly commit: string | undefined } | undefined {
  const found = events.findLast((event) => event.event === 'verified' && event.verification.packageDigest === digest);
  return found?.event === 'verified' ? { verification: { ...found.verification, packageDigest: found.verification.packageDigest }, commit: found.commit } : undefined;
}
