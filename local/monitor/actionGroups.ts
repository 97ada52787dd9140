import { z } from 'zod';
import type { JsonObject, ResourceType } from '../arm/types.ts';
import { notSupportedLocally } from '../core/errors.ts';
import { badRequest, GROUP_PATH, judgeGlobal, readProperties } from './judge.ts';

export const ACTION_GROUP_TYPE = 'Microsoft.Insights/actionGroups';

/** Source: learn.microsoft.com, "Action Groups - Create Or Update", groupShortName. */
const MAX_SHORT_NAME_CHARACTERS = 12;
const UNSERVED = ['smsReceivers', 'webhookReceivers', 'itsmReceivers', 'azureAppPushReceivers', 'automationRunbookReceivers', 'voiceReceivers', 'logicAppReceivers', 'azureFunctionReceivers', 'eventHubReceivers', 'incidentReceivers'];
const receiver = z.object({ name: z.string().min(1) });
const propertiesSchema = z.object({
  groupShortName: z.string().min(1).max(MAX_SHORT_NAME_CHARACTERS, `at most ${MAX_SHORT_NAME_CHARACTERS} characters`),
  emailReceivers: z.array(receiver.extend({ emailAddress: z.email() })).default([]),
  armRoleReceivers: z.array(receiver.extend({ roleId: z.guid() })).default([]),
});

/** Source: learn.microsoft.com, "Action Groups - Create Or Update". */
export function actionGroupRow(): ResourceType {
  return {
    type: ACTION_GROUP_TYPE,
    token: 'monitor:ActionGroup',
    path: `${GROUP_PATH}/${ACTION_GROUP_TYPE}/{actionGroupName}`,
    apiVersions: ['2024-10-01-preview', '2023-01-01'],
    envelope: ['location', 'tags', 'identity'],
    existence: 'created',
    replaceOnChange: ['location'],
    behaviour: {
      validate(request) {
        judgeGlobal(request);
        const properties = request.body['properties'] as JsonObject;
        for (const name of UNSERVED) if (Array.isArray(properties[name]) && properties[name].length > 0) throw notSupportedLocally(`An action group with ${name} (served are emailReceivers and armRoleReceivers)`);
        const { emailReceivers, armRoleReceivers } = readProperties(propertiesSchema, request);
        const names = [...emailReceivers, ...armRoleReceivers].map(({ name }) => name.toLowerCase());
        if (new Set(names).size < names.length) throw badRequest('The names of the receivers of an action group must be distinct.');
      },
      complete(draft) {
        const empty = Object.fromEntries([...UNSERVED, 'emailReceivers', 'armRoleReceivers'].map((name) => [name, []]));
        const withSchema = (receivers: unknown, more: JsonObject): JsonObject[] => (Array.isArray(receivers) ? (receivers as JsonObject[]) : []).map((one) => ({ useCommonAlertSchema: false, ...one, ...more }));
        draft.properties = {
          ...empty,
          ...draft.properties,
          emailReceivers: withSchema(draft.properties['emailReceivers'], { status: 'Enabled' }),
          armRoleReceivers: withSchema(draft.properties['armRoleReceivers'], {}),
        };
      },
    },
  };
}
