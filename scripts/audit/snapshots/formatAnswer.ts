import { formatElapsed } from '../../progress.ts';
import { formatTable } from '../../table.ts';
import type { AccessAnswer } from './accessAnswer.ts';
import type { AccessRow, Block } from './accessRows.ts';

/** The answer for people. */
export function formatAnswer({ askedAt, snapshot, next, access, findings }: AccessAnswer): string {
  const head = formatTable([
    ['Asked', askedAt],
    ...(snapshot === null ? [['Snapshot', 'none that is recorded as it was written']] : rowsOf(snapshot, access !== undefined)),
    ['Next', next === null ? 'none yet' : `taken ${next.takenAt}, ${next.changes ? 'and it shows changes: they came between the two' : 'the same'}`],
    ...(access ? [['Tokens', `for ${access.tokensFor}; the application was ${access.application.enabled ? 'enabled' : 'disabled'}, assignment ${access.application.assignmentRequired ? 'required' : 'not required'}`]] : []),
    ['Findings', findings.length === 0 ? 'none' : String(findings.length)],
    ...findings.map(({ code, message }) => ['', `${code}: ${message}`]),
  ]);
  if (!access) return `${head}\n\nNothing is answered: what was recorded is not there as it was.\n`;
  const rows = access.rows.length === 0 ? 'Nobody.' : formatTable([['Principal', 'Kind', 'Via', 'Acts by', 'Tools', 'Blocked'], ...access.rows.map(cellsOf)]);
  return `${head}\n\n${rows}\n${access.notices.length === 0 ? '' : `\n${access.notices.map((notice) => `Notice: ${notice}\n`).join('')}`}`;
}

function rowsOf({ takenAt, secondsBefore, by, blob, digest, stream }: NonNullable<AccessAnswer['snapshot']>, isAsRecorded: boolean): string[][] {
  return [
    ['Snapshot', `taken ${takenAt}, ${formatElapsed(secondsBefore * 1_000)} before, by ${by.oid}, client ${by.azp}`],
    ['', `access/${blob}`],
    ['', isAsRecorded ? `SHA-256 ${digest}, as recorded in ${stream}` : `SHA-256 ${digest} was recorded in ${stream}`],
  ];
}

const KINDS: Readonly<Record<AccessRow['kind'], string>> = { user: 'person', application: 'application', managedIdentity: 'managed identity', agentIdentity: 'agent identity', servicePrincipal: 'service principal' };

function cellsOf({ principal, kind, via, client, consent, tools, blockedBy }: AccessRow): string[] {
  const actsBy = kind === 'user' ? (client === null ? 'no client' : `${client} (${consent.join(', ')})`) : `itself, client ${client ?? ''}`;
  return [principal, KINDS[kind], via, actsBy, tools.join(', '), blockedBy === null ? '' : wordsOf(blockedBy)];
}

function wordsOf(block: Block): string {
  switch (block.reason) {
    case 'deny-rule':
      return `${block.rule} (${block.kind})`;
    case 'application-disabled':
      return 'the application is disabled';
    case 'principal-disabled':
      return 'its account is disabled';
    case 'client-disabled':
      return 'the client is disabled';
    case 'tool-retired':
      return 'the tool is retired';
    case 'no-client':
      return 'no client may act for it';
  }
}
