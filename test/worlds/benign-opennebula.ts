import { prints, together } from '../../lab/faults/fault.ts';
import { addHost, ago, capacity, datastore, due, hosts, known, schedule, scheduledActions, set } from '../../lab/faults/opennebula.ts';
import { missing } from '../../lab/faults/programs.ts';
import { files, sshdStopped } from '../../lab/faults/ssh.ts';
import { mounts } from '../../lab/faults/storage.ts';
import { offlineInUse, TEMPLATE_TEXT, templateThere, unregistered } from './faults.ts';
import { kvm01, kvm02, type Table } from './world.ts';

const more = Array.from({ length: 98 }, (_, at) => `kvm${at + 3}.example.net`);

const called = (name: string, looks: RegExp) => ({
  fault: known(
    `the backup datastore is called ${name}`,
    set('datastores', 100, { NAME: name }),
    prints('frontend01', 'onedatastore list -x', looks),
  ),
  site: { datastore: { name } },
});

export default {
  'backup-done.met': {
    fault: known(
      'a scheduled backup was begun when it was due',
      (cloud) => schedule(0, ['952', 600, '', { DONE: ago(600 * 60 - 4) }])(cloud),
      scheduledActions,
    ),
  },
  'backup-due-soon.met': { fault: due('a scheduled backup is late by ten minutes', 0, ['950', 10]) },
  'backup-elsewhere-stuck.met': {
    fault: due('a scheduled backup to another datastore is stuck', 0, ['953', 60, 'Error getting datastore [999].', { ARGS: '999,0' }]),
  },
  'backup-scheduled.met': { fault: due('a backup is scheduled for tomorrow', 0, ['951', -1440]) },
  'capacity-rounded.met': {
    fault: capacity('the capacity OpenNebula knows differs by rounding and by what was written since', { TOTAL_MB: '769', FREE_MB: '480' }),
  },
  'datastore-name-dash.met': called('-daily', /<NAME>-daily/),
  'datastore-name-digits.met': called('12345', /<NAME>12345/),
  'datastore-name-signs.met': called('a (b) = c, d', /<NAME>a \(b/),
  'datastore-name-umlauts.met': called('Ümläut, größer', /<NAME>&#xDC;ml/),
  'host-disabled.met': { fault: hosts('kvm02 is DISABLED in OpenNebula', set('hosts', 1, { STATE: '4' }), /<STATE>4</) },
  'host-in-error.met': {
    fault: hosts('kvm02 is in state ERROR in OpenNebula', set('hosts', 1, { STATE: '3' }), /<STATE>3</),
    notes: { 102: /kvm02\S* is in ERROR in OpenNebula: its VMs go UNKNOWN/ },
  },
  'host-offline.met': {
    fault: hosts('kvm02 is OFFLINE in OpenNebula', set('hosts', 1, { STATE: '8', VMS: {} }), /<STATE>8</),
    machines: { 'BDS-102': { [kvm01]: 'met', [kvm02]: 'not-applicable' } },
  },
  'host-offline-in-use.met': {
    fault: hosts('kvm02 is OFFLINE in OpenNebula, with a VM on it', offlineInUse, /<STATE>8</),
    machines: { 'BDS-102': { [kvm01]: 'met', [kvm02]: 'met' }, 'BDS-105': { [kvm02]: 'met' }, 'BDS-306': { [kvm02]: 'met' } },
  },
  'host-offline-in-use-gone.met': {
    fault: together('kvm02 is OFFLINE in OpenNebula, with a VM on it, and nobody can log in to it', [
      hosts('', offlineInUse, /<STATE>8</),
      sshdStopped('kvm02'),
    ]),
    machines: {
      'BDS-102': { [kvm01]: 'met', [kvm02]: 'not-applicable' },
      'BDS-105': { [kvm02]: 'not-applicable' },
      'BDS-205': { [kvm02]: 'not-applicable' },
      'BDS-304': { [kvm02]: 'not-applicable' },
      'BDS-305': { [kvm02]: 'not-applicable' },
    },
    notes: { 102: /kvm02\S* is OFFLINE, and no backup can be made of what is on it: files01 \(1\)/ },
  },
  'host-of-containers.met': {
    fault: together('kvm02 runs containers, and has no programs for VMs', [
      hosts('', set('hosts', 1, { VM_MAD: 'lxc' }), /lxc/),
      missing('qemu-img', 'kvm02'),
      missing('virsh', 'kvm02'),
    ]),
    machines: {
      'BDS-102': { [kvm02]: 'not-applicable' },
      'BDS-303': { [kvm02]: 'not-applicable' },
      'BDS-306': { [kvm02]: 'not-applicable' },
    },
  },
  // Each is a login of its own, to one of the two hypervisor hosts that the lab has.
  'hundred-hosts.met': {
    fault: together(
      'OpenNebula has a hundred hosts',
      [
        files('', 'frontend01', {
          files: ['/etc/hosts'],
          script: 'for i in {3..100}; do echo "198.19.0.$((1 + i % 2)) kvm$i.example.net" >> /etc/hosts; done',
        }),
        hosts('', (cloud) => more.map((name) => addHost(name)(cloud)), /kvm100/),
      ],
      prints('frontend01', 'onehost list -x | grep -c "<HOST>"', /^100/m),
    ),
    machines: { 'BDS-102': { 'kvm100.example.net': 'met' }, 'BDS-303': { 'kvm3.example.net': 'met', 'kvm02.example.net': 'met' } },
  },
  'one-host.met': { fault: hosts('OpenNebula has one host', (cloud) => cloud.hosts.splice(1), /^(?![\s\S]*kvm02)[\s\S]*kvm01/) },
  'other-action-stuck.met': {
    fault: due('a scheduled action that is no backup is overdue', 0, ['954', 60, '', { ACTION: 'reboot', ARGS: '' }]),
  },
  'setup-creates.met': {
    fault: unregistered,
    profile: 'setup',
    notes: {
      401: /wrote the template of the datastore to .*; created the datastore “rsync Backups” for oneadmin@backup01\.example\.net: datastore 100/,
    },
  },
  'setup-creates-umlauts.met': {
    fault: unregistered,
    profile: 'setup',
    site: { datastore: { name: 'Größer, für Jürgen' } },
    notes: { 401: /created the datastore “Größer, für Jürgen”/ },
  },
  'setup-from-own-template.met': {
    fault: templateThere(
      'the template file is there, written by hand',
      `# rsync\n\nname="rsync Backups"\nTYPE = BACKUP_DS # bck\nDS_MAD=rsync\nTM_MAD = "-"\n  RSYNC_USER = oneadmin\nRSYNC_HOST = backup01.example.net\n`,
    ),
    profile: 'setup',
    notes: { 401: /nothing was changed/ },
  },
  'setup-with-template-there.met': {
    fault: together('the template is there, and no datastore', [unregistered, templateThere('', TEMPLATE_TEXT)]),
    profile: 'setup',
    notes: { 401: /^(?!.*wrote).*created the datastore/ },
  },
  'system-datastore-elsewhere.met': {
    fault: together('the system datastore lies elsewhere, and both hypervisor hosts have it there', [
      known(
        '',
        ({ datastores }) => Object.assign(datastores.find(({ TYPE }) => TYPE === '1') as object, { BASE_PATH: '/media/ssd//0' }),
        prints('frontend01', 'onedatastore list -x', /\/media\/ssd\/\/0/),
        'all',
      ),
      mounts('', ['kvm01', 'kvm02'], {
        make: 'mkdir -p /media/ssd && cp -a /var/lib/one/datastores/0 /media/ssd/',
        undo: 'rm -r /media/ssd',
        looks: 'test -w /media/ssd/0',
      }),
    ]),
  },
  'rsync-args-quiet.met': {
    fault: datastore('RSYNC_ARGS have rsync say nothing, as declared', { RSYNC_ARGS: '-aSq --msgs2stderr' }),
    site: { datastore: { template: { RSYNC_ARGS: '-aSq --msgs2stderr' } } },
  },
  'rsync-args-of-another-program.met': {
    fault: datastore('RSYNC_ARGS name the program on backup01, as declared', { RSYNC_ARGS: '-rltS --rsync-path=/usr/bin/rsync' }),
    site: { datastore: { template: { RSYNC_ARGS: '-rltS --rsync-path=/usr/bin/rsync' } } },
  },
  'template-bridge-list-before-it-counts.met': {
    fault: datastore('the backup datastore has a BRIDGE_LIST, and OpenNebula is of a release that reads none', {
      BRIDGE_LIST: 'nosuch.example.net',
    }),
    release: '6.10.5',
    notes: { 404: /OpenNebula 6\.10\.5 ignores it/ },
  },
  'template-comment.met': { fault: datastore('the backup datastore has an attribute that no driver reads', { CONTACT: 'storage team' }) },
  'template-declared.met': {
    fault: datastore('the backup datastore has attributes that are declared', { RSYNC_ARGS: '-aS --bwlimit=1000', LIMIT_MB: '500' }),
    site: { datastore: { template: { RSYNC_ARGS: '-aS --bwlimit=1000', LIMIT_MB: '500' } } },
  },
  'two-backup-datastores.met': {
    fault: known(
      'OpenNebula has a second backup datastore on the same server',
      (cloud) => cloud.datastores.push({ ...structuredClone(cloud.datastores[3] ?? {}), ID: '101', NAME: 'more Backups' }),
      prints('frontend01', 'onedatastore list -x', /more Backups/),
    ),
  },
  'vm-powered-off.met': {
    fault: known(
      'VM 0 is powered off',
      set('vms', 0, { STATE: '8', LCM_STATE: '0' }),
      prints('frontend01', 'onevm list -x --extended', /<STATE>8</),
    ),
  },
  'vm-with-old-error.met': {
    fault: known(
      'VM 0 keeps the error of a backup long past',
      (cloud) => Object.assign(cloud.vms[0]?.USER_TEMPLATE ?? {}, { ERROR: 'Mon Nov 23 05:08:52 2026: BACKUP: Command failed' }),
      prints('frontend01', 'onevm list -x --extended', /Mon Nov 23 05:08:52 2026/),
    ),
  },
} satisfies Table;
