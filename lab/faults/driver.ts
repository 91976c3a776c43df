/** Faults in which a hypervisor lacks what the driver itself needs there: its scripts, libvirt, or what runs it under limits. */
import { SCRIPTS_REMOTE_DIR } from '../machines/drivers.ts';
import { type Fault, type Looks, literally, prints, together, unseen } from './fault.ts';
import { datastore } from './opennebula.ts';
import { files } from './ssh.ts';
import { scripts as changed } from './storage.ts';

/** The driver's scripts on these hypervisors are changed by a script, which runs in their folder. */
export const driverScripts = (what: string, on: string, { script, looks = unseen }: { script: string; looks?: Looks }): Fault =>
  files(what, on, { files: [SCRIPTS_REMOTE_DIR], script: `cd ${SCRIPTS_REMOTE_DIR}; ${script}`, looks });

const QCOW2 = `${SCRIPTS_REMOTE_DIR}/tm/lib/backup_qcow2.rb`;

/** What virsh says of libvirt on a hypervisor. */
const version = (on: string, words: RegExp): Looks => prints(on, 'virsh --connect qemu:///system version', words);

/** libvirt on a hypervisor is of another version. */
export const libvirtIs = (on: string, is: string): Fault =>
  files(`libvirt on ${on} is ${is}`, on, {
    files: ['/usr/local/bin/virsh'],
    script: `sed -i 's/^version=.*/version=${is}/' /usr/local/bin/virsh`,
    looks: version(on, new RegExp(`libvirt ${literally(is)}\\n`)),
  });

/** libvirt's socket on a hypervisor is gone, or may not be used. */
export const libvirtSocket = (what: string, on: string, { make, undo, looks }: { make: string; undo: string; looks: RegExp }): Fault =>
  changed(what, on, { make: `cd /run/libvirt; ${make}`, undo: `cd /run/libvirt; ${undo}`, looks: version(on, looks) });

/** systemd keeps no bus for oneadmin on a hypervisor. */
export const noUserBus = (on: string): Fault =>
  changed(`systemd keeps no bus for oneadmin on ${on}`, on, {
    make: 'mv /run/user/$UID/bus /run/user/$UID/bus.off',
    undo: 'mv /run/user/$UID/bus.off /run/user/$UID/bus',
    looks: prints(on, 'systemctl --user show', /Failed to connect to bus/),
  });

export const driver = {
  'scripts-missing-on-host': driverScripts("OpenNebula's driver scripts are gone from kvm01", 'kvm01', {
    script: `rm -r ${SCRIPTS_REMOTE_DIR}`,
    looks: prints('kvm01', `ls ${SCRIPTS_REMOTE_DIR}`, /No such file/),
  }),
  'scripts-not-executable-on-host': driverScripts("OpenNebula's driver scripts on kvm01 may not be run", 'kvm01', {
    script: 'chmod -R a-x,a+X .',
    looks: prints('kvm01', QCOW2, /Permission denied/),
  }),
  'scripts-old-on-host': driverScripts("OpenNebula's driver scripts on kvm01 are of an older release", 'kvm01', {
    script: `echo '# as it was' >> ${QCOW2}`,
    looks: prints('kvm01', `tail -n 1 ${QCOW2}`, /as it was/),
  }),
  'libvirt-down-on-host': libvirtSocket('libvirt on kvm01 is stopped', 'kvm01', {
    make: 'mv libvirt-sock libvirt-sock.off',
    undo: 'mv libvirt-sock.off libvirt-sock',
    looks: /No such file/,
  }),
  'libvirt-old-on-host': libvirtIs('kvm01', '5.4.0'),
  'no-user-bus-on-host': together(
    'the datastore limits the CPU of backups (RSYNC_CPU_QUOTA), and systemd keeps no bus for oneadmin on kvm01',
    [datastore('', { RSYNC_CPU_QUOTA: '50' }), noUserBus('kvm01')],
  ),
} satisfies Record<string, Fault>;
