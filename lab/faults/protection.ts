/**
 * Words for clouds in which production is not as it should be; they need a lab with production. A fault is edits of what OpenNebula knows, of which
 * any number are combined, `production(what, looks, older('web01', 5), vmError('web01', 1))`; what lies on the backup server follows.
 * Machines are named as there: web01, db01, db02 are Gold, web02, files02, mail01 Silver, and in the job nightly.
 */
import type { Lab } from '../machines/lab.ts';
import { backupsOf, enterBackup, stored, withdraw } from '../opennebula/backup-images.ts';
import { backupName, longTime } from '../opennebula/format.ts';
import { join, leave } from '../opennebula/jobs.ts';
import { enterLock } from '../opennebula/locks.ts';
import { repeating, setActions } from '../opennebula/production.ts';
import { RELEASES } from '../opennebula/releases.ts';
import type { State as OpenNebula } from '../opennebula/state.ts';
import { numbersOf } from '../opennebula/states.ts';
import { withAttributes } from '../opennebula/template.ts';
import { idList, ids, int, type Tree, text, trees } from '../opennebula/tree.ts';
import { type Failure, templateError } from '../opennebula/vmlog.ts';
import { type Fault, type Looks, sh } from './fault.ts';
import { ago, known } from './opennebula.ts';

/** A change of what OpenNebula knows. */
export type Edit = (cloud: OpenNebula) => unknown;

const HOUR = 3600;
/** Seconds: what is broken within them is of one moment, as the error of a backup and what the log has of it, however slow the machine is. */
const TOGETHER = 30;
let moment = 0;
/** The epoch of so many hours ago; in the future, if negative. */
function past(hours: number): number {
  const now = Number(ago(0));
  if (now - moment > TOGETHER) moment = now;
  return moment - Math.round(hours * HOUR);
}

// ---------------------------------------------------------------------------------------------- faults

/** Puts onto the backup server what OpenNebula knows now and did not before, and takes away what it knew and does not. */
async function follow(lab: Lab, before: OpenNebula, now: OpenNebula): Promise<void> {
  const kept = new Set(stored(now).map(({ folder }) => folder));
  const gone = stored(before).flatMap(({ folder }) => (kept.has(folder) ? [] : [folder]));
  if (gone.length > 0) await sh(lab, 'backup01', 'rm -rf "$@"', ...gone);
  await lab.storeBackups(now);
}

/** Production is not as it should be: what OpenNebula knows of it is changed, and the backup server's files with it. Nothing goes on by itself meanwhile. */
export function production(what: string, looks: Looks, ...edits: Edit[]): Fault {
  const fault = known(
    what,
    (cloud) => {
      for (const edit of edits) edit(cloud);
    },
    looks,
  );
  const following = async (lab: Lab, work: () => Promise<unknown>) => {
    const before = await lab.openNebula();
    const memo = await work();
    await follow(lab, before, await lab.openNebula());
    return memo;
  };
  return {
    ...fault,
    break: async (lab) => {
      // Before anything is stopped.
      machine(await lab.openNebula(), 'web01');
      return following(lab, () => fault.break(lab));
    },
    repair: (lab, memo) => following(lab, () => fault.repair(lab, memo)),
  };
}

/** The newest or an earlier backup of a machine (0: the newest) is not on the backup server: its whole folder, or what a pattern such as `disk.*` names. OpenNebula does not know. */
export const filesGone = (name: string, earlier = 0, pattern = ''): Fault => {
  const folder = async (lab: Lab) => {
    const cloud = await lab.openNebula();
    const id = text(machine(cloud, name), 'ID');
    const all = stored(cloud).filter((one) => text(one.vm, 'ID') === id);
    return all.toSorted((one, other) => other.time - one.time)[earlier]?.folder ?? '';
  };
  const on = async (lab: Lab, script: string) => sh(lab, 'backup01', script, await folder(lab), pattern);
  return {
    what: `the backup server has lost files of a backup of ${name}`,
    break: (lab) => on(lab, 'mkdir /var/tmp/lost; mv $1${2:+/$2} /var/tmp/lost'),
    repair: (lab) => on(lab, 'if [ "$2" ]; then mv /var/tmp/lost/* "$1"; else mv /var/tmp/lost/* "${1%/*}"; fi; rmdir /var/tmp/lost'),
    isBroken: async (lab) => {
      const script = 'if [ "$2" ]; then ls $1/$2; else ls "$1"; fi > /dev/null 2>&1 || echo lost';
      return (await on(lab, script)).trim() === 'lost';
    },
  };
};

