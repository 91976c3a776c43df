import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge } from '../../support/archive/merge.ts';
import { toMergedSummary } from '../../support/report/merged.ts';
import { wholeFile } from '../told.ts';

const at = '2026-11-23T10:00:00.000Z';
const summaryOf = (clouds: number, outcome: 'met' | 'not-met') => {
  const runs = Array.from({ length: clouds }, (_, number) => {
    const cloud = { name: `cloud${number}|*x*`, frontend: 'frontend01', openNebula: null };
    return { folder: `/${number}`, verdict: wholeFile({ 'BDS-101': outcome, 'BDS-105': outcome }, { cloud }) };
  });
  const faults = Array.from({ length: clouds }, (_, number) => `/lost${number}: no run`);
  return toMergedSummary(merge([...runs, ...faults], new Date(at)), at)
    .trimEnd()
    .split('\n');
};

test('the summary of a merge fits on a screen, however many clouds and findings there are, and says how many it leaves out', () => {
  for (const clouds of [1, 5, 20, 300]) {
    const lines = summaryOf(clouds, 'not-met');
    assert.ok(lines.length <= 60, `${clouds}: ${lines.length}`);
    assert.equal(lines[0], `# NOT COMPLIANT: ${clouds} of ${clouds} cloud${clouds === 1 ? '' : 's'}`);
    const rows = lines.filter((line) => line.startsWith('| cloud') && !line.startsWith('| cloud |'));
    const findings = lines.filter((line) => line.includes(' not met (blocker): '));
    const left = (pattern: RegExp) => lines.flatMap((line) => Number(pattern.exec(line)?.[1] ?? 0)).reduce((a, b) => a + b, 0);
    assert.equal(rows.length + left(/^\| … and (\d+) more clouds? \|/), clouds);
    assert.equal(findings.length + left(/^- … and (\d+) more: see index\.html$/), 2 * clouds);
    assert.equal(lines.filter((line) => /^- \/lost\d+: no run$/.test(line)).length + left(/^- … and (\d+) more$/), clouds);
  }
});

test('a cloud without findings has its row alone, whatever it is called', () => {
  const lines = summaryOf(1, 'met');
  assert.ok(lines.includes(String.raw`| cloud0\|\*x\* | COMPLIANT | audit | 2026-11-23 09:10 UTC | 0 | 0 | 0 |`), lines.join('\n'));
  assert.ok(!lines.includes('## Findings'));
});
