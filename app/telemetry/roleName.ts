const PRODUCTION = 'production';

/**
 * `cloud_RoleName` of a slot, by which telemetry of the slots is told apart: site and slot share their workers, and with them the names of the instances.
 * @param site WEBSITE_SITE_NAME
 */
export function roleNameOf(site: string, slot: string): string {
  return slot === PRODUCTION ? site : `${site}/${slot}`;
}
