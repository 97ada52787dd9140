import type { JsonObject } from '../../arm/types.ts';

/**
 * What Azure fills in where a site's PUT is silent. Affinity is ON: only an explicit false turns it off.
 * Source: learn.microsoft.com, REST API, "Web Apps - Create Or Update", descriptions of the properties.
 */
export const SITE_DEFAULTS: JsonObject = {
  clientAffinityEnabled: true,
  clientAffinityPartitioningEnabled: false,
  clientAffinityProxyEnabled: false,
  clientCertEnabled: false,
  clientCertMode: 'Required',
  containerSize: 0,
  dailyMemoryTimeQuota: 0,
  enabled: true,
  endToEndEncryptionEnabled: false,
  hostNamesDisabled: false,
  httpsOnly: false,
  hyperV: false,
  ipMode: 'IPv4',
  isXenon: false,
  keyVaultReferenceIdentity: 'SystemAssigned',
  redundancyMode: 'None',
  reserved: true,
  scmSiteAlsoStopped: false,
  storageAccountRequired: false,
};

/** The site configuration where nobody has set it. Source: learn.microsoft.com, REST API, "Web Apps - Get Configuration". */
export const SITE_CONFIG_DEFAULTS: JsonObject = {
  acrUseManagedIdentityCreds: false,
  alwaysOn: false,
  appCommandLine: '',
  autoHealEnabled: false,
  detailedErrorLoggingEnabled: false,
  ftpsState: 'FtpsOnly',
  healthCheckPath: null,
  http20Enabled: false,
  httpLoggingEnabled: false,
  linuxFxVersion: '',
  loadBalancing: 'LeastRequests',
  localMySqlEnabled: false,
  logsDirectorySizeLimit: 35,
  managedPipelineMode: 'Integrated',
  minTlsVersion: '1.2',
  minimumElasticInstanceCount: 0,
  numberOfWorkers: 1,
  remoteDebuggingEnabled: false,
  requestTracingEnabled: false,
  scmIpSecurityRestrictionsUseMain: false,
  scmMinTlsVersion: '1.2',
  scmType: 'None',
  use32BitWorkerProcess: true,
  vnetRouteAllEnabled: false,
  webSocketsEnabled: false,
};
