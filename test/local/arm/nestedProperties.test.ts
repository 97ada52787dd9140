import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBodyContract } from '../../../local/arm/contract/body.ts';
import type { JsonObject, Resource } from '../../../local/arm/types.ts';
import { networkResourceTypes } from '../../../local/network/index.ts';

const row = networkResourceTypes({ get: () => undefined, list: () => [] }).find(({ token }) => token === 'network:VirtualNetwork');

test('objects with properties of their own are flat in azure-native and nested on the wire, lists in lists as well', () => {
  assert.ok(row);
  const contract = createBodyContract(row);
  const inputs: JsonObject = {
    resourceGroupName: 'g', virtualNetworkName: 'net', location: 'westeurope', addressSpace: { addressPrefixes: ['10.0.0.0/24'] },
    subnets: [{ name: 'a', addressPrefix: '10.0.0.0/26', networkSecurityGroup: { id: '/nsg' }, delegations: [{ name: 'd', serviceName: 'Microsoft.Web/serverFarms' }] }, { name: 'b' }],
  };
  const body = contract.toBody(inputs);
  assert.deepEqual(body, {
    location: 'westeurope',
    properties: {
      addressSpace: { addressPrefixes: ['10.0.0.0/24'] },
      subnets: [
        { name: 'a', properties: { addressPrefix: '10.0.0.0/26', networkSecurityGroup: { id: '/nsg' }, delegations: [{ name: 'd', properties: { serviceName: 'Microsoft.Web/serverFarms' } }] } },
        { name: 'b' },
      ],
    },
  });
  assert.deepEqual(contract.judgeBody(body), []);
  const outputs = contract.toOutputs({ id: '/net', name: 'net', type: row.type, ...body } as Resource);
  assert.deepEqual(outputs['subnets'], inputs['subnets']);
});

test('a body is judged in its own terms: what stands beside properties, and what stands in them', () => {
  assert.ok(row);
  const contract = createBodyContract(row);
  const breaches = (subnet: JsonObject) => contract.judgeBody({ location: 'westeurope', properties: { subnets: [subnet] } }).map(({ path, code }) => `${code} ${path}`);
  assert.deepEqual(breaches({ name: 'a', addressPrefix: '10.0.0.0/26' }), ['unknown properties.subnets[0].addressPrefix']);
  assert.deepEqual(breaches({ name: 'a', properties: { adressPrefix: '10.0.0.0/26' } }), ['unknown properties.subnets[0].properties.adressPrefix']);
  assert.deepEqual(breaches({ name: 'a', properties: { purpose: 'x', delegations: [{ name: 'd', properties: { serviceName: 1 } }] } }), ['readOnly properties.subnets[0].properties.purpose', 'type properties.subnets[0].properties.delegations[0].properties.serviceName']);
});
