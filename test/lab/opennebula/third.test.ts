/** The contract, third look at 7.4.0: SNAPSHOT mode, owners, limits, and what a restore gives. */
import { isDeepStrictEqual } from 'node:util';
import { newImage, type State } from '../../../lab/opennebula/state.ts';
import { ids, type Tree, text } from '../../../lab/opennebula/tree.ts';
import { Recordings } from './recordings.ts';
import {
  born,
  cloudWith,
  FAILS,
  is,
  onServer,
  Replay,
  ROUND,
  runs,
  type Scenario,
  scheduling,
  TAKES,
  unscheduled,
  withFiles,
} from './replay.ts';

const THIRD = new Recordings('7.4.0/third');
const job = (name: string, vms: string, datastore: string) =>
  `NAME = "${name}"\nBACKUP_VMS = "${vms}"\nDATASTORE_ID = "${datastore}"\nKEEP_LAST = "4"\nMODE = "INCREMENT"\n`;
const FILES = {
  'imageds.job': job('imageds', '0', '1'),
  'novm.job': job('novm', '0,999', '100'),
  'mixed.job': job('mixed', '0,1,5', '100'),
};
const REPLAY = new Replay({ recordings: THIRD, date: '2026-11-28', files: FILES });

/** Drivers that do what they are told. */
const WORKS = { ssh: "cat > /dev/null; echo '41 /staged /staged/disk.0.0'" };

const snapshots = THIRD.shown('a-snapshot-mode/05', 'VM');
const plain = {
  ...snapshots,
  TEMPLATE: { ...(snapshots.TEMPLATE as Tree), GRAPHICS: { LISTEN: '127.0.0.1', TYPE: 'VNC' }, OS: { MACHINE: 'q35' } },
};
const original = THIRD.shown('e-restored-vm/01', 'VM');
const limited = THIRD.shown('d-limit-mb/05', 'VM');
const owned = unscheduled(THIRD.shown('c-quota/10', 'VM'));
const as = (vm: Tree, id: string): Tree => ({ ...vm, ID: id });

/** A chain of two, as far as a restore goes. */
const chain = (id: number, vm: string): Tree => {
  const link = (source: string, number: string) => ({
    DATE: '1',
    ID: number,
    PARENT_ID: String(Number(number) - 1),
    SIZE: '41',
    SOURCE: source,
  });
  const options = {
    size: 41,
    since: 0,
    source: '167d90',
    vms: [vm],
    backup: { datastore: { ID: '100', NAME: 'rsync Backups' }, disks: ['0'] },
  };
  return {
    ...newImage(id, 'a chain', options),
    BACKUP_INCREMENTS: {
      INCREMENT: [
        { ...link('167d90', '0'), TYPE: 'FULL' },
        { ...link('2a41fe', '1'), TYPE: 'INCREMENT' },
      ],
    },
  };
};
const restorable = (image: number, vm: string, next: { images: number; templates: number }): State =>
  cloudWith([], (state) => {
    state.images = [chain(image, vm)];
    Object.assign(state.nextId, next);
  });

const jobHas = (list: string, vms: string[]) => (state: State) => isDeepStrictEqual(ids(state.jobs[0] ?? {}, list), vms);
/** Drivers that do it after a while. */
const SLOW = { ssh: "cat > /dev/null; sleep 0.7; echo '41 /staged /staged/disk.0.0'" };
/** A cloud with these virtual machines, of which there is no backup, in which rounds come. */
const working = (all: number[], change: (state: State) => unknown = () => {}): State =>
  cloudWith(
    all.map((id) => ({ ...as(plain, String(id)), USER_TEMPLATE: {}, BACKUPS: { BACKUP_CONFIG: {}, BACKUP_IDS: {} } })),
    (state) => {
      scheduling(0)(state);
      change(state);
    },
  );

