/* global document, history, location, addEventListener, setTimeout */
// The page is whole without this script. It hides what a filter leaves out, counts what is left, and keeps the filter in the URL, so that a link leads to what its sender saw.
(() => {
  const FACETS = ['stack', 'subject', 'outcome', 'level', 'severity', 'group'];
  /** So few results are unfolded at once. */
  const UNFOLDED = 60;
  const form = document.getElementById('filters');
  const count = document.getElementById('count');
  const nothing = document.getElementById('nothing');
  const boxes = [...form.querySelectorAll('input[type=checkbox]')];
  const rules = [...document.querySelectorAll('details.rule')].map(readRule);
  const total = rules.reduce((sum, rule) => sum + rule.results, 0);
  form.hidden = false;

  function readRule(element) {
    const bodies = [...element.querySelectorAll('tbody')].map((body) => {
      const passed = body.closest('.passed') !== null;
      const rows = [...body.rows].slice(1).map((row) => ({
        element: row, text: undefined, outcome: passed ? 'passed' : row.dataset.outcome, level: passed ? body.dataset.level : row.dataset.level,
      }));
      return { element: body, stack: body.dataset.stack, subject: body.dataset.subject, passed, rows };
    });
    return {
      element, bodies, text: undefined, group: element.dataset.group, severity: element.dataset.severity,
      results: bodies.reduce((sum, { rows }) => sum + rows.length, 0),
      findings: element.querySelector('.findings'), passed: element.querySelector('.passed'), passedCount: element.querySelector('.passed > summary b'),
      tallies: [...element.querySelectorAll('summary [data-grade]')].map((tally) => ({ element: tally, grade: tally.dataset.grade, number: tally.querySelector('b') })),
    };
  }

  function gradeOf({ outcome, level }) {
    return outcome === 'failed' && level === 'advisory' ? 'advisory' : outcome;
  }

  function wanted() {
    const facets = Object.fromEntries(FACETS.map((name) => [name, boxes.filter((box) => box.name === name && box.checked).map((box) => box.value)]));
    return { facets, words: form.q.value.toLowerCase().split(/\s+/).filter((word) => word !== '') };
  }

  /** Words that the rule itself does not have have to stand in the row. */
  function wordsLeft(rule, words) {
    if (words.length === 0) return words;
    rule.text ??= [...rule.element.querySelectorAll(':scope > summary .what, :scope > .body > .description, :scope > .body > .facts')].map((part) => part.textContent).join(' ').toLowerCase();
    return words.filter((word) => !rule.text.includes(word));
  }

  function hasAll(row, body, words) {
    if (words.length === 0) return true;
    row.text ??= `${row.element.textContent} ${body.stack} ${body.subject}`.toLowerCase();
    return words.every((word) => row.text.includes(word));
  }

  function apply() {
    const { facets, words } = wanted();
    const takes = (name, value) => facets[name].length === 0 || facets[name].includes(value);
    const aboutRows = ['stack', 'subject', 'outcome', 'level'].some((name) => facets[name].length > 0);
    let shownResults = 0;
    let shownRules = 0;
    for (const rule of rules) {
      const mayShow = takes('group', rule.group) && takes('severity', rule.severity);
      const left = mayShow ? wordsLeft(rule, words) : words;
      const counts = {};
      let shown = 0;
      let passed = 0;
      for (const body of mayShow ? rule.bodies : []) {
        const bodyTaken = takes('stack', body.stack) && takes('subject', body.subject);
        let inBody = 0;
        for (const row of body.rows) {
          const taken = bodyTaken && takes('outcome', row.outcome) && takes('level', row.level) && hasAll(row, body, left);
          if (row.element.hidden === taken) row.element.hidden = !taken;
          if (!taken) continue;
          inBody += 1;
          counts[gradeOf(row)] = (counts[gradeOf(row)] ?? 0) + 1;
        }
        body.element.hidden = inBody === 0;
        shown += inBody;
        if (body.passed) passed += inBody;
      }
      const isShown = mayShow && (shown > 0 || (rule.results === 0 && !aboutRows && left.length === 0));
      rule.element.hidden = !isShown;
      if (rule.findings) rule.findings.hidden = shown === passed;
      if (rule.passed) {
        rule.passed.hidden = passed === 0;
        rule.passedCount.textContent = String(passed);
      }
      for (const { element, grade, number } of rule.tallies) {
        number.textContent = String(counts[grade] ?? 0);
        element.hidden = counts[grade] === undefined;
      }
      shownResults += shown;
      if (isShown) shownRules += 1;
    }
    const isFiltered = words.length > 0 || FACETS.some((name) => facets[name].length > 0);
    if (isFiltered && shownResults <= UNFOLDED) unfold();
    count.textContent = isFiltered ? `${shownResults} of ${total} results, ${shownRules} of ${rules.length} rules` : `${total} results of ${rules.length} rules`;
    nothing.hidden = shownRules > 0;
  }

  function unfold() {
    const { facets, words } = wanted();
    const wantsPassed = facets.outcome.includes('passed') || words.length > 0;
    for (const { element, passed } of rules) {
      if (element.hidden) continue;
      element.open = true;
      if (passed) passed.open = wantsPassed;
    }
  }

  function toHash() {
    const { facets } = wanted();
    const parts = FACETS.filter((name) => facets[name].length > 0).map((name) => `${name}=${facets[name].map(encodeURIComponent).join(',')}`);
    if (form.q.value.trim() !== '') parts.push(`q=${encodeURIComponent(form.q.value.trim())}`);
    history.replaceState(null, '', parts.length > 0 ? `#${parts.join('&')}` : location.pathname + location.search);
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  /** A filter has "=" in it; everything else behind "#" is a place on the page. */
  function fromHash() {
    const hash = location.hash.slice(1);
    if (!hash.includes('=')) return showPlace(decode(hash));
    const given = new Map(hash.split('&').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
    for (const box of boxes) box.checked = (given.get(box.name) ?? '').split(',').map(decode).includes(box.value);
    form.q.value = decode(given.get('q') ?? '');
    apply();
    document.getElementById('results').scrollIntoView();
  }

  function showPlace(id) {
    const place = id === '' ? null : document.getElementById(id);
    if (!place || place.tagName !== 'DETAILS') return;
    if (place.hidden) {
      clear();
      apply();
    }
    place.open = true;
    place.scrollIntoView();
  }

  function clear() {
    for (const box of boxes) box.checked = false;
    form.q.value = '';
  }

  let waiting = false;
  function changed() {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      apply();
      toHash();
    }, 80);
  }

  form.addEventListener('input', changed);
  form.addEventListener('submit', (event) => { event.preventDefault(); });
  form.addEventListener('reset', (event) => {
    event.preventDefault();
    clear();
    apply();
    toHash();
  });
  document.getElementById('unfold').addEventListener('click', unfold);
  document.getElementById('fold').addEventListener('click', () => { for (const { element } of rules) element.open = false; });
  addEventListener('hashchange', fromHash);

  // Paper unfolds nothing by itself. What passed is printed where the reader has unfolded it.
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = rules.filter(({ element, findings }) => findings && !element.open).map(({ element }) => element);
    for (const element of opened) element.open = true;
  });
  addEventListener('afterprint', () => { for (const element of opened) element.open = false; });

  fromHash();
})();
