import { request as httpRequest, type Agent } from 'node:http';
import { text } from 'node:stream/consumers';
import type { BenchRequest } from '../requests.ts';

/**
 * Makes one call. `fetch` would put the address in the place of the Host header.
 * @returns the body of the answer
 * @throws Error with status and body when the status is not 200
 */
export async function post(url: string, { headers, body }: BenchRequest, agent?: Agent): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = httpRequest(url, { method: 'POST', ...(agent ? { agent } : {}), headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (response) => {
    text(response).then((answer) => {
      if (response.statusCode === 200) resolve(answer);
      else reject(new Error(`The answer has status ${response.statusCode}: ${answer.slice(0, 500)}`));
    }, reject);
  });
  request.once('error', reject).end(body);
  return promise;
}
