import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import type { SlotName } from '../release/target.ts';
import type { KeyIds } from './keyRing.ts';

const TIMEOUT_MS = 30_000;

const keysSchema = z.object({ current: z.string(), next: z.string().optional(), previous: z.string().optional(), heldSeconds: z.number() });
const readySchema = z.object({ checks: z.array(z.unknown()).optional(), instance: z.string().optional(), requestStateKeys: keysSchema.optional() });

/** What one process said of itself. */
export interface ProcessAnswer {
  /** Id of the instance that it runs on. */
  readonly instance: string;
  readonly keys: KeyIds;
  /** How long it has had them, in seconds. */
  readonly heldSeconds: number;
}

/** Asks whichever process the front end chooses. */
export interface Processes {
  /**
   * @returns undefined when none answered, or one that serves a package from before rotation
   * @throws CommandError SECRETS_TOKEN_REFUSED
   */
  ask(slot: SlotName): Promise<ProcessAnswer | undefined>;
}

/**
 * `/ready` of the server, which names keys to callers with an access token.
 * @param urls base URL of each slot, without a slash at its end
 * @param token access token for the MCP server
 */
export function frontEndProcesses(urls: Readonly<Record<SlotName, string>>, token: () => Promise<string>): Processes {
  return {
    async ask(slot) {
      const authorization = `Bearer ${await token()}`;
      let answer: z.infer<typeof readySchema>;
      try {
        // 503 has the same members: a process that is not ready has keys as well.
        const response = await fetch(`${urls[slot]}/ready`, { headers: { authorization, 'cache-control': 'no-store' }, signal: AbortSignal.timeout(TIMEOUT_MS) });
        answer = readySchema.parse(await response.json());
      } catch {
        return undefined;
      }
      if (answer.checks === undefined) {
        throw new CommandError('SECRETS_TOKEN_REFUSED', `The server at ${urls[slot]} does not accept the access token, and names its keys to nobody else. Whoever runs this needs a role of one tool, and a client that may ask for tokens of the server (docs/secrets.md).`);
      }
      if (answer.instance === undefined || answer.requestStateKeys === undefined) return undefined;
      const { heldSeconds, ...keys } = answer.requestStateKeys;
      return { instance: answer.instance, keys, heldSeconds };
    },
  };
}
