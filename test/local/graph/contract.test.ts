import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { APPLICATION_NOT_OFFERED, APPLICATION_READ_ONLY, applicationBody, GROUP_NOT_OFFERED, GROUP_READ_ONLY, groupBody, SERVICE_PRINCIPAL_NOT_OFFERED, SERVICE_PRINCIPAL_READ_ONLY, servicePrincipalBody } from '../../../local/graph/bodies.ts';
import { addMcpApplication, startTenant, type McpApplication, type Tenant } from '../entra/tenant.ts';

const file = new URL('../../../../shared/contracts/msgraph/microsoft.graph_v1.0.types.json', import.meta.url);
const skip = existsSync(file) ? false : 'the contracts are not here';

interface TypeNode {
  $type: string;
  name?: string;
  properties?: Record<string, { type: { $ref: string }; flags: number }>;
  itemType?: { $ref: string };
}
const READ_ONLY_FLAG = 2;
/** What only the vendor's deployment language has, and what the answers of Graph have beyond it. */
const NOT_GRAPH = ['type', 'apiVersion', 'owners'];
const BEYOND = ['@odata.context', 'createdDateTime', 'displayName', 'accountEnabled'];

describe('the local Graph held against the published types', { skip }, () => {
  let tenant: Tenant;
  let server: McpApplication;
  let types: TypeNode[] = [];
  before(async () => {
    tenant = await startTenant();
    server = addMcpApplication(tenant.directory);
    types = JSON.parse(readFileSync(file, 'utf8')) as TypeNode[];
  });
  after(() => tenant.close());

  const at = (ref: { $ref: string }): TypeNode => types[Number(ref.$ref.split('/').at(-1))] ?? { $type: 'missing' };
  const named = (name: string): TypeNode => {
    const type = types.find((one) => one.name === name);
    assert.ok(type, name);
    return type;
  };
  /** Names of properties in a value that its type does not have. */
  const strangers = (value: unknown, type: TypeNode, path: string): string[] => {
    if (type.$type === 'ArrayType' && type.itemType && Array.isArray(value)) {
      const item = at(type.itemType);
      return value.flatMap((one, index) => strangers(one, item, `${path}[${index}]`));
    }
    if (type.$type !== 'ObjectType' || typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, inner]) => {
      const property = type.properties?.[name];
      return property ? strangers(inner, at(property.type), `${path}.${name}`) : [`${path}.${name}`];
    });
  };

  const kinds = [
    { name: 'Microsoft.Graph/applications', schema: applicationBody, notOffered: APPLICATION_NOT_OFFERED, readOnly: APPLICATION_READ_ONLY },
    { name: 'Microsoft.Graph/servicePrincipals', schema: servicePrincipalBody, notOffered: SERVICE_PRINCIPAL_NOT_OFFERED, readOnly: SERVICE_PRINCIPAL_READ_ONLY },
    { name: 'Microsoft.Graph/groups', schema: groupBody, notOffered: GROUP_NOT_OFFERED, readOnly: GROUP_READ_ONLY },
  ];
  for (const { name, schema, notOffered, readOnly } of kinds) {
    it(`takes, or refuses by name, every writable property of ${name}`, () => {
      const known = [...Object.keys(schema.shape), ...notOffered, ...readOnly, ...NOT_GRAPH];
      const writable = Object.entries(named(name).properties ?? {}).filter(([, { flags }]) => (flags & READ_ONLY_FLAG) === 0);
      assert.ok(writable.length > 10);
      assert.deepEqual(writable.map(([property]) => property).filter((property) => !known.includes(property)), []);
      const strange = Object.keys(schema.shape).filter((property) => !named(name).properties?.[property]);
      assert.deepEqual(strange, []);
    });
  }

  it('answers with properties that the types have', async () => {
    const application = (await tenant.callGraph('GET', `/applications/${server.application.id}`)).json();
    const principal = (await tenant.callGraph('GET', `/servicePrincipals/${server.servicePrincipal.id}`)).json();
    const user = (await tenant.callGraph('GET', `/users/ada@${tenant.directory.store.domain}`)).json();
    const group = (await tenant.callGraph('POST', '/groups', { displayName: 'g', mailEnabled: false, mailNickname: 'g', securityEnabled: true })).json();
    const found = [...strangers(group, named('Microsoft.Graph/groups'), ''), ...strangers(application, named('Microsoft.Graph/applications'), ''), ...strangers(principal, named('Microsoft.Graph/servicePrincipals'), ''), ...strangers(user, named('Microsoft.Graph/users'), '')];
    assert.deepEqual(found.filter((path) => !BEYOND.includes(path.slice(1))), []);
  });
});
