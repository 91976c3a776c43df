import { posix } from 'node:path';
import { quote } from '../machines/quote.ts';

/** Whom a cause is about. */
export interface Concerned {
  readonly frontend: string;
  /** The backup server, and the account on it. */
  readonly server: string;
  readonly user: string;
  /** The hypervisor host that the VM is on, or was on last; empty where it is not known. */
  readonly host: string;
  /** The bridge host that sends its backups in place of that one; undefined where there is none. */
  readonly bridge?: string | undefined;
  /** The VM's id. */
  readonly vm: string;
}

interface Told extends Concerned {
  /** Who ran the step that failed: a script on the host, or the front-end itself, which restores and flattens, too. */
  readonly on: 'host' | 'front-end';
  /** What was found in the cause's own words. */
  readonly found: RegExpExecArray;
}

interface Remedy {
  /** The cause's words. None of them are any other's. */
  readonly when: RegExp;
  readonly fix: (told: Told) => string;
  /** The requirement that looks for this cause. */
  readonly recheck?: (told: Told) => string;
}

const login = ({ on }: Told): string => (on === 'host' ? 'BDS-102' : 'BDS-101');
const machine = ({ on, host, frontend }: Told): string => (on === 'host' ? host : frontend);

/** What went wrong, and the one likeliest thing that helps. The words are OpenNebula's, OpenSSH's, rsync's, qemu's, and libvirt's. */
export const remedies: Readonly<Record<string, Remedy>> = {
  'nothing listens': {
    when: /connect to host (\S+) port \d+: Connection refused/,
    fix: ({ found }) => `Start the SSH server on ${found[1]}.`,
    recheck: login,
  },
  'the key is not accepted': {
    when: /: Permission denied \([a-z,-]+\)/,
    fix: ({ found: { input }, server, user, host, frontend }) =>
      input.startsWith('backup: ')
        ? `Lend ${host} the front-end's key: start opennebula-ssh-agent on ${frontend}.`
        : `Add the front-end's key to ~${input.startsWith('prebackup') ? 'oneadmin' : user}/.ssh/authorized_keys on ${input.startsWith('prebackup') ? host : server}.`,
    recheck: login,
  },
  'the host key is not the known one': {
    when: /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    fix: (told) =>
      `Compare the host key that ${told.server} shows (ssh ${told.user}@${told.server}) with the one that ${machine(told)} has stored.`,
    recheck: () => 'BDS-105',
  },
  'a name has no address': {
    when: /Could not resolve hostname ([^\s:]+)/,
    fix: (told) =>
      `Correct the name ${told.found[1]} in the datastore (RSYNC_HOST, BRIDGE_LIST), or give it an address on ${told.found[1] === told.bridge ? told.frontend : machine(told)}.`,
    recheck: login,
  },
  'no way leads there': {
    when: /port \d+: (?:Connection timed out|Operation timed out|No route to host|Network is unreachable)/,
    fix: (told) => `Open the way from ${machine(told)} to port 22 of ${told.server}: a firewall or a route is missing.`,
    recheck: login,
  },
  'the connection was dropped before the login': {
    when: /kex_exchange_identification|Connection (?:closed|reset) by \S+ port/,
    fix: ({ server }) => `Raise MaxStartups in /etc/ssh/sshd_config on ${server}: it drops logins when it is busy.`,
    recheck: login,
  },
  'the transfer broke': {
    when: /Timeout, server \S+ not responding|read error: Connection reset by peer|client_loop: send disconnect|closed by remote host/,
    fix: ({ server }) => `Look at the load of ${server}, and at the network to it: the connection broke in mid-transfer.`,
    recheck: login,
  },
  'a login prints something': {
    when: /is your shell clean/,
    fix: ({ user, server }) => `Silence ~${user}/.bashrc on ${server}: a login without a terminal must print nothing.`,
    recheck: () => 'BDS-104',
  },
  'no rsync on the server': {
    // A login runs one line; the driver's script on the host has more.
    when: /remote command not found \(code 127\)|\bline 1: rsync: command not found/,
    fix: ({ server }) => `Install rsync on ${server}.`,
    recheck: () => 'BDS-301',
  },
  'no rsync on the host': {
    when: /^(?!.*remote command not found)(?!.*\bline 1: rsync).*\brsync: (?:command )?not found/,
    fix: ({ host }) => `Install rsync on ${host}.`,
    recheck: () => 'BDS-303',
  },
  'rsync does not take its arguments': {
    when: /rsync: .*unknown option|syntax or usage error/,
    fix: () => 'Correct RSYNC_ARGS of the datastore: onedatastore update.',
    recheck: () => 'BDS-404',
  },
  'a key may not write': {
    when: /\brrsync\b/,
    fix: ({ user, server }) => `Let the key write: correct command= in ~${user}/.ssh/authorized_keys on ${server}.`,
    recheck: () => 'BDS-102',
  },
  'storage is full': {
    when: /^(?!prebackup).*No space left on device/,
    fix: ({ server }) => `Make room on ${server}.`,
    recheck: () => 'BDS-204',
  },
  'no room to stage': {
    when: /^prebackup.*No space left on device/,
    fix: ({ host }) => `Make room on ${host}, where its system datastore lies.`,
    recheck: () => 'BDS-205',
  },
  'a quota is used up': {
    when: /Disk quota exceeded/,
    fix: ({ user, server }) => `Raise the quota of ${user} on ${server}.`,
  },
  'a directory may not be written': {
    when: /cannot create directory '([^']*)': Permission denied/,
    fix: ({ found, user, server }) => `Let ${user} write to ${posix.dirname(posix.normalize(found[1] ?? ''))} on ${server}.`,
    recheck: ({ found }) => (found.input.startsWith('make_dst_path') ? 'BDS-201' : 'BDS-206'),
  },
  'a file may not be so large': {
    when: /File too large/,
    fix: ({ user, server }) => `Let ${user} write larger files on ${server}: raise the limit of its logins (ulimit -f).`,
  },
  'a file system is read-only': {
    when: /Read-only file system/,
    fix: (told) =>
      `Mount the file system read-write on ${told.found.input.startsWith('prebackup') ? told.host : told.server}; dmesg says why it is not.`,
  },
  'a disk is broken': {
    when: /Input\/output error/,
    fix: ({ found, on, host, server }) =>
      `Look at the disk of ${on === 'front-end' || found.input.includes('[receiver]') ? server : host}: dmesg there says what broke.`,
  },
  'scripts are missing': {
    when: /\/tm\/\S+: (?:No such file or directory|Permission denied)|\/var\/tmp\/one\S*: (?:No such file or directory|Permission denied)|cannot load such file/,
    fix: ({ frontend }) =>
      `Copy the driver's scripts to the hosts anew (onehost sync --force, as oneadmin on ${frontend}). If BDS-305 names ${frontend}, reinstall OpenNebula's packages there first.`,
    recheck: () => 'BDS-305',
  },
  'libvirt accepts no login': {
    when: /failed to connect to the hypervisor|Failed to connect socket to/i,
    fix: ({ found, host }) =>
      found.input.includes('Permission denied')
        ? `Let oneadmin use libvirt on ${host}: add it to the group of libvirt's socket.`
        : `Start libvirt on ${host}.`,
    recheck: () => 'BDS-306',
  },
  'no user bus': {
    when: /Failed to connect to bus/,
    fix: ({ host }) => `Give oneadmin a user bus on ${host} (loginctl enable-linger oneadmin).`,
    recheck: () => 'BDS-306',
  },
  'no guest agent': {
    when: /guest agent is not (?:responding|connected|configured)/i,
    fix: ({ vm }) => `Start qemu-guest-agent in VM ${vm}: its FS_FREEZE asks for it.`,
  },
  'a second full in SNAPSHOT mode': {
    when: /qemu-img create .*\/datastores\/\d+\/\d+\/\/.*disk\.\d+\.snap/,
    fix: ({ vm }) => `Set INCREMENT_MODE = "CBT" with onevm updateconf ${vm}: until then every backup of it fails.`,
  },
  'no staged copy on the bridge': {
    when: /du: cannot access '[^']*\/backup'/,
    fix: () => 'Take BRIDGE_LIST out of the datastore, or give its hosts the system datastores at the same path.',
    recheck: () => 'BDS-107',
  },
  'a file of the chain is gone': {
    when: /Could not open backing file|Could not open '[^']*disk\.\d+\.\d+': No such file/,
    fix: ({ server }) => `Begin a new chain with a full backup: this one lacks a file on ${server}, and cannot be restored.`,
  },
  'a library is missing': {
    when: /([\w./-]+): error while loading shared libraries/,
    fix: (told) => `Install ${posix.basename(told.found[1] ?? '')} anew on ${told.on === 'host' ? told.host : told.server}.`,
    recheck: () => 'BDS-304',
  },
  'a program is missing': {
    when: /(?:No such file or directory - |\benv: ['‘])([\w.-]+)|(?!rsync\b)\b([\w.-]+): (?:command )?not found/,
    fix: ({ found, on, host, server }) => `Install ${found[1] ?? found[2]} on ${on === 'host' ? host : server}.`,
    recheck: ({ found, on }) => ((found[1] ?? found[2]) === 'qemu-img' ? (on === 'host' ? 'BDS-303' : 'BDS-302') : 'BDS-304'),
  },
  'somebody cancelled it': {
    when: /Backup cancelled/,
    fix: () => 'Ask who cancelled it (onevm backup-cancel).',
  },
};

/** What to do about a cause in OpenNebula's words (opennebula/causes.ts), and then to look whether it helped; undefined where nobody knows. */
export function remedyFor(cause: string, concerned: Concerned): { readonly fix: string; readonly recheck?: string } | undefined {
  const on = /^(?:backup|prebackup\w*|deploy|vmm_\w+): /.test(cause) ? 'host' : 'front-end';
  for (const { when, fix, recheck } of Object.values(remedies)) {
    const found = when.exec(cause);
    if (!found) continue;
    const bridge = cause.startsWith('backup: ') ? concerned.bridge : undefined;
    const told = { ...concerned, host: bridge ?? (concerned.host || 'the hypervisor host'), on, found } as const;
    const id = recheck?.(told) ?? '';
    // What is asked of a host that sends is asked of a bridge host by one requirement.
    const asked = bridge !== undefined && ['BDS-102', 'BDS-303', 'BDS-304', 'BDS-306'].includes(id) ? 'BDS-107' : id;
    return { fix: fix(told), ...(asked !== '' && { recheck: `Recheck: backup-compliance audit --only ${asked}` }) };
  }
  return undefined;
}

/** What to do about a backup of a VM that OpenNebula itself refused, by its words; undefined where they name nothing that we know. */
export function afterRefusal(said: string, vm: string): string | undefined {
  if (/is locked/.test(said)) return `Unlock the VM: ${quote(['onevm', 'unlock', vm])}`;
  if (/Not enough free space/.test(said))
    return 'Make room in the datastore, or raise its LIMIT_MB; it needs as much as all disks of the VM may grow to.';
  if (/limit of .* reached/.test(said)) return "Raise the quota of the VM's owner, or have fewer backups kept (KEEP_LAST).";
  if (/\bstate \w+/.test(said)) return `OpenNebula backs up what is RUNNING or POWEROFF. Look at it: ${quote(['onevm', 'show', vm])}`;
  return undefined;
}
