import assert from 'node:assert/strict';
import { it } from 'node:test';
import { callerKeyOf, Callers } from '../../../app/access/callers.ts';
import type { Principal } from '../../../app/tools/principal.ts';

it('the memory of callers is bounded, whatever number shows up and whoever comes again', () => {
  const callers = new Callers(100);
  let most = 0;
  const come = (caller: number): void => {
    callers.of(`caller ${caller}`);
    most = Math.max(most, callers.size);
  };
  for (let caller = 0; caller < 10_000; caller += 1) come(caller);
  // All of them again and again, and each time one more.
  for (let all = 0; all < 400; all += 1) for (let caller = 0; caller <= all; caller += 1) come(caller);
  assert.ok(most <= 100, `${most} callers are held`);
});

it('those whose calls are running stay beyond that', () => {
  const callers = new Callers(10);
  for (let call = 0; call < 50; call += 1) callers.of(`running ${call}`).running = 1;
  for (let call = 0; call < 1_000; call += 1) callers.of(`caller ${call}`);
  assert.ok(callers.size >= 50 && callers.size <= 60, `${callers.size} callers are held`);
  for (let call = 0; call < 50; call += 1) assert.equal(callers.of(`running ${call}`).running, 1);
});

it('whoever comes again is held, and has the same state', () => {
  const callers = new Callers(10);
  const state = callers.of('regular');
  for (let call = 0; call < 1_000; call += 1) {
    callers.of(`caller ${call}`);
    if (call % 3 === 0) assert.equal(callers.of('regular'), state);
  }
});

it('a caller is a person or service principal through one client, whatever token it shows', () => {
  const principal: Principal = { kind: 'user', oid: 'o', tid: 't', azp: 'a', idtyp: undefined, name: 'Ada', agent: undefined, roles: [], scopes: [] };
  assert.equal(callerKeyOf(principal), callerKeyOf({ ...principal, roles: ['Tools.whoami'], name: undefined }));
  assert.notEqual(callerKeyOf(principal), callerKeyOf({ ...principal, azp: 'b' }));
  assert.notEqual(callerKeyOf(principal), callerKeyOf({ ...principal, oid: 'p' }));
});
