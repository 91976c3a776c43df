/** What is asked of virtual machines besides backups: to stop and start, and how backups are made. There is no guest that could refuse. */
import { randomInt } from 'node:crypto';
import { type Call, type Cloud, requireManage } from './cloud.ts';
import { now } from './format.ts';
import { groupOf, type User } from './state.ts';
import { HISTORY_ACTIONS, numbersOf, stateOf } from './states.ts';
import { parseTemplate, withAttributes } from './template.ts';
import { idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';
import { writeVmLog } from './vmlog.ts';

/** From which states an action leads to which. Source: DispatchManagerActions.cc; what lies between is over at once here. */
const ACTIONS: Record<string, { from: string[]; to: string }> = {
  hold: { from: ['PENDING'], to: 'HOLD' },
  poweroff: { from: ['RUNNING', 'UNKNOWN'], to: 'POWEROFF' },
  release: { from: ['HOLD'], to: 'PENDING' },
  resume: { from: ['POWEROFF', 'SUSPENDED', 'STOPPED', 'UNDEPLOYED', 'UNKNOWN'], to: 'RUNNING' },
  suspend: { from: ['RUNNING'], to: 'SUSPENDED' },
  undeploy: { from: ['RUNNING', 'UNKNOWN', 'POWEROFF'], to: 'UNDEPLOYED' },
};

/** Does what `onevm poweroff` and the like ask for; `-hard` without asking the guest. */
export function act({ cloud, user }: Call, action: string, id: number): void {
  const vm = cloud.get('vms', id);
  requireManage(user, 'VM', vm);
  const refuse = (why: string) => new OneError(`Error performing action "${action}": ${why}`);
  const [state, name] = [stateOf(vm).long, action.replace(/-hard$/, '')];
  if (name === 'terminate') {
    const busy = text(vm, 'STATE') === '3' && !['RUNNING', 'UNKNOWN'].includes(state);
    if (busy) throw refuse(`Could not terminate VM ${id}, wrong state ${state}.`);
    if (state === 'DONE') return;
    release(cloud, vm);
    enter(cloud, vm, 'DONE');
  } else {
    const known = ACTIONS[name];
    if (!known) throw new OneError(`Action "${action}" is not supported`);
    if (!known.from.includes(state)) throw refuse(`This action is not available for state ${state}`);
    enter(cloud, vm, known.to);
  }
  Object.assign(trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, doneBy(user, action));
}

/** Puts a virtual machine into a state by name: one of its own, or what an ACTIVE one does. */
export function setState(vm: Tree, state: string): void {
  const { STATE, LCM_STATE } = numbersOf(state);
  Object.assign(vm, { STATE, LCM_STATE, PREV_STATE: STATE, PREV_LCM_STATE: LCM_STATE });
}

function enter(cloud: Cloud, vm: Tree, state: string): void {
  setState(vm, state);
  writeVmLog(cloud.logs, text(vm, 'ID'), [state === 'RUNNING' ? '[VM][I]: New LCM state is RUNNING' : `[VM][I]: New state is ${state}`]);
}

/** What a record of the history says of what was done last, and by whom. */
export function doneBy(user: User, action: string): Record<string, string> {
  const { GID } = groupOf(user.id);
  return { ACTION: String(HISTORY_ACTIONS.indexOf(action)), UID: String(user.id), GID, REQUEST_ID: String(randomInt(10_000)) };
}

/** The images and the host of a virtual machine that has ended are free of it. */
function release(cloud: Cloud, vm: Tree): void {
  const id = text(vm, 'ID');
  const host = text(trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, 'HOSTNAME');
  vm.ETIME = String(now());
  const without = (object: Tree) => idList(ids(object, 'VMS').filter((other) => other !== id));
  for (const image of cloud.state.images.filter((one) => text(one, 'TYPE') !== '6' && ids(one, 'VMS').includes(id))) {
    const left = without(image);
    const running = int(image, 'RUNNING_VMS') - 1;
    Object.assign(image, { VMS: left, RUNNING_VMS: String(running), ...(running === 0 && { STATE: '1', PREV_STATE: '1' }) });
  }
  for (const one of cloud.state.hosts.filter((candidate) => text(candidate, 'NAME') === host)) {
    one.VMS = without(one);
    const share = trees(one, 'HOST_SHARE')[0] ?? {};
    const less = (name: string, amount: number) => String(Math.max(0, int(share, name) - amount));
    Object.assign(share, {
      RUNNING_VMS: less('RUNNING_VMS', 1),
      CPU_USAGE: less('CPU_USAGE', Number(text(vm, 'TEMPLATE/CPU')) * 100),
      MEM_USAGE: less('MEM_USAGE', int(vm, 'TEMPLATE/MEMORY') * 1024),
    });
  }
}

/** In these states a configuration can be changed, and in no other that is met here. */
const CONFIGURABLE = ['RUNNING', 'PENDING', 'HOLD', 'POWEROFF', 'UNDEPLOYED', 'CLONING', 'CLONING_FAILURE'];

/** `onevm updateconf`, of which the stand-in knows how backups are made, and no other part. Source: VirtualMachine::updateconf. */
export function updateConfiguration({ cloud, user }: Call, id: number, source: string, append: boolean): void {
  const given = parseTemplate(source);
  const vm = cloud.get('vms', id);
  requireManage(user, 'VM', vm);
  const state = stateOf(vm).long;
  if (!CONFIGURABLE.includes(state)) throw new OneError(`configuration cannot be updated in state ${state}`);
  const others = Object.keys(given).filter((name) => name !== 'BACKUP_CONFIG');
  if (others.length > 0) throw new OneError(`The stand-in for OpenNebula changes BACKUP_CONFIG only, not ${others.join(', ')}`);
  (vm.BACKUPS as Tree).BACKUP_CONFIG = backupConfig(vm, given, append);
}

/** How backups are made from now on. A change of the mode forgets the chain. Source: Backups::parse. */
function backupConfig(vm: Tree, template: Tree, append: boolean): Tree {
  const old = trees(vm, 'BACKUPS/BACKUP_CONFIG')[0] ?? {};
  if (template.BACKUP_CONFIG === undefined) return old;
  const given = trees(template, 'BACKUP_CONFIG')[0];
  if (!given) throw new OneError('Internal error parsing BACKUP_CONFIG attribute.');
  const word = (name: string) => text(given, name).toUpperCase();
  const one = (name: string, words: string[]) => (words.includes(word(name)) ? word(name) : words[0]) ?? '';
  const yes = (name: string) => (['YES', 'TRUE'].includes(word(name)) ? 'YES' : 'NO');
  const keep = Number.parseInt(text(given, 'KEEP_LAST'), 10);
  // Only qcow2 disks have increments.
  const incremental = trees(vm, 'TEMPLATE/DISK').every((disk) => text(disk, 'FORMAT') === 'qcow2');
  const values: Record<string, string> = {
    BACKUP_VOLATILE: yes('BACKUP_VOLATILE'),
    FS_FREEZE: one('FS_FREEZE', ['NONE', 'AGENT', 'SUSPEND']),
    INCREMENT_MODE: one('INCREMENT_MODE', ['CBT', 'SNAPSHOT']),
    INTERACTIVE: yes('INTERACTIVE'),
    MODE: incremental ? one('MODE', ['FULL', 'INCREMENT']) : 'FULL',
  };
  const { KEEP_LAST: kept, ...rest } = old;
  const config: Tree = { ...rest, ...(append && kept !== undefined && { KEEP_LAST: kept }) };
  if (!Number.isNaN(keep)) config.KEEP_LAST = String(Math.max(0, keep));
  for (const [name, value] of Object.entries(values)) if (!append || given[name] !== undefined) config[name] = value;
  const modeSet = !append || given.MODE !== undefined || !incremental;
  if (modeSet && (config.MODE !== 'INCREMENT' || old.MODE !== 'INCREMENT'))
    Object.assign(config, { INCREMENTAL_BACKUP_ID: '-1', LAST_INCREMENT_ID: '-1' });
  return withAttributes(config, {});
}
