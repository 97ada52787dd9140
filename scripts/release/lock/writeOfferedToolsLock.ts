import { CommandError } from '../../commandError.ts';
import { createSiteReader } from '../arm/siteReader.ts';
import { createMcpEndpoint } from '../verify/mcp/endpoint.ts';
import { listTools } from '../verify/mcp/listTools.ts';
import type { VerifiableTarget } from '../verify/verifySlot.ts';
import { createLockStore } from './lockStore.ts';
import { openReleaseKey } from './releaseKey.ts';

/**
 * Signs what production offers, for the next release to be held against. To be called when production was verified: after a promotion and after a rollback.
 * @param onWait told when ARM asks for patience
 * @throws CommandError RELEASE_KEY_MISSING, RELEASE_KEY_REFUSED, RELEASE_KEY_UNREACHABLE, RELEASE_ANSWER_UNEXPECTED
 */
export async function writeOfferedToolsLock(target: VerifiableTarget, onWait: (text: string) => void = () => undefined): Promise<{ readonly tools: number; readonly packageDigest: string }> {
  const { stack, outputs, credential, releases } = target;
  const endpoint = createMcpEndpoint(outputs.mcpUrl, await target.mcpToken());
  const [tools, { production }] = await Promise.all([listTools(endpoint), createSiteReader(target, onWait).packages()]);
  if (!production) throw new CommandError('RELEASE_PACKAGE_UNKNOWN', `Production of stack "${stack}" is set to run no package of this project; what it offers is not signed. Run a package that "npm run release -- deploy" has brought.`);
  const { releaseSigningKeyUrl } = outputs;
  const store = createLockStore(releases, stack, releaseSigningKeyUrl === undefined ? undefined : openReleaseKey(releaseSigningKeyUrl, credential));
  await store.write({ format: 1, stack, signedAt: new Date().toISOString(), packageDigest: production.digest, tools: [...tools] });
  return { tools: tools.length, packageDigest: production.digest };
}
