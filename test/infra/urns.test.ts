import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { PROJECT } from '../../infra/config.ts';
import { recordProgram, type Recording } from './recordProgram.ts';

/** With everything on that a setting brings along. */
const ALL_ON = {
  'azure-native:location': 'westeurope',
  [`${PROJECT}:maxInstances`]: '5',
  [`${PROJECT}:privateEndpoints`]: 'true',
  [`${PROJECT}:egressFirewallIp`]: '10.0.1.4',
};

/** One line each, sorted. What is taken out of the program on purpose is taken out of the file as well. */
const PINNED = readFileSync(join(import.meta.dirname, 'urns.txt'), 'utf8').trim().split('\n');
const ADVICE = 'The engine knows a resource by its type, the types of its parents, and its name: one that is renamed or moved is deleted and made anew, unless the new one has "aliases" with what it was called before.';

describe('what the engine knows the resources of prod by', () => {
  let recording: Recording;
  before(async () => {
    recording = await recordProgram('prod', ALL_ON);
  });
  const plain = (urn: string): string => urn.replace(/^urn:pulumi:prod::[^:]+::/, '').replace(/^pulumi:pulumi:Stack\$/, '').replace(String(recording.outputs['packageDigest']), '<digest>');

  it('keeps the URN of every resource, or names it as an alias of what took its place [program.aliases]', () => {
    const kept = new Set(recording.urns.flatMap(({ urn, formerUrns }) => [urn, ...formerUrns]).map(plain));
    assert.deepEqual(PINNED.filter((urn) => !kept.has(urn)), [], ADVICE);
  });

  it('pins the URN of every resource', () => {
    assert.deepEqual(recording.urns.map(({ urn }) => plain(urn)).filter((urn) => !PINNED.includes(urn)), [], 'Add these to test/infra/urns.txt, so that they are kept from now on.');
    assert.deepEqual(PINNED, [...new Set(PINNED)].sort(), 'each once, in order');
  });
});
