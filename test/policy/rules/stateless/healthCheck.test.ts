import { healthCheck } from '../../../../policy/rules/stateless/healthCheck.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(healthCheck, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { set: { siteConfig: { healthCheckPath: '/health' } }, ready: { siteConfig: { healthCheckPath: '/ready' } } },
  fails: {
    explicit: [{ siteConfig: { healthCheckPath: '/healthz' } }, /^siteConfig\.healthCheckPath has a value that is not allowed\. Allowed: /],
    omitted: [{}, /^siteConfig\.healthCheckPath is left out: /],
  },
  unknown: { value: [{ siteConfig: { healthCheckPath: UNKNOWN_STRING } }, /^siteConfig\.healthCheckPath was not judged/], 'all around it': [{ siteConfig: UNKNOWN_STRING }, /^siteConfig\.healthCheckPath was not judged/] },
});
