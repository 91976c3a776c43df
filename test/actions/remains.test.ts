import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Change, Journal, Target } from '../../support/actions/journal.ts';
import { beforeOf, remainsOf } from '../../support/actions/remains.ts';
import type { Scene } from '../../support/actions/scene.ts';
import type { Image } from '../../support/opennebula/images.ts';
import type { ScheduledBackup, VirtualMachine } from '../../support/opennebula/pools.ts';
import type { Story } from '../../support/opennebula/stories.ts';
import fc from '../fuzz.ts';
import { image, link, scheduledBackup, virtualMachine } from '../made.ts';

const target: Target = { datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/var/lib/one/datastores/100' };
const T = 1_795_410_030;
/** When what was asked for at T is due: earlier, which tells it from what others ask for. */
const DUE = T - 421;

/** In place of a log: it could not be read. */
const UNREAD = 'unread';

describe('what there is of a run', () => {
  const before = { images: ['0', '9'], actions: ['1'], directories: ['0', '0/aaaaaa'] };
  const begin: Change = { change: 'begin', before };
  const schedule = (at = T): Change => ({ change: 'schedule', at, logSize: 0 });
  const journal = (...changes: Change[]): Journal => ({ run: 'r', opening: { opened: 1, ...target }, changes });
  const ours = (changes: Partial<ScheduledBackup> = {}) =>
    scheduledBackup({ id: '5', time: DUE, done: T + 14, dispatched: true, ...changes });
  const made = (changes: Partial<Image> = {}) => image({ id: '10', registered: T + 16, ...changes });
  const scene = (
    changes: {
      actions?: ScheduledBackup[];
      images?: Image[];
      inBackup?: boolean;
      templates?: Scene['templates'];
      vm?: Partial<VirtualMachine>;
    } = {},
  ) => {
    const { actions = [ours()], images = [image({ id: '9' }), made()], inBackup = false, templates = [], vm = {} } = changes;
    return { vm: virtualMachine({ backupActions: actions, inBackup, ...vm }), images, templates, utcOffset: 0, from: T + 100 };
  };
  const clock = (time: number) => new Date(time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4');
  const logged = (begun: number, how: 'created' | 'failed') =>
    [
      `${clock(begun)} [Z0][VM][I]: New LCM state is BACKUP`,
      `${clock(begun + 2)} [Z0][VMM][I]: ${how === 'created' ? 'VM backup successfully created.' : 'Failed to execute datastore driver operation: backup.'}`,
      `${clock(begun + 3)} [Z0][VM][I]: New LCM state is RUNNING\n`,
    ].join('\n');
  const created = logged(T + 14, 'created');
  const all = (given: ReturnType<typeof scene>, log: string | undefined = created, of = journal(begin, schedule())) => {
    const { actions, inBackup, templates, images, kept, doubtful } = remainsOf(of, given, log === UNREAD ? undefined : log);
    const idsOf = (each: readonly { id: string }[]) => each.map(({ id }) => `${id}`).join(' ');
    return {
      ...{ actions: idsOf(actions), inBackup, templates: idsOf(templates), images: idsOf(images) },
      ...{ kept: idsOf(kept), doubtful: idsOf(doubtful) },
    };
  };
  /** When the backups began that the log tells of, in seconds after T. */
  const begun = (given: ReturnType<typeof scene>, log: string, of = journal(begin, schedule())) => {
    const { ours, others, perhaps } = remainsOf(of, given, log);
    const times = (stories: readonly Story[]) => stories.map((story) => story.begun - T);
    return { ours: times(ours), others: times(others), perhaps: times(perhaps) };
  };
  const none = { actions: '', inBackup: false, templates: '', images: '', kept: '', doubtful: '' };
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
    assert.deepEqual(begun(scene(), created, journal(schedule())), { ours: [], others: [], perhaps: [] });
  });

  test('whose the backups are that the log tells of', () => {
    const log = logged(T + 5, 'failed') + created + logged(T + 37, 'created');
    assert.deepEqual(begun(scene(), log), { ours: [14], others: [5, 37], perhaps: [] });
    assert.deepEqual(begun(scene(), logged(T + 5, 'failed')), { ours: [], others: [5], perhaps: [] });
    const open = remainsOf(journal(begin, schedule()), scene({ inBackup: true }), created).ours;
    assert.deepEqual(
      open.map(({ begun, end, ended, text }) => ({ begun, end, ended, text: text.split('\n').length })),
      [{ begun: T + 14, end: undefined, ended: undefined, text: 2 }],
      'it may not have ended when we looked, and what it says is kept',
    );
  });

  test('two images are not both of one backup: what was restored, and what the log tells of', () => {
    const restore: Change = { change: 'restore', name: 'backup-compliance-r', image: '11' };
    const images = [made(), made({ id: '11', registered: T + 14 })];
    assert.deepEqual(all(scene({ images }), created, journal(begin, schedule(), restore)), { ...usual, images: '', doubtful: '11 10' });
    assert.deepEqual(all(scene({ images: images.slice(1) }), created, journal(begin, schedule(), restore)), { ...usual, images: '11' });
  });

  const foreign: readonly (readonly [what: string, changes: Partial<Image>])[] = [
    ['that was there before', { id: '0' }],
    ['of another VM', { vms: ['1'] }],
    ['of a VM whose id begins so', { vms: ['00', '01', '10'] }],
    ['in another datastore', { datastoreId: '101' }],
    ['of another kind', { isBackup: false }],
    ['made before ours began', { registered: T + 13 }],
    ['made after ours had ended', { registered: T + 17 }],
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
    const restored: Change = { change: 'restore', name: 'backup-compliance-r', image: '10' };
    const of = journal(begin, schedule(), restored);
    assert.deepEqual(all(scene({ images: [made(), ...images], templates }), created, of), { ...usual, images: '20 22 10', templates: '7' });
  });

  test('what was restored of production, by its name alone, whether or not there was a test backup', () => {
    const name = 'backup-compliance-r-vm1';
    const names = [`${name}-disk-0`, `${name}2-disk-0`, 'backup-compliance-r-disk-0', `${name}-disk`, 'backup-compliance-x-vm1-disk-0'];
    const images = names.map((each, at) => made({ id: `2${at}`, name: each, isBackup: false, datastoreId: '1' }));
    const templates = [name, `${name}2`, 'backup-compliance-r'].map((each, at) => ({ id: `${at}`, name: each }));
    const backup = made({ id: '30', name: `${name}-disk-1`, vms: ['1'] });
    const given = scene({ images: [...images, backup], templates, inBackup: true, actions: [] });
    const sample: Change = { change: 'sample', name: 'what somebody wrote', image: '30', vm: '1' };
    assert.deepEqual(all(given, '', journal(sample)), { ...none, images: '20', templates: '0' });
    assert.deepEqual(all(given, '', journal(begin, sample)), { ...none, images: '20', templates: '0' });
  });

  const actions: readonly (readonly [what: string, changes: Partial<ScheduledBackup>])[] = [
    ['was there before', { id: '1' }],
    ['is to another datastore', { datastoreId: '101' }],
    ['is due when it was asked for, as everybody’s is', { time: T }],
    ['is due a second before ours', { time: DUE - 1 }],
    ['is due a second after ours', { time: DUE + 1 }],
  ];
  for (const [what, changes] of actions)
    test(`a scheduled backup that ${what} is not ours, nor is what it made`, () =>
      assert.deepEqual(all(scene({ actions: [ours(changes)] })), none));

  test('ours is told from what others asked for in the same second; two requests make two', () => {
    const theirs = ours({ id: '4', time: T });
    const two = scene({ actions: [theirs, ours(), ours({ id: '6', time: DUE + 1, done: T + 30 })] });
    assert.equal(all(two).actions, '5');
    assert.equal(all(two, '', journal(begin, schedule(), schedule(T + 1))).actions, '5 6');
    assert.equal(all(two, '', journal(begin, schedule(), schedule(T + 1000))).actions, '5');
  });

  test('in BACKUP is ours to wait for where ours was taken up and has not ended; else it is somebody else’s', () => {
    const begun = created.split('\n')[0];
    for (const log of [begun, '', UNREAD]) assert.equal(all(scene({ inBackup: true }), log).inBackup, true, log);
    assert.equal(all(scene({ inBackup: true })).inBackup, true, 'ours ended after we looked');
    const later = (time: number) => created + logged(time, 'created').split('\n')[0];
    assert.equal(all(scene({ inBackup: true }), later(T + 99)).inBackup, false, 'ours had ended, and another one had begun');
    assert.equal(all(scene({ inBackup: true }), later(T + 100)).inBackup, true, 'that began after we looked');
    assert.equal(all(scene({ inBackup: true, actions: [ours({ dispatched: false, done: -1 })] })).inBackup, false);
    assert.equal(all(scene({ inBackup: true, actions: [] })).inBackup, false);
  });

  describe('begun while it was taken back', () => {
    const withdrawn = journal(
      begin,
      schedule(),
      { change: 'withdraw', id: '5', from: T + 13 },
      { change: 'withdrawn', id: '5', until: T + 16 },
    );
    test('what it made is named, and left: it may be somebody else’s', () => {
      assert.deepEqual(all(scene({ actions: [] }), created, withdrawn), { ...none, doubtful: '10' });
      assert.equal(all(scene({ actions: [], inBackup: true }), created, withdrawn).inBackup, true);
    });
    test('nothing was begun: nothing is in doubt', () => {
      for (const log of ['', logged(T + 11, 'created'), logged(T + 18, 'created'), logged(T + 14, 'failed')])
        assert.deepEqual(all(scene({ actions: [] }), log, withdrawn), none, log);
    });
    test('that is a second before we looked to a second after it was over; what began outside is somebody else’s', () => {
      const seconds = [11, 12, 17, 18];
      const log = seconds.map((at) => logged(T + at, 'failed')).join('');
      assert.deepEqual(begun(scene({ actions: [] }), log, withdrawn), { ours: [], others: [11, 18], perhaps: [12, 17] });
    });
    test('of two requests the one that was taken back alone is in doubt', () => {
      const second = journal(
        begin,
        schedule(),
        schedule(T + 60),
        { change: 'withdraw', id: '6', from: T + 73 },
        { change: 'withdrawn', id: '6', until: T + 76 },
      );
      const log = created + logged(T + 74, 'created') + logged(T + 90, 'created');
      assert.deepEqual(begun(scene(), log, second), { ours: [14], others: [90], perhaps: [74] });
      const images = [made(), made({ id: '11', registered: T + 76 }), made({ id: '12', registered: T + 92 })];
      assert.deepEqual(all(scene({ images }), log, second), { ...usual, doubtful: '11' });
    });
    test('what was certainly ours stays ours, though another one began in the second in which it ended', () => {
      const soon = journal(
        begin,
        schedule(),
        schedule(T + 1),
        { change: 'withdraw', id: '6', from: T + 15 },
        { change: 'withdrawn', id: '6', until: T + 20 },
      );
      const images = [made(), made({ id: '11', registered: T + 18 })];
      assert.deepEqual(all(scene({ images }), created + logged(T + 16, 'created'), soon), { ...usual, doubtful: '11' });
    });
    test('the log cannot be read: all since then is', () => {
      assert.equal(all(scene({ actions: [] }), UNREAD, withdrawn).doubtful, '10');
      assert.equal(all(scene({ actions: [], images: [made({ registered: T + 13 })] }), UNREAD, withdrawn).doubtful, '10');
      assert.equal(all(scene({ actions: [], images: [made({ registered: T + 12 })] }), UNREAD, withdrawn).doubtful, '');
    });
    test('nobody wrote down when it was over: it may be any later one', () => {
      const dead = journal(begin, schedule(), { change: 'withdraw', id: '5', from: T + 13 });
      const late = scene({ actions: [], images: [made({ registered: T + 302 })] });
      assert.equal(all(late, logged(T + 300, 'created'), dead).doubtful, '10');
      assert.equal(all(late, logged(T + 300, 'created'), withdrawn).doubtful, '');
    });
    test('it could not be taken back at first: each time counts by itself', () => {
      const again: Change = { change: 'withdraw', id: '5', from: T + 60 };
      const log = [12, 40, 61, 300].map((at) => logged(T + at, 'failed')).join('');
      const of = (...changes: Change[]) =>
        begun(scene({ actions: [] }), log, { ...withdrawn, changes: [...withdrawn.changes, ...changes] });
      assert.deepEqual(of(again), { ours: [], others: [40], perhaps: [12, 61, 300] });
      const over: Change = { change: 'withdrawn', id: '5', until: T + 66 };
      assert.deepEqual(of(again, { ...over, id: '6' }, over), { ours: [], others: [40, 300], perhaps: [12, 61] });
    });
    test('it could not be taken back: it is ours as before', () => {
      assert.deepEqual(all(scene(), created, withdrawn), usual);
      const log = logged(T + 12, 'failed') + created;
      assert.deepEqual(begun(scene(), log, withdrawn), { ours: [14], others: [12], perhaps: [] });
      const waiting = scene({ actions: [ours({ dispatched: false, done: -1 })], inBackup: true });
      assert.deepEqual(all(waiting, created, withdrawn), { ...usual, images: '' });
    });
  });

  describe('in SNAPSHOT mode', () => {
    const chain = made({ increments: [link('0', 'aaaaaa', T + 16)] });
    const vm = { keepsIncrements: true, incrementMode: 'SNAPSHOT', chain: '10', lastIncrement: 0 } as const;
    test('the chain that we began is kept: the VM can begin no other', () => {
      assert.deepEqual(all(scene({ images: [chain], vm })), { ...usual, images: '', kept: '10' });
      assert.deepEqual(all(scene({ images: [chain], vm: { ...vm, incrementMode: 'CBT' } })), usual);
      assert.deepEqual(all(scene({ images: [chain], vm: { ...vm, chain: '11' } })), usual);
    });
    test('a chain of somebody else’s to which nothing was added in our time is not ours to tell of', () => {
      for (const at of [T + 13, T + 14, T + 17]) {
        const own = image({ id: '9', increments: [link('0', 'bbbbbb', T - 9), link('1', 'aaaaaa', at)] });
        assert.deepEqual(all(scene({ images: [own], vm: { ...vm, chain: '9' } })), { ...usual, images: '' }, String(at));
      }
      const grown = (changes: Partial<Image> = {}) =>
        scene({ images: [image({ id: '9', increments: [link('1', 'aaaaaa', T + 15)], ...changes })] });
      assert.equal(all(grown()).kept, '9');
      for (const changes of [{ vms: ['1'] }, { datastoreId: '101' }, { isBackup: false }]) assert.equal(all(grown(changes)).kept, '');
    });
    test('where the log does not tell, a chain that grew since ours was begun may be one that we added to', () => {
      const grown = (at: number, given: Parameters<typeof scene>[0] = {}) =>
        scene({ images: [image({ id: '9', increments: [link('1', 'aaaaaa', at)] })], ...given });
      const withdrawn = journal(begin, schedule(), { change: 'withdraw', id: '5', from: T + 13 });
      for (const log of [UNREAD, '']) {
        assert.equal(all(grown(T + 14), log).kept, '9');
        assert.equal(all(grown(T + 13), log).kept, '');
      }
      assert.equal(all(grown(T + 13, { actions: [] }), UNREAD, withdrawn).kept, '9');
      assert.equal(all(grown(T + 12, { actions: [] }), UNREAD, withdrawn).kept, '');
      assert.equal(all(grown(T + 13, { actions: [] }), '', withdrawn).kept, '');
    });
    test('the chain that we added to is kept, too, restored or not, and never ours', () => {
      const own = image({ id: '9', increments: [link('4', 'aaaaaa', T + 16)] });
      const of = journal(begin, schedule(), { change: 'restore', name: 'backup-compliance-r', image: '9' });
      for (const given of [of, journal(begin, schedule())])
        assert.deepEqual(all(scene({ images: [own], vm: { ...vm, chain: '9' } }), created, given), { ...usual, images: '', kept: '9' });
      assert.deepEqual(all(scene({ images: [own], vm: { ...vm, chain: '9' } }), logged(T + 14, 'failed')), { ...usual, images: '' });
    });
  });

  describe('somebody else backed it up meanwhile', () => {
    const later = made({ id: '11', registered: T + 39 });
    test('and the log says that ours was created: the first is ours', () => {
      assert.deepEqual(all(scene({ images: [later, made()] }), logged(T + 14, 'created') + logged(T + 37, 'created')), usual);
      assert.deepEqual(all(scene({ images: [later, made()] }), logged(T + 5, 'failed') + logged(T + 14, 'created')), usual);
    });
    test('and ours failed: the image is theirs', () => {
      assert.deepEqual(all(scene({ images: [later] }), logged(T + 14, 'failed') + logged(T + 37, 'created')), { ...usual, images: '' });
    });
    test('and the log does not tell: it is in doubt', () => {
      for (const log of ['', UNREAD, 'garbage', logged(T + 5, 'created')]) {
        assert.deepEqual(all(scene({ images: [made(), later] }), log), { ...usual, images: '', doubtful: '10 11' });
        // Ours may have failed, and the only one there is be somebody else's.
        assert.deepEqual(all(scene({ images: [made()] }), log), { ...usual, images: '', doubtful: '10' });
        assert.deepEqual(all(scene({ images: [] }), log), { ...usual, images: '' });
      }
    });
    test('and theirs ended in the second in which ours began: both are in doubt, or the only one that there is', () => {
      const theirs = made({ id: '8', registered: T + 14 });
      assert.deepEqual(all(scene({ images: [theirs, made()] })), usual);
      assert.deepEqual(all(scene({ images: [theirs] })), { ...usual, images: '', doubtful: '8' });
      assert.deepEqual(all(scene({ images: [made(), made({ id: '11' })] })), { ...usual, images: '', doubtful: '10 11' });
    });
    test('and they deleted ours: theirs stays', () => {
      assert.deepEqual(all(scene({ images: [later] }), created + logged(T + 37, 'created')), { ...usual, images: '' });
    });
    test('and added to our chain: it is theirs, too, and in doubt', () => {
      const chain = (...ids: string[]) => scene({ images: [made({ increments: ids.map((id) => link(id, `aaaaa${id}`, T + 16)) })] });
      assert.deepEqual(all(chain('0'), logged(T + 14, 'created')), usual);
      assert.deepEqual(all(chain('0', '1'), logged(T + 14, 'created')), { ...usual, images: '', doubtful: '10' });
      // Flattened, the first links are gone; how many there were, the last one tells.
      assert.deepEqual(all(chain('1'), logged(T + 14, 'created')), { ...usual, images: '', doubtful: '10' });
      // Ours were two, and the second failed.
      const two = scene({
        actions: [ours(), ours({ id: '6', time: DUE + 60, done: T + 74 })],
        images: [made({ increments: [link('0', 'aaaaa0', T + 16), link('1', 'aaaaa1', T + 76)] })],
      });
      const of = journal(begin, schedule(), schedule(T + 60));
      const both = (end: 'created' | 'failed') => all(two, created + logged(T + 74, end), of);
      assert.deepEqual(both('failed'), { ...usual, actions: '5 6', images: '', doubtful: '10' });
      assert.deepEqual(both('created'), { ...usual, actions: '5 6' });
      const merged = { ...two, images: [made({ increments: [link('1', 'aaaaa1', T + 16)] })] };
      assert.equal(all(merged, created + logged(T + 74, 'failed'), of).doubtful, '10', 'what failed added none');
    });
    test('and added to our chain, and ours that came after began another one: each link tells by its time', () => {
      const two = (second: number, log: string | undefined, changes: Change[] = []) => {
        const images = [made({ increments: [link('0', 'aaaaa0', T + 16), link('1', 'aaaaa1', second)] })];
        const actions = [ours(), ours({ id: '6', time: DUE + 60, done: T + 74 })];
        const { images: clear, doubtful } = all(scene({ actions, images }), log, journal(begin, schedule(), schedule(T + 60), ...changes));
        return { clear, doubtful };
      };
      const [clear, doubtful] = [
        { clear: '10', doubtful: '' },
        { clear: '', doubtful: '10' },
      ];
      const log = created + logged(T + 40, 'created') + logged(T + 74, 'created');
      for (const changes of [[], [{ change: 'restore', name: 'backup-compliance-r', image: '10' }]] as Change[][]) {
        assert.deepEqual(two(T + 76, log, changes), clear);
        // It took less than a second.
        assert.deepEqual(two(T + 74, log, changes), clear);
        for (const second of [T + 15, T + 16, T + 42, T + 77]) assert.deepEqual(two(second, log, changes), doubtful, `${second - T}`);
      }
      const atOnce = `${clock(T + 74)} [Z0][VM][I]: New LCM state is BACKUP\n${clock(T + 74)} [Z0][VMM][I]: VM backup successfully created.\n`;
      assert.deepEqual(two(T + 74, created + atOnce), clear, 'it ended in the second in which it began');
      const endsThen = created + logged(T + 72, 'created') + logged(T + 74, 'created');
      assert.deepEqual(two(T + 74, endsThen), doubtful, 'another one ended in that second');
      const restored: Change = { change: 'restore', name: 'backup-compliance-r', image: '10' };
      for (const second of [T + 74, T + 76, T + 99]) assert.deepEqual(two(second, UNREAD, [restored]), clear);
      assert.deepEqual(two(T + 42, UNREAD, [restored]), doubtful);
    });
    test('and we had begun to restore ours: it is known', () => {
      const of = journal(begin, schedule(), { change: 'restore', name: 'backup-compliance-r', image: '11' });
      assert.deepEqual(all(scene({ images: [made(), later] }), logged(T + 14, 'failed'), of), { ...usual, images: '11' });
      assert.deepEqual(all(scene({ images: [made(), later] }), UNREAD, of), { ...usual, images: '11' });
      assert.deepEqual(all(scene({ images: [made({ id: '11', isBackup: false })] }), '', of), { ...usual, images: '' });
      assert.deepEqual(all(scene({ images: [] }), '', of), { ...usual, images: '' });
    });
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
