/** Worlds in which one machine cannot get through to another. */
import { newKey } from '../machines/keys.ts';
import type { Lab } from '../machines/lab.ts';
import { admin, login, loginOverHost, sh, succeeds, type World } from './tools.ts';

const SSH = '/var/lib/one/.ssh';
const AGENT = 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock';

async function restart(lab: Lab, machine: string): Promise<void> {
  await lab.stop(machine, 'sshd');
  await lab.start(machine, 'sshd');
}

/** Puts files out of the way, and back. */
const putAside = (lab: Lab, machine: string, ...files: string[]) =>
  sh(lab, machine, files.map((file) => `mv ${file} ${file}.off`).join('\n'));
const putBack = (lab: Lab, machine: string, ...files: string[]) =>
  sh(lab, machine, files.map((file) => `mv ${file}.off ${file}`).join('\n'));

const noise = (machine: string, name: string): World => ({
  name,
  what: `oneadmin's .bashrc on ${machine} greets everybody, commands included`,
  break: (lab) => sh(lab, machine, `sed -i '1i echo Welcome to ${machine}' ~/.bashrc`),
  repair: (lab) => sh(lab, machine, 'sed -i 1d ~/.bashrc'),
  isBroken: async (lab) => (await login(lab, 'frontend01', machine)).stdout !== '',
});

