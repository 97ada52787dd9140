import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { findOnPath } from '../../../../scripts/toolchain/findOnPath.ts';

/** A page in the browser, and what it did beside showing itself. */
export interface OpenPage {
  readonly page: Page;
  /** Messages of the console, errors of scripts, dialogs: none is expected. */
  readonly noise: readonly string[];
  /** URLs that were asked for beside the page's own. */
  readonly requests: readonly string[];
}

export interface Pages {
  /** @param hash what stands behind the URL of the page */
  open(text: string, options?: { readonly hash?: string } & BrowserContextOptions): Promise<OpenPage>;
  close(): Promise<void>;
}

/**
 * Debian's Chromium, which no package of npm brings along.
 * @throws Error when it is not there, with what installs it
 */
export async function startBrowser(): Promise<Pages> {
  const executablePath = findOnPath('chromium', process.env);
  if (executablePath === undefined) throw new Error('The report page is tested in Chromium, and there is no chromium on PATH. On Debian or Ubuntu: apt-get install chromium');
  const folder = await mkdtemp(join(tmpdir(), 'policy-page-'));
  const browser: Browser = await chromium.launch({ executablePath });
  let files = 0;
  return {
    open: async (text, { hash = '', ...options } = {}) => {
      const file = join(folder, `${files++}.html`);
      await writeFile(file, text);
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
      const noise: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => noise.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
      page.on('dialog', (dialog) => { noise.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
      const own = pathToFileURL(file).href;
      page.on('request', (request) => { if (request.url().split('#')[0] !== own) requests.push(request.url()); });
      await page.goto(`${own}${hash}`);
      return { page, noise, requests };
    },
    close: async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
