/** What a lab is made of before it starts: its machines, every file on them, and the sandbox each lives in. */
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, root } from '../../support/suite.ts';
import { PROGRAMS, REFUSED } from '../opennebula/commands.ts';
import { furnish, productionVms } from '../opennebula/production.ts';
import type { ReleaseName } from '../opennebula/releases.ts';
import { freshCloud, newImage, newTemplate, type State } from '../opennebula/state.ts';
import { idList, ids, text as value } from '../opennebula/tree.ts';
import { drivers, hypervisorPrograms, ONED_CONF, REMOTES, SCRIPTS_REMOTE_DIR, sockets } from './drivers.ts';
import { type Key, newKey } from './keys.ts';

export type Machine = { name: string; fqdn: string; address: string };

const DOMAIN = 'example.net';
const UID = '9869'; // OpenNebula's packages give oneadmin this number
const HOME = '/var/lib/one';
/** The suite, read-only, on the front-end. */
export const SUITE = '/opt/suite';
/** The Node.js that runs here, in a folder of its own on the front-end. */
export const NODE_FOLDER = '/opt/node';
const AGENT = '/var/run/one/ssh-agent.sock';
/** Where Node.js keeps compiled code of the suite and of OpenNebula's stand-ins: here, where it keeps that of the program that has the lab. */
const COMPILED = `${HOME}/.cache/opennebula-backup-compliance`;
/** Runs a source file of the suite. */
const run = (source: string) => `env NODE_COMPILE_CACHE=${COMPILED} ${NODE_FOLDER}/node ${SUITE}/${codeOf(source)}`;
/** All that the stand-in for OpenNebula knows; in a folder of its own, which changes whenever it is saved. */
export const STATE_FILE = `${HOME}/db/one.json`;
const ONED_CONF_FILE = '/etc/one/oned.conf';

/** What a login of oneadmin finds in its environment. */
export const ENVIRONMENT = {
  HOME,
  USER: 'oneadmin',
  LOGNAME: 'oneadmin',
  SHELL: '/bin/bash',
  LANG: 'C.UTF-8',
  PATH: '/usr/local/bin:/usr/bin:/bin',
};

export function machinesOf(hosts: number, bridges = 0): Machine[] {
  const machine = (name: string, address: string): Machine => ({ name, fqdn: `${name}.${DOMAIN}`, address });
  const hypervisors = Array.from({ length: hosts }, (_, i) =>
    machine(`kvm${String(i + 1).padStart(2, '0')}`, `198.19.${Math.floor(i / 200)}.${(i % 200) + 1}`),
  );
  const bridge = (_: unknown, i: number) => machine(`bridge${String(i + 1).padStart(2, '0')}`, `198.18.3.${i + 1}`);
  return [
    machine('frontend01', '198.18.1.1'),
    ...hypervisors,
    ...Array.from({ length: bridges }, bridge),
    machine('backup01', '198.18.2.1'),
  ];
}

const isFrontend = ({ name }: Machine) => name === 'frontend01';
const isBridge = ({ name }: Machine) => name.startsWith('bridge');
const isHypervisor = ({ name }: Machine) => name.startsWith('kvm');
const isBackup = ({ name }: Machine) => name === 'backup01';

/** What runs on machines, in the order it starts: the line that starts it, and what `ps` shows of it. */
export const SERVICES = {
  agent: {
    start: `ssh-agent -a ${AGENT} > /dev/null && echo SSH_AUTH_SOCK=${AGENT} > /run/one/ssh-agent.env && SSH_AUTH_SOCK=${AGENT} ssh-add -q`,
    looks: /^ssh-agent /,
  },
  sshd: { start: '/usr/sbin/sshd -E /var/log/sshd.log', looks: /^(\/usr\/sbin\/)?sshd/ },
  // Started when the network is there: the first thing it does is to look at the backup server's capacity.
  oned: {
    start: `export SSH_AUTH_SOCK=${AGENT} PATH=/usr/lib/one/sh/override:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
      # It says so in its log a moment after it can be reached, and before it looks at anything.
      touch /var/log/one/oned.log; started() { grep -c 'Starting RPC server' /var/log/one/oned.log; }; before=$(started) || true
      setsid ${run('lab/opennebula/oned.ts')} --state ${STATE_FILE} --config ${ONED_CONF_FILE} < /dev/null >> /var/log/one/oned.log 2>&1 &
      while [ "$(started)" = "$before" ]; do kill -0 $! || { cat /var/log/one/oned.log >&2; exit 1; }; sleep 0.02; done`,
    looks: /oned\.[tj]s/,
  },
};
export type Service = keyof typeof SERVICES;

