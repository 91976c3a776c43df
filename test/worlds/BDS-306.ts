import { libvirtIs, libvirtSocket, noUserBus } from '../../lab/faults/driver.ts';
import { type Fault, prints, together } from '../../lab/faults/fault.ts';
import { datastore } from '../../lab/faults/opennebula.ts';
import { command, FAILS, instead, missing } from '../../lab/faults/programs.ts';
import { files } from '../../lab/faults/ssh.ts';
import { blocked, kvm01, onBoth, type Row, type Table, undetermined } from './world.ts';

const ONLY = { only: 'kvm01' } as const;
/** The datastore has this limit, which is declared; and this is wrong besides. */
const limited = (template: Readonly<Record<string, string>>, fault: Fault): Row => ({
  fault: together(`backups run under ${Object.keys(template).join(', ')}, and ${fault.what}`, [datastore('', template), fault]),
  site: { datastore: { template } },
  ...ONLY,
});
/** virsh on kvm01 does something else when it is asked for the version of libvirt. */
const virsh = (what: string, script: string, looks: RegExp): Fault =>
  instead('virsh', 'kvm01', {
    what,
    script: `case "$*" in *" version"*) ${script};; esac\nexec $real "$@"`,
    asked: 'timeout 1 virsh --connect qemu:///system version',
    looks,
  });

export default {
  // What is confined, and by what, differs between releases.
  ...onBoth({
    'config-is-file.not-met': {
      ...limited(
        { RSYNC_CPU_QUOTA: '50' },
        files('~/.config is a file on kvm01', 'kvm01', {
          files: ['/var/lib/one/.config'],
          script: 'rm -rf ~/.config; touch ~/.config',
          looks: prints('kvm01', 'mkdir -p ~/.config/systemd/user', /Not a directory|File exists/),
        }),
      ),
      reasons: [/kvm01.*RSYNC_CPU_QUOTA/, /\.config is no directory, where the driver writes its slice/],
    },
    'flock-broken.not-met': {
      ...limited({ RSYNC_MAX_RIOPS: '100' }, instead('flock', 'kvm01', FAILS)),
      reasons: [/kvm01/, /there, but not running: flock \(package util-linux\)/],
    },
    'ionice-refused.not-met': {
      fault: datastore('RSYNC_IONICE is -5, as declared, which is none', { RSYNC_IONICE: '-5' }),
      site: { datastore: { template: { RSYNC_IONICE: '-5' } } },
      machines: { 'BDS-306': { [kvm01]: 'not-met', 'kvm02.example.net': 'not-met' } },
      reasons: [/kvm01.*RSYNC_IONICE/, /ioprio_set failed: Invalid argument/],
    },
    'flock-missing.not-met': {
      ...limited({ RSYNC_MAX_RIOPS: '100' }, missing('flock', 'kvm01')),
      reasons: [/kvm01/, /missing: flock \(package util-linux\)/],
    },
    'ionice-missing.not-met': {
      ...limited({ RSYNC_IONICE: '7' }, missing('ionice', 'kvm01')),
      reasons: [/kvm01.*RSYNC_IONICE/, /missing: ionice \(package util-linux\)/],
    },
    'libvirt-asks-for-password.not-met': {
      fault: virsh(
        'is told to authenticate',
        `printf '%s\\n' 'error: failed to connect to the hypervisor' "error: authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'" >&2; exit 1`,
        /^exit 1 .*polkit/s,
      ),
      ...ONLY,
      reasons: [/kvm01/, /no polkit agent/, /usermod -aG libvirt oneadmin/],
    },
    'libvirt-down-on-host.not-met': {
      fault: 'libvirt-down-on-host',
      ...ONLY,
      reasons: [/kvm01/, /Failed to connect socket to '\/var\/run\/libvirt\/libvirt-sock': No such file/, /systemctl start libvirtd/],
    },
    'libvirt-garbage.undetermined': {
      fault: virsh('prints something else', 'echo "This system is for authorized use only."; exit 0', /authorized use/),
      ...ONLY,
      reasons: [/kvm01/, /authorized use/],
    },
    'libvirt-hangs.undetermined': {
      fault: virsh('waits for libvirt', 'exec sleep 60', /^exit 124/),
      site: { deadlines: { command: 3 } },
      ...ONLY,
      reasons: [/kvm01/, /none within 3 s/],
    },
    'libvirt-not-for-oneadmin.not-met': {
      fault: libvirtSocket('oneadmin may not use libvirt on kvm01', 'kvm01', {
        make: 'chmod 000 libvirt-sock',
        undo: 'chmod 644 libvirt-sock',
        looks: /Permission denied/,
      }),
      ...ONLY,
      reasons: [/kvm01/, /libvirt-sock': Permission denied/, /usermod -aG libvirt oneadmin/],
    },
    'libvirt-old-and-vms-not-listed.undetermined': {
      fault: together('libvirt on kvm01 is 6.0.0, and onevm fails', [
        libvirtIs('kvm01', '6.0.0'),
        command('onevm on frontend01 fails', 'onevm', { script: 'echo "execution expired" >&2; exit 255', looks: /execution expired/ }),
      ]),
      also: { ...undetermined('304'), ...blocked('406', '407') },
      ...ONLY,
      reasons: { 304: /execution expired/, 306: [/kvm01/, /execution expired/] },
    },
    'libvirt-old-everywhere.not-met': {
      fault: together('libvirt on both hosts is 4.0.0', [libvirtIs('kvm01', '4.0.0'), libvirtIs('kvm02', '4.0.0')]),
      reasons: [/kvm01.*4\.0\.0.*kvm02.*4\.0\.0/s],
    },
    'libvirt-old-on-host.not-met': {
      fault: 'libvirt-old-on-host',
      ...ONLY,
      reasons: [/kvm01: expected libvirt 5\.5 or newer|kvm01/, /found 5\.4\.0/],
    },
    'libvirt-too-old-for-increments.not-met': {
      fault: libvirtIs('kvm01', '7.6.0'),
      ...ONLY,
      reasons: [/kvm01/, /libvirt 7\.7 or newer, since files01 \(1\) keeps increments/, /found 7\.6\.0/],
    },
    'nice-missing.not-met': {
      ...limited({ RSYNC_NICE: '19' }, missing('nice', 'kvm01')),
      reasons: [/kvm01.*RSYNC_NICE/, /missing: nice \(package coreutils\)/],
    },
    'no-user-bus-on-host.not-met': {
      fault: 'no-user-bus-on-host',
      site: { datastore: { template: { RSYNC_CPU_QUOTA: '50' } } },
      ...ONLY,
      reasons: [/kvm01.*RSYNC_CPU_QUOTA/, /no user bus: “Failed to connect to bus: No medium found”/, /loginctl enable-linger/],
    },
    'systemd-run-missing.not-met': {
      ...limited({ RSYNC_MAX_WIOPS: '100' }, missing('systemd-run', 'kvm01')),
      reasons: [/kvm01.*RSYNC_MAX_WIOPS/, /missing: systemd-run \(package systemd\)/],
    },
  }),
  // An attribute that the older release does not know.
  'user-bus-missing-for-memory.not-met': {
    ...limited({ RSYNC_MEMORY_MAX_MB: '512' }, noUserBus('kvm01')),
    machines: { 'BDS-306': { [kvm01]: 'not-met' } },
    reasons: [/kvm01.*RSYNC_MEMORY_MAX_MB/, /no user bus/],
  },
} satisfies Table;
