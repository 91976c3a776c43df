/** Scheduled actions of virtual machines: backups, and what else can be asked of them; and of backup jobs. */
import { startBackup } from './backup.ts';
import { type Call, type Cloud, log, oneadmin, requireManage } from './cloud.ts';
import { longTime, now } from './format.ts';
import { runJob } from './jobs.ts';
import { stateOf } from './states.ts';
import { parseTemplate } from './template.ts';
import { find, idList, int, OneError, type Tree, text, trees } from './tree.ts';
import { act } from './vms.ts';

/** What can be scheduled. */
const ACTIONS = (
  'terminate terminate-hard undeploy undeploy-hard hold release stop suspend resume reboot reboot-hard poweroff poweroff-hard ' +
  'snapshot-create snapshot-revert snapshot-delete disk-snapshot-create disk-snapshot-revert disk-snapshot-delete backup'
).split(' ');

/** How an action repeats: weekly, monthly, yearly on some days, or every so many hours. */
const REPEATS = [
  { first: 0, last: 6, error: 'Days in a week have to be in [0,6] range' },
  { first: 1, last: 31, error: 'Days in a month have to be in [1,31] range' },
  { first: 0, last: 365, error: 'Days in a year have to be in [0,365] range' },
  { first: 1, last: 167, error: 'Hours have to be in [0,168] range' },
];
const WEEKLY = 0;
const MONTHLY = 1;
const HOURLY = 3;
/** When repeating ends. */
const AFTER_TIMES = '1';
const AT_DATE = '2';

/** What has actions: its pool, by the TYPE that they have. */
const OWNERS = { VM: 'vms', BACKUPJOB: 'jobs' } as const;
type Owner = keyof typeof OWNERS;

/** Adds an action to those of a virtual machine or job, and returns its id. Whether it could be done is not asked. */
export function addAction(kind: Owner, { cloud, user }: Call, ownerId: number, source: string): number {
  const owner = cloud.get(OWNERS[kind], ownerId);
  requireManage(user, kind, owner);
  if (kind === 'VM' && text(owner, 'STATE') === '6')
    throw new OneError(`Unable to create Scheduled Action for Virtual Machine ${ownerId}, it's in DONE state`);
  const unset = { ACTION: '', ARGS: '', TIME: '-1', REPEAT: '-1', DAYS: '', END_TYPE: '-1', END_VALUE: '-1' };
  const action = parseAction(owner, unset, source);
  const id = cloud.newId('actions');
  const whole = { ID: String(id), PARENT_ID: String(ownerId), TYPE: kind, ...action, DONE: '-1', MESSAGE: '', WARNING: '0' };
  setActions(owner, [...trees(owner, 'TEMPLATE/SCHED_ACTION'), whole]);
  return id;
}

/**
 * An action as a template `SCHED_ACTION = [ … ]` says; what it leaves out stays. Its TIME is an epoch, or `+N`, seconds from the
 * virtual machine's start. Source: ScheduledAction::parse.
 */
function parseAction(owner: Tree, old: Record<string, string>, source: string): Record<string, string> {
  const given = trees(parseTemplate(source), 'SCHED_ACTION')[0];
  if (!given) throw new OneError('No SCHED_ACTION attribute in template');
  const parsed: Record<string, string> = { ...old };
  for (const name of ['ACTION', 'ARGS', 'REPEAT', 'DAYS', 'END_TYPE', 'END_VALUE']) parsed[name] = find(given, name) ?? old[name] ?? '';
  const { ACTION = '', REPEAT = '', DAYS = '', END_TYPE = '' } = parsed;
  if (ACTION === '') throw new OneError('No ACTION in template for Scheduled Action.');
  if (!ACTIONS.includes(ACTION)) throw new OneError(`${ACTION} is not supported.`);
  const time = find(given, 'TIME') ?? old.TIME ?? '';
  if (!/^\+?\d+$/.test(time)) throw new OneError(`Unable to parse the time value or value is empty: ${find(given, 'TIME') ?? ''}`);
  parsed.TIME = String(Number(time) + (time.startsWith('+') ? int(owner, 'STIME') : 0));
  const repeat = REPEATS[Number(REPEAT)];
  if (!repeat) parsed.DAYS = '';
  else if (DAYS === '') throw new OneError('Repeat set, but DAYS are empty');
  else if (!areDays(DAYS, Number(REPEAT))) throw new OneError(repeat.error);
  if (END_TYPE !== AFTER_TIMES && END_TYPE !== AT_DATE) parsed.END_VALUE = '-1';
  return parsed;
}

