/**
 * The contract: for each recording of a real OpenNebula 7.4.0 a cloud is brought into the state the recording was made
 * in, the recorded call is made, and stdout, stderr and exit code are compared, to the letter.
 *
 * A prior state comes from a stock cloud, from earlier calls, and from objects read back from sibling `-x` recordings,
 * with the volatile values of the moment (times, capacities, monitoring, ids of images). It never holds rendered text.
 */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { freshCloud, monitored, newHost, newImage, type State } from '../../../lab/opennebula/state.ts';
import { idList, int, type Tree, text, trees } from '../../../lab/opennebula/tree.ts';
import { CALLS, recording, shown } from './recordings.ts';
import { is, Replay, type Scenario, type Step } from './replay.ts';

/** The epoch of a moment on the day the recordings were made. */
const at = (clock: string): number => Date.parse(`2026-11-23T${clock}Z`) / 1000;

// ---------------------------------------------------------------------------------------------- prior states

/** A stock cloud that never looks at its datastores by itself: their capacity is part of the prior state. */
function quietCloud(change: (state: State) => void = () => {}): State {
  const state = freshCloud({ since: at('04:50:00') });
  state.settings.MONITORING_INTERVAL_DATASTORE = 0;
  state.settings.MANAGER_TIMER = 0;
  setCapacity(state, [1, 2], 258020, 78264, 25634);
  change(state);
  return state;
}

function setCapacity(state: State, ids: number[], total: number, free: number, used: number): void {
  for (const datastore of state.datastores.filter((candidate) => ids.includes(int(candidate, 'ID')))) {
    Object.assign(datastore, { TOTAL_MB: String(total), FREE_MB: String(free), USED_MB: String(used) });
  }
}

function setImages(state: State, id: number, images: number[]): void {
  const datastore = state.datastores.find((candidate) => int(candidate, 'ID') === id);
  if (datastore) datastore.IMAGES = idList(images.map(String));
}

function addBackupDatastore(state: State): void {
  state.datastores.push(shown('073', 'DATASTORE'));
  state.nextId.datastores = 101;
}

/** A copy of a tree with values at some paths replaced; `undefined` takes an element out. */
function changed(tree: Tree, values: Record<string, Tree[string] | undefined>): Tree {
  const copy = structuredClone(tree);
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('/');
    const last = names.pop() ?? '';
    const parent = names.length > 0 ? trees(copy, names.join('/'))[0] : copy;
    assert.ok(parent, `no ${path}`);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return copy;
}

const vm0 = shown('200-vm-show-before-x', 'VM');
const vm1 = changed(vm0, {
  ID: '1',
  NAME: 'vm1',
  DEPLOY_ID: '0c8c0cf4-24d1-485b-b96f-7027483b45bd',
  'TEMPLATE/GRAPHICS/PORT': '5901',
  'USER_TEMPLATE/SCHED_REQUIREMENTS': 'ID=1',
  'HISTORY_RECORDS/HISTORY/OID': '1',
  'HISTORY_RECORDS/HISTORY/HID': '1',
  'HISTORY_RECORDS/HISTORY/HOSTNAME': 'kvm02.example.net',
});
const held = changed(vm0, { ID: '2', NAME: 'vm2hold', STATE: '2', LCM_STATE: '0', STIME: String(at('05:17:24')), HISTORY_RECORDS: {} });

