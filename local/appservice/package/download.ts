import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AzureError } from '../../core/errors.ts';
import { PACKAGE_LIMIT_BYTES } from '../limits.ts';

/** A package as it came from the blob service: a temporary file, to be removed by who asked for it. */
export interface DownloadedPackage {
  readonly file: string;
  /** SHA-256 of the bytes, in hex. */
  readonly digest: string;
}

const IDLE_LIMIT_MS = 60_000;
/** The version of the Blob service's REST API that takes bearer tokens and that Azurite knows. */
const BLOB_API_VERSION = '2024-11-04';

/**
 * Fetches the zip that WEBSITE_RUN_FROM_PACKAGE names.
 * Source: learn.microsoft.com, "Run your app in Azure App Service directly from a ZIP package", sections
 * "Run from external URL instead" and "Access a package in Azure Blob Storage using a managed identity".
 * @param bearer token for https://storage.azure.com; absent for a URL that needs none
 * @throws AzureError PackageUrlInvalid, PackageNotFound, PackageAccessDenied, PackageTooLarge, PackageDownloadFailed; never with the URL's query, which may be a signature
 */
export async function downloadPackage(
  { url, bearer, authorityPem, folder, signal }: { url: string; bearer: string | undefined; authorityPem: string; folder: string; signal: AbortSignal },
): Promise<DownloadedPackage> {
  const target = readUrl(url);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${randomUUID()}.zip`);
  const hash = createHash('sha256');
  let size = 0;
  try {
    const answer = await get(target, { authorityPem, signal, headers: { 'x-ms-version': BLOB_API_VERSION, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) } });
    if (answer.statusCode !== 200) {
      answer.resume();
      throw refusal(target, answer.statusCode ?? 0, String(answer.headers['x-ms-error-code'] ?? ''));
    }
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        size += chunk.length;
        hash.update(chunk);
        if (size > PACKAGE_LIMIT_BYTES) done(new AzureError(400, 'PackageTooLarge', `The package ${shown(target)} is larger than ${PACKAGE_LIMIT_BYTES} bytes, the most that runs from a package.`));
        else done(null, chunk);
      },
    });
    await pipeline(answer, measure, createWriteStream(file, { mode: 0o600 }), { signal });
    return { file, digest: hash.digest('hex') };
  } catch (error) {
    await rm(file, { force: true });
    if (error instanceof AzureError || signal.aborted) throw error;
    throw new AzureError(502, 'PackageDownloadFailed', `The package ${shown(target)} could not be fetched: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function readUrl(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol === 'https:') return target;
  throw new AzureError(
    501,
    'PackageUrlInvalid',
    `WEBSITE_RUN_FROM_PACKAGE must be the https URL of a blob here; "${target ? target.protocol : url === '1' ? '1' : 'a value without scheme'}" (a package uploaded by zip deploy, or a local path) is not part of the local Azure.`,
  );
}

function shown(target: URL): string {
  return `${target.origin}${target.pathname}`;
}

function refusal(target: URL, status: number, code: string): AzureError {
  const reason = code === '' ? `HTTP ${status}` : `HTTP ${status}, ${code}`;
  if (status === 404) return new AzureError(404, 'PackageNotFound', `There is no package at ${shown(target)} (${reason}). Upload it, or correct WEBSITE_RUN_FROM_PACKAGE.`);
  if (status === 401 || status === 403) {
    return new AzureError(
      403,
      'PackageAccessDenied',
      `The package ${shown(target)} may not be read (${reason}). Give the identity in WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID the role Storage Blob Data Reader on the container.`,
    );
  }
  return new AzureError(502, 'PackageDownloadFailed', `The package ${shown(target)} could not be fetched: ${reason}.`);
}

function get(target: URL, options: { authorityPem: string; signal: AbortSignal; headers: Record<string, string> }): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(target, { ca: options.authorityPem, headers: options.headers, signal: options.signal, agent: false }, resolve);
    outgoing.setTimeout(IDLE_LIMIT_MS, () => outgoing.destroy(new Error(`no bytes for ${IDLE_LIMIT_MS / 1000} s`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
