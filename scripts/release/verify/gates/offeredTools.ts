import type { Gate } from '../../gate.ts';
import type { FoundLock } from '../../lock/lockStore.ts';
import type { OfferedTool } from '../../lock/offeredTools.ts';
import { shortDigest } from '../../package.ts';
import { listTools } from '../mcp/listTools.ts';
import { offeredChanges } from '../schema/offeredChanges.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';

const NAME = 'offered-tools';
const LIMIT = 'no change that blocks';
/** Accepted by id, as the changes are: a lock that is not of what production runs. */
const STALE_LOCK = 'lock-stale';

export interface OfferedToolsSeen {
  readonly offered: readonly OfferedTool[];
  readonly lock: FoundLock;
  /** Packages that the lock may be of. */
  readonly lockedPackages: readonly string[];
  readonly acceptedChanges: ReadonlySet<string>;
}

/** What the slot offers, held against what production was signed to offer. */
export function judgeOfferedTools({ offered, lock, lockedPackages, acceptedChanges }: OfferedToolsSeen): Gate {
  if (lock.kind === 'none') return { name: NAME, measured: `${offered.length} tools, no lock yet`, limit: LIMIT, pass: true, details: ['Nothing was released before: the first promotion signs what is offered.'] };
  if (lock.kind === 'refused') {
    return {
      name: NAME, measured: 'the lock is not to be believed', limit: LIMIT, pass: false,
      details: [`The lock of what production offers is refused: ${lock.reason}. Find out who wrote it; when it is known to be of no use, delete the blob, and the next promotion signs a new one.`],
    };
  }
  const changes = [
    // An old lock, signed and put back, would hide what happened since.
    ...(lockedPackages.includes(lock.lock.packageDigest) ? [] : [{ id: STALE_LOCK, blocks: true, text: `the lock of ${lock.lock.signedAt} is of package ${shortDigest(lock.lock.packageDigest)}, which production does not run: it was promoted or rolled back by other means` }]),
    ...offeredChanges(lock.lock.tools, offered),
  ];
  const blocking = changes.filter(({ id, blocks }) => blocks && !acceptedChanges.has(id));
  const mark = ({ id, blocks }: (typeof changes)[number]): string => (!blocks ? 'passes' : acceptedChanges.has(id) ? 'accepted' : 'blocks');
  return {
    name: NAME,
    measured: changes.length === 0 ? `${offered.length} tools, unchanged` : `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}, ${blocking.length} of them ${blocking.length === 1 ? 'blocks' : 'block'}`,
    limit: LIMIT,
    pass: blocking.length === 0,
    details: [
      ...changes.map((change) => `${mark(change)}: ${change.id}: ${change.text}`),
      ...(blocking.length === 0 ? [] : [`Accept what clients can bear: --accept '${blocking.map(({ id }) => id).join(',')}'`]),
    ],
  };
}

export async function offeredTools({ endpoint, lock, site, slot, acceptedChanges }: SlotUnderTest): Promise<Gate> {
  const [offered, found, { production, staging }] = await Promise.all([listTools(endpoint), lock.read(), site.packages()]);
  // While production itself is verified after a swap, the lock is still of what it ran before, which is in the other slot now.
  const lockedPackages = [production, ...(slot === 'production' ? [staging] : [])].flatMap((one) => one?.digest ?? []);
  return judgeOfferedTools({ offered, lock: found, lockedPackages, acceptedChanges });
}
