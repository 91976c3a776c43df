import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { findRun, merge as mergeAt, worstVerdict } from '../../support/archive/merge.ts';
import type { StoredVerdict } from '../../support/archive/runs.ts';
import { storedVerdict } from './made.ts';

const now = new Date('2026-11-24T05:00:00.000Z');
const merge = (found: Parameters<typeof mergeAt>[0]) => mergeAt(found, now);
const of = (folder: string, verdict: StoredVerdict) => ({ folder, verdict });
const cloud = (name: string, frontend = 'frontend01.example.net') => ({ cloud: { name, frontend, openNebula: null } });
const at = (hour: number) => ({ run: `2026-11-24T0${hour}-00-00Z-1f3a`, finishedAt: `2026-11-24T0${hour}:00:00.000Z` });

test('the worst verdict counts, and no fault leaves it better than undetermined', () => {
  const worst = (verdicts: readonly StoredVerdict['verdict'][], faults: string[] = []) =>
    worstVerdict(
      verdicts.map((verdict) => ({ verdict })),
      faults,
    ).exitCode;
  assert.equal(worst(['compliant', 'compliant']), 0);
  assert.equal(worst(['compliant', 'nothing-evaluated']), 4);
  assert.equal(worst(['compliant', 'nothing-evaluated', 'undetermined']), 2);
  assert.equal(worst(['compliant', 'undetermined', 'not-compliant', 'nothing-evaluated']), 1);
  assert.equal(worst(['compliant'], ['x']), 2);
  assert.equal(worst(['nothing-evaluated'], ['x']), 2);
  assert.equal(worst(['not-compliant'], ['x']), 1);
  assert.equal(worst([]), 2);
});

describe('a cloud that is there twice', () => {
  const old = of('/old', storedVerdict({ 'BDS-101': 'met' }, at(1)));
  const young = of('/young', storedVerdict({ 'BDS-101': 'not-met' }, { ...at(2), profile: 'gate' }));
  for (const order of [
    [old, young],
    [young, old],
  ])
    test(`counts by its newest run, given ${order.map(({ folder }) => folder).join(' and ')}`, () => {
      const { clouds, notes, faults, exitCode } = merge(order);
      assert.deepEqual([clouds.map(({ folder }) => folder), faults, exitCode], [['/young'], [], 1]);
      assert.deepEqual(notes, ['production is there twice: the newest run counts, in /young; the one in /old does not.']);
    });
  test('is no matter where it is the same run', () => assert.deepEqual(merge([old, { ...old, folder: '/link' }]).notes, []));
  test('may be two clouds of one name, which is a fault', () => {
    const { faults, exitCode } = merge([
      old,
      of('/other', storedVerdict({ 'BDS-101': 'met' }, { ...at(2), ...cloud('production', 'frontend09') })),
    ]);
    assert.equal(exitCode, 2);
    assert.match(faults.join(), /two front-ends, frontend09 in \/other and frontend01\.example\.net in \/old/);
  });
});

describe('a run that does not speak for its cloud', () => {
  const partial = {
    'looked at a part': { onlyRequirements: ['BDS-101'] },
    'looked at a part,': { onlyMachine: 'kvm01' },
    'set-up': { profile: 'setup' },
    interrupted: { exitCode: 130 },
    'longer ago than it counts': { finishedAt: '2026-11-23T04:59:00.000Z' },
    'longer ago than it counts,': { finishedAt: '2026-11-24T04:00:00.000Z', validUntil: '2026-11-24T04:59:00.000Z' },
    'in the future': { finishedAt: '2026-11-25T05:00:00.000Z' },
  };
  for (const [what, more] of Object.entries(partial)) {
    test(`leaves the verdict undetermined: ${what}`, () => {
      const { faults, exitCode, clouds } = merge([of('/x', storedVerdict({ 'BDS-101': 'met' }, { ...at(2), ...more }))]);
      assert.deepEqual([exitCode, clouds.length, faults.length], [2, 1, 1]);
      assert.match(
        faults.join(),
        new RegExp(`^production: .*${what.replace(',', '')}.* in /x\\. Give the folder of a new and whole audit or gate\\.$`),
      );
    });
    test(`and what it found not met stays so: ${what}`, () =>
      assert.equal(merge([of('/x', storedVerdict({ 'BDS-101': 'not-met' }, more)), of('/y', storedVerdict({}, cloud('y')))]).exitCode, 1));
  }
});

describe('of a reports folder', () => {
  let reports: string;
  beforeEach(() => {
    reports = mkdtempSync(join(tmpdir(), 'merge-'));
  });
  afterEach(() => rmSync(reports, { recursive: true }));

  /** Writes a run of the hour, and points `latest` to it. */
  const write = (hour: number, more: object = {}) => {
    const verdict = storedVerdict({ 'BDS-101': 'met' }, { ...at(hour), ...more });
    mkdirSync(join(reports, verdict.run));
    writeFileSync(join(reports, verdict.run, 'verdict.json'), JSON.stringify(verdict));
    rmSync(join(reports, 'latest'), { force: true });
    symlinkSync(verdict.run, join(reports, 'latest'));
    return verdict.run;
  };
  const found = () => {
    const run = findRun(reports);
    return typeof run === 'string' ? run.replace(reports, 'reports') : run.verdict.run;
  };

  test('the newest run of the whole cloud is taken, not the recheck of a part after it, nor a set-up', () => {
    write(1);
    const whole = write(2);
    write(3, { onlyRequirements: ['BDS-101'] });
    write(4, { onlyMachine: 'kvm01' });
    write(5, { profile: 'setup' });
    assert.equal(found(), whole);
  });

  test('the latest is taken where none looked at all of it, and says that', () => {
    const part = write(3, { onlyRequirements: ['BDS-101'] });
    assert.equal(found(), part);
  });

  test('nothing is taken where the newest cannot be read, or is another than its folder says', () => {
    write(1);
    const newest = write(2);
    writeFileSync(join(reports, newest, 'verdict.json'), '{');
    assert.match(found(), new RegExp(`^reports/${newest}/verdict\\.json: it cannot be read`));
    writeFileSync(join(reports, newest, 'verdict.json'), JSON.stringify(storedVerdict({ 'BDS-101': 'met' }, at(1))));
    assert.match(found(), new RegExp(`^reports/${newest}/verdict\\.json: it cannot be read, or does not agree`));
  });

  test('nothing is taken where it holds several clouds, and where it holds none', () => {
    assert.match(found(), /^reports: expected the folder of a run, or a reports folder with a run in it; found neither\.$/);
    write(1);
    write(2, cloud('other'));
    assert.match(found(), /^reports: it holds runs of several clouds \(other, production\)\. Give the folder of one run of each\.$/);
  });
});
