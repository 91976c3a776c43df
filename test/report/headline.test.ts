import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headlineOf } from '../../support/report/headline.ts';
import { requirement, subject, verdictFile } from '../told.ts';

const waiver = { owner: 'Jo', reason: 'x', expires: '2026-12-31', expired: false };
const waivedOn = (...names: readonly string[]) => names.map((name) => subject(name, 'waived', { waiver, trueOutcome: 'not-met' }));
const [met, unmet, unknown, blocked] = (['met', 'not-met', 'undetermined', 'blocked'] as const).map((outcome) => requirement(outcome));
const all = { met, unmet, unknown, blocked } as Record<string, ReturnType<typeof requirement>>;
const of = (...names: readonly string[]) => names.map((name) => all[name] ?? assert.fail());

for (const [words, ...given] of [
  ['COMPLIANT', of('met')],
  ['COMPLIANT WITH 1 WAIVER', [requirement('waived')]],
  ['COMPLIANT WITH 1 WAIVER', [requirement('waived', { subjects: waivedOn('kvm01', 'kvm02'), waiver })]],
  ['COMPLIANT WITH 2 WAIVERS', [requirement('waived'), requirement('waived', { id: 'BDS-102', subjects: waivedOn('kvm01') })]],
  ['NOT COMPLIANT: 1 finding', of('unmet', 'met', 'unknown')],
  ['NOT COMPLIANT: 2 findings', of('unmet', 'unmet')],
  ['UNDETERMINED: 3 requirements could not be checked', of('unknown', 'blocked', 'blocked')],
  ['UNDETERMINED: 1 fault of the run itself', of('met'), { runFaults: ['it broke'] }],
  ['NOTHING EVALUATED', []],
  ['BDS-101 ONLY: NOT COMPLIANT, 1 finding', of('unmet'), { onlyRequirements: ['BDS-101'] }],
  ['BDS-101 on kvm01 ONLY: COMPLIANT', of('met'), { onlyRequirements: ['BDS-101'], onlySubject: 'kvm01' }],
  ['A-1, A-2, A-3 AND 2 MORE ONLY: COMPLIANT', of('met'), { onlyRequirements: ['A-1', 'A-2', 'A-3', 'A-4', 'A-5'] }],
  ['SET-UP ONLY: COMPLIANT', of('met'), { profile: 'setup', onlyRequirements: ['BDS-401'] }],
] as const)
  test(words, () => assert.equal(headlineOf(verdictFile(given[0], given[1] as Parameters<typeof verdictFile>[1])), words));
