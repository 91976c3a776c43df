/** What oned does with hosts: create, delete, enable, disable, take offline, monitor. */
import { type Call, type Cloud, checkName, log, requireAdmin } from './cloud.ts';
import { run } from './drivers.ts';
import { longTime, now } from './format.ts';
import { copyDrivers } from './remotes.ts';
import { monitored, newHost } from './state.ts';
import { numbersOf, stateOf } from './states.ts';
import { withAttributes } from './template.ts';
import { int, OneError, type Tree, text, trees } from './tree.ts';
import { writeVmLog } from './vmlog.ts';

const INIT = '0';
const ERROR = '3';
const DISABLED = '4';
const OFFLINE = '8';

export const inError = (host: Tree): boolean => text(host, 'STATE') === ERROR;

function setState(host: Tree, state: string): void {
  Object.assign(host, { STATE: state, PREV_STATE: state });
}

/** Creates a host in state INIT and returns its id; it is monitored after that. */
export function allocateHost({ cloud, user }: Call, name: string, im: string, vm: string): number {
  requireAdmin(user, 'CREATE HOST', 'ADMIN CLUSTER [0]');
  const valid = checkName(name, { kind: 'HOST', objects: cloud.state.hosts });
  const id = cloud.newId('hosts');
  const host = newHost(id, valid, { im, vm });
  cloud.state.hosts.push(host);
  void monitorHost(cloud, host);
  return id;
}

/** Deletes a host that runs nothing. */
export function deleteHost({ cloud, user }: Call, id: number): void {
  const host = cloud.get('hosts', id);
  requireAdmin(user, `ADMIN HOST [${id}]`);
  if (int(host, 'HOST_SHARE/RUNNING_VMS') > 0) throw new OneError('Cannot delete host. Can not remove a host with running VMs.');
  cloud.state.hosts = cloud.state.hosts.filter((other) => other !== host);
}

/** Enables, disables or takes a host offline. An enabled host is INIT until it is monitored. */
export function setHostStatus({ cloud, user }: Call, id: number, status: 'enable' | 'disable' | 'offline'): void {
  const host = cloud.get('hosts', id);
  requireAdmin(user, `ADMIN HOST [${id}]`);
  setState(host, { enable: INIT, disable: DISABLED, offline: OFFLINE }[status]);
  if (status === 'enable') void monitorHost(cloud, host);
  if (status === 'offline') forgetCapacity(host);
}

function forgetCapacity(host: Tree): void {
  Object.assign(trees(host, 'HOST_SHARE')[0] ?? {}, { TOTAL_MEM: '0', TOTAL_CPU: '0', MAX_MEM: '0', MAX_CPU: '0' });
  const { TOTALCPU: _cpu, TOTALMEMORY: _memory, ...template } = trees(host, 'TEMPLATE')[0] ?? {};
  host.TEMPLATE = template;
}

/**
 * Starts the agent on a host, by ssh as oned does; the host is `on` or in error after that. Nothing looks again later:
 * the real agent reports by itself, which is why a host whose sshd died stays `on`.
 */
async function monitorHost(cloud: Cloud, host: Tree): Promise<void> {
  const { code } = await run('ssh', [text(host, 'NAME'), 'true']);
  // Disabled, taken offline or deleted meanwhile.
  if (!cloud.state.hosts.includes(host) || [DISABLED, OFFLINE].includes(text(host, 'STATE'))) return;
  const name = `${text(host, 'NAME')} (${text(host, 'ID')})`;
  if (code === 0) {
    if (cloud.hasFrontend) await copyDrivers(text(host, 'NAME'), cloud.scripts);
    Object.assign(host, monitored(host, now(), cloud.state.release));
    log('InM', 'D', `Host ${name} successfully monitored.`);
  } else {
    setState(host, ERROR);
    forgetCapacity(host);
    const message = `${longTime(now())} : Error monitoring Host ${name}: `;
    host.TEMPLATE = withAttributes(trees(host, 'TEMPLATE')[0] ?? {}, { ERROR: message });
    log('InM', 'E', `Error monitoring Host ${name}`);
  }
  followHost(cloud, host);
  cloud.save();
}

/** Of virtual machines on a host in error nothing is known; once it is monitored again, it is. Those of disabled hosts stay as they are. */
export function followHost(cloud: Cloud, host: Tree): void {
  const [from, to] = inError(host) ? ['RUNNING', 'UNKNOWN'] : ['UNKNOWN', 'RUNNING'];
  const on = (vm: Tree) => text(trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, 'HID') === text(host, 'ID');
  for (const vm of cloud.state.vms.filter((one) => on(one) && stateOf(one).long === from)) {
    Object.assign(vm, numbersOf(to));
    writeVmLog(cloud.logs, text(vm, 'ID'), [`[VM][I]: New LCM state is ${to}`]);
  }
}
