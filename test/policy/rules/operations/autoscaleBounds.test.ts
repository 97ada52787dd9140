import { autoscaleBounds } from '../../../../policy/rules/operations/autoscaleBounds.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const rule = (direction: string, cooldown: string) => ({ scaleAction: { direction, cooldown, type: 'ChangeCount', value: '1' } });
const setting = (profile: object) => ({ enabled: true, profiles: [{ capacity: { minimum: '3', default: '3', maximum: '10' }, rules: [rule('Increase', 'PT5M'), rule('Decrease', 'PT10M')], ...profile }] });

testResourceRule(autoscaleBounds, {
  types: ['azure-native:monitor:AutoscaleSetting', 'azure-native:insights:AutoscaleSetting'],
  settings: { minimum: 3, maximum: 30 },
  passes: { good: setting({}), 'an hour': setting({ rules: [rule('Increase', 'PT1H'), rule('Decrease', 'PT60M')] }) },
  fails: {
    off: [{ ...setting({}), enabled: false }, /^enabled has a value that is not allowed/],
    'off because omitted': [{ ...setting({}), enabled: undefined }, /^enabled is left out/],
    'too few': [setting({ capacity: { minimum: '2', default: '3', maximum: '10' } }), /^profiles\[0\]\.capacity\.minimum is out of bounds or left out\. Allowed: 3 to 30/],
    'too many': [setting({ capacity: { minimum: '3', default: '3', maximum: '31' } }), /capacity\.maximum is out of bounds/],
    'no capacity': [setting({ capacity: undefined }), [/minimum/, /default/, /maximum/]],
    'only out': [setting({ rules: [rule('Increase', 'PT5M')] }), /^profiles\[0\]\.rules has none with the direction Decrease/],
    'no pause': [setting({ rules: [rule('Increase', 'PT0S'), rule('Decrease', 'PT2H')] }), [/rules\[0\]\.scaleAction\.cooldown is out of bounds/, /rules\[1\]/]],
    'no profile': [{ enabled: true, profiles: [] }, /^profiles is empty/],
  },
  unknown: {
    profiles: [{ enabled: true, profiles: UNKNOWN_STRING }, /^profiles was not judged/], profile: [{ enabled: true, profiles: [UNKNOWN_STRING] }, /^profiles\[0\] was not judged/],
    count: [setting({ capacity: { minimum: UNKNOWN_STRING, default: '3', maximum: '10' } }), /capacity\.minimum was not judged/], rules: [setting({ rules: UNKNOWN_STRING }), /rules was not judged/],
    cooldown: [setting({ rules: [rule('Increase', UNKNOWN_STRING), rule('Decrease', 'PT5M')] }), /rules\[0\]\.scaleAction\.cooldown was not judged/],
  },
});
