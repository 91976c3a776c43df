import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stagingOf } from '../../support/facts/cloud.ts';
import { datastore, host, virtualMachine } from './made.ts';

describe('where a hypervisor stages its backups', () => {
  const system = (id: string, ...clusters: string[]) => datastore({ id, type: 'sys', basePath: `/srv//datastores/${id}`, clusters });
  const kvm01 = host('0', 'kvm01.example.net');
  const fault = { fault: 'no answer' };
  const none = { value: [] };

  for (const [what, datastores, virtualMachines, expected] of [
    ['in the system datastores of its cluster', [system('0', '0'), system('1', '1'), system('2', '1', '0')], none, ['0', '2']],
    [
      'and where its virtual machines lie all the same',
      [system('0', '0'), system('1', '1'), system('2', '1')],
      { value: [virtualMachine({ systemDatastore: '1' }), virtualMachine({ systemDatastore: '2', host: 'kvm02.example.net' })] },
      ['0', '1'],
    ],
    ['in any where none is of its cluster', [system('1', '1'), system('2')], fault, ['1', '2']],
  ] as const)
    test(what, () => {
      const paths = expected.map((id) => `/srv/datastores/${id}`);
      assert.deepEqual(stagingOf({ datastores: { value: [datastore(), ...datastores] }, virtualMachines }, kvm01), paths);
    });

  test('in the stock directory where no system datastore is known', () => {
    for (const datastores of [fault, none])
      assert.deepEqual(stagingOf({ datastores, virtualMachines: none }, kvm01), ['/var/lib/one/datastores']);
  });
});
