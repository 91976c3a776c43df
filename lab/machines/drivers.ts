/** OpenNebula's drivers and settings as files: what a backup uses of them. */
import { readFileSync } from 'node:fs';
import { root } from '../../support/suite.ts';
import { RELEASES, type ReleaseName } from '../opennebula/releases.ts';

/** Where drivers are on the front-end, and where OpenNebula brings them on hypervisors. */
export const REMOTES = '/var/lib/one/remotes';
export const SCRIPTS_REMOTE_DIR = '/var/tmp/one';

const source = (name: string) => readFileSync(new URL(`lab/${name}`, root), 'utf8');

/** Drivers that nobody runs in a lab: the stand-in for OpenNebula does what they do. */
const names = (release: ReleaseName) => [
  ...['backup', 'backup_cancel', 'increment_flatten', 'ls', 'monitor', 'restore', 'rm', 'stat'].map((name) => `datastore/rsync/${name}`),
  ...['datastore/downloader.sh', 'datastore/libfs.sh', 'datastore/rsync_downloader.rb'],
  ...RELEASES[release].transfers.flatMap((tm) =>
    ['prebackup', 'prebackup_live', 'postbackup', 'postbackup_live'].map((name) => `tm/${tm}/${name}`),
  ),
  ...['backup', 'backup_image', 'backup_kvm', 'datastore', 'tm_action'].map((name) => `tm/lib/${name}.rb`),
  ...['tm/tm_common.sh', 'scripts_common.sh'],
  ...['cancel', 'deploy', 'migrate', 'restore', 'shutdown'].map((name) => `vmm/kvm/${name}`),
];

const shebang = (name: string) => (name.endsWith('.sh') || name.startsWith('vmm/') ? '#!/bin/bash' : '#!/usr/bin/env ruby');

/** All of them, and what is no program beside them, as the front-end and each hypervisor have them: contents by path. */
export function drivers(release: ReleaseName): { programs: Record<string, string>; settings: Record<string, string> } {
  return {
    programs: {
      ...Object.fromEntries(
        names(release).map((name) => [name, `${shebang(name)}\n# ${name}: the lab's stand-in for OpenNebula does what this does.\n`]),
      ),
      'tm/lib/backup_qcow2.rb': source('opennebula/backup_qcow2.sh'),
    },
    settings: {
      VERSION: release,
      'etc/vmm/kvm/kvmrc': 'export LIBVIRT_URI=qemu:///system\nexport QEMU_PROTOCOL=qemu+ssh\n',
      'etc/datastore/datastore.conf': '# BACKUP_BASE_PATH=/var/lib/one/datastores/backups\n',
    },
  };
}

/** Programs of a hypervisor that no sandbox can really run. */
export const hypervisorPrograms = (): Record<string, string> => ({
  virsh: source('machines/virsh.sh'),
  systemctl: source('machines/systemctl.sh'),
  'systemd-run': source('machines/systemd-run.sh'),
});

/** What a hypervisor has from its start: the socket of libvirt, and a bus of oneadmin's own, as after `loginctl enable-linger`. */
export const sockets = (uid: string): string[] => ['/run/libvirt/libvirt-sock', `/run/user/${uid}/bus`];

/** /etc/one/oned.conf, of which the stand-in for oned reads MAX_BACKUPS, MAX_BACKUPS_HOST and SCRIPTS_REMOTE_DIR. */
export const ONED_CONF = `#*******************************************************************************
# Daemon configuration attributes
#*******************************************************************************

LOG = [
  SYSTEM      = "FILE",
  DEBUG_LEVEL = 3,
  USE_VMS_LOCATION = "NO"
]

#MANAGER_TIMER = 15

MONITORING_INTERVAL_HOST      = 180
MONITORING_INTERVAL_DATASTORE = 300

SCRIPTS_REMOTE_DIR=${SCRIPTS_REMOTE_DIR}

PORT = 2633

LISTEN_ADDRESS = "0.0.0.0"

#*******************************************************************************
# Backups
#*******************************************************************************

MAX_BACKUPS      = 5
MAX_BACKUPS_HOST = 2

DATASTORE_CAPACITY_CHECK = "yes"

TM_MAD = [
    EXECUTABLE = "one_tm",
    ARGUMENTS = "-t 15 -d dummy,lvm,shared,fs_lvm,fs_lvm_ssh,qcow2,ssh,ceph,dev,iscsi_libvirt,local"
]

DATASTORE_MAD = [
    EXECUTABLE = "one_datastore",
    ARGUMENTS  = "-t 15 -d dummy,fs,lvm,ceph,dev,iscsi_libvirt,restic,rsync -s shared,ssh,ceph,fs_lvm,fs_lvm_ssh,qcow2,local"
]

DS_MAD_CONF = [
    NAME = "rsync", REQUIRED_ATTRS = "RSYNC_HOST,RSYNC_USER", PERSISTENT_ONLY = "YES"
]
`;
