/** How a virtual machine gets to a host: chosen by the scheduler in its round, or named by `onevm deploy`. */
import { type Call, type Cloud, log, requireAdminOf } from './cloud.ts';
import { longTime, now } from './format.ts';
import { release } from './releases.ts';
import { stateOf } from './states.ts';
import { withAttributes } from './template.ts';
import { idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';
import { enter } from './vms.ts';

const MONITORED = '2';
const OFFLINE = '8';

/** `ID=1`, `NAME = "kvm01"`, joined by & and |. A requirement that is not understood is met by no host. */
function meets(host: Tree, requirements: string): boolean {
  if (requirements.trim() === '') return true;
  const isMet = (condition: string) => {
    const [, name = '', how, value = ''] = /^[\s("]*(\w+)"?\s*(!?=)\s*"?([^")]*)"?[\s)]*$/.exec(condition) ?? [];
    const found = text(host, name) || text(host, `TEMPLATE/${name}`);
    return how !== undefined && (found === value.trim()) === (how === '=');
  };
  return requirements.split('|').some((all) => all.split('&').every(isMet));
}

/** What it takes of a host: hundredths of a CPU, KiB. */
const cpuOf = (vm: Tree) => Math.round(Number(text(vm, 'TEMPLATE/CPU')) * 100);
const memoryOf = (vm: Tree) => int(vm, 'TEMPLATE/MEMORY') * 1024;

/** What a host has too little of for a machine, in the words of HostShare::test; undefined where it fits. No host here has devices to give away. */
function lackOf(host: Tree, vm: Tree): string | undefined {
  const free = (name: string) => int(host, `HOST_SHARE/MAX_${name}`) - int(host, `HOST_SHARE/${name}_USAGE`);
  if (free('CPU') < cpuOf(vm)) return `Not enough CPU: ${cpuOf(vm)}/${free('CPU')}`;
  if (free('MEM') < memoryOf(vm)) return `Not enough memory: ${memoryOf(vm)}/${free('MEM')}`;
  return trees(vm, 'TEMPLATE/PCI').length > 0 ? 'Unavailable PCI device.' : undefined;
}

/** One round of the scheduler: what is pending, and never was on a host, gets one that is on, has room, and is as required. */
export function placeAll(cloud: Cloud): void {
  const pending = cloud.state.vms.filter((vm) => stateOf(vm).long === 'PENDING' && trees(vm, 'HISTORY_RECORDS/HISTORY').length === 0);
  for (const vm of pending) {
    const requirements = text(vm, 'USER_TEMPLATE/SCHED_REQUIREMENTS');
    const [host] = cloud.state.hosts
      .filter((one) => text(one, 'STATE') === MONITORED && meets(one, requirements) && lackOf(one, vm) === undefined)
      .toSorted((one, other) => int(one, 'HOST_SHARE/RUNNING_VMS') - int(other, 'HOST_SHARE/RUNNING_VMS'));
    const { SCHED_MESSAGE: _old, ...rest } = vm.USER_TEMPLATE as Tree;
    const message = `${longTime(now())}: No host meets capacity and SCHED_REQUIREMENTS: ${requirements}`;
    vm.USER_TEMPLATE = host ? rest : withAttributes(rest, { SCHED_MESSAGE: message });
    if (host) begin(cloud, vm, host, { PLAN_ID: '-1', ACTION_ID: '0' });
    else log('SCH', 'D', `VM ${text(vm, 'ID')}: no host`);
  }
  if (pending.length > 0) cloud.save();
}

/**
 * `onevm deploy`, of one that is pending or held. It may name a host that is disabled, or in error; whether there is room is asked of those who say
 * --enforce alone. Source: RequestManagerVirtualMachine::get_host_information and check_host; nobody has recorded what they refuse.
 */
export function deploy({ cloud, user }: Call, id: number, hostId: number, enforce: boolean): void {
  const host = cloud.get('hosts', hostId);
  if (text(host, 'STATE') === OFFLINE) throw new OneError('Host is offline, cannot use it to deploy VM');
  const vm = cloud.get('vms', id);
  requireAdminOf(user, 'VM', vm);
  const state = stateOf(vm).long;
  if (!['PENDING', 'HOLD'].includes(state)) throw new OneError(`Deploy action is not available for state ${state}`);
  const lack = enforce ? lackOf(host, vm) : undefined;
  if (lack !== undefined) throw new OneError(`virtual machine [${id}] does not fit in host [${hostId}]. ${lack}`);
  begin(cloud, vm, host, { PLAN_ID: '-2', ACTION_ID: '-1' });
}

/** It is on that host from now on. */
function begin(cloud: Cloud, vm: Tree, host: Tree, plan: Tree): void {
  const [id, time] = [text(vm, 'ID'), String(now())];
  const { driver } = release().transfer;
  const share = host.HOST_SHARE as Tree;
  host.VMS = idList([...ids(host, 'VMS'), id]);
  Object.assign(share, {
    RUNNING_VMS: String(int(share, 'RUNNING_VMS') + 1),
    CPU_USAGE: String(int(share, 'CPU_USAGE') + cpuOf(vm)),
    MEM_USAGE: String(int(share, 'MEM_USAGE') + memoryOf(vm)),
  });
  for (const graphics of trees(vm, 'TEMPLATE/GRAPHICS'))
    Object.assign(graphics, withAttributes(graphics, { PORT: String(5900 + Number(id)) }));
  vm.TEMPLATE = withAttributes(vm.TEMPLATE as Tree, { TM_MAD_SYSTEM: driver });
  const times = { STIME: time, ETIME: '0', VM_MAD: 'kvm', TM_MAD: driver, DS_ID: '0', ...plan };
  const ends = { PSTIME: time, PETIME: '0', RSTIME: '0', RETIME: '0', ESTIME: '0', EETIME: '0' };
  const nobody = { ACTION: '0', UID: '-1', GID: '-1', REQUEST_ID: '-1' };
  const where = { OID: id, SEQ: '0', HOSTNAME: text(host, 'NAME'), HID: text(host, 'ID'), CID: '0' };
  vm.HISTORY_RECORDS = { HISTORY: { ...where, ...times, ...ends, ...nobody } };
  enter(cloud, vm, 'PROLOG');
}
