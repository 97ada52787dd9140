import { createLedger, type ExemptionLedger } from '../exemptionLedger.ts';
import type { Rule } from '../rule.ts';
import { affinityOff } from './stateless/affinityOff.ts';
import { instances } from './stateless/instances.ts';
import { alwaysOn } from './stateless/alwaysOn.ts';
import { healthCheck } from './stateless/healthCheck.ts';
import { stagingSlot } from './stateless/stagingSlot.ts';
import { noLocalState } from './stateless/noLocalState.ts';
import { runFromPackage } from './stateless/runFromPackage.ts';
import { httpsOnly } from './security/httpsOnly.ts';
import { minimumTls } from './security/minimumTls.ts';
import { runtimeSupported } from './security/runtimeSupported.ts';
import { http2 } from './security/http2.ts';
import { ftpsDisabled } from './security/ftpsDisabled.ts';
import { ftpBasicAuthOff } from './security/ftpBasicAuthOff.ts';
import { scmBasicAuthOff } from './security/scmBasicAuthOff.ts';
import { basicAuthCovered } from './security/basicAuthCovered.ts';
import { remoteDebuggingOff } from './security/remoteDebuggingOff.ts';
import { corsWithoutWildcard } from './security/corsWithoutWildcard.ts';
import { clientCertificates } from './security/clientCertificates.ts';
import { managedIdentity } from './security/managedIdentity.ts';
import { secretsByReference } from './security/secretsByReference.ts';
import { vaultRbac } from './security/vaultRbac.ts';
import { vaultPurgeProtection } from './security/vaultPurgeProtection.ts';
import { vaultSoftDelete } from './security/vaultSoftDelete.ts';
import { storageHttps } from './security/storageHttps.ts';
import { storageTls } from './security/storageTls.ts';
import { storageNoPublicBlobs } from './security/storageNoPublicBlobs.ts';
import { storageNoSharedKey } from './security/storageNoSharedKey.ts';
import { storageSoftDelete } from './security/storageSoftDelete.ts';
import { storageNoCrossTenantReplication } from './security/storageNoCrossTenantReplication.ts';
import { vnetRouting } from './security/vnetRouting.ts';
import { outboundInternetDenied } from './security/outboundInternetDenied.ts';
import { inboundDenied } from './security/inboundDenied.ts';
import { inboundRestricted } from './security/inboundRestricted.ts';
import { privateEndpoints } from './security/privateEndpoints.ts';
import { telemetryEntraOnly } from './security/telemetryEntraOnly.ts';
import { clientAddressesMasked } from './security/clientAddressesMasked.ts';
import { leastPrivilege } from './security/leastPrivilege.ts';
import { assignmentScope } from './security/assignmentScope.ts';
import { customRolesWithoutWildcards } from './security/customRolesWithoutWildcards.ts';
import { entraApplication } from './security/entraApplication.ts';
import { entraAssignmentRequired } from './security/entraAssignmentRequired.ts';
import { withinStack } from './security/withinStack.ts';
import { trustedNames } from './security/trustedNames.ts';
import { diagnosticSettings } from './operations/diagnosticSettings.ts';
import { alerts } from './operations/alerts.ts';
import { autoscaleBounds } from './operations/autoscaleBounds.ts';
import { zoneRedundancy } from './operations/zoneRedundancy.ts';
import { locks } from './operations/locks.ts';
import { noGroupLock } from './operations/noGroupLock.ts';
import { tags } from './operations/tags.ts';
import { telemetryConnected } from './operations/telemetryConnected.ts';
import { logRetention } from './operations/logRetention.ts';
import { recordRetention } from './operations/recordRetention.ts';
import { noDrift } from './operations/noDrift.ts';
import { toolScoped } from './tools/toolScoped.ts';
import { toolLimited } from './tools/toolLimited.ts';
import { toolEgress } from './tools/toolEgress.ts';
import { rolesMatchCatalogue } from './tools/rolesMatchCatalogue.ts';
import { identifierUris } from './tools/identifierUris.ts';
import { exemptionsInOrder, EXEMPTIONS_IN_ORDER } from './operations/exemptionsInOrder.ts';
import { toolReviewed } from './tools/toolReviewed.ts';

const FIXED_RULES: readonly Rule[] = [
  affinityOff, instances, alwaysOn, healthCheck, stagingSlot, noLocalState, runFromPackage,
  httpsOnly, minimumTls, runtimeSupported, http2, ftpsDisabled, ftpBasicAuthOff, scmBasicAuthOff, basicAuthCovered, remoteDebuggingOff, corsWithoutWildcard, clientCertificates, managedIdentity, secretsByReference, vaultRbac, vaultPurgeProtection, vaultSoftDelete, storageHttps, storageTls, storageNoPublicBlobs, storageNoSharedKey, storageNoCrossTenantReplication, storageSoftDelete, vnetRouting, outboundInternetDenied, inboundDenied, inboundRestricted, privateEndpoints, telemetryEntraOnly, clientAddressesMasked, leastPrivilege, assignmentScope, customRolesWithoutWildcards, entraApplication, entraAssignmentRequired, withinStack, trustedNames,
  diagnosticSettings, alerts, autoscaleBounds, zoneRedundancy, locks, noGroupLock, tags, telemetryConnected, logRetention, recordRetention,
  toolScoped, toolLimited, toolEgress, rolesMatchCatalogue, identifierUris,
];

/**
 * Every rule of the pack, in the order in which they judge: the rule on exemptions sees what all others needed.
 * @param ledger the exemptions, and the day that the rules judge on
 */
export function rulesOn(ledger: ExemptionLedger): readonly Rule[] {
  return [...FIXED_RULES, toolReviewed(ledger.today), noDrift(ledger), exemptionsInOrder(ledger)];
}

/** Names of the rules that an exemption can be from. */
export const EXEMPTIBLE_RULES: readonly string[] = rulesOn(createLedger([], '1970-01-01')).map(({ name }) => name).filter((name) => name !== EXEMPTIONS_IN_ORDER);
