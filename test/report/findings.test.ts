import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockedBy, comesFirst, expecting, INTERRUPTED, NOT_REACHED } from '../../support/outcome/judgement.ts';
import { overview } from '../../support/report/findings.ts';
import type { Requirement } from '../../support/verdict/schema.ts';
import { requirement, subject, verdictFile } from '../told.ts';

const of = (id: number, outcome: Requirement['outcome'], more: Partial<Requirement> = {}) =>
  requirement(outcome, { id: `BDS-${id}`, ...more });
const blocked = (id: number, by: number) => of(id, 'blocked', { reason: blockedBy(`BDS-${by}`, 'is not met').reason });
const interrupted = { reason: expecting('frontend01', 'an answer').undetermined({ found: `“${INTERRUPTED}”` }).reason };
/** BDS-103 [105] behind BDS-101: what is found, what it bars, and because of what it is. */
const seen = (...requirements: Requirement[]) => {
  const { toDo, barred, cut } = overview(verdictFile(requirements));
  return {
    toDo: toDo.map(({ requirement: { id }, because, barred: own }) =>
      [id, ...(because === undefined ? [] : ['behind', because]), ...own.map(({ requirement: other }) => `[${other.id}]`)].join(' '),
    ),
    barred: barred.map(({ cause, blocked: own }) => [cause, ...own.map(({ requirement: { id } }) => id)].join(' ')),
    cut: cut.map(({ id }) => id),
  };
};

test('the most severe comes first, then what is not met, then what nobody could look at; the rest is no finding', () => {
  const all = [
    of(101, 'not-met', { severity: 'minor' }),
    of(102, 'undetermined', { severity: 'blocker' }),
    of(103, 'not-met', { severity: 'blocker' }),
    of(104, 'met'),
    of(105, 'waived'),
    of(106, 'not-applicable'),
    of(107, 'not-met', { severity: 'critical' }),
  ];
  assert.deepEqual(seen(...all), { toDo: ['BDS-103', 'BDS-102', 'BDS-107', 'BDS-101'], barred: [], cut: [] });
});

test('a cause stands before what it causes, whatever their order by themselves', () => {
  const behind = (id: number, cause: number) => of(id, 'not-met', { fix: comesFirst(`BDS-${cause}`, 'Start it.') });
  const hosts = ['kvm01', 'kvm02'].map((name) => subject(name, 'not-met', { fix: comesFirst('BDS-103', 'Start it.') }));
  assert.deepEqual(seen(of(102, 'not-met', { subjects: hosts }), of(103, 'not-met')).toDo, ['BDS-103', 'BDS-102 behind BDS-103']);
  const two = [...hosts, subject('kvm03', 'not-met', { fix: 'Mend it.' })];
  assert.deepEqual(seen(of(102, 'not-met', { subjects: two }), of(103, 'not-met')).toDo, ['BDS-102', 'BDS-103'], 'not all are caused');
  assert.deepEqual(seen(behind(102, 103), of(103, 'met')).toDo, ['BDS-102'], 'a cause that is no finding');
  assert.deepEqual(seen(behind(101, 102), behind(102, 103), of(103, 'not-met', { severity: 'minor' })).toDo, [
    'BDS-103',
    'BDS-102 behind BDS-103',
    'BDS-101 behind BDS-102',
  ]);
  assert.equal(seen(behind(101, 102), behind(102, 101)).toDo.length, 2, 'of a circle none is lost');
});

test('what is blocked stands under its cause; under the name of the cause alone, where that is no finding', () => {
  assert.deepEqual(
    seen(of(101, 'undetermined'), blocked(201, 101), blocked(707, 201), of(402, 'waived'), blocked(403, 402), blocked(405, 499)),
    {
      toDo: ['BDS-101 [BDS-201] [BDS-707]'],
      barred: ['BDS-402 BDS-403', 'BDS-499 BDS-405'],
      cut: [],
    },
  );
});

test('what an interrupted run did not come to accuses nobody, and what waits for it neither', () => {
  const notReached = { reason: `${NOT_REACHED} before. Run it again.` };
  assert.deepEqual(
    seen(of(101, 'undetermined', interrupted), blocked(201, 101), of(103, 'undetermined', notReached), of(104, 'undetermined')),
    { toDo: ['BDS-104'], barred: [], cut: ['BDS-101', 'BDS-201', 'BDS-103'] },
  );
  const some = [subject('kvm01', 'undetermined', interrupted), subject('kvm02', 'undetermined', { reason: 'no answer within 10 s' })];
  const { toDo, cut } = overview(verdictFile([of(102, 'undetermined', { subjects: some })]));
  assert.deepEqual(
    [toDo.flatMap(({ findings }) => findings.map(({ where }) => where)), cut],
    [['kvm02'], []],
    'of a requirement what is known is told',
  );
});
