/** What is asked of virtual machines besides backups: to stop and start, to be locked, and how backups are made. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Call, type Cloud, requireManage } from './cloud.ts';
import { keepable } from './disks.ts';
import { now } from './format.ts';
import { FAILED, WORK } from './hosting.ts';
import { known } from './releases.ts';
import { groupOf, type User } from './state.ts';
import { HISTORY_ACTIONS, numbersOf, stateOf } from './states.ts';
import { parseTemplate, withAttributes } from './template.ts';
import { find, idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';
import { templateError, writeVmLog } from './vmlog.ts';

const ENDS = { RUNNING: 'SHUTDOWN', UNKNOWN: 'SHUTDOWN', PENDING: 'DONE', HOLD: 'DONE', DONE: 'DONE' };
const ENDS_OFF = { SUSPENDED: 'EPILOG', POWEROFF: 'EPILOG', STOPPED: 'EPILOG', UNDEPLOYED: 'EPILOG' };
const UNDEPLOYS = { RUNNING: 'SHUTDOWN_UNDEPLOY', UNKNOWN: 'SHUTDOWN_UNDEPLOY', POWEROFF: 'EPILOG_UNDEPLOY' };
const STOPS = { RUNNING: 'SHUTDOWN_POWEROFF', UNKNOWN: 'SHUTDOWN_POWEROFF' };

/** What `onevm recover --delete` takes away in whatever it is doing. */
const CLEANED = Object.fromEntries(
  ['PROLOG', 'BOOT', 'RUNNING', 'UNKNOWN', 'SHUTDOWN', 'PROLOG_FAILURE', 'BOOT_FAILURE'].map((state) => [state, 'CLEANUP_DELETE']),
);

/** From which states an action leads to which; a hard one overrides one that waits for the guest. Source: DispatchManagerActions.cc. */
const ACTIONS: Record<string, Record<string, string>> = {
  hold: { PENDING: 'HOLD' },
  poweroff: STOPS,
  'poweroff-hard': { ...STOPS, SHUTDOWN_POWEROFF: 'SHUTDOWN_POWEROFF' },
  release: { HOLD: 'PENDING' },
  'recover-delete': { ...ENDS, ...ENDS_OFF, ...CLEANED },
  resume: { POWEROFF: 'BOOT_POWEROFF', SUSPENDED: 'BOOT_SUSPENDED', UNDEPLOYED: 'PENDING', UNKNOWN: 'BOOT_UNKNOWN' },
  suspend: { RUNNING: 'SAVE_SUSPEND' },
  terminate: { ...ENDS, ...ENDS_OFF },
  'terminate-hard': { ...ENDS, ...ENDS_OFF, SHUTDOWN: 'SHUTDOWN' },
  undeploy: UNDEPLOYS,
  'undeploy-hard': { ...UNDEPLOYS, SHUTDOWN_UNDEPLOY: 'SHUTDOWN_UNDEPLOY' },
};

/** States that pass by themselves: after how many seconds, as recorded, and into which. */
const PASSING: Record<string, readonly [seconds: number, next: string]> = {
  PROLOG: [3, 'BOOT'],
  BOOT: [2, 'RUNNING'],
  CLEANUP_DELETE: [1, 'DONE'],
  SHUTDOWN: [2.5, 'EPILOG'],
  SHUTDOWN_POWEROFF: [2.5, 'POWEROFF'],
  SHUTDOWN_UNDEPLOY: [2.5, 'EPILOG_UNDEPLOY'],
  SAVE_SUSPEND: [2.5, 'SUSPENDED'],
  EPILOG: [3, 'DONE'],
  EPILOG_UNDEPLOY: [3, 'UNDEPLOYED'],
  BOOT_POWEROFF: [2, 'RUNNING'],
  BOOT_SUSPENDED: [2, 'RUNNING'],
  BOOT_UNKNOWN: [2, 'RUNNING'],
  // One that was on a host goes back there; no other is deployed.
  PENDING: [10, 'PROLOG_UNDEPLOY'],
  PROLOG_UNDEPLOY: [3, 'BOOT_UNDEPLOY'],
  BOOT_UNDEPLOY: [2, 'RUNNING'],
};

