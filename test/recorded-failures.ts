import { readFileSync } from 'node:fs';
import type { remedies } from '../support/checks/causes.ts';

/** What a recorded failure is to be read as. */
export interface Recorded {
  /** The log, below test/recordings. */
  readonly file: string;
  /** The cause that is found; absent where the backup was made. */
  readonly cause?: string;
  /** What there is to do about it, by its name in the table. */
  readonly remedy?: keyof typeof remedies;
  readonly directories?: readonly string[];
  readonly vm?: string;
  /** How its first backup ended, where it did not fail; null where the log does not tell. */
  readonly ended?: 'created' | null;
}

const first = (name: string) => `7.4.0/failures/${name}/vm.log`;
const denied = 'backup: oneadmin@backup01.example.net: Permission denied (publickey).';
const refused = 'make_dst_path: ssh: connect to host backup01.example.net port 22: Connection refused';
const full = (directory: string) =>
  `backup: rsync: [receiver] write failed on "/var/lib/one/datastores/100/0/${directory}/disk.0.0": No space left on device (28)`;
const snapshot = '/var/lib/one//datastores/0/1//var/lib/one//datastores/0/1/disk.0.snap/1';

/** Every failure that was recorded on a running OpenNebula, by how it was brought about. */
export const failures: Readonly<Record<string, Recorded>> = {
  'agent-empty': { file: first('agent-empty'), cause: denied, remedy: 'the key is not accepted', directories: ['1c9c45'] },
  'agent-stopped': { file: first('agent-stopped'), cause: denied, remedy: 'the key is not accepted', directories: ['da22db'] },
  'agent-stopped-incr-vm1': {
    ...{ file: first('agent-stopped-incr-vm1'), cause: denied, remedy: 'the key is not accepted', directories: ['188dd4'], vm: '1' },
  },
  'authkeys-missing-on-backup': {
    file: first('authkeys-missing-on-backup'),
    cause: 'make_dst_path: oneadmin@backup01.example.net: Permission denied (publickey).',
    ...{ remedy: 'the key is not accepted', directories: ['46f946'] },
  },
  'dir-not-writable': {
    file: first('dir-not-writable'),
    cause: "make_dst_path: mkdir: cannot create directory '/var/lib/one/datastores/100/0/3aba71/': Permission denied",
    ...{ remedy: 'a directory may not be written', directories: ['3aba71'] },
  },
  'disk-full': { file: first('disk-full'), cause: full('61de4e'), remedy: 'storage is full', directories: ['61de4e'] },
  'dsparent-not-writable': {
    file: first('dsparent-not-writable'),
    cause: "make_dst_path: mkdir: cannot create directory '/var/lib/one/datastores/100': Permission denied",
    ...{ remedy: 'a directory may not be written', directories: ['187e47'] },
  },
  'host-no-sshconfig-unknown-key': {
    ...{ file: first('host-no-sshconfig-unknown-key'), cause: 'backup: Host key verification failed.', directories: ['058dca'] },
    remedy: 'the host key is not the known one',
  },
  'host-own-key-agent-stopped': { file: first('host-own-key-agent-stopped'), ended: 'created' },
  'host-sshd-down': {
    file: first('host-sshd-down'),
    cause: 'prebackup_live: ssh: connect to host kvm01.example.net port 22: Connection refused',
    remedy: 'nothing listens',
  },
  'jq-missing-on-backup-flatten': { file: first('jq-missing-on-backup-flatten'), ended: 'created' },
  'noisy-bashrc-on-backup': {
    ...{ file: first('noisy-bashrc-on-backup'), cause: 'backup: protocol version mismatch -- is your shell clean?' },
    ...{ remedy: 'a login prints something', directories: ['f61d01'] },
  },
  'qemuimg-missing-on-host': {
    ...{ file: first('qemuimg-missing-on-host'), cause: 'prebackup_live: No such file or directory - qemu-img' },
    remedy: 'a program is missing',
  },
  'rsync-missing-on-backup': {
    file: first('rsync-missing-on-backup'),
    cause: 'backup: bash: line 1: rsync: command not found; rsync error: remote command not found (code 127) at io.c(285) [sender=3.5.0]',
    ...{ remedy: 'no rsync on the server', directories: ['5bc628'] },
  },
  'rsync-missing-on-host': {
    ...{ file: first('rsync-missing-on-host'), cause: 'backup: bash: line 8: rsync: command not found' },
    ...{ remedy: 'no rsync on the host', directories: ['0f614f'] },
  },
  'sshd-down': { file: first('sshd-down'), cause: refused, remedy: 'nothing listens', directories: ['bd4b42'] },
  'sshd-down-scheduled': { file: first('sshd-down-scheduled'), cause: refused, remedy: 'nothing listens', directories: ['95bddb'] },
  'server-freezes-in-transfer': {
    file: '7.4.0/second/a-recurring-end-passed/vm.log',
    cause: 'backup: Timeout, server backup01.example.net not responding.',
    ...{ remedy: 'the transfer broke', directories: ['6df454'], ended: 'created' },
  },
  'a-night-with-a-full-disk': {
    ...{ file: '7.4.0/second/b-due-while-in-backup/vm.log', cause: full('1f91c9'), remedy: 'storage is full', ended: 'created' },
    directories: ['1f91c9', '4de6a9', 'de587a', '6df454'],
  },
  'server-down-in-a-job': {
    ...{ file: '7.4.0/second/q-backup-jobs/vm0.log', cause: refused, remedy: 'nothing listens', directories: ['450b45'] },
    ended: 'created',
  },
  'scripts-missing-on-host': {
    file: '7.4.0/second/d-var-tmp-one-removed/vm.log',
    cause: 'prebackup_live: bash: line 105: /var/tmp/one/tm/lib/backup_qcow2.rb: No such file or directory',
    ...{ remedy: 'scripts are missing', vm: '1' },
  },
  'libvirt-refuses-on-host': {
    file: '7.4.0/second/e-libvirt-unusable/vm.log',
    cause:
      "prebackup_live: Error executing 'virsh --connect qemu:///system checkpoint-list --name 6ead4133-5987-4f2f-bd0d-293d4d722cc1': error: failed to connect to the hypervisor; error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
    ...{ remedy: 'libvirt accepts no login', vm: '1' },
  },
  'no-user-bus-on-host': {
    ...{ file: '7.4.0/second/g-confinement/02-cpu-quota-vm.log', cause: 'prebackup_live: Failed to connect to bus: No medium found' },
    remedy: 'no user bus',
  },
  'bridge-without-the-datastore': {
    file: '7.4.0/second/h-bridge-list/01-kvm02-vm.log',
    cause: "backup: du: cannot access '/var/lib/one/datastores/0/0/backup': No such file or directory",
    ...{ remedy: 'no staged copy on the bridge', directories: ['895676'] },
  },
  'bridge-without-a-name': {
    file: '7.4.0/second/h-bridge-list/02-nosuch-vm.log',
    cause: 'backup: ssh: Could not resolve hostname nosuch.example.net: Name or service not known',
    ...{ remedy: 'a name has no address', directories: ['c699e4'] },
  },
  'no-guest-agent': {
    file: '7.4.0/second/s-disks/vm.log',
    cause:
      "prebackup_live: Error executing 'virsh --connect qemu:///system domfsthaw 7a0c0bf3-25fe-42df-b249-032f3dd7566f':error: Unable to thaw filesystemserror: Guest agent is not responding: QEMU guest agent is not connected",
    ...{ remedy: 'no guest agent', vm: '6', ended: null },
  },
  'second-full-in-snapshot-mode': {
    file: '7.4.0/third/a-snapshot-mode/vm1.log',
    cause: `prebackup_live: Error executing 'qemu-img create -f qcow2 -o backing_fmt=qcow2 -b /var/lib/one//datastores/0/1/disk.0.snap/0 ${snapshot} ': qemu-img: ${snapshot}: Could not create '${snapshot}': No such file or directory`,
    ...{ remedy: 'a second full in SNAPSHOT mode', vm: '1', ended: null },
  },
};

export const failureLog = (name: string): string => readFileSync(new URL(`./recordings/${failures[name]?.file}`, import.meta.url), 'utf8');
