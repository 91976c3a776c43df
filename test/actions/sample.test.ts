import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { RunJournal } from '../../support/actions/journal.ts';
import { changeOf, deadlineOf, restoreSample, roomFor, sampleTime, withTime } from '../../support/actions/sample.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import type { Sample, SampleChoice } from '../../support/facts/gate.ts';
import { LocalShell } from '../../support/machines/local.ts';
import { evidence, image, link, now, virtualMachine, wholeCloud } from '../made.ts';

const { site: whole } = wholeCloud();
const site = { ...whole, deadlines: { ...whole.deadlines, restore: 900, backup: 1000 } };
const folder = mkdtempSync(join(tmpdir(), 'sample-'));
after(() => rmSync(folder, { recursive: true }));

test('a restore may take as long as the site file says, and a minute for each GiB begun', () => {
  assert.deepEqual(
    [0, 1, 1024, 1025, 51_200].map((mb) => deadlineOf(site, mb)),
    [900, 960, 960, 1020, 900 + 50 * 60],
  );
  const shell = new LocalShell();
  const timed = (mb: number) => withTime({ site, onFrontend: shell, onBackupServer: shell } as unknown as Machines, mb).site.deadlines;
  assert.deepEqual([timed(2048).restore, timed(2048).backup, timed(1).backup], [1020, 1020, 1000]);
  const of = (sample: { vms: number; max_size: number } | undefined) => sampleTime({ ...site, restore: { ...site.restore, sample } });
  assert.deepEqual([of(undefined), of({ vms: 3, max_size: 2048 })], [0, 3 * 4 * 1020]);
});

describe('a backup is another one than before', () => {
  const links = (...sources: readonly string[]) =>
    image({ id: '7', increments: sources.map((source, id) => link(String(id), source, now)) });
  const changed = 'its backup, image 7, changed meanwhile';
  test('where a link came, went, or is another', () => {
    const before = links('aaaaaa', 'bbbbbb');
    for (const other of [links('aaaaaa', 'bbbbbb', 'cccccc'), links('aaaaaa'), links('aaaaaa', 'cccccc'), links('bbbbbb', 'aaaaaa')])
      assert.equal(changeOf(before, other), changed);
    assert.equal(changeOf(image({ id: '7', source: 'aaaaaa' }), image({ id: '7', source: 'bbbbbb' })), changed);
  });
  test('and the same, whatever else OpenNebula says of it', () =>
    assert.equal(changeOf(links('aaaaaa', 'bbbbbb'), { ...links('aaaaaa', 'bbbbbb'), state: 'used', name: 'other' }), undefined));
});

describe('a backup needs room where it is compared', () => {
  const room = async (share: number, images: string, at = folder) => {
    const { bsize, bavail } = statfsSync(folder);
    const bytes = Math.floor(bsize * bavail * share);
    const machines = { onFrontend: new LocalShell(), site: { ...site, restore: { ...site.restore, tmp_dir: at } } };
    const half = { disk: '0', path: '/d', whole: true, bytes: bytes / 2, content: { fault: 'not asked' } } as const;
    return roomFor(machines, { disks: [half, { ...half, disk: '1' }] }, images);
  };
  test('once, where it is restored on another volume; twice on the same', async () => {
    assert.ok('value' in (await room(0.6, '/proc')));
    const same = await room(0.6, folder);
    assert.ok('fault' in same);
    assert.match(same.fault, /^\d+ MiB free in \S+\/sample-\S+ on \S+, where \d+ MiB are needed to restore it and compare the disks$/);
    assert.match(same.fix ?? '', /restore\.tmp_dir.*restore\.sample\.max_size/);
    const [, free = 0, needed = 0] = /^(\d+) .* where (\d+) /.exec(same.fault)?.map(Number) ?? [];
    assert.ok(Math.abs(needed / free - 1.2) < 0.1, same.fault);
    assert.ok('value' in (await room(0.3, folder)));
    assert.ok('fault' in (await room(1.1, '/proc')));
  });
  test('and where that is not told, it is not restored', async () => {
    const machines = { onFrontend: { machine: 'frontend01', run: async () => evidence({ machine: 'frontend01', exitCode: 255 }) }, site };
    const told = await roomFor(machines as unknown as Machines, { disks: [] }, folder);
    assert.match('fault' in told ? told.fault : '', /^no answer to how much room there is in /);
  });
});

test('what was not begun when a gate was cut off was not tried', async () => {
  const cut = new AbortController();
  const asked: string[] = [];
  const shell = {
    machine: 'frontend01',
    run: async () => {
      asked.push('all');
      cut.abort();
      return evidence({ machine: 'frontend01', exitCode: 255, stderr: 'no' });
    },
  };
  const chosen = [1, 2].map((id): Sample => ({ vm: virtualMachine({ id: String(id) }), image: image({ id: `1${id}` }), sizeMb: 1 }));
  const choice: SampleChoice = { chosen, production: 2, eligible: 2, proven: 0, uncounted: [], leftOut: [] };
  const journal = { run: 'r', opening: { datastore: { id: '100', name: 'x' }, own: '/d', vm: '0' } } as unknown as RunJournal;
  const { restored } = await restoreSample({ site, onFrontend: shell, onBackupServer: shell } as unknown as Machines, {
    ...{ choice, journal, signal: cut.signal, images: folder },
    takeAway: async () => {},
  });
  assert.deepEqual(
    restored.map(({ ended, restore }) => [restore.stage, ended === undefined]),
    [
      ['unseen', false],
      ['unseen', true],
    ],
  );
  assert.equal(asked.length, 1);
});
