import { healthCheck } from '../../../../policy/rules/stateless/healthCheck.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(healthCheck, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan'],
  passes: { set: { siteConfig: { healthCheckPath: '/health' } }, ready: { siteConfig: { healthCheckPath: '/ready' } } },
  fails: {
    explicit: [{ siteConfig: { healthCheckPath: '/healthz' } }, /^siteConfig\.healthCheckPath has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^siteConfig\.healthCheckPath is left out: /],
  },
  unknown: { value: [{ siteConfig: { healthCheckPath: UNKNOWN_STRING } }, /^siteConfig\.healthCheckPath was not judged/], 'all around it': [{ siteConfig: UNKNOWN_STRING }, /^siteConfig\.healthCheckPath was not judged/] },
});

const WARM = { WEBSITE_SWAP_WARMUP_PING_PATH: '/health', WEBSITE_SWAP_WARMUP_PING_STATUSES: '200', WEBSITE_WARMUP_PATH: '/ready', WEBSITE_WARMUP_STATUSES: '200' };
const EACH = Object.keys(WARM).map((name) => new RegExp(`^properties\\.${name} `));

testResourceRule(healthCheck, {
  types: ['azure-native:web:WebAppApplicationSettings', 'azure-native:web:WebAppApplicationSettingsSlot'],
  passes: { set: { properties: WARM } },
  fails: {
    path: [{ properties: { ...WARM, WEBSITE_WARMUP_PATH: '/' } }, /^properties\.WEBSITE_WARMUP_PATH has a value that is not allowed/],
    statuses: [{ properties: { ...WARM, WEBSITE_SWAP_WARMUP_PING_STATUSES: '200,500' } }, /^properties\.WEBSITE_SWAP_WARMUP_PING_STATUSES has a value/],
    omitted: [{ properties: {} }, EACH],
  },
  unknown: { value: [{ properties: { ...WARM, WEBSITE_WARMUP_PATH: UNKNOWN_STRING } }, /^properties\.WEBSITE_WARMUP_PATH was not judged/], all: [{ properties: UNKNOWN_STRING }, EACH] },
});
