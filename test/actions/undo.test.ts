import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { oursAmong } from '../../support/actions/backup.ts';
import type { Change, Journal, Target } from '../../support/actions/journal.ts';
import { beforeOf, directoriesOf, remainsOf } from '../../support/actions/remains.ts';
import type { Scene } from '../../support/actions/scene.ts';
import type { Image, ScheduledBackup } from '../../support/opennebula/pools.ts';
import fc from '../fuzz.ts';
import { image, scheduledBackup, virtualMachine } from '../made.ts';

const target: Target = { datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/var/lib/one/datastores/100' };
const T = 1_795_410_030;

describe('what there is of a run', () => {
  const before = { images: ['0', '9'], actions: ['1'], directories: ['0', '0/aaaaaa'] };
  const begin: Change = { change: 'begin', before };
  const schedule = (at = T): Change => ({ change: 'schedule', at, logSize: 0 });
  const journal = (...changes: Change[]): Journal => ({ run: 'r', opening: { opened: 1, ...target }, changes });
  const ours = (changes: Partial<ScheduledBackup> = {}) =>
    scheduledBackup({ id: '5', time: T + 3, done: T + 14, dispatched: true, ...changes });
  const made = (changes: Partial<Image> = {}) => image({ id: '10', registered: T + 17, ...changes });
  const scene = (changes: { actions?: ScheduledBackup[]; images?: Image[]; inBackup?: boolean; templates?: Scene['templates'] } = {}) => {
    const { actions = [ours()], images = [image({ id: '9' }), made()], inBackup = false, templates = [] } = changes;
    return { vm: virtualMachine({ backupActions: actions, inBackup }), images, templates, utcOffset: 0 };
  };
  const clock = (time: number) => new Date(time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4');
  const logged = (begun: number, how: 'created' | 'failed') =>
    [
      `${clock(begun)} [Z0][VM][I]: New LCM state is BACKUP`,
      `${clock(begun + 2)} [Z0][VMM][I]: ${how === 'created' ? 'VM backup successfully created.' : 'Failed to execute datastore driver operation: backup.'}`,
      `${clock(begun + 3)} [Z0][VM][I]: New LCM state is RUNNING\n`,
    ].join('\n');
  const created = logged(T + 14, 'created');
  const all = (given: ReturnType<typeof scene>, log = created, of = journal(begin, schedule())) => {
    const { actions, inBackup, templates, images, doubtful } = remainsOf(of, given, log);
    const idsOf = (each: readonly { id: string }[]) => each.map(({ id }) => id).join(' ');
    return { actions: idsOf(actions), inBackup, templates: idsOf(templates), images: idsOf(images), doubtful: idsOf(doubtful) };
  };
  const none = { actions: '', inBackup: false, templates: '', images: '', doubtful: '' };
  const usual = { ...none, actions: '5', images: '10' };

  test('its scheduled backup, and the image it made', () => {
    assert.deepEqual(all(scene()), usual);
  });

  test('nothing of a run that came to no backup, whatever there is', () => {
    for (const of of [
      journal(),
      journal(schedule()),
      journal({ change: 'probe', path: '/x' }),
      { ...journal(begin, schedule()), opening: undefined },
    ])
      assert.deepEqual(all(scene({ inBackup: true, templates: [{ id: '2', name: 'backup-compliance-r' }] }), '', of), none);
  });

  const foreign: readonly (readonly [what: string, changes: Partial<Image>])[] = [
    ['that was there before', { id: '0' }],
    ['of another virtual machine', { vms: ['1'] }],
    ['of a virtual machine whose id begins so', { vms: ['00', '01', '10'] }],
    ['in another datastore', { datastoreId: '101' }],
    ['of another kind', { isBackup: false }],
    ['made before ours began', { registered: T + 13 }],
  ];
  for (const [what, changes] of foreign)
    test(`an image ${what} is not ours`, () => assert.deepEqual(all(scene({ images: [made(changes)] })), { ...usual, images: '' }));

  test('what others restored is not ours, nor under a name that begins like ours', () => {
    const images = ['backup-compliance-r2-disk-0', 'backup-compliance-r', '0-5de970-disk-0', 'my backup-compliance-r-disk-0'].map(
      (name, at) => made({ id: `2${at}`, name, isBackup: false }),
    );
    const templates = ['backup-compliance-r2', 'backup-compliance-', '0-5de970'].map((name, id) => ({ id: String(id), name }));
    assert.deepEqual(all(scene({ images, templates })), { ...usual, images: '' });
  });

  test('what was restored: the template, and each disk', () => {
    const images = [0, 2].map((disk) =>
      made({ id: `2${disk}`, name: `backup-compliance-r-disk-${disk}`, isBackup: false, datastoreId: '1' }),
    );
    const templates = [{ id: '7', name: 'backup-compliance-r' }];
    assert.deepEqual(all(scene({ images: [made(), ...images], templates })), { ...usual, images: '20 22 10', templates: '7' });
  });

  const actions: readonly (readonly [what: string, changes: Partial<ScheduledBackup>])[] = [
    ['was there before', { id: '1' }],
    ['is to another datastore', { datastoreId: '101' }],
    ['is due long before', { time: T - 6 }],
    ['is due long after', { time: T + 21 }],
  ];
  for (const [what, changes] of actions)
    test(`a scheduled backup that ${what} is not ours, nor is what it made`, () =>
      assert.deepEqual(all(scene({ actions: [ours(changes)] })), none));

  test('one request makes one action: the first of its time; two requests, two', () => {
    const two = scene({ actions: [ours(), ours({ id: '6', time: T + 4, done: T + 30 })] });
    assert.equal(all(two).actions, '5');
    assert.equal(all(two, '', journal(begin, schedule(), schedule(T + 1))).actions, '5 6');
    assert.equal(all(two, '', journal(begin, schedule(), schedule(T + 1000))).actions, '5');
  });

  test('in BACKUP is ours to wait for where ours was taken up, and else somebody else’s', () => {
    assert.equal(all(scene({ inBackup: true })).inBackup, true);
    assert.equal(all(scene({ inBackup: true, actions: [ours({ dispatched: false, done: -1 })] })).inBackup, false);
    assert.equal(all(scene({ inBackup: true, actions: [] })).inBackup, false);
  });

  describe('somebody else backed it up meanwhile', () => {
    const later = made({ id: '11', registered: T + 40 });
    test('and the log says that ours was created: the first is ours', () => {
      assert.deepEqual(all(scene({ images: [later, made()] }), logged(T + 14, 'created') + logged(T + 37, 'created')), usual);
      assert.deepEqual(all(scene({ images: [later, made()] }), logged(T + 5, 'failed') + logged(T + 14, 'created')), usual);
    });
    test('and ours failed: the image is theirs', () => {
      assert.deepEqual(all(scene({ images: [later] }), logged(T + 14, 'failed') + logged(T + 37, 'created')), { ...usual, images: '' });
    });
    test('and the log does not tell: it is in doubt', () => {
      for (const log of ['', 'garbage', logged(T + 5, 'created')]) {
        assert.deepEqual(all(scene({ images: [made(), later] }), log), { ...usual, images: '', doubtful: '10 11' });
        // Ours may have failed, and the only one there is be somebody else's.
        assert.deepEqual(all(scene({ images: [made()] }), log), { ...usual, images: '', doubtful: '10' });
        assert.deepEqual(all(scene({ images: [] }), log), { ...usual, images: '' });
      }
    });
    test('and added to our chain: it is theirs, too, and in doubt', () => {
      const chain = (...ids: string[]) => scene({ images: [made({ increments: ids.map((id) => ({ id, source: `aaaaa${id}` })) })] });
      assert.deepEqual(all(chain('0'), logged(T + 14, 'created')), usual);
      assert.deepEqual(all(chain('0', '1'), logged(T + 14, 'created')), { ...usual, images: '', doubtful: '10' });
      // Flattened, the first links are gone; how many there were, the last one tells.
      assert.deepEqual(all(chain('1'), logged(T + 14, 'created')), { ...usual, images: '', doubtful: '10' });
    });
    test('and we had begun to restore ours: it is known', () => {
      const of = journal(begin, schedule(), { change: 'restore', name: 'backup-compliance-r', image: '11' });
      assert.deepEqual(all(scene({ images: [made(), later] }), logged(T + 14, 'failed'), of), { ...usual, images: '11' });
      assert.deepEqual(all(scene({ images: [made({ id: '11', isBackup: false })] }), '', of), { ...usual, images: '' });
      assert.deepEqual(all(scene({ images: [] }), '', of), { ...usual, images: '' });
    });
  });

  test('of two made in one second the lower id is the first', () => {
    const images = [made({ id: '11' }), made({ id: '10' })];
    assert.equal(all(scene({ images }), logged(T + 14, 'created')).images, '10');
    assert.equal(all(scene({ images: [made({ id: '100' }), made({ id: '99' })] }), logged(T + 14, 'created')).images, '99');
  });

  test('how it was before is that of the first backup', () => {
    const other: Change = { change: 'begin', before: { images: [], actions: [], directories: [] } };
    assert.equal(beforeOf([schedule(), begin, other]), before);
    assert.equal(beforeOf([schedule()]), undefined);
  });

  test('whatever there is, an image of before, of others or elsewhere is never ours', () => {
    const anImage = fc.record({
      id: fc.constantFrom('0', '9', '10', '11', '12'),
      isBackup: fc.boolean(),
      datastoreId: fc.constantFrom('100', '101'),
      vms: fc.constantFrom(['0'], ['1'], []),
      registered: fc.integer({ min: T, max: T + 60 }),
      name: fc.constantFrom('0 23-Nov 05.00.46', 'backup-compliance-r-disk-0', 'backup-compliance-x-disk-0'),
    });
    const text = fc.constantFrom(
      '',
      logged(T + 14, 'created'),
      logged(T + 14, 'failed'),
      logged(T + 5, 'created') + logged(T + 14, 'failed'),
      'garbage',
    );
    fc.assert(
      fc.property(fc.uniqueArray(anImage, { selector: ({ id }) => id }), text, fc.boolean(), (images, log, dispatched) => {
        const given = scene({ images: images.map((each) => image(each)), actions: [ours({ dispatched, done: dispatched ? T + 14 : -1 })] });
        const { images: found, doubtful } = remainsOf(journal(begin, schedule()), given, log);
        for (const each of [...found, ...doubtful]) {
          if (each.name === 'backup-compliance-r-disk-0') continue;
          assert.ok(
            !before.images.includes(each.id) && each.isBackup && each.datastoreId === '100' && each.vms.includes('0') && dispatched,
          );
          assert.ok(each.registered >= T + 14);
        }
        assert.ok(found.length === 0 || doubtful.length === 0 || found.every(({ name }) => name.startsWith('backup-compliance-r-')));
      }),
    );
  });
});

describe('directories on the backup server', () => {
  const existed = { images: [], actions: [], directories: ['0', '0/aaaaaa'] };
  const sorted = (found: string[], images: Image[] = [], named: string[] = [], was = existed) => directoriesOf(was, found, images, named);

  test('those of before, and those of images, stay', () => {
    const chain = image({
      source: 'gone00',
      increments: [
        { id: '0', source: 'b57e01' },
        { id: '1', source: 'eff4d3' },
      ],
    });
    assert.deepEqual(sorted(['0', '0/aaaaaa', '0/5de970', '0/b57e01', '0/eff4d3'], [image(), chain], ['5de970', 'b57e01', 'aaaaaa']), {
      empty: [],
      debris: [],
    });
  });

  test('what a failed backup of ours left goes with all in it; what nobody named goes when it is empty', () => {
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/cccccc'], [image()], ['bbbbbb']), { empty: ['0/cccccc'], debris: ['0/bbbbbb'] });
  });

  test('the virtual machine’s own goes last, when it was not there before, and only when it is empty', () => {
    const was = { ...existed, directories: [] };
    assert.deepEqual(sorted(['0', '0/bbbbbb', '0/cccccc'], [], ['0', 'bbbbbb'], was), { empty: ['0/cccccc', '0'], debris: ['0/bbbbbb'] });
  });
});

test('a scheduled backup is ours by its datastore, its time, and being new', () => {
  const vm = virtualMachine({
    backupActions: [T - 6, T - 5, T, T + 35, T + 36].map((time, id) => scheduledBackup({ id: String(id), time })),
  });
  const ids = (known: string[] = []) => oursAmong(vm, target, { before: new Set(known), from: T, until: T + 30 }).map(({ id }) => id);
  assert.deepEqual([ids(), ids(['1', '3'])], [['1', '2', '3'], ['2']]);
});