type Entry = { text: string; mode: number } | { folder: number } | { link: string };
type Tree = Record<string, Entry>;

const text = (content: string): Entry => ({ text: content, mode: 0o644 });
const secret = (content: string): Entry => ({ text: content, mode: 0o600 });
const program = (content: string): Entry => ({ text: content, mode: 0o755 });
const folder = (mode = 0o755): Entry => ({ folder: mode });
const link = (target: string): Entry => ({ link: target });

function write(root: string, tree: Tree): void {
  // So that a file has its mode from the start: thousands of them are written.
  const umask = process.umask(0);
  const made = new Set<string>();
  try {
    for (const [name, entry] of Object.entries(tree)) {
      const path = join(root, name);
      if (!made.has(dirname(path))) mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      made.add(dirname(path));
      if ('link' in entry) symlinkSync(entry.link, path);
      else if ('text' in entry) writeFileSync(path, entry.text, { mode: entry.mode });
      else {
        mkdirSync(path, { recursive: true });
        chmodSync(path, entry.folder);
      }
    }
  } finally {
    process.umask(umask);
  }
}

export type Plan = {
  machines: Machine[];
  /** The lab's folder, as its own processes name it. */
  dir: string;
  /** A folder of the caller's, read-write on the front-end at its own path and at /var/lib/one/reports. */
  reports: string | undefined;
  /** Whether OpenNebula has its backup datastore already. */
  datastore: boolean;
  /** OpenNebula's release. */
  release: ReleaseName;
  /** Whether there are VMs of production; with backups, where there is a datastore. */
  production: boolean;
  /** Whether gates start what they restored. */
  boot: boolean;
  /** Whether gates make canaries. */
  canary: boolean;
};

/** Writes below `view`, which is the lab's folder as this process reaches it, all that `start` in init.sh brings to life; returns what OpenNebula knows. */
export function build(plan: Plan, view: string): State {
  const { machines, dir } = plan;
  const cloud = openNebula(plan);
  const foreign = foreignFolder(dir, view);
  const oneadmin = newKey('oneadmin@frontend01');
  const operator = newKey('operator@lab');
  const hostKeys = machines.map(({ name }) => newKey(`root@${name}`));
  const names = ({ address, fqdn, name }: Machine, separator: string) => [address, fqdn, name].join(separator);
  const { programs: scripts, settings } = drivers(plan.release);
  const remotes = { ...mapped(scripts, program), ...mapped(settings, text) };
  const onHypervisor = { ruby: RUBY, ...mapped(hypervisorPrograms(), program) };
  const hosts = ['127.0.0.1 localhost', ...machines.map((machine) => names(machine, ' ')), ''].join('\n');
  const knownHosts = machines.map((machine, i) => `${names(machine, ',')} ${hostKeys[i]?.public}\n`).join('');

  for (const [i, machine] of machines.entries()) {
    write(join(view, 'machines', machine.name), {
      network: text(network(machine, i)),
      sandbox: text(sandbox(machine, plan, foreign).join('\0')),
      ...below('local/bin', isHypervisor(machine) ? onHypervisor : programs(machine)),
      ...below('root', {
        ...etc(machine, hosts, hostKeys[i] as Key),
        ...below(HOME, home(machine, plan, knownHosts, oneadmin, isFrontend(machine) ? [oneadmin, operator] : [oneadmin])),
        ...(isFrontend(machine) && {
          [STATE_FILE]: secret(JSON.stringify(cloud)),
          [ONED_CONF_FILE]: { text: ONED_CONF, mode: 0o640 },
          ...below(REMOTES, remotes),
        }),
        'var/tmp': folder(0o1777),
        ...(isHypervisor(machine) && below(SCRIPTS_REMOTE_DIR, remotes)),
        'var/log/one': folder(),
        'var/run': link('../run'),
        // Root's, as far as oneadmin can tell by trying. It comes last, as it is closed from then on.
        '.': folder(0o555),
      }),
    });
  }
  write(view, {
    bridge: text(machines.map((_, i) => `link set ${port(i)} master br0 up\n`).join('')),
    ...below('operator', {
      'site.yaml': text(siteFile(`ssh://oneadmin@frontend01.${DOMAIN}`, plan)),
      id_ed25519: secret(operator.private),
      'id_ed25519.pub': text(`${operator.public}\n`),
      hosts: text(hosts),
      'ssh/ssh_known_hosts': text(knownHosts),
      'ssh/ssh_config': text(`Host *.${DOMAIN} frontend01
  User oneadmin
  IdentityFile "${dir.replaceAll('%', '%%')}/operator/id_ed25519"
  IdentitiesOnly yes
  UpdateHostKeys no
`),
    }),
  });
  return cloud;
}

