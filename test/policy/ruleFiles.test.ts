import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UMBRELLA_ROLE, BASELINE_SCOPE } from '../../app/tools/wellKnownAccess.ts';
import { QUERY_ALERTS } from '../../infra/alertRules.ts';
import { HEALTH_PATH, STATE_CONTAINERS } from '../../infra/names.ts';
import { createLedger } from '../../policy/exemptionLedger.ts';
import { levelsOf, RULE_GROUPS } from '../../policy/rule.ts';
import { HEALTH_PATHS } from '../../policy/rules/stateless/healthCheck.ts';
import { rulesOn } from '../../policy/rules/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const RULES = rulesOn(createLedger([], '2026-11-25'));
const CONTROLS_FILE = fileURLToPath(new URL('../../../shared/contracts/azure-policy-controls.json', import.meta.url));
/** The one rule that reports as shipped and stops nothing: a day that passes must stop no update. */
const ADVISORY = 'tool-reviewed';
/** What staging does without, as shipped: it costs, or stands in the way of making it anew. */
const NOT_IN_STAGING = ['private-endpoints', 'locks', 'zone-redundancy'];

describe('the files of the pack', () => {
  it('are one a rule, each with its test', () => {
    let files = 0;
    for (const group of RULE_GROUPS) {
      for (const file of readdirSync(join(root, 'policy', 'rules', group))) {
        files += 1;
        assert.ok(existsSync(join(root, 'test', 'policy', 'rules', group, file.replace('.ts', '.test.ts'))), `${group}/${file} has a test`);
      }
    }
    assert.equal(files, RULES.length);
    for (const group of RULE_GROUPS) assert.ok(RULES.some((rule) => rule.group === group));
  });

  for (const stack of ['staging', 'prod']) {
    it(`configure each rule of the stack ${stack}, each group, and nothing else [policy.configuration]`, () => {
      const config = JSON.parse(readFileSync(join(root, 'policy', 'config', `${stack}.json`), 'utf8')) as Record<string, string | Record<string, unknown>>;
      assert.deepEqual(Object.keys(config).sort(), ['groups', ...RULES.map(({ name }) => name)].sort());
      assert.deepEqual(config['groups'], Object.fromEntries(RULE_GROUPS.map((group) => [group, 'asConfigured'])));
      for (const rule of RULES) {
        const given = config[rule.name] ?? '';
        const { enforcementLevel: level, ...settings } = typeof given === 'string' ? { enforcementLevel: given } : given;
        assert.ok(levelsOf(rule).includes(level as never), rule.name);
        assert.deepEqual(Object.keys(settings), (rule.settings ?? []).map(({ name }) => name), rule.name);
        const expected = rule.name === ADVISORY ? 'advisory' : 'mandatory';
        assert.equal(level, stack === 'staging' && NOT_IN_STAGING.includes(rule.name) ? 'disabled' : expected, rule.name);
        assert.equal(rule.enforcementLevel, expected, `${rule.name} without a configuration`);
      }
    });
  }

  it('agree with the program and the server in what they name', () => {
    assert.ok((HEALTH_PATHS as readonly string[]).includes(HEALTH_PATH));
    const source = (file: string): string => readFileSync(join(root, file), 'utf8');
    assert.ok(source('policy/rules/tools/rolesMatchCatalogue.ts').includes(`{ role: '${UMBRELLA_ROLE}', scope: '${BASELINE_SCOPE}' }`));
    assert.ok(source('policy/rules/operations/recordRetention.ts').includes(`RECORD_CONTAINERS = ['${STATE_CONTAINERS.records}', '${STATE_CONTAINERS.anchors}']`));
    for (const { measure } of Object.values(QUERY_ALERTS)) assert.ok(source('policy/rules/operations/alerts.ts').includes(`['${measure}', `), measure);
    const [pack, project] = ['policy/package.json', 'package.json'].map((file) => JSON.parse(source(file)) as { dependencies: Record<string, string> });
    for (const [name, version] of Object.entries(pack?.dependencies ?? {})) assert.equal(version, project?.dependencies[name], name);
  });
});

describe('the controls of the rules', () => {
  it('name Azure Policy definitions by their ids, a slot\'s for a slot', () => {
    for (const { name, controls } of RULES) for (const [what, id] of Object.entries(controls.azurePolicy ?? {})) assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, `${name} ${what}`);
    const ids = RULES.flatMap(({ controls }) => Object.values(controls.azurePolicy ?? {}));
    assert.equal(new Set(ids).size, ids.length);
  });

  it('are those of Microsoft\'s own mapping', { skip: !existsSync(CONTROLS_FILE) && 'the mapping is not on this machine' }, () => {
    interface Definition { id: string; displayName: string; controls: Record<string, string[]> }
    const { policies } = JSON.parse(readFileSync(CONTROLS_FILE, 'utf8')) as { policies: Definition[] };
    for (const { name, controls } of RULES) {
      const definitions = Object.entries(controls.azurePolicy ?? {}).map(([what, id]) => {
        const definition = policies.find((one) => one.id === id);
        assert.ok(definition, `${name} ${what}: ${id}`);
        assert.equal(/^site/.test(what), /^App Service apps /.test(definition.displayName), `${name} ${what}: ${definition.displayName}`);
        assert.equal(/^slot/.test(what), /^App Service app slots /.test(definition.displayName), `${name} ${what}: ${definition.displayName}`);
        return definition;
      });
      const mapped = (catalogue: string): string[] => [...new Set(definitions.flatMap((definition) => definition.controls[catalogue] ?? []))].sort();
      assert.deepEqual([...(controls.mcsb ?? [])].sort(), mapped('MCSB v1'), `${name}, MCSB v1`);
      assert.deepEqual([...(controls.cis ?? [])].sort(), mapped('CIS Azure 3.0.0'), `${name}, CIS 3.0.0`);
    }
  });
});
