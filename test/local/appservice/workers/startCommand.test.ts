import assert from 'node:assert/strict';
import { it } from 'node:test';
import { judgeStack, readStartCommand } from '../../../../local/appservice/workers/startCommand.ts';

it('runs simple words without a shell, and anything else in one', () => {
  assert.deepEqual(readStartCommand(' node  server.mjs --port=1 '), { file: 'node', arguments: ['server.mjs', '--port=1'] });
  assert.deepEqual(readStartCommand('node a.js && echo "$X"'), { file: '/bin/sh', arguments: ['-c', 'node a.js && echo "$X"'] });
});

it('refuses by name what it does not start', () => {
  assert.throws(() => readStartCommand('  '), { code: 'NotSupportedByLocalAzure', message: /appCommandLine/ });
  assert.doesNotThrow(() => judgeStack('NODE|24-lts', '24.1.0'));
  assert.doesNotThrow(() => judgeStack('node|24', '24.1.0'));
  for (const stack of ['NODE|22-lts', 'PYTHON|3.12', 'DOCKER|nginx', '']) assert.throws(() => judgeStack(stack, '24.1.0'), { code: 'NotSupportedByLocalAzure', message: /NODE\|24-lts/ });
});
