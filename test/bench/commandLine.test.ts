import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommandLine, USAGE } from '../../bench/commandLine.ts';
import { CommandError } from '../../scripts/commandError.ts';

const refusal = (argv: string[]): CommandError => {
  try {
    parseCommandLine(argv);
  } catch (error) {
    assert.ok(error instanceof CommandError);
    return error;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
};

test('without options all servers are measured, and the run counts as complete', () => {
  const options = parseCommandLine(['app']);
  assert.ok(options !== 'help' && 'servers' in options);
  assert.deepEqual(options.servers, ['fastify', 'protocol', 'sdk-example', 'fastapi', 'all-on', 'all-on-100', 'unrecorded', 'durable']);
  assert.equal(options.complete, true);
  assert.equal(options.json, false);
});

test('a run of some servers or of fewer calls is not complete', () => {
  assert.deepEqual(parseCommandLine(['app', '--only', 'protocol, fastify', '--json']), { additions: undefined, json: true, calls: 5_000, servers: ['fastify', 'protocol'], complete: false });
  assert.deepEqual(parseCommandLine(['app', '--calls', '200']), { additions: undefined, json: false, calls: 200, servers: ['fastify', 'protocol', 'sdk-example', 'fastapi', 'all-on', 'all-on-100', 'unrecorded', 'durable'], complete: false });
});

test('what verification and the record add is measured alone or together, in any order', () => {
  const options = parseCommandLine(['audit', 'auth']);
  assert.ok(options !== 'help' && 'additions' in options);
  assert.deepEqual(options.additions, ['auth', 'audit']);
  assert.equal(options.complete, true);
  const one = parseCommandLine(['auth']);
  assert.ok(one !== 'help' && 'additions' in one);
  assert.deepEqual([one.additions, one.complete], [['auth'], false]);
});

test('what the policy pack adds is measured by pairs of previews', () => {
  assert.deepEqual(parseCommandLine(['policy']), { json: false, pairs: 7, complete: true });
  assert.deepEqual(parseCommandLine(['policy', '--pairs', '4', '--json']), { json: true, pairs: 4, complete: false });
  assert.match(refusal(['policy', '--pairs', '51']).message, /from 1 to 50/);
});

test('help is asked for alone or with the rest, and names each server', () => {
  assert.equal(parseCommandLine(['--help']), 'help');
  assert.equal(parseCommandLine(['app', '-h']), 'help');
  assert.match(USAGE, /fastify, protocol, sdk-example, fastapi, all-on, all-on-100/);
});

test('what is wrong is refused with what is allowed', () => {
  for (const argv of [[], ['policy', '--calls', '200'], ['policy', '--only', 'protocol'], ['policy', 'app'], ['policy', '--pairs', '0'], ['policy', '--pairs', 'five'], ['app', '--pairs', '5'], ['ap'], ['app', 'app'], ['app', 'auth'], ['auth', 'auth'], ['auth', '--only', 'protocol'], ['app', '--fast'], ['app', '--only', 'express'], ['app', '--only', ''], ['app', '--calls', '99'], ['app', '--calls', '1e3']]) {
    const { code, exitCode, message } = refusal(argv);
    assert.deepEqual([code, exitCode], ['BAD_ARGUMENT', 2], argv.join(' '));
    assert.match(message, /--help/);
  }
  assert.match(refusal(['app', '--only', 'express']).message, /"express"\. Allowed: fastify, /);
  assert.match(refusal(['app', '--calls', '99']).message, /from 100 to 100000/);
});
