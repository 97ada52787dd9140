import type { Leaf, Unjudged } from './mutation.ts';

const APPS = ['web:WebApp', 'web:WebAppSlot'];
const SETTINGS = ['web:WebAppApplicationSettings', 'web:WebAppApplicationSettingsSlot'];
const GROUP = ['network:NetworkSecurityGroup'];
const QUERY = ['monitor:ScheduledQueryRule'];
const METRIC = ['monitor:MetricAlert'];
const SCALING = ['monitor:AutoscaleSetting'];
const TEST = ['applicationinsights:WebTest'];
const APPLICATION = ['azuread:Application'];
const CATALOGUE = ['mcp:infra:ToolApi'];
const COMPONENT = ['applicationinsights:Component'];
const allows = ({ beside }: Leaf): boolean => beside['access'] === 'Allow';

/** Several paths of the same types with the same reason. */
function each(on: readonly string[], paths: readonly string[], why: string, more: Pick<Unjudged, 'named' | 'where'> = {}): Unjudged[] {
  return paths.map((path) => ({ on, path, why, ...more }));
}

const NAME = 'A name. What refers to the resource by it is judged there.';
const SHOWN = 'A text that is shown to people.';
const OPERATORS_CHOICE = 'The operator\'s own choice, made in the stack\'s file, where it is reviewed; every allowed value is safe.';
const NO_EFFECT = 'Filled in by the SDK; says nothing to an app on Linux.';
const REFUSED = 'Azure refuses any other value beside the rest of the resource.';
const CLOSES = 'Another value closes what is open: it is noticed at once, and lets nobody in.';