/** Does what `onevm poweroff` and the like ask for; `-hard` without asking the guest, and no guest here listens. */
export function act({ cloud, user }: Call, action: string, id: number): void {
  const vm = cloud.get('vms', id);
  requireManage(user, 'VM', vm);
  const refuse = (why: string) => new OneError(`Error performing action "${action}": ${why}`);
  const state = stateOf(vm).long;
  const next = ACTIONS[action];
  if (!next) throw new OneError(`Action "${action}" is not supported`);
  const entered = next[state];
  if (entered === undefined)
    throw refuse(
      action.startsWith('terminate')
        ? `Could not terminate VM ${id}, wrong state ${state}.`
        : `This action is not available for state ${state}`,
    );
  if (state === 'DONE') return;
  if (entered.startsWith('BOOT') || state === 'UNDEPLOYED') openRecord(vm);
  else Object.assign(lastRecord(vm) ?? {}, doneBy(user, action));
  enter(cloud, vm, entered);
}

/** Puts a virtual machine into a state by name: one of its own, or what an ACTIVE one does. */
export function setState(vm: Tree, state: string): void {
  const { STATE, LCM_STATE } = numbersOf(state);
  Object.assign(vm, { STATE, LCM_STATE, PREV_STATE: STATE, PREV_LCM_STATE: LCM_STATE });
}

const lastRecord = (vm: Tree): Tree | undefined => trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1);

/** Puts a virtual machine into a state, with what follows from it, and the next one if it passes. */
export function enter(cloud: Cloud, vm: Tree, state: string): void {
  const time = String(now());
  const record = lastRecord(vm) ?? {};
  if (state === 'BOOT') {
    Object.assign(record, { PETIME: time, RSTIME: time });
    vm.DEPLOY_ID = text(vm, 'TEMPLATE/OS/UUID');
  }
  const ran = text(record, 'RSTIME') !== '0' && text(record, 'RETIME') === '0';
  if (['EPILOG', 'EPILOG_UNDEPLOY', 'POWEROFF', 'SUSPENDED'].includes(state) && ran) record.RETIME = time;
  if (state.startsWith('EPILOG')) record.ESTIME = time;
  if (state.startsWith('EPILOG') || state === 'CLEANUP_DELETE') leaveHost(cloud, vm);
  if (['DONE', 'UNDEPLOYED'].includes(state) && text(record, 'OID') !== '') Object.assign(record, { EETIME: time, ETIME: time });
  if (state === 'DONE') freeImages(cloud, vm);
  setState(vm, state);
  const { STATE } = numbersOf(state);
  const line = STATE === '3' ? `New LCM state is ${state}` : `New state is ${state}`;
  const active = state === 'PROLOG' ? ['[VM][I]: New state is ACTIVE'] : [];
  writeVmLog(cloud.logs, text(vm, 'ID'), [...active, `[VM][I]: ${line}`]);
  pass(cloud, vm);
}

/** Waits for the end of a state that passes. */
function pass(cloud: Cloud, vm: Tree): void {
  const state = stateOf(vm).long;
  const asked = HISTORY_ACTIONS[int(lastRecord(vm) ?? {}, 'ACTION')];
  const waits = state.startsWith('SHUTDOWN') && !asked?.endsWith('-hard');
  const step = PASSING[state];
  if (!step || waits || (state === 'PENDING' && !lastRecord(vm))) return;
  const [seconds, next] = step;
  void Promise.all([sleep(seconds * 1000), WORK[state]?.(cloud, vm)]).then(([, wrong]) => {
    if (!cloud.state.vms.includes(vm) || stateOf(vm).long !== state) return;
    if (wrong === undefined) enter(cloud, vm, next);
    else fail(cloud, vm, state, wrong.replaceAll('\r', '').trim());
    cloud.save();
  });
}

/** What was to be done on its host was not. */
function fail(cloud: Cloud, vm: Tree, state: string, wrong: string): void {
  const { state: failed = state, says = '' } = FAILED[state] ?? {};
  vm.USER_TEMPLATE = withAttributes(vm.USER_TEMPLATE as Tree, { ERROR: templateError(`${says}${wrong.replaceAll('\n', ' ')}`) });
  writeVmLog(
    cloud.logs,
    text(vm, 'ID'),
    wrong.split('\n').map((line) => `[VMM][E]: ${says}${line}`),
  );
  enter(cloud, vm, failed);
}

