import { autoscaleBounds } from '../../../../policy/rules/operations/autoscaleBounds.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const CPU = { metricName: 'CpuPercentage', operator: 'GreaterThan', threshold: 65 };
const out = (trigger: object = {}, action: object = {}) => ({ metricTrigger: { ...CPU, ...trigger }, scaleAction: { direction: 'Increase', cooldown: 'PT5M', type: 'ChangeCount', value: '1', ...action } });
const back = (trigger: object = {}, action: object = {}) => ({ metricTrigger: { ...CPU, operator: 'LessThan', threshold: 30, ...trigger }, scaleAction: { direction: 'Decrease', cooldown: 'PT10M', type: 'ChangeCount', value: '1', ...action } });
const setting = (profile: object) => ({ enabled: true, profiles: [{ capacity: { minimum: '3', default: '3', maximum: '10' }, rules: [out(), back()], ...profile }] });

testResourceRule(autoscaleBounds, {
  types: ['azure-native:monitor:AutoscaleSetting', 'azure-native:insights:AutoscaleSetting'],
  settings: { minimum: 3, maximum: 30 },
  passes: {
    good: setting({}),
    'an hour': setting({ rules: [out({}, { cooldown: 'PT1H' }), back({}, { cooldown: 'PT60M' })] }),
    'by the queue, in percent': setting({ rules: [out({ metricName: 'HttpQueueLength', threshold: 1_000 }, { type: 'PercentChangeCount', value: '20' }), back({ operator: 'LessThanOrEqual' })] }),
  },
  fails: {
    off: [{ ...setting({}), enabled: false }, /^enabled has a value that is not allowed/],
    'off because omitted': [{ ...setting({}), enabled: undefined }, /^enabled is left out/],
    'too few': [setting({ capacity: { minimum: '2', default: '3', maximum: '10' } }), /^profiles\[0\]\.capacity\.minimum is out of bounds or left out\. Allowed: 3 to 30/],
    'too many': [setting({ capacity: { minimum: '3', default: '3', maximum: '31' } }), /capacity\.maximum is out of bounds/],
    'no capacity': [setting({ capacity: undefined }), [/minimum/, /default/, /maximum/]],
    'only out': [setting({ rules: [out()] }), /^profiles\[0\]\.rules has none with the direction Decrease/],
    'no pause': [setting({ rules: [out({}, { cooldown: 'PT0S' }), back({}, { cooldown: 'PT2H' })] }), [/rules\[0\]\.scaleAction\.cooldown is out of bounds/, /rules\[1\]/]],
    'no step': [setting({ rules: [out({}, { value: '0' }), back({}, { type: 'ExactCount' })] }), [/^profiles\[0\]\.rules\[0\]\.scaleAction\.value is too small/, /rules\[1\]\.scaleAction\.type is no step/]],
    'never reached': [setting({ rules: [out({ threshold: 91 }), back()] }), /^profiles\[0\]\.rules\[0\]\.metricTrigger\.threshold is out of bounds\. Allowed to increase: at most 90/],
    'back and forth': [setting({ rules: [out(), back({ threshold: 65 })] }), /rules\[1\]\.metricTrigger\.threshold is not below the one that increases/],
    'the wrong way round': [setting({ rules: [out({ operator: 'LessThan' }), back({ operator: 'GreaterThan' })] }), [/rules\[0\]\.metricTrigger\.operator does not go with the direction/, /rules\[1\]/]],
    'on what is no load': [setting({ rules: [out({ metricName: 'BytesSent' }), back()] }), /rules\[0\]\.metricTrigger\.metricName tells nothing of load/],
    'without a metric': [setting({ rules: [{ ...out(), metricTrigger: undefined }, back()] }), /rules\[0\]\.metricTrigger\.metricName tells nothing of load, or is left out/],
    'without a threshold': [setting({ rules: [out({ threshold: undefined }), back()] }), [/rules\[0\]\.metricTrigger\.threshold is out of bounds/, /rules\[1\]\.metricTrigger\.threshold is not below/]],
    'no profile': [{ enabled: true, profiles: [] }, /^profiles is empty/],
  },
  unknown: {
    profiles: [{ enabled: true, profiles: UNKNOWN_STRING }, /^profiles was not judged/], profile: [{ enabled: true, profiles: [UNKNOWN_STRING] }, /^profiles\[0\] was not judged/],
    count: [setting({ capacity: { minimum: UNKNOWN_STRING, default: '3', maximum: '10' } }), /capacity\.minimum was not judged/], rules: [setting({ rules: UNKNOWN_STRING }), /rules was not judged/],
    cooldown: [setting({ rules: [out({}, { cooldown: UNKNOWN_STRING }), back()] }), /rules\[0\]\.scaleAction\.cooldown was not judged/],
    step: [setting({ rules: [out({}, { type: UNKNOWN_STRING, value: UNKNOWN_STRING }), back()] }), [/scaleAction\.type was not judged/, /scaleAction\.value was not judged/]],
    trigger: [setting({ rules: [out({ threshold: UNKNOWN_STRING }), back()] }), /rules\[0\]\.metricTrigger was not judged/],
  },
});
