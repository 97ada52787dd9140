import { remoteDebuggingOff } from '../../../../policy/rules/security/remoteDebuggingOff.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(remoteDebuggingOff, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { omitted: {}, set: { siteConfig: { remoteDebuggingEnabled: false } }, 'a command': { siteConfig: { appCommandLine: 'node --max-semi-space-size=16 server.mjs' } } },
  fails: {
    inspector: [{ siteConfig: { appCommandLine: 'node --inspect-brk=0.0.0.0 server.mjs' } }, /^siteConfig\.appCommandLine has a value that is not allowed\. Allowed: a command that starts no inspector/],
    explicit: [{ siteConfig: { remoteDebuggingEnabled: true } }, /^siteConfig\.remoteDebuggingEnabled has a value that is not allowed\. Allowed: /],
  },
  unknown: { value: [{ siteConfig: { remoteDebuggingEnabled: UNKNOWN_BOOLEAN } }, /^siteConfig\.remoteDebuggingEnabled was not judged/], command: [{ siteConfig: { appCommandLine: UNKNOWN_STRING } }, /^siteConfig\.appCommandLine was not judged/],
    'all around it': [{ siteConfig: UNKNOWN_STRING }, [/^siteConfig\.remoteDebuggingEnabled was not judged/, /appCommandLine/]] },
  remediates: { explicit: [{ siteConfig: { remoteDebuggingEnabled: true } }, { siteConfig: { remoteDebuggingEnabled: false } }], 'nothing that is not known': [{ siteConfig: UNKNOWN_STRING }, { siteConfig: UNKNOWN_STRING }] },
});
