import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { foldersOf, readFolders } from '../../support/facts/staging.ts';
import { datastore, evidence, host, looked, unread, virtualMachine } from '../made.ts';
import { kvm01 } from '../worlds/world.ts';

describe('the folders in which a host stages backups', () => {
  const at = host('0', kvm01);
  const settings = looked({}, 'settings');
  const datastores = looked([datastore({ id: '0', type: 'sys', basePath: '/var/lib/one//datastores/0' })], 'datastores');
  const machines = looked(
    [
      virtualMachine({ id: '0' }),
      virtualMachine({ id: '1', host: 'elsewhere' }),
      virtualMachine({ id: '2', ready: false }),
      virtualMachine({ id: '3', ready: false, inBackup: true }),
      virtualMachine({ id: '4', systemDatastore: '77' }),
    ],
    'virtual-machines',
  );
  test('are those of the machines there that OpenNebula would back up', () =>
    assert.deepEqual(foldersOf({ datastores, virtualMachines: machines, settings }, at), {
      folders: ['/var/lib/one/datastores/0/0', '/var/lib/one/datastores/0/3'],
    }));
  test('lie below BACKUP_BASE_PATH where it is set', () =>
    assert.deepEqual(foldersOf({ datastores, virtualMachines: machines, settings: looked({ staging: '/srv/stage' }, 'settings') }, at), {
      base: '/srv/stage',
      folders: ['/srv/stage/0', '/srv/stage/3', '/srv/stage/4'],
    }));
  test('are not known where OpenNebula does not tell', () =>
    assert.deepEqual(foldersOf({ datastores, virtualMachines: unread('x', 'virtual-machines'), settings }, at), { folders: [] }));
});

describe('what a host says of them', () => {
  test('is nothing where all is well, else what is wrong, and which are volumes of their own', () => {
    assert.deepEqual(readFolders(evidence({ stdout: '' })), { obstacles: [], volumes: [] });
    const told = readFolders(evidence({ stdout: 'denied\t/d/0\t/d/0\nstays\t/d/1/backup\t/d/1\n4096 1000 90 90 1000 500 /d/2\n' }));
    assert.deepEqual(told?.obstacles, [
      { kind: 'denied', at: '/d/0', folder: '/d/0' },
      { kind: 'stays', at: '/d/1/backup', folder: '/d/1' },
    ]);
    assert.deepEqual(
      told?.volumes.map(({ path }) => path),
      ['/d/2'],
    );
  });
  test('is no answer where it does not read so, or did not end well', () => {
    for (const [stdout, exitCode] of [
      ['what', 0],
      ['broken\t/d\t/d', 0],
      ['', 124],
      ['', 1],
    ] as const)
      assert.equal(readFolders(evidence({ stdout, exitCode })), undefined, stdout);
  });
});
