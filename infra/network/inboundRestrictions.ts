/** Whose requests are let in; with neither of the two, everybody's. */
export interface InboundRestriction {
  /** Id of an Azure Front Door profile. */
  readonly frontDoorId: string | undefined;
  /** Ranges of addresses. */
  readonly cidrs: readonly string[];
}

const FIRST_PRIORITY = 100;

/**
 * The access restrictions of site and slot. All profiles of Front Door share their addresses: the header that Front Door sets tells ours. The deployment site
 * (SCM), which nothing here uses, lets in the ranges alone.
 * Source: learn.microsoft.com, "Set up Azure App Service access restrictions", section "Restrict access to a specific Azure Front Door instance".
 */
export function inboundRestrictions({ frontDoorId, cidrs }: InboundRestriction) {
  if (frontDoorId === undefined && cidrs.length === 0) return {};
  const ranges = cidrs.map((ipAddress, place) => ({ name: `range-${place + 1}`, action: 'Allow', priority: FIRST_PRIORITY + 1 + place, ipAddress }));
  const frontDoor = frontDoorId === undefined ? [] : [{
    name: 'front-door', action: 'Allow', priority: FIRST_PRIORITY, tag: 'ServiceTag', ipAddress: 'AzureFrontDoor.Backend', headers: { 'x-azure-fdid': [frontDoorId] },
  }];
  return {
    ipSecurityRestrictions: [...frontDoor, ...ranges],
    ipSecurityRestrictionsDefaultAction: 'Deny',
    scmIpSecurityRestrictions: ranges,
    scmIpSecurityRestrictionsDefaultAction: 'Deny',
    scmIpSecurityRestrictionsUseMain: false,
  };
}