/** A machine's log has what a failed backup of so many hours ago leaves, as the lab's release writes it: `stderr` is the cause. With vmError of the same hour it is the whole trace. */
export const vmLog = (name: string, hoursAgo: number, stderr: string): Fault => {
  const file = async (lab: Lab) => `/var/log/one/${text(machine(await lab.openNebula(), name), 'ID')}.log`;
  const time = () => longTime(past(hoursAgo));
  return {
    what: `the log of ${name} has a failed backup of ${hoursAgo} hours ago`,
    break: async (lab) => {
      const cloud = await lab.openNebula();
      const { failureLines, failureMessage } = RELEASES[cloud.release];
      const failure = failureOf(stderr, cloud);
      const lines = [...failureLines(failure), `[E]: ${failureMessage(failure)}`].map((line) => `[VMM]${line}`);
      const all = ['[VM][I]: New LCM state is BACKUP', ...lines, '[VM][I]: New LCM state is RUNNING'];
      const entries = all.map((line) => `${time()} [Z0]${line}\n`).join('');
      await sh(lab, 'frontend01', 'touch "$1"; cp -a "$1" "$1.off"; printf %s "$2" >> "$1"', await file(lab), entries);
    },
    repair: async (lab) => sh(lab, 'frontend01', 'mv "$1.off" "$1"', await file(lab)),
    isBroken: async (lab) => (await sh(lab, 'frontend01', 'ls "$1.off" 2> /dev/null || true', await file(lab))) !== '',
  };
};

/** What a host says that the backup server does not let in. */
export const REFUSED = 'oneadmin@backup01.example.net: Permission denied (publickey).';

const failureOf = (stderr: string, { release }: OpenNebula): Failure => ({
  ...{ action: 'backup', command: '/var/lib/one/remotes/datastore/rsync/backup' },
  remote: { script: `${RELEASES[release].preamble}rsync -aS\n`, stdout: '', stderr: `${stderr}\n` },
  says: `Error copying backup: ${stderr}`,
});

// ---------------------------------------------------------------------------------------------- what is edited

/** A VM by its name. @throws Error where the lab has none, as it has no production. */
export function machine({ vms }: OpenNebula, name: string): Tree {
  const found = vms.find((vm) => text(vm, 'NAME') === name);
  if (!found) throw new Error(`this lab has no VM ${name}: bring it up with production (npm run -s lab -- up --production)`);
  return found;
}

/** Anything at all of a VM. */
export const vm =
  (name: string, change: (vm: Tree, cloud: OpenNebula) => unknown): Edit =>
  (cloud) =>
    change(machine(cloud, name), cloud);

const config = (found: Tree) => (found.BACKUPS as Tree).BACKUP_CONFIG as Tree;

/** BACKUP_CONFIG has these attributes: `{ DISK_IDS: '0' }`, `{ FS_FREEZE: 'AGENT' }`. */
export const backupConfig = (name: string, attributes: Tree): Edit =>
  vm(name, (found) => Object.assign(found.BACKUPS as Tree, { BACKUP_CONFIG: withAttributes(config(found), attributes) }));

/** USER_TEMPLATE has these attributes: `{ LABELS: 'Bronze' }`. */
export const userTemplate = (name: string, attributes: Tree): Edit =>
  vm(name, (found) => Object.assign(found, { USER_TEMPLATE: withAttributes(found.USER_TEMPLATE as Tree, attributes) }));

