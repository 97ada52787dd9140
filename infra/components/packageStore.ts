import { randomBytes } from 'node:crypto';
import { Blob } from '@pulumi/azure-native/storage/blob.js';
import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { ComponentResource, asset, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { PACKAGE_CONTAINER, packageBlobName, RELEASE_CONTAINER } from '../names.ts';
import { keepDeleted } from './softDelete.ts';

export interface PackageStoreArgs {
  readonly accountName: string;
  readonly resourceGroupName: Input<string>;
  /** The zip that was built from the sources. */
  readonly zipPath: string;
  /** SHA-256 of the zip, in hex. */
  readonly digest: string;
  /** Commit of the sources; undefined outside of a git repository. */
  readonly commit: string | undefined;
  /** Another package that the staging slot is to run, as `<folder>/<digest>` or `<digest>`; undefined for the build. */
  readonly stagingPackage: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

const FOLDER_BYTES = 4;

/**
 * The URL of another package in the container of a known one.
 * @param packageUrl URL of a package that lies in a folder: `…/<container>/<folder>/<digest>.zip`
 * @param packageName `<folder>/<digest>` or `<digest>`
 */
export function siblingPackageUrl(packageUrl: string, packageName: string): string {
  return new URL(`../${packageBlobName(packageName)}`, packageUrl).href;
}

/**
 * Where the app's packages lie. Each is a blob named by its digest, so that a name never changes its bytes, and none is ever deleted. Beside them the log of the releases, in the
 * account that hosted runners can reach (docs/decisions/034-releases.md).
 */
export class PackageStore extends ComponentResource {
  readonly storageAccountName: Output<string>;
  /** Blob endpoint, without a slash at its end. */
  readonly blobUrl: Output<string>;
  readonly accountId: Output<string>;
  readonly containerId: Output<string>;
  /** URL of the package built from the sources. */
  readonly packageUrl: Output<string>;
  /** URL of the package that the staging slot runs. */
  readonly stagingPackageUrl: Output<string>;

  constructor(name: string, args: PackageStoreArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:PackageStore', name, {}, options);
    const { resourceGroupName, tags } = args;

    const account = new StorageAccount(args.accountName, {
      resourceGroupName,
      kind: 'StorageV2',
      // In three zones, as the instances that start from it may be.
      sku: { name: 'Standard_ZRS' },
      accessTier: 'Hot',
      // azure-native uploads blobs with the account key (docs/decisions/012-account-key-of-the-package-store.md).
      allowSharedKeyAccess: true,
      defaultToOAuthAuthentication: true,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      enableHttpsTrafficOnly: true,
      minimumTlsVersion: 'TLS1_2',
      tags,
    }, { parent: this });

    keepDeleted('package-blob-service', { resourceGroupName, accountName: account.name }, { parent: this });
    const container = new BlobContainer(PACKAGE_CONTAINER, {
      resourceGroupName,
      accountName: account.name,
      containerName: PACKAGE_CONTAINER,
      publicAccess: 'None',
    }, { parent: this });

    // Nothing of the app reads or writes it: releases do, by the roles of whoever gives the command.
    new BlobContainer(RELEASE_CONTAINER, { resourceGroupName, accountName: account.name, containerName: RELEASE_CONTAINER, publicAccess: 'None' }, { parent: this });

    // A package of its own resource for each digest, in a folder drawn at its upload: a build that comes back after another one
    // is uploaded anew, where azure-native would refuse to create a blob that it retained (docs/decisions/013-what-a-slot-runs.md).
    const folder = randomBytes(FOLDER_BYTES).toString('hex');
    const blob = new Blob(`package-${args.digest}`, {
      resourceGroupName,
      accountName: account.name,
      containerName: container.name,
      blobName: packageBlobName(`${folder}/${args.digest}`),
      type: 'Block',
      contentType: 'application/zip',
      source: new asset.FileAsset(args.zipPath),
      metadata: { digest: args.digest, ...(args.commit === undefined ? {} : { commit: args.commit }) },
      // Of the commit that first built it: here, and in no tag, since a tag that changes with each commit changes every resource with each commit.
      // Retained, because production may still mount the package that a new build replaces here.
    }, { parent: this, retainOnDelete: true, ignoreChanges: ['blobName', 'metadata'] });

    const { stagingPackage } = args;
    this.storageAccountName = account.name;
    this.blobUrl = account.primaryEndpoints.apply(({ blob }) => blob.replace(/\/$/, ''));
    this.accountId = account.id;
    this.containerId = container.id;
    this.packageUrl = blob.url;
    this.stagingPackageUrl = stagingPackage === undefined ? blob.url : blob.url.apply((url) => siblingPackageUrl(url, stagingPackage));
    this.registerOutputs({ storageAccountName: this.storageAccountName, packageUrl: this.packageUrl });
  }
}