const SCENARIOS: Record<string, Scenario> = {
  'backups in SNAPSHOT mode': {
    prior: cloudWith([snapshots, as(snapshots, '2'), as(snapshots, '3')]),
    steps: [
      FAILS,
      ...['03', '04', '06', '11', '14', '18', '19', '21'].flatMap((number) => [`a-snapshot-mode/${number}`, runs(1)]),
      ...['a-snapshot-mode/22', 'a-snapshot-mode/23'],
    ],
  },
  'a job with a datastore for images': {
    prior: working([0]),
    at: '19:13:21',
    steps: [
      ...[WORKS, 'b-jobs-that-fail/01', { run: 'onebackupjob backup 0' }, { until: jobHas('ERROR_VMS', ['0']) }],
      // The round came fifteen seconds later there.
      {
        edit: (state) =>
          Object.assign(state.jobs[0]?.TEMPLATE as Tree, { ERROR: text(state.jobs[0] ?? {}, 'TEMPLATE/ERROR').replace('13:21', '13:36') }),
      },
      ...[
        'b-jobs-that-fail/04',
        { run: 'onevm show -x 0 | grep -A8 "<BACKUP_CONFIG>" | grep "<KEEP_LAST><!.CDATA.4" && ! onevm show -x 0 | grep "<ERROR>"' },
      ],
    ],
  },
  'a job with a virtual machine that does not exist': {
    prior: working([0], (state) => (state.nextId.jobs = 1)),
    at: '19:13:57',
    steps: [
      ...[WORKS, 'b-jobs-that-fail/05', { run: 'onebackupjob show -x 1 | grep "0,999"' }, { run: 'onebackupjob backup 1' }],
      { until: jobHas('UPDATED_VMS', ['0']) },
      { until: (state: State) => text(state.jobs[0] ?? {}, 'TEMPLATE/BACKUP_VMS') === '0' },
      { part: 'b-jobs-that-fail/07', of: 'BACKUPJOB', but: 'LAST_BACKUP_DURATION' },
    ],
  },
  'a job one after the other, with a machine that is locked, one that is off, and one that ends': {
    prior: working([0, 1, 5], (state) => {
      state.nextId.jobs = 2;
      Object.assign(state.vms[2] ?? {}, { STATE: '8', LCM_STATE: '0', PREV_STATE: '8', PREV_LCM_STATE: '0' });
      state.settings.MANAGER_TIMER = 0.4;
    }),
    at: '19:14:46',
    steps: [
      ...[SLOW, { run: 'onebackupjob create mixed.job && onevm lock --all 1 && onebackupjob backup 2' }, 'b-jobs-that-fail/10'],
      ...[{ until: jobHas('BACKING_UP_VMS', ['0']) }, { until: jobHas('OUTDATED_VMS', ['1', '5']) }, 'b-jobs-that-fail/11', WORKS],
      ...[{ until: jobHas('ERROR_VMS', ['1']) }, { until: jobHas('UPDATED_VMS', ['0', '5']) }, { until: is('vms', 5, 'STATE', '8') }],
      {
        edit: (state) => {
          const template = state.jobs[0]?.TEMPLATE as Tree;
          template.ERROR = text(template, 'ERROR').replace('14:46', '15:06');
          state.nextId.actions = 2;
          Object.assign(state.jobs[0] ?? {}, { LAST_BACKUP_DURATION: '27' });
        },
      },
      'b-jobs-that-fail/12',
      {
        run: 'onebackupjob backup 2 --schedule "2026-12-05 02:00" --weekly 0,6 && onebackupjob backup 2 --schedule "2026-11-29 01:00" --hourly 24',
      },
      // When they are due next was not a part of the recording.
      ...['16-list-x', '17'].map((name) => ({
        part: `b-jobs-that-fail/${name}`,
        of: name === '17' ? 'BACKUPJOB' : 'BACKUPJOB_POOL/BACKUPJOB',
      })),
      { run: 'onevm terminate --hard 5 && onevm unlock 1' },
      ...[{ until: is('vms', 5, 'STATE', '6') }, { run: 'onebackupjob backup 2' }, { until: jobHas('UPDATED_VMS', ['0', '1']) }],
      { until: (state: State) => text(state.jobs[0] ?? {}, 'TEMPLATE/BACKUP_VMS') === '0,1' },
      { part: 'b-jobs-that-fail/20', of: 'BACKUPJOB', but: 'LAST_BACKUP_TIME LAST_BACKUP_DURATION' },
    ],
  },
  'a quota of the owner of a machine': {
    prior: cloudWith([owned, as(owned, '2')], (state) => {
      scheduling(7)(state);
      state.users.push({ id: 2, name: 'bob', password: 'bobpass' });
      state.images = [
        {
          ...newImage(3, 'a backup', {
            size: 41,
            since: 0,
            vms: ['9'],
            backup: { datastore: { ID: '100', NAME: 'rsync Backups' }, disks: ['0'] },
          }),
          UID: '2',
          GID: '1',
        },
      ];
    }),
    at: '19:23:21',
    steps: [
      ...[{ run: "echo 'DATASTORE = [ ID = 100, IMAGES = 1, SIZE = -1 ]' > q && oneuser quota bob q" }, 'c-quota/07', 'c-quota/08'],
      ...[
        'c-quota/09 @19:23:09',
        ROUND,
        { part: 'c-quota/10', of: 'VM/TEMPLATE/SCHED_ACTION' },
        { run: '! onevm show -x 9 | grep "<ERROR>"' },
      ],
      {
        run: 'oneuser show -x bob | grep -A5 "<ID><!.CDATA.100" | tr -d "\\n" | grep "IMAGES><!.CDATA.1.*IMAGES_USED><!.CDATA.1.*SIZE><!.CDATA.-1.*SIZE_USED><!.CDATA.41"',
      },
      ...[{ run: "echo 'DATASTORE = [ ID = 100, IMAGES = -1, SIZE = 50 ]' > q && oneuser quota bob q" }, 'c-quota/12'],
      { run: 'oneuser list -x | grep -z "<QUOTAS>.*<ID>2</ID>.*SIZE><!.CDATA.50" && onegroup list -x | grep "<NAME>users"' },
    ],
  },
  'backups of an owner’s own machine': {
    prior: cloudWith([owned, as(owned, '2')], (state) => {
      state.users.push({ id: 2, name: 'bob', password: 'bobpass' });
      state.vms = state.vms.map((vm) => ({ ...vm, PERMISSIONS: { ...(vm.PERMISSIONS as Tree), OWNER_A: '0' } }));
    }),
    steps: ['c-quota/02', 'c-quota/04 @19:22:37', 'c-quota/09 @19:23:09', 'c-quota/14 @19:35:08'],
  },
  'a datastore with a limit': {
    prior: cloudWith([unscheduled(limited), as(limited, '1')], (state) => {
      scheduling(4)(state);
      Object.assign(state.datastores[3]?.TEMPLATE as Tree, { LIMIT_MB: '420' });
      Object.assign(state.datastores[3] ?? {}, { USED_MB: '281' });
      Object.assign(state.vms[1] ?? {}, { SCHED_ACTIONS: {}, TEMPLATE: unscheduled(limited).TEMPLATE });
    }),
    at: '19:16:51',
    steps: [
      ...['d-limit-mb/07', 'd-limit-mb/03', 'd-limit-mb/04 @19:16:43', ROUND, { part: 'd-limit-mb/05', of: 'VM/TEMPLATE/SCHED_ACTION' }],
      { edit: (state) => (state.datastores[3] = THIRD.shown('d-limit-mb/08', 'DATASTORE')) },
      'd-limit-mb/08',
    ],
  },
  'what a restore keeps of a machine': {
    prior: restorable(11, '5', { images: 12, templates: 3 }),
    steps: [
      ...[onServer(chain(11, '5'), original), 'e-restored-vm/02', 'e-restored-vm/03'],
      ...[
        { part: 'e-restored-vm/04-onetemplate-show-x-3', of: 'VMTEMPLATE/TEMPLATE' },
        { part: 'e-restored-vm/04-onetemplate-show-x-4', of: 'VMTEMPLATE/TEMPLATE' },
      ],
      // The disk is the newest, the name is that of the full backup.
      ...[{ part: 'e-restored-vm/04-onetemplate-show-x-3', of: 'VMTEMPLATE/NAME' }, { run: 'onetemplate show -x 3 | grep 5-167d90' }],
      ...[{ run: 'oneimage show -x 12 | grep "0:167d90,1:2a41fe.*/2a41fe/disk.0.1"' }, 'e-restored-vm/13'],
    ],
  },
  'a restored machine that begins, unless it has the address of one that lives': {
    prior: cloudWith([], (state) => {
      state.settings.MANAGER_TIMER = 0.1;
      state.images = ['e-withip-disk-0', 'e-nonic-disk-0'].map((name, index) => newImage(12 + index, name, { size: 256, since: 0 }));
      state.templates = [3, 4].map((id) => THIRD.shown(`e-restored-vm/04-onetemplate-show-x-${id}`, 'VMTEMPLATE'));
      Object.assign(state.nextId, { vms: 6 });
    }),
    steps: [withFiles, TAKES, 'e-restored-vm/05', 'e-restored-vm/06', runs(6), ...born('e-restored-vm/07')],
  },
  'a chain whose newest description has more than the first': {
    prior: restorable(1, '1', { images: 2, templates: 2 }),
    steps: [
      onServer(chain(1, '1'), { ...plain, USER_TEMPLATE: { SCHED_REQUIREMENTS: 'ID=1' } }),
      {
        run: 'sed -i "s/.*/$(base64 -d server/100/1/2a41fe/vm.xml | sed "s#<USER_TEMPLATE>#&<MARK>after-full</MARK>#" | base64 -w0)/" server/100/1/2a41fe/vm.xml',
      },
      ...['e-restored-vm/20', { part: 'e-restored-vm/23-onetemplate-show-x-rdef', of: 'VMTEMPLATE/TEMPLATE' }],
      ...[{ run: 'oneimage restore -d default --increment 1 --name r1 1' }, { run: 'onetemplate show -x r1 | grep MARK' }],
    ],
  },
  'a chain restored': {
    prior: restorable(6, '1', { images: 9, templates: 2 }),
    steps: [onServer(chain(6, '1'), snapshots), 'f-restore-changes-files/01'],
  },
};

REPLAY.run(SCENARIOS);
REPLAY.readBackAll(/^(VM|HOST|DATASTORE|IMAGE|VMTEMPLATE|BACKUPJOB)(_POOL)?$/);
REPLAY.rest(cloudWith([]));
