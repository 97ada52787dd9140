import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { CommandError } from '../../commandError.ts';

/** Reads of Microsoft Graph. */
export interface GraphReader {
  /**
   * @param path below the version, such as `/users/ID`
   * @param needs name of the least permission that the call takes, for the message of a refusal
   * @returns undefined when there is no such object
   */
  read<T>(path: string, schema: z.ZodType<T>, needs: string): Promise<T | undefined>;
  /** All pages of a collection. */
  list<T>(path: string, schema: z.ZodType<T>, needs: string): Promise<T[]>;
}

export interface GraphReaderOptions {
  /** With the version, without a slash at its end. */
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly fetch?: typeof fetch;
  readonly wait?: (timeMs: number) => Promise<unknown>;
  /** Told before Graph is asked again. */
  readonly onWait?: (timeMs: number, reason: string) => void;
}

const REQUEST_TIMEOUT_MS = 30_000;
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 1_000;
/** Longest time that one answer may ask to wait. */
const MAX_WAIT_MS = 120_000;
const MAX_PAGES = 5_000;
/** Covers every call of a snapshot, and no narrower one covers the delegated grants. */
const COVERS_ALL = 'Directory.Read.All';

const errorSchema = z.looseObject({ error: z.looseObject({ code: z.string(), message: z.string() }) });

/**
 * Reads page by page, and asks again, a bounded number of times, when Graph is busy or out of order.
 * Source: learn.microsoft.com, "Microsoft Graph throttling guidance" (Retry-After), "Paging Microsoft Graph data in your app" (@odata.nextLink).
 * @throws CommandError SNAPSHOT_GRAPH_DENIED, SNAPSHOT_GRAPH_BUSY, SNAPSHOT_GRAPH_FAILED
 */
export function createGraphReader({ url, token, fetch: send = fetch, wait = delay, onWait }: GraphReaderOptions): GraphReader {
  const get = async (address: string, needs: string): Promise<Response | undefined> => {
    let waitedMs = 0;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(send, address, await token());
      if (answer instanceof Response && answer.ok) return answer;
      if (answer instanceof Response && !mayPass(answer.status)) {
        if (answer.status === 404) return undefined;
        throw await refusal(answer, address, needs);
      }
      const reason = answer instanceof Response ? `answered ${answer.status}` : `did not answer: ${answer.message}`;
      const waitMs = answer instanceof Response ? (retryAfterMs(answer) ?? backoffMs(attempt)) : backoffMs(attempt);
      if (answer instanceof Response) await answer.body?.cancel();
      if (attempt === MAX_ATTEMPTS || waitMs > MAX_WAIT_MS) {
        throw new CommandError('SNAPSHOT_GRAPH_BUSY', `Microsoft Graph ${reason} for GET ${pathOf(address)}, the ${ordinal(attempt)} time within ${Math.round(waitedMs / 1_000)} s${waitMs > MAX_WAIT_MS ? `, and asks to wait ${Math.round(waitMs / 1_000)} s` : ''}. Run the command again later.`);
      }
      onWait?.(waitMs, reason);
      await wait(waitMs);
      waitedMs += waitMs;
    }
  };
  return {
    async read(path, schema, needs) {
      const answer = await get(url + path, needs);
      return answer && parse(schema, await answer.json(), path);
    },
    async list<T>(path: string, schema: z.ZodType<T>, needs: string) {
      const pageSchema = z.looseObject({ value: z.array(schema), '@odata.nextLink': z.string().optional() });
      const found: T[] = [];
      let next: string | undefined = url + path;
      for (let page = 0; next !== undefined; page += 1) {
        if (page === MAX_PAGES) throw new CommandError('SNAPSHOT_GRAPH_FAILED', `Microsoft Graph has more than ${MAX_PAGES} pages of ${path}. A snapshot does not go further.`);
        // The token goes to Graph and to nobody else, whatever an answer says.
        if (new URL(next).origin !== new URL(url).origin) throw new CommandError('SNAPSHOT_GRAPH_FAILED', `The next page of ${path} lies outside of Microsoft Graph, at ${new URL(next).origin}. It is not asked.`);
        const answer = await get(next, needs);
        if (!answer) throw new CommandError('SNAPSHOT_GRAPH_FAILED', `Microsoft Graph has no collection ${path}. What it belongs to was removed meanwhile: run the command again.`);
        const { value, '@odata.nextLink': link } = parse(pageSchema, await answer.json(), path);
        found.push(...value);
        next = link;
      }
      return found;
    },
  };
}

async function ask(send: typeof fetch, address: string, token: string): Promise<Response | Error> {
  try {
    return await send(address, { headers: { authorization: `Bearer ${token}`, accept: 'application/json' }, redirect: 'error', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  } catch (error) {
    return error as Error;
  }
}

/** Whether asking again can help. 501 is a refusal for good. */
function mayPass(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** Source: RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfterMs(answer: Response): number | undefined {
  const value = answer.headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function backoffMs(attempt: number): number {
  return FIRST_WAIT_MS * 2 ** (attempt - 1);
}

async function refusal(answer: Response, address: string, needs: string): Promise<CommandError> {
  const body = errorSchema.safeParse(await answer.json().catch(() => undefined));
  const said = body.success ? `${body.data.error.code}: ${body.data.error.message}` : 'without a reason';
  const what = `Microsoft Graph answered ${answer.status} for GET ${pathOf(address)} (${said}).`;
  if (answer.status !== 401 && answer.status !== 403) return new CommandError('SNAPSHOT_GRAPH_FAILED', what);
  return new CommandError('SNAPSHOT_GRAPH_DENIED', `${what} The call takes the permission ${needs}${needs === COVERS_ALL ? '' : `; ${COVERS_ALL} covers all calls of a snapshot`}. A pipeline needs it as an application permission with admin consent; a person needs a role such as Directory Readers. docs/audit.md lists what each call takes.`);
}

function parse<T>(schema: z.ZodType<T>, body: unknown, path: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new CommandError('SNAPSHOT_GRAPH_FAILED', `Microsoft Graph answered in a form that is not known here, for GET ${path}: ${z.prettifyError(parsed.error)}`);
}

function pathOf(address: string): string {
  return new URL(address).pathname;
}

function ordinal(count: number): string {
  return `${count}${['th', 'st', 'nd', 'rd'][count] ?? 'th'}`;
}
