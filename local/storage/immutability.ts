import type { JsonObject, Resource, ResourceType } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';

const TYPE = 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies';
/** Path of a container's policy below the container; there is one. */
export const IMMUTABILITY_POLICY = 'immutabilityPolicies/default';
const DAY_MS = 24 * 3_600_000;
/** Source: learn.microsoft.com, "Time-based retention policies for immutable blob data": 1 day to 146,000 days. */
const PERIOD_DAYS = { least: 1, most: 146_000 };

/** The policy of a container, as the blob endpoint acts on it. */
export interface Immutability {
  readonly periodMs: number;
  readonly allowsAppending: boolean;
}

/**
 * The row of a container's time-based retention policy. Locking it is a POST of an operator's own, and refused here by name.
 * Source: learn.microsoft.com, Storage resource provider REST API, "Blob Containers - Create Or Update Immutability Policy".
 */
export function immutabilityPolicyRow({ containerPath, apiVersions }: { containerPath: string; apiVersions: readonly [string, ...string[]] }): ResourceType {
  return {
    type: TYPE,
    token: 'storage:BlobContainerImmutabilityPolicy',
    path: `${containerPath}/immutabilityPolicies/{immutabilityPolicyName}`,
    apiVersions,
    envelope: [],
    existence: 'created',
    behaviour: {
      validate({ parameters, body }) {
        if (parameters['immutabilityPolicyName'] !== 'default') throw new AzureError(400, 'InvalidResourceName', `The immutability policy of a container is named "default", not "${parameters['immutabilityPolicyName'] ?? ''}".`);
        const properties = (body['properties'] ?? {}) as JsonObject;
        const days = properties['immutabilityPeriodSinceCreationInDays'];
        if (typeof days !== 'number' || !Number.isInteger(days) || days < PERIOD_DAYS.least || days > PERIOD_DAYS.most) {
          throw new AzureError(400, 'InvalidRequestPropertyValue', `immutabilityPeriodSinceCreationInDays is ${JSON.stringify(days)}; allowed are whole days from ${PERIOD_DAYS.least} to ${PERIOD_DAYS.most}.`);
        }
        if (properties['allowProtectedAppendWrites'] === true && properties['allowProtectedAppendWritesAll'] === true) {
          throw new AzureError(400, 'InvalidRequestPropertyValue', 'allowProtectedAppendWrites and allowProtectedAppendWritesAll exclude each other; set one of them.');
        }
      },
      complete(draft) {
        draft.properties = { allowProtectedAppendWrites: false, allowProtectedAppendWritesAll: false, ...draft.properties, state: 'Unlocked' };
      },
    },
  };
}

/** @param resource the stored policy of a container, if there is one */
export function toImmutability(resource: Resource | undefined): Immutability | undefined {
  if (!resource) return undefined;
  const { immutabilityPeriodSinceCreationInDays: days, allowProtectedAppendWrites: appends, allowProtectedAppendWritesAll: all } = resource.properties;
  return { periodMs: Number(days) * DAY_MS, allowsAppending: appends === true || all === true };
}

/** A blob as it is before a request. */
export interface StandingBlob {
  readonly createdAtMs: number;
  readonly isAppendBlob: boolean;
}

/**
 * Judges a request that would change a blob of a container with a policy: new blobs may be made, none is overwritten, append blobs grow when the policy
 * lets them, and nothing is deleted before its time.
 * Source: learn.microsoft.com, "Overview of immutable storage for blob data" and "Time-based retention policies for immutable blob data", allow protected
 * append writes.
 * @param blob undefined when there is none of that name
 * @throws AzureError 409 BlobImmutableDueToPolicy
 */
export function judgeChange(policy: Immutability, change: { readonly method: string; readonly comp: string }, blob: StandingBlob | undefined, nowMs: number): void {
  if (!blob || HARMLESS.has(`${change.method} ${change.comp}`)) return;
  if (change.method === 'PUT' && change.comp === 'appendblock' && blob.isAppendBlob && policy.allowsAppending) return;
  if (change.method === 'DELETE' && change.comp === '' && nowMs >= blob.createdAtMs + policy.periodMs) return;
  throw new AzureError(409, 'BlobImmutableDueToPolicy', 'This operation is not permitted as the blob is immutable due to a policy.');
}

/** They change no content: a lease, and the tier that it is held in. */
const HARMLESS: ReadonlySet<string> = new Set(['PUT lease', 'PUT tier']);
