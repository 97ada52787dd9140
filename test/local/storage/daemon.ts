// A local Azure with storage only, in a process of its own, so that a test can kill it. Argument: the state folder.
import { createStorage } from '../../../local/storage/index.ts';
import { startCloud } from '../keyvault/cloud.ts';

const cloud = await startCloud(process.argv[2] ?? '', createStorage);
const accountId = `${cloud.group}/providers/Microsoft.Storage/storageAccounts/orphaned`;
await cloud.arm('PUT', accountId, '2024-01-01', { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: {} });
await cloud.arm('PUT', `${accountId}/blobServices/default/containers/data`, '2024-01-01', { properties: {} });
await cloud.service.uploadBlob({ accountId, container: 'data', blob: 'self', filePath: import.meta.filename });
process.stdout.write(`${JSON.stringify({ azuritePid: cloud.service.azuritePid, accountId })}\n`);