const mapped = (contents: Record<string, string>, entry: (content: string) => Entry): Tree =>
  Object.fromEntries(Object.entries(contents).map(([path, content]) => [path, entry(content)]));

const below = (top: string, tree: Tree): Tree => Object.fromEntries(Object.entries(tree).map(([name, entry]) => [join(top, name), entry]));

const port = (index: number) => `port${index}`;

/** A cable with one end in the machine and the other in the lab's network namespace, which is that of process 1. */
const network = ({ address }: Machine, index: number) => `link set lo up
link add eth0 type veth peer name ${port(index)} netns 1
addr add ${address}/15 dev eth0
link set eth0 up
`;

/** What the machines share with the one they run on. All else of it, homes above all, stays outside. */
const SHARED = [
  ...['alternatives', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'profile', 'services', 'ssl'].map((name) => `/etc/${name}`),
  '/usr',
];

/** Where an OpenNebula that is installed here keeps its libraries and drivers. */
const OWN_OPENNEBULA = ['/usr/lib/one', '/usr/share/one'].filter((path) => existsSync(path));

/**
 * A folder that does not belong to who runs the lab, so that the backup server has something that is not oneadmin's.
 * To root nearly everything belongs: it makes one in the lab's own folder.
 */
function foreignFolder(dir: string, view: string): string {
  if (process.getuid?.() === 0) {
    try {
      mkdirSync(join(view, 'foreign'));
      chownSync(join(view, 'foreign'), 1, 1);
      return join(dir, 'foreign');
    } catch {
      // A root that may give nothing away: that of a container without other accounts.
    }
  }
  return '/usr/games';
}

/** The system datastore that is on hypervisors. */
const SYSTEM_DATASTORE = `${HOME}/datastores/0`;
/** Where it is shared, as bridge hosts need it: that of the first hypervisor, below the lab's folder. */
const sharedStorage = (machines: readonly Machine[]) => join('machines', machines.find(isHypervisor)?.name ?? '', 'root', SYSTEM_DATASTORE);
const sharesStorage = (machine: Machine, machines: readonly Machine[]) =>
  machines.some(isBridge) && (isBridge(machine) || isHypervisor(machine)) && machine !== machines.find(isHypervisor);

