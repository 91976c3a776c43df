import { driverScripts, libvirtIs, noUserBus } from '../../lab/faults/driver.ts';
import { prints, together } from '../../lab/faults/fault.ts';
import { datastore } from '../../lab/faults/opennebula.ts';
import { files } from '../../lab/faults/ssh.ts';
import { scripts } from '../../lab/faults/storage.ts';
import { frontendScripts, noIncrements, scriptsDirectory, unreadableConf } from './faults.ts';
import type { Row, Table } from './world.ts';

const HOSTS = ['kvm01', 'kvm02'];

/** The datastore has these limits, which are declared. */
const limited = (template: Readonly<Record<string, string>>): Row => ({
  fault: datastore(`backups run under ${Object.keys(template).join(', ')}`, template),
  site: { datastore: { template } },
});

export default {
  'libvirt-just-new-enough.met': { fault: libvirtIs('kvm01', '7.7.0') },
  'libvirt-newest.met': { fault: libvirtIs('kvm01', '11.10.0') },
  'libvirt-old-no-increments.met': {
    fault: together('no VM keeps increments, and libvirt on kvm01 is 5.5.0', [noIncrements, libvirtIs('kvm01', '5.5.0')]),
  },
  'limits-nice.met': limited({ RSYNC_NICE: '19', RSYNC_IONICE: '7' }),
  // The driver of that release does not know it, and needs nothing for it.
  'limits-memory-before-7-0.met': {
    fault: together('the datastore has a limit of memory, and systemd keeps no bus for oneadmin on the hosts', [
      datastore('', { RSYNC_MEMORY_MAX_MB: '512' }),
      ...HOSTS.map(noUserBus),
    ]),
    site: { datastore: { template: { RSYNC_MEMORY_MAX_MB: '512' } } },
    release: '6.10.5',
  },
  'limits-of-systemd.met': limited({ RSYNC_CPU_QUOTA: '50', RSYNC_MAX_RIOPS: '1000', RSYNC_MAX_WIOPS: '1000' }),
  // Nothing is limited, so nobody needs it.
  'no-user-bus.met': { fault: together('systemd keeps no bus for oneadmin on the hosts', HOSTS.map(noUserBus)) },
  'oned-conf-unreadable.met': { fault: unreadableConf, notes: { 305: /oned\.conf could not be read on frontend01/ } },
  'scripts-elsewhere.met': {
    fault: together('hosts have the driver scripts in another directory', [
      scriptsDirectory('/var/lib/one/driver scripts'),
      scripts('', HOSTS, {
        make: "mv /var/tmp/one '/var/lib/one/driver scripts'",
        undo: "mv '/var/lib/one/driver scripts' /var/tmp/one",
        looks: '! test -e /var/tmp/one',
      }),
    ]),
  },
  'scripts-edited-copies.met': {
    fault: frontendScripts('editors and packages have left old versions of driver scripts on the front-end', {
      script: 'for each in .bak "~" .orig .dpkg-old .rpmsave; do cp -p tm/lib/backup_qcow2.rb "tm/lib/backup_qcow2.rb$each"; done',
      looks: prints('frontend01', 'ls ~/remotes/tm/lib/backup_qcow2.rb~', /exit 0$/),
    }),
  },
  'scripts-settings-differ.met': {
    fault: files('kvm01 has other settings of the driver than the front-end', 'kvm01', {
      files: ['/var/tmp/one/etc'],
      script: "echo 'export SHUTDOWN_TIMEOUT=60' >> /var/tmp/one/etc/vmm/kvm/kvmrc",
      looks: prints('kvm01', 'cat /var/tmp/one/etc/vmm/kvm/kvmrc', /SHUTDOWN_TIMEOUT=60/),
    }),
  },
  'scripts-with-more-beside.met': {
    fault: driverScripts('kvm01 has driver scripts that the front-end does not have', 'kvm01', {
      script: 'mkdir tm/storpool; echo "#!/bin/bash" > tm/storpool/clone; cp tm/lib/backup_qcow2.rb tm/lib/of_ours.rb',
      looks: prints('kvm01', 'ls /var/tmp/one/tm/storpool/clone', /exit 0$/),
    }),
  },
} satisfies Table;
