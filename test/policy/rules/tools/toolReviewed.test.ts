import assert from 'node:assert/strict';
import { it } from 'node:test';
import { toolReviewed } from '../../../../policy/rules/tools/toolReviewed.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const rule = toolReviewed('2026-11-25');
const GOOD = { name: 'whoami', owner: 'platform team', stage: 'stable', reviewer: 'security team', reviewedOn: '2026-01-25', reviewDueOn: '2027-01-25' };
const tool = (change: object) => ({ tools: [{ ...GOOD, ...change }] });

testResourceRule(rule, {
  types: ['mcp:infra:ToolApi'],
  others: ['mcp:infra:HostedApp', 'azuread:index/application:Application'],
  passes: {
    'on the very day': tool({ reviewDueOn: '2026-11-25' }), later: tool({}), experimental: tool({ stage: 'experimental' }),
    'a disabled tool with an owner': { tools: [{ name: 'off', owner: 'platform team', stage: 'disabled' }] },
  },
  fails: {
    'no catalogue': [{}, /^The component has no list tools/],
    'no list': [{ tools: 'whoami' }, /^The component has no list tools/],
    overdue: [tool({ reviewDueOn: '2026-11-24' }), /^The review of tool whoami is overdue since 2026-11-24\. Review it\. Set .* in the declaration of the tool/],
    'overdue and deprecated': [tool({ stage: 'deprecated', sunsetOn: '2027-03-31', reviewDueOn: '2026-01-01' }), /^The review of tool whoami is overdue/],
    'no owner': [tool({ owner: undefined }), /^Tool whoami has no owner\. Set owner/],
    'an empty owner': [tool({ owner: '' }), /^Tool whoami has no owner/],
    'no reviewer': [tool({ reviewer: undefined }), /^Tool whoami has no reviewer/],
    'no day': [tool({ reviewDueOn: undefined }), /^Tool whoami has no day on which its review is due/],
    'a day that is none': [tool({ reviewDueOn: 'never' }), /^Tool whoami has a reviewDueOn that is no day; allowed: YYYY-MM-DD/],
    'a disabled tool without an owner': [{ tools: [{ name: 'off', stage: 'disabled' }] }, /^Tool off has no owner/],
    'all that is wrong with all tools': [{ tools: [{ name: 'one' }, { ...GOOD, name: 'two', owner: '' }] }, [/^Tool one has no owner/, /^Tool one has no reviewer/, /^Tool one has no day/, /^Tool two has no owner/]],
    'a name that is none': [tool({ name: 'hunter2 is secret', owner: 7 }), /^Tool 1 of the catalogue has no owner/],
  },
  unknown: {
    catalogue: [{ tools: UNKNOWN_STRING }, /^The catalogue of tools was not judged/],
    tool: [{ tools: [UNKNOWN_STRING] }, /^Tool 1 of the catalogue was not judged/],
    owner: [tool({ owner: UNKNOWN_STRING }), /^Tool whoami: owner was not judged/],
    reviewer: [tool({ reviewer: UNKNOWN_STRING }), /^Tool whoami: reviewer was not judged/],
    day: [tool({ reviewDueOn: UNKNOWN_STRING }), /^Tool whoami: reviewDueOn was not judged/],
  },
});

it('tool-reviewed names the tool and stops nothing [policy.tool-reviewed]', () => assert.deepEqual([rule.enforcementLevel, rule.group, rule.name, rule.blocksOnUnknown], ['advisory', 'tools', 'tool-reviewed', false]));
