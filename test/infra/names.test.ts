import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { digestOfPackage, idFor, namesFor, PACKAGE_NAME, packageBlobName } from '../../infra/names.ts';

/** What azure-native appends to the logical name of a top-level resource. */
const HEX = '0123abcd';
const anyStack = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,99}$/);

describe('names of a stack', () => {
  it('are readable with the digits that azure-native appends', () => {
    assert.deepEqual(namesFor('staging'), { common: 'mcp-staging-', vault: 'mcp-staging-', storageAccount: 'mcpstaging', stateAccount: 'mcpstatestaging', stateGroup: 'mcp-staging-state-' });
    assert.deepEqual(namesFor('prod'), { common: 'mcp-prod-', vault: 'mcp-prod-', storageAccount: 'mcpprod', stateAccount: 'mcpstateprod', stateGroup: 'mcp-prod-state-' });
  });

  it('are valid in Azure for every stack', () => {
    fc.assert(fc.property(anyStack, (stack) => {
      const names = namesFor(stack);
      // learn.microsoft.com, "Naming rules and restrictions for Azure resources".
      assert.match(`${names.vault}${HEX}`, /^(?!.*--)[a-z][a-z0-9-]{1,22}[a-z0-9]$/);
      for (const account of [names.storageAccount, names.stateAccount]) assert.match(`${account}${HEX}`, /^[a-z0-9]{3,24}$/);
      assert.match(`${names.stateGroup}${HEX}`, /^[a-z0-9-]{1,90}$/);
      assert.match(`${names.common}${HEX}`, /^(?!.*--)[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$/);
    }));
  });

  it('depend on the stack alone', () => {
    fc.assert(fc.property(anyStack, (stack) => {
      assert.deepEqual(namesFor(stack), namesFor(stack));
    }));
    assert.notDeepEqual(namesFor('staging'), namesFor('prod'));
  });

  it('of a package carry its digest', () => {
    const digest = 'ab'.repeat(32);
    for (const name of [digest, `1a2b3c4d/${digest}`]) {
      assert.match(name, PACKAGE_NAME);
      assert.equal(digestOfPackage(name), digest);
      assert.equal(packageBlobName(name), `${name}.zip`);
    }
    for (const name of ['', 'latest', `/${digest}`, `../${digest}`, `a/b/${digest}`, digest.slice(1), `${digest}.zip`]) assert.doesNotMatch(name, PACKAGE_NAME);
  });
});

describe('ids from names', () => {
  it('are version 5 UUIDs, the same for the same name and distinct for others', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (left, right) => {
      assert.match(idFor(left), /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(idFor(left) === idFor(right), left === right);
    }));
  });
});
