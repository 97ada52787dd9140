import type { ServerResponse } from 'node:http';

/** What the front end says in place of an app. The reason stands in the log and in the status, not on the page. */
export const PAGES = {
  stopped: { status: 403, title: 'Error 403 - This web app is stopped.', text: 'The web app you have attempted to reach is currently stopped and does not accept any requests.' },
  blocked: { status: 403, title: 'Error 403 - Forbidden', text: 'The web app you have attempted to reach has blocked your access.' },
  noPackage: { status: 503, title: 'No package is deployed', text: 'This web app runs, and has no content: WEBSITE_RUN_FROM_PACKAGE is not set.' },
  unavailable: { status: 503, title: 'Application Error', text: 'No instance of this web app is ready to answer.' },
  badGateway: { status: 502, title: 'Bad Gateway', text: 'The instance that served the request ended before it answered.' },
  timedOut: { status: 504, title: 'Gateway Timeout', text: 'The request got no answer within the time limit.' },
} as const;

export type Page = keyof typeof PAGES;

export function sendPage(response: ServerResponse, page: Page): void {
  const { status, title, text } = PAGES[page];
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`;
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': '5' } : {}),
  });
  response.end(body);
}
