import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../support/outcome/errors.ts';
import { parseOnly } from '../../support/run/only.ts';

test('--only names a requirement of the profile, and one subject at most', () => {
  assert.deepEqual(parseOnly('bds-102', 'audit'), { id: 'BDS-102' });
  assert.deepEqual(parseOnly('BDS-102@kvm01.example.net', 'gate'), { id: 'BDS-102', subject: 'kvm01.example.net' });
  assert.deepEqual(parseOnly('BDS-102@vm files 01', 'gate'), { id: 'BDS-102', subject: 'vm files 01' });
  for (const [only, says] of [
    ['BDS-120', /BDS-120: there is no such requirement/],
    ['BDS-102@', /expected the name of a subject behind the @: a host, as in BDS-102@kvm01/],
    ['BDS-102@kvm01@kvm02', /expected the name of a subject/],
    ['BDS-102@kvm01 kvm02', /expected the name of a subject/],
    ['BDS-501', /BDS-501 is looked at by another command: backup-compliance gate/],
  ] as const)
    assert.throws(() => parseOnly(only, 'audit'), { name: new UsageError('').name, message: says });
});
