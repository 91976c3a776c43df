import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { foldersOf, foldersProbe, readFolders } from '../../support/facts/staging.ts';
import { LocalShell } from '../../support/machines/local.ts';
import { answerTo, survey } from '../../support/machines/survey.ts';
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
      own: ['/var/lib/one/datastores/0/0', '/var/lib/one/datastores/0/3'],
    }));
  test('lie below BACKUP_BASE_PATH where it is set, but for tmp/', () =>
    assert.deepEqual(foldersOf({ datastores, virtualMachines: machines, settings: looked({ staging: '/srv/stage' }, 'settings') }, at), {
      base: '/srv/stage',
      folders: ['/srv/stage/0', '/srv/stage/3', '/srv/stage/4'],
      own: ['/var/lib/one/datastores/0/0', '/var/lib/one/datastores/0/3'],
    }));
  test('are not known where OpenNebula does not tell', () =>
    assert.deepEqual(foldersOf({ datastores, virtualMachines: unread('x', 'virtual-machines'), settings }, at), { folders: [], own: [] }));
});

describe('what a host says of them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'staging-'));
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    for (const each of ['stage/0', 'vms/0']) mkdirSync(join(folder, each), { recursive: true });
  });
  afterEach(() => {
    for (const each of ['stage', 'vms']) rmSync(join(folder, each), { recursive: true, force: true });
  });
  /** Where a VM is staged elsewhere than in its own folder. */
  const found = async (base: string) => {
    const [stage, vms] = [join(folder, base), join(folder, 'vms')];
    const told = await survey(new LocalShell(), [foldersProbe({ base: stage, folders: [`${stage}/0`], own: [`${vms}/0`] }, 10)], {
      deadline: 30,
    });
    const read = answerTo(told, 'folders', readFolders);
    return 'value' in read && read.value.obstacles.map(({ kind, at }) => `${kind} ${at.slice(folder.length + 1)}`);
  };
  for (const [what, make, expected] of [
    ['all is well', [], []],
    ['a file where tmp/ is made', ['vms/0/tmp'], ['in the way vms/0/tmp']],
    ['a file where backup/ is made', ['stage/0/backup'], ['in the way stage/0/backup']],
    ['a file where the driver makes nothing', ['vms/0/backup', 'stage/0/tmp'], []],
    ['files where it makes both', ['vms/0/tmp', 'stage/0/backup'], ['in the way stage/0/backup', 'in the way vms/0/tmp']],
  ] as const)
    test(`elsewhere staged: ${what}`, async () => {
      for (const each of make) writeFileSync(join(folder, each), '');
      assert.deepEqual(await found('stage'), expected);
    });
  test('elsewhere staged: of tmp/ it is told where that directory is not there', async () => {
    writeFileSync(join(folder, 'vms/0/tmp'), '');
    assert.deepEqual(await found('not/yet'), ['in the way vms/0/tmp']);
    writeFileSync(join(folder, 'no'), '');
    assert.deepEqual(await found('no'), ['no directory no', 'in the way vms/0/tmp']);
    rmSync(join(folder, 'no'));
  });
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
