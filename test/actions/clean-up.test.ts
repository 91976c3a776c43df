/** What a clean-up removes, by the journal alone: all of a run's own, and nothing else. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Change, Journal, RunJournal, Target } from '../../support/actions/journal.ts';
import { undo } from '../../support/actions/undo.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import type { Command, CommandResult } from '../../support/machines/shell.ts';
import { byXmlRpc, xmlRpcOf } from '../answers.ts';
import { evidence, wholeCloud } from '../made.ts';

const T = 1_795_410_030;
const DUE = T - 421;
const target: Target = { datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/own' };
const NAME = 'backup-compliance-r';
const CANARY = `${NAME}-host1`;

interface OfImage {
  readonly id: string;
  readonly name?: string;
  readonly vm?: string;
  readonly source?: string;
  readonly registered?: number;
  readonly links?: readonly string[];
  readonly state?: number;
  /** How often it is refused to delete it. */
  refusals?: number;
  /** It is deleted, and stays. */
  readonly stays?: true;
}
/** What there is, of a run and of others, and how the machines fare. */
interface There {
  readonly vms?: readonly { readonly id: string; readonly name: string; readonly state?: string; readonly stays?: true }[];
  readonly images?: readonly OfImage[];
  readonly templates?: readonly { readonly id: string; readonly name: string }[];
  readonly actions?: readonly {
    readonly id: string;
    readonly done?: number;
    readonly time?: number;
    readonly message?: string;
    readonly stays?: true;
  }[];
  readonly lcm?: number;
  readonly config?: string;
  readonly log?: string;
  readonly directories?: readonly string[];
  /** What fails, by how the command begins or what it holds. */
  readonly fails?: string;
  /** How it ends then. */
  readonly code?: number;
  readonly onServer?: Partial<CommandResult>;
}

const words = (line: string): string[] =>
  (line.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? []).map((word) => word.replace(/'([^']*)'|\\(.)/g, (_all, quoted, one) => quoted ?? one));

