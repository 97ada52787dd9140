import { notSupportedLocally, type AzureError } from '../core/errors.ts';

const BLOB_SERVICE = 'Microsoft.Storage/storageAccounts/blobServices';
const CONTAINERS = `${BLOB_SERVICE}/containers`;
const BLOBS = `${CONTAINERS}/blobs`;

/** A right that an operation needs. Containers are judged by actions, blobs by data actions, as in Azure's built-in roles. */
export interface Right {
  readonly action: string;
  readonly plane: 'control' | 'data';
}

/** What a request to the blob service is about. */
export interface Operation {
  /** Name in the REST reference, for messages and logs. */
  readonly name: string;
  /** Any one of these rights suffices. */
  readonly rights: readonly [Right, ...Right[]];
  readonly container: string | undefined;
  /** The right to add holds for blobs that do not exist yet. */
  readonly addsWith?: string;
}

export interface OperationRequest {
  readonly method: string;
  /** Path below the account, decoded: `/container/blob`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly hasHeader: (name: string) => boolean;
}

const control = (action: string): Right => ({ action, plane: 'control' });
const data = (action: string): Right => ({ action, plane: 'data' });

/**
 * Names the operation and the rights it needs.
 * Source: learn.microsoft.com, "Authorize with Microsoft Entra ID (REST API)", section "Permissions for Blob service operations".
 * @returns an error for operations that are not served with a bearer token here
 */
export function identifyOperation({ method, path, query, hasHeader }: OperationRequest): Operation | AzureError {
  const [container, ...rest] = path.split('/').filter((part, index) => index > 0 && !(index === 1 && part === ''));
  const blob = rest.join('/');
  const comp = query.get('comp') ?? '';
  if (container === undefined) return serviceOperation(method, query.get('restype') ?? '', comp);
  if (query.get('restype') === 'container') return containerOperation(method, comp, container);
  return blobOperation({ method, comp, container: blob === '' ? '$root' : container, query, hasHeader });
}

function serviceOperation(method: string, restype: string, comp: string): Operation | AzureError {
  const operation = (name: string, right: Right): Operation => ({ name, rights: [right], container: undefined });
  switch (`${method} ${restype}/${comp}`) {
    case 'GET /list': return operation('List Containers', control(`${CONTAINERS}/read`));
    case 'GET service/properties':
    case 'GET service/stats': return operation('Get Blob Service Properties', control(`${BLOB_SERVICE}/read`));
    case 'PUT service/properties': return operation('Set Blob Service Properties', control(`${BLOB_SERVICE}/write`));
    case 'GET account/properties':
    case 'HEAD account/properties': return operation('Get Account Information', control(`${BLOB_SERVICE}/getInfo/action`));
    case 'GET /blobs': return operation('Find Blobs by Tags', data(`${BLOBS}/filter/action`));
    case 'POST service/userdelegationkey': return notSupportedLocally('Get User Delegation Key (user delegation SAS)');
    case 'POST /batch': return notSupportedLocally('Blob Batch');
    default: return notSupportedLocally(`The blob service operation ${method} restype=${restype} comp=${comp}`);
  }
}

function containerOperation(method: string, comp: string, container: string): Operation | AzureError {
  const operation = (name: string, ...rights: [Right, ...Right[]]): Operation => ({ name, rights, container });
  const verb = method === 'HEAD' ? 'GET' : method;
  switch (`${verb} ${comp}`) {
    case 'PUT ': return operation('Create Container', control(`${CONTAINERS}/write`));
    case 'GET ':
    case 'GET metadata': return operation('Get Container Properties', control(`${CONTAINERS}/read`));
    case 'PUT metadata': return operation('Set Container Metadata', control(`${CONTAINERS}/write`));
    case 'DELETE ': return operation('Delete Container', control(`${CONTAINERS}/delete`));
    case 'PUT lease': return operation('Lease Container', control(`${CONTAINERS}/write`));
    case 'GET acl': return operation('Get Container ACL', control(`${CONTAINERS}/getAcl/action`));
    case 'PUT acl': return operation('Set Container ACL', control(`${CONTAINERS}/setAcl/action`));
    case 'GET list': return operation('List Blobs', data(`${BLOBS}/read`));
    case 'GET blobs': return operation('Find Blobs by Tags in Container', data(`${BLOBS}/filter/action`));
    default: return notSupportedLocally(`The container operation ${method} comp=${comp}`);
  }
}

function blobOperation({ method, comp, container, query, hasHeader }: Omit<OperationRequest, 'path'> & { comp: string; container: string }): Operation | AzureError {
  const read = (name: string): Operation => ({ name, rights: [data(`${BLOBS}/read`)], container });
  const write = (name: string): Operation => ({ name, rights: [data(`${BLOBS}/write`)], container });
  const writeOrAdd = (name: string): Operation => ({
    name,
    rights: [data(`${BLOBS}/write`), data(`${BLOBS}/add/action`)],
    container,
    addsWith: `${BLOBS}/add/action`,
  });
  if (query.has('versionid')) return notSupportedLocally('Blob versions');
  const verb = method === 'HEAD' ? 'GET' : method;
  switch (`${verb} ${comp}`) {
    case 'GET ': return read('Get Blob');
    case 'GET metadata': return read('Get Blob Metadata');
    case 'GET blocklist': return read('Get Block List');
    case 'GET pagelist': return read('Get Page Ranges');
    case 'GET tags': return { name: 'Get Blob Tags', rights: [data(`${BLOBS}/tags/read`)], container };
    case 'PUT tags': return { name: 'Set Blob Tags', rights: [data(`${BLOBS}/tags/write`)], container };
    case 'PUT ':
      // Azurite would fetch the source itself, past the judgement of rights.
      if (hasHeader('x-ms-copy-source')) return notSupportedLocally('Copy Blob and Put Blob From URL with a bearer token');
      return writeOrAdd('Put Blob');
    case 'PUT block':
      if (hasHeader('x-ms-copy-source')) return notSupportedLocally('Put Block From URL with a bearer token');
      return write('Put Block');
    case 'PUT blocklist': return write('Put Block List');
    case 'PUT appendblock':
      if (hasHeader('x-ms-copy-source')) return notSupportedLocally('Append Block From URL with a bearer token');
      // Appending never changes what stands there: the right to add suffices whether the blob exists or not.
      return { name: 'Append Block', rights: [data(`${BLOBS}/write`), data(`${BLOBS}/add/action`)], container };
    case 'PUT page': return write('Put Page');
    case 'PUT properties': return write('Set Blob Properties');
    case 'PUT metadata': return write('Set Blob Metadata');
    case 'PUT lease': return write('Lease Blob');
    case 'PUT tier': return write('Set Blob Tier');
    case 'PUT snapshot': return { name: 'Snapshot Blob', rights: [data(`${BLOBS}/write`), data(`${BLOBS}/add/action`)], container };
    case 'PUT seal': return write('Append Blob Seal');
    case 'DELETE ': return { name: 'Delete Blob', rights: [data(`${BLOBS}/delete`)], container };
    default: return notSupportedLocally(`The blob operation ${method} comp=${comp}`);
  }
}
