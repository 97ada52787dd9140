import { digestOfPackage, PACKAGE_CONTAINER, PACKAGE_NAME, packageBlobName } from '../../infra/names.ts';

/** A package in the container, by the name of its blob without `.zip`: `<folder>/<digest>` or `<digest>`. */
export interface PackageRef {
  readonly name: string;
  /** SHA-256 of the zip, in hex. */
  readonly digest: string;
}

/**
 * The package that a slot's WEBSITE_RUN_FROM_PACKAGE names.
 * @param url value of the setting
 * @returns undefined for what is no package of this project
 */
export function packageOfUrl(url: string | undefined): PackageRef | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { pathname } = new URL(url);
  const start = pathname.indexOf(`/${PACKAGE_CONTAINER}/`);
  if (start < 0 || !pathname.endsWith('.zip')) return undefined;
  return packageOfName(pathname.slice(start + PACKAGE_CONTAINER.length + 2, -'.zip'.length));
}

/** @returns undefined for what is no name of a package */
export function packageOfName(name: string): PackageRef | undefined {
  return PACKAGE_NAME.test(name) ? { name, digest: digestOfPackage(name) } : undefined;
}

/** Value of WEBSITE_RUN_FROM_PACKAGE for a package. @param blobUrl blob endpoint of the package account, without a slash at its end */
export function urlOfPackage(blobUrl: string, name: string): string {
  return `${blobUrl}/${PACKAGE_CONTAINER}/${packageBlobName(name)}`;
}

/** The form in which digests are shown to people. */
export function shortDigest(digest: string | undefined): string {
  return digest === undefined ? 'none' : digest.slice(0, 12);
}
