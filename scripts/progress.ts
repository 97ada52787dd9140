/** What a step says while it runs and after it has worked; undefined for "nothing more to say". */
export interface StepTitle<T = unknown> {
  readonly running: string;
  readonly done: string | ((result: T) => string | undefined);
}

/** Tells the person at the keyboard what takes long, and how long it has taken. */
export interface Progress {
  /**
   * Runs one step and reports its start, its course and its end with the elapsed time. A failure is reported as such and thrown on.
   * @param title one text for both, or one while it runs and one after it has worked
   * @param run the work; it may call `update` with what it is busy with (a few words)
   */
  step<T>(title: string | StepTitle<T>, run: (update: (text: string) => void) => Promise<T>): Promise<T>;
  /** A line of its own, without a time. */
  note(text: string): void;
}

/** The part of a stream that is written to: process.stderr is one. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly columns?: number;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  /** On a terminal one line is rewritten in place; elsewhere plain lines are added, now and then. */
  readonly isTerminal: boolean;
  /** The clock, in milliseconds; by default a monotonic one. */
  readonly now?: () => number;
  /** Where NO_COLOR is looked up; by default the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const terminalIntervalMs = 250;
const plainIntervalMs = 10_000;
const fallbackColumns = 80;
const eraseLine = '\r\u001B[2K';

interface RunningStep {
  readonly title: string;
  readonly startedAtMs: number;
  text: string;
}

/** Creates the reporter of long steps. Steps may overlap: a terminal shows the one begun last. */
export function createProgress({ stream, isTerminal, now = () => performance.now(), env = process.env }: ProgressOptions): Progress {
  // no-color.org: the variable counts when it is present and not empty.
  const colours = isTerminal && !env['NO_COLOR'];
  const paint = (code: number, text: string) => (colours ? `\u001B[${code}m${text}\u001B[39m` : text);
  const steps: RunningStep[] = [];
  let liveLineShown = false;

  const describe = (step: RunningStep) => {
    const elapsed = formatElapsed(now() - step.startedAtMs);
    return `${step.title} … ${elapsed}${step.text === '' ? '' : ` (${step.text})`}`;
  };
  const drawLiveLine = () => {
    const step = steps.at(-1);
    if (!isTerminal || !step) return;
    // A line longer than the terminal wraps, and could not be erased in one go.
    stream.write(`${eraseLine}${describe(step).slice(0, (stream.columns || fallbackColumns) - 1)}`);
    liveLineShown = true;
  };
  const line = (text: string) => {
    eraseLiveLine();
    stream.write(`${text}\n`);
    drawLiveLine();
  };
  const eraseLiveLine = () => {
    if (liveLineShown) stream.write(eraseLine);
    liveLineShown = false;
  };

  return {
    note: line,
    async step(title, run) {
      const { running, done } = typeof title === 'string' ? { running: title, done: title } : title;
      const step: RunningStep = { title: running, startedAtMs: now(), text: '' };
      if (!isTerminal) line(`${running} …`);
      steps.push(step);
      drawLiveLine();
      const timer = isTerminal
        ? setInterval(drawLiveLine, terminalIntervalMs)
        : setInterval(() => line(describe(step)), plainIntervalMs);
      const end = (mark: string, text: string | undefined) => {
        clearInterval(timer);
        steps.splice(steps.indexOf(step), 1);
        eraseLiveLine();
        if (text !== undefined) line(`${mark} ${text} (${formatElapsed(now() - step.startedAtMs)})`);
      };
      let result: Awaited<ReturnType<typeof run>>;
      try {
        result = await run((text) => { step.text = text; });
      } catch (error) {
        end(paint(31, '✗'), `${running}: failed`);
        throw error;
      }
      end(paint(32, '✓'), typeof done === 'string' ? done : done(result));
      return result;
    },
  };
}

/**
 * A duration for people: "0.4s", "26s", "1m 26s", "1h 02m".
 * @param durationMs milliseconds
 */
export function formatElapsed(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
}
