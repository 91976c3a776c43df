/** Scheduled actions of virtual machines, which here are backups. */
import { startBackup } from './backup.ts';
import { type Cloud, requireAdmin } from './cloud.ts';
import { longTime, now } from './format.ts';
import type { User } from './state.ts';
import { idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';

/** How many backups run at a time, in all and on one host: oned.conf's MAX_BACKUPS and MAX_BACKUPS_HOST. */
const MAX_BACKUPS = 5;
const MAX_BACKUPS_HOST = 2;

/**
 * Adds a backup; that there is such a virtual machine is all that is checked. `schedule` is an epoch, or `+N`, seconds from
 * the virtual machine's start. Returns the action's id.
 */
export function addAction(cloud: Cloud, user: User, vmId: number, args: string, schedule: string): number {
  const vm = cloud.get('vms', vmId);
  requireManage(user, vm);
  const time = Number(schedule) + (schedule.startsWith('+') ? int(vm, 'STIME') : 0);
  const id = cloud.newId('actions');
  const action = {
    ...{ ID: String(id), PARENT_ID: String(vmId), TYPE: 'VM', ACTION: 'backup', ARGS: args, TIME: String(time) },
    ...{ REPEAT: '-1', DAYS: '', END_TYPE: '-1', END_VALUE: '-1', DONE: '-1', MESSAGE: '', WARNING: '0' },
  };
  setActions(vm, [...trees(vm, 'TEMPLATE/SCHED_ACTION'), action]);
  return id;
}

/** Takes a scheduled action away. */
export function deleteAction(cloud: Cloud, user: User, vmId: number, id: number): void {
  const vm = cloud.get('vms', vmId);
  requireManage(user, vm);
  const actions = trees(vm, 'TEMPLATE/SCHED_ACTION');
  if (!actions.some((action) => int(action, 'ID') === id)) throw new OneError(`Error getting scheduled action [${id}].`);
  setActions(
    vm,
    actions.filter((action) => int(action, 'ID') !== id),
  );
}

function requireManage(user: User, vm: Tree): void {
  if (int(vm, 'UID') !== user.id) requireAdmin(user, `MANAGE VM [${text(vm, 'ID')}]`);
}

function setActions(vm: Tree, actions: Tree[]): void {
  const { SCHED_ACTION: _actions, ...template } = vm.TEMPLATE as Tree;
  vm.TEMPLATE = actions.length > 0 ? { ...template, SCHED_ACTION: actions } : template;
  vm.SCHED_ACTIONS = idList(actions.map((action) => text(action, 'ID')));
}

const hostOf = (vm: Tree) => text(trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, 'HID');

/** Whether as many backups run as may. */
function isFull(vms: Tree[], vm: Tree): boolean {
  const running = vms.filter((other) => ['69', '70'].includes(text(other, 'LCM_STATE')));
  return running.length >= MAX_BACKUPS || running.filter((other) => hostOf(other) === hostOf(vm)).length >= MAX_BACKUPS_HOST;
}

/**
 * One round: of each virtual machine the first action that is due. One that is rejected keeps the reason, is tried again in
 * the next round, for ever, and holds up those behind it. One that was begun is done, however it ends.
 */
export function runActions(cloud: Cloud): void {
  let changed = false;
  for (const vm of cloud.state.vms.filter((one) => ids(one, 'SCHED_ACTIONS').length > 0)) {
    const action = trees(vm, 'TEMPLATE/SCHED_ACTION').find((one) => text(one, 'DONE') === '-1' && int(one, 'TIME') <= now());
    if (!action || isFull(cloud.state.vms, vm)) continue;
    const [datastore, reset] = text(action, 'ARGS').split(',').map(Number);
    try {
      startBackup(cloud, { id: 0, name: 'oneadmin', password: '' }, int(vm, 'ID'), datastore ?? -1, reset === 1);
      Object.assign(action, { DONE: String(now()), MESSAGE: '' });
    } catch (error) {
      if (!(error instanceof OneError)) throw error;
      action.MESSAGE = `${longTime(now())} : [backup] ${error.message}`;
    }
    changed = true;
  }
  if (changed) cloud.save();
}
