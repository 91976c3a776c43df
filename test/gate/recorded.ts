/** The recorded failures that end a backup; those that do not, or only later, have tests of their own. */
export interface Recorded {
  readonly recording: string;
  /** The lab's world of it; undefined for the one that is made by hand. */
  readonly world?: string;
  /** The requirement of the audit that sees it. */
  readonly seenBy: number;
  /** What OpenNebula's log says of it. */
  readonly cause: RegExp;
  /** Tried in every run of the tests, not only by `npm run interruptions`. */
  readonly often?: true;
}

const denied = /backup: oneadmin@backup01\.example\.net: Permission denied \(publickey\)/;
const refused = (machine: string) => new RegExp(`ssh: connect to host ${machine}\\.example\\.net port 22: Connection refused`);

export const ENDS_BACKUPS: readonly Recorded[] = [
  { recording: 'agent-empty', world: 'agent-empty', seenBy: 102, cause: denied },
  { recording: 'agent-stopped', world: 'agent-stopped', seenBy: 102, cause: denied, often: true },
  { recording: 'authkeys-missing-on-backup', world: 'authkeys-missing-on-backup', seenBy: 101, cause: denied },
  {
    recording: 'dir-not-writable',
    world: 'dir-not-writable',
    seenBy: 201,
    cause: /cannot create directory '[^']*\/100\/0[^']*': Permission denied/,
  },
  { recording: 'dsparent-not-writable', seenBy: 201, cause: /cannot create directory '[^']*\/100': Permission denied/ },
  {
    recording: 'host-no-sshconfig-unknown-key',
    world: 'host-no-sshconfig-unknown-key',
    seenBy: 102,
    cause: /backup: Host key verification failed/,
  },
  { recording: 'host-sshd-down', world: 'host-sshd-down', seenBy: 102, cause: refused('kvm01'), often: true },
  { recording: 'noisy-bashrc-on-backup', world: 'noisy-bashrc-on-backup', seenBy: 104, cause: /is your shell clean\?/, often: true },
  { recording: 'qemuimg-missing-on-host', world: 'qemuimg-missing-on-host', seenBy: 303, cause: /prebackup_live: .*backup_qcow2/ },
  {
    recording: 'rsync-missing-on-backup',
    world: 'rsync-missing-on-backup',
    seenBy: 301,
    cause: /backup: bash: line 1: rsync: command not found/,
    often: true,
  },
  {
    recording: 'rsync-missing-on-host',
    world: 'rsync-missing-on-host',
    seenBy: 303,
    cause: /backup: bash: line \d+: rsync: command not found/,
  },
  { recording: 'sshd-down-scheduled', world: 'sshd-down', seenBy: 101, cause: refused('backup01'), often: true },
];
