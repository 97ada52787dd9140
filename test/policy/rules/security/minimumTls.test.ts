import { minimumTls } from '../../../../policy/rules/security/minimumTls.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const site = (minTlsVersion: string, scmMinTlsVersion: string) => ({ siteConfig: { minTlsVersion, scmMinTlsVersion } });

testResourceRule(minimumTls, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { 'both 1.2': site('1.2', '1.2'), 'both 1.3': site('1.3', '1.3') },
  fails: {
    'an old version': [site('1.1', '1.2'), /^siteConfig\.minTlsVersion has a value that is not allowed\. Allowed: "1\.2" or "1\.3"\.$/],
    'an old version of the SCM site': [site('1.2', '1.0'), /^siteConfig\.scmMinTlsVersion has a value/],
    'the SCM site omitted': [{ siteConfig: { minTlsVersion: '1.2' } }, /^siteConfig\.scmMinTlsVersion is left out/],
    'both omitted': [{}, [/^siteConfig\.minTlsVersion is left out/, /^siteConfig\.scmMinTlsVersion is left out/]],
  },
  unknown: { version: [site(UNKNOWN_STRING, '1.2'), /^siteConfig\.minTlsVersion was not judged/], 'the whole configuration': [{ siteConfig: UNKNOWN_STRING }, [/^siteConfig\.minTlsVersion/, /^siteConfig\.scmMinTlsVersion/]] },
  remediates: { both: [{ siteConfig: { minTlsVersion: '1.0', alwaysOn: true } }, { siteConfig: { minTlsVersion: '1.2', alwaysOn: true, scmMinTlsVersion: '1.2' } }], '1.3 stays': [site('1.3', '1.2'), site('1.3', '1.2')] },
});
