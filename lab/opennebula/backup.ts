/** Backups of virtual machines: who may start one, what its drivers run on the other machines, and what it leaves behind. */
import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import { type Call, type Cloud, oneadmin, requireAdminOf } from './cloud.ts';
import { availableMb } from './datastores.ts';
import { description } from './description.ts';
import { backupDisks, chosenDisks } from './disks.ts';
import { backupFolder, backupServer, remote } from './drivers.ts';
import { flatten } from './flatten.ts';
import { backupName, now } from './format.ts';
import { dropImage } from './images.ts';
import { backupEnded } from './jobs.ts';
import { requireQuota } from './quotas.ts';
import { release } from './releases.ts';
import { newImage, ownership, type User } from './state.ts';
import { stateOf } from './states.ts';
import { withAttributes } from './template.ts';
import { find, idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';
import { type Failure, templateError, writeVmLog } from './vmlog.ts';
import { doneBy, setState } from './vms.ts';

const BACKUP_DATASTORE = '3';

/** What a transfer to the backup server made: the folder's name, the size in MB. */
interface Transferred {
  source: string;
  size: string;
}

const cancels = new Map<Tree, () => void>();

const config = (vm: Tree, name: string) => text(vm, `BACKUPS/BACKUP_CONFIG/${name}`);
const lastIncrement = (vm: Tree) => Number(config(vm, 'LAST_INCREMENT_ID') || -1);

/** Changes how backups are made; what is known of a backup only while it runs goes, unless it is among the changes. */
function setConfig(vm: Tree, changes: Record<string, string>): void {
  const backups = vm.BACKUPS as Tree;
  const { LAST_DATASTORE_ID: _datastore, LAST_BRIDGE: _bridge, ...rest } = backups.BACKUP_CONFIG as Tree;
  backups.BACKUP_CONFIG = withAttributes(rest, changes);
}

/** The host that a datastore has transfers run on, if it names any. Source: Datastore::bridge. */
function bridgeOf(datastore: Tree, vmId: number): string | undefined {
  if (!release().bridges) return undefined;
  const list = text(datastore, 'TEMPLATE/BRIDGE_LIST').split(/\s+/).filter(Boolean);
  return list[vmId % list.length];
}

/** Whether the next backup is an increment of one there is. */
const chained = (vm: Tree, reset: boolean): boolean => config(vm, 'MODE') === 'INCREMENT' && !reset && lastIncrement(vm) !== -1;

/** A chain of increments stays in the datastore where it began. */
function targetOf(cloud: Cloud, vm: Tree, datastoreId: number, reset: boolean): Tree {
  const image = chained(vm, reset) ? cloud.get('images', Number(config(vm, 'INCREMENTAL_BACKUP_ID'))) : undefined;
  return cloud.get('datastores', image ? int(image, 'DATASTORE_ID') : datastoreId);
}

/** Starts a backup, after the checks and in the order of OpenNebula's; what becomes of it shows in the virtual machine. */
export function startBackup({ cloud, user }: Call, vmId: number, datastoreId: number, reset: boolean): void {
  const vm = cloud.get('vms', vmId);
  const datastore = targetOf(cloud, vm, datastoreId, reset);
  if (text(datastore, 'TYPE') !== BACKUP_DATASTORE) throw new OneError('Datastore needs to be of type BACKUP');
  // Not what the disks take, but what they may grow to.
  const size = backupDisks(vm).reduce((sum, disk) => sum + int(disk, 'SIZE'), 0);
  if (availableMb(datastore) < size) throw new OneError('Not enough free space on target datastore');
  requireAdminOf(user, 'VM', vm);
  requireQuota({ cloud, user }, vm, datastore, { SIZE: size, IMAGES: chained(vm, reset) ? 0 : 1 });
  const refuse = (why: string) => new OneError(`Could not create a new backup for VM ${vmId}, ${why}`);
  if (config(vm, 'ACTIVE_FLATTEN') === 'YES') throw refuse('consolidating backup increments');
  const state = stateOf(vm).long;
  const runs = state === 'RUNNING';
  if (!runs && state !== 'POWEROFF') throw refuse(`wrong state ${state}.`);

  setState(vm, runs ? 'BACKUP' : 'BACKUP_POWEROFF');
  const bridge = bridgeOf(datastore, vmId);
  setConfig(vm, {
    LAST_DATASTORE_ID: text(datastore, 'ID'),
    ...(bridge && { LAST_BRIDGE: bridge }),
    ...(reset && { LAST_INCREMENT_ID: '-1', INCREMENTAL_BACKUP_ID: '-1' }),
  });
  addHistory(vm, user, runs);
  void backUp(cloud, vm, datastore, runs);
}

/** Closes the last record of the history as a backup, and opens a copy of it. */
function addHistory(vm: Tree, user: User, runs: boolean): void {
  const records = trees(vm, 'HISTORY_RECORDS/HISTORY');
  const last = records.at(-1);
  if (!last) return;
  const time = String(now());
  const next = {
    ...last,
    SEQ: String(int(last, 'SEQ') + 1),
    ...{ STIME: time, PSTIME: '0', PETIME: '0', RSTIME: runs ? time : '0', RETIME: '0' },
    ...{ UID: '-1', GID: '-1', REQUEST_ID: '-1' },
  };
  Object.assign(last, { ETIME: time, ...(runs && { RETIME: time }), ...doneBy(user, 'backup') });
  vm.HISTORY_RECORDS = { HISTORY: [...records, next] };
}

/** Asks a running backup to end. Like OpenNebula's it waits for the backup server, for ever if it must. */
export function cancelBackup({ cloud, user }: Call, vmId: number): void {
  const vm = cloud.get('vms', vmId);
  requireAdminOf(user, 'VM', vm);
  if (!stateOf(vm).long.startsWith('BACKUP')) {
    throw new OneError(`Could not cancel backup for VM ${vmId}, no backup in progress`);
  }
  cancels.get(vm)?.();
}

/** Ends, as failed, what a killed oned left behind: its drivers died with it. */
export function endInterrupted(cloud: Cloud): void {
  for (const vm of cloud.state.vms) {
    const state = stateOf(vm).long;
    if (state.startsWith('BACKUP')) fail(cloud, vm, state === 'BACKUP', 'BACKUP: oned was restarted during the backup');
    if (config(vm, 'ACTIVE_FLATTEN') === 'YES') {
      const image = cloud.state.images.find((one) => text(one, 'ID') === config(vm, 'INCREMENTAL_BACKUP_ID'));
      if (image) Object.assign(image, { STATE: '1', PREV_STATE: '1' });
      setConfig(vm, { ACTIVE_FLATTEN: 'NO' });
    }
  }
  cloud.save();
}

/** Where a backup takes place, and how its drivers are called. */
interface Job {
  vm: Tree;
  datastore: Tree;
  host: string;
  /** Where the staged files are sent from: the host, unless the datastore names bridges. */
  sender: string;
  /** The virtual machine's folder on its host. */
  folder: string;
  /** `:`-separated, as the drivers take them. */
  disks: string;
  /** `_live` when it runs. */
  suffix: string;
  /** Where the host has OpenNebula's scripts. */
  scripts: string;
  /** A driver's program with its arguments. */
  command: (program: string) => string;
}

function jobOf(cloud: Cloud, vm: Tree, datastore: Tree, runs: boolean): Job {
  const history = trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {};
  const host = text(history, 'HOSTNAME');
  const system = cloud.get('datastores', int(history, 'DS_ID'));
  const folder = `${text(system, 'BASE_PATH')}/${text(vm, 'ID')}`;
  const disks = backupDisks(vm)
    .map((disk) => text(disk, 'DISK_ID'))
    .join(':');
  const args = `${host}:${folder} ${disks} ${text(vm, 'DEPLOY_ID')} - ${text(vm, 'ID')} ${text(history, 'DS_ID')}`;
  const command = (program: string) => `/var/lib/one/remotes/${program} ${args}`;
  const sender = bridgeOf(datastore, int(vm, 'ID')) ?? host;
  return { vm, datastore, host, sender, folder, disks, suffix: runs ? '_live' : '', scripts: cloud.scripts, command };
}

/** A word for a shell as Ruby's Shellwords writes it. */
const escaped = (word: string) => word.replaceAll(/[^\w.,:+/@\n-]/g, '\\$&');

/** A command as a datastore's template confines it on the host. Source: tm_mad/lib/datastore.rb, cmd_confinement. */
function confined(datastore: Tree, command: string): string {
  const value = (name: string, unit = '') => {
    const set = release().confinement.includes(`RSYNC_${name}`) ? text(datastore, `TEMPLATE/RSYNC_${name}`) : '';
    return set && set + unit;
  };
  const [nice, ionice] = [value('NICE'), value('IONICE')];
  const wrapped = `${ionice && `ionice -c2 -n ${ionice} `}${nice && `nice -n ${nice} `}${command}`;
  const limits = {
    CPUQuota: value('CPU_QUOTA', '%'),
    MemoryMax: value('MEMORY_MAX_MB', 'M'),
    IOReadIOPSMax: value('MAX_RIOPS'),
    IOWriteIOPSMax: value('MAX_WIOPS'),
  };
  if (Object.values(limits).every((limit) => limit === '')) return wrapped;
  const slice = `backup.${text(datastore, 'ID')}.slice`;
  const lines = Object.entries(limits).map(([name, limit]) => `${name}=${limit}\n`);
  return `mkdir -p ~/.config/systemd/user

(flock -w 180 13 || exit 1
 echo '[Slice]
${lines.join('')}' > ~/.config/systemd/user/${slice}
 systemctl --user daemon-reload
) 13> ~/.config/systemd/user/.lock

systemd-run --user --quiet --pipe --collect --wait  --slice=${slice} ${release().confinesByShell ? `bash -c ${escaped(wrapped)}` : wrapped}

`;
}

const RULE = `# ${'-'.repeat(34)}`;
const LONG_RULE = `# ${'-'.repeat(38)}`;

/** What stages the disks on the host. */
function prebackupScript({ vm, datastore, folder, disks, suffix, scripts }: Job): string {
  const live = suffix === '' ? '' : ' live';
  const stage = `${scripts}/tm/lib/backup_qcow2.rb${live && ' -l'} -d "${disks}" -x ${folder}/backup/vm.xml -p ${folder}`;
  return `set -ex -o pipefail

${RULE}
# Prepare the tmp and backup folders
${RULE}
[ -d ${folder}/tmp ] && rm -rf ${folder}/tmp

[ -d ${folder}/backup ] && rm -rf ${folder}/backup

mkdir -p ${folder}/tmp

mkdir -p ${folder}/backup

echo "${description(vm)}
" > ${folder}/backup/vm.xml

${LONG_RULE}
# Save TPM state
${LONG_RULE}


${LONG_RULE}
# Create backup${live}
${LONG_RULE}
${confined(datastore, stage)}`;
}

async function prebackup(job: Job): Promise<Failure | undefined> {
  const done = await remote(job.host, prebackupScript(job));
  if (done.code === 0) return undefined;
  const action = `prebackup${job.suffix}`;
  return {
    ...{ action, command: job.command(`tm/${release().transfer.driver}/${action}`), code: done.code, remote: done },
    says: `Error preparing disk files: ${done.stdout} ${done.stderr}`,
  };
}

/** Takes the staged files to the backup server. */
async function transfer(job: Job, source: string): Promise<Transferred | Failure> {
  const failure = { action: 'backup', command: job.command('datastore/rsync/backup') };
  const server = backupServer(job.datastore);
  const path = `${backupFolder(job.datastore, text(job.vm, 'ID'))}/${source}/`;
  const made = await remote(server, `mkdir -p ${path}`);
  if (made.code !== 0)
    return { ...failure, step: 'make_dst_path', remote: made, silent: true, says: `Error making rsync dst path: ${made.stderr}` };

  const staged = posix.normalize(`${job.folder}/backup`);
  const args = find(job.datastore, 'TEMPLATE/RSYNC_ARGS') ?? '-aS';
  const send = confined(job.datastore, `rsync ${args} ${staged}/ ${server}:${path}`).trimEnd();
  const script = `set -ex -o pipefail

BKSIZE=\`du -sm ${staged}\`
BKNAME=$(ls ${staged}/disk.* | head -n 1)
${send} > /dev/null
echo "$BKSIZE $BKNAME"`;
  const copied = await remote(job.sender, script, { forward: true });
  if (copied.code !== 0 || copied.stdout === '') return { ...failure, remote: copied, says: `Error copying backup: ${copied.stderr}` };
  return { source, size: copied.stdout.trim().split('\n').at(-1)?.split(/\s/)[0] ?? '0' };
}

/** Ends the transfer on the host, and takes away what is on the server when that answers. */
async function stopTransfer(job: Job, source: string): Promise<Failure> {
  const staged = posix.normalize(`${job.folder}/backup`);
  await remote(job.sender, `ps --no-headers -o pid,cmd -C rsync | awk '$0 ~ "${staged}" { print $1 }' | xargs -r kill -s TERM`);
  await remote(backupServer(job.datastore), `rm -rf ${backupFolder(job.datastore, text(job.vm, 'ID'))}/${source}/`);
  return { action: 'backup', command: job.command('datastore/rsync/backup'), says: `Backup cancelled: ${source}` };
}

/** All of a backup that runs elsewhere. It has no deadline. */
async function backUp(cloud: Cloud, vm: Tree, datastore: Tree, runs: boolean): Promise<void> {
  const log = (...entries: string[]) => writeVmLog(cloud.logs, text(vm, 'ID'), entries);
  const succeeded = (kind: string, operation: string) => log(`[VMM][I]: Successfully execute ${kind} driver operation: ${operation}.`);
  const job = jobOf(cloud, vm, datastore, runs);
  const cancelled = new Promise<void>((resolve) => cancels.set(vm, resolve));
  let cancelling = false;
  log(...(runs ? [] : ['[VM][I]: New state is ACTIVE']), `[VM][I]: New LCM state is ${stateOf(vm).long}`);

  let failure = await prebackup(job);
  let kind = 'transfer manager';
  let result: Transferred | undefined;
  if (failure)
    log(
      ...release()
        .failureLines(failure)
        .map((line) => `[VMM]${line}`),
    );
  else {
    succeeded(kind, `prebackup${job.suffix}`);
    kind = 'datastore';
    const source = randomBytes(3).toString('hex');
    const stopped = cancelled.then(() => {
      cancelling = true;
      return stopTransfer(job, source);
    });
    // Once it is being cancelled it is for the cancelling to say how it ended.
    const ended = await Promise.race([stopped, transfer(job, source).then((done) => (cancelling ? stopped : done))]);
    if ('says' in ended) {
      failure = ended;
      log(
        ...release()
          .failureLines(failure)
          .map((line) => `[VMM]${line}`),
      );
    } else {
      result = ended;
      succeeded(kind, 'backup');
    }
  }
  cancels.delete(vm);
  // OpenNebula calls this a success even when the host cannot be reached.
  await remote(job.host, `rm -rf ${job.folder}/tmp ${job.folder}/backup`);
  succeeded('transfer manager', `postbackup${job.suffix}`);

  if (failure) {
    log(`[VMM][I]: Failed to execute ${kind} driver operation: ${failure.action}.`);
    fail(cloud, vm, runs, release().failureMessage(failure));
  } else if (result) {
    const image = keep(cloud, vm, datastore, result);
    log('[VMM][I]: VM backup successfully created.');
    back(cloud, vm, runs, true);
    dropExpired(cloud, vm);
    if (image) await flatten(cloud, vm, image, datastore);
  }
}

/** Of full backups so many are kept, and the oldest are deleted; of increments flattening sees to that. */
function dropExpired(cloud: Cloud, vm: Tree): void {
  const keep = Number(config(vm, 'KEEP_LAST'));
  if (config(vm, 'MODE') === 'INCREMENT' || !(keep > 0)) return;
  for (const id of ids(vm, 'BACKUPS/BACKUP_IDS').slice(0, -keep)) dropImage(oneadmin(cloud), cloud.get('images', Number(id)));
}

/** The virtual machine is as it was before. */
function back(cloud: Cloud, vm: Tree, runs: boolean, success: boolean): void {
  setState(vm, runs ? 'RUNNING' : 'POWEROFF');
  setConfig(vm, {});
  backupEnded(cloud, vm, success);
  cloud.save();
  const states = runs ? ['[VM][I]: New LCM state is RUNNING'] : ['[VM][I]: New state is POWEROFF', '[VM][I]: New LCM state is LCM_INIT'];
  writeVmLog(cloud.logs, text(vm, 'ID'), states);
}

function fail(cloud: Cloud, vm: Tree, runs: boolean, message: string): void {
  // A later success does not take this away.
  vm.USER_TEMPLATE = withAttributes(vm.USER_TEMPLATE as Tree, { ERROR: templateError(message) });
  writeVmLog(cloud.logs, text(vm, 'ID'), [`[VMM][E]: ${message}`]);
  back(cloud, vm, runs, false);
}

/** Enters a backup: as an image, or as an increment of the image that has the others, which is returned. */
function keep(cloud: Cloud, vm: Tree, datastore: Tree, { source, size }: Transferred): Tree | undefined {
  const vmId = text(vm, 'ID');
  const last = lastIncrement(vm);
  const increment = { DATE: String(now()), ID: String(last + 1), PARENT_ID: String(last), SIZE: size, SOURCE: source };
  const incremental = config(vm, 'MODE') === 'INCREMENT';
  const chain = incremental && last !== -1 ? cloud.get('images', Number(config(vm, 'INCREMENTAL_BACKUP_ID'))) : undefined;
  if (chain) {
    chain.BACKUP_INCREMENTS = { INCREMENT: [...trees(chain, 'BACKUP_INCREMENTS/INCREMENT'), { ...increment, TYPE: 'INCREMENT' }] };
    chain.SIZE = String(int(chain, 'SIZE') + Number(size));
    setConfig(vm, { LAST_INCREMENT_ID: increment.ID });
    return chain;
  }
  const id = cloud.newId('images');
  const disks = backupDisks(vm).map((disk) => text(disk, 'DISK_ID'));
  const name = backupName(vmId, now());
  const owner = { id: int(vm, 'UID'), name: text(vm, 'UNAME'), password: '' };
  const job = config(vm, 'BACKUP_JOB_ID');
  const image = newImage(id, name, {
    ...{ size: Number(size), since: now(), source, vms: [vmId] },
    template: { ...(job && { BACKUP_JOB_ID: job }), ...(chosenDisks(vm).length > 0 && { BACKUP_SELECTED_DISKS: 'YES' }) },
    backup: { datastore, disks },
  });
  Object.assign(image, ownership(id, name, { user: owner }));
  if (incremental) {
    image.BACKUP_INCREMENTS = { INCREMENT: { ...increment, TYPE: 'FULL' } };
    setConfig(vm, { INCREMENTAL_BACKUP_ID: String(id), LAST_INCREMENT_ID: '0' });
  }
  cloud.state.images.push(image);
  datastore.IMAGES = idList([...ids(datastore, 'IMAGES'), String(id)]);
  (vm.BACKUPS as Tree).BACKUP_IDS = idList([...ids(vm, 'BACKUPS/BACKUP_IDS'), String(id)]);
  return undefined;
}
