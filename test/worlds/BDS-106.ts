import { addHost, hosts, set } from '../../lab/faults/opennebula.ts';
import { command } from '../../lab/faults/programs.ts';
import { allOffline } from './faults.ts';
import { behind102, every, kvm01, kvm02, ofHosts, undetermined } from './world.ts';

const undeclared = (state: string, number: string) =>
  hosts(`OpenNebula has a host that nobody declared, in state ${state}`, addHost('kvm02', number), /<NAME>kvm02</);
const unwanted = [/kvm02: expected only hosts that the site file declares/, /onehost delete kvm02/];

const declared = { site: { hosts: [kvm01, kvm02] } };

export default every(declared, {
  'declared-host-by-short-name.not-met': {
    fault: hosts(
      'OpenNebula lists a host by its short name that is declared by its full one',
      set('hosts', 1, { NAME: 'kvm02' }),
      /<NAME>kvm02</,
    ),
    reasons: [/kvm02: expected only/, /kvm02\.example\.net: expected in/],
  },
  'declared-host-disabled.met': { fault: hosts('a declared host is DISABLED in OpenNebula', set('hosts', 1, { STATE: '4' }), /<STATE>4</) },
  'declared-host-missing.not-met': {
    fault: hosts('OpenNebula lacks a host that is declared', (cloud) => cloud.hosts.pop(), /^(?![\s\S]*kvm02)/),
    reasons: [/kvm02\.example\.net: expected in OpenNebula.s list/, /onehost create kvm02\.example\.net/],
  },
  'declared-host-offline.met': {
    fault: hosts('a declared host is OFFLINE in OpenNebula', set('hosts', 1, { STATE: '8', VMS: {} }), /<STATE>8</),
  },
  'declared-hosts-all-offline.met': {
    fault: hosts('all declared hosts are OFFLINE in OpenNebula', allOffline, /<STATE>8</),
    also: undetermined('102', '105', '205', '303', '304', '305', '306'),
    reasons: ofHosts(/all 2 are OFFLINE/),
  },
  'declared-hosts-none-listed.not-met': {
    fault: hosts('OpenNebula lists no host, and two are declared', (cloud) => Object.assign(cloud, { hosts: [] }), /^<HOST_POOL *\/>/),
    also: undetermined('102', '105', '205', '303', '304', '305', '306'),
    reasons: { ...ofHosts(/it lists none/), 106: [/kvm01/, /kvm02/] },
  },
  'declared-hosts-not-listed.blocked': {
    fault: command('onehost alone fails, and hosts are declared', 'onehost', { script: 'echo failed >&2; exit 255', looks: /failed/ }),
    also: { ...undetermined('102'), ...behind102 },
    reasons: { 102: /onehost list -x/ },
  },
  'undeclared-host-disabled.not-met': { fault: undeclared('disabled', '4'), reasons: unwanted },
  'undeclared-host-in-error.not-met': { fault: undeclared('in-error', '3'), reasons: unwanted },
  'undeclared-host-init.not-met': { fault: undeclared('init', '0'), reasons: unwanted },
  'undeclared-host-of-containers.met': {
    fault: hosts(
      'OpenNebula has a host that nobody declared, and that runs containers',
      (cloud) => [addHost('kvm02')(cloud), Object.assign(cloud.hosts.at(-1) ?? {}, { VM_MAD: 'lxc' })],
      /lxc/,
    ),
  },
  'undeclared-host-offline.met': {
    fault: hosts('OpenNebula has a host that nobody declared, but it is OFFLINE', addHost('kvm02', '8'), /<NAME>kvm02</),
  },
  'undeclared-host-offline-in-use.not-met': {
    fault: hosts(
      'OpenNebula has a host that nobody declared, OFFLINE with a VM on it',
      (cloud) => [addHost('kvm02', '8')(cloud), Object.assign(cloud.hosts.at(-1) ?? {}, { VMS: { ID: ['1'] } })],
      /<NAME>kvm02</,
    ),
    reasons: unwanted,
  },
  'undeclared-host-on.not-met': { fault: undeclared('on', '2'), reasons: unwanted },
});