/** What was passing when oned was stopped goes on. */
export function goOn(cloud: Cloud): void {
  for (const vm of cloud.state.vms) pass(cloud, vm);
}

/** What a record of the history says of what was done last, and by whom. */
export function doneBy(user: User, action: string): Record<string, string> {
  const { GID } = groupOf(user.id);
  return { ACTION: String(HISTORY_ACTIONS.indexOf(action)), UID: String(user.id), GID, REQUEST_ID: String(randomInt(10_000)) };
}

/** Closes the last record of the history, and opens one for a machine that starts again where it was. */
function openRecord(vm: Tree): void {
  const records = trees(vm, 'HISTORY_RECORDS/HISTORY');
  const last = records.at(-1);
  if (!last) return;
  const time = String(now());
  const fresh = { STIME: time, ETIME: '0', PSTIME: '0', PETIME: '0', RSTIME: time, RETIME: '0', ESTIME: '0', EETIME: '0' };
  const nobody = { ACTION: '0', UID: '-1', GID: '-1', REQUEST_ID: '-1' };
  vm.HISTORY_RECORDS = { HISTORY: [...records, { ...last, SEQ: String(int(last, 'SEQ') + 1), ...fresh, ...nobody }] };
  if (text(last, 'ETIME') === '0') last.ETIME = time;
}

const without = (object: Tree, id: string) => idList(ids(object, 'VMS').filter((other) => other !== id));

/** A machine's images are free of it; its end is written down. */
function freeImages(cloud: Cloud, vm: Tree): void {
  const id = text(vm, 'ID');
  vm.ETIME = String(now());
  for (const graphics of trees(vm, 'TEMPLATE/GRAPHICS')) delete graphics.PORT;
  for (const image of cloud.state.images.filter((one) => text(one, 'TYPE') !== '6' && ids(one, 'VMS').includes(id))) {
    const running = int(image, 'RUNNING_VMS') - 1;
    const free = running === 0 && { STATE: '1', PREV_STATE: '1' };
    Object.assign(image, { VMS: without(image, id), RUNNING_VMS: String(running), ...free });
  }
}

/** A machine's host is free of it. */
function leaveHost(cloud: Cloud, vm: Tree): void {
  const id = text(vm, 'ID');
  for (const host of cloud.state.hosts.filter((one) => ids(one, 'VMS').includes(id))) {
    host.VMS = without(host, id);
    const share = trees(host, 'HOST_SHARE')[0] ?? {};
    const less = (name: string, amount: number) => String(Math.max(0, int(share, name) - amount));
    Object.assign(share, {
      RUNNING_VMS: less('RUNNING_VMS', 1),
      CPU_USAGE: less('CPU_USAGE', Number(text(vm, 'TEMPLATE/CPU')) * 100),
      MEM_USAGE: less('MEM_USAGE', int(vm, 'TEMPLATE/MEMORY') * 1024),
    });
  }
}

// ---------------------------------------------------------------------------------------------- how backups are made

/** `onevm update`: the attributes that are its user's, labels among them. */
export function updateUserTemplate({ cloud, user }: Call, id: number, source: string, append: boolean): void {
  const vm = cloud.get('vms', id);
  requireManage(user, 'VM', vm);
  vm.USER_TEMPLATE = withAttributes(append ? (vm.USER_TEMPLATE as Tree) : {}, parseTemplate(source));
}

/** In these states a configuration can be changed, and in no other that is met here. */
const CONFIGURABLE = ['RUNNING', 'PENDING', 'HOLD', 'POWEROFF', 'UNDEPLOYED', 'CLONING', 'CLONING_FAILURE'];

/** `onevm updateconf`, of which the stand-in knows how backups are made, and no other part. Source: VirtualMachine::updateconf. */
export function updateConfiguration({ cloud, user }: Call, id: number, source: string, append: boolean): void {
  const given = known(parseTemplate(source));
  const vm = cloud.get('vms', id);
  requireManage(user, 'VM', vm);
  const state = stateOf(vm).long;
  if (!CONFIGURABLE.includes(state)) throw new OneError(`configuration cannot be updated in state ${state}`);
  const others = Object.keys(given).filter((name) => name !== 'BACKUP_CONFIG');
  if (others.length > 0) throw new OneError(`The stand-in for OpenNebula changes BACKUP_CONFIG only, not ${others.join(', ')}`);
  (vm.BACKUPS as Tree).BACKUP_CONFIG = backupConfig(vm, given, append);
}