const clock = (time: number) => new Date(time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4');
const logged = (begun: number, how: string) =>
  [`[VM][I]: New LCM state is BACKUP`, `[VMM][I]: ${how}`, `[VM][I]: New LCM state is RUNNING`]
    .map((line, at) => `${clock(begun + at)} [Z0]${line}\n`)
    .join('');
const created = logged(T + 14, 'VM backup successfully created.');

/** Cleans up after a run that made these changes, with all that is there; what was changed by it, in order, and what it says. */
async function cleaned(changes: readonly Change[], there: There = {}, journal: Partial<Journal> = {}) {
  const did: string[] = [];
  let [vms, images, templates] = [there.vms ?? [], [...(there.images ?? [])], [...(there.templates ?? [])]];
  let actions = [...(there.actions ?? [])];
  let directories = [...(there.directories ?? [])];
  const vm = () =>
    `<VM><ID>0</ID><NAME>backup-probe</NAME><STATE>3</STATE><LCM_STATE>${there.lcm ?? 3}</LCM_STATE><TEMPLATE>${actions
      .map(
        ({ id, done = T + 14, time = DUE, message = '' }) =>
          `<SCHED_ACTION><ID>${id}</ID><ACTION>backup</ACTION><ARGS>100,0</ARGS><TIME>${time}</TIME><DONE>${done}</DONE><MESSAGE>${message}</MESSAGE></SCHED_ACTION>`,
      )
      .join('')}</TEMPLATE><BACKUPS><BACKUP_CONFIG>${there.config ?? ''}</BACKUP_CONFIG></BACKUPS></VM>`;
  const imageOf = ({
    id,
    name = `0 ${id}`,
    vm: of = '0',
    source = of === '' ? '/x' : '5de970',
    registered = T + 15,
    links = [],
    state = 1,
  }: OfImage) =>
    `<IMAGE><ID>${id}</ID><NAME>${name}</NAME><TYPE>${of === '' ? 0 : 6}</TYPE><STATE>${state}</STATE><DATASTORE_ID>${of === '' ? 1 : 100}</DATASTORE_ID><SOURCE>${source}</SOURCE><SIZE>1</SIZE><REGTIME>${registered}</REGTIME><VMS>${of === '' ? '' : `<ID>${of}</ID>`}</VMS><BACKUP_INCREMENTS>${links
      .map((link, at) => `<INCREMENT><ID>${at}</ID><SOURCE>${link}</SOURCE><DATE>${registered}</DATE></INCREMENT>`)
      .join('')}</BACKUP_INCREMENTS></IMAGE>`;
  const pool = () => `<IMAGE_POOL>${images.map(imageOf).join('')}</IMAGE_POOL>`;
  const deleteImage = (id: string) => {
    const found = images.find((image) => image.id === id);
    if (!found) return 255;
    if ((found.refusals ?? 0) > 0) {
      found.refusals = (found.refusals ?? 0) - 1;
      return 255;
    }
    if (!found.stays) images = images.filter((image) => image !== found);
    return 0;
  };
  type Said = readonly [stdout: string, code?: number];
  const openNebula = (argv: readonly string[]): Said => {
    const [program, verb, ...rest] = argv;
    const line = argv.join(' ');
    if (verb !== 'show' && verb !== 'list') did.push(line);
    if (there.fails === 'all') throw new Error('a fault of our own');
    if (there.fails !== undefined && line.startsWith(there.fails)) return ['', there.code ?? 255];
    switch (`${program} ${verb}`) {
      case 'onevm show':
        return [vm()];
      case 'onevm list':
        return [
          `<VM_POOL>${vms.map(({ id, name, state = '3' }) => `<VM><ID>${id}</ID><NAME>${name}</NAME><STATE>${state}</STATE><LCM_STATE>3</LCM_STATE></VM>`).join('')}</VM_POOL>`,
        ];
      case 'onevm terminate':
        vms = vms.filter(({ id, stays }) => id !== rest[1] || stays);
        return [''];
      case 'onevm sched-delete':
        if (actions.some(({ id, stays }) => id === rest[1] && stays)) return ['', 255];
        actions = actions.filter(({ id }) => id !== rest[1]);
        return [''];
      case 'oneimage list':
        return [pool()];
      case 'oneimage delete':
        return ['', deleteImage(rest[0] ?? '')];
      case 'onetemplate list':
        return [
          `<VMTEMPLATE_POOL>${templates.map(({ id, name }) => `<VMTEMPLATE><ID>${id}</ID><NAME>${name}</NAME></VMTEMPLATE>`).join('')}</VMTEMPLATE_POOL>`,
        ];
      case 'onetemplate delete':
        templates = templates.filter(({ id }) => id !== rest[0]);
        return [''];
      default:
        return assert.fail(line);
    }
  };
  const onFrontend = (argv: readonly string[], command: Command): Said => {
    const [program = '', script = '', text = '', ...rest] = argv;
    if (program === 'env') return onFrontend(argv.slice(2), command);
    if (program === 'bash' && script === '-s') return surveyed(command, (each) => onFrontend(each, command));
    if (program === 'sh' && text.includes('tail -c')) return there.log === undefined ? ['', 1] : [there.log];
    if (program === 'sh' && text.includes('exec oneimage delete')) {
      const [, ...given] = rest;
      did.push(`oneimage delete ${given[1]} unless ${given[0]} is in BACKUP or ${given[2]} not the last`);
      return ['', deleteImage(given[1] ?? '')];
    }
    if (program === 'sh' && text.includes('rm -rf')) {
      did.push(`rm ${rest[1]}`);
      return there.fails === 'rm' ? ['', 1] : ['gone\n'];
    }
    const [method, , first] = xmlRpcOf(argv)?.split(' ') ?? [];
    if (method === 'vm.info') return [byXmlRpc(vm())];
    if (method === 'imagepool.info') return [byXmlRpc(first === '0' ? pool() : '<IMAGE_POOL/>')];
    if (program === 'stat') return ['0'];
    if (program === 'date') return [`${T + 100} +0000`];
    return openNebula(argv);
  };
  const onServer = (argv: readonly string[]): Said => {
    const [, , text = '', , ...rest] = argv;
    if (text.includes('-maxdepth 1')) return [`\n${directories.filter((path) => path.split('/')[0] === rest[1]).join('\n')}\n`];
    did.push(...rest);
    const paths = rest.map((each) => each.replace(/^\w+:/, ''));
    const refused = paths.filter((path) => there.fails === path);
    directories = directories.filter((path) => !paths.includes(`/own/${path}`));
    return [`\n${paths.map((path) => (refused.includes(path) ? `kept:${path}` : path)).join('\n')}\n`];
  };
  const surveyed = ({ stdin = '' }: Command, answer: (argv: readonly string[]) => Said): Said => {
    const mark = /\p{Cc}[0-9a-f]{16}\p{Cc}/u.exec(stdin)?.[0] ?? '';
    const fields = stdin.split('\n').flatMap((line) => {
      const [, name = '', argv] = /^probe (\S+) exec timeout -k 2 \d+ (.*)$/.exec(line) ?? [];
      if (argv === undefined) return [];
      const [stdout, code = 0] = answer(words(argv));
      return [name, String(T), '', stdout, String(code), String(T)];
    });
    return [['', ...fields, 'done', ''].join(mark)];
  };
  const shell = (machine: string, answer: (argv: readonly string[], command: Command) => Said, more: Partial<CommandResult> = {}) => ({
    ...{ machine, account: 'oneadmin' },
    run: async (command: Command): Promise<CommandResult> => {
      const [stdout, exitCode = 0] = answer(command.argv, command);
      return { ...evidence({ machine, command: command.typed ?? command.argv.join(' '), stdout, exitCode }), ...more } as CommandResult;
    },
  });
  const { site } = wholeCloud();
  const machines = {
    site: { ...site, deadlines: { ...site.deadlines, schedule: 0, cleanup: 0.01 } },
    onFrontend: shell('frontend01', onFrontend),
    onBackupServer: shell('backup01', onServer, there.onServer),
  } as unknown as Machines;
  const written = [...changes];
  const result = await undo(machines, { run: 'r', opening: { opened: 1, ...target }, changes, ...journal }, (opening) => {
    const record: RunJournal['record'] = async (more) => {
      written.push(...more);
      did.push(...more.map((change) => `written: ${change.change} ${'id' in change ? change.id : 'vm' in change ? change.vm : ''}`));
      const failure = there.fails === 'journal' && {
        failure: { kind: 'not-started', message: 'the journal could not be written' } as const,
      };
      return { ...evidence(), ...failure } as CommandResult;
    };
    return { run: 'r', opening, changes: written, record } as unknown as RunJournal;
  });
  return { did, ...result };
}

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
        directories: ['0', '0/aaaaaa', '0/5de970'],
      },
    );
    assert.deepEqual([left, kept, fault], [[], [], undefined]);
    assert.deepEqual(did, [
      `rm /var/tmp/${NAME}`,
      'onetemplate delete 3',
      'oneimage delete 11',
      'oneimage delete 10',
      `probe:/own/.${NAME}-1`,
      'debris:/own/0/5de970',
      'onevm sched-delete 0 5',
    ]);
    assert.deepEqual(undone, [
      `/var/tmp/${NAME} on frontend01`,
      `template 3 “${NAME}”`,
      `image 11 “${NAME}-disk-0”`,
      'backup image 10 “0 10”',
      `/own/.${NAME}-1 on backup01`,
      '/own/0/5de970 on backup01',
      'scheduled backup 5 of virtual machine 0',
    ]);
    // All that was asked is evidence, the log as it was last.
    for (const asked of [`rm -rf /var/tmp/${NAME}`, 'onevm show -x 0', 'oneimage delete 10', `rm -f /own/.${NAME}-1; rm -rf /own/0/5de970`])
      assert.ok(
        seen.some(({ command }) => command === asked),
        asked,
      );
    assert.equal(seen.at(-1)?.stdout, created);
    assert.equal(seen.filter((each) => typeof each !== 'object').length, 0);
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

  test('looks after a chain once more at the very moment, and deletes none while its virtual machine is in BACKUP', async () => {
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
      /^backup image 10: virtual machine 0 is in BACKUP, and may need it.*; scheduled backup 5, by which cleanup knows/,
    );
    // A full backup is nobody's to add to.
    const full = await cleaned(ofRun, { ...inBackup, images: [{ id: '10' }], directories: ['0', '0/5de970'] });
    assert.deepEqual(full.did, ['oneimage delete 10']);
  });

  test('waits for what OpenNebula works on, and tries three times what is refused', async () => {
    const twice = await cleaned(ofRun, { ...ours, images: [{ id: '10', refusals: 2 }] });
    assert.deepEqual(twice.did, ['oneimage delete 10', 'oneimage delete 10', 'oneimage delete 10', 'onevm sched-delete 0 5']);
    assert.deepEqual(twice.left, []);
    const always = await cleaned(ofRun, { ...ours, images: [{ id: '10', refusals: 9 }], directories: ['0', '0/5de970'] });
    assert.deepEqual(always.did, ['oneimage delete 10', 'oneimage delete 10', 'oneimage delete 10']);
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
    assert.deepEqual([undone, left], [['scheduled backup 5 of virtual machine 0'], []]);
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
  });

  test('says why it could not look, and leaves the backup server alone', async () => {
    const { did, fault, undone } = await cleaned([...ofRun, { change: 'temporary', path: `/var/tmp/${NAME}` }], {
      ...{ ...ours, images: [{ id: '10' }], directories: ['0', '0/5de970'], fails: 'oneimage list' },
    });
    assert.deepEqual([did, undone], [[`rm /var/tmp/${NAME}`], [`/var/tmp/${NAME} on frontend01`]]);
    assert.match(fault ?? '', /oneimage list/);
    const gone = await cleaned(ofRun, { ...ours, fails: 'oneimage list', code: 127 });
    assert.match(`${gone.fault} ${gone.fix}`, /command not found.* OpenNebula's command line in the PATH/);
    await assert.rejects(cleaned(ofRun, { ...ours, fails: 'all' }), /a fault of our own/);
  });

  test('names a journal that is not understood, and does nothing without its opening', async () => {
    const unread = 'what else ~/x says, which is not understood. Read it, then remove it';
    assert.deepEqual((await cleaned([], {}, { garbled: '~/x' })).left, [unread]);
    const none = await cleaned(ofRun, { ...ours, images: [{ id: '10' }] }, { garbled: '~/x', opening: undefined });
    assert.deepEqual([none.did, none.left, none.undone, none.evidence], [[], [unread], [], []]);
    assert.deepEqual((await cleaned(ofRun, ours, { opening: undefined })).left, []);
  });

  test('names a chain of somebody else’s that holds ours, and one that the virtual machine cannot do without', async () => {
    const theirs = await cleaned([begin, schedule], { ...ours, images: [{ id: '9', source: 'gone00', links: ['aaaaaa'] }] });
    assert.deepEqual(theirs.kept, ['backup image 9 “0 9”, which may hold a backup of ours, and is not ours']);
    const only = await cleaned(ofRun, {
      ...{ ...ours, images: [chain] },
      config:
        '<MODE>INCREMENT</MODE><INCREMENT_MODE>SNAPSHOT</INCREMENT_MODE><LAST_INCREMENT_ID>0</LAST_INCREMENT_ID><INCREMENTAL_BACKUP_ID>10</INCREMENTAL_BACKUP_ID>',
    });
    assert.match(
      only.kept?.join() ?? '',
      /^backup image 10 “0 10”, which holds a backup of ours and is the only chain that virtual machine 0 can have/,
    );
    assert.deepEqual(only.did, ['onevm sched-delete 0 5']);
  });

  test('says that a virtual machine cannot be backed up any more', async () => {
    const failed = logged(T + 14, 'qemu-img: /var/lib/one/datastores/0/var/lib/one/datastores/0/0/disk.0.snap/1: Could not create');
    const { left } = await cleaned([begin, schedule], { actions: [{ id: '5' }], log: failed });
    assert.match(left.join('; '), /^virtual machine 0 cannot be backed up any more: in SNAPSHOT mode/);
  });
});

