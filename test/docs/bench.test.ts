/** docs/bench.md and its chart tell what docs/bench.json holds. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { chart } from '../../bench/chart.ts';
import { type Bench, type Figures, summary } from '../../bench/figures.ts';
import { KEPT, page } from '../../bench/page.ts';

const docs = new URL('../../docs/', import.meta.url);
const kept = JSON.parse(readFileSync(KEPT, 'utf8')) as Bench;

test('the page and the chart are those of the kept figures', async () => {
  assert.equal(readFileSync(new URL('bench.md', docs), 'utf8'), page(kept), 'run: node bench/page.ts');
  assert.equal(readFileSync(new URL('pictures/bench.svg', docs), 'utf8'), await chart(kept.hosts.figures), 'run: node bench/page.ts');
});

const of = (tool: string, hosts: number, seconds: number): Figures => ({ tool, hosts, seconds, cpuSeconds: 1, memoryMiB: 200, logins: 2 });

test('the numbers for tools are ratios, and the straight line through the sizes', () => {
  const figures = [
    of('audit', 25, 4.5),
    of('audit', 50, 7),
    of('audit', 100, 12),
    of('pdsh -f 8', 25, 5),
    of('pdsh -f 8', 50, 10),
    of('pdsh -f 8', 100, 20),
  ];
  const slow = { figures: [of('audit', 100, 11), of('pdsh -f 32', 100, 10)] };
  assert.deepEqual(summary(100, { hosts: { figures }, slow }), {
    ...{ hosts: 100, audit_s: 12, pdsh_s: 20, ratio: 0.6, per_host_ratio: 0.5, fixed_s: 2, rss_mb: 200, slow_ratio: 1.1 },
    ...{ big_cloud_s: null, big_cloud_mb: null, gate_cpu_share: null },
  });
});

test('what was not measured, and what pdsh is missing for, is null', () => {
  const alone = summary(10, { hosts: { figures: [of('audit', 5, 3), of('audit', 10, 4)] } });
  assert.deepEqual(
    [alone.audit_s, alone.fixed_s, alone.pdsh_s, alone.ratio, alone.per_host_ratio, alone.slow_ratio],
    [4, 2, null, null, null, null],
  );
  assert.deepEqual([summary(10, {}).audit_s, summary(10, {}).fixed_s, summary(10, {}).rss_mb], [null, null, null]);
});
