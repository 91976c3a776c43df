/** The contract, for OpenNebula 6.10.5: what the stand-in says when it speaks that release. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RELEASES, releaseNamed } from '../../../lab/opennebula/releases.ts';
import { freshCloud, newImage, type State } from '../../../lab/opennebula/state.ts';
import { idList, ids, int, type Tree, text, trees } from '../../../lab/opennebula/tree.ts';
import { Recordings } from './recordings.ts';
import { cloudWith, HANGS, is, onServer, Replay, ROUND, type Scenario, scheduling, unscheduled } from './replay.ts';

const OLDER = new Recordings('6.10.5/calls');
const TEMPLATE = {
  ...{ NAME: '"other"', TYPE: '"BACKUP_DS"', DS_MAD: '"rsync"', TM_MAD: '"-"' },
  ...{ RSYNC_USER: '"oneadmin"', RSYNC_HOST: '"backup01.example.net"' },
};
const template = (name: string, without: string): string =>
  Object.entries({ ...TEMPLATE, NAME: name })
    .filter(([attribute]) => attribute !== without)
    .map(([attribute, value]) => `${attribute} = ${value}\n`)
    .join('');
const FILES = {
  'ds_other.txt': template('"other"', ''),
  'nightly.txt':
    'NAME = "nightly"\nBACKUP_VMS = "0,1"\nDATASTORE_ID = "100"\nEXECUTION = "PARALLEL"\nKEEP_LAST = "4"\nMODE = "INCREMENT"\n',
  't_no_name.txt': template('"n"', 'NAME'),
  't_no_type.txt': template('"t"', 'TYPE'),
  't_no_dsmad.txt': template('"d"', 'DS_MAD'),
  't_no_tm.txt': template('"m"', 'TM_MAD'),
  't_no_user.txt': template('"u"', 'RSYNC_USER'),
  't_no_host.txt': template('"h"', 'RSYNC_HOST'),
};
const REPLAY = new Replay({ recordings: OLDER, date: '2026-11-28', files: FILES });

const older = (vms: Tree[], change: (state: State) => void = () => {}): State => cloudWith(vms, change, '6.10.5');

/** What a newer one has besides, and this one must not show. */
const newer = (tree: Tree): Tree => ({ ...tree, MODTIME: '1', PLAN_ID: '-1' });

/** A cloud as it is delivered, with one image. */
function fresh(change: (state: State) => void = () => {}): State {
  const state = freshCloud({ release: '6.10.5' });
  Object.assign(state.settings, { MONITORING_INTERVAL_DATASTORE: 0, MANAGER_TIMER: 0 });
  Object.assign(state.datastores[2] ?? {}, { TOTAL_MB: '258020', FREE_MB: '74734', USED_MB: '29165' });
  Object.assign(state.datastores[1] ?? {}, { TOTAL_MB: '258020', FREE_MB: '74694', USED_MB: '29205', IMAGES: idList(['0']) });
  change(state);
  return state;
}
const registered = (): State =>
  fresh((state) => {
    const stock = freshCloud({ release: '6.10.5', backupDatastore: { host: 'backup01.example.net' } });
    state.datastores.push({ ...stock.datastores[3], TOTAL_MB: '1946', FREE_MB: '1930', USED_MB: '1' });
    // The others had been looked at again.
    const shown = (id: number) => OLDER.listed('013', 'DATASTORE').find((one) => int(one, 'ID') === id) ?? {};
    for (const id of [1, 2])
      Object.assign(state.datastores[id] ?? {}, Object.fromEntries(['FREE_MB', 'USED_MB'].map((name) => [name, text(shown(id), name)])));
    state.nextId.datastores = 101;
  });

const extended = OLDER.listed('033', 'VM');
const scheduled = OLDER.shown('032', 'VM');
const full = OLDER.shown('041', 'IMAGE');
const tiny = newImage(0, 'tiny', { size: 256, since: 0, vms: ['0', '1'] });
const idle: Tree = { ...unscheduled(scheduled), BACKUPS: { BACKUP_CONFIG: {}, BACKUP_IDS: {} } };
const REFUSED = {
  ssh: `case "$*" in *backup01*) echo 'ssh: connect to host backup01.example.net port 22: Connection refused' >&2; exit 255;; esac; cat > /dev/null`,
};

