/** A verdict in the languages of other tools: Prometheus and Heimdall. JUnit's is in verdict.test.ts. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { contextualizeEvaluation, convertFile } from 'inspecjs';
import type { VerdictFile } from '../../support/archive/files.ts';
import type { Outcome, Severity } from '../../support/outcome/outcome.ts';
import { toHdf } from '../../support/report/hdf.ts';
import { toMetrics, writeMetrics } from '../../support/report/prometheus.ts';
import { statements } from '../../support/verdict/requirements.ts';
import fc from './fuzz.ts';
import { requirement, verdictFile, whole } from './made.ts';

const outcomes: readonly Outcome[] = ['met', 'not-met', 'undetermined', 'blocked', 'not-applicable', 'waived'];
const all = whole(outcomes.map((outcome, at) => requirement(outcome, { id: `BDS-10${at}` })));
const named = (name: string, more: Partial<VerdictFile> = {}) =>
  verdictFile(all, { cloud: { name, frontend: 'frontend01.example.net', openNebula: null }, ...more });

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const unescapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/** Reads Prometheus' text format as strictly as its specification is written: every line is help, type or a sample, none twice. */
function readMetrics(text: string): Series[] {
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', 'the last line has an end');
  const typed = new Map<string, string>();
  const seen = new Set<string>();
  const series: Series[] = [];
  for (const line of lines) {
    const [, comment, metric = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/s.exec(line) ?? [];
    if (comment === 'HELP') {
      assert.ok(!typed.has(metric), `${metric} is explained once, before its samples`);
      assert.doesNotMatch(rest, /\\(?![\\n])/);
      typed.set(metric, '');
      continue;
    }
    if (comment === 'TYPE') {
      assert.equal(typed.get(metric), '', `${metric} has one type`);
      assert.match(rest, /^(gauge|counter|untyped)$/);
      typed.set(metric, rest);
      continue;
    }
    const [, name = '', pairs = '', value = ''] =
      /^([a-zA-Z_:][\w:]*)\{((?:[a-zA-Z_]\w*="(?:[^"\\]|\\[\\"n])*",?)*)\} (\S+)$/.exec(line) ?? [];
    assert.equal([...typed].at(-1)?.[0], name, `a sample stands under its own metric: ${line}`);
    assert.notEqual(typed.get(name), '', line);
    const labels = [...pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', raw = '']): [string, string] => [
      label,
      raw.replace(/\\[\\"n]/g, (pair) => unescapes[pair] ?? pair),
    ]);
    assert.match(value, /^-?\d+(\.\d+)?$/);
    const key = JSON.stringify([name, labels.map(String).toSorted()]);
    assert.ok(!seen.has(key), `${line} stands once`);
    seen.add(key);
    series.push({ name: name.replace('opennebula_backup_compliance_', ''), labels: Object.fromEntries(labels), value: Number(value) });
  }
  return series;
}

describe('metrics', () => {
  const own = { cloud: 'production', profile: 'audit' };

  test('are each outcome, the verdict, the exit code, and when and how long', () => {
    const series = readMetrics(toMetrics(verdictFile(all)));
    const of = (name: string) => series.filter((each) => each.name === name).map(({ labels, value }) => [labels, value]);
    assert.deepEqual(
      of('requirement'),
      outcomes.map((outcome, at) => [{ ...own, id: `BDS-10${at}`, severity: 'blocker', outcome }, 1]),
    );
    assert.deepEqual(of('verdict'), [[{ ...own, verdict: 'not-compliant' }, 1]]);
    assert.deepEqual(of('exit_code'), [[own, 1]]);
    assert.deepEqual(of('run_timestamp_seconds'), [[own, 1795425007.25]]);
    assert.deepEqual(of('run_duration_seconds'), [[own, 7.25]]);
    assert.equal(series.length, outcomes.length + 4);
  });

  test('are explained in docs/outputs.md, each of them', () => {
    const explained = readFileSync(new URL('../../docs/outputs.md', import.meta.url), 'utf8').match(
      /(?<=^\| `opennebula_backup_compliance_)\w+/gm,
    );
    assert.deepEqual(explained, [...new Set(readMetrics(toMetrics(verdictFile(all))).map(({ name }) => name))]);
  });

  test('of a run that evaluated nothing, or was interrupted', () => {
    assert.equal(readMetrics(toMetrics(verdictFile(whole([])))).length, 4);
    const interrupted = readMetrics(toMetrics(verdictFile({ ...all, exitCode: 130 })));
    assert.equal(interrupted.find(({ name }) => name === 'exit_code')?.value, 130);
  });

  test('hostile names come back as they were', () => {
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

  test('are written where anybody may read them, over those of the run before, and leave nothing else', async () => {
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

  test('of clouds and profiles that are called alike do not meet', async () => {
    const into = folder('many');
    const clouds = ['a b', 'a_b', 'a/b', 'a.b', '../a', 'A B', 'é', 'è', '日'.repeat(100), '日'.repeat(99), '.', '..', 'x'.repeat(100)];
    for (const name of clouds) for (const profile of ['audit', 'gate']) await writeMetrics(into, named(name, { profile }));
    assert.equal(readdirSync(into).length, 2 * clouds.length);
    const together = readdirSync(into).flatMap((name) => readMetrics(readFileSync(join(into, name), 'utf8')));
    const keys = together.map(({ name, labels }) => JSON.stringify([name, labels]));
    assert.equal(new Set(keys).size, keys.length, 'no series stands in two files');
    for (const name of readdirSync(into)) assert.match(name, /^[\w-]{1,150}\.prom$/);
  });

  test('that cannot be written are an error that names the place, and leave nothing', async () => {
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
});

describe('hdf.json', () => {
  /** As Heimdall reads it. */
  function read(file: VerdictFile) {
    const { '1_0_ExecJson': evaluation } = convertFile(toHdf(file, statements()));
    assert.ok(evaluation, 'it is of the schema');
    const [profile, ...others] = contextualizeEvaluation(evaluation).contains;
    assert.ok(profile && others.length === 0);
    return { evaluation, controls: profile.contains.map(({ hdf }) => hdf) };
  }

  const rows: Readonly<Record<Outcome, readonly [status: string, says: RegExp]>> = {
    met: ['Passed', /^PASSED -- A title/],
    'not-met': ['Failed', /the reason of not-met/],
    undetermined: ['Profile Error', /the reason of undetermined/],
    blocked: ['Not Reviewed', /^SKIPPED -- blocked: the reason of blocked/],
    'not-applicable': ['Not Applicable', /the reason of not-applicable/],
    waived: ['Not Applicable', /^SKIPPED -- waived: the reason of waived/],
  };
  for (const [outcome, [status, says]] of Object.entries(rows) as [Outcome, (typeof rows)[Outcome]][]) {
    test(`${outcome} is ${status} to Heimdall`, () => {
      const [control] = read(verdictFile(whole([requirement(outcome)]))).controls;
      assert.equal(control?.status, status);
      assert.match(control.message ?? '', says);
      assert.equal(control.waived, outcome === 'waived');
      assert.equal(control.wraps.id, 'BDS-101');
      assert.equal(control.wraps.title, 'A title');
      assert.equal(control.severity, 'critical');
    });
  }

  test('a requirement of several machines has one result, its own, and tells of each', () => {
    const machines = [
      { name: 'kvm01', outcome: 'undetermined', reason: 'no answer within 10 s' },
      { name: 'kvm02', outcome: 'not-met', reason: 'refused' },
      { name: 'kvm03', outcome: 'met', reason: '' },
    ] as const;
    const [control] = read(verdictFile(whole([requirement('not-met', { machines })]))).controls;
    assert.equal(control?.status, 'Failed');
    assert.match(control.message ?? '', /kvm01: undetermined\. no answer within 10 s\nkvm02: not met\. refused\nkvm03: met\./);
  });

  test('severities are the nearest of InSpec', () => {
    const severities: readonly Severity[] = ['blocker', 'critical', 'normal', 'minor'];
    const { controls } = read(verdictFile(whole(severities.map((severity) => requirement('not-met', { severity })))));
    assert.deepEqual(
      controls.map(({ severity }) => severity),
      ['critical', 'high', 'medium', 'low'],
    );
  });

  test('a requirement has the controls of NIST that it evidences, and none that it only supports', () => {
    const { controls } = read(verdictFile(whole(['BDS-101', 'BDS-601'].map((id) => requirement('met', { id })))));
    assert.deepEqual(
      controls.map(({ wraps }) => wraps.tags.nist),
      [[], ['CP-9(1)']],
    );
    assert.deepEqual(
      controls[1]?.parsedNistTags.map((tag) => tag.rawText),
      ['CP-9(1)'],
    );
  });

  test('a waiver says who answers for it, why, and until when', () => {
    const waiver = { owner: 'ops@example.net', reason: 'new volume ordered', expires: '2026-12-31', expired: false };
    const waived = { ...requirement('waived'), waiver };
    const [control] = JSON.parse(toHdf(verdictFile(whole([waived])), [])).profiles[0].controls;
    assert.deepEqual(control.waiver_data, {
      ...{ skipped_due_to_waiver: true, run: false },
      ...{ justification: 'new volume ordered (ops@example.net)', expiration_date: '2026-12-31' },
    });
  });

  test('a fault of the run is a control of its own', () => {
    const { controls } = read(verdictFile(whole([requirement('met')], ['it broke', 'twice'])));
    assert.deepEqual(
      controls.map(({ wraps, status }) => [wraps.id, status]),
      [
        ['BDS-101', 'Passed'],
        ['run', 'Profile Error'],
      ],
    );
    assert.match(controls[1]?.message ?? '', /it broke; twice/);
  });

  test('says what was looked at, and is readable whatever the texts', () => {
    const { evaluation } = read(named('production'));
    assert.deepEqual(evaluation.platform, { name: 'opennebula', release: 'unknown', target_id: 'production' });
    assert.equal(evaluation.statistics.duration, 7.25);
    assert.deepEqual(read(verdictFile(whole([]))).controls, []);
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, fc.constantFrom(...outcomes), (title, reason, outcome) => {
        const [control] = read(verdictFile(whole([requirement(outcome, { title, reason })], [reason]))).controls;
        assert.equal(control?.status, rows[outcome][0]);
        assert.equal(control.wraps.title, title);
      }),
    );
  });
});
