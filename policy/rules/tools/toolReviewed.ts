import { judgeCatalogue, type CatalogueEntry } from '../../catalogue.ts';
import { readInput, type Reading } from '../../readInput.ts';
import { notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';

const DAY = /^\d{4}-\d\d-\d\d$/;
const REMEDY = 'Set owner, and in lifecycle reviewer, reviewedOn and reviewDueOn, in the declaration of the tool (app/tools).';

/**
 * A tool that agents call is looked at again and again: what it reaches, whom it opens itself to, whether it is still needed. Advisory: a day that passes
 * must stop no update, least of all the one that mends something. What cannot be without a review, the declaration itself refuses.
 * @param today YYYY-MM-DD, in UTC
 */
export function toolReviewed(today: string): ResourceRule {
  return {
    kind: 'resource',
    name: 'tool-reviewed',
    displayName: 'Tools have an owner and a review that is not overdue',
    description: 'Each tool of the catalogue names who answers for it and who reviewed it, and the day on which the next review is due has not passed. Of a disabled tool only the owner is asked for.',
    group: 'tools',
    severity: 'medium',
    enforcementLevel: 'advisory',
    blocksOnUnknown: false,
    controls: {},
    framework: {
      name: 'NIST SP 800-53',
      version: 'Rev. 5',
      reference: 'CM-7(1)',
      specification: 'Least functionality, periodic review: review functions that are unnecessary or not secure.',
    },
    remediationSteps: `Review the tool. ${REMEDY}`,
    url: 'https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final',
    judge: (resource) => judgeCatalogue(resource, (entry) => judgeTool(entry, today)),
  };
}

function judgeTool({ label, tool }: CatalogueEntry, today: string): (Finding | undefined)[] {
  const stage = readInput(tool, 'stage');
  const owner = judgeNamed(label, 'owner', readInput(tool, 'owner'));
  if (stage.state === 'known' && stage.value === 'disabled') return [owner];
  return [owner, judgeNamed(label, 'reviewer', readInput(tool, 'reviewer')), judgeDueDay(label, readInput(tool, 'reviewDueOn'), today)];
}

function judgeNamed(label: string, field: 'owner' | 'reviewer', reading: Reading): Finding | undefined {
  if (reading.state === 'unknown') return notJudged(`${label}: ${field}`, REMEDY);
  return reading.state === 'known' && typeof reading.value === 'string' && reading.value !== '' ? undefined : violation(`${label} has no ${field}. ${REMEDY}`);
}

/** A day is quoted when it looks like nothing else. */
function judgeDueDay(label: string, reading: Reading, today: string): Finding | undefined {
  if (reading.state === 'unknown') return notJudged(`${label}: reviewDueOn`, REMEDY);
  if (reading.state === 'absent') return violation(`${label} has no day on which its review is due. ${REMEDY}`);
  if (typeof reading.value !== 'string' || !DAY.test(reading.value)) return violation(`${label} has a reviewDueOn that is no day; allowed: YYYY-MM-DD. ${REMEDY}`);
  return reading.value < today ? violation(`The review of ${label.replace('Tool', 'tool')} is overdue since ${reading.value}. Review it. ${REMEDY}`) : undefined;
}