const daysOf = (days: string): number[] => [...new Set(days.split(',').map(Number))].sort((one, other) => one - other);

function areDays(days: string, repeat: number): boolean {
  const { first, last } = REPEATS[repeat] ?? { first: 0, last: -1 };
  const numbers = daysOf(days);
  return numbers.every((day) => day >= first && day <= last) && (repeat !== HOURLY || numbers.length === 1);
}

/** Whether an action is to be done now; that its end has passed is not asked. Source: ScheduledActionPool::get_is_due_actions. */
function isDue(action: Tree): boolean {
  const [done, time] = [int(action, 'DONE'), int(action, 'TIME')];
  return time > done && time <= now();
}

/** An action was begun: one that repeats is due again later, unless it has ended. Source: ScheduledAction::next_action. */
function begun(action: Tree): void {
  Object.assign(action, { DONE: String(now()), MESSAGE: '' });
  const [repeat, end] = [int(action, 'REPEAT'), int(action, 'END_VALUE')];
  const kind = text(action, 'END_TYPE');
  if (repeat < 0 || (kind === AFTER_TIMES && end <= 0) || (kind === AT_DATE && now() > end)) return;
  if (kind === AFTER_TIMES) action.END_VALUE = String(end - 1);
  action.TIME = String(nextTime(int(action, 'TIME'), repeat, daysOf(text(action, 'DAYS')), new Date(now() * 1000)));
}

const DAY = 24 * 3600;

/** When an action that was due at an epoch is due again. Days of a year, as of a week, are counted from 0. */
export function nextTime(due: number, repeat: number, days: number[], today: Date): number {
  const [first = 0] = days;
  if (repeat === HOURLY) {
    const step = first * 3600;
    return due + step * Math.max(1, Math.ceil((today.getTime() / 1000 - due) / step));
  }
  const [year, month] = [today.getFullYear(), today.getMonth()];
  const ofYear = Math.round((Date.UTC(year, month, today.getDate()) - Date.UTC(year, 0, 1)) / (DAY * 1000));
  const day = repeat === WEEKLY ? today.getDay() : repeat === MONTHLY ? today.getDate() : ofYear;
  const later = days.find((one) => one > day);
  const daysInMonth = new Date(year, month + 1, 0).getDate();
  const period = repeat === WEEKLY ? 7 : repeat === MONTHLY ? daysInMonth : new Date(year, 1, 29).getMonth() === 1 ? 366 : 365;
  return due + (later === undefined ? period + first - day : later - day) * DAY;
}

/** Takes a scheduled action away. */
export function deleteAction(kind: Owner, { cloud, user }: Call, ownerId: number, id: number): void {
  const owner = cloud.get(OWNERS[kind], ownerId);
  requireManage(user, kind, owner);
  const actions = trees(owner, 'TEMPLATE/SCHED_ACTION');
  if (!actions.some((action) => int(action, 'ID') === id)) throw new OneError(`Error getting scheduled action [${id}].`);
  setActions(
    owner,
    actions.filter((action) => int(action, 'ID') !== id),
  );
}