const vm3Start = at('05:17:28');
const vm3 = changed(vm0, {
  ID: '3',
  NAME: 'vm3',
  STATE: '8',
  LCM_STATE: '0',
  STIME: String(at('05:17:26')),
  DEPLOY_ID: '0db82f0f-170f-446b-924a-2dda078e20cf',
  MONITORING: { DISK_SIZE: { ID: '0', SIZE: '41' }, ID: '3', TIMESTAMP: String(at('05:18:18')) },
  'TEMPLATE/GRAPHICS/PORT': '5903',
  'TEMPLATE/OS/UUID': '0db82f0f-170f-446b-924a-2dda078e20cf',
  'TEMPLATE/VMID': '3',
  'HISTORY_RECORDS/HISTORY/OID': '3',
  'HISTORY_RECORDS/HISTORY/STIME': String(vm3Start),
  'HISTORY_RECORDS/HISTORY/PSTIME': String(vm3Start),
  'HISTORY_RECORDS/HISTORY/PETIME': String(vm3Start + 2),
});
const vm3First = trees(vm3, 'HISTORY_RECORDS/HISTORY')[0] ?? {};
const vm3Backup = { ...vm3First, ACTION: '50', UID: '0', GID: '0', REQUEST_ID: '7387', ETIME: String(at('05:18:45')) };
const vm3Then = { ...vm3First, SEQ: '1', ACTION: '20', STIME: String(at('05:18:45')), PSTIME: '0', PETIME: '0' };
const vm3BackingUp = changed(vm3, {
  STATE: '3',
  LCM_STATE: '70',
  HISTORY_RECORDS: { HISTORY: [vm3Backup, vm3Then] },
  'BACKUPS/BACKUP_CONFIG': { LAST_DATASTORE_ID: '100' },
});
/** vm0 after its first backup, its action still to be done. */
const action0 = trees(shown('204', 'VM'), 'TEMPLATE/SCHED_ACTION')[0] ?? {};
const vm0Scheduled = changed(vm0, {
  SCHED_ACTIONS: { ID: '0' },
  'TEMPLATE/SCHED_ACTION': { ...action0, DONE: '-1' },
  'MONITORING/CPU': '1.04',
  'MONITORING/TIMESTAMP': String(at('05:00:31')),
});

const withVms =
  (...vms: Tree[]) =>
  (state: State): void => {
    state.vms = vms;
  };

const BACKUP = { ID: '100', NAME: 'rsync Backups' };
const onBackup = (id: number, name: string, size: number, vm: number): Tree =>
  newImage(id, name, { size, since: at('05:00:46'), backup: { datastore: BACKUP, disks: ['0'] }, vms: [String(vm)], source: '5de970' });
const restored = (id: number, name: string): Tree =>
  newImage(id, name, { size: 256, since: at('05:07:00'), template: { DEV_PREFIX: 'sd', FROM_BACKUP_DS: '100' } });
const tiny = (...vms: number[]): Tree => newImage(0, 'tiny', { size: 256, since: at('04:59:30'), vms: vms.map(String) });

const image4 = changed(restored(4, '0-5de970-disk-0'), {
  SOURCE: '/var/lib/one//datastores/1/10373cb9830d785c940b9da16757a23b',
  PATH: 'rsync://100//0:5de970/var/lib/one/datastores/100/0/5de970/disk.0.0',
});
const image3Flattened = changed(shown('254', 'IMAGE'), {
  SIZE: '47',
  BACKUP_INCREMENTS: {
    INCREMENT: [
      { DATE: '1795410287', ID: '1', PARENT_ID: '-1', SIZE: '43', SOURCE: 'eff4d3', TYPE: 'FULL' },
      { DATE: '1795410308', ID: '2', PARENT_ID: '1', SIZE: '2', SOURCE: '3055af', TYPE: 'INCREMENT' },
      { DATE: '1795410361', ID: '3', PARENT_ID: '2', SIZE: '2', SOURCE: '7b766b', TYPE: 'INCREMENT' },
    ],
  },
});
const backups012 = [onBackup(1, '0 23-Nov 05.00.46', 42, 0), onBackup(2, '0 23-Nov 05.02.35', 42, 0), image3Flattened];
const restored567 = [restored(5, '1-7b766b-disk-0'), restored(6, 'restored vm1-disk-0'), restored(7, 'onlydisk-disk-0')];
const image9 = onBackup(9, '3 23-Nov 05.18.48', 42, 3);
const image2 = changed(shown('355', 'IMAGE'), { STATE: '1', PREV_STATE: '1', 'TEMPLATE/ERROR': undefined });

// ---------------------------------------------------------------------------------------------- templates

