import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Change, Target } from '../../support/actions/journal.ts';
import { directoriesOf } from '../../support/actions/remains.ts';
import { ourRequest, timeToAsk } from '../../support/actions/request.ts';
import { UNLESS_IN_USE } from '../../support/actions/undo.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Image } from '../../support/opennebula/images.ts';
import type { ScheduledBackup } from '../../support/opennebula/pools.ts';
import { storiesIn } from '../../support/opennebula/stories.ts';
import { image, link, scheduledBackup, virtualMachine } from '../made.ts';

const target: Target = { datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/var/lib/one/datastores/100' };
const T = 1_795_410_030;
/** When what was asked for at T is due: earlier, which tells it from what others ask for. */
const DUE = T - 421;

describe('directories on the backup server', () => {
  const nothing = { debris: [], empty: [], doubtful: [] };
  const failing = (at: string, ...paths: string[]) =>
    [`Mon Nov 23 05:00:${at} 2026 [Z0][VM][I]: New LCM state is BACKUP`, ...paths.map((path) => `mkdir: cannot create '${path}'`)].join(
      '\n',
    );
  interface Given {
    readonly images?: readonly Image[];
    readonly ours?: readonly string[];
    readonly others?: readonly string[];
    readonly perhaps?: readonly string[];
    readonly gone?: readonly Image[];
    readonly before?: readonly string[];
    /** Whose began later than those of the rest. */
    readonly later?: 'ours' | 'others' | 'perhaps';
  }
  const sorted = (
    found: string[],
    { images = [], ours = [], others = [], perhaps = [], gone = [], before = ['0', '0/aaaaaa'], later }: Given = {},
  ) => {
    const begin: Change = { change: 'begin', before: { images: [], actions: [], directories: [...before] } };
    const of = { opening: { opened: 1, ...target }, changes: [begin] } as const;
    const told = (whose: 'ours' | 'others' | 'perhaps', names: readonly string[]) => {
      const paths = names.map((name) => `${target.own}/0/${name}/`);
      return paths.length === 0 ? [] : storiesIn(failing(whose === later ? '49' : '44', ...paths), 0);
    };
    const stories = { ours: told('ours', ours), others: told('others', others), perhaps: told('perhaps', perhaps) };
    return directoriesOf(of, found, { images, gone, ...stories });
  };
  const chain = image({
    source: 'gone00',
    increments: [link('0', 'b57e01', T), link('1', 'eff4d3', T)],
  });

  test('those of before, and those of images, stay', () => {
    assert.deepEqual(
      sorted(['0', '0/aaaaaa', '0/5de970', '0/b57e01', '0/eff4d3'], { images: [image(), chain], ours: ['5de970', 'b57e01', 'aaaaaa'] }),
      nothing,
    );
  });

  test('what a failed backup of ours left goes with all in it, like what was of an image of ours; what nobody named goes when it is empty', () => {
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/cccccc'], { images: [image()], ours: ['bbbbbb'] }), {
      ...nothing,
      empty: ['0/cccccc'],
      debris: ['0/bbbbbb'],
    });
    assert.deepEqual(sorted(['0', '0/b57e01', '0/eff4d3', '0/cccccc'], { gone: [chain] }), {
      ...nothing,
      empty: ['0/cccccc'],
      debris: ['0/b57e01', '0/eff4d3'],
    });
  });

  test('what a failed backup of others left is theirs', () => {
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/cccccc'], { ours: ['bbbbbb'], others: ['cccccc'] }), { ...nothing, debris: ['0/bbbbbb'] });
  });

  test('what was left by one that may be either’s is named, and left', () => {
    const found = ['0', '0/bbbbbb', '0/cccccc'];
    assert.deepEqual(sorted(found, { perhaps: ['cccccc'], before: [] }), { ...nothing, empty: ['0/bbbbbb'], doubtful: ['0/cccccc'] });
  });

  test('what has another name than a backup gives is somebody’s', () => {
    assert.deepEqual(sorted(['0', '0/note', '0/ABCDEF', '0/aaaaaaa'], { before: [] }), nothing);
  });

  test('the VM’s own is theirs whose backup was the first', () => {
    const empty = { ...nothing, empty: ['0'] };
    assert.deepEqual(sorted(['0'], { before: [] }), empty);
    assert.deepEqual(sorted(['0'], { ours: ['bbbbbb'], before: [] }), empty);
    assert.deepEqual(sorted(['0'], { others: ['bbbbbb'], before: [] }), nothing);
    assert.deepEqual(sorted(['0'], { perhaps: ['bbbbbb'], before: [] }), nothing);
    for (const whose of ['others', 'perhaps'] as const) {
      const both = { ours: ['bbbbbb'], [whose]: ['cccccc'], before: [] };
      assert.deepEqual(sorted(['0'], { ...both, later: whose }), empty, whose);
      assert.deepEqual(sorted(['0'], { ...both, later: 'ours' }), nothing, whose);
    }
  });

  test('the VM’s own goes last, when it was not there before, and nothing below it stays', () => {
    const given = { ours: ['0', 'bbbbbb'], before: [] };
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/cccccc'], given), { ...nothing, empty: ['0/cccccc', '0'], debris: ['0/bbbbbb'] });
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/5de970'], { ...given, images: [image()] }), { ...nothing, debris: ['0/bbbbbb'] });
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/cccccc'], { ...given, others: ['cccccc'] }), { ...nothing, debris: ['0/bbbbbb'] });
    assert.deepEqual(sorted(['0', '0/aaaaaa'], { before: ['0/aaaaaa'] }), nothing);
  });

  test('nothing of a run that came to no backup', () => {
    const given = { images: [], ours: [], others: [], perhaps: [], gone: [] };
    assert.deepEqual(directoriesOf({ opening: undefined, changes: [] }, ['0'], given), nothing);
    assert.deepEqual(directoriesOf({ opening: { opened: 1, ...target }, changes: [] }, ['0'], given), nothing);
  });
});