/** USER_TEMPLATE has an error of so many hours ago: of a backup, unless other words are given. */
export const vmError =
  (name: string, hoursAgo: number, words?: string): Edit =>
  (cloud) => {
    const said = words ?? RELEASES[cloud.release].failureMessage(failureOf(REFUSED, cloud));
    return userTemplate(name, { ERROR: templateError(said, past(hoursAgo)) })(cloud);
  };

/** `onevm lock`: everything (1), managing and administering (2), or administering alone (3) is refused. */
export const locked = (name: string, level: 1 | 2 | 3): Edit => vm(name, (found) => enterLock('VM', found, { level, owner: 0 }));

/** It was made so many hours ago. */
export const born = (name: string, hoursAgo: number): Edit =>
  vm(name, (found) => {
    const [record = {}] = trees(found, 'HISTORY_RECORDS/HISTORY');
    const time = String(past(hoursAgo));
    Object.assign(found, { STIME: time });
    Object.assign(record, { STIME: time, PSTIME: time, PETIME: time, RSTIME: time });
  });

/** It is in a state, POWEROFF, UNDEPLOYED, UNKNOWN, …; and has not run for so many hours, if they are given. */
export const inState = (name: string, state: string, hoursAgo?: number): Edit =>
  vm(name, (found) => {
    Object.assign(found, numbersOf(state));
    const record = trees(found, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {};
    if (hoursAgo !== undefined) Object.assign(record, { RETIME: String(past(hoursAgo)) });
  });

/** It has another disk, `{ TYPE: 'FILE' }` unless told otherwise: `{ TYPE: 'fs' }`, `{ TYPE: 'CDROM' }`, `{ TM_MAD: 'ceph' }`, … */
export const diskAttached = (name: string, attributes: Tree = {}): Edit =>
  vm(name, (found) => {
    const disks = trees(found, 'TEMPLATE/DISK');
    const id = String(Math.max(...disks.map((disk) => int(disk, 'DISK_ID'))) + 1);
    const disk = withAttributes(disks[0] ?? {}, {
      DISK_ID: id,
      IMAGE: `${name}-data`,
      IMAGE_ID: '900',
      PERSISTENT: 'YES',
      TARGET: `vd${id}`,
      ...attributes,
    });
    Object.assign(found.TEMPLATE as Tree, { DISK: [...disks, disk] });
  });

/** A disk has other attributes: `{ SIZE: '10240' }`. */
export const diskIs = (name: string, id: number, attributes: Tree): Edit =>
  vm(name, (found) => trees(found, 'TEMPLATE/DISK').map((disk) => int(disk, 'DISK_ID') === id && Object.assign(disk, attributes)));

// ---------------------------------------------------------------------------------------------- backups

/** It has one more backup, newer than all others, made so many hours ago; in the declared datastore, unless told otherwise. */
export const agedBackup = (name: string, hoursAgo: number, datastoreId?: string): Edit =>
  vm(name, (found, cloud) => enterBackup(cloud, found, past(hoursAgo), datastoreId));

/** It has so many of its images, the newest; none, if 0. A chain is one image. */
export const images = (name: string, newest: number): Edit =>
  vm(name, (found, cloud) => {
    const all = backupsOf(cloud, found);
    for (const image of all.slice(0, all.length - newest)) withdraw(cloud, image);
  });

/** The newest or an earlier image of its backups (0: the newest) is changed: `(image) => Object.assign(image, { STATE: '4' })`. */
export const image = (name: string, change: (image: Tree) => unknown, earlier = 0): Edit =>
  vm(name, (found, cloud) => change(backupsOf(cloud, found).at(-1 - earlier) ?? {}));

/** That image is in a state, ERROR by default, with an error of now in its template, if there are words. */
export const imageFailed = (name: string, words: string, earlier = 0, STATE = '5'): Edit =>
  image(
    name,
    (found) => {
      const errors = words === '' ? {} : { ERROR: `${longTime(past(0))} : ${words}` };
      Object.assign(found, { STATE, PREV_STATE: STATE, TEMPLATE: withAttributes(found.TEMPLATE as Tree, errors) });
    },
    earlier,
  );

/** The chain of its increments lacks one, the third unless told otherwise. */
export const linkMissing = (name: string, link = 2): Edit =>
  image(name, (found) => {
    const all = trees(found, 'BACKUP_INCREMENTS/INCREMENT');
    found.BACKUP_INCREMENTS = { INCREMENT: all.filter((_, index) => index !== link) };
  });

/** All its backups are older by so many hours. */
export const older = (name: string, hours: number): Edit =>
  vm(name, (found, cloud) => {
    const later = (tree: Tree, element: string) => Object.assign(tree, { [element]: String(int(tree, element) - hours * HOUR) });
    for (const one of backupsOf(cloud, found)) {
      for (const element of ['REGTIME', 'MODTIME']) later(one, element);
      for (const increment of trees(one, 'BACKUP_INCREMENTS/INCREMENT')) later(increment, 'DATE');
      one.NAME = backupName(text(found, 'ID'), int(one, 'REGTIME'));
    }
  });

// ---------------------------------------------------------------------------------------------- schedules and jobs

/** How an action repeats: the numbers of REPEAT (0 weekly, 1 monthly, 2 yearly, 3 each so many hours), its days, and what else it says. */
export interface Repeat {
  readonly repeat: number;
  readonly days: string;
  /** Hours until it is due; 1, if not given. */
  readonly due?: number;
  /** The datastore's id: the declared one's, if not given. */
  readonly datastore?: string;
  /** More attributes: `{ END_TYPE: '1', END_VALUE: '0' }`, `{ MESSAGE: '…' }`. */
  readonly more?: Tree;
}

const actionsOf = (owner: Tree, cloud: OpenNebula, repeats: readonly Repeat[], isJob: boolean): void => {
  const declared = text(cloud.datastores.find((one) => text(one, 'TYPE') === '3') ?? {}, 'ID');
  const actions = repeats.map(({ repeat, days, due = 1, datastore = declared, more = {} }) => {
    const id = cloud.nextId.actions;
    cloud.nextId.actions = id + 1;
    const told = { ARGS: isJob ? '' : `${datastore},0`, TIME: String(past(-due)), REPEAT: String(repeat), DAYS: days, DONE: '-1' };
    return repeating(owner, id, told, more);
  });
  setActions(owner, actions);
};

/** Its backups are scheduled so, and no longer as before; not at all, if nothing is given. */
export const scheduled = (name: string, ...repeats: Repeat[]): Edit => vm(name, (found, cloud) => actionsOf(found, cloud, repeats, false));

/** What a job is, besides its name and machines. */
export interface Job {
  readonly datastore?: string;
  readonly repeats?: readonly Repeat[];
  /** Its last run: how many hours ago, whom it has in which list, what went wrong. */
  readonly run?: { readonly hoursAgo: number; readonly lists: Readonly<Record<string, readonly string[]>>; readonly error?: string };
  /** More attributes of its template: `{ MODE: 'FULL', KEEP_LAST: '2' }`. */
  readonly more?: Tree;
}

/** A member of a job: a VM's name, or the id of one that there is not. */
const member = (cloud: OpenNebula, name: string): string => (/^\d+$/.test(name) ? name : text(machine(cloud, name), 'ID'));

/** There is one more job; its machines leave the one they are in, and begin new chains. */
export const job =
  (name: string, vms: readonly string[], { datastore, repeats = [], run, more = {} }: Job = {}): Edit =>
  (cloud) => {
    const model = cloud.jobs[0] ?? {};
    const id = String(cloud.nextId.jobs);
    cloud.nextId.jobs += 1;
    const members = vms.map((one) => member(cloud, one));
    const BACKUP_VMS = members.join(',');
    for (const other of cloud.jobs) {
      leave({ state: cloud }, text(other, 'ID'), members);
      jobLacks(other, members);
    }
    join({ state: cloud }, id, members);
    const { SCHED_ACTION: _actions, ERROR: _error, ...template } = model.TEMPLATE as Tree;
    const made: Tree = {
      ...model,
      ...{ ID: id, NAME: name, LAST_BACKUP_TIME: '0', LAST_BACKUP_DURATION: '0', SCHED_ACTIONS: {} },
      ...Object.fromEntries(LISTS.map((list) => [list, {}])),
      TEMPLATE: withAttributes(template, { BACKUP_VMS, ...(datastore !== undefined && { DATASTORE_ID: datastore }), ...more }),
    };
    cloud.jobs.push(made);
    actionsOf(made, cloud, repeats, true);
    if (run) jobRan(name, run)(cloud);
  };

const LISTS = ['UPDATED_VMS', 'OUTDATED_VMS', 'BACKING_UP_VMS', 'ERROR_VMS'];

function jobLacks(found: Tree, members: readonly string[]): void {
  for (const list of LISTS) found[list] = idList(ids(found, list).filter((id) => !members.includes(id)));
  const rest = text(found, 'TEMPLATE/BACKUP_VMS').split(',');
  Object.assign(found.TEMPLATE as Tree, { BACKUP_VMS: rest.filter((id) => !members.includes(id)).join(',') });
}

const jobNamed = (cloud: OpenNebula, name: string): Tree => {
  const found = cloud.jobs.find((one) => text(one, 'NAME') === name);
  if (!found) throw new Error(`this lab has no backup job ${name}`);
  return found;
};

/** A job's template has these attributes: `{ BACKUP_VMS: '5,6,7,999' }`, `{ DATASTORE_ID: '1' }`. */
export const jobIs =
  (name: string, attributes: Tree): Edit =>
  (cloud) => {
    const found = jobNamed(cloud, name);
    const { SCHED_ACTION, ...template } = found.TEMPLATE as Tree;
    found.TEMPLATE = { ...withAttributes(template, attributes), ...(SCHED_ACTION && { SCHED_ACTION }) };
  };

/** A job is scheduled so, and no longer as before. */
export const jobScheduled =
  (name: string, ...repeats: Repeat[]): Edit =>
  (cloud) =>
    actionsOf(jobNamed(cloud, name), cloud, repeats, true);

/** A job's last run was so many hours ago, has these machines in these lists, and an error: `{ hoursAgo: 2, lists: { ERROR_VMS: ['mail01'] }, error: '…' }`. */
export const jobRan =
  (name: string, { hoursAgo, lists, error }: NonNullable<Job['run']>): Edit =>
  (cloud) => {
    const found = jobNamed(cloud, name);
    const named = Object.entries(lists).map(([list, vms]) => [list, idList(vms.map((one) => member(cloud, one)))] as const);
    const moved = named.flatMap(([, list]) => ids({ list }, 'list'));
    for (const list of LISTS) found[list] = idList(ids(found, list).filter((id) => !moved.includes(id)));
    Object.assign(found, { ...Object.fromEntries(named), LAST_BACKUP_TIME: String(past(hoursAgo)) });
    if (error !== undefined) jobIs(name, { ERROR: `${longTime(past(hoursAgo))} : [backup] ${error}` })(cloud);
  };

/** A user owns a machine, and may have so much in the declared datastore: `{ IMAGES: '17' }`, `{ SIZE: '20' }`. */
export const quota = (name: string, limits: { IMAGES?: string; SIZE?: string }): Edit =>
  vm(name, (found, cloud) => {
    const id = cloud.nextId.users;
    cloud.nextId.users += 1;
    cloud.users.push({ id, name: `owner-of-${name}`, password: 'a password' });
    const owner = { UID: String(id), UNAME: `owner-of-${name}`, GID: '1', GNAME: 'users' };
    for (const one of [found, ...backupsOf(cloud, found)]) Object.assign(one, owner);
    const datastore = text(cloud.datastores.find((one) => text(one, 'TYPE') === '3') ?? {}, 'ID');
    cloud.quotas = [...(cloud.quotas ?? []), { whose: 'user', id: String(id), datastore, IMAGES: '-1', SIZE: '-1', ...limits }];
  });
