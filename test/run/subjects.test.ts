import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cloud } from '../../support/facts/cloud.ts';
import { UsageError } from '../../support/outcome/errors.ts';
import { requireSubjects } from '../../support/run/subjects.ts';
import { host, looked, virtualMachine, wholeCloud } from '../made.ts';

const { frontend, site, backups } = wholeCloud();
let closed = 0;
const cloudOf = (change: Partial<typeof frontend> = {}) =>
  ({
    site,
    frontend: () => Promise.resolve({ ...frontend, ...change }),
    backups: () =>
      Promise.resolve({
        ...backups,
        jobs: looked(
          [
            { id: '3', name: 'nightly' },
            { id: '4', name: 'nightly' },
          ],
          'jobs',
        ),
      }),
    close: () => (closed += 1),
  }) as unknown as Cloud;
const hosts = looked(
  ['kvm01.example.net', 'kvm02.example.net', 'kvm02.other.net'].map((name, at) => host(`${at}`, name)),
  'hosts',
);
const cloud = cloudOf({
  hosts,
  virtualMachines: looked(
    ['7', '8'].map((id) => virtualMachine({ id, name: 'vm7' })),
    'virtual-machines',
  ),
});

for (const asked of [
  'kvm01',
  'kvm01.example.net',
  'kvm02.other.net',
  site.datastore.rsync_host,
  frontend.name,
  'vm 7',
  'job 3',
  'image 99',
])
  test(`${asked} is one`, () => requireSubjects(cloud, [asked]));

for (const [asked, says] of [
  ['kvm11', /^@kvm11: OpenNebula lists none of that name\. Did you mean “kvm01”\? There are: kvm01\.example\.net, kvm02/],
  ['vm7', /^@vm7: OpenNebula lists none of that name\. .*What is no host or machine is given with its kind, as in “vm vm7”\.$/],
  ['kvm02', /expected one of that name, found kvm02\.example\.net, kvm02\.other\.net\. Give one of these\./],
  ['vm files01', /@vm files01: OpenNebula lists none of that name\..* There are: vm vm7/],
  ['vm vm7', /found vm7 \(7\), vm7 \(8\)\. Give its id, as in vm 7\./],
  ['job nightly', /found nightly \(3\), nightly \(4\)\. Give its id, as in job 3\./],
] as const)
  test(`${asked} is refused, and the way to the front-end closed`, async () => {
    const before = closed;
    await assert.rejects(requireSubjects(cloud, ['kvm01', asked]), { name: new UsageError('').name, message: says });
    assert.equal(closed, before + 1);
  });

test('what OpenNebula does not list just now may be there', async () => {
  const fault = { fault: 'no answer', evidence: [] };
  const silent = cloudOf({ hosts: fault, virtualMachines: fault, datastores: fault });
  await requireSubjects(silent, ['kvm99', 'vm 99', 'datastore x']);
});