/** The ids of disks in `DISK_IDS="3,1"`, lowest first. */
function diskIds(given: Tree, vm: Tree): string[] {
  const value = text(given, 'DISK_IDS');
  if (value !== '' && !/^\d+(,\d+)*$/.test(value)) throw new OneError(`Invalid DISK_IDS value: ${value}`);
  const chosen = [...new Set(value.split(',').filter(Boolean))].sort((one, other) => Number(one) - Number(other));
  const possible = keepable(vm, true).map((disk) => text(disk, 'DISK_ID'));
  const wrong = chosen.find((id) => !possible.includes(id));
  if (wrong !== undefined) throw new OneError(`Invalid DISK_IDS, disk ${wrong} cannot be backed up`);
  return chosen;
}

/** How backups are made from now on. A change of the mode or of the disks forgets the chain. Source: Backups::parse. */
export function backupConfig(vm: Tree, template: Tree, append: boolean): Tree {
  const old = trees(vm, 'BACKUPS/BACKUP_CONFIG')[0] ?? {};
  if (template.BACKUP_CONFIG === undefined) return old;
  const given = trees(template, 'BACKUP_CONFIG')[0];
  if (!given) throw new OneError('Internal error parsing BACKUP_CONFIG attribute.');
  const word = (name: string) => text(given, name).toUpperCase();
  const one = (name: string, words: string[]) => (words.includes(word(name)) ? word(name) : words[0]) ?? '';
  const yes = (name: string) => (['YES', 'TRUE'].includes(word(name)) ? 'YES' : 'NO');
  const config: Tree = { ...old };
  const set = (name: string, value: string) => {
    if (!append || word(name) !== '') config[name] = value;
  };
  const keep = Number.parseInt(text(given, 'KEEP_LAST'), 10);
  if (!Number.isNaN(keep)) config.KEEP_LAST = String(Math.max(0, keep));
  else if (!append) delete config.KEEP_LAST;
  set('BACKUP_VOLATILE', yes('BACKUP_VOLATILE'));
  if (!append || find(given, 'DISK_IDS') !== undefined) {
    const chosen = diskIds(given, vm);
    if (chosen.length > 0) config.DISK_IDS = chosen.join(',');
    else delete config.DISK_IDS;
  }
  set('FS_FREEZE', one('FS_FREEZE', ['NONE', 'AGENT', 'SUSPEND']));
  set('INTERACTIVE', yes('INTERACTIVE'));
  const disks = keepable(vm, config.BACKUP_VOLATILE === 'YES');
  const forget = () => Object.assign(config, { INCREMENTAL_BACKUP_ID: '-1', LAST_INCREMENT_ID: '-1' });
  // Only qcow2 disks have increments.
  if (!disks.every((disk) => text(disk, 'FORMAT').toUpperCase() === 'QCOW2')) {
    config.MODE = 'FULL';
    delete config.INCREMENT_MODE;
    forget();
    return withAttributes(config, {});
  }
  if (!append || word('MODE') !== '') {
    config.MODE = one('MODE', ['FULL', 'INCREMENT']);
    if (config.MODE !== 'INCREMENT' || old.MODE !== 'INCREMENT') forget();
    set('INCREMENT_MODE', one('INCREMENT_MODE', ['CBT', 'SNAPSHOT']));
  }
  const changed = (name: string, unset: string) => (find(config, name) ?? unset) !== (find(old, name) ?? unset);
  if (changed('DISK_IDS', '') || changed('BACKUP_VOLATILE', 'NO')) forget();
  if (config.INTERACTIVE === 'YES' && config.MODE === 'INCREMENT' && config.INCREMENT_MODE === 'SNAPSHOT')
    throw new OneError('Interactive backups do not support SNAPSHOT increment mode.');
  return withAttributes(config, {});
}