export const access: World[] = [
  {
    name: 'sshd-down',
    what: 'the SSH server of backup01 is stopped',
    break: (lab) => lab.stop('backup01', 'sshd'),
    repair: (lab) => lab.start('backup01', 'sshd'),
    isBroken: async (lab) => (await login(lab, 'frontend01', 'backup01')).stderr.includes('Connection refused'),
  },
  {
    name: 'host-sshd-down',
    what: 'the SSH server of kvm01 is stopped',
    break: (lab) => lab.stop('kvm01', 'sshd'),
    repair: (lab) => lab.start('kvm01', 'sshd'),
    isBroken: async (lab) => (await login(lab, 'frontend01', 'kvm01')).stderr.includes('Connection refused'),
  },
  {
    name: 'server-frozen',
    what: 'the SSH server of backup01 is frozen: it takes connections and never answers',
    break: (lab) => lab.signal('backup01', 'sshd', 'STOP'),
    repair: (lab) => lab.signal('backup01', 'sshd', 'CONT'),
    isBroken: async (lab) => (await login(lab, 'frontend01', 'backup01')).stderr.includes('timed out during banner exchange'),
  },
  {
    name: 'server-filtered',
    what: 'a packet filter on backup01 drops what comes for its SSH server',
    break: (lab) =>
      admin(lab, 'backup01', "nft 'table inet lab { chain input { type filter hook input priority 0; tcp dport 22 drop; }; }'"),
    repair: (lab) => admin(lab, 'backup01', 'nft delete table inet lab'),
    isBroken: async (lab) => /port 22: Connection timed out/.test((await login(lab, 'frontend01', 'backup01')).stderr),
  },
  {
    name: 'server-rekeyed',
    what: 'the SSH server of backup01 shows a new host key',
    break: async (lab) => {
      await putAside(lab, 'backup01', '/etc/ssh/ssh_host_ed25519_key', '/etc/ssh/ssh_host_ed25519_key.pub');
      await sh(lab, 'backup01', "ssh-keygen -q -t ed25519 -N '' -C root@backup01 -f /etc/ssh/ssh_host_ed25519_key");
      await restart(lab, 'backup01');
    },
    repair: async (lab) => {
      await putBack(lab, 'backup01', '/etc/ssh/ssh_host_ed25519_key', '/etc/ssh/ssh_host_ed25519_key.pub');
      await restart(lab, 'backup01');
    },
    isBroken: async (lab) => (await login(lab, 'frontend01', 'backup01')).stderr.includes('REMOTE HOST IDENTIFICATION HAS CHANGED'),
  },
  {
    name: 'authkeys-missing-on-backup',
    what: 'oneadmin on backup01 has no authorized_keys',
    break: (lab) => putAside(lab, 'backup01', `${SSH}/authorized_keys`),
    repair: (lab) => putBack(lab, 'backup01', `${SSH}/authorized_keys`),
    isBroken: async (lab) => !(await succeeds(lab, 'backup01', 'ls', `${SSH}/authorized_keys`)),
  },
  {
    name: 'agent-stopped',
    what: 'the SSH agent of the front-end is stopped',
    break: (lab) => lab.stop('frontend01', 'agent'),
    repair: (lab) => lab.start('frontend01', 'agent'),
    isBroken: async (lab) => (await lab.shell('frontend01', ['env', AGENT, 'ssh-add', '-l'])).exitCode === 2,
  },
  {
    name: 'agent-empty',
    what: 'the SSH agent of the front-end runs, but holds no key',
    break: (lab) => sh(lab, 'frontend01', `${AGENT} ssh-add -qD`),
    repair: (lab) => sh(lab, 'frontend01', `${AGENT} ssh-add -q`),
    isBroken: async (lab) => (await lab.shell('frontend01', ['env', AGENT, 'ssh-add', '-l'])).exitCode === 1,
  },
  {
    name: 'host-own-key-agent-stopped',
    what: 'the SSH agent of the front-end is stopped, and kvm01 has the key itself',
    break: async (lab) => {
      const key = await sh(lab, 'frontend01', `cat ${SSH}/id_ed25519`);
      await lab.shell('kvm01', ['bash', '-c', `umask 077; cat > ${SSH}/id_ed25519`], { input: key });
      await lab.stop('frontend01', 'agent');
    },
    repair: async (lab) => {
      await lab.start('frontend01', 'agent');
      await sh(lab, 'kvm01', `rm ${SSH}/id_ed25519`);
    },
    isBroken: async (lab) =>
      (await lab.shell('frontend01', ['env', AGENT, 'ssh-add', '-l'])).exitCode === 2 && (await loginOverHost(lab, 'kvm01')).exitCode === 0,
  },
  {
    name: 'host-no-agent-forwarding',
    what: 'the SSH server of kvm01 refuses to forward agents',
    break: async (lab) => {
      await sh(lab, 'kvm01', "sed -i '1i AllowAgentForwarding no' /etc/ssh/sshd_config");
      await restart(lab, 'kvm01');
    },
    repair: async (lab) => {
      await sh(lab, 'kvm01', 'sed -i 1d /etc/ssh/sshd_config');
      await restart(lab, 'kvm01');
    },
    isBroken: async (lab) => {
      const looks = 'ssh -A -o BatchMode=yes kvm01.example.net test -S \'"$SSH_AUTH_SOCK"\'';
      return !(await succeeds(lab, 'frontend01', 'env', AGENT, 'bash', '-c', looks));
    },
  },
  {
    name: 'hostkey-changed-on-host',
    what: 'kvm01 remembers another host key of backup01 than it shows',
    break: async (lab) => {
      const [, key = ''] = newKey('').public.split(' ');
      await sh(
        lab,
        'kvm01',
        `cp -a ${SSH}/known_hosts ${SSH}/known_hosts.off; sed -i -E '/backup01/s# [^ ]+( [^ ]*)?$# ${key}#' ${SSH}/known_hosts`,
      );
    },
    repair: (lab) => putBack(lab, 'kvm01', `${SSH}/known_hosts`),
    isBroken: async (lab) => (await loginOverHost(lab, 'kvm01')).stderr.includes('REMOTE HOST IDENTIFICATION HAS CHANGED'),
  },
  {
    name: 'host-no-sshconfig-unknown-key',
    what: "kvm01 has neither OpenNebula's SSH settings nor any known host key",
    break: (lab) => putAside(lab, 'kvm01', `${SSH}/config`, `${SSH}/known_hosts`),
    repair: (lab) => putBack(lab, 'kvm01', `${SSH}/config`, `${SSH}/known_hosts`),
    isBroken: async (lab) => (await loginOverHost(lab, 'kvm01')).stderr.includes('Host key verification failed'),
  },
  noise('backup01', 'noisy-bashrc-on-backup'),
  noise('kvm01', 'noisy-bashrc-on-host'),
];