describe('a request', () => {
  const before: ReadonlySet<string> = new Set(['1']);
  const found = (changes: Partial<ScheduledBackup>) =>
    ourRequest(virtualMachine({ backupActions: [scheduledBackup({ time: DUE, ...changes })] }), target, { before, at: T })?.id;

  test('is asked for a little earlier than now, in local time', () => {
    assert.equal(timeToAsk({ now: Date.UTC(2026, 10, 23, 5, 7, 1) / 1000, localOffset: 0 }), '2026-11-23 05:00:00');
    assert.equal(timeToAsk({ now: Date.UTC(2026, 10, 22, 23, 7, 1) / 1000, localOffset: 5.75 * 3600 }), '2026-11-23 04:45:00');
  });

  test('is ours by its time, its datastore, and being new', () => {
    assert.equal(found({ id: '3' }), '3');
    for (const changes of [{ id: '1' }, { datastoreId: '101' }, { time: T }, { time: DUE + 1 }]) assert.equal(found(changes), undefined);
  });

  test('is ours in the hour that comes twice when clocks are put back, or never when they are put forward', () => {
    for (const hours of [-1, 1]) assert.equal(found({ time: DUE + hours * 3600 }), '3');
  });
});

describe('a chain is deleted', () => {
  const chain = ['b57e01', 'eff4d3'].map((source) => `<INCREMENT>\n<SOURCE><![CDATA[${source}]]></SOURCE>\n</INCREMENT>`).join('\n');
  const whole = `<IMAGE><SOURCE><![CDATA[gone00]]></SOURCE><BACKUP_INCREMENTS>${chain}</BACKUP_INCREMENTS></IMAGE>`;
  const running = '<VM><LCM_STATE>3</LCM_STATE></VM>';
  /** What is deleted where oneimage and onevm show this, or fail with it. */
  async function deleted(shown: { image?: string; vm?: string; last?: string }): Promise<string> {
    const { image: chainShown = whole, vm = running, last = 'eff4d3' } = shown;
    const folder = mkdtempSync(join(tmpdir(), 'chain-'));
    const stub = (name: string, said: string) => {
      writeFileSync(join(folder, `${name}.xml`), said);
      const script = `#!/bin/sh\n[ "$1" = show ] || { echo "$0 $*" | sed 's|.*/||'; exit; }\n[ -s "$0.xml" ] && cat "$0.xml"\n`;
      writeFileSync(join(folder, name), script);
      chmodSync(join(folder, name), 0o755);
    };
    stub('oneimage', chainShown);
    stub('onevm', vm);
    const here = new LocalShell();
    const argv = ['sh', '-c', UNLESS_IN_USE, 'sh', '0', '10', last] as const;
    const { stdout } = await here.run({ argv, deadline: 10, env: { PATH: `${folder}:${process.env.PATH}` } });
    rmSync(folder, { recursive: true });
    return stdout.trim();
  }

  test('that ends as it did, of a VM that is not in BACKUP', async () => {
    assert.equal(await deleted({}), 'oneimage delete 10');
    assert.equal(await deleted({ image: whole.replaceAll('\n', '') }), 'oneimage delete 10', 'all on one line');
  });
  for (const [what, shown] of [
    ['somebody has added to', { last: 'b57e01' }],
    ['is somebody’s to add to', { vm: '<VM><LCM_STATE>69</LCM_STATE></VM>' }],
    ['is somebody’s to add to, powered off', { vm: '<VM><LCM_STATE>70</LCM_STATE></VM>' }],
    ['is not shown', { image: '' }],
    ['is of a VM that is not shown', { vm: '' }],
  ] as const)
    test(`not one that ${what}`, async () => assert.equal(await deleted(shown), ''));
});