function sandbox(machine: Machine, { dir, reports, machines }: Plan, foreign: string): string[] {
  const own = join(dir, 'machines', machine.name);
  return [
    ['--unshare-user', '--uid', UID, '--gid', UID, '--unshare-uts', '--hostname', machine.fqdn, '--unshare-pid', '--unshare-ipc'],
    ['--bind', `${own}/root`, '/'],
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/etc/localtime'].map(linked),
    ...SHARED.map((path) => ['--ro-bind-try', path, path]),
    ...OWN_OPENNEBULA.map((path) => ['--tmpfs', path]),
    ['--bind', `${own}/local`, '/usr/local', '--proc', '/proc', '--dev', '/dev'],
    ['--tmpfs', '/run', '--perms', '1777', '--tmpfs', '/tmp'],
    // A hypervisor has OpenNebula's drivers there from the start.
    isHypervisor(machine) ? sockets(UID).flatMap((file) => ['--dir', dirname(file)]) : ['--perms', '1777', '--tmpfs', '/var/tmp'],
    isBackup(machine) ? ['--bind', `${own}/volume`, `${HOME}/datastores`, '--ro-bind-try', foreign, '/srv'] : [],
    sharesStorage(machine, machines) ? ['--bind', join(dir, sharedStorage(machines)), SYSTEM_DATASTORE] : [],
    isFrontend(machine) ? ['--perms', '0750', '--dir', '/run/one', '--perms', '0700', '--dir', '/run/one/ssh-socks'] : [],
    isFrontend(machine) ? [...suite(), '--ro-bind', process.execPath, `${NODE_FOLDER}/node`, ...compiled()] : [],
    isFrontend(machine) && reports ? ['--bind', reports, `${HOME}/reports`, '--bind', reports, reports] : [],
    ['--chdir', HOME, '--clearenv', ...Object.entries(ENVIRONMENT).flatMap(([name, value]) => ['--setenv', name, value])],
  ].flat();
}

function compiled(): string[] {
  const here = process.env.NODE_COMPILE_CACHE;
  if (here === undefined) return [];
  mkdirSync(here, { recursive: true });
  return ['--bind', here, COMPILED];
}

/** A package is lent with the packages that lie beside it: what it depends on is among them, or below it as in a checkout. */
function suite(): string[] {
  const folder = fileURLToPath(root).replace(/\/$/, '');
  const beside = dirname(folder);
  if (basename(beside) !== 'node_modules') return ['--ro-bind', folder, SUITE];
  return ['--ro-bind', beside, '/opt/node_modules', '--symlink', `node_modules/${basename(folder)}`, SUITE];
}

/** /bin and its like are links into /usr on most systems, folders of their own on others; so is the time zone. */
function linked(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}

const etc = (machine: Machine, hosts: string, hostKey: Key): Tree =>
  below('etc', {
    hostname: text(`${machine.fqdn}\n`),
    hosts: text(hosts),
    mtab: link('/proc/self/mounts'),
    // Files of accounts that do not exist here show as number 65534. On a real machine nearly all of them are root's.
    passwd: text(`root:x:65534:65534:root:/root:/bin/bash\noneadmin:x:${UID}:${UID}:OpenNebula:${HOME}:/bin/bash\n`),
    group: text(`root:x:65534:\noneadmin:x:${UID}:\n`),
    'nsswitch.conf': text('passwd: files\ngroup: files\nhosts: files\n'),
    'os-release': link('../usr/lib/os-release'),
    'rc.local': program(rcLocal(machine)),
    'ssh/ssh_config': text('Host *\n  SendEnv LANG LC_*\n  HashKnownHosts yes\n'),
    'ssh/sshd_config': text(SSHD_CONFIG),
    'ssh/ssh_host_ed25519_key': secret(hostKey.private),
    'ssh/ssh_host_ed25519_key.pub': text(`${hostKey.public}\n`),
  });

const SSHD_CONFIG = `# This server runs as oneadmin, so nobody else can log in.
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PidFile none
AcceptEnv LANG LC_*
# The first one that clients ask for takes a tenth of a second of each login, on either side; the next is as good.
KexAlgorithms -sntrup761*
Subsystem sftp internal-sftp
`;