describe('a clean-up of canaries', () => {
  const named: Change = { change: 'canary', name: CANARY, host: '1' };
  const known: Change = { ...named, vm: '8' };
  const begun: Change = { ...known, directories: ['8', '8/aaaaaa'] };
  const there: There = {
    vms: [
      { id: '8', name: CANARY },
      { id: '7', name: 'backup-compliance-q-host1' },
    ],
    images: [
      { id: '80', vm: '8', source: 'bbbbbb' },
      { id: '70', vm: '7', source: 'cccccc' },
      { id: '81', vm: '', name: `${CANARY}-disk-0` },
    ],
    templates: [
      { id: '3', name: CANARY },
      { id: '4', name: 'backup-compliance-q-host1' },
    ],
    directories: ['8', '8/aaaaaa', '8/bbbbbb', '7', '7/cccccc'],
  };

  test('ends it first, and removes what is of it, but for directories that were there before', async () => {
    const { did, left, undone } = await cleaned([named, known, begun], there);
    assert.deepEqual(did, [
      'onevm terminate --hard 8',
      'onetemplate delete 3',
      'oneimage delete 81',
      'oneimage delete 80',
      'canary:/own/8/bbbbbb',
    ]);
    assert.deepEqual(left, []);
    assert.equal(undone[0], `virtual machine 8 “${CANARY}”`);
  });

  test('removes the directory of the virtual machine itself last, and only if it is empty', async () => {
    const { did } = await cleaned([{ ...known, directories: [] }], { ...there, directories: ['8', '8/bbbbbb'] });
    assert.deepEqual(did.slice(-2), ['canary:/own/8/bbbbbb', 'empty:/own/8']);
  });

  test('removes no directory of one that noted none, which no backup was asked of', async () => {
    const { did } = await cleaned([named, known], there);
    assert.deepEqual(did, ['onevm terminate --hard 8', 'onetemplate delete 3', 'oneimage delete 81', 'oneimage delete 80']);
  });

  test('writes its id down before it ends one of which nothing but the name is known', async () => {
    const { did } = await cleaned([named], there);
    assert.deepEqual(did.slice(0, 2), ['written: canary 8', 'onevm terminate --hard 8']);
    assert.ok(did.includes('oneimage delete 80'));
    const unwritten = await cleaned([named], { ...there, fails: 'journal' });
    assert.deepEqual([unwritten.did, unwritten.fault], [['written: canary 8'], 'the journal could not be written']);
  });

  test('takes nothing from one that cannot be ended', async () => {
    const { did, left } = await cleaned([named, known, begun], { ...there, vms: [{ id: '8', name: CANARY, stays: true }] });
    assert.ok(!did.includes('oneimage delete 80'), did.join('; '));
    assert.ok(!did.some((each) => each.startsWith('canary:') || each.startsWith('empty:')), did.join('; '));
    assert.match(left.join('; '), /^virtual machine 8 \(RUNNING\): remove it with onevm terminate --hard 8/);
  });

  test('takes no directory from a backup of it that cannot be deleted', async () => {
    const images = [{ id: '80', vm: '8', source: 'bbbbbb', refusals: 9 }];
    const { did } = await cleaned([named, known, begun], { ...there, images });
    assert.ok(!did.some((each) => each.startsWith('canary:')), did.join('; '));
  });

  test('ends what was started of a restored backup, by its name', async () => {
    const vms = [
      { id: '6', name: `${NAME}-boot` },
      { id: '0', name: `${NAME}-boot` },
    ];
    const { did } = await cleaned(
      [
        { change: 'boot', name: `${NAME}-boot`, image: '10' },
        { change: 'start', name: `${NAME}-boot`, template: '3' },
      ],
      { vms },
    );
    assert.deepEqual(did, ['onevm terminate --hard 6']);
    assert.deepEqual((await cleaned([{ change: 'boot', name: `${NAME}-boot`, image: '10' }], { vms })).did, []);
  });

  test('says why the directories of one could not be listed', async () => {
    const onServer = { exitCode: 1, stderr: 'find: gone' } as const;
    const { did, fault } = await cleaned([named, known, begun], { ...there, onServer });
    assert.match(fault ?? '', /^backup01: the directories of the backups could not be listed: find: gone/);
    assert.ok(!did.some((each) => each.startsWith('canary:')), did.join('; '));
  });
});
