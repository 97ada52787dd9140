import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** What is asked for, and what `decoded` undoes. */
export const ACCEPTED_ENCODINGS = 'gzip, br';

/** The body as it was before compression. An encoding that is not known stays on it, as a tool asked for it by a header of its own. */
export function decoded(answer: IncomingMessage): Readable {
  const decoder = decoderOf(answer.headers['content-encoding']?.toLowerCase());
  // Errors of either end the decoder, and with it the reader.
  return decoder ? pipeline(answer, decoder, () => undefined) : answer;
}

function decoderOf(encoding: string | undefined) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return createInflate();
    default:
      return undefined;
  }
}

export interface BodyLimits {
  readonly maxBytes: number;
  /** What the reader gets when there is more. */
  readonly tooLarge: () => Error;
  /** What the reader gets when the body breaks off. */
  readonly broken: (cause: unknown) => unknown;
  /** Called when no more is read, with what the reader got in place of the rest. */
  readonly onEnd: (error: unknown) => void;
}

/** The bytes of a body up to a limit. A reader that stops, and a body that goes on past the limit, close the connection. */
export function limited(body: Readable, { maxBytes, tooLarge, broken, onEnd }: BodyLimits): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  let bytes = 0;
  const fail = (failure: unknown, controller: ReadableStreamDefaultController): void => {
    body.destroy();
    onEnd(failure);
    controller.error(failure);
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        if (done) {
          onEnd(undefined);
          return controller.close();
        }
        bytes += value.byteLength;
        if (bytes > maxBytes) fail(tooLarge(), controller);
        else controller.enqueue(value);
      } catch (error) {
        fail(broken(error), controller);
      }
    },
    cancel() {
      body.destroy();
      onEnd(undefined);
    },
  }, { highWaterMark: 0 });
}
