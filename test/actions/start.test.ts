import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Target } from '../../support/actions/journal.ts';
import { startOf, whyUnfit } from '../../support/actions/start.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command } from '../../support/machines/shell.ts';
import type { VirtualMachine } from '../../support/opennebula/pools.ts';
import { datastore, evidence, image, link, virtualMachine, wholeCloud } from '../made.ts';

const target: Target = { datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/var/lib/one/datastores/100' };
const system = datastore({ id: '0', type: 'sys', basePath: '/srv/one//datastores/0' });
const chain = image({ id: '7', increments: [link('0', 'aaaaaa', 1)] });
const keeps = { keepsIncrements: true } as const;
const snapshot = { ...keeps, incrementMode: 'SNAPSHOT' } as const;
const chained = { chain: '7', lastIncrement: 0, backups: ['7'] } as const;

describe('what is asked for first', () => {
  const start = (vm: Partial<VirtualMachine>) => startOf({ vm: virtualMachine(vm), images: [chain] });
  test('a full backup; with increments a chain of its own', () => {
    assert.deepEqual(start({}), { reset: false });
    assert.deepEqual(start({ ...keeps, ...chained }), { reset: true });
  });
  test('in SNAPSHOT mode never a second chain: the next increment, or the first full backup', () => {
    assert.deepEqual(start({ ...snapshot, ...chained }), { reset: false, chain });
    assert.deepEqual(start(snapshot), { reset: false });
    assert.deepEqual(start({ ...snapshot, ...chained, lastIncrement: -1 }), { reset: false }, 'one that was ended');
    assert.deepEqual(start({ ...snapshot, ...chained, chain: '8' }), { reset: false }, 'one that is gone');
  });
});

describe('a test VM that a test backup would harm', () => {
  const asked: Command[] = [];
  const hosts: string[] = [];
  let shown = 0;
  const why = async (vm: Partial<VirtualMachine>, says: string, images = [chain]) => {
    const { site } = wholeCloud();
    const run = async (command: Command) => {
      asked.push(command);
      return evidence({ machine: 'kvm01', stdout: says });
    };
    const hop = ({ host }: { host: string }) => {
      hosts.push(host);
      return { run };
    };
    const onFrontend = { hop } as unknown as Machines['onFrontend'];
    const scene = { vm: virtualMachine(vm), images };
    const unfit = await whyUnfit({ site, onFrontend, onBackupServer: onFrontend }, scene, { target, datastores: [datastore(), system] });
    shown = unfit?.evidence.length ?? 0;
    return unfit && `${unfit.found}. ${unfit.fix}`;
  };
  const nobody = 'nobody is asked';

  test('is none that keeps no increments, or finds them by changed blocks', async () => {
    for (const vm of [{}, { incrementMode: 'SNAPSHOT' }, { ...keeps, wasBackedUp: true }] as const)
      assert.equal(await why(vm, nobody), undefined);
    assert.equal(asked.length, 0);
  });
  test('is none whose chain lies in the declared datastore, or that was never backed up', async () => {
    assert.equal(await why({ ...snapshot, ...chained }, nobody), undefined);
    assert.equal(await why(snapshot, nobody), undefined);
    assert.equal(asked.length, 0);
  });
  test('is one of whose full backups OpenNebula would delete the oldest', async () => {
    assert.match(
      (await why({ keepLast: 2, backups: ['5', '7'] }, nobody)) ?? '',
      /keeps 2 full backups of it \(KEEP_LAST\), and there are 2: .* KEEP_LAST in onevm updateconf 0/,
    );
    assert.equal(await why({ keepLast: 3, backups: ['5', '7'] }, nobody), undefined);
    assert.equal(await why({ keepLast: 0, backups: ['5', '7'] }, nobody), undefined);
    assert.equal(await why({ ...keeps, keepLast: 1, backups: ['5', '7'] }, nobody), undefined, 'of a chain it merges');
  });
  test('is one whose chain lies elsewhere, or is gone from the books', async () => {
    const elsewhere = [image({ ...chain, datastoreId: '106' })];
    assert.match(
      (await why({ ...snapshot, ...chained }, nobody, elsewhere)) ?? '',
      /its chain is image 7 in datastore 106: .* second chain.* INCREMENT_MODE="CBT" for this one: onevm updateconf 0/,
    );
    assert.match((await why({ ...snapshot, ...chained }, nobody, [])) ?? '', /its chain is gone/);
    assert.equal(asked.length, 0);
  });
  test('is one whose disks were made links by a full backup in that mode; that tells its host', async () => {
    const was = { ...snapshot, wasBackedUp: true, systemDatastore: '0' };
    for (const link of ['disk.0.snap/0', '/var/lib/one//datastores/0/0/disk.0.snap/0'])
      assert.match((await why(was, `${link}\nlooked\n`)) ?? '', /its chain is gone/);
    assert.deepEqual(asked.at(-1)?.argv.at(-1), '/srv/one/datastores/0/0');
    assert.deepEqual([hosts.at(-1), shown], ['kvm01.example.net', 1], 'with what it says');
    assert.match((await why(was, 'disk.0.snap/12\nlooked\n')) ?? '', /its chain is gone/);
    assert.equal(await why(was, 'disk.0.snap/0.old\nlooked\n'), undefined, 'no layer of it');
    for (const link of ['/srv/overlooked', 'looked-at'])
      assert.match((await why(was, `${link}\n`)) ?? '', /gone/, 'no word that it looked');
    assert.match((await why({ ...was, systemDatastore: '9' }, '')) ?? '', /gone/, 'nobody knows where they lie');
    assert.equal(asked.at(-1)?.argv.at(-1), '0');
    assert.equal(await why(was, 'looked\n'), undefined);
    assert.equal(await why(was, '/var/lib/one/datastores/1/efc030\nlooked\n'), undefined, 'a persistent disk is a link, too');
    assert.match((await why(was, '')) ?? '', /its chain is gone/, 'who cannot look must not ask');
    const folder = mkdtempSync(join(tmpdir(), 'disks-'));
    symlinkSync('disk.0.snap/0', join(folder, 'disk.0'));
    const { argv, typed } = asked.at(-1) as Command;
    const there = await new LocalShell().run({ argv: [...argv.slice(0, -1), folder] as unknown as Command['argv'], deadline: 10 });
    rmSync(folder, { recursive: true });
    assert.equal(there.stdout, 'disk.0.snap/0\nlooked\n');
    assert.equal(typed, 'ls -l /srv/one/datastores/0/0');
    assert.match((await why({ ...snapshot, backups: ['5'] }, 'disk.0.snap/0\nlooked\n')) ?? '', /its chain is gone/);
  });
});
