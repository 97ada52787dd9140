import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

type Describe = (version: string, typescript: string | boolean | undefined) => string | undefined;

for (const { room, code } of [{ room: 'infra', code: 'INFRA_NODE_UNFIT' }, { room: 'policy', code: 'POLICY_NODE_UNFIT' }]) {
  describe(`the Node version that ${room} needs`, async () => {
    const entry = new URL(`../../${room}/nodeVersion.js`, import.meta.url).href;
    const { describeUnfitNode } = (await import(entry)) as { describeUnfitNode: Describe };

    it('is 24 or later, with type stripping', () => {
      assert.equal(describeUnfitNode('24.0.0', 'strip'), undefined);
      assert.equal(describeUnfitNode('26.1.0', 'transform'), undefined);
      assert.equal(describeUnfitNode(process.versions.node, process.features.typescript), undefined);
    });

    it('is named when it is older, with what to do', () => {
      for (const version of ['18.0.0', '20.19.1', '22.18.0', '23.11.1']) {
        const problem = describeUnfitNode(version, version.startsWith('2') ? 'strip' : undefined) ?? '';
        assert.ok(problem.startsWith(`${code}: Node ${version} `), problem);
        assert.match(problem, /Node 24 or later is needed/);
        assert.match(problem, /npm ci/);
      }
    });

    it('is named when type stripping is off', () => {
      assert.match(describeUnfitNode('24.1.0', false) ?? '', /type stripping off.*--no-strip-types/);
    });
  });
}

describe('the entries, on a Node that cannot run TypeScript', () => {
  const attempts = [
    { entry: 'infra/index.js', code: "import(process.argv[1]).then((entry) => entry.default()).catch((error) => console.log(error.message))", expected: /^INFRA_NODE_UNFIT: / },
    { entry: 'policy/index.js', code: 'import(process.argv[1]).catch((error) => console.log(error.message))', expected: /^POLICY_NODE_UNFIT: / },
  ];
  for (const { entry, code, expected } of attempts) {
    it(`${entry} says so instead of failing to load`, async () => {
      const path = fileURLToPath(new URL(`../../${entry}`, import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, ['--no-strip-types', '--eval', code, path]);
      assert.match(stdout, expected);
    });
  }
});