/** Brings a machine up, says so on file descriptor 5, and stays for as long as the machine does. */
const rcLocal = (machine: Machine) => `#!/bin/bash
{
${
  isHypervisor(machine)
    ? sockets(UID)
        .map((file) => `  : > ${file}\n`)
        .join('')
    : ''
}\
${(isFrontend(machine) ? [SERVICES.agent, SERVICES.sshd] : [SERVICES.sshd])
  .map(({ start }) => `  { ${start}; } || { cat /var/log/*.log >&2; exit 1; }`)
  .join('\n')}
} 5>&-
echo 'up ${machine.name}' >&5
exec sleep infinity 5>&-
`;

function home(machine: Machine, plan: Plan, knownHosts: string, key: Key, authorized: Key[]): Tree {
  const datastores = isFrontend(machine) ? ['0', '1', '2'] : isBackup(machine) ? [] : ['0'];
  return {
    ...below('datastores', { '.': folder(0o775), ...Object.fromEntries(datastores.map((id) => [id, folder()])) }),
    '.bashrc': text("# Read for commands that come over ssh, too.\n[[ $- == *i* ]] || return\nPS1='\\u@\\h:\\w\\$ '\n"),
    '.profile': text('. ~/.bashrc\n'),
    '.ssh': folder(0o700),
    '.ssh/authorized_keys': secret(authorized.map((one) => `${one.public}\n`).join('')),
    '.ssh/config': secret(ONEADMIN_SSH_CONFIG),
    '.ssh/known_hosts': secret(knownHosts),
    ...(isFrontend(machine) && {
      '.one/one_auth': secret('oneadmin:opennebula\n'),
      '.ssh/id_ed25519': secret(key.private),
      '.ssh/id_ed25519.pub': text(`${key.public}\n`),
      'site.yaml': text(siteFile('local', plan)),
      '.cache': folder(0o700),
      reports: folder(),
    }),
  };
}

/** OpenNebula's stock client configuration, /usr/share/one/ssh/config. */
const ONEADMIN_SSH_CONFIG = `Host *
  StrictHostKeyChecking accept-new
  ServerAliveInterval 10
  ControlMaster no
  ControlPersist 70s
  ControlPath /run/one/ssh-socks/ctl-M-%C.sock
`;

const siteFile = (frontend: string, { production, machines, boot, canary }: Plan) => `# What the suite needs to know of the lab's cloud.
name: embedded lab (stand-ins for OpenNebula, virsh and guests)
frontend: ${frontend}
datastore:
  name: rsync Backups
  rsync_user: oneadmin
  rsync_host: backup01.${DOMAIN}
${bridges(machines)}  path: ${HOME}/datastores
hosts: all
test_vm: { id: 0, name: backup-probe }
restore: { boot: ${boot}${production ? ', sample: { vms: 1, max_size: 10 GiB }' : ''}${canary ? `, canary: { template: ${CANARY} }` : ''} }
${production ? protect() : ''}`;

const bridges = (machines: readonly Machine[]) => {
  const names = machines.filter(isBridge).map(({ fqdn }) => fqdn);
  return names.length === 0 ? '' : `  bridge_list: [${names.join(', ')}]\n`;
};

/** What production is owed, from the day on which the lab comes up. */
const protect = () => `protect:
  vms: all
  except:
    - { name: files01, owner: Jo, reason: made anew by every trial, expires: ${new Date(Date.now() + YEAR).toISOString().slice(0, 10)} }
  rpo: 26h
  restore_points: 2
  keep_for: 7d
  quiesced: false
  datastores: declared
  classes:
    - { label: Gold, rpo: 4h, restore_points: 14, keep_for: 30d }
`;
const YEAR = 365 * 24 * 3_600_000;

/** Where the lab's VMs are, by their ids: one to make a test backup of, and one that keeps increments. */
function vmsOf(machines: Machine[]): { name: string; host: Machine; keepLast?: number }[] {
  const hypervisors = machines.filter(isHypervisor);
  const [first, last] = [hypervisors[0], hypervisors.at(-1)] as [Machine, Machine];
  return [
    { name: 'backup-probe', host: first },
    // Increments need more programs than a full backup.
    { name: 'files01', host: last, keepLast: 3 },
  ];
}

/** A virtual disk as it lies on a hypervisor: 41 MB of data in 256 MB. */
export const DISK = { create: ['create', '-q', '-f', 'qcow2'], size: '256M', fill: 'write -q -P 0x5a 0 41M' };

/** The disk of each of a lab's VMs, and that of what canaries are made of, below the lab's folder; those of production are small. */
export function disksOf(machines: Machine[], { vms, images }: State): { path: string; small: boolean }[] {
  const large = vmsOf(machines).length;
  const frontend = join('machines', machines.find(isFrontend)?.name ?? '', 'root');
  const canary = images.filter((image) => value(image, 'NAME') === CANARY).map((image) => join(frontend, value(image, 'SOURCE')));
  const ofVms = vms.map((vm, id) => {
    const host = machines.find(({ fqdn }) => fqdn === value(vm, 'HISTORY_RECORDS/HISTORY/HOSTNAME'));
    const storage = machines.some(isBridge) ? sharedStorage(machines) : join('machines', host?.name ?? '', 'root', SYSTEM_DATASTORE);
    return { path: join(storage, String(id), 'disk.0'), small: id >= large };
  });
  return [...ofVms, ...canary.map((path) => ({ path, small: true }))];
}

/** A template, and its image, that canaries are made of. Its ids are out of the way of those that tests count. */
const CANARY = 'backup-canary';
const CANARY_ID = 9000;

function addCanary(state: State): void {
  const since = Math.floor(Date.now() / 1000) - 3600;
  state.images.push(newImage(CANARY_ID, CANARY, { size: 256, since, path: `/var/tmp/${CANARY}.qcow2` }));
  const template = newTemplate(CANARY_ID, CANARY, since);
  state.templates.push({ ...template, TEMPLATE: { ...(template.TEMPLATE as object), DISK: { IMAGE_ID: String(CANARY_ID) } } });
  for (const datastore of state.datastores.filter((one) => value(one, 'ID') === '1'))
    datastore.IMAGES = idList([...ids(datastore, 'IMAGES'), String(CANARY_ID)]);
}

/** A cloud that is up and in use: its hypervisors, the VM for test backups, and the backup datastore. */
function openNebula({ machines, datastore, release, production }: Plan): State {
  const hosts = machines.filter(isHypervisor).map(({ fqdn }) => fqdn);
  const bridges = machines.filter(isBridge).map(({ fqdn }) => fqdn);
  const own = vmsOf(machines).map(({ host, ...vm }) => ({ ...vm, host: host.fqdn }));
  const vms = [...own, ...(production ? productionVms(hosts) : [])];
  const state = freshCloud({ release, hosts, vms, ...(datastore && { backupDatastore: { host: `backup01.${DOMAIN}`, bridges } }) });
  // Looked at when it starts, and then so rarely that nothing changes while a broken lab is being looked at.
  state.settings.MONITORING_INTERVAL_DATASTORE = 3600;
  state.settings.MANAGER_TIMER = 1;
  addCanary(state);
  if (production && datastore) furnish(state, Math.floor(Date.now() / 1000));
  return state;
}

const command = (name: string) => program(`#!/bin/sh\nexec ${run('lab/opennebula/cli.ts')} ${name} "$@"\n`);

/** Ruby, of which a lab needs no more than that it is there: OpenNebula's drivers are bash scripts here. */
const RUBY = program(`#!/bin/sh
[ "$1" != --version ] || { echo 'ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux-gnu]'; exit; }
exec bash "$@"
`);

function programs(machine: Machine): Tree {
  if (isBackup(machine) || isBridge(machine)) return { '.': folder() };
  return { ruby: RUBY, ...Object.fromEntries([...Object.keys(PROGRAMS), ...REFUSED].map((name) => [name, command(name)])) };
}
