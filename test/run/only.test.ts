import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../support/outcome/errors.ts';
import { type Only, parseOnly, subjectsOf } from '../../support/run/only.ts';

for (const [given, expected] of [
  [['bds-102'], [{ id: 'BDS-102' }]],
  [['BDS-102@kvm01.example.net'], [{ id: 'BDS-102', subject: 'kvm01.example.net' }]],
  [['BDS-701@vm files 01'], [{ id: 'BDS-701', subject: 'vm files 01' }]],
  [['BDS-101,BDS-102'], [{ id: 'BDS-101' }, { id: 'BDS-102' }]],
  [
    ['BDS-101, bds-102@kvm01', 'BDS-204'],
    [{ id: 'BDS-101' }, { id: 'BDS-102', subject: 'kvm01' }, { id: 'BDS-204' }],
  ],
  // A comma in a name is a part of it.
  [['BDS-701@vm a, b,BDS-204'], [{ id: 'BDS-701', subject: 'vm a, b' }, { id: 'BDS-204' }]],
] as const)
  test(`--only ${given.join(' --only ')}`, () => assert.deepEqual(parseOnly(given, 'gate'), expected));

for (const [only, says] of [
  ['BDS-120', /BDS-120: unknown requirement\. Did you mean “BDS-10\d”\?/],
  ['BDS-101,BDS-120', /BDS-120: unknown requirement/],
  ['BDS-102@', /expected the name of a subject behind the @: a host, as in BDS-102@kvm01/],
  ['BDS-102@kvm01@kvm02', /expected the name of a subject/],
  ['BDS-102@kvm01 kvm02', /expected the name of a subject/],
  ['BDS-501', /BDS-501 is checked by another command: backup-compliance gate/],
  ['', /unknown requirement/],
] as const)
  test(`--only “${only}” of an audit is refused`, () =>
    assert.throws(() => parseOnly([only], 'audit'), { name: new UsageError('').name, message: says }));

test('a requirement is judged of the subjects that were named with it; of all, where it was named alone as well', () => {
  const only: readonly Only[] = [
    { id: 'BDS-102', subject: 'kvm01' },
    { id: 'BDS-102', subject: 'kvm02' },
    { id: 'BDS-205', subject: 'kvm01' },
    { id: 'BDS-205' },
  ];
  assert.deepEqual(subjectsOf('BDS-102', only), ['kvm01', 'kvm02']);
  assert.equal(subjectsOf('BDS-205', only), undefined);
  assert.equal(subjectsOf('BDS-101', only), undefined);
});
