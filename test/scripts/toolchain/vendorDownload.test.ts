import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { version as sdkVersion } from '@pulumi/pulumi/version.js';
import { ensurePulumi, type ToolchainError } from '../../../scripts/toolchain/index.ts';
import { createSandbox, recordProgress, type Sandbox } from './support/sandbox.ts';
import { startVendorProxy, type VendorProxy } from './support/vendorProxy.ts';

/** Does what the vendor's script does with these options, without its network. */
const installer = `#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in --install-root) root=$2; shift;; --version) version=$2; shift;; esac
  shift
done
mkdir -p "$root/bin"
for name in pulumi pulumi-language-nodejs pulumi-analyzer-policy; do
  printf '#!/bin/sh\\necho v%s\\n' "$version" > "$root/bin/$name"
  chmod 755 "$root/bin/$name"
done
`;

describe('the vendor\'s CLI', () => {
  let sandbox: Sandbox;
  let proxy: VendorProxy | undefined;
  beforeEach(async () => { sandbox = await createSandbox(); });
  afterEach(async () => {
    await proxy?.close();
    proxy = undefined;
    await sandbox.remove();
  });

  const ensure = async (text: string | undefined, more: Record<string, string> = {}) => {
    proxy = await startVendorProxy(join(sandbox.folder, 'vendor.pem'), text);
    // The vendor's script needs the machine's own programs.
    const env = { ...sandbox.env, ...proxy.env, MCP_TOOLCHAIN_OFFLINE: '0', PATH: `${sandbox.bin}:/usr/bin:/bin`, ...more };
    return await ensurePulumi({ env, cacheDir: sandbox.cacheDir, progress: recordProgress() });
  };

  it('is installed when the vendor is in reach, and found in the cache afterwards', async () => {
    const found = await ensure(installer);
    assert.equal(found.source, 'download');
    assert.equal(found.version, sdkVersion);
    assert.deepEqual(proxy?.requests, ['HEAD /install.sh', 'GET /install.sh']);
    assert.deepEqual((await readdir(found.binDir ?? '')).sort(), ['pulumi', 'pulumi-analyzer-policy', 'pulumi-language-nodejs']);
    assert.deepEqual(await ensurePulumi({ env: sandbox.env, cacheDir: sandbox.cacheDir, progress: recordProgress() }), { ...found, source: 'cache' });
  });

  it('is given up when its installer fails: the build comes next', async () => {
    await assert.rejects(ensure('echo "no space left" >&2; exit 3'), (error: ToolchainError) => {
      assert.equal(error.code, 'TOOLCHAIN_NO_GO');
      assert.match(error.attempts[2]?.outcome ?? '', /the vendor's installer failed: .*/);
      return true;
    });
    assert.deepEqual((await readdir(sandbox.cacheDir)), []);
  });

  it('is given up after seconds when the vendor does not answer', { timeout: 40_000 }, async () => {
    await assert.rejects(ensure(undefined), (error: ToolchainError) => {
      assert.equal(error.attempts[2]?.outcome, 'https://get.pulumi.com/install.sh is out of reach: no answer within 5 s');
      return true;
    });
  });

  it('is given up at once when nothing listens', async () => {
    await assert.rejects(ensure(installer, { HTTPS_PROXY: 'http://127.0.0.1:1' }), (error: ToolchainError) => {
      assert.match(error.attempts[2]?.outcome ?? '', /install\.sh is out of reach: connect ECONNREFUSED/);
      return true;
    });
  });
});
