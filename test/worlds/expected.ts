import type { Outcome } from '../../support/outcome.ts';

/** What a world must flip, and what is blocked by it. All other requirements stay as they are in a whole cloud. */
export interface Expected {
  readonly flips: Readonly<Record<string, Outcome>>;
  /** Outcomes of single machines, where the world is about one. */
  readonly machines?: Readonly<Record<string, Readonly<Record<string, Outcome>>>>;
  /** Words that the reason of each flipped requirement must hold: the right outcome for another reason is a wrong answer. */
  readonly reasons: Readonly<Record<string, readonly RegExp[]>>;
  /** Kept in the report of a met requirement. */
  readonly notes?: Readonly<Record<string, RegExp>>;
}

const blocked = (...ids: string[]): Record<string, Outcome> => Object.fromEntries(ids.map((id) => [`BDS-${id}`, 'blocked']));
const notMet = (...ids: string[]): Record<string, Outcome> => Object.fromEntries(ids.map((id) => [`BDS-${id}`, 'not-met']));
const undetermined = (...ids: string[]): Record<string, Outcome> => Object.fromEntries(ids.map((id) => [`BDS-${id}`, 'undetermined']));

/** What lies behind the backup server's door (OUTCOMES, "Blocked by"). */
const behind101 = blocked('104', '201', '203', '204', '301', '302', '304', '405');
const behind402 = blocked('403', '404', '405', '406');
const kvm01 = 'kvm01.example.net';
const onlyKvm01 = (id: string, outcome: Outcome = 'not-met') => ({
  [`BDS-${id}`]: { [kvm01]: outcome, 'kvm02.example.net': 'met' as const },
});
const server = /backup01\.example\.net/;
/** The command line is needed by 102 first, and by all that follow but those that ask the backup server alone. */
const withoutCommandLine = { ...undetermined('102'), ...blocked('105', '205', '303', '304', '402', '403', '404', '405', '406') };

