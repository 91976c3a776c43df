/** Six virtual machines of production in two classes, with backups of different ages. All of it is well: scheduled, recent, complete. */
import { enterBackup } from './backup-images.ts';
import type { State, VmOptions } from './state.ts';
import { idList, type Tree, text } from './tree.ts';

const HOUR = 3600;
/** How long they have been there, in hours. */
const AGE = 90 * 24;

/** Of Gold there is a backup every three hours; of Silver one a night. */
const GOLD_EVERY = 3;
const SILVER_KEEPS = 10;
const range = (length: number, of: (index: number) => number) => Array.from({ length }, (_, index) => of(index));
/** Hours since each backup of theirs, newest first. Those of Gold were rarer before this day. */
const AGES = {
  Gold: [...range(8, (index) => index * GOLD_EVERY), ...[2, 3, 4, 5, 6, 7, 14, 21, 32].map((days) => days * 24)],
  Silver: range(SILVER_KEEPS, (night) => night * 24),
};

/** Their classes; how long ago the last backup ended, in hours; whether they keep a chain of increments. The job has those of Silver. */
const MACHINES = {
  web01: { label: 'Gold', newest: 0.6, chain: false },
  db01: { label: 'Gold', newest: 1.1, chain: false },
  db02: { label: 'Gold', newest: 1.4, chain: true },
  web02: { label: 'Silver', newest: 9.2, chain: true },
  files02: { label: 'Silver', newest: 9.1, chain: true },
  mail01: { label: 'Silver', newest: 9, chain: true },
} as const;

/** Whether a virtual machine is one of production's. */
const isProduction = (name: string): boolean => Object.hasOwn(MACHINES, name);

/** Them, one host after the other. */
export const productionVms = (hosts: readonly string[]): VmOptions[] =>
  Object.keys(MACHINES).map((name, index) => ({ name, host: hosts[index % hosts.length] ?? '' }));

/** A repeating action of some virtual machine or job. */
export function repeating(
  owner: Tree,
  id: number,
  due: Record<'ARGS' | 'TIME' | 'REPEAT' | 'DAYS' | 'DONE', string>,
  more: Tree = {},
): Tree {
  const type = text(owner, 'LCM_STATE') === '' ? 'BACKUPJOB' : 'VM';
  const { ARGS, TIME, REPEAT, DAYS, DONE } = due;
  const what = { ID: String(id), PARENT_ID: text(owner, 'ID'), TYPE: type, ACTION: 'backup', ARGS, TIME, REPEAT, DAYS };
  return { ...what, END_TYPE: '0', END_VALUE: '-1', DONE, MESSAGE: '', WARNING: '0', ...more };
}

/** Gives a virtual machine or job the actions that it has from now on. */
export function setActions(owner: Tree, actions: readonly Tree[]): void {
  const { SCHED_ACTION: _old, ...template } = owner.TEMPLATE as Tree;
  owner.TEMPLATE = actions.length > 0 ? { ...template, SCHED_ACTION: [...actions] } : template;
  owner.SCHED_ACTIONS = idList(actions.map((action) => text(action, 'ID')));
}

/** Makes production of those virtual machines of a cloud that are so called, as it is at an epoch; their backups are in the first datastore for them. */
export function furnish(state: State, now: number): void {
  const at = (hours: number) => now - Math.round(hours * HOUR);
  const datastore = text(state.datastores.find((one) => text(one, 'TYPE') === '3') ?? {}, 'ID');
  const found = state.vms.filter((vm) => isProduction(text(vm, 'NAME')));
  const silver = found.filter((vm) => settings(vm).label === 'Silver').map((vm) => text(vm, 'ID'));
  for (const vm of found) {
    const { label, newest, chain } = settings(vm);
    Object.assign(vm.USER_TEMPLATE as Tree, { LABELS: label });
    Object.assign(vm, { STIME: String(at(AGE)) });
    const config = {
      ...(label === 'Silver' && { BACKUP_JOB_ID: '0' }),
      ...{ BACKUP_VOLATILE: 'NO', FS_FREEZE: 'NONE', INCREMENTAL_BACKUP_ID: '-1' },
      ...(chain && { INCREMENT_MODE: 'CBT' }),
      ...(label === 'Silver' && { KEEP_LAST: String(SILVER_KEEPS) }),
      ...{ LAST_INCREMENT_ID: '-1', MODE: chain ? 'INCREMENT' : 'FULL' },
    };
    vm.BACKUPS = { BACKUP_CONFIG: config, BACKUP_IDS: {} };
    for (const hours of AGES[label].toReversed()) enterBackup(state, vm, at(newest + hours));
    if (label !== 'Gold') continue;
    const [done, due] = [at(newest), at(newest - GOLD_EVERY)];
    const id = state.nextId.actions;
    state.nextId.actions = id + 1;
    setActions(vm, [
      repeating(vm, id, { ARGS: `${datastore},0`, TIME: String(due), REPEAT: '3', DAYS: String(GOLD_EVERY), DONE: String(done) }),
    ]);
  }
  state.jobs.push(nightly(state, silver, datastore, at(9.3)));
}

const settings = (vm: Tree) => MACHINES[text(vm, 'NAME') as keyof typeof MACHINES];

/** The job that has the machines of Silver, each night, as its last run at an epoch left it. */
function nightly(state: State, vms: string[], datastore: string, last: number): Tree {
  const id = state.nextId.jobs;
  state.nextId.jobs = id + 1;
  const [vm = {}] = state.vms;
  const { UID = '', GID = '', UNAME = '', GNAME = '', PERMISSIONS = {} } = vm;
  const job: Tree = {
    ...{ ID: String(id), UID, GID, UNAME, GNAME, NAME: 'nightly', PERMISSIONS, PRIORITY: '50' },
    ...{ LAST_BACKUP_TIME: String(last), LAST_BACKUP_DURATION: '1080', SCHED_ACTIONS: {} },
    ...{ UPDATED_VMS: idList(vms), OUTDATED_VMS: {}, BACKING_UP_VMS: {}, ERROR_VMS: {} },
    TEMPLATE: {
      ...{ BACKUP_VMS: vms.join(','), BACKUP_VOLATILE: 'NO', DATASTORE_ID: datastore, EXECUTION: 'SEQUENTIAL', FS_FREEZE: 'NONE' },
      ...{ INCREMENT_MODE: 'CBT', KEEP_LAST: String(SILVER_KEEPS), MODE: 'INCREMENT' },
    },
  };
  const actionId = state.nextId.actions;
  state.nextId.actions = actionId + 1;
  const due = { ARGS: '', TIME: String(last + 24 * HOUR), REPEAT: '0', DAYS: '0,1,2,3,4,5,6', DONE: String(last) };
  setActions(job, [repeating(job, actionId, due)]);
  return job;
}
