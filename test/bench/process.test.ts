import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuSecondsBetween, parseSchedstatSeconds, parseTicks, readCpu, type CpuReading } from '../../bench/process/cpuTime.ts';
import { parseResidentBytes, readResidentBytes } from '../../bench/process/residentMemory.ts';

const STAT = '4242 (node (a) b) S 1 4242 4242 0 -1 4194560 31337 0 12 0 731 58 0 0 20 0 11 0 6421337 1234567890 18342 18446744073709551615 1 1 0 0 0 0 0 4096 134300162 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n';

const reading = (ticksSeconds: number, threads: Record<string, number>): CpuReading => ({ ticksSeconds, threadSeconds: new Map(Object.entries(threads)) });

test('user and system ticks are read behind a program name with spaces and parentheses', () => {
  assert.equal(parseTicks(STAT), 789);
});

test('a text that is not that of /proc/PID/stat is refused', () => {
  assert.throws(() => parseTicks('nothing of the kind'), /is not that of/);
});

test('the first field of schedstat counts nanoseconds on the CPU', () => {
  assert.equal(parseSchedstatSeconds('1608331554 751675 33\n'), 1.608331554);
  assert.equal(parseSchedstatSeconds('not counted'), undefined);
});

test('CPU time is summed over the threads, new ones included', () => {
  assert.equal(cpuSecondsBetween(reading(1, { 10: 1, 11: 0.5 }), reading(2.01, { 10: 1.75, 11: 0.5, 12: 0.25 })), 1);
});

test('CPU time is taken from the ticks, which remember ended threads, once a thread has ended or threads are not counted', () => {
  assert.equal(cpuSecondsBetween(reading(1, { 10: 1, 11: 0.5 }), reading(3, { 10: 1.5 })), 2);
  assert.equal(cpuSecondsBetween(reading(1, {}), reading(1.25, {})), 0.25);
});

test('resident memory is read in bytes', () => {
  assert.equal(parseResidentBytes('Name:\tnode\nVmHWM:\t  200 kB\nVmRSS:\t   123456 kB\nRssAnon:\t 1 kB\n'), 126_418_944);
  assert.throws(() => parseResidentBytes('Name:\tnode\nState:\tZ (zombie)\n'), /has ended/);
});

test('a process of this machine can be read', { skip: process.platform === 'linux' ? false : 'Linux alone has /proc' }, () => {
  const { ticksSeconds, threadSeconds } = readCpu(process.pid, 100);
  assert.ok(ticksSeconds >= 0 && threadSeconds.size >= 0);
  assert.ok(readResidentBytes(process.pid) > 1_000_000);
});