/** The table of OUTCOMES, world by world. */
export const expected: Readonly<Record<string, Expected>> = {
  'sshd-down': {
    flips: { ...notMet('101', '102'), ...behind101, ...blocked('105') },
    reasons: { 'BDS-101': [server, /Connection refused/, /systemctl start ssh/], 'BDS-102': [/kvm01.*kvm02/s, /Connection refused/] },
  },
  'server-frozen': {
    flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
    reasons: { 'BDS-101': [server, /timed out/], 'BDS-102': [/kvm01.*kvm02/s, /timed out/] },
  },
  'server-filtered': {
    flips: { ...undetermined('101', '102'), ...behind101, ...blocked('105') },
    reasons: { 'BDS-101': [server, /timed out/, /firewall/], 'BDS-102': [/kvm01.*kvm02/s, /timed out/] },
  },
  'authkeys-missing-on-backup': {
    flips: { ...notMet('101', '102', '103'), ...behind101 },
    reasons: {
      'BDS-101': [/Permission denied \(publickey\)/, /authorized_keys on backup01/],
      'BDS-102': [/kvm01.*kvm02/s, /Permission denied/],
      'BDS-103': [/none of which is accepted/],
    },
  },
  'server-rekeyed': {
    flips: { ...notMet('101', '102', '105'), ...behind101 },
    reasons: {
      'BDS-101': [/Host key verification failed/, /ssh-keygen -R/],
      'BDS-102': [/Host key verification failed/],
      'BDS-105': [/SHA256:/, /frontend01.*kvm01.*kvm02/s],
    },
  },
  'agent-stopped': {
    flips: notMet('102', '103'),
    reasons: {
      'BDS-102': [/kvm01.*kvm02/s, /Permission denied/, /opennebula-ssh-agent/],
      'BDS-103': [/ssh-agent\.sock/, /systemctl start opennebula-ssh-agent/],
    },
  },
  'agent-empty': {
    flips: notMet('102', '103'),
    reasons: { 'BDS-102': [/Permission denied/], 'BDS-103': [/holds no key/, /ssh-add/] },
  },
  'host-own-key-agent-stopped': {
    flips: notMet('102', '103'),
    machines: { 'BDS-102': { [kvm01]: 'met', 'kvm02.example.net': 'not-met' } },
    reasons: { 'BDS-102': [/kvm02/, /Permission denied/], 'BDS-103': [/kvm01\.example\.net.*key of their own/] },
  },
  'host-no-agent-forwarding': {
    flips: notMet('102'),
    machines: onlyKvm01('102'),
    reasons: { 'BDS-102': [/kvm01/, /Permission denied/, /agent forwarding on kvm01/] },
  },
  'hostkey-changed-on-host': {
    flips: notMet('102', '105'),
    machines: onlyKvm01('102'),
    reasons: { 'BDS-102': [/kvm01/, /Host key verification failed/], 'BDS-105': [/kvm01/, /SHA256:/] },
  },
  'host-no-sshconfig-unknown-key': {
    flips: notMet('102', '105'),
    machines: onlyKvm01('102'),
    reasons: { 'BDS-102': [/kvm01/, /Host key verification failed/], 'BDS-105': [/kvm01/] },
  },
  'host-sshd-down': {
    flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
    machines: { ...onlyKvm01('102'), ...onlyKvm01('205', 'blocked'), ...onlyKvm01('303', 'blocked') },
    reasons: { 'BDS-102': [/frontend01.*kvm01/, /Connection refused/], 'BDS-205': [/BDS-102/] },
  },
  'noisy-bashrc-on-backup': { flips: notMet('104'), reasons: { 'BDS-104': [server, /Welcome/, /\.bashrc/] } },
  'noisy-bashrc-on-host': { flips: {}, reasons: {}, notes: { 'BDS-104': /kvm01/ } },
  'rsync-missing-on-backup': { flips: notMet('301'), reasons: { 'BDS-301': [server, /command not found/, /Install the package rsync/] } },
  'qemuimg-missing-on-backup': { flips: notMet('302'), reasons: { 'BDS-302': [server, /command not found/, /qemu-utils/] } },
  // The lab has a virtual machine that keeps increments, so what only increments need is needed.
  'jq-missing-on-backup': {
    flips: notMet('304'),
    machines: { 'BDS-304': { [kvm01]: 'met', 'backup01.example.net': 'not-met' } },
    reasons: { 'BDS-304': [/backup01.*jq/, /files01 \(1\)/, /first flatten destroys the chain/] },
  },
  'rsync-missing-on-host': {
    flips: notMet('303'),
    machines: onlyKvm01('303'),
    reasons: { 'BDS-303': [/kvm01/, /rsync/, /command not found/] },
  },
  'qemuimg-missing-on-host': {
    flips: notMet('303'),
    machines: onlyKvm01('303'),
    reasons: { 'BDS-303': [/kvm01/, /qemu-img/, /command not found/] },
  },
  'nbdinfo-missing-on-host': {
    flips: notMet('304'),
    machines: onlyKvm01('304'),
    reasons: { 'BDS-304': [/kvm01.*nbdinfo/, /files01 \(1\)/] },
  },
  // A directory that is not there lies on no device, so 203 is blocked by 201.
  'dir-missing': { flips: { ...notMet('201'), ...blocked('203') }, reasons: { 'BDS-201': [server, /found none/] } },
  'dir-not-writable': { flips: notMet('201'), reasons: { 'BDS-201': [server, /datastores\/100/] } },
  'dsparent-not-writable': { flips: notMet('201'), reasons: { 'BDS-201': [server, /\/var\/lib\/one\/datastores/] } },
  'dir-wrong-owner': { flips: notMet('201'), reasons: { 'BDS-201': [server, /belongs to/] } },
  'dir-is-file': { flips: notMet('201'), reasons: { 'BDS-201': [server, /not a directory/] } },
  'not-mounted': { flips: notMet('203'), reasons: { 'BDS-203': [server, /root file system/] } },
  'disk-full': { flips: notMet('204'), reasons: { 'BDS-204': [server, / free, expected at least 10 %/] } },
  'inodes-exhausted': { flips: notMet('204'), reasons: { 'BDS-204': [server, /inodes free/] } },
  'datastore-missing': { flips: { ...notMet('402'), ...behind402 }, reasons: { 'BDS-402': [/rsync Backups/, /onedatastore create/] } },
  'datastore-other-host': { flips: notMet('403'), reasons: { 'BDS-403': [/RSYNC_HOST/, /onedatastore update 100/] } },
  'datastore-other-user': { flips: notMet('403'), reasons: { 'BDS-403': [/RSYNC_USER/, /onedatastore update 100/] } },
  'template-drift': { flips: notMet('404'), reasons: { 'BDS-404': [/RSYNC_ARGS/] } },
  'capacity-zero': { flips: notMet('405'), reasons: { 'BDS-405': [/TOTAL_MB 0/] } },
  'capacity-stale': { flips: notMet('405'), reasons: { 'BDS-405': [/TOTAL_MB \d+/] } },
  'backup-stuck': { flips: notMet('406'), reasons: { 'BDS-406': [/overdue|rejected/, /onevm sched-delete 0/] } },
  'oned-down': { flips: withoutCommandLine, reasons: { 'BDS-102': [/Failed to open TCP connection/, /systemctl start opennebula/] } },
  'oned-garbage': { flips: withoutCommandLine, reasons: { 'BDS-102': [/onehost list -x/, /not the pool, or not all of it/] } },
  'oned-truncated': { flips: withoutCommandLine, reasons: { 'BDS-102': [/onehost list -x/, /not the pool, or not all of it/] } },
  'one-auth-wrong': { flips: withoutCommandLine, reasons: { 'BDS-102': [/couldn't be authenticated/, /one_auth/] } },
};
