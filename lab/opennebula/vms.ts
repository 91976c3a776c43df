/** What is asked of virtual machines besides backups: to stop and start, and another configuration. There is no guest that could refuse. */
import { randomInt } from 'node:crypto';
import { type Cloud, requireManage } from './cloud.ts';
import { now } from './format.ts';
import { groupOf, type User } from './state.ts';
import { HISTORY_ACTIONS, LCM_STATES, VM_STATES, word } from './states.ts';
import { parseTemplate, withAttributes } from './template.ts';
import { idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';
import { writeVmLog } from './vmlog.ts';

/** RUNNING, or another state, by name: of one that is ACTIVE what it does. */
export function stateOf(vm: Tree): string {
  if (int(vm, 'STATE') !== VM_STATES.indexOf('ACTIVE')) return word(VM_STATES, int(vm, 'STATE'));
  return word(LCM_STATES, int(vm, 'LCM_STATE')).split(' ')[0] ?? '';
}

/** From which states an action leads to which. Source: DispatchManagerActions.cc; what lies between is over at once here. */
const ACTIONS: Record<string, { from: string[]; to: string }> = {
  hold: { from: ['PENDING'], to: 'HOLD' },
  poweroff: { from: ['RUNNING', 'UNKNOWN'], to: 'POWEROFF' },
  'poweroff-hard': { from: ['RUNNING', 'UNKNOWN'], to: 'POWEROFF' },
  reboot: { from: ['RUNNING'], to: 'RUNNING' },
  'reboot-hard': { from: ['RUNNING'], to: 'RUNNING' },
  release: { from: ['HOLD'], to: 'PENDING' },
  resume: { from: ['POWEROFF', 'SUSPENDED', 'STOPPED', 'UNDEPLOYED', 'UNKNOWN'], to: 'RUNNING' },
  stop: { from: ['RUNNING', 'SUSPENDED'], to: 'STOPPED' },
  suspend: { from: ['RUNNING'], to: 'SUSPENDED' },
  undeploy: { from: ['RUNNING', 'UNKNOWN', 'POWEROFF'], to: 'UNDEPLOYED' },
  'undeploy-hard': { from: ['RUNNING', 'UNKNOWN', 'POWEROFF'], to: 'UNDEPLOYED' },
};

/** Does what `onevm poweroff` and the like ask for. */
export function act(cloud: Cloud, user: User, id: number, action: string): void {
  const vm = cloud.get('vms', id);
  requireManage(user, 'VM', vm);
  const refuse = (why: string) => new OneError(`Error performing action "${action}": ${why}`);
  const state = stateOf(vm);
  if (action.startsWith('terminate')) {
    const going = int(vm, 'STATE') === VM_STATES.indexOf('ACTIVE') && !['RUNNING', 'UNKNOWN'].includes(state);
    if (going) throw refuse(`Could not terminate VM ${id}, wrong state ${state}.`);
    if (state !== 'DONE') terminate(cloud, user, vm, action);
    return;
  }
  const known = ACTIONS[action];
  if (!known) throw new OneError(`Action "${action}" is not supported`);
  if (!known.from.includes(state)) throw refuse(`This action is not available for state ${state}`);
  enter(cloud, vm, known.to);
  remember(vm, user, action);
}

/** LCM_STATE of one that is ACTIVE and has nothing else to do. */
const RUNNING = 3;

/** Puts a virtual machine into a state, by OpenNebula's numbers. */
export function setState(vm: Tree, state: number, lcm: number): void {
  Object.assign(vm, { STATE: String(state), LCM_STATE: String(lcm), PREV_STATE: String(state), PREV_LCM_STATE: String(lcm) });
}

function enter(cloud: Cloud, vm: Tree, state: string): void {
  if (state === 'RUNNING') setState(vm, VM_STATES.indexOf('ACTIVE'), RUNNING);
  else setState(vm, VM_STATES.indexOf(state), 0);
  writeVmLog(cloud.logs, text(vm, 'ID'), [state === 'RUNNING' ? '[VM][I]: New LCM state is RUNNING' : `[VM][I]: New state is ${state}`]);
}

/** What a record of the history says of what was done last, and by whom. */
export function doneBy(user: User, action: string): Record<string, string> {
  const { GID } = groupOf(user.id);
  return { ACTION: String(HISTORY_ACTIONS.indexOf(action)), UID: String(user.id), GID, REQUEST_ID: String(randomInt(10_000)) };
}

function remember(vm: Tree, user: User, action: string): void {
  Object.assign(trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, doneBy(user, action));
}

/** Ends a virtual machine; its images and its host are free of it. */
function terminate(cloud: Cloud, user: User, vm: Tree, action: string): void {
  const id = text(vm, 'ID');
  const host = text(trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, 'HOSTNAME');
  enter(cloud, vm, 'DONE');
  remember(vm, user, action);
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

/** What of the template belongs to the configuration, and which of its members: the others stay, such as a port. */
const CONFIGURATION: Record<string, string> = {
  OS: 'ARCH MACHINE KERNEL INITRD BOOTLOADER BOOT KERNEL_CMD ROOT SD_DISK_BUS UUID FIRMWARE FIRMWARE_FORMAT',
  FEATURES:
    'ACPI PAE APIC LOCALTIME HYPERV GUEST_AGENT VIRTIO_SCSI_QUEUES VIRTIO_BLK_QUEUES IOTHREADS MIGRATE_AUTO_CONVERGE MIGRATE_COMPRESSED',
  INPUT: 'TYPE BUS',
  GRAPHICS: 'TYPE LISTEN PASSWD KEYMAP COMMAND',
  VIDEO: 'TYPE IOMMU ATS VRAM RESOLUTION',
  RAW: 'DATA DATA_VMX TYPE VALIDATE',
  CPU_MODEL: 'MODEL FEATURES',
};

/** `onevm updateconf`: what is not given is taken out, with `append` it stays. Source: VirtualMachine::updateconf. */
export function updateConfiguration(cloud: Cloud, user: User, id: number, source: string, append: boolean): void {
  const given = parseTemplate(source);
  const vm = cloud.get('vms', id);
  requireManage(user, 'VM', vm);
  if (!CONFIGURABLE.includes(stateOf(vm))) throw new OneError(`configuration cannot be updated in state ${stateOf(vm)}`);
  if (given.CONTEXT !== undefined && !trees(vm, 'TEMPLATE/CONTEXT')[0])
    throw new OneError('Virtual machine does not have context, cannot add a new one.');
  const config = backupConfig(vm, given, append);

  const template = { ...(vm.TEMPLATE as Tree) };
  for (const [name, members] of Object.entries(CONFIGURATION)) {
    const [old, wanted] = [trees(template, name)[0], trees(given, name)[0]];
    if (wanted) template[name] = old ? merged(old, wanted, members.split(' '), append) : wanted;
    else if (!append) delete template[name];
  }
  const context = trees(template, 'CONTEXT')[0];
  const { TARGET = '', DISK_ID = '' } = context ?? {};
  const wanted = trees(given, 'CONTEXT')[0];
  if (wanted) template.CONTEXT = withAttributes(append ? (context ?? {}) : {}, { ...wanted, TARGET, DISK_ID });
  const { SCHED_ACTION: actions, ...rest } = template;
  vm.TEMPLATE = { ...withAttributes(rest, {}), ...(actions !== undefined && { SCHED_ACTION: actions }) };
  (vm.BACKUPS as Tree).BACKUP_CONFIG = config;
}

function merged(old: Tree, wanted: Tree, members: string[], append: boolean): Tree {
  const kept = Object.entries(old).filter(([name]) => append || !members.includes(name));
  return withAttributes(Object.fromEntries(kept), Object.fromEntries(Object.entries(wanted).filter(([name]) => members.includes(name))));
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
