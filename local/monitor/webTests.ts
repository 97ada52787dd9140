import { z } from 'zod';
import type { ResourceType } from '../arm/types.ts';
import { notSupportedLocally } from '../core/errors.ts';
import { badRequest, GROUP_PATH, oneOf, readProperties, referenced, type Find } from './judge.ts';
import { COMPONENT_TYPE } from './rows.ts';

export const WEB_TEST_TYPE = 'Microsoft.Insights/webtests';

/** Source: learn.microsoft.com, "Application Insights availability tests", supported locations (population tags). */
const LOCATIONS = [
  'apac-hk-hkn-azr', 'apac-jp-kaw-edge', 'apac-sg-sin-azr', 'emea-au-syd-edge', 'emea-ch-zrh-edge', 'emea-fr-pra-edge', 'emea-gb-db3-azr', 'emea-nl-ams-azr', 'emea-ru-msa-edge', 'emea-se-sto-edge',
  'latam-br-gru-edge', 'us-ca-sjc-azr', 'us-fl-mia-edge', 'us-il-ch1-azr', 'us-tx-sn1-azr', 'us-va-ash-azr',
];
const FREQUENCIES_S = [300, 600, 900];
const MAX_TIMEOUT_S = 120;
const HIDDEN_LINK = 'hidden-link:';

const propertiesSchema = z.object({
  Kind: z.string(),
  Frequency: z.number().default(300),
  Timeout: z.number().default(30),
  Locations: z.array(z.object({ Id: z.string() })).min(1),
  Request: z.object({ RequestUrl: z.url({ protocol: /^https?$/ }) }).optional(),
  ValidationRules: z.object({ SSLCheck: z.boolean().optional() }).optional(),
});

/** Source: learn.microsoft.com, "Web Tests - Create Or Update" and "Application Insights availability tests", standard tests. */
export function webTestRow({ find }: { find: Find }): ResourceType {
  return {
    type: WEB_TEST_TYPE,
    token: 'applicationinsights:WebTest',
    path: `${GROUP_PATH}/${WEB_TEST_TYPE}/{webTestName}`,
    apiVersions: ['2022-06-15'],
    envelope: ['location', 'tags', 'kind'],
    repeatedInBody: { webTestName: 'Name' },
    renames: {
      configuration: 'Configuration', description: 'Description', enabled: 'Enabled', frequency: 'Frequency', locations: 'Locations', request: 'Request', retryEnabled: 'RetryEnabled',
      syntheticMonitorId: 'SyntheticMonitorId', timeout: 'Timeout', validationRules: 'ValidationRules', webTestKind: 'Kind',
      'configuration.webTest': 'WebTest',
      'locations.location': 'Id',
      'request.followRedirects': 'FollowRedirects', 'request.headers': 'Headers', 'request.httpVerb': 'HttpVerb', 'request.parseDependentRequests': 'ParseDependentRequests',
      'request.requestBody': 'RequestBody', 'request.requestUrl': 'RequestUrl', 'request.headers.headerFieldName': 'key', 'request.headers.headerFieldValue': 'value',
      'validationRules.contentValidation': 'ContentValidation', 'validationRules.expectedHttpStatusCode': 'ExpectedHttpStatusCode', 'validationRules.ignoreHttpStatusCode': 'IgnoreHttpStatusCode',
      'validationRules.sSLCertRemainingLifetimeCheck': 'SSLCertRemainingLifetimeCheck', 'validationRules.sSLCheck': 'SSLCheck',
      'validationRules.contentValidation.contentMatch': 'ContentMatch', 'validationRules.contentValidation.ignoreCase': 'IgnoreCase', 'validationRules.contentValidation.passIfTextFound': 'PassIfTextFound',
    },
    existence: 'created',
    replaceOnChange: ['location'],
    behaviour: {
      validate(request) {
        const { Kind, Frequency, Timeout, Locations, Request, ValidationRules } = readProperties(propertiesSchema, request);
        if (Kind !== 'standard' || request.body['kind'] !== 'standard') throw notSupportedLocally(`A web test of kind ${Kind} (served is standard, as kind and as properties.Kind; ping tests have been retired)`);
        judgeLink((request.body['tags'] ?? {}) as Record<string, string>, find);
        if (!FREQUENCIES_S.includes(Frequency)) throw badRequest(`Frequency is ${Frequency}; allowed: ${FREQUENCIES_S.join(', ')} seconds.`);
        if (Timeout < 1 || Timeout > MAX_TIMEOUT_S) throw badRequest(`Timeout is ${Timeout}; allowed are 1 to ${MAX_TIMEOUT_S} seconds.`);
        for (const { Id } of Locations) oneOf(Id, LOCATIONS, 'The id of a location');
        if (!Request) throw badRequest('A standard test needs Request with RequestUrl.');
        if (ValidationRules?.SSLCheck === true && !Request.RequestUrl.startsWith('https:')) throw badRequest('SSLCheck needs a RequestUrl with https.');
      },
      complete(draft) {
        draft.properties = { Enabled: true, Frequency: 300, Timeout: 30, RetryEnabled: false, ...draft.properties, provisioningState: 'Succeeded' };
      },
    },
  };
}

/** The component that a test belongs to is named by a tag, and by nothing else. */
function judgeLink(tags: Readonly<Record<string, string>>, find: Find): void {
  const links = Object.entries(tags).filter(([name, value]) => name.toLowerCase().startsWith(HIDDEN_LINK) && value === 'Resource');
  const [link] = links;
  if (!link || links.length > 1) throw badRequest(`A single 'hidden-link' tag pointing to an existing AI component is required. Found none (or too many). Give one tag "${HIDDEN_LINK}<id of the component>" with the value "Resource".`);
  referenced(find, link[0].slice(HIDDEN_LINK.length), 'The hidden-link tag', [COMPONENT_TYPE]);
}
