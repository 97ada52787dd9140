import assert from 'node:assert/strict';
import { it } from 'node:test';
import { clientAddressOf } from '../../../app/mcp/clientAddress.ts';

it('the address of the caller is the last one, without its port', () => {
  for (const [given, address] of [
    ['203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['10.0.0.1, 203.0.113.9:4711', '203.0.113.9'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['', '127.0.0.1'],
    [undefined, '127.0.0.1'],
  ] as const) assert.equal(clientAddressOf(given, '127.0.0.1'), address);
});
