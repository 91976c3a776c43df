/** `npm run screen`: the page in Debian's Chromium, in all the states that people meet it in. Slow where there is little of a processor, so no part of `npm test`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Chromium } from '../../docs/pictures/chromium.ts';
import { mergeRuns } from '../../support/archive/merged-files.ts';
import { Reports } from '../told.ts';
import { states, writeState } from './states.ts';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
/** What axe finds that keeps people from reading or using the page. */
const violations = `${axe}; axe.run().then(({ violations }) => violations
  .filter(({ impact }) => impact === 'serious' || impact === 'critical')
  .map(({ id, nodes }) => id + ': ' + nodes[0].html))`;
const looks = [
  { width: 390, height: 844 },
  { width: 390, height: 844, dark: true },
  { width: 1280 },
  { width: 1440, dark: true },
  { width: 1920 },
];
/** What is printed on of a sheet of A4, in CSS pixels. */
const SHEET = 680;
/** Milliseconds within which the page of 100 hosts can be used. */
const SOON = 1000;

describe('the page in Chromium', () => {
  let browser: Chromium;
  const pages = new Map<string, string>();
  // Each goes when all is looked at.
  const folders = new Map(Object.keys(states).map((name) => [name, new Reports()]));
  const clouds = ['compliant', 'waived', 'not-met-12-of-12', 'undetermined', 'gate'].map((name) => ({ name, reports: new Reports() }));
  const merged = new Reports();
  before(async () => {
    browser = await Chromium.start();
    for (const [name, state] of Object.entries(states)) {
      const { report = assert.fail(name) } = await writeState(folders.get(name) ?? assert.fail(name), { ...state(), allure: false });
      pages.set(name, report);
    }
    for (const { name, reports } of clouds) await writeState(reports, { ...(states[name]?.() ?? assert.fail(name)), name, allure: false });
    await mergeRuns(
      clouds.map(({ reports }) => reports.folder),
      merged.folder,
    );
    pages.set('merge', join(merged.folder, 'merged/index.html'));
  });
  after(() => browser[Symbol.asyncDispose]());

  for (const name of [...Object.keys(states), 'merge'])
    for (const look of looks)
      test(`${name} at ${look.width}${look.dark ? ', dark' : ''}: the verdict is seen first, nothing is cut off, and everybody can read it`, async () => {
        const soon = await browser.open(pages.get(name) ?? assert.fail(name), look);
        assert.ok(soon < SOON, `it took ${soon} ms`);
        const seen =
          '(({ top, bottom }) => scrollY === 0 && top >= 0 && bottom < innerHeight / 3)(document.querySelector("h1").getBoundingClientRect())';
        assert.equal(await browser.evaluate(seen), true, 'the verdict is on top');
        assert.equal(await browser.evaluate('document.documentElement.scrollWidth'), look.width, 'as wide as the screen');
        assert.deepEqual(await browser.evaluate(violations), []);
        if (look.width < 400) {
          const scrolled = 'scrollTo(0, document.body.scrollHeight), document.querySelector("h1").getBoundingClientRect().top';
          assert.equal(await browser.evaluate(scrolled), 0, 'the verdict stays on a phone');
        }
        await browser.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
        assert.deepEqual(await browser.evaluate(violations), [], 'with all unfolded');
        assert.equal(
          await browser.evaluate('document.documentElement.scrollWidth'),
          look.width,
          'as wide as the screen, with all unfolded',
        );
      });

  for (const name of [...Object.keys(states), 'merge'])
    test(`${name} on paper: nothing reaches into the next column, or beyond the sheet`, async () => {
      await browser.open(pages.get(name) ?? assert.fail(name), { width: SHEET, print: true });
      const wide = `[...document.querySelectorAll("summary > *, td, th, dd, li")]
        .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth).map(({ outerHTML }) => outerHTML)`;
      assert.deepEqual(await browser.evaluate(wide), []);
      assert.equal(await browser.evaluate('document.documentElement.scrollWidth'), SHEET);
    });

  test('on paper a merge of five clouds is short enough to be read: what is to be done, and not each requirement of each cloud', async () => {
    await browser.open(pages.get('merge') ?? assert.fail());
    const sheets = (await browser.paper()).toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    assert.ok(sheets.length > 1 && sheets.length <= 6, `${sheets.length} sheets`);
  });

  test('on paper every sheet bears its number and the name of the run', async () => {
    await browser.open(pages.get('gate') ?? assert.fail());
    assert.ok((await browser.paper()).length > 10_000);
    const sheet = await browser.evaluate('[...document.styleSheets[0].cssRules].find((rule) => rule instanceof CSSPageRule).cssText');
    assert.match(
      String(sheet),
      /@bottom-left \{ content: "\d{4}-.*-1f3a";[\s\S]*@bottom-right \{ content: "Page " counter\(page\) " of " counter\(pages\)/,
    );
  });
});
