import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { PROJECT, readSettings, SETTING_NAMES } from '../../infra/config.ts';

const stackFile = z.strictObject({ config: z.record(z.string(), z.unknown()) });

function read(name: string): unknown {
  return parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
}

function configurationOf(stack: string): Record<string, string> {
  const { config } = stackFile.parse(read(`Pulumi.${stack}.yaml`));
  // As Pulumi hands them over: text as it is, everything else as JSON.
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));
}

describe('the files of the stacks', () => {
  it('have the same keys in both stacks, but the pin that a promotion writes', () => {
    const [staging, prod] = ['staging', 'prod'].map((stack) => Object.keys(configurationOf(stack)).filter((key) => key !== `${PROJECT}:stagingPackage`));
    assert.deepEqual(staging, prod);
  });

  for (const stack of ['staging', 'prod']) {
    it(`of ${stack} are accepted, on three instances of P0v3`, () => {
      const settings = readSettings(stack, configurationOf(stack));
      assert.equal(settings.instances, 3);
      assert.equal(settings.planSku, 'P0v3');
    });

    it(`of ${stack} set every key that is neither a secret nor a pin`, () => {
      const set = Object.keys(configurationOf(stack)).filter((key) => key.startsWith(`${PROJECT}:`)).map((key) => key.slice(PROJECT.length + 1));
      assert.deepEqual(set.sort(), SETTING_NAMES.filter((name) => !['requestStateKey', 'stagingPackage'].includes(name)).sort());
    });
  }

  it('of the project name the plain JavaScript entry, and keep ts-node out', () => {
    assert.deepEqual(read('Pulumi.yaml'), {
      name: PROJECT,
      description: 'Production hosting for MCP servers on Azure App Service',
      runtime: { name: 'nodejs', options: { typescript: false } },
      main: 'infra/index.js',
    });
  });
});
