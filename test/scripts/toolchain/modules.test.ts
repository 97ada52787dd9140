import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { recipeKey } from '../../../scripts/toolchain/cache.ts';
import { findOnPath } from '../../../scripts/toolchain/findOnPath.ts';
import { actionlintRecipe, k6Recipe, minimumGo, pulumiRecipe } from '../../../scripts/toolchain/recipes.ts';
import { isAtLeast } from '../../../scripts/toolchain/version.ts';

const programs = [...pulumiRecipe.goPrograms, ...k6Recipe.goPrograms, ...actionlintRecipe.goPrograms];
/** Least number of modules in a go.mod: fewer have not been read. */
const LEAST_REQUIREMENTS: Readonly<Record<string, number>> = { actionlint: 12 };
const read = (module: string, file: string) => readFileSync(join(module, file), 'utf8');
const requirements = (goMod: string) => [...goMod.matchAll(/^(?:\t|require )(\S+) (v\S+)/gm)].map(([, path = '', version = '']) => ({ path, version }));

describe('the Go modules of the toolchain', () => {
  for (const program of programs) {
    it(`${program.name}: names its package as a tool, and go.sum holds a checksum of every requirement`, () => {
      const goMod = read(program.module, 'go.mod');
      const goSum = read(program.module, 'go.sum');
      assert.ok(goMod.includes(`\ntool ${program.package}\n`));
      const required = requirements(goMod);
      assert.ok(required.length >= (LEAST_REQUIREMENTS[program.name] ?? 31), `${required.length} requirements read`);
      const without = required.filter(({ path, version }) => !goSum.includes(`${path} ${version}/go.mod h1:`) || !goSum.includes(`${path} ${version} h1:`));
      assert.deepEqual(without, []);
    });

    it(`${program.name}: asks for no newer Go than the one named to people`, () => {
      const [, version = ''] = /^go (\S+)$/m.exec(read(program.module, 'go.mod')) ?? [];
      assert.ok(isAtLeast(minimumGo, version), `go.mod says ${version}, people are told ${minimumGo}`);
    });
  }

  it('state the versions that the programs will say they are', () => {
    for (const program of pulumiRecipe.goPrograms) {
      const [, stated = ''] = /version\.Version=(\S+)/.exec(program.linkerFlags) ?? [];
      const owner = requirements(read(program.module, 'go.mod')).filter(({ path }) => program.package.startsWith(`${path}/`));
      assert.deepEqual(owner.map(({ version }) => version), [stated]);
    }
  });

  it('are complete: Go lists every package of the programs without changing a file', async (context) => {
    const go = findOnPath('go', process.env);
    if (go === undefined) return context.skip('there is no Go on this machine');
    const env = { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off', GOTOOLCHAIN: 'local', GOPROXY: 'off', GOROOT: undefined };
    for (const program of programs) {
      try {
        const { stdout } = await promisify(execFile)(go, ['list', '-deps', program.package], { cwd: program.module, env, maxBuffer: 1 << 24 });
        assert.ok(stdout.split('\n').includes(program.package));
      } catch (error) {
        // What a fresh machine has not fetched yet cannot be listed without a network; a go.mod that wants changing says something else.
        const { stderr = '' } = error as { stderr?: string };
        if (!/module lookup disabled by GOPROXY=off/.test(stderr)) throw error;
        context.diagnostic(`${program.name}: its modules are not on this machine yet`);
      }
    }
  });
});

describe('recipeKey', () => {
  it('is the same each time, and another one for another platform, flag or recipe', () => {
    const changed = { ...pulumiRecipe, goPrograms: pulumiRecipe.goPrograms.map((program) => ({ ...program, linkerFlags: '-s' })) };
    assert.equal(recipeKey(pulumiRecipe), recipeKey(pulumiRecipe));
    const keys = [recipeKey(pulumiRecipe, 'linux-x64'), recipeKey(pulumiRecipe, 'darwin-arm64'), recipeKey(changed, 'linux-x64'), recipeKey(k6Recipe, 'linux-x64'), recipeKey(actionlintRecipe, 'linux-x64')];
    assert.equal(new Set(keys).size, keys.length);
    for (const key of keys) assert.match(key, /^(pulumi|k6|actionlint)-[0-9a-f]{16}$/);
  });
});