const RSYNC = {
  NAME: '"rsync Backups"',
  TYPE: '"BACKUP_DS"',
  DS_MAD: '"rsync"',
  TM_MAD: '"-"',
  RSYNC_USER: '"oneadmin"',
  RSYNC_HOST: '"backup01.example.net"',
};
const template = (changes: Partial<Record<keyof typeof RSYNC, string | undefined>> = {}): string =>
  Object.entries({ ...RSYNC, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');

const FILES: Record<string, string> = {
  'tiny.tmpl': 'NAME=tiny\nCPU=0.1\nMEMORY=64\nVCPU=1\nDISK=[IMAGE=tiny,IMAGE_UNAME=oneadmin]\nGRAPHICS=[TYPE=VNC,LISTEN="127.0.0.1"]\n',
  'ds_rsync_backup.txt': template(),
  't_no_host.txt': template({ NAME: '"bk no host"', RSYNC_HOST: undefined }),
  't_no_user.txt': template({ NAME: '"bk no user"', RSYNC_USER: undefined }),
  't_no_tm.txt': template({ NAME: '"bk no tm"', TM_MAD: undefined }),
  't_bad_tm.txt': template({ NAME: '"bk bad tm"', TM_MAD: '"ssh"' }),
  't_no_dsmad.txt': template({ NAME: '"bk no dsmad"', DS_MAD: undefined }),
  't_bad_dsmad.txt': template({ NAME: '"bk bad dsmad"', DS_MAD: '"rsyncd"' }),
  't_wrong_type.txt': template({ NAME: '"bk wrong type"', TYPE: '"BACKUP"' }),
  't_no_name.txt': template({ NAME: undefined }),
  't_syntax.txt': 'NAME = "bk syntax err\nTYPE = "BACKUP_DS"\n',
  't_syntax2.txt': 'NAME = "bk syntax2", TYPE = "BACKUP_DS"\n',
  't_unquoted_dash.txt': template({ NAME: 'bk_unquoted', TM_MAD: '-', RSYNC_HOST: 'backup01.example.net' }),
  't_lower.txt': template({ NAME: '"bk lower type"', TYPE: '"backup_ds"' }),
  't_unreach.txt': template({ NAME: '"bk unreachable"', RSYNC_HOST: '"nosuchhost.example.net"' }),
  't_dead.txt': template({ NAME: '"bk dead"', RSYNC_HOST: '"dead.example.net"' }),
  'race2.txt': template({ NAME: 'race2' }),
  'race3.txt': template({ NAME: 'race3' }),
  'race4.txt': template({ NAME: 'race4' }),
  'empty.txt': '',
  alice_auth: 'alice:pw\n',
};

const REPLAY = new Replay({ recordings: CALLS, date: '2026-11-23', files: FILES });

// ---------------------------------------------------------------------------------------------- scenarios

/** A cloud with backups and room for what they are restored to, which gets these ids. */
const restorable = (images: Tree[], nextImage: number, nextTemplate: number): State =>
  quietCloud((state) => {
    addBackupDatastore(state);
    state.images = images;
    Object.assign(state.nextId, { images: nextImage, templates: nextTemplate });
  });

/** A backup server with these files and a vm.xml beside each; disks are restored into the cloud's own directory. */
const onServer = (...files: string[]): Step => ({
  edit: (state, cloud) => {
    Object.assign(state.datastores[1] ?? {}, { BASE_PATH: `${cloud.dir}/images` });
    cloud.backupServer();
    for (const file of files) {
      cloud.file(`server/100/${file}`, 'a disk');
      cloud.file(`server/100/${dirname(file)}/vm.xml`, Buffer.from(recording('200-vm-show-before-x').stdout).toString('base64'));
    }
  },
});
const REFUSED = { ssh: `printf 'ssh: connect to host backup01.example.net port 22: Connection refused\\r\\n' >&2; exit 255` };
/** A server that takes its time. */
const HANGS = { ssh: 'exec sleep 60' };
const runs = (id: number) => ({ until: is('vms', id, 'LCM_STATE', '3') });

/** A cloud whose virtual machines may be backed up to datastore 100, as far as oned knows. */
const backupCloud = (...vms: Tree[]): State =>
  quietCloud((state) => {
    addBackupDatastore(state);
    state.vms = vms;
    state.users.push({ id: 2, name: 'alice', password: 'pw' });
  });
const vm1Incremental = changed(vm1, {
  'BACKUPS/BACKUP_CONFIG': { INCREMENTAL_BACKUP_ID: '-1', KEEP_LAST: '3', LAST_INCREMENT_ID: '-1', MODE: 'INCREMENT' },
});

const SCENARIOS: Record<string, Scenario> = {
  'machines whose disk cannot be brought to their host': {
    prior: quietCloud((state) => {
      state.settings.MANAGER_TIMER = 0.1;
      state.hosts = ['kvm01.example.net', 'kvm02.example.net'].map((name, id) => monitored(newHost(id, name), at('04:50:00'), '7.4.0'));
      state.images = [newImage(0, 'tiny', { size: 256, since: at('04:50:00') })];
      state.nextId.images = 1;
    }),
    steps: [
      ...[
        '101',
        '103',
        { until: is('vms', 0, 'LCM_STATE', '39') },
        { part: '105', of: 'VM/HISTORY_RECORDS/HISTORY', but: 'HOSTNAME HID STIME PSTIME' },
      ],
      ...[
        { part: '105', of: 'VM/TEMPLATE', but: 'DISK OS' },
        { run: 'onevm show -x 0 | grep "<ERROR>.*Error executing image transfer script: "' },
        '106',
        { until: is('vms', 0, 'STATE', '6') },
        '107',
      ],
    ],
  },
  'backups scheduled, begun, refused': {
    prior: backupCloud(vm0),
    steps: [
      ...['234', '330', '332', '202 @05:00:33', HANGS, '220', '221', '222', '223', '225', '226 @05:02:53', '227', '228 @05:02:53'],
      ...[{ run: 'onevm backup --schedule now 0' }, '230', '238', '239', '240'],
    ],
  },
  'backups of a virtual machine that keeps increments, and of one on a disabled host': {
    prior: backupCloud(vm0, vm1Incremental),
    steps: ['404', '250', runs(1), '251 @05:04:35', '252', runs(1), '256', runs(1), '406'],
  },
  'backups without room, or of virtual machines that do not run': {
    prior: backupCloud(vm0, vm1, held, vm3),
    steps: [
      ...['322 @05:17:25', { run: 'onedatastore create t_dead.txt' }, '314', '342', { until: is('vms', 3, 'LCM_STATE', '0') }, '446'],
      ...[{ edit: (state: State) => setCapacity(state, [100], 258020, 0, 258020) }, '327', '329'],
    ],
  },
  'a backup that hangs, and is cancelled': {
    prior: backupCloud(vm0),
    steps: [HANGS, '370', { until: is('vms', 0, 'LCM_STATE', '69') }, '372'],
  },
  'backups to datastores that were just created': {
    prior: (() => {
      const state = backupCloud(vm0);
      state.settings.MONITORING_INTERVAL_DATASTORE = 3600;
      state.nextId.datastores = 104;
      return state;
    })(),
    steps: [
      ...[{ ssh: "echo '/dev/vda 258020M 26733M 77165M 26% /'" }, '430-race2', runs(0)],
      ...[{ ssh: "echo '/dev/vda 258020M 26774M 77125M 26% /'" }, '430-race3', runs(0)],
      ...[{ ssh: "echo '/dev/vda 258020M 26814M 77084M 26% /'" }, '430-race4'],
    ],
  },
  'hosts that cannot be monitored': {
    prior: quietCloud(),
    at: '04:52:32',
    steps: ['201', '001', '002', { until: (cloud) => [0, 1].every((id) => is('hosts', id, 'STATE', '3')(cloud)) }, '010'],
  },
  'the guide’s datastore, and others': {
    prior: quietCloud(),
    steps: [
      ...['020', '021', { edit: (state: State) => setCapacity(state, [100], 258020, 78224, 25675) }, '022', '030', '031', '032', '033'],
      ...[{ run: 'onedatastore create t_bad_tm.txt' }, '035', '036', '037', '039', '040', '041', '042'],
      ...[{ run: 'onedatastore create t_lower.txt' }, '045', '046', '050', '051'],
      ...[{ edit: (state: State) => setCapacity(state, [101, 102, 103, 104], 258020, 78161, 25737) }, '052', '060', '061', '062'],
      ...['063', '064', '072', '073', '075', '076', '077', '079', '080', '081', '082', '083', '084', { stockAuth: '087' }, '088', '089'],
    ],
  },
  'virtual machines that come up, and a backup that has not begun': {
    prior: quietCloud(withVms(shown('105', 'VM'))),
    steps: [
      '104 @04:56:45',
      { edit: withVms(changed(shown('105', 'VM'), { ID: '1', NAME: 'vm1', LCM_STATE: '2' })) },
      '108 @04:56:40',
      { edit: (state) => Object.assign(state.vms[0] ?? {}, { LCM_STATE: '39' }) },
      '109 @04:56:45',
      { edit: withVms(vm0Scheduled, vm1) },
      ...[1, 2, 3, 4, 5, 6].map((n) => `203-onevm-list-during-${n} @05:00:34`),
    ],
  },
  'after the first backup': {
    prior: quietCloud((state) => {
      state.vms = [shown('204', 'VM'), vm1];
      state.images = CALLS.listed('209-oneimage-list-x', 'IMAGE');
      state.datastores.push(shown('214', 'DATASTORE'));
      setImages(state, 1, [0]);
    }),
    steps: ['204', '206', '209-oneimage-list-x', '211', '213', '214', '215'],
  },
  'a small datastore, and two without a server': {
    prior: quietCloud((state) => {
      addBackupDatastore(state);
      setCapacity(state, [100], 16, 16, 0);
      setImages(state, 100, [1, 2, 3, 8]);
      setImages(state, 1, [0, 4, 5, 6, 7]);
    }),
    steps: [
      ...['300-ds', '300b', '310', '311', { edit: (state: State) => setCapacity(state, [100], 258020, 76968, 26930) }],
      ...['312-ds', '313-ds', '313b', '315', '316', { edit: (state: State) => setCapacity(state, [100], 0, 0, 0) }, '340', '347'],
    ],
  },
  'virtual machines held and powered off': {
    prior: quietCloud(withVms(vm0, vm1, held, changed(vm3, { STATE: '3', LCM_STATE: '3' }))),
    steps: [
      ...[
        '324',
        { until: is('vms', 3, 'STATE', '8') },
        '325 @05:18:00',
        '326',
        '328',
        { edit: (state: State) => state.vms.splice(3, 1, vm3BackingUp) },
        '343-onevm @05:18:47',
      ],
      { edit: (state) => state.vms.splice(3, 1, changed(vm3BackingUp, { STATE: '8', LCM_STATE: '0' })) },
      ...[
        '344',
        { until: is('vms', 3, 'STATE', '9') },
        '345 @05:19:10',
        { edit: (state: State) => Object.assign(state.vms[0] ?? {}, { LCM_STATE: '69' }) },
      ],
      ...['371 @05:21:00', '373 @05:21:05', { edit: (state: State) => Object.assign(state.vms[0] ?? {}, { LCM_STATE: '3' }) }],
      '375 @05:22:00',
    ],
  },
  'restored backups': {
    prior: restorable([tiny(0, 1), ...backups012], 4, 2),
    steps: [
      onServer('0/5de970/disk.0.0', '1/eff4d3/disk.0.1', '1/3055af/disk.0.2', '1/7b766b/disk.0.3'),
      ...['277', '274', '275', '276', '261', '270', '271', '273'],
      { until: ({ images }) => images.length === 7 && images.slice(4).every((image) => text(image, 'STATE') !== '4') },
      ...[REFUSED, '356'],
    ],
  },
  'a backup without its first disk, restored': {
    prior: restorable([tiny(0, 1), changed(image3Flattened, { SIZE: '49' })], 13, 7),
    steps: [onServer('1/eff4d3/disk.0.1', '1/3055af/vm.xml', '1/7b766b/disk.0.3'), '400'],
  },
  'deleted images': {
    at: '05:19:11',
    prior: quietCloud((state) => {
      addBackupDatastore(state);
      const image8 = onBackup(8, '0 23-Nov 05.13.02', 42, 0);
      state.images = [tiny(0, 1, 3), backups012[0] ?? {}, image2, image3Flattened, image4, ...restored567, image8, image9];
      setImages(state, 100, [1, 2, 3, 8, 9]);
    }),
    steps: [
      ...[onServer('0/5de970/disk.0.0', '0/d1f42d/disk.0.0'), '350', { until: is('images', 8, 'STATE', undefined) }],
      ...[REFUSED, '353', { until: is('images', 2, 'STATE', '5') }, '355'],
      ...[onServer(), '358', { until: is('images', 2, 'STATE', undefined) }],
    ],
  },
  'hosts on, disabled, offline, unknown': {
    at: '05:20:23',
    prior: quietCloud((state) => {
      state.hosts = CALLS.listed('381', 'HOST');
      state.nextId.hosts = 2;
    }),
    steps: [
      ...[{ ssh: 'case "$1" in nosuch*) exit 255;; esac' }, '381', '384', '386', '387', '390', { until: is('hosts', 1, 'STATE', '2') }],
      ...['392', { until: is('hosts', 2, 'STATE', '3') }, '395', '403', '405'],
    ],
  },
  'users, and no file that tells who calls': {
    prior: quietCloud((state) => {
      addBackupDatastore(state);
      setImages(state, 100, [1, 3, 9, 10, 14, 15]);
      setImages(state, 1, [0, 4, 5, 6, 7, 11, 12, 13]);
    }),
    steps: ['443', '444', '445', { stockAuth: '447' }],
  },
};

REPLAY.run(SCENARIOS);
REPLAY.readBack('105', '200-vm-show-before-x', '236', '254', '352', '374', '376', '402');
REPLAY.rest(backupCloud(vm0, vm1));