export const UNJUDGED: readonly Unjudged[] = [
  ...each(['*'], ['resourceGroupName'], 'Where the resource is kept. Locks, retention and rights are judged on the resources themselves.'),

  ...each(APPS, ['hyperV', 'isXenon', 'scmSiteAlsoStopped', 'siteConfig.localMySqlEnabled', 'siteConfig.netFrameworkVersion'], NO_EFFECT),
  ...each(APPS, ['siteConfig.webSocketsEnabled'], 'Says nothing to an app on Linux, for which they are always on; the server upgrades no connection.'),
  ...each([...APPS, 'web:AppServicePlan'], ['kind', 'reserved'], REFUSED),
  ...each(['web:AppServicePlan'], ['sku.name'], 'A size, which the load asks for. Azure refuses one without slots, zones or a network beside these.'),
  ...each(['web:WebAppSlot', 'web:WebAppFtpAllowedSlot', 'web:WebAppScmAllowedSlot', 'web:WebAppApplicationSettingsSlot'], ['slot'], NAME),
  ...each(['web:WebAppSlotConfigurationNames'], ['appSettingNames[]'], 'Which settings stay with a slot: the name of the slot, which telemetry shows.'),
  ...each(APPS, ['siteConfig.ipSecurityRestrictions[].name', 'siteConfig.scmIpSecurityRestrictions[].name'], NAME),
  ...each(APPS, ['siteConfig.ipSecurityRestrictions[].priority', 'siteConfig.scmIpSecurityRestrictions[].priority'], 'The order of rules that all let somebody in decides nothing.'),
  ...each(APPS, ['siteConfig.ipSecurityRestrictions[].action', 'siteConfig.scmIpSecurityRestrictions[].action', 'siteConfig.ipSecurityRestrictions[].tag'], CLOSES),

  ...each(SETTINGS, ['properties.AZURE_CLIENT_ID'], 'Which of the site\'s identities is asked for a token: it has one alone, and Azure gives out no token of another.'),
  ...each(SETTINGS, ['properties.MCP_AUDIT_MODE', 'properties.MCP_AUTHORIZATION_SERVER', 'properties.MCP_TRACE_SAMPLING_RATIO'], OPERATORS_CHOICE),
  ...each(SETTINGS, ['properties.MCP_POLICY_VERSION', 'properties.MCP_SLOT'], 'Stands in the record and in telemetry, and decides nothing.'),

  ...each(['keyvault:Vault'], ['properties.sku.family', 'properties.sku.name'], 'With or without hardware of its own: a price, and the operator\'s requirement.'),
  ...each(['keyvault:Key'], ['properties.curveName', 'properties.keyOps[]', 'properties.kty'], 'Key Vault has no weak kind of key. One that cannot sign leaves heads unsigned, which the alert audit-failures and "npm run audit -- verify" tell.'),
  ...each(['keyvault:Key', 'keyvault:Secret'], ['keyName', 'secretName'], NAME),
  ...each(['keyvault:Secret'], ['properties.attributes.enabled'], CLOSES),
  ...each(['keyvault:Secret'], ['properties.contentType'], SHOWN),
  ...each(['keyvault:Secret'], ['properties.value'], 'A secret, which rules never read. Configuration and server both refuse less than 32 bytes.'),

  ...each(['storage:StorageAccount'], ['accessTier', 'kind'], 'A price; the record needs append blobs, which Azure refuses on other kinds.'),
  ...each(['storage:StorageAccount'], ['defaultToOAuthAuthentication'], 'What the portal asks with first; what the account takes is allowSharedKeyAccess.'),
  ...each(['storage:StorageAccount'], ['allowSharedKeyAccess'], 'Exempt: azure-native uploads packages with the account key (docs/decisions/012-account-key-of-the-package-store.md).', { named: /^mcp(?!state)/ }),
  ...each(['storage:StorageAccount'], ['networkRuleSet.bypass'], 'Which services of Azure are let in past a public endpoint that is closed: the widest that there is, and each of them needs a role.'),
  ...each(['keyvault:Vault'], ['properties.networkAcls.bypass'], 'Which services of Azure are let in past a public endpoint that is closed: the widest that there is, and each of them needs a role.'),
  ...each(['storage:BlobServiceProperties'], ['blobServicesName'], REFUSED),
  ...each(['storage:BlobContainer'], ['containerName'], NAME, { named: /^(?!state-(?:audit|anchors)$)/ }),
  ...each(['storage:BlobContainerImmutabilityPolicy'], ['immutabilityPolicyName'], REFUSED),
  ...each(['storage:Blob'], ['blobName', 'contentType', 'metadata.commit', 'metadata.digest', 'source.__pulumiAsset', 'type'], 'What is uploaded. The server reports the digest of what it runs, and a promotion compares it.'),

  ...each(GROUP, ['securityRules[].description', 'securityRules[].name'], SHOWN),
  ...each(GROUP, ['securityRules[].priority'], 'The order among openings decides nothing, and a denial before them closes what is open.'),
  ...each(GROUP, ['securityRules[].access', 'securityRules[].sourcePortRange'], CLOSES, { where: allows }),
  ...each(GROUP, ['securityRules[].sourceAddressPrefix'], CLOSES, { where: (leaf) => allows(leaf) && leaf.beside['direction'] === 'Outbound' }),
  ...each(GROUP, ['securityRules[].destinationAddressPrefix'], CLOSES, { where: (leaf) => allows(leaf) && leaf.beside['direction'] === 'Inbound' }),
  ...each(GROUP, ['securityRules[].protocol'], 'Names are asked by UDP and TCP.', { where: ({ beside }) => beside['destinationAddressPrefix'] === 'AzurePlatformDNS' }),
  ...each(['network:VirtualNetwork'], ['addressSpace.addressPrefixes[]', 'subnets[].addressPrefix'], 'Which private addresses are used. Azure refuses subnets outside of the network.'),
  ...each(['network:VirtualNetwork'], ['enableDdosProtection', 'enableVmProtection'], 'Filled in by the SDK: protection of public addresses and virtual machines, neither of which the network has.'),
  ...each(['network:VirtualNetwork'], ['subnets[].name', 'subnets[].delegations[].name'], NAME),
  ...each(['network:PrivateEndpoint'], ['privateLinkServiceConnections[].name'], NAME),
  ...each(['network:PrivateEndpoint'], ['subnet.privateEndpointNetworkPolicies', 'subnet.privateLinkServiceNetworkPolicies'], 'Filled in by the SDK beside the id of the subnet, whose own setting is judged.'),
  ...each(['network:PrivateDnsZoneGroup'], ['privateDnsZoneConfigs[].name', 'privateDnsZoneGroupName'], NAME),
  ...each(['privatedns:PrivateZone', 'privatedns:VirtualNetworkLink'], ['location'], REFUSED),
  ...each(['privatedns:VirtualNetworkLink'], ['registrationEnabled'], 'Would put names of virtual machines into the zone, of which the network has none.'),

  ...each(['authorization:RoleDefinition'], ['description', 'roleName'], SHOWN),
  ...each(['authorization:RoleDefinition'], ['roleDefinitionId'], NAME),
  ...each(['authorization:RoleDefinition'], ['roleType', 'scope'], REFUSED),
  ...each(['authorization:RoleAssignment'], ['description'], SHOWN),
  ...each(['authorization:RoleAssignment'], ['principalType'], 'Azure refuses a type that is not the principal\'s.'),
  ...each(APPLICATION, ['displayName', 'description', 'appRoles[].description', 'appRoles[].displayName', 'api.oauth2PermissionScopes[].adminConsentDescription', 'api.oauth2PermissionScopes[].adminConsentDisplayName', 'api.oauth2PermissionScopes[].userConsentDescription', 'api.oauth2PermissionScopes[].userConsentDisplayName'], SHOWN),
  ...each(APPLICATION, ['appRoles[].id', 'api.oauth2PermissionScopes[].id'], 'Tokens carry values, not ids. Entra refuses another id for a role that is enabled; test/infra/program.test.ts holds ids to their roles.'),
  ...each(APPLICATION, ['appRoles[].enabled', 'api.oauth2PermissionScopes[].enabled'], CLOSES),
  ...each(APPLICATION, ['appRoles[].allowedMemberTypes[]'], 'Who can be given the role; to whom it is given is an assignment of its own.'),
  ...each(APPLICATION, ['api.oauth2PermissionScopes[].type'], 'Whether a user or an administrator consents; without the user\'s own role a scope opens nothing.'),
  ...each(['azuread:ServicePrincipal'], ['description'], SHOWN),
  ...each(['azuread:ApplicationPreAuthorized'], ['authorizedClientId', 'permissionIds[]'], `${OPERATORS_CHOICE} Without the user's own role a consent opens nothing.`),
  ...each(['azuread:AppRoleAssignment'], ['appRoleId', 'principalObjectId'], 'The operator\'s own choice, made in the stack\'s file, where it is reviewed; "npm run audit -- access" shows what it opens.'),

  ...each(['operationalinsights:Workspace'], ['features.enableLogAccessUsingOnlyResourcePermissions'], 'Whether who may read a resource may read its logs, or only who may read the workspace: both take a role.'),
  ...each(['operationalinsights:Workspace'], ['sku.name'], 'A price.'),
  ...each(COMPONENT, ['applicationType', 'flowType', 'kind', 'requestSource'], SHOWN),
  ...each(COMPONENT, ['publicNetworkAccessForIngestion', 'publicNetworkAccessForQuery'], `Filled in by the SDK. ${CLOSES} Who writes and reads needs a role either way.`),
  ...each(['monitor:DiagnosticSetting'], ['name'], NAME),
  ...each(['monitor:DiagnosticSetting'], ['logAnalyticsDestinationType'], 'Which table the logs stand in.'),
  ...each(['monitor:DiagnosticSetting'], ['metrics[].category', 'metrics[].enabled'], 'Azure keeps metrics for 93 days itself, and alerts read them there.'),
  ...each(['monitor:DiagnosticSetting'], ['resourceUri'], 'Has metrics alone, as above.', { named: /^plan-metrics$/ }),

  ...each(['monitor:ActionGroup'], ['emailReceivers[].emailAddress', 'emailReceivers[].name', 'emailReceivers[].useCommonAlertSchema'], OPERATORS_CHOICE),
  ...each(['monitor:ActionGroup', ...METRIC], ['location'], REFUSED),
  ...each(['monitor:ActionGroup'], ['groupShortName'], SHOWN),
  ...each(QUERY, ['criteria.allOf[].query'], 'A rule would have to hold a copy. test/infra/queries holds each query to the schema of its tables, and the local Azure runs it.'),
  ...each(QUERY, ['criteria.allOf[].dimensions[].name', 'criteria.allOf[].dimensions[].operator', 'criteria.allOf[].dimensions[].values[]', 'criteria.allOf[].timeAggregation'], 'By what the measure is told apart and put together; the measure and its threshold are judged.'),
  ...each(QUERY, ['criteria.allOf[].failingPeriods.minFailingPeriodsToAlert', 'criteria.allOf[].failingPeriods.numberOfEvaluationPeriods'], 'Azure allows at most six looks, whose frequency is judged: it delays, and silences nothing.'),
  ...each([...QUERY, ...METRIC], ['windowSize'], 'Azure refuses one that is shorter than the frequency, which is judged; a longer one smooths.'),
  ...each([...QUERY, ...METRIC], ['severity', 'autoMitigate'], 'How it is told, not whether.'),
  ...each(QUERY, ['kind'], REFUSED),
  ...each(QUERY, ['displayName', 'description'], SHOWN),
  ...each(METRIC, ['description'], SHOWN),
  ...each(METRIC, ['criteria.allOf[].criterionType', 'criteria.allOf[].metricNamespace', 'criteria.odataType', 'criteria.componentId', 'criteria.allOf[].timeAggregation'], REFUSED),
  ...each(METRIC, ['criteria.allOf[].name'], NAME),
  ...each(METRIC, ['scopes[]'], 'Azure refuses others than the test and the component of the criterion, of which the test is judged.', { named: /^unavailable$/ }),
  ...each(TEST, ['frequency', 'timeout', 'retryEnabled', 'validationRules.sSLCertRemainingLifetimeCheck'], 'When it is noticed, within bounds of Azure\'s: every 15 minutes at the latest, after two minutes.'),
  ...each(TEST, ['locations[].location'], 'From where it asks: any place will do.'),
  ...each(TEST, ['kind', 'webTestKind', 'request.httpVerb', 'request.followRedirects', 'request.parseDependentRequests', 'syntheticMonitorId'], 'How it asks; what answer it takes is judged.'),
  ...each(TEST, ['tags.hidden-link:*'], 'Azure refuses a test that belongs to no component.'),
  ...each(SCALING, ['profiles[].name'], NAME),
  ...each(SCALING, ['profiles[].rules[].metricTrigger.metricResourceUri'], 'Judged for the whole of the profiles: one of them leads to the plan of the stack.'),
  ...each(SCALING, ['profiles[].rules[].metricTrigger.statistic', 'profiles[].rules[].metricTrigger.timeAggregation', 'profiles[].rules[].metricTrigger.timeGrain', 'profiles[].rules[].metricTrigger.timeWindow'], 'How the measure is put together, within bounds of Azure\'s; the measure and its threshold are judged.'),
  ...each(['applicationinsights:Workbook'], ['category', 'displayName', 'kind', 'serializedData', 'sourceId'], SHOWN),
  ...each(['applicationinsights:Workbook'], ['resourceName'], NAME),
  ...each(['authorization:ManagementLockByScope'], ['notes'], SHOWN),

  ...each(CATALOGUE, ['tools[].name', 'tools[].rules[]'], NAME),
  ...each(CATALOGUE, ['tools[].stage', 'tools[].reviewedOn'], 'What follows from the stage is the server\'s to hold; that a review is due is judged.'),
  ...each(CATALOGUE, ['tools[].egress[].maxResponseBytes', 'tools[].egress[].traceContext', 'tools[].limits.argumentsBytes', 'tools[].limits.concurrentCalls', 'tools[].limits.resultBytes', 'tools[].limits.timeoutMs'], 'Every declaration has one, within bounds that the server refuses to start beyond (app/tools/defineTool.ts).'),
];
