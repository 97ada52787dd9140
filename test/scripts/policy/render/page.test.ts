import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { controlMatrices } from '../../../../scripts/policy/render/controlMatrix.ts';
import { renderFormats } from '../../../../scripts/policy/render/formats.ts';
import { viewReport } from '../../../../scripts/policy/render/reportView.ts';
import type { Report, RuleResult, Subject } from '../../../../scripts/policy/report.ts';
import { HOSTILE_TEXTS, hostileReport } from './hostileReport.ts';
import { startBrowser, type OpenPage, type Pages } from './openPage.ts';
import { sampleReport } from './sampleReport.ts';

const report = sampleReport({ stacks: ['staging', 'prod'], resourcesPerStack: 27, rulesPerResource: 8 });
const pageOf = (one: Report): string => renderFormats(one)['policy-report.html'] ?? '';
const text = pageOf(report);
const smallText = pageOf(sampleReport({ stacks: ['staging', 'prod'], resourcesPerStack: 14, rulesPerResource: 6, seed: 3 }));
const total = report.subjects.reduce((sum, { results }) => sum + results.length, 0);
const rulesById = new Map(report.rules.map((rule) => [rule.id, rule]));

/** What the page has to show of the report under a filter. */
function countWhere(takes: (result: RuleResult, subject: Subject) => boolean): { results: number; rules: number } {
  const found = report.subjects.flatMap((subject) => subject.results.filter((result) => takes(result, subject)));
  return { results: found.length, rules: new Set(found.map(({ rule }) => rule)).size };
}

const told = ({ results, rules }: { results: number; rules: number }): string => `${results} of ${total} results, ${rules} of ${report.rules.length} rules`;

