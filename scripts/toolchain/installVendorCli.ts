/**
 * A process of its own: installs the vendor's Pulumi CLI into the folder that is its argument.
 * Its last line on standard error is the reason when it ends with 1.
 */
import { PulumiCommand } from '@pulumi/pulumi/automation/index.js';

const reachTimeoutMs = 5000;

/** The page that PulumiCommand.install fetches first, which would wait for an answer as long as the network does. */
const installerPage = 'https://get.pulumi.com/install.sh';

function reasonOf(error: unknown): string {
  const { cause, message, name } = error as Error & { cause?: Error };
  if (name === 'TimeoutError') return `no answer within ${reachTimeoutMs / 1000} s`;
  return (cause?.message ?? message).split('\n')[0] ?? name;
}

async function main(folder: string): Promise<number> {
  try {
    const answer = await fetch(installerPage, { method: 'HEAD', signal: AbortSignal.timeout(reachTimeoutMs) });
    if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  } catch (error) {
    process.stderr.write(`${installerPage} is out of reach: ${reasonOf(error)}\n`);
    return 1;
  }
  try {
    // Without a version it installs the one that the SDK in package.json was released with.
    await PulumiCommand.install({ root: folder });
    return 0;
  } catch (error) {
    process.stderr.write(`the vendor's installer failed: ${reasonOf(error)}\n`);
    return 1;
  }
}

process.exit(await main(process.argv[2] ?? '.'));
