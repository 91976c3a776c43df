/** What a clean-up removes, by the journal alone: all of a run's own, and nothing else. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Change } from '../../support/actions/journal.ts';
import { CANARY, cleaned, clock, created, DUE, logged, NAME, T } from './cleaned.ts';

const begin: Change = { change: 'begin', before: { images: ['9'], actions: ['1'], directories: ['0', '0/aaaaaa'] } };
const schedule: Change = { change: 'schedule', at: T, logSize: 0 };
const restore: Change = { change: 'restore', name: NAME, image: '10' };

describe('a clean-up', () => {
  test('removes what is the run’s own, images before what tells that they are', async () => {
    const {
      did,
      undone,
      left,
      kept,
      fault,
      evidence: seen,
    } = await cleaned(
      [{ change: 'probe', path: `/own/.${NAME}-1` }, ...[begin, schedule, restore], { change: 'temporary', path: `/var/tmp/${NAME}` }],
      {
        images: [
          { id: '9', source: 'aaaaaa' },
          { id: '10' },
          { id: '11', vm: '', name: `${NAME}-disk-0` },
          { id: '12', vm: '', name: 'theirs' },
        ],
        templates: [
          { id: '3', name: NAME },
          { id: '4', name: 'theirs' },
        ],
        actions: [{ id: '5' }, { id: '1' }],
        log: created,
        directories: ['0', '0/aaaaaa', '0/5de970', '0/dddddd'],
        turns: [{}, {}],
        cleanup: 1,
      },
    );
    assert.deepEqual([left, kept, fault], [[], [], undefined]);
    assert.deepEqual(did, [
      `rm /var/tmp/${NAME}`,
      'onetemplate delete 3',
      'oneimage delete 11',
      'oneimage delete 10',
      // It waits for nothing but their end.
      'time passes',
      `probe:/own/.${NAME}-1`,
      'debris:/own/0/5de970',
      'empty:/own/0/dddddd',
      'onevm sched-delete 0 5',
    ]);
    assert.deepEqual(undone, [
      `/var/tmp/${NAME} on frontend01`,
      `template 3 “${NAME}”`,
      `image 11 “${NAME}-disk-0”`,
      'backup image 10 “0 10”',
      `/own/.${NAME}-1 on backup01`,
      '/own/0/5de970 on backup01',
      '/own/0/dddddd on backup01',
      'scheduled backup 5 of VM 0',
    ]);
    // All that was asked is evidence, the log as it was last.
    for (const asked of [
      `rm -rf /var/tmp/${NAME}`,
      'onevm show -x 0',
      'oneimage delete 10',
      `rm -f /own/.${NAME}-1; rm -rf /own/0/5de970; rmdir /own/0/dddddd`,
    ])
      assert.ok(
        seen.some(({ command }) => command === asked),
        asked,
      );
    assert.equal(seen.at(-1)?.stdout, created);
  });

  test('of samples alone removes what they restored', async () => {
    const { did } = await cleaned([{ change: 'sample', name: `${NAME}-vm7`, image: '70', vm: '7' }], {
      images: [
        { id: '11', vm: '', name: `${NAME}-vm7-disk-0` },
        { id: '70', vm: '7' },
      ],
      templates: [{ id: '3', name: `${NAME}-vm7` }],
    });
    assert.deepEqual(did, ['onetemplate delete 3', 'oneimage delete 11']);
  });

  test('of a run that came to no backup, asks nothing of OpenNebula', async () => {
    const { did, left, fault } = await cleaned([{ change: 'probe', path: `/own/.${NAME}-1` }], {
      ...{ images: [{ id: '10' }], templates: [{ id: '3', name: NAME }], directories: ['0', '0/5de970'], fails: 'onevm show' },
    });
    assert.deepEqual([did, left, fault], [[`probe:/own/.${NAME}-1`], [], undefined]);
  });

  test('takes no path from a journal that is not of the run’s own name', async () => {
    const { did } = await cleaned([
      { change: 'probe', path: '/own/0/5de970/disk.0.0' },
      { change: 'probe', path: '/own/.backup-compliance-q-1' },
      { change: 'temporary', path: '/var/lib/one' },
      { change: 'temporary', path: `/var/tmp/${NAME}/..` },
      { change: 'temporary', path: '/var/tmp/backup-compliance-q' },
      // A folder of a sample, or a canary, is one only where the journal has that.
      { change: 'temporary', path: `/var/tmp/${NAME}-vm7` },
      { change: 'temporary', path: `/var/tmp/${CANARY}` },
    ]);
    assert.deepEqual(did, []);
  });

  test('takes those of samples and canaries that the journal has', async () => {
    const { did } = await cleaned([
      { change: 'sample', name: `${NAME}-vm7`, image: '70', vm: '7' },
      { change: 'temporary', path: `/var/tmp/${NAME}-vm7` },
      { change: 'canary', name: CANARY, host: '1' },
      { change: 'temporary', path: `/var/tmp/${CANARY}` },
    ]);
    assert.deepEqual(did, [`rm /var/tmp/${NAME}-vm7`, `rm /var/tmp/${CANARY}`]);
  });

  test('says what could not be removed, and how it is done by hand', async () => {
    const { left, undone } = await cleaned(
      [
        { change: 'temporary', path: `/var/tmp/${NAME}` },
        { change: 'probe', path: `/own/.${NAME}-1` },
      ],
      { fails: 'rm' },
    );
    assert.deepEqual(left, [`/var/tmp/${NAME} on frontend01: not removed. Remove it: rm -rf /var/tmp/${NAME}`]);
    assert.deepEqual(undone, [`/own/.${NAME}-1 on backup01`]);
    const kept = await cleaned([{ change: 'probe', path: `/own/.${NAME}-1` }], { fails: `/own/.${NAME}-1` });
    assert.deepEqual([kept.left, kept.undone], [[`/own/.${NAME}-1 on backup01: not removed ()`], []]);
  });

  const chain = { id: '10', source: 'gone00', links: ['b57e01'] } as const;
  const ofRun = [begin, schedule, restore];
  const ours = { actions: [{ id: '5' }], log: created };

  test('looks after a chain once more at the very moment, and deletes none while its VM is in BACKUP', async () => {
    const idle = await cleaned(ofRun, { ...ours, images: [chain], directories: ['0', '0/b57e01'] });
    assert.deepEqual(idle.did, [
      'oneimage delete 10 unless 0 is in BACKUP or b57e01 not the last',
      'debris:/own/0/b57e01',
      'onevm sched-delete 0 5',
    ]);
    const theirs = `${clock(T + 50)} [Z0][VM][I]: New LCM state is BACKUP\n`;
    const inBackup = { ...ours, log: created + theirs, lcm: 69 };
    const busy = await cleaned(ofRun, {
      ...inBackup,
      images: [chain, { id: '11', vm: '', name: `${NAME}-disk-0` }],
      directories: ['0', '0/b57e01', '0/cccccc'],
    });
    assert.deepEqual(busy.did, ['oneimage delete 11']);
    assert.match(
      busy.left.join('; '),
      /^backup image 10: VM 0 is in BACKUP, and may need it.*; scheduled backup 5, by which cleanup knows/,
    );
    // A full backup is nobody's to add to.
    const full = await cleaned(ofRun, { ...inBackup, images: [{ id: '10' }], directories: ['0', '0/5de970'] });
    assert.deepEqual(full.did, ['oneimage delete 10']);
  });

  test('waits for what OpenNebula works on, and tries three times what is refused', async () => {
    const twice = await cleaned(ofRun, { ...ours, images: [{ id: '10', refusals: 2 }], turns: [{}] });
    const thrice = ['oneimage delete 10', 'oneimage delete 10', 'oneimage delete 10'];
    assert.deepEqual(twice.did, [...thrice, 'time passes', 'onevm sched-delete 0 5']);
    assert.deepEqual(twice.left, []);
    const always = await cleaned(ofRun, { ...ours, images: [{ id: '10', refusals: 9 }], directories: ['0', '0/5de970'] });
    assert.deepEqual(always.did, thrice);
    assert.deepEqual(always.left, [
      'image 10: remove it with oneimage delete 10',
      'scheduled backup 5, by which cleanup knows the rest as ours, and removes it in the end',
    ]);
    assert.deepEqual(always.undone, []);
  });

  test('calls no image deleted that is there still, nor its directories free', async () => {
    const { did, undone, left } = await cleaned(ofRun, { ...ours, images: [{ id: '10', stays: true }], directories: ['0', '0/5de970'] });
    assert.deepEqual(did, ['oneimage delete 10']);
    assert.deepEqual(undone, []);
    assert.match(left.join('; '), /^image 10: remove it with oneimage delete 10; scheduled backup 5/);
    const copy = { id: '11', vm: '', name: `${NAME}-disk-0` } as const;
    const one = await cleaned(ofRun, { ...ours, images: [copy, { id: '10', stays: true }] });
    assert.deepEqual(one.undone, [`image 11 “${NAME}-disk-0”`]);
    const unseen = await cleaned(ofRun, { ...ours, images: [{ id: '10' }], turns: [{ fails: 'oneimage list' }] });
    assert.deepEqual([unseen.did.slice(0, 2), unseen.undone], [['oneimage delete 10', 'time passes'], []]);
    const unheard = await cleaned(ofRun, { ...ours, images: [{ id: '10' }], unheard: 'delete' });
    assert.deepEqual([unheard.did, unheard.undone], [[], []]);
  });

  test('waits until images are gone, or OpenNebula says that it cannot remove them', async () => {
    const images = [{ id: '10', stays: true }] as const;
    const wait = { ...ours, images, cleanup: 3 };
    const gone = await cleaned(ofRun, { ...wait, turns: [{}, { images: [] }, {}] });
    assert.deepEqual(gone.did, ['oneimage delete 10', 'time passes', 'time passes', 'onevm sched-delete 0 5']);
    assert.deepEqual(gone.undone.slice(0, 1), ['backup image 10 “0 10”']);
    const failed = await cleaned(ofRun, { ...wait, turns: [{ images: [{ id: '10', state: 5 }] }, { images: [] }] });
    assert.deepEqual([failed.did, failed.undone], [['oneimage delete 10', 'time passes'], []]);
  });

  test('waits for all images that OpenNebula is at work on before it deletes any', async () => {
    const locked = ['11', '12'].map((id) => ({ id, vm: '', name: `${NAME}-disk-${id}`, state: 4 }));
    const theirs = { id: '9', source: 'aaaaaa' };
    const ready = { id: '12', vm: '', name: `${NAME}-disk-12` };
    const { did } = await cleaned([begin, schedule, restore], {
      ...{ ...ours, cleanup: 9, images: [theirs, ...locked, { id: '10' }], templates: [{ id: '3', name: NAME }] },
      // First the VM is looked at, then images.
      turns: [{}, {}, { images: [theirs, ...locked.slice(0, 1), ready, { id: '10' }] }, { images: [theirs, ready, { id: '10' }] }, {}],
    });
    assert.deepEqual(did, [
      ...Array.from({ length: 4 }, () => 'time passes'),
      'onetemplate delete 3',
      'oneimage delete 12',
      'oneimage delete 10',
      'time passes',
      'onevm sched-delete 0 5',
    ]);
  });

  test('looks once more at what it had to wait for: a backup may have begun meanwhile', async () => {
    const log = `${created}${clock(T + 50)} [Z0][VM][I]: New LCM state is BACKUP\n`;
    const copy = { id: '11', vm: '', name: `${NAME}-disk-0` };
    for (const others of [[], [copy]]) {
      const images = [{ ...chain, state: 4 }, ...others];
      const turns = [{}, {}, { images: [chain, ...others], lcm: 69, log }];
      const { did } = await cleaned(ofRun, { ...ours, images, turns });
      assert.deepEqual(did, [...Array.from({ length: 3 }, () => 'time passes'), ...others.map(({ id }) => `oneimage delete ${id}`)]);
    }
  });

  test('waits until a backup of somebody else’s is over, to delete what it may add to', async () => {
    const begun = `${created}${clock(T + 50)} [Z0][VM][I]: New LCM state is BACKUP\n`;
    const over = { lcm: 3, log: created + logged(T + 50, 'VM backup successfully created.') };
    const there = { ...ours, lcm: 69, log: begun, cleanup: 3, images: [chain] };
    const { did } = await cleaned(ofRun, { ...there, turns: [{}, over, {}] });
    assert.deepEqual(did.slice(0, 3), ['time passes', 'time passes', 'oneimage delete 10 unless 0 is in BACKUP or b57e01 not the last']);
  });

  describe('waits until the scheduler has taken up what is due', () => {
    const due = { actions: [{ id: '5', done: -1 }], log: '', now: 1, schedule: 2, cleanup: 3 };
    const begun = { actions: [{ id: '5' }], lcm: 69, log: `${clock(T + 14)} [Z0][VM][I]: New LCM state is BACKUP\n` };
    const over = { lcm: 3, log: created, images: [{ id: '10' }] };
    const tookBack = ['written: withdraw 5', 'onevm sched-delete 0 5', 'written: withdrawn 5'];

    test('and then for that', async () => {
      const { did, left } = await cleaned([begin, schedule], { ...due, schedule: 9, turns: [{}, begun, {}, over, {}] });
      const waited = Array.from({ length: 4 }, () => 'time passes');
      assert.deepEqual(did, [...waited, 'oneimage delete 10', 'time passes', 'onevm sched-delete 0 5']);
      assert.deepEqual(left, []);
    });

    test('by the latest request', async () => {
      const earlier: Change = { change: 'schedule', at: T - 60, logSize: 0 };
      const first = { id: '4', done: T - 50, time: DUE - 60 };
      const actions = [first, ...due.actions];
      const taken = { actions: [first, { id: '5' }] };
      const { did } = await cleaned([begin, earlier, schedule], { ...due, actions, turns: [taken] });
      assert.equal(did[0], 'time passes');
    });

    test('no longer than it may take, nor what was rejected', async () => {
      const late = await cleaned([begin, schedule], { ...due, now: 20, schedule: 100, cleanup: 0, turns: [begun] });
      assert.deepEqual(late.did, [...tookBack, 'time passes']);
      const rejected = [{ id: '5', done: -1, message: 'no space' }];
      const other = await cleaned([begin, schedule], { ...due, actions: rejected, turns: [{}, {}] });
      assert.deepEqual(other.did, [...tookBack, 'time passes']);
      const never = await cleaned([begin, schedule], { ...due, schedule: 1.2, turns: [{}, {}, {}, begun] });
      assert.deepEqual(never.did, ['time passes', 'time passes', ...tookBack, 'time passes']);
    });

    test('and looks for one that was taken up when it was taken back', async () => {
      const log = `${clock(T + 100)} [Z0][VM][I]: New LCM state is BACKUP\n`;
      const ended = { lcm: 3, log: logged(T + 100, 'VM backup successfully created.'), images: [{ id: '10', registered: T + 101 }] };
      const { did, left } = await cleaned([begin, schedule], { ...due, now: 100, turns: [{ lcm: 69, log }, ended] });
      assert.deepEqual(did, [...tookBack, 'time passes', 'time passes']);
      assert.match(left.join('; '), /^backup image 10 “0 10”: made in the time of the run, but not by it alone/);
    });
  });

  test('writes down before it takes a scheduled backup back, and when that was over', async () => {
    const waiting = {
      actions: [
        { id: '5', done: -1 },
        { id: '6', done: -1, time: DUE + 900 },
      ],
      log: '',
    };
    const { did, undone, left } = await cleaned([begin, schedule], waiting);
    assert.deepEqual(did, ['written: withdraw 5', 'onevm sched-delete 0 5', 'written: withdrawn 5']);
    assert.deepEqual([undone, left], [['scheduled backup 5 of VM 0'], []]);
    const unwritten = await cleaned([begin, schedule], { ...waiting, fails: 'journal' });
    assert.deepEqual([unwritten.did, unwritten.fault], [['written: withdraw 5'], 'the journal could not be written']);
    const refused = await cleaned([begin, schedule], { ...waiting, actions: [{ id: '5', done: -1, stays: true }] });
    assert.deepEqual(refused.left, ['scheduled backup 5: remove it with onevm sched-delete 0 5']);
  });

  test('keeps what tells that the rest is ours, until the backup server can be checked', async () => {
    const onServer = { exitCode: null, failure: { kind: 'silent', message: 'no answer within 30 s' } } as const;
    const { did, left, fault } = await cleaned(ofRun, { ...ours, images: [{ id: '10' }], onServer });
    assert.deepEqual([did, left], [['oneimage delete 10'], []]);
    assert.match(fault ?? '', /^backup01: .*no answer within 30 s\. Kept until then: scheduled backup 5, by which/);
    const earlier: Change = { change: 'schedule', at: T - 60, logSize: 0 };
    const actions = [{ id: '4', done: T - 50, time: DUE - 60 }, { id: '5' }];
    const two = await cleaned([begin, earlier, schedule], { ...ours, actions, onServer });
    assert.match(two.fault ?? '', /Kept until then: scheduled backup 4, by which [^;]*; scheduled backup 5, by which [^;]*$/);
    const none = await cleaned([begin], { onServer });
    assert.match(none.fault ?? '', /no answer within 30 s$/);
    const probe: Change = { change: 'probe', path: `/own/.${NAME}-1` };
    const alone = await cleaned([probe], { onServer });
    assert.deepEqual([alone.did, alone.fault], [[`probe:/own/.${NAME}-1`], 'backup01: no answer within 30 s']);
  });

  test('names a scheduled backup that OpenNebula does not let go', async () => {
    const { left } = await cleaned(ofRun, { ...ours, actions: [{ id: '5', stays: true }] });
    assert.deepEqual(left, ['scheduled backup 5: remove it with onevm sched-delete 0 5']);
  });

  test('says why it could not look, and leaves the backup server alone', async () => {
    const { did, fault, undone } = await cleaned([...ofRun, { change: 'temporary', path: `/var/tmp/${NAME}` }], {
      ...{ ...ours, images: [{ id: '10' }], directories: ['0', '0/5de970'], fails: 'oneimage list' },
    });
    assert.deepEqual([did, undone], [[`rm /var/tmp/${NAME}`], [`/var/tmp/${NAME} on frontend01`]]);
    assert.match(fault ?? '', /oneimage list/);
    const gone = await cleaned(ofRun, { ...ours, fails: 'oneimage list', code: 127 });
    assert.match(`${gone.fault} ${gone.fix}`, /command not found.* OpenNebula's command line in the PATH/);
    const start: Change = { change: 'start', name: `${NAME}-boot`, template: '3' };
    const unlisted = await cleaned([...ofRun, start], { ...ours, images: [{ id: '10' }], fails: 'onevm list' });
    assert.deepEqual([unlisted.did, /onevm list/.test(unlisted.fault ?? '')], [[], true]);
    await assert.rejects(cleaned(ofRun, { ...ours, fails: 'all' }), /a fault of our own/);
  });

  test('names a journal that is not understood, and does nothing without its opening', async () => {
    const unread = 'what else ~/x says, which is not understood. Read it, then remove it';
    assert.deepEqual((await cleaned([], {}, { garbled: '~/x' })).left, [unread]);
    const none = await cleaned(ofRun, { ...ours, images: [{ id: '10' }] }, { garbled: '~/x', opening: undefined });
    assert.deepEqual([none.did, none.left, none.undone, none.evidence], [[], [unread], [], []]);
    assert.deepEqual((await cleaned(ofRun, ours, { opening: undefined })).left, []);
  });

  test('names a chain of somebody else’s that holds ours, and one that the VM cannot do without', async () => {
    const theirs = await cleaned([begin, schedule], { ...ours, images: [{ id: '9', source: 'gone00', links: ['aaaaaa'] }] });
    assert.deepEqual(theirs.kept, ['backup image 9 “0 9”, which may hold a backup of ours, and is not ours']);
    const only = await cleaned(ofRun, {
      ...{ ...ours, images: [chain] },
      config:
        '<MODE>INCREMENT</MODE><INCREMENT_MODE>SNAPSHOT</INCREMENT_MODE><LAST_INCREMENT_ID>0</LAST_INCREMENT_ID><INCREMENTAL_BACKUP_ID>10</INCREMENTAL_BACKUP_ID>',
    });
    assert.match(only.kept?.join() ?? '', /^backup image 10 “0 10”, which holds a backup of ours and is the only chain that VM 0 can have/);
    assert.deepEqual(only.did, ['onevm sched-delete 0 5']);
  });

  test('says that a VM cannot be backed up any more', async () => {
    const failed = logged(T + 14, 'qemu-img: /var/lib/one/datastores/0/var/lib/one/datastores/0/0/disk.0.snap/1: Could not create');
    const { left } = await cleaned([begin, schedule], { actions: [{ id: '5' }], log: failed });
    assert.match(left.join('; '), /^VM 0 cannot be backed up any more: in SNAPSHOT mode/);
  });
});
