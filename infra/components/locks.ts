import { ManagementLockByScope } from '@pulumi/azure-native/authorization/managementLockByScope.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from '@pulumi/pulumi';

export interface LocksArgs {
  /** Ids of what must not be deleted by mistake, by a name for the lock. */
  readonly locked: Readonly<Record<string, Input<string>>>;
  /** What stands below the locked resources (role assignments, diagnostic settings): a lock holds that too, so that it has to go first. */
  readonly below: readonly Resource[];
}

/**
 * Locks single resources, never the group: a lock there would hold every role assignment and every slot as well.
 * The locks depend on all that stands below: made last, they are the first to go, so that "pulumi destroy" needs no preparation.
 */
export class Locks extends ComponentResource {
  constructor(name: string, args: LocksArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Locks', name, {}, options);
    for (const [what, scope] of Object.entries(args.locked)) {
      new ManagementLockByScope(`keep-${what}`, {
        scope,
        level: 'CanNotDelete',
        notes: 'Deleted by mistake it would take the record of calls, its signatures or the logs along. docs/operations.md, "Locks".',
      }, { parent: this, dependsOn: [...args.below] });
    }
    this.registerOutputs({});
  }
}
