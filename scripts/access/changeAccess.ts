import { CommandError } from '../commandError.ts';
import type { Operation } from '../audit/operations.ts';
import type { Operator, OperatorStream } from '../audit/operatorStream.ts';
import { ListChangedError, type DenyListStore } from './denyListStore.ts';
import { createRule, isStanding, ruleOf, withoutRule, withRule, type DenyList, type DenyRule, type NewRule } from './denyRules.ts';

export interface AccessParts {
  readonly list: DenyListStore;
  /** Opens a stream of the record for this command. */
  readonly openStream: () => OperatorStream;
  readonly operator: Operator;
  readonly now: () => Date;
  /** What operators did of late, by the record. */
  readonly readOperations: () => Promise<readonly Operation[]>;
  /** Told what does not keep the command from being done. */
  readonly note: (text: string) => void;
}

type OperationName = 'access.deny' | 'access.allow';

interface Change {
  readonly operation: OperationName;
  readonly rule: DenyRule;
  readonly apply: (held: DenyList) => DenyList;
  readonly isMade: (held: DenyList) => boolean;
}

export interface ChangedAccess {
  readonly rule: DenyRule;
  /** False when an earlier run had made the change. */
  readonly isNew: boolean;
}

const END = { kind: 'end' };
const MAX_ATTEMPTS = 5;
const MAX_WHY = 500;

/**
 * Blocks somebody or something. A rule that stands already, with the same reason and end, is not made again: a run that was cut off is completed.
 * @throws CommandError AUDIT_NOT_RECORDED (nothing is changed then), ACCESS_NOT_CHANGED, ACCESS_OUTCOME_UNKNOWN, ACCESS_OUTCOME_NOT_RECORDED
 */
export async function denyAccess(parts: AccessParts, wanted: NewRule): Promise<ChangedAccess> {
  const { held } = await parts.list.read();
  const created = createRule(wanted, parts.operator.oid, parts.now());
  const standing = held.rules.find((rule) => isStanding(rule, parts.now()) && isAlike(rule, created));
  const rule = standing ?? created;
  if (!standing) {
    await makeChange(parts, {
      operation: 'access.deny', rule,
      apply: (list) => withRule(list, rule, parts.now()),
      isMade: ({ rules }) => rules.some(({ id }) => id === rule.id),
    });
  }
  await settle(parts, 'access.deny', (open) => isAlike(open, rule), (open) => (open.id === rule.id ? { step: 'done' } : { step: 'failed', why: `cut off before it was made; a later run made ${rule.id}` }));
  return { rule, isNew: !standing };
}

/**
 * Takes a rule back. When an earlier run that was cut off has done so, that is recorded.
 * @throws CommandError ACCESS_NO_SUCH_RULE, and as `denyAccess`
 */
export async function allowAccess(parts: AccessParts, id: string): Promise<ChangedAccess> {
  const { held } = await parts.list.read();
  const rule = held.rules.find((one) => one.id === id);
  if (!rule) {
    const [settled] = await settleOpen(parts, 'access.allow', (open) => open.id === id, () => ({ step: 'done' }));
    // Says which rules there are.
    return settled ? { rule: settled, isNew: false } : { rule: withoutRule(held, id, parts.now()).removed, isNew: true };
  }
  await makeChange(parts, {
    operation: 'access.allow', rule,
    apply: (list) => withoutRule(list, id, parts.now()).list,
    isMade: ({ rules }) => !rules.some((one) => one.id === id),
  });
  await settle(parts, 'access.allow', (open) => open.id === id, () => ({ step: 'failed', why: 'cut off before it was made; a later run made it' }));
  return { rule, isNew: true };
}

/**
 * Records what is intended, makes the change, and records what came of it. Cut off before the change, it leaves an intent without an outcome; after it, the same with a change
 * that holds: the record never says less than what was begun. Somebody else's change meanwhile is kept: the list is read again.
 */
async function makeChange({ list, openStream, operator }: AccessParts, change: Change): Promise<void> {
  const stream = openStream();
  const lineOf = (step: object): object => operationLine(change.operation, operator, change.rule, step);
  await stream.append([lineOf({ step: 'intended' })]);
  try {
    await writeList(list, change);
  } catch (error) {
    const { message } = error as Error;
    // The answer may have been lost, and not the change.
    const isMade = await list.read().then(({ held }) => change.isMade(held), () => undefined);
    if (isMade === undefined) throw new CommandError('ACCESS_OUTCOME_UNKNOWN', `It is not known whether the list of the denied was changed: ${message} Run the same command again: it completes the change and the record.`);
    if (!isMade) {
      await stream.append([lineOf({ step: 'failed', why: message.slice(0, MAX_WHY) }), END]).catch(() => undefined);
      throw new CommandError('ACCESS_NOT_CHANGED', `The list of the denied was not changed: ${message} Run the command again.`);
    }
  }
  try {
    await stream.append([lineOf({ step: 'done' }), END]);
  } catch (error) {
    throw new CommandError('ACCESS_OUTCOME_NOT_RECORDED', `The change is made, and the record has its intent alone: ${(error as Error).message} Run the same command again: it completes the record.`);
  }
}

async function writeList(list: DenyListStore, { apply, isMade }: Change): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { held, etag } = await list.read();
    // An attempt whose answer was lost has made it.
    if (isMade(held)) return;
    try {
      return await list.write(apply(held), etag);
    } catch (error) {
      if (!(error instanceof ListChangedError) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** As `settleOpen`. The command has done what it was to do: when the record cannot be read now, the next run settles it. */
async function settle(parts: AccessParts, operation: OperationName, isConcerned: (open: DenyRule) => boolean, stepOf: (open: DenyRule) => object): Promise<void> {
  try {
    await settleOpen(parts, operation, isConcerned, stepOf);
  } catch (error) {
    parts.note(`Whether an earlier run was cut off cannot be told: ${(error as Error).message}`);
  }
}

/**
 * Records what came of intents that earlier runs have left open, or told of without a signed head that proves it.
 * @returns the rules that they were about
 */
async function settleOpen({ readOperations, openStream, operator }: AccessParts, operation: OperationName, isConcerned: (open: DenyRule) => boolean, stepOf: (open: DenyRule) => object): Promise<DenyRule[]> {
  const open = (await readOperations()).filter((one) => one.operation === operation && (one.outcome === 'none' || one.outcomeAnchored === false)).flatMap(({ stream, details }) => {
    const rule = ruleOf(details);
    return rule && isConcerned(rule) ? [{ of: stream, rule }] : [];
  });
  if (open.length > 0) await openStream().append([...open.map(({ of, rule }) => operationLine(operation, operator, rule, { ...stepOf(rule), of })), END]);
  return open.map(({ rule }) => rule);
}

function operationLine(operation: OperationName, by: Operator, rule: DenyRule, step: object): object {
  return { kind: 'operation', operation, by, details: { ...rule, ...step } };
}

/** Whether two rules block the same for the same reason and time. */
function isAlike(left: DenyRule, right: DenyRule): boolean {
  return left.kind === right.kind && left.value === right.value && left.reason === right.reason && left.until === right.until;
}
