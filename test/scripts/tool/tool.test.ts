import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { copyCheckout, type Checkout, type Ran } from './checkout.ts';

const written = ['app/tools/lookup-order/tool.ts', 'app/tools/lookup-order/run.ts', 'test/app/tools/lookup-order.test.ts', 'docs/tools.md', 'app/tools/index.ts'];

function done({ exitCode, stdout, stderr }: Ran): string {
  assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
  return stdout;
}

function refused(ran: Ran, exitCode: number, code: string, message: RegExp): void {
  assert.equal(ran.exitCode, exitCode, ran.stderr);
  assert.ok(ran.stderr.startsWith(`\n${code}: `), ran.stderr);
  assert.match(ran.stderr, message);
  assert.doesNotMatch(ran.stderr, /^ {4}at /m);
}

describe('npm run tool -- new', () => {
  it('writes, as the README shows it, a tool that passes types, lint and its test, and that the catalogue and the documentation hold', async (t) => {
    const checkout = copyCheckout(t);
    const before = checkout.files();
    const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
    const [, command = '', shown = ''] = /### Write a tool\n\n```console\n\$ npm run (.+)\n([^`]+)```/.exec(readme) ?? [];
    const stdout = done(await checkout.run('sh', '-c', `npm run --silent ${command}`));
    assert.ok(stdout.startsWith(shown) && written.every((path) => shown.includes(path)), stdout);
    assert.match(stdout, /^Role +Tools\.lookup_order$/m);
    const [types, lint, ownTest, list, docs] = await Promise.all([
      checkout.run('npx', '--no-install', 'tsc', '--noEmit', '-p', 'tsconfig.tools.json'),
      checkout.run('npx', '--no-install', 'eslint', ...written.filter((path) => path.endsWith('.ts'))),
      checkout.run(process.execPath, '--test', 'test/app/tools/lookup-order.test.ts'),
      checkout.tool('list', '--json'),
      checkout.tool('docs', '--check'),
    ]);
    done(types);
    done(lint);
    assert.match(done(ownTest), /pass 3\n/);
    assert.match(done(docs), /^docs\/tools\.md current\n$/);
    const tools = JSON.parse(done(list)) as Record<string, unknown>[];
    assert.deepEqual(tools.map(({ name }) => name), ['check_fact_source', 'compute_primes', 'lookup_fact', 'lookup_order', 'report_change', 'whoami']);
    const { inputSchema, outputSchema, ...declared } = tools[3] as { inputSchema: { properties: object }; outputSchema: { properties: object } };
    assert.deepEqual(declared, {
      name: 'lookup_order', title: 'Look up an order', description: 'Counts the words and the characters of a text of at most 1,000 characters.',
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
      access: { role: 'Tools.lookup_order', scope: 'lookup_order' }, interaction: 'none', limits: { concurrentCalls: 64, argumentsBytes: 262_144, resultBytes: 1_048_576, timeoutMs: 2_000, callsPerMinute: 600, concurrentCallsPerPrincipal: 16 }, rules: [], egress: [], audit: 'standard', auditContent: false,
      owner: 'orders@example.com', lifecycle: { stage: 'experimental' },
    });
    assert.deepEqual([Object.keys(inputSchema.properties), Object.keys(outputSchema.properties)], [['text'], ['words', 'characters']]);
    const after = checkout.files();
    assert.deepEqual(Object.keys(after).filter((path) => after[path] !== before[path]).sort(), [...written].sort());
  });

  it('takes title, owner and description, whatever stands in them, and answers in JSON', async (t) => {
    const checkout = copyCheckout(t);
    const texts = { title: `Bob's "\\" \${title} \`x\``, owner: "o'neill@example.com", description: 'First line\nsecond | line \\\' with \u2028 all of it' };
    const answer = done(await checkout.tool('new', '--title', texts.title, '--owner', texts.owner, 'void', '--description', texts.description, '--json'));
    assert.deepEqual(JSON.parse(answer), {
      name: 'void', title: texts.title, role: 'Tools.void', scope: 'void',
      files: written.map((path) => ({ path: path.replace('lookup-order', 'void'), state: 'written' })),
    });
    const tools = JSON.parse(done(await checkout.tool('list', '--json'))) as { name: string; title: string; owner: string; description: string }[];
    const { title, owner, description } = tools.find(({ name }) => name === 'void') ?? assert.fail('it is not in the catalogue');
    assert.deepEqual({ title, owner, description }, texts);
    done(await checkout.tool('docs', '--check'));
  });

  it('completes what a run that was cut off has left, wherever that was', async (t) => {
    const whole = copyCheckout(t);
    const before = whole.files();
    done(await whole.tool('new', 'lookup_order'));
    const after = whole.files();
    assert.match(after['app/tools/lookup-order/tool.ts'] ?? '', /title: 'Lookup order',\n.*\n(?:.*\n)*? {2}owner: 'platform team',/);
    const checkout = copyCheckout(t);
    for (let cut = 1; cut < written.length; cut += 1) {
      for (const [place, path] of written.entries()) {
        const text = (place < cut ? after : before)[path];
        if (text !== undefined) checkout.write(path, text);
        else if (Object.hasOwn(checkout.files(), path)) checkout.remove(path);
      }
      const { files } = JSON.parse(done(await checkout.tool('new', 'lookup_order', '--json'))) as { files: unknown };
      assert.deepEqual(files, written.map((path, place) => ({ path, state: place < cut ? 'kept' : 'written' })));
      assert.deepEqual(checkout.files(), after);
    }
  });

  it('changes the catalogue last: whatever fails before leaves a server without the tool, and the next run completes it', async (t) => {
    const checkout = copyCheckout(t);
    const catalogue = checkout.read('app/tools/index.ts');
    checkout.remove('docs/tools.md');
    checkout.write('docs/tools.md/in-the-way.md', '');
    const { exitCode, stderr } = await checkout.tool('new', 'lookup_order');
    assert.equal(exitCode, 1);
    assert.match(stderr, /EISDIR/);
    assert.equal(checkout.read('app/tools/index.ts'), catalogue);
    checkout.remove('docs/tools.md');
    const { files } = JSON.parse(done(await checkout.tool('new', 'lookup_order', '--json'))) as { files: { state: string }[] };
    assert.deepEqual(files.map(({ state }) => state), ['kept', 'kept', 'kept', 'written', 'written']);
    refused(await checkout.tool('new', 'lookup_order'), 1, 'TOOL_TAKEN', /name: "lookup_order" is taken by tool "lookup_order"/);
  });

  it('says which files of the tool stand in its way, and writes nothing', async (t) => {
    const checkout = copyCheckout(t);
    checkout.write('app/tools/lookup-order/run.ts', '// mine\n');
    const before = checkout.files();
    refused(await checkout.tool('new', 'lookup_order'), 1, 'TOOL_FILES_DIFFER', /tool\.ts +not there\n.*run\.ts +there, with other contents\n.*lookup-order\.test\.ts +not there\nNothing was written\. /);
    assert.deepEqual(checkout.files(), before);
  });

  it('refuses what is not allowed, and writes nothing', async (t) => {
    const checkout = copyCheckout(t);
    addAccess(checkout, "{ role: 'Orders.Read', scope: 'read_orders' }");
    const before = checkout.files();
    const cases: readonly [argv: string[], exitCode: number, code: string, message: RegExp][] = [
      [['new', 'LookupOrder'], 2, 'TOOL_REFUSED', /tool "LookupOrder" is refused:\n.*name: allowed: lower-case letters, digits and single underscores, beginning with a letter, at most 64/],
      [['new', '../lookup_order'], 2, 'TOOL_REFUSED', /name: allowed: lower-case/],
      [['new', 'lookup-order'], 2, 'TOOL_REFUSED', /name: allowed: lower-case/],
      [['new', ''], 2, 'TOOL_REFUSED', /name: allowed: lower-case/],
      [['new', 'constructor'], 2, 'TOOL_REFUSED', /Object\.prototype/],
      [['new', 'lookup_order', '--title', '', '--owner', '', '--description', 'short'], 2, 'TOOL_REFUSED', /title: .*\n.*description: .*\n.*owner: /],
      [['new', 'lookup_fact'], 1, 'TOOL_TAKEN', /is taken by tool "lookup_fact".*\nNothing was written\. Choose another name; npm run tool -- list/],
      [['new', 'read_orders'], 1, 'TOOL_TAKEN', /access\.scope: "read_orders" is taken by tool "whoami"/],
      [['new', 'lookup_order', '--stage', 'stable'], 2, 'BAD_ARGUMENT', /Unknown option '--stage'.*\n.*new NAME \[--title TEXT\]/],
      [['new'], 2, 'BAD_ARGUMENT', /No name was given\. Allowed:/],
      [['new', 'one', 'two'], 2, 'BAD_ARGUMENT', /More than one name was given: one, two/],
      [['list', 'lookup_fact'], 2, 'BAD_ARGUMENT', /"lookup_fact" is not understood here/],
      [['list', '--check'], 2, 'BAD_ARGUMENT', /Unknown option '--check'/],
      [['remove', 'lookup_fact'], 2, 'BAD_ARGUMENT', /There is no action "remove"\. Allowed:\n {2}npm run tool -- new NAME/],
      [['toString'], 2, 'BAD_ARGUMENT', /There is no action "toString"/],
      [[], 2, 'BAD_ARGUMENT', /No action was given\. Allowed:/],
    ];
    for (const [argv, exitCode, code, message] of cases) refused(await checkout.tool(...argv), exitCode, code, message);
    assert.deepEqual(checkout.files(), before);
  });

  it('refuses a catalogue of another shape, and writes nothing', async (t) => {
    const checkout = copyCheckout(t);
    checkout.write('app/tools/index.ts', checkout.read('app/tools/index.ts').replace('([checkFactSource, computePrimes, lookupFact, reportChange, whoami])', '([checkFactSource, computePrimes, lookupFact, reportChange, ...[whoami]])'));
    const before = checkout.files();
    refused(await checkout.tool('new', 'lookup_order'), 1, 'CATALOGUE_SHAPE', /it has 0 places of the form defineCatalogue\(\[…\]\), and 1 is expected/);
    assert.deepEqual(checkout.files(), before);
  });
});

