import { readInput, type Reading } from '../readInput.ts';
import { doesNotConcern, found, type Rule } from '../rule.ts';

/** The component that hands the catalogue of tools over as its input. A test holds the token together with the component. */
const CATALOGUE_TYPE = 'mcp:infra:ToolApi';
const CATALOGUE_INPUT = 'tools';
const NAME = /^[a-z0-9_]{1,64}$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const REMEDY = 'Set owner, and in lifecycle reviewer, reviewedOn and reviewDueOn, in the declaration of the tool (app/tools).';

/**
 * A tool that agents call is looked at again and again: what it reaches, whom it opens itself to, whether it is still needed. Advisory: a day that passes
 * must stop no update, least of all the one that mends something. What cannot be without a review, the declaration itself refuses.
 * @param today YYYY-MM-DD, in UTC
 */
export function toolReviewed(today: string): Rule {
  return {
    name: 'tool-reviewed',
    displayName: 'Tools have an owner and a review that is not overdue',
    description: 'Each tool of the catalogue names who answers for it and who reviewed it, and the day on which the next review is due has not passed. Of a disabled tool only the owner is asked for.',
    group: 'tools',
    severity: 'medium',
    enforcementLevel: 'advisory',
    framework: {
      name: 'NIST SP 800-53',
      version: 'Rev. 5',
      reference: 'CM-7(1)',
      specification: 'Least functionality, periodic review: review functions that are unnecessary or not secure.',
    },
    remediationSteps: `Review the tool. ${REMEDY}`,
    url: 'https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final',
    judge({ type, props }) {
      if (type !== CATALOGUE_TYPE) return doesNotConcern('The resource has no catalogue of tools.');
      const catalogue = readInput(props, CATALOGUE_INPUT);
      if (catalogue.state === 'unknown') return found(['The catalogue of tools is not known before the change is made: no tool was judged. Hand it to the component as literals.']);
      if (catalogue.state === 'absent' || !Array.isArray(catalogue.value)) return found([`The component has no list ${CATALOGUE_INPUT}: no tool was judged. Hand the catalogue to it.`]);
      const tools: Readonly<Record<string, unknown>> & { readonly length: number } = catalogue.value as never;
      return found(Array.from({ length: tools.length }, (_, place) => judgeTool(place, readInput(tools, String(place)), today)).flat());
    },
  };
}

function judgeTool(place: number, reading: Reading, today: string): string[] {
  if (reading.state !== 'known' || typeof reading.value !== 'object') return [notJudged(`Tool ${place + 1} of the catalogue`, 'its entry')];
  const tool = reading.value as Readonly<Record<string, unknown>>;
  const label = labelOf(readInput(tool, 'name'), place);
  const stage = readInput(tool, 'stage');
  const owner = judgeNamed(label, 'owner', readInput(tool, 'owner'));
  if (stage.state === 'known' && stage.value === 'disabled') return owner;
  return [...owner, ...judgeNamed(label, 'reviewer', readInput(tool, 'reviewer')), ...judgeDueDay(label, readInput(tool, 'reviewDueOn'), today)];
}

/** Findings quote no value, because packs see secrets in clear; the name of a tool and a day are quoted when they look like nothing else. */
function labelOf(name: Reading, place: number): string {
  return name.state === 'known' && typeof name.value === 'string' && NAME.test(name.value) ? `Tool ${name.value}` : `Tool ${place + 1} of the catalogue`;
}

function judgeNamed(label: string, field: 'owner' | 'reviewer', reading: Reading): string[] {
  if (reading.state === 'unknown') return [notJudged(label, field)];
  return reading.state === 'known' && typeof reading.value === 'string' && reading.value !== '' ? [] : [`${label} has no ${field}. ${REMEDY}`];
}

function judgeDueDay(label: string, reading: Reading, today: string): string[] {
  if (reading.state === 'unknown') return [notJudged(label, 'reviewDueOn')];
  if (reading.state === 'absent') return [`${label} has no day on which its review is due. ${REMEDY}`];
  if (typeof reading.value !== 'string' || !DAY.test(reading.value)) return [`${label} has a reviewDueOn that is no day; allowed: YYYY-MM-DD. ${REMEDY}`];
  return reading.value < today ? [`The review of ${label.replace('Tool', 'tool')} is overdue since ${reading.value}. Review it. ${REMEDY}`] : [];
}

function notJudged(label: string, field: string): string {
  return `${label} was not judged: ${field} is not known before the change is made. Hand it to the component as a literal.`;
}
