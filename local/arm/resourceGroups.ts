import { AzureError } from '../core/errors.ts';
import type { ResourceType } from './types.ts';

/** Source: learn.microsoft.com, "Resource Groups - Create Or Update" and "Naming rules and restrictions for Azure resources". */
export const resourceGroupType: ResourceType = {
  type: 'Microsoft.Resources/resourceGroups',
  token: 'resources:ResourceGroup',
  path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}',
  apiVersions: ['2024-03-01', '2021-04-01', '2022-09-01', '2023-07-01'],
  envelope: ['location', 'tags', 'managedBy'],
  existence: 'created',
  asynchronous: { delete: true },
  replaceOnChange: ['location', 'managedBy'],
  behaviour: {
    validate({ parameters, body, existing }) {
      const name = parameters['resourceGroupName'] ?? '';
      if (!/^[-\w._()]{1,90}$/.test(name) || name.endsWith('.')) {
        throw new AzureError(400, 'InvalidResourceGroup', `The resource group name '${name}' is not allowed. Names have 1 to 90 letters, digits, hyphens, underscores, parentheses and periods, and do not end with a period.`);
      }
      if (existing && existing['location'] !== body['location']) {
        throw new AzureError(409, 'InvalidResourceGroupLocation', `The resource group '${name}' already exists in location '${String(existing['location'])}'. Its location cannot change: delete it first.`);
      }
    },
    complete(draft) {
      draft.properties['provisioningState'] = 'Succeeded';
    },
  },
};
