import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backupServerPrograms, frontendPrograms, hypervisorPrograms } from '../../support/facts/programs.ts';
import { UsageError } from '../../support/outcome/outcome.ts';
import { explain, listing } from '../../support/report/explain.ts';
import { parseOnly } from '../../support/run/only.ts';
import { statements } from '../../support/verdict/requirements.ts';

test('every requirement is explained: what it asks, why, and what to do; in capitals or not', () => {
  for (const { id, title, why } of statements()) {
    const said = explain(id);
    assert.ok(said.startsWith(`${id}  ${title}\n\n${why}`), said);
    assert.match(said, /\n\nStated in features\/.*\.feature\.\n$/);
    assert.equal(explain(id.toLowerCase()), said);
  }
});

test('BDS-304 names every program that is looked for, machine by machine', () => {
  for (const [where, programs] of [
    ['on the front-end', frontendPrograms],
    ['on each hypervisor', hypervisorPrograms],
    ['on the backup server', backupServerPrograms],
  ] as const)
    assert.ok(explain('BDS-304').includes(`\n- ${where}: ${programs.map(({ name }) => name).join(', ')}\n`), where);
});

test('all of them are listed under the titles of their features', () => {
  const lines = listing().split('\n');
  for (const { id, title, group } of statements()) {
    const at = lines.indexOf(`  ${id}  ${title}`);
    const heading = lines.slice(0, at).findLast((line) => line !== '' && !line.startsWith(' '));
    assert.equal(heading, group, id);
  }
});

test('one that is not there is refused, and those that are are named', () => {
  for (const id of ['BDS-999', '101', '', 'BDS-10'])
    assert.throws(() => explain(id), { name: new UsageError('').name, message: /there is no such requirement\. There are: BDS-101, / });
});

test('--only names a requirement of the profile, and one machine at most', () => {
  assert.deepEqual(parseOnly('bds-102', 'audit'), { id: 'BDS-102' });
  assert.deepEqual(parseOnly('BDS-102@kvm01.example.net', 'gate'), { id: 'BDS-102', machine: 'kvm01.example.net' });
  for (const [only, says] of [
    ['BDS-120', /BDS-120: there is no such requirement/],
    ['BDS-102@', /expected the name of a machine behind the @, such as BDS-102@kvm01/],
    ['BDS-102@kvm01@kvm02', /expected the name of a machine/],
    ['BDS-102@kvm01 kvm02', /expected the name of a machine/],
    ['BDS-501', /BDS-501 is looked at by another command: npx backup-compliance gate/],
  ] as const)
    assert.throws(() => parseOnly(only, 'audit'), { name: new UsageError('').name, message: says });
});