describe('the report page', () => {
  let pages: Pages;
  before(async () => { pages = await startBrowser(); });
  after(() => pages.close());

  const isQuiet = ({ noise, requests }: OpenPage): void => assert.deepEqual({ noise, requests }, { noise: [], requests: [] });
  const chip = async ({ page }: OpenPage, name: string, value: string): Promise<void> => { await page.locator(`input[name=${name}][value="${value}"]`).check({ force: true }); };
  const counts = async ({ page }: OpenPage, expected: string): Promise<void> => page.locator('#count', { hasText: new RegExp(`^${expected}$`) }).waitFor({ timeout: 20_000 });
  /** Rows of results that no filter hides, folded or not. */
  const shownRows = ({ page }: OpenPage): Promise<number> => page.locator('.rule:not([hidden]) tbody:not([hidden]) > tr:not(.subject, [hidden])').count();

  it('says verdicts in words, with commit, digests and time, and asks for nothing [policy.report-page]', async () => {
    const opened = await pages.open(text);
    const { page } = opened;
    assert.match(await page.locator('h1').innerText(), /^✕\s*Fails$/);
    const cards = await page.locator('.card .verdict').allInnerTexts();
    assert.equal(cards.length, 6);
    assert.ok(cards.some((one) => one.includes('Not judged')) && cards.some((one) => one.includes('Fails')), cards.join());
    const disabled = report.rules.filter(({ levels }) => levels.staging === 'disabled').length;
    assert.ok(disabled > 0);
    assert.equal(await page.locator('.card', { hasText: new RegExp(`${disabled} rules? disabled`) }).count(), 3, 'of staging');
    assert.equal(await page.locator('.card', { hasText: '1 missing in Azure' }).count(), 1);
    const head = await page.locator('.head').innerText();
    for (const part of [report.commit?.id ?? '', 'with uncommitted changes', report.pack.sha256, '2026-11-25 09:30:00 UTC']) assert.ok(head.includes(part), part);
    assert.match(await page.locator('.alerts').innerText(), /prod \(deployed, live\): The last update of 2026-11-20 23:48:05 UTC ran without the policy pack/);
    const whole = await page.locator('main').innerText();
    for (const { packages, evidence, unmanaged, missing } of report.subjects) for (const part of [...Object.values(packages), ...evidence.map(({ sha256 }) => sha256), ...unmanaged, ...missing]) assert.ok(whole.includes(part), part);
    isQuiet(opened);
  });

  it('counts as the report does, by group and outcome', async () => {
    const { page } = await pages.open(text);
    const rows = await page.locator('.summary tbody tr').allInnerTexts();
    for (const row of rows) {
      const [group = '', rules, failed, advisory, open, exempt, passed] = row.split(/\s+/);
      const own = report.subjects.flatMap(({ results }) => results).filter(({ rule }) => rulesById.get(rule)?.group === group);
      const count = (takes: (one: RuleResult) => boolean): string => String(own.filter(takes).length);
      assert.deepEqual([rules, failed, advisory, open, exempt, passed], [
        String(report.rules.filter((rule) => rule.group === group).length), count(({ outcome, level }) => outcome === 'failed' && level !== 'advisory'), count(({ outcome, level }) => outcome === 'failed' && level === 'advisory'),
        count(({ outcome }) => outcome === 'not-judged'), count(({ outcome }) => outcome === 'exempt'), count(({ outcome }) => outcome === 'passed'),
      ], group);
    }
    assert.equal(rows.length, 4);
    assert.equal(await page.locator('#count').innerText(), `${total} results of ${report.rules.length} rules`);
  });

  it('filters by every facet and by words, counts what is left, and keeps the filter in the URL [policy.report-filters]', async () => {
    const opened = await pages.open(text);
    const { page } = opened;
    await chip(opened, 'stack', 'prod');
    await counts(opened, told(countWhere((_, { stack }) => stack === 'prod')));
    await chip(opened, 'subject', 'preview');
    await chip(opened, 'outcome', 'failed');
    await chip(opened, 'outcome', 'not-judged');
    const four = (result: RuleResult, { stack, kind }: Subject): boolean => stack === 'prod' && kind === 'preview' && (result.outcome === 'failed' || result.outcome === 'not-judged');
    await counts(opened, told(countWhere(four)));
    assert.equal(await shownRows(opened), countWhere(four).results);
    await chip(opened, 'level', 'mandatory');
    await chip(opened, 'severity', 'high');
    await chip(opened, 'group', 'security');
    const all = (result: RuleResult, subject: Subject): boolean => four(result, subject) && result.level === 'mandatory' && rulesById.get(result.rule)?.severity === 'high' && rulesById.get(result.rule)?.group === 'security';
    assert.ok(countWhere(all).results > 0);
    await counts(opened, told(countWhere(all)));
    assert.equal(new URL(page.url()).hash, '#stack=prod&subject=preview&outcome=failed,not-judged&level=mandatory&severity=high&group=security');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await counts(opened, `${total} results of ${report.rules.length} rules`);
    assert.equal(new URL(page.url()).hash, '');
    await page.getByLabel('Search').fill('mcp-vault storage-https');
    const vault = countWhere(({ rule, resource }) => rule === 'storage-https' && /::mcp-vault[^:]*$/.test(resource));
    assert.ok(vault.results > 0);
    await counts(opened, told(vault));
    assert.equal(new URL(page.url()).hash, '#q=mcp-vault%20storage-https');
    await page.getByLabel('Search').fill('there is no such thing');
    await counts(opened, told({ results: 0, rules: 0 }));
    assert.ok(await page.getByText('No result matches these filters.').isVisible());
    isQuiet(opened);
  });

  it('restores a filter from the URL, and leads to filters and rules by links [policy.report-filters]', async () => {
    const opened = await pages.open(text, { hash: '#stack=staging&outcome=exempt&q=shared' });
    const { page } = opened;
    await counts(opened, told(countWhere(({ outcome, rule }, { stack }) => stack === 'staging' && outcome === 'exempt' && rule === 'storage-no-shared-key')));
    assert.ok(await page.locator('input[name=outcome][value=exempt]').isChecked());
    assert.equal(await page.getByLabel('Search').inputValue(), 'shared');
    await page.locator('.summary tfoot td.not-judged a').click();
    await counts(opened, told(countWhere(({ outcome }) => outcome === 'not-judged')));
    await page.locator('.matrix .behind a', { hasText: /^https-only$/ }).first().click();
    const rule = page.locator('[id="rule-https-only"]');
    await rule.locator('.description').waitFor({ state: 'visible' });
    assert.ok(await rule.isVisible());
    isQuiet(opened);
  });

  it('ignores a hash that is none of its filters', async () => {
    for (const hash of ['#stack=elsewhere&more=1', '#%E0%A4%A', '#=', '#q=%E0%A4%A']) {
      const opened = await pages.open(text, { hash });
      assert.match(await opened.page.locator('#count').innerText(), hash.startsWith('#q') ? /^0 of / : new RegExp(`^${total} results`));
      isQuiet(opened);
    }
  });

  it('shows each control by subject, with the rules behind it [policy.report-controls]', async () => {
    const { page } = await pages.open(text);
    const matrices = controlMatrices(viewReport(report));
    assert.deepEqual(await page.locator('#controls h3').allInnerTexts(), matrices.map(({ framework }) => framework));
    const tables = page.locator('.matrix');
    for (const [place, { rows }] of matrices.entries()) {
      const shown = await tables.nth(place).locator('tbody tr').all();
      assert.equal(shown.length, rows.length);
    }
    const words = { failed: 'failed', advisory: 'advisory', 'not-judged': 'not judged', exempt: 'exempt', passed: 'passed', none: 'No resource', disabled: 'Disabled', unjudged: 'Not judged' } as const;
    for (const [at, { control, rules, cells }] of (matrices[0]?.rows ?? []).entries()) {
      const row = tables.nth(0).locator('tbody tr').nth(at);
      assert.equal(await row.locator('.control').innerText(), control);
      assert.deepEqual(await row.locator('.behind a').allInnerTexts(), rules.map(({ id }) => id));
      const given = await row.locator('td:not(.behind)').allInnerTexts();
      assert.deepEqual(given.length, report.subjects.length);
      cells.forEach(({ state }, subject) => assert.ok(given[subject]?.includes(words[state]), `${control}: ${given[subject] ?? ''} for ${state}`));
    }
  });

  it('lists exemptions with owner, ticket, expiry and state', async () => {
    const { page } = await pages.open(text);
    const rows = await page.locator('.exemptions tbody tr').allInnerTexts();
    assert.equal(rows.length, report.exemptions.length);
    report.exemptions.forEach(({ owner, ticket, expires, state }, place) => {
      for (const part of [owner, ticket, expires, { 'in-use': 'In use', unused: 'Unused', expired: 'Expired' }[state]]) assert.ok(rows[place]?.includes(part), `${part}: ${rows[place] ?? ''}`);
    });
    assert.ok(rows.some((row) => row.includes('25 days ago')) && rows.some((row) => row.includes('the last day')) && rows.some((row) => row.includes('187 days left')));
  });

  it('takes no text for markup, script or address [policy.report-inert]', async () => {
    const opened = await pages.open(pageOf(hostileReport()));
    const { page } = opened;
    assert.equal(await page.locator('img, iframe, object, embed, link').count(), 0);
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(await page.evaluate('globalThis.taken'), undefined);
    assert.equal(await page.evaluate(`[...document.querySelectorAll('*')].flatMap((element) => [...element.attributes]).filter(({ name }) => name.startsWith('on') || name === 'style' || name === 'src').length`), 0);
    const links = await page.evaluate<string[]>(`[...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))`);
    assert.ok(links.length > 10);
    for (const link of links) assert.match(link, /^(#|\.\/|https?:\/\/)/, link);
    const targets = await page.evaluate<string[]>(`[...document.querySelectorAll('.evidence a')].map((link) => link.href)`);
    const folder = page.url().slice(0, page.url().lastIndexOf('/') + 1);
    for (const target of targets) assert.ok(target.startsWith(folder), target);
    const names = await page.locator('.inventory td:first-child').allTextContents();
    assert.ok(names.includes(HOSTILE_TEXTS[0]) && names.includes(HOSTILE_TEXTS[4]));
    assert.ok(names.some((name) => name.includes('\\u{202e}gnp.exe')), names.join('\n'));
    await page.getByLabel('Search').fill('onerror');
    await page.locator('#count', { hasText: / of \d+ results/ }).waitFor({ timeout: 20_000 });
    isQuiet(opened);
  });

  it('runs no script but its own', async () => {
    const injected = text.replace('</main>', '<script>globalThis.taken = true</script><p onclick="globalThis.taken = true" id="bait">x</p></main>');
    const opened = await pages.open(injected);
    await opened.page.locator('#bait').click();
    assert.equal(await opened.page.evaluate('globalThis.taken'), undefined);
    assert.ok(opened.noise.some((one) => one.includes('Content Security Policy')), opened.noise.join('\n'));
    await assert.rejects(opened.page.evaluate(`fetch('https://evil.example/')`), /Failed to fetch|Content Security Policy/);
    await opened.page.getByLabel('Search').fill('vault');
    await opened.page.locator('#count', { hasText: / of \d+ results/ }).waitFor({ timeout: 20_000 });
  });

  it('has everything without its script', async () => {
    const opened = await pages.open(text, { javaScriptEnabled: false });
    const { page } = opened;
    assert.equal(await shownRows(opened), total);
    assert.ok(!(await page.locator('#filters').isVisible()));
    const rule = page.locator('details.rule', { has: page.locator('details.passed') }).last();
    await rule.locator(':scope > summary').click();
    await rule.locator('details.passed > summary').click();
    assert.ok(await rule.locator('.passed tbody tr').last().isVisible());
    isQuiet(opened);
  });

  it('is used by keyboard, and tells its parts to a screen reader', async () => {
    const opened = await pages.open(text);
    const { page } = opened;
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the results');
    await page.getByLabel('Search').focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await counts(opened, told(countWhere((_, { stack }) => stack === 'staging')));
    const folded = page.locator('details.rule:not([open], [hidden]) > summary').first();
    const id = await folded.locator('xpath=..').getAttribute('id');
    await folded.focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.locator(`[id="${id ?? ''}"]`).getAttribute('open'), '');
    assert.equal(await page.locator('th:not([scope])').count(), 0);
    assert.equal(await page.locator('table:not(:has(> caption))').count(), 0);
    assert.equal(await page.locator('.mark:not(:has(> .sign))').count(), 0, 'colour alone says nothing');
    assert.equal(await page.getByRole('status').count(), 1);
    assert.deepEqual(await page.locator('fieldset > legend').allInnerTexts(), ['Stack', 'Subject', 'Outcome', 'Level', 'Severity', 'Group']);
  });

  it('is printed with every verdict and count, findings unfolded', async () => {
    const { page } = await pages.open(text, { javaScriptEnabled: false });
    await page.emulateMedia({ media: 'print' });
    const onPaper = await page.locator('main').innerText();
    assert.equal(await page.locator('.card:visible').count(), 6);
    assert.equal(await page.locator('.summary tfoot td:visible').count(), 6);
    for (const { results } of report.subjects) for (const { message, outcome } of results) if (outcome !== 'passed') assert.ok(onPaper.includes(message ?? ''), message);
    assert.ok(!(await page.locator('nav').isVisible()));
  });

  it('can be read in light and dark: text has the contrast of WCAG 2.2 AA', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await pages.open(smallText, { colorScheme });
      const low = await page.evaluate(LOW_CONTRAST);
      assert.deepEqual(low, [], colorScheme);
    }
  });

  it('is one page on a narrow screen as well', async () => {
    const { page } = await pages.open(text, { viewport: { width: 360, height: 800 } });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= 360'), true);
  });

  it('stands beside JUnit XML that a parser of XML takes, control characters or not', async () => {
    const { page } = await pages.open(text);
    for (const one of [report, hostileReport()]) {
      const xml = renderFormats(one)['policy-report.junit.xml'] ?? '';
      const root = await page.evaluate(`new DOMParser().parseFromString(${JSON.stringify(xml)}, 'application/xml').documentElement.outerHTML.slice(0, 300)`);
      assert.match(String(root), /^<testsuites /);
      const cases = await page.evaluate(`new DOMParser().parseFromString(${JSON.stringify(xml)}, 'application/xml').querySelectorAll('testsuites > testsuite > testcase').length`);
      assert.equal(cases, [...xml.matchAll(/<testcase /g)].length);
    }
  });
});

