import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { LIMITS } from '../limits.ts';
import { ToolError } from '../tools/toolError.ts';
import { workerFile } from './workerFile.ts';
import { requestStop, wasStarted } from './stopFlag.ts';

/** What a worker is given: its input, the flag that it looks at between steps, and where it tells its progress. */
export interface WorkerTask<Input> {
  readonly input: Input;
  readonly flag: SharedArrayBuffer;
  readonly progress: MessagePort;
}

export interface WorkerCall<Input, Progress> {
  readonly input: Input;
  /** Stops the work at its next step, and takes it out of the queue when it has not begun. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

const pools = new Map<string, Promise<Piscina>>();

/**
 * Runs a tool's work in a thread, so that no other call waits for it. Threads start at the first call, end when they are idle, and have the
 * lowest priority: on a busy core the event loop goes first.
 * @param tool folder of the tool, which holds `worker.ts`
 * @throws ToolError when the queue is full; the reason of the signal when it is aborted
 */
export async function runInWorker<Input, Output, Progress>(tool: string, { input, signal, onProgress }: WorkerCall<Input, Progress>): Promise<Output> {
  signal.throwIfAborted();
  const pool = await poolOf(tool);
  if (pool.queueSize >= LIMITS.workerQueueLength) {
    throw new ToolError('All workers of this instance are busy and their queue is full. Try again in a few seconds.');
  }
  const flag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const { port1, port2 } = new MessageChannel();
  port1.on('message', onProgress);
  const queued = new AbortController();
  const stop = (): void => {
    // A thread that has begun ends by itself at its next step; ending it from outside would cost the next call a new thread.
    requestStop(flag);
    if (!wasStarted(flag)) queued.abort(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const task: WorkerTask<Input> = { input, flag, progress: port2 };
    const output = (await pool.run(task, { signal: queued.signal, transferList: [port2] })) as Output;
    signal.throwIfAborted();
    return output;
  } finally {
    signal.removeEventListener('abort', stop);
    port1.close();
  }
}

function poolOf(tool: string): Promise<Piscina> {
  let pool = pools.get(tool);
  if (!pool) pools.set(tool, (pool = createPool(tool)));
  return pool;
}

async function createPool(tool: string): Promise<Piscina> {
  // Loaded at the first call, off the path of the start.
  const { Piscina: WorkerPool } = await import('piscina');
  return new WorkerPool({
    filename: workerFile(tool).href,
    minThreads: 0,
    maxThreads: LIMITS.workerThreads,
    maxQueue: LIMITS.workerQueueLength,
    idleTimeout: LIMITS.workerIdleTimeoutMs,
    resourceLimits: { maxOldGenerationSizeMb: LIMITS.workerHeapMebibytes },
  });
}

/** Ends all threads; work that still runs is lost. */
export async function closeWorkerPools(): Promise<void> {
  const closing = [...pools.values()];
  pools.clear();
  await Promise.all(closing.map(async (pool) => (await pool).destroy()));
}
