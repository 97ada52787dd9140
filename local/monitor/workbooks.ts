import type { ResourceType } from '../arm/types.ts';
import { badRequest, GROUP_PATH, referenced, type Find } from './judge.ts';

const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Source: learn.microsoft.com, "Workbooks - Create Or Update" and "Programmatically manage workbooks". */
export function workbookRow({ find, now }: { find: Find; now: () => Date }): ResourceType {
  return {
    type: 'Microsoft.Insights/workbooks',
    token: 'applicationinsights:Workbook',
    path: `${GROUP_PATH}/Microsoft.Insights/workbooks/{resourceName}`,
    apiVersions: ['2023-06-01', '2022-04-01'],
    envelope: ['location', 'tags', 'kind', 'identity'],
    existence: 'created',
    replaceOnChange: ['location'],
    behaviour: {
      validate({ parameters, body }) {
        const { serializedData, sourceId } = body['properties'] as { serializedData: string; sourceId?: string };
        if (!GUID.test(parameters['resourceName'] ?? '')) throw badRequest(`The name of a workbook is a GUID; '${parameters['resourceName']}' is none.`);
        if (body['kind'] !== undefined && body['kind'] !== 'shared') throw badRequest(`The kind of a workbook is 'shared', not '${String(body['kind'])}'.`);
        if (!isJsonObject(serializedData)) throw badRequest('serializedData must be the JSON of the workbook, as text.');
        if (sourceId?.startsWith('/') === true) referenced(find, sourceId, 'sourceId');
      },
      complete(draft, { existing, principal }) {
        draft['kind'] ??= 'shared';
        const revision = Number(existing?.properties['revision'] ?? 0) + 1;
        draft.properties = { version: 'Notebook/1.0', ...draft.properties, timeModified: now().toISOString(), userId: principal.objectId, revision: String(revision) };
      },
    },
  };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