describe('npm run tool -- docs', () => {
  it('writes the page, says when it is current, and with --check fails when it is stale', async (t) => {
    const checkout = copyCheckout(t);
    const page = checkout.read('docs/tools.md');
    assert.equal(done(await checkout.tool('docs', '--check')), 'docs/tools.md current\n');
    for (const spoil of [() => checkout.write('docs/tools.md', `${page}more\n`), () => checkout.remove('docs/tools.md')]) {
      spoil();
      refused(await checkout.tool('docs', '--check'), 1, 'TOOL_DOCS_STALE', /Write it with: npm run tool -- docs/);
      const { stdout, exitCode } = await checkout.tool('docs', '--check', '--json');
      assert.deepEqual([exitCode, JSON.parse(stdout)], [1, { path: 'docs/tools.md', state: 'stale' }]);
      assert.equal(done(await checkout.tool('docs')), 'docs/tools.md written\n');
      assert.equal(checkout.read('docs/tools.md'), page);
    }
    assert.deepEqual(JSON.parse(done(await checkout.tool('docs', '--json'))), { path: 'docs/tools.md', state: 'current' });
  });
});

function addAccess(checkout: Checkout, access: string): void {
  const path = 'app/tools/whoami/tool.ts';
  checkout.write(path, checkout.read(path).replace('  egress: [],', `  access: ${access},\n  egress: [],`));
}
