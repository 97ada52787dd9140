import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../commandError.ts';
import { REPORT_VERSION, reportSchema, type Report } from '../report.ts';

/** The report in the folder that `policy -- report` writes. */
export const REPORT_FILE = 'policy-report.json';
const MAX_PROBLEMS = 5;

/**
 * A report as a file has it.
 * @param path of the file, or of the folder that has it as `policy-report.json`
 * @throws CommandError POLICY_REPORT_NOT_FOUND, POLICY_REPORT_INVALID, POLICY_REPORT_VERSION
 */
export async function readReport(path: string): Promise<Report> {
  const file = (await isFolder(path)) ? join(path, REPORT_FILE) : path;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError('POLICY_REPORT_NOT_FOUND', `${file} cannot be read (${error.code ?? error.message}). Allowed: a ${REPORT_FILE}, or the folder that it stands in. Make one with npm run policy -- report.`, 2);
  });
  return parseReport(text, file);
}

/** @param file how errors name it */
export function parseReport(text: string, file: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandError('POLICY_REPORT_INVALID', `${file} is no JSON. Allowed: a ${REPORT_FILE} as npm run policy -- report writes it; of its formats only JSON can be compared.`, 2);
  }
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version !== REPORT_VERSION) {
    throw new CommandError('POLICY_REPORT_VERSION', `${file} is a report of version ${version}. Allowed: version ${REPORT_VERSION}. Make both reports with the same release of this project.`, 2);
  }
  const parsed = reportSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues.slice(0, MAX_PROBLEMS).map(({ path, message }) => `\n  - ${path.join('.') || 'the file'}: ${message}`);
  const others = issues.length > MAX_PROBLEMS ? `\n  and ${issues.length - MAX_PROBLEMS} more` : '';
  throw new CommandError('POLICY_REPORT_INVALID', `${file} is no policy report:${problems.join('')}${others}\nAllowed: a ${REPORT_FILE} as npm run policy -- report writes it.`, 2);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
