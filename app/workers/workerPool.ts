import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { LIMITS } from '../limits.ts';
import { ToolError } from '../tools/toolError.ts';
import { requestStop } from './stopFlag.ts';
import { LineFullError, Turns } from './turns.ts';
import { workerFile } from './workerFile.ts';

/** What a worker is given: its input, the flag that it looks at between steps, and where it tells its progress. */
export interface WorkerTask<Input> {
  readonly input: Input;
  readonly flag: SharedArrayBuffer;
  readonly progress: MessagePort;
}

export interface WorkerCall<Input, Progress> {
  readonly input: Input;
  /** Stops the work at its next step, and takes it out of the line when it has not begun. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Threads of a tool. None is ever ended while it works or loads: Node ends the whole process by an assertion when a thread is terminated at the
 * moment in which it loads a module (node/src/module_wrap.cc, CreateRequiredModuleFacade), which is what piscina's own signal does to a
 * task that has just been handed over. Work is stopped by its flag instead, and waits for a thread in a line of ours.
 */
interface ToolThreads {
  readonly pool: Promise<Piscina>;
  readonly turns: Turns;
  /** Work that has been handed to a thread, by the flag that stops it. */
  readonly running: Map<SharedArrayBuffer, Promise<unknown>>;
}

const threads = new Map<string, ToolThreads>();

/**
 * Runs a tool's work in a thread, so that no other call waits for it. Threads start at the first call, end when they are idle, and have the
 * lowest priority: on a busy core the event loop goes first.
 * @param tool folder of the tool, which holds `worker.ts`
 * @throws ToolError when the line is full; the reason of the signal when it is aborted
 */
export async function runInWorker<Input, Output, Progress>(tool: string, { input, signal, onProgress }: WorkerCall<Input, Progress>): Promise<Output> {
  const { pool, turns, running } = threadsOf(tool);
  try {
    await turns.take(signal);
  } catch (error) {
    if (error instanceof LineFullError) throw new ToolError('All workers of this instance are busy and their queue is full. Try again in a few seconds.');
    throw error;
  }
  const flag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const stop = (): void => requestStop(flag);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const { port1, port2 } = new MessageChannel();
  port1.on('message', onProgress);
  try {
    const task: WorkerTask<Input> = { input, flag, progress: port2 };
    const work = pool.then((started) => started.run(task, { transferList: [port2] }) as Promise<Output>);
    running.set(flag, work);
    const output = await work;
    signal.throwIfAborted();
    return output;
  } finally {
    running.delete(flag);
    turns.giveBack();
    signal.removeEventListener('abort', stop);
    port1.close();
  }
}

function threadsOf(tool: string): ToolThreads {
  let found = threads.get(tool);
  if (!found) threads.set(tool, (found = { pool: createPool(tool), turns: new Turns(LIMITS.workerThreads, LIMITS.workerQueueLength), running: new Map() }));
  return found;
}

async function createPool(tool: string): Promise<Piscina> {
  // Loaded at the first call, off the path of the start.
  const { Piscina: WorkerPool } = await import('piscina');
  return new WorkerPool({
    filename: workerFile(tool).href,
    minThreads: 0,
    maxThreads: LIMITS.workerThreads,
    idleTimeout: LIMITS.workerIdleTimeoutMs,
    resourceLimits: { maxOldGenerationSizeMb: LIMITS.workerHeapMebibytes },
  });
}

/** Stops the work that still runs and ends the threads. Work that does not heed its flag within the time limit is lost. */
export async function closeWorkerPools(): Promise<void> {
  const closing = [...threads.values()];
  threads.clear();
  await Promise.all(closing.map(async ({ pool, running }) => {
    for (const flag of running.keys()) requestStop(flag);
    await endedWithin(Promise.allSettled(running.values()), LIMITS.workerStopTimeoutMs);
    await (await pool).destroy();
  }));
}

async function endedWithin(work: Promise<unknown>, timeoutMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([work, late]);
  clearTimeout(timer);
}
