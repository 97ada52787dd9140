import { readFileSync } from 'node:fs';

/** Resident memory of a process in bytes. */
export function readResidentBytes(pid: number): number {
  return parseResidentBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/**
 * Source: proc_pid_status(5), VmRSS, in units of 1,024 bytes.
 * @param status the text of /proc/PID/status
 */
export function parseResidentBytes(status: string): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error('The text of /proc/PID/status has no VmRSS: the process has ended.');
  return Number(kibibytes) * 1_024;
}