function setActions(owner: Tree, actions: Tree[]): void {
  const { SCHED_ACTION: _actions, ...template } = owner.TEMPLATE as Tree;
  owner.TEMPLATE = actions.length > 0 ? { ...template, SCHED_ACTION: actions } : template;
  owner.SCHED_ACTIONS = idList(actions.map((action) => text(action, 'ID')));
}

const hostOf = (vm: Tree) => text(trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, 'HID');

/** Whether as many backups run as may, in all or on the machine's host. Only oned's log tells that others wait. */
export function isFull(cloud: Cloud, vm: Tree): boolean {
  const running = cloud.state.vms.filter((other) => ['69', '70'].includes(text(other, 'LCM_STATE')));
  const [most, mostOfHost] = [cloud.setting('MAX_BACKUPS', 5), cloud.setting('MAX_BACKUPS_HOST', 2)];
  const ofHost = running.filter((other) => hostOf(other) === hostOf(vm)).length;
  if (running.length >= most) log('SCH', 'D', `Reached max number of backups (${most})`);
  else if (ofHost >= mostOfHost) log('SCH', 'D', `Reached max number of host backups (${mostOfHost}) for host ${hostOf(vm)}`);
  else return false;
  return true;
}

interface Due {
  owner: Tree;
  action: Tree;
}

/** Of each virtual machine or job the action that has been due for longest; of all, the one that has been so for longest first. */
function dueActions(owners: readonly Tree[]): Due[] {
  const byTime = (one: Tree, other: Tree) => int(one, 'TIME') - int(other, 'TIME');
  const first = owners.flatMap((owner) => {
    const [action] = trees(owner, 'TEMPLATE/SCHED_ACTION').filter(isDue).toSorted(byTime);
    // A virtual machine in HOLD waits, and is told nothing.
    return action && stateOf(owner).long !== 'HOLD' ? [{ owner, action }] : [];
  });
  return first.toSorted((one, other) => byTime(one.action, other.action));
}

/** Does an action of a virtual machine. */
function perform(cloud: Cloud, vm: Tree, action: Tree): void {
  const name = text(action, 'ACTION');
  const [datastore, reset] = text(action, 'ARGS').split(',').map(Number);
  if (name === 'backup') startBackup(oneadmin(cloud), int(vm, 'ID'), datastore ?? -1, reset === 1);
  else act(oneadmin(cloud), name, int(vm, 'ID'));
}

/** Does an action of somebody's. One that is rejected keeps the reason; one that was begun is done, however it ends. */
function execute(whose: string, action: Tree, work: () => void): void {
  const name = text(action, 'ACTION');
  const told = `Executing action '${name}' for ${whose} :`;
  try {
    work();
    begun(action);
    log('SCH', 'I', `${told} Success.`);
  } catch (error) {
    if (!(error instanceof OneError)) throw error;
    action.MESSAGE = `${longTime(now())} : [${name}] ${error.message}`;
    log('SCH', 'I', `${told} Failure. [${name}] ${error.message}`);
  }
}

/**
 * One round. What is rejected is tried again in the next one, for ever, and holds up those of its machine behind it. Where as many
 * backups run as may, no other is begun in this round, on whatever host. Source: ScheduledActionManager::timer_action.
 */
export function runActions(cloud: Cloud): void {
  const due = dueActions(cloud.state.vms);
  const isBackup = ({ action }: Due) => text(action, 'ACTION') === 'backup';
  const execution = ({ owner, action }: Due) => execute(`VM ${text(owner, 'ID')}`, action, () => perform(cloud, owner, action));
  for (const one of due.filter((other) => !isBackup(other))) execution(one);
  for (const one of due.filter(isBackup)) {
    if (isFull(cloud, one.owner)) break;
    execution(one);
  }
  const jobs = dueActions(cloud.state.jobs);
  for (const { owner, action } of jobs) execute(`Backup Job ${text(owner, 'ID')}`, action, () => runJob(oneadmin(cloud), int(owner, 'ID')));
  if (due.length + jobs.length > 0) cloud.save();
}