/**
 * Runs in the page: texts whose contrast to what is behind them is below 4.5, or 3 for large ones. Colours are read from a canvas, which knows every notation of them.
 * Source: W3C, "Web Content Accessibility Guidelines 2.2", 1.4.3 and the definitions of contrast ratio and relative luminance.
 */
const LOW_CONTRAST = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const luminance = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const ratio = (one, other) => { const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a); return (high + 0.05) / (low + 0.05); };
  const grounds = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const stripes = style.backgroundImage.match(/(rgba?|oklab|color)\\([^()]*\\)/g);
      if (stripes) return stripes.map(rgba);
      const color = rgba(style.backgroundColor);
      if (color[3] === 255) return [color];
    }
    return [[255, 255, 255, 255]];
  };
  const low = new Set();
  const seen = new Map();
  for (const details of document.querySelectorAll('details')) if (!details.closest('.passed table, .inventory table')) details.open = true;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || element.matches('script, .hidden, .skip')) continue;
    const key = element.tagName + '.' + element.className + '|' + element.parentElement.className + '|' + (element.closest('[class]')?.className ?? '') + '|' + (element.closest('td, .card, .alerts, .rules')?.className ?? '');
    if (seen.has(key)) continue;
    seen.set(key, true);
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    for (const ground of grounds(element)) {
      const found = ratio(rgba(style.color), ground);
      if (found < needed) low.add(key + ' ' + style.color + ' on ' + ground + ': ' + found.toFixed(2));
    }
  }
  return [...low];
})()`;
