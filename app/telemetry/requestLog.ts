import type { FastifyBaseLogger } from 'fastify';

type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type Options = Parameters<FastifyBaseLogger['child']>[1];
/** What is logged: fields and a message, a message alone, or an error. */
type Line = [fields: unknown, message?: string, ...values: unknown[]];

/** The log of one request, made when the request has something to say: most have not, and making one costs as much as finding a token that is known. */
class RequestLog implements FastifyBaseLogger {
  readonly #parent: FastifyBaseLogger;
  readonly #bindings: Bindings;
  readonly #options: Options;
  #made: FastifyBaseLogger | undefined;

  constructor(parent: FastifyBaseLogger, bindings: Bindings, options: Options) {
    this.#parent = parent;
    this.#bindings = bindings;
    this.#options = options;
  }

  #log(): FastifyBaseLogger {
    return (this.#made ??= this.#parent.child(this.#bindings, this.#options));
  }

  get level(): string {
    return this.#log().level;
  }

  set level(level: string) {
    this.#log().level = level;
  }

  child(bindings: Bindings, options?: Options): FastifyBaseLogger {
    return this.#log().child(bindings, options);
  }

  trace(...line: Line): void {
    this.#log().trace(...line);
  }

  debug(...line: Line): void {
    this.#log().debug(...line);
  }

  info(...line: Line): void {
    this.#log().info(...line);
  }

  warn(...line: Line): void {
    this.#log().warn(...line);
  }

  error(...line: Line): void {
    this.#log().error(...line);
  }

  fatal(...line: Line): void {
    this.#log().fatal(...line);
  }

  silent(): void {
    // Says nothing, as the level of that name.
  }
}

/** For Fastify's `childLoggerFactory`. */
export function createRequestLog(parent: FastifyBaseLogger, bindings: Bindings, options: Options): FastifyBaseLogger {
  return new RequestLog(parent, bindings, options);
}
