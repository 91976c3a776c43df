import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writeMetrics } from '../../support/archive/metrics.ts';
import { OUTCOMES } from '../../support/outcome/outcome.ts';
import { toMetrics } from '../../support/report/prometheus.ts';
import type { Requirement, VerdictFile } from '../../support/verdict/schema.ts';
import fc from '../fuzz.ts';
import { ofEach, requirement, subject, verdictFile } from '../told.ts';

const all = verdictFile(ofEach());
const named = (name: string, more: Partial<VerdictFile> = {}) =>
  verdictFile(ofEach(), { cloud: { name, frontend: 'frontend01.example.net', openNebula: null }, ...more });

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const unescapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/** Reads Prometheus' text format as strictly as its specification is written: of each metric its help, its type, its samples; nothing else, none twice. */
function readMetrics(text: string): Series[] {
  const block = /# HELP ([a-z_]+) (?:[^\\\n]|\\[\\n])+\n# TYPE \1 gauge\n((?:\1\{[^\n]*\n)*)/y;
  const series: Series[] = [];
  while (block.lastIndex < text.length) {
    const [, name = '', samples = ''] = block.exec(text) ?? assert.fail(`it is no metric: ${text}`);
    for (const line of samples.split('\n').slice(0, -1)) {
      const [, pairs = '', value = ''] =
        /^[a-z_]+\{((?:[a-z_]+="(?:[^"\\]|\\[\\"n])*",?)*)\} (-?\d+(?:\.\d+)?|\+Inf)$/.exec(line) ?? assert.fail(line);
      const labels = Array.from(pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g), ([, label = '', raw = '']) => [
        label,
        raw.replace(/\\[\\"n]/g, (pair) => unescapes[pair] ?? pair),
      ]);
      series.push({
        name: name.replace('opennebula_backup_compliance_', ''),
        labels: Object.fromEntries(labels),
        value: Number(value.replace('+Inf', 'Infinity')),
      });
    }
  }
  const keys = series.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).map(String).toSorted()]));
  assert.equal(new Set(keys).size, keys.length, 'each stands once');
  assert.equal(text.match(/^# HELP/gm)?.length, new Set(text.match(/^# HELP \w+/gm)).size);
  return series;
}

const own = { cloud: 'production', profile: 'audit' };

test('metrics are each outcome, the verdict, the exit code, and when and how long', () => {
  const series = readMetrics(toMetrics(all));
  const of = (name: string) => series.filter((each) => each.name === name).map(({ labels, value }) => [labels, value]);
  assert.deepEqual(
    of('requirement'),
    OUTCOMES.map((outcome, at) => [{ ...own, id: `BDS-10${at}`, severity: 'blocker', outcome }, 1]),
  );
  assert.deepEqual(of('verdict'), [[{ ...own, verdict: 'not-compliant' }, 1]]);
  assert.deepEqual(of('exit_code'), [[own, 1]]);
  assert.deepEqual(of('run_timestamp_seconds'), [[own, 1795425007.25]]);
  assert.deepEqual(of('run_duration_seconds'), [[own, 7.25]]);
  assert.deepEqual(of('restore_test_age_seconds'), [[own, Number.POSITIVE_INFINITY]]);
  assert.deepEqual(of('waiver_days_left'), [[own, 38.62]]);
  assert.equal(series.length, OUTCOMES.length + 6);
});

test('the first waiver in force counts, of a subject, too; an expired one does not', () => {
  const waiver = (expires: string, expired = false) => ({ owner: 'Jane Doe', reason: 'new disks ordered', expires, expired });
  const days = (...requirements: Requirement[]) =>
    readMetrics(toMetrics(verdictFile(requirements))).find(({ name }) => name === 'waiver_days_left')?.value;
  const one = subject('kvm01', 'waived', { trueOutcome: 'not-met', waiver: waiver('2026-11-24') });
  assert.equal(days(requirement('waived'), requirement('met', { id: 'BDS-102', subjects: [one] })), 1.62);
  assert.equal(days(requirement('not-met', { waiver: waiver('2026-11-22', true) }), requirement('waived', { id: 'BDS-102' })), 38.62);
  assert.equal(days(requirement('not-met', { waiver: waiver('2026-11-22', true) })), undefined);
  assert.equal(days(requirement('waived', { waiver: waiver('2026-11-23') })), 0.62, 'until the end of its last day');
});

test('a restore test is as old as the end of its run', () => {
  const restoreTest = '2026-11-22T09:10:07.250Z';
  const series = readMetrics(toMetrics(all, { restoreTest }));
  assert.equal(series.find(({ name }) => name === 'restore_test_age_seconds')?.value, 86_400);
});

test('metrics are explained in docs/outputs.md, each of them', () => {
  const explained = readFileSync(new URL('../../docs/outputs.md', import.meta.url), 'utf8').match(
    /(?<=^\| `opennebula_backup_compliance_)\w+/gm,
  );
  const vm = { id: '7', name: 'files01', of: '', newest: 1, age: 60, rpo: 3600, points: 1, gap: undefined, schedule: '', size: 1 };
  const proven = requirement('undetermined', { id: 'BDS-604', subjects: [subject('kvm01', 'undetermined')] });
  const file = { ...all, requirements: [...all.requirements, proven] };
  assert.deepEqual(explained, [...new Set(readMetrics(toMetrics(file, { protection: [vm] })).map(({ name }) => name))]);
});

test('metrics of a run that evaluated nothing, or was interrupted', () => {
  assert.equal(readMetrics(toMetrics(verdictFile([]))).length, 5);
  const interrupted = readMetrics(toMetrics({ ...all, exitCode: 130 }));
  assert.equal(interrupted.find(({ name }) => name === 'exit_code')?.value, 130);
});

test('hostile names of clouds come back as they were', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      for (const { labels } of readMetrics(toMetrics(named(name)))) assert.equal(labels.cloud, name);
    }),
  );
  assert.match(toMetrics(named('a"b\\c\nd')), /cloud="a\\"b\\\\c\\nd"/);
});

const work = mkdtempSync(join(tmpdir(), 'metrics-'));
after(() => rmSync(work, { recursive: true }));
const folder = (name: string) => {
  mkdirSync(join(work, name));
  return join(work, name);
};

test('metrics are written where anybody may read them, over those of the run before, and leave nothing else', async () => {
  const into = folder('twice');
  const umask = process.umask(0o077);
  try {
    await writeMetrics(into, named('production', { exitCode: 2 }));
    await writeMetrics(into, named('production', { exitCode: 0, run: '2026-11-24T09-10-00Z-0000' }));
  } finally {
    process.umask(umask);
  }
  const [name = '', ...others] = readdirSync(into);
  assert.match(name, /^opennebula_backup_compliance_audit_production_[0-9a-f]{8}\.prom$/);
  assert.deepEqual(others, []);
  assert.equal(statSync(join(into, name)).mode & 0o777, 0o644);
  assert.match(readFileSync(join(into, name), 'utf8'), /exit_code\{.*\} 0\n/);
});

test('metrics of clouds and profiles that are called alike do not meet', async () => {
  const into = folder('many');
  const clouds = ['a b', 'a_b', 'a/b', 'a.b', '../a', 'A B', 'é', 'è', '日'.repeat(100), '日'.repeat(99), '.', '..', 'x'.repeat(100)];
  for (const name of clouds) for (const profile of ['audit', 'gate']) await writeMetrics(into, named(name, { profile }));
  assert.equal(readdirSync(into).length, 2 * clouds.length);
  const together = readdirSync(into).flatMap((name) => readMetrics(readFileSync(join(into, name), 'utf8')));
  const keys = together.map(({ name, labels }) => JSON.stringify([name, labels]));
  assert.equal(new Set(keys).size, keys.length, 'no series stands in two files');
  for (const name of readdirSync(into)) assert.match(name, /^[\w-]{1,150}\.prom$/);
});

test('metrics that cannot be written are an error that names the place, and leave nothing', async () => {
  await assert.rejects(writeMetrics(join(work, 'nowhere'), named('x')), /ENOENT.*nowhere/);
  writeFileSync(join(work, 'file'), '');
  await assert.rejects(writeMetrics(join(work, 'file'), named('x')), /ENOTDIR/);
  const into = folder('taken');
  await writeMetrics(into, named('x'));
  const [name = ''] = readdirSync(into);
  rmSync(join(into, name));
  mkdirSync(join(into, name));
  chmodSync(into, 0o755);
  await assert.rejects(writeMetrics(into, named('x')), /EISDIR/);
  assert.deepEqual(readdirSync(into), [name]);
});
