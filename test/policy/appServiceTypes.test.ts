import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { appTypeOf } from '../../policy/appServiceTypes.ts';

describe('the types of App Service apps', () => {
  it('are told from others', () => {
    for (const type of [
      'azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings', 'azure-native:web:WebAppSlotConfigurationNames', 'azure-native:web:StaticSite',
      'azure-native:storage:Blob', 'azure:appservice/servicePlan:ServicePlan', 'azure:appservice/linuxFunctionApp:LinuxFunctionApp', 'other:web:WebApp', 'azure-native:webpubsub:WebApp',
      'my-azure-native:web:WebApp', 'toString',
    ]) assert.equal(appTypeOf(type), undefined, type);
  });

  it('know a slot from a site', () => {
    assert.equal(appTypeOf('azure-native:web:WebApp')?.isSlot, false);
    assert.equal(appTypeOf('azure-native:web:WebAppSlot')?.isSlot, true);
    assert.equal(appTypeOf('azure:appservice/slot:Slot')?.isSlot, true);
  });
});
