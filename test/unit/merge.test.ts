import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { merge as mergeAt, worstVerdict } from '../../support/report/merge.ts';
import type { StoredVerdict } from '../../support/report/runs.ts';
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
