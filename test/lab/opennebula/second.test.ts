/** The contract, second look at 7.4.0: lists and shows, scheduled actions that wait or have ended, disks, locks, and how machines end. */
import { isDeepStrictEqual } from 'node:util';
import { newImage, newTemplate, type State } from '../../../lab/opennebula/state.ts';
import { ids, int, type Tree, text, trees } from '../../../lab/opennebula/tree.ts';
import { Recordings } from './recordings.ts';
import {
  born,
  cloudWith,
  FAILS,
  HANGS,
  is,
  made,
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

const SECOND = new Recordings('7.4.0/second');
const job = (name: string, vms: string, datastore?: string) =>
  `NAME = "${name}"\nBACKUP_VMS = "${vms}"\nEXECUTION = "PARALLEL"\nKEEP_LAST = "4"\nMODE = "INCREMENT"\n${datastore === undefined ? '' : `DATASTORE_ID = "${datastore}"\n`}`;
const FILES = {
  qt: 'DATASTORE = [ ID = "100", IMAGES = "1", SIZE = "-1" ]\n',
  l: 'LABELS = "Gold,finance/db"\n',
  j1: job('nightly', '0,1', '100'),
  j2: job('images', '0', '1'),
  j3: job('unknown', '0,99', '100'),
  j4: job('nowhere', '0'),
  'c.tmpl': 'NAME = "canary"\nCPU = "0.1"\nMEMORY = "64"\nVCPU = "1"\nDISK = [ IMAGE = "tiny", IMAGE_UNAME = "oneadmin" ]\n',
  'x.tmpl': 'SCHED_REQUIREMENTS="ID=1"\n',
  'x2.tmpl': 'SCHED_REQUIREMENTS="ID=99"\n',
  b1: 'BACKUP_CONFIG = [ BACKUP_VOLATILE = "YES", FS_FREEZE = "NONE", KEEP_LAST = "2", MODE = "FULL" ]\n',
  b2: 'BACKUP_CONFIG = [ BACKUP_VOLATILE = "NO", DISK_IDS = "3" ]\n',
  b3: 'BACKUP_CONFIG = [ DISK_IDS = "", FS_FREEZE = "AGENT" ]\n',
};
const REPLAY = new Replay({ recordings: SECOND, date: '2026-11-28', files: FILES });

/** Drivers that do what they are told. */
const WORKS = { ssh: "cat > /dev/null; echo '41 /staged /staged/disk.0.0'" };

const before = (name: string): Tree => unscheduled(SECOND.shown(name, 'VM'));
/** Virtual machines of an extended list, and one of them. */
const extended = (name: string): Tree[] => SECOND.listed(name, 'VM');
const one = (vms: Tree[], id: number): Tree => vms.find((vm) => int(vm, 'ID') === id) ?? {};
const running = (vm: Tree): Tree => ({ ...vm, STATE: '3', LCM_STATE: '3', PREV_STATE: '3', PREV_LCM_STATE: '3' });

const lists = extended('a0-list-extended/03');
const disks = extended('s-disks/29');
const gone = (id: number) => (state: State) => !state.images.some((image) => int(image, 'ID') === id);
/** So many records of its history: each backup opens one. */
const backedUp = (id: number, times: number) => (state: State) => {
  const vm = one(state.vms, id);
  return text(vm, 'LCM_STATE') === '3' && trees(vm, 'HISTORY_RECORDS/HISTORY').length === times + 1;
};
/** Of an image what does not change with the moment. */
const IMAGE = { of: 'IMAGE_POOL/IMAGE', but: 'NAME REGTIME MODTIME SOURCE SIZE' };

const as = (vm: Tree, id: string): Tree => ({ ...vm, ID: id });
/** A virtual machine before it was put into a job. */
const jobless = (id: number): Tree => ({ ...as(before('q-backup-jobs/08'), String(id)), BACKUPS: { BACKUP_CONFIG: {}, BACKUP_IDS: {} } });
const jobHas = (list: string, vms: string[]) => (state: State) => isDeepStrictEqual(ids(state.jobs[0] ?? {}, list), vms);
/** A cloud with that job and its two virtual machines, in which rounds come. */
const withJob = (name: string): State =>
  cloudWith([as(before('q-backup-jobs/11'), '0'), as(before('q-backup-jobs/11'), '1')], (state) => {
    scheduling(0)(state);
    state.jobs = [SECOND.shown(name, 'BACKUPJOB')];
    state.images = SECOND.listed('q-backup-jobs/12', 'IMAGE');
    state.nextId.images = 3;
    for (const vm of state.vms) (vm.BACKUPS as Tree).BACKUP_CONFIG = { BACKUP_JOB_ID: '0' };
  });

/** A template that was restored without its network. */
const RESTORED: Tree = {
  ...{ CPU: '0.1', DISK: { DEV_PREFIX: 'vd', IMAGE_ID: '3', PERSISTENT_SNAPSHOTS: 'YES' }, MEMORY: '64', OS: { MACHINE: 'q35' } },
  ...{ GRAPHICS: { LISTEN: '127.0.0.1', TYPE: 'VNC' }, SCHED_REQUIREMENTS: 'ID=1', VCPU: '1' },
};

const SCENARIOS: Record<string, Scenario> = {
  'lists, and what they leave out': {
    prior: cloudWith([SECOND.shown('a0-list-extended/07', 'VM'), one(lists, 1), SECOND.shown('a0-list-extended/02', 'VM')]),
    steps: ['a0-list-extended/02', 'a0-list-extended/03', 'a0-list-extended/04', 'a0-list-extended/07'],
  },
  'a backup that is due while its machine is held': {
    prior: cloudWith([before('a0-list-extended/02')], scheduling(18)),
    at: '15:45:54',
    steps: ['a0-list-extended/01 @15:45:54', ROUND, 'a0-list-extended/08'],
  },
  'a backup without room for it': {
    prior: cloudWith(extended('a0-list-extended/12'), (state) => {
      scheduling(66)(state);
      state.vms = state.vms.map((vm) => ({ ...vm, SCHED_ACTIONS: {} }));
      Object.assign(state.datastores[3] ?? {}, { FREE_MB: '200' });
    }),
    at: '16:53:53',
    steps: [
      ...['a0-list-extended/10 @16:53:41', ROUND, { part: 'a0-list-extended/11', of: 'VM/TEMPLATE/SCHED_ACTION' }],
      ...[{ part: 'a0-list-extended/12', of: 'VM_POOL/VM/SCHED_ACTIONS' }, { run: '! onevm list -x --extended | grep "<SCHED_ACTION>"' }],
    ],
  },
  'a repeating backup that ended before its start': {
    prior: cloudWith([before('a-recurring-end-passed/03-onevm-show-x')], scheduling(31)),
    at: '16:10:18',
    steps: [
      ...[HANGS, 'a-recurring-end-passed/01', ROUND, { part: 'a-recurring-end-passed/03-onevm-show-x', of: 'VM/TEMPLATE/SCHED_ACTION' }],
      'a-recurring-end-passed/04 @16:11:28',
    ],
  },
  'a repeating backup that ends after two': {
    prior: cloudWith([before('a-recurring-end-passed/12-onevm-show-x')], scheduling(33)),
    at: '16:12:48',
    steps: [
      ...[HANGS, 'a-recurring-end-passed/11', ROUND, { part: 'a-recurring-end-passed/13-onevm-show-x', of: 'VM/TEMPLATE/SCHED_ACTION' }],
      'a-recurring-end-passed/14 @16:13:50',
    ],
  },
  'a backup that is due while another runs': {
    prior: cloudWith([before('b-due-while-in-backup/03')], scheduling(35)),
    at: '16:17:48',
    steps: [
      ...[HANGS, 'b-due-while-in-backup/01', 'b-due-while-in-backup/02 @16:17:26', ROUND],
      ...[
        { part: 'b-due-while-in-backup/03', of: 'VM/TEMPLATE/SCHED_ACTION' },
        { part: 'b-due-while-in-backup/03', of: 'VM/LCM_STATE' },
      ],
    ],
  },
  'more backups than may run on a host': {
    prior: cloudWith(
      [0, 4, 5, 6].map((id) => before(`c-max-backups-host/02-onevm-show-x-${id}`)),
      scheduling(36),
    ),
    at: '16:20:18',
    steps: [
      HANGS,
      ...[0, 4, 5, 6].map((id, index) => `c-max-backups-host/01-onevm-backup-schedule-now-${id} @16:20:${['04', '06', '07', '08'][index]}`),
      ROUND,
      ...[0, 4].map((id) => ({ part: `c-max-backups-host/02-onevm-show-x-${id}`, of: 'VM/TEMPLATE/SCHED_ACTION' })),
      // The others were recorded once their turn had come.
      ...[5, 6].map((id) => ({ part: `c-max-backups-host/02-onevm-show-x-${id}`, of: 'VM/TEMPLATE/SCHED_ACTION', but: 'DONE' })),
      ...[5, 6].map((id) => ({ run: `onevm show -x ${id} | grep -z '<DONE>-1</DONE>[^/]*<MESSAGE/>'` })),
    ],
  },
  'too little room': {
    prior: cloudWith([running(one(lists, 0)), running(one(lists, 1))], (state) => {
      state.vms = state.vms.map((vm) => ({ ...vm, BACKUPS: { BACKUP_CONFIG: {}, BACKUP_IDS: {} } }));
      Object.assign(state.datastores[3] ?? {}, { FREE_MB: '230' });
    }),
    steps: [
      'i-no-space/01',
      { edit: (state) => Object.assign(state.datastores[3] ?? {}, SECOND.shown('i-no-space/02', 'DATASTORE')) },
      ...['i-no-space/02', 'i-no-space/03', 'i-no-space/04'],
    ],
  },
  'backups on hosts that are disabled, offline, or without drivers and libvirt': {
    prior: cloudWith([one(lists, 0), one(lists, 1)].map(running), (state) => {
      state.hosts[1] = SECOND.shown('k-host-states/01-disabled-onehost-show-x', 'HOST');
    }),
    steps: [
      ...[
        FAILS,
        'k-host-states/01-disabled-onehost-show-x',
        'k-host-states/01-disabled-onevm-backup',
        { until: is('vms', 1, 'LCM_STATE', '3') },
      ],
      { edit: (state) => (state.hosts[1] = SECOND.shown('k-host-states/02-offline-onehost-show-x', 'HOST')) },
      ...['k-host-states/02-offline-onehost-show-x', 'k-host-states/02-offline-onevm-backup', { until: is('vms', 1, 'LCM_STATE', '3') }],
      ...[
        'd-var-tmp-one-removed/02',
        { until: is('vms', 1, 'LCM_STATE', '3') },
        'd-var-tmp-one-removed/06',
        { until: is('vms', 1, 'LCM_STATE', '3') },
      ],
      ...[
        'e-libvirt-unusable/01',
        { until: is('vms', 1, 'LCM_STATE', '3') },
        'g-confinement/01-nice-onevm-backup',
        { until: is('vms', 0, 'LCM_STATE', '3') },
      ],
      ...['g-confinement/02-cpu-quota-onevm-backup', { until: is('vms', 0, 'LCM_STATE', '3') }, 'h-bridge-list/01-kvm02-onevm-backup'],
      ...[{ until: is('vms', 0, 'LCM_STATE', '3') }, 'h-bridge-list/02-nosuch-onevm-backup', { until: is('vms', 0, 'LCM_STATE', '3') }],
      ...['h-bridge-list/03-kvm01-onevm-backup', { until: is('vms', 0, 'LCM_STATE', '3') }],
      {
        edit: (state) => {
          state.hosts[1] = SECOND.shown('k-host-states/03-error-onehost-show-x', 'HOST');
          Object.assign(one(state.vms, 1), { LCM_STATE: '16', PREV_LCM_STATE: '16' });
        },
      },
      ...['k-host-states/03-error-onehost-show-x', 'k-host-states/03-error-onevm-backup'],
    ],
  },
  'disks that are kept, all or some, and no more backups than are to be': {
    prior: cloudWith([SECOND.shown('s-disks/04', 'VM')], (state) => {
      state.images = SECOND.listed('s-disks/06', 'IMAGE').filter((image) => text(image, 'ID') !== '5');
      state.nextId.images = 5;
    }),
    steps: [
      ...[WORKS, 's-disks/04', 's-disks/05', { until: backedUp(6, 1) }, { part: 's-disks/06', ...IMAGE }],
      ...['s-disks/07', 's-disks/08', { until: backedUp(6, 2) }, { part: 's-disks/09', ...IMAGE }],
      ...['s-disks/10', { part: 's-disks/11', of: 'VM/BACKUPS' }, 's-disks/12', { until: backedUp(6, 3) }, { until: gone(5) }],
      ...[
        's-disks/14',
        FAILS,
        's-disks/15',
        { until: backedUp(6, 4) },
        { part: 's-disks/16', of: 'VM/BACKUPS' },
        { part: 's-disks/17', ...IMAGE },
      ],
      ...['s-disks/18', { until: is('vms', 6, 'STATE', '6') }],
    ],
  },
  'a machine that is locked, and one that does not stop': {
    prior: cloudWith(disks.map(running), (state) => {
      state.vms = state.vms.map((vm) => ({ ...vm, BACKUPS: { BACKUP_CONFIG: {}, BACKUP_IDS: {} } }));
    }),
    steps: [
      ...[
        's-disks/20',
        's-disks/21',
        's-disks/23',
        's-disks/24',
        's-disks/25',
        { part: 's-disks/26', of: 'USER/DATASTORE_QUOTA' },
        's-disks/27',
        { part: 's-disks/29', of: 'VM_POOL/VM/LCM_STATE' },
      ],
      ...[{ part: 's-disks/29', of: 'VM_POOL/VM/HISTORY_RECORDS/HISTORY', but: 'REQUEST_ID' }, 's-disks/30', 's-disks/31 @17:06:10'],
    ],
  },
  'machines that begin': {
    prior: cloudWith([], (state) => {
      state.settings.MANAGER_TIMER = 0.1;
      state.images = [newImage(0, 'tiny', { size: 256, since: 0 })];
      Object.assign(state.nextId, { images: 1, templates: 2, vms: 2 });
    }),
    steps: [
      ...[withFiles, TAKES, 'r-vm-lifecycle/01', { part: 'r-vm-lifecycle/02', of: 'VMTEMPLATE/TEMPLATE' }, 'r-vm-lifecycle/03', runs(2)],
      ...born('r-vm-lifecycle/04'),
      ...['r-vm-lifecycle/05', ...made('r-vm-lifecycle/06'), 'r-vm-lifecycle/07', runs(3), ...born('r-vm-lifecycle/08')],
      ...['r-vm-lifecycle/14', 'r-vm-lifecycle/17', ROUND, { run: 'onevm show -x 4 | grep -z "<STATE>1</STATE>.*<SCHED_MESSAGE>"' }],
      // The one that was named has it; the other is on the first.
      { run: 'onehost show -x 1 | grep -A1 "<VMS>" | grep "<ID>2<" && onehost show -x 0 | grep -A1 "<VMS>" | grep "<ID>3<"' },
    ],
  },
  'a restored machine that begins': {
    prior: cloudWith([], (state) => {
      state.settings.MANAGER_TIMER = 0.1;
      state.images = [newImage(3, 'drill-disk-0', { size: 256, since: 0 })];
      state.templates = [{ ...newTemplate(3, 'drill', 0), TEMPLATE: RESTORED }];
      Object.assign(state.nextId, { vms: 5 });
    }),
    steps: [withFiles, TAKES, 'r-vm-lifecycle/22', runs(5), ...born('r-vm-lifecycle/23')],
  },
  'machines that end': {
    prior: cloudWith(
      ['04', '08'].map((name) => running(SECOND.shown(`r-vm-lifecycle/${name}`, 'VM'))),
      (state) => {
        const pending = { ...SECOND.shown('r-vm-lifecycle/06', 'VM'), ID: '4', STATE: '1' };
        state.vms.push(pending, { ...SECOND.shown('r-vm-lifecycle/23', 'VM'), STATE: '8', LCM_STATE: '0' });
        state.images = SECOND.listed('r-vm-lifecycle/26', 'IMAGE').slice(0, 3);
        state.images.push(newImage(3, 'drill-disk-0', { size: 256, since: 0 }));
        state.templates = [0, 1, 2].map((id) => newTemplate(id, `template ${id}`, 0));
        state.templates.push({ ...newTemplate(3, 'drill', 0), TEMPLATE: { DISK: { IMAGE_ID: '3' } } });
      },
    ),
    steps: [
      ...['r-vm-lifecycle/10', 'r-vm-lifecycle/11', { part: 'r-vm-lifecycle/12', of: 'VM/LCM_STATE' }],
      ...[{ until: is('vms', 3, 'STATE', '6') }, 'r-vm-lifecycle/19', { until: is('vms', 4, 'STATE', '6') }],
      ...['r-vm-lifecycle/24', 'r-vm-lifecycle/25', 'r-vm-lifecycle/27', { until: gone(3) }, { until: is('vms', 5, 'STATE', '6') }],
      // Two are gone from lists; the guest of the third does not listen.
      ...[{ part: 'r-vm-lifecycle/13', of: 'VM_POOL/VM/XXX' }, { run: 'onevm terminate --hard 2' }, { until: is('vms', 2, 'STATE', '6') }],
      { part: 'r-vm-lifecycle/16', of: 'VM/HISTORY_RECORDS/HISTORY', but: 'ETIME RETIME ESTIME EETIME REQUEST_ID' },
    ],
  },
  labels: {
    prior: cloudWith([SECOND.shown('r-vm-lifecycle/30', 'VM')], ({ vms: [vm = {}] }) => {
      const { LABELS: _labels, ...attributes } = vm.USER_TEMPLATE as Tree;
      vm.USER_TEMPLATE = attributes;
    }),
    steps: ['r-vm-lifecycle/28', 'r-vm-lifecycle/29', 'r-vm-lifecycle/30'],
  },
  'a chain restored without its network': {
    prior: cloudWith([], (state) => {
      state.images = SECOND.listed('r-vm-lifecycle/26', 'IMAGE');
      Object.assign(state.nextId, { images: 3, templates: 3 });
    }),
    steps: [onServer(one(SECOND.listed('r-vm-lifecycle/26', 'IMAGE'), 2), SECOND.shown('r-vm-lifecycle/23', 'VM')), 'r-vm-lifecycle/20'],
  },
  'a backup job that is made': {
    prior: cloudWith([jobless(0), jobless(1)]),
    steps: [
      ...[
        'q-backup-jobs/02',
        'q-backup-jobs/03',
        'q-backup-jobs/04',
        'q-backup-jobs/05',
        'q-backup-jobs/06-list-x',
        'q-backup-jobs/06-list',
      ],
      ...['q-backup-jobs/07-show-x', 'q-backup-jobs/07-show', { part: 'q-backup-jobs/08', of: 'VM/BACKUPS' }],
    ],
  },
  'a backup job that runs': {
    prior: cloudWith([before('q-backup-jobs/08'), as(before('q-backup-jobs/08'), '1')], (state) => {
      scheduling(0)(state);
      state.jobs = [SECOND.shown('q-backup-jobs/07-show-x', 'BACKUPJOB')];
      state.images = [newImage(0, 'tiny', { size: 256, since: 0, vms: ['0', '1'] })];
      state.nextId.images = 1;
    }),
    at: '16:59:22',
    steps: [
      ...[WORKS, 'q-backup-jobs/09', { until: jobHas('UPDATED_VMS', ['0', '1']) }],
      ...[
        { part: 'q-backup-jobs/10-show-x-after', of: 'BACKUPJOB', but: 'LAST_BACKUP_DURATION' },
        { part: 'q-backup-jobs/11', of: 'VM/BACKUPS/BACKUP_CONFIG', but: 'INCREMENTAL_BACKUP_ID' },
        { part: 'q-backup-jobs/12', of: 'IMAGE_POOL/IMAGE/TEMPLATE' },
      ],
      { run: 'test "$(onebackupjob list)" = "$(onebackupjob list | grep -v "  -  ")"' },
    ],
  },
  'a backup job that is scheduled': {
    prior: withJob('q-backup-jobs/10-show-x-after'),
    at: '16:59:49',
    steps: [
      ...['q-backup-jobs/10-show-x-after', 'q-backup-jobs/10-show-after', 'q-backup-jobs/13 @16:59:50', 'q-backup-jobs/14 @16:59:51'],
      ...['q-backup-jobs/15-show-x-scheduled', 'q-backup-jobs/15-show-scheduled @16:59:52'],
    ],
  },
  'a scheduled backup job whose time has come': {
    prior: withJob('q-backup-jobs/15-show-x-scheduled'),
    at: '16:59:55',
    steps: [
      ...[
        WORKS,
        { until: (state: State) => JSON.stringify(state.jobs).includes('"DONE":"1795885195"') && jobHas('UPDATED_VMS', ['0', '1'])(state) },
      ],
      { part: 'q-backup-jobs/16', of: 'BACKUPJOB', but: 'LAST_BACKUP_DURATION' },
    ],
  },
  'a backup job that fails, is tried again, and is deleted': {
    prior: withJob('q-backup-jobs/16'),
    at: '17:00:21',
    steps: [
      ...[FAILS, 'q-backup-jobs/17', { until: jobHas('ERROR_VMS', ['0', '1']) }],
      { edit: (state) => Object.assign(state.jobs[0] ?? {}, { LAST_BACKUP_DURATION: '9' }) },
      ...['q-backup-jobs/18 @17:00:35', WORKS, 'q-backup-jobs/20', { until: jobHas('UPDATED_VMS', ['0', '1']) }],
      { part: 'q-backup-jobs/21', of: 'BACKUPJOB', but: 'LAST_BACKUP_DURATION' },
      ...[
        'q-backup-jobs/22',
        'q-backup-jobs/23',
        'q-backup-jobs/24-lock',
        { run: '! onebackupjob retry 0 2> said && grep "BACKUPJOB is locked" said' },
      ],
      ...['q-backup-jobs/24-unlock', 'q-backup-jobs/25', 'q-backup-jobs/26', { run: '! onevm show -x 0 | grep BACKUP_JOB_ID' }],
    ],
  },
  'no backup jobs': { prior: cloudWith([]), steps: ['q-backup-jobs/01-list-empty-x', 'q-backup-jobs/01-list-empty', 'q-backup-jobs/25'] },
};

REPLAY.run(SCENARIOS);
REPLAY.readBackAll(/^(VM|HOST|DATASTORE|IMAGE|VMTEMPLATE|BACKUPJOB|USER)(_POOL)?$/);
REPLAY.rest(cloudWith([]));