const SCENARIOS: Record<string, Scenario> = {
  'a backup job': {
    prior: older([idle, { ...idle, ID: '1' }], scheduling(17)),
    at: '18:25:50',
    steps: [
      ...[{ ssh: "cat > /dev/null; echo '41 /staged /staged/disk.0.0'" }, '070', '071', '072', '073 @18:25:35'],
      ...[{ until: (state: State) => ids(state.jobs[0] ?? {}, 'UPDATED_VMS').length === 2 }],
      { part: '074', of: 'BACKUPJOB', but: 'LAST_BACKUP_DURATION' },
    ],
  },
  'datastores as they are delivered': { prior: fresh(), steps: ['010', '011'] },
  'the guide’s datastore, and others': {
    prior: registered(),
    steps: ['012', '013', '014', '015', '020', '021', '022', '023', '024', '025', '026', '027', '028'],
  },
  'a backup is scheduled': {
    prior: older([{ ...unscheduled(scheduled), HISTORY_RECORDS: scheduled.HISTORY_RECORDS ?? {} }, extended[1] ?? {}], (state) => {
      state.nextId.actions = 13;
    }),
    steps: ['031 @18:23:38', '032', '033'],
  },
  'backups that are refused, at once or later': {
    prior: older([OLDER.shown('035', 'VM')], scheduling(14)),
    at: '18:24:35',
    steps: [
      ...['050 @18:24:08', '051 @18:24:09', '052', '053 @18:24:11', '054', '055', '056', ROUND],
      ...[{ part: '057', of: 'VM/TEMPLATE/SCHED_ACTION' }, { part: '058', of: 'VM_POOL/VM/TEMPLATE/SCHED_ACTION' }, '059'],
    ],
  },
  images: {
    prior: older([], (state) => {
      state.images = [newer(tiny), newer(full), newer(OLDER.shown('042', 'IMAGE'))];
    }),
    steps: ['041', '042'],
  },
  'a backup is restored, and deleted': {
    prior: older([], (state) => {
      state.images = [tiny, full];
      Object.assign(state.nextId, { images: 11, templates: 5 });
    }),
    steps: [onServer(full, scheduled), '060', '061', '062', '064', { until: is('images', 9, 'STATE', undefined) }],
  },
  'a backup server that is down': {
    prior: older([idle]),
    at: '18:26:16',
    steps: [
      ...[REFUSED, '080', { until: is('vms', 0, 'LCM_STATE', '3') }, { part: '081', of: 'VM/USER_TEMPLATE/ERROR' }],
      {
        run: "grep -F '[I]: mkdir -p /var/lib/one/datastores/100/0/' 0.log | grep -F '/ERROR: make_dst_path:   [STDERR] \"ssh: connect to host'",
      },
      { run: "grep -F '[I]: Error making rsync dst path: ssh: connect to host' 0.log; ! grep -F '[E]: make_dst_path:   [STDERR]' 0.log" },
      { run: "grep -F '[E]: make_dst_path: Command failed:' 0.log; ! grep -F sbin 0.log" },
    ],
  },
  'what of its configuration and its host a newer one would have besides': {
    prior: older([idle], (state) => state.hosts.map((host) => Object.assign(host, { VMS: {} }))),
    steps: [
      HANGS,
      { run: 'echo \'BACKUP_CONFIG=[MODE="FULL",DISK_IDS="9",INTERACTIVE="YES"]\' | onevm updateconf 0' },
      { run: '! onevm show -x 0 | grep -e DISK_IDS -e INTERACTIVE -e PLAN_ID -e MACHINE -e PERSISTENT_SNAPSHOTS' },
      { run: 'onehost list -x | grep "<VERSION>.*6.10.5"; ! onehost list -x | grep -e TOTALCPU -e TOTALMEMORY' },
      {
        run: 'printf "NAME=x\\nTYPE=IMAGE_DS\\nDS_MAD=fs\\nTM_MAD=local\\n" > local; onedatastore create local 2>&1 | grep "TM_MAD named .local. is not defined"',
      },
    ],
  },
};

REPLAY.run(SCENARIOS);
REPLAY.readBackAll(/^(VM|HOST|DATASTORE|IMAGE|VMTEMPLATE|BACKUPJOB)(_POOL)?$/);
REPLAY.rest(older([]));

test('a release that is not spoken is refused, with those that are', () => {
  assert.throws(() => releaseNamed('5.12'), { message: `no release '5.12' of OpenNebula, but: ${Object.keys(RELEASES).join(', ')}` });
  assert.throws(() => releaseNamed('constructor'));
  assert.equal(trees(freshCloud({ release: releaseNamed('6.10.5'), hosts: ['kvm01'] }).hosts[0] ?? {}, 'TEMPLATE')[0]?.VERSION, '6.10.5');
});
