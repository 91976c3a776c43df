import { failing, intercepted, onedDiesAt, slow } from '../../lab/faults/calls.ts';
import { libvirtSocket } from '../../lab/faults/driver.ts';
import { prints, together } from '../../lab/faults/fault.ts';
import { known, set } from '../../lab/faults/opennebula.ts';
import { sshdStopped } from '../../lab/faults/ssh.ts';
import { scripts } from '../../lab/faults/storage.ts';
import { numbersOf } from '../../lab/opennebula/states.ts';
import { type Tree, trees } from '../../lab/opennebula/tree.ts';
import { noRounds, oneAtATime } from './faults.ts';
import {
  behind102,
  behind501,
  blocked,
  every,
  gate,
  notMet,
  onlyKvm01,
  quicker,
  server,
  theDrill,
  undetermined,
  withIncrements,
} from './world.ts';

const REQUEST = { of: 'onevm', when: '*--schedule*', tried: 'onevm backup --schedule now -d 100 999' };

/** The test VM is in another state than one that is backed up. */
const inState = (what: string, state: string, more: Tree = {}) =>
  known(
    `the VM is ${what}`,
    set('vms', 0, { ...numbersOf(state), ...more }),
    prints('frontend01', 'onevm show -x 0', new RegExp(`<STATE>${numbersOf(state).STATE}<`)),
    'all',
  );

export default every(gate, {
  'host-shut-at-gate.blocked': {
    fault: 'host-sshd-down',
    also: { ...notMet('102'), ...behind102, ...theDrill },
    machines: { ...onlyKvm01('102'), ...onlyKvm01('303', 'blocked') },
    reasons: { 102: [/kvm01/, /Connection refused/] },
  },
  'increments-nowhere-at-gate.blocked': {
    fault: 'tmpdir-not-writable-on-backup',
    site: withIncrements,
    also: { ...notMet('206'), ...theDrill, ...blocked('504') },
    reasons: { 206: /cannot write and enter \/var\/tmp/ },
  },
  'libvirt-shut-at-gate.blocked': {
    fault: 'libvirt-down-on-host',
    also: { ...notMet('306'), ...theDrill },
    machines: onlyKvm01('306'),
    reasons: { 306: [/kvm01/, /No such file/] },
  },
  // The VM is on kvm01.
  'libvirt-shut-on-other-host.met': {
    fault: libvirtSocket('libvirt on kvm02 is stopped', 'kvm02', {
      make: 'mv libvirt-sock libvirt-sock.off',
      undo: 'mv libvirt-sock.off libvirt-sock',
      looks: /No such file/,
    }),
    also: notMet('306'),
    reasons: { 306: [/kvm02/, /No such file/] },
  },
  'no-room-in-books.blocked': {
    fault: known(
      'OpenNebula believes that less is free on the backup volume than the VM may take',
      (cloud) => {
        set('datastores', 100, { FREE_MB: '500' })(cloud);
        Object.assign(trees(cloud.vms[0] ?? {}, 'TEMPLATE/DISK')[0] ?? {}, { SIZE: '600' });
      },
      prints('frontend01', 'onedatastore show -x 100; onevm show -x 0', /<FREE_MB>500<.*<SIZE>(<!\[CDATA\[)?600\b/s),
      'scheduler',
    ),
    also: { ...notMet('407'), ...behind501, ...blocked('602') },
    machines: { 'BDS-407': { 'backup-probe': 'not-met' } },
    reasons: { 407: /its disks may grow to 600 MiB, 500 MiB are free/ },
  },
  'oned-dies-at-request.undetermined': {
    fault: onedDiesAt('OpenNebula stops when a backup is scheduled', {
      ...REQUEST,
    }),
    also: { ...undetermined('602'), ...behind501 },
    reasons: {
      501: /Failed to open TCP connection|Connection refused/,
      602: [/could not look: .*(Failed to open TCP connection|Connection refused)/, /backup-compliance cleanup/],
    },
  },
  'oned-dies-before-begin.undetermined': {
    fault: onedDiesAt('OpenNebula stops when the VM is looked at', {
      of: 'onevm',
      when: "'show -x 0'",
      tried: 'onevm show -x 0',
    }),
    also: behind501,
    reasons: /could not begin: onevm show -x 0 ended with exit 255: .*Connection refused/,
  },
  'other-backup-runs.undetermined': {
    fault: known(
      'somebody else backs the VM up, and that takes long',
      set('vms', 0, { LCM_STATE: '69' }),
      prints('frontend01', 'onevm show -x 0', /<LCM_STATE>69</),
    ),
    site: quicker({ schedule: 4 }),
    // Nothing in the log tells that this backup is not the one that was taken back.
    also: { ...notMet('602'), ...behind501 },
    reasons: {
      501: /found it still waiting: another backup of it is under way; ours was removed from the queue\. Run the gate again when/,
      602: /VM 0 is still in BACKUP/,
    },
  },
  'other-backups-take-all-places.undetermined': {
    fault: together('as many backups run elsewhere as may, which is one', [
      known('', set('vms', 1, { LCM_STATE: '69' }), prints('frontend01', 'onevm show -x 1', /<LCM_STATE>69</)),
      oneAtATime,
    ]),
    site: quicker({ schedule: 4 }),
    also: behind501,
    reasons: /found it still waiting: .*MAX_BACKUPS is 1; ours was removed from the queue/,
  },
  'other-host-shut.met': {
    fault: sshdStopped('kvm02', 'the SSH server of kvm02 is stopped, and the VM is on kvm01'),
    also: { ...notMet('102'), ...behind102 },
    reasons: { 102: [/kvm02/, /Connection refused/] },
  },
  'scripts-gone-at-gate.blocked': {
    fault: 'scripts-missing-on-host',
    also: { ...notMet('305'), ...theDrill },
    machines: onlyKvm01('305'),
    reasons: { 305: [/kvm01/, /onehost sync --force/] },
  },
  'queue-blocked-by-others.not-met': {
    fault: 'backup-stuck',
    site: quicker({ schedule: 4 }),
    also: { ...notMet('406'), ...behind501 },
    reasons: {
      406: /action 901/,
      501: [
        /within 4 s, found it still waiting; ours was removed from the queue/,
        /behind scheduled backup 900 \(rejected: .*datastore \[999\].*not ours.*onevm sched-delete 0 900/,
      ],
    },
  },
  'request-lost.undetermined': {
    fault: intercepted('OpenNebula says that it scheduled a backup, and did not', 'frontend01', {
      ...REQUEST,
      act: 'echo "VM 0: backup scheduled at 2026-11-23 05:00:33 +0000"; exit 0',
      looks: /backup scheduled at/,
    }),
    site: quicker({ schedule: 3 }),
    also: behind501,
    reasons: /OpenNebula took the request, but shows no such scheduled backup/,
  },
  'request-refused.not-met': {
    fault: failing('OpenNebula lets the account schedule nothing', 'frontend01', {
      ...REQUEST,
      says: '[one.vm.schedadd] User [2] : Not authorized to perform MANAGE VM [0].',
      exit: 255,
    }),
    also: behind501,
    reasons: [/found the request refused: “\[one\.vm\.schedadd\] User \[2\] : Not authorized/, /Fix what it says/],
  },
  'request-unanswered.undetermined': {
    fault: slow('OpenNebula does not answer who schedules a backup', 'frontend01', {
      ...REQUEST,
    }),
    site: quicker({ command: 5 }),
    also: behind501,
    reasons: [/onevm backup --schedule '.*no answer within 5 s/, /Run it again/],
  },
  'scheduler-off-and-action-kept.not-met': {
    fault: together("OpenNebula's scheduler does nothing, and no action can be deleted", [
      noRounds,
      failing('', 'frontend01', {
        of: 'onevm',
        when: 'sched-delete*',
        tried: 'onevm sched-delete 0 999',
        says: '[one.vm.scheddelete] Not authorized',
        exit: 255,
      }),
    ]),
    site: quicker({ schedule: 4 }),
    also: { ...notMet('602'), ...behind501 },
    reasons: {
      501: /still waiting; ours could not be removed from the queue \(.*Not authorized\): onevm sched-delete 0 \d+/,
      602: /scheduled backup \d+: remove it with onevm sched-delete 0 \d+/,
    },
  },
  'scheduler-off.not-met': {
    fault: noRounds,
    site: quicker({ schedule: 4 }),
    also: behind501,
    reasons: [/still waiting; ours was removed from the queue\. Check that the scheduler runs/, /MAX_BACKUPS/],
  },
  'volume-not-mounted-at-gate.blocked': {
    fault: 'not-mounted',
    also: { ...notMet('203'), ...theDrill },
    reasons: { 203: [server, /root file system/] },
  },
  'snapshot-chain-lost.undetermined': {
    fault: together('files01 keeps increments in SNAPSHOT mode, and the image of its only chain was deleted', [
      known(
        '',
        ({ vms: [, vm = {}] }) => {
          Object.assign((vm.BACKUPS as Tree).BACKUP_CONFIG as Tree, { INCREMENT_MODE: 'SNAPSHOT' });
          const [record = {}] = trees(vm, 'HISTORY_RECORDS/HISTORY');
          vm.HISTORY_RECORDS = {
            HISTORY: [
              { ...record, ACTION: '50' },
              { ...record, SEQ: '1' },
            ],
          };
        },
        prints('frontend01', 'onevm show -x 1', /<INCREMENT_MODE><!\[CDATA\[SNAPSHOT/),
        'all',
      ),
      scripts('', 'kvm02', {
        make: 'cd /var/lib/one/datastores/0/1; mkdir disk.0.snap; mv disk.0 disk.0.snap/0; ln -s disk.0.snap/0 disk.0',
        undo: 'cd /var/lib/one/datastores/0/1; rm disk.0; mv disk.0.snap/0 disk.0; rmdir disk.0.snap',
        looks: 'test -L /var/lib/one/datastores/0/1/disk.0',
      }),
    ]),
    site: withIncrements,
    also: { ...behind501, ...blocked('504') },
    reasons: [/files01 \(1\): expected a VM that a test backup does not harm, found that .*SNAPSHOT mode.*chain is gone/, /MODE="FULL"/],
  },
  'undeployed.not-met': {
    fault: inState('undeployed', 'UNDEPLOYED'),
    also: { ...behind501, ...blocked('602') },
    reasons: [/found it in state UNDEPLOYED/, /onevm resume 0/],
  },
  'vm-on-hold.not-met': {
    fault: inState('on hold, and never was on a host', 'HOLD', { HISTORY_RECORDS: {} }),
    also: { ...behind501, ...blocked('602') },
    reasons: [/^backup-probe \(0\): expected .*RUNNING or POWEROFF.*found it in state HOLD\. Bring it to RUNNING: onevm release 0/],
  },
  'vm-pending.not-met': {
    fault: inState('pending, since no host is what it asks for', 'PENDING', {
      HISTORY_RECORDS: {},
      USER_TEMPLATE: { SCHED_REQUIREMENTS: 'NAME = "none"' },
    }),
    also: { ...behind501, ...blocked('602') },
    reasons: [/found it in state PENDING/, /onevm show 0/],
  },
  'wrong-state.not-met': {
    fault: inState('suspended, of which OpenNebula makes no backup', 'SUSPENDED'),
    also: { ...behind501, ...blocked('602') },
    reasons: [/expected .*RUNNING or POWEROFF.*found it in state SUSPENDED/, /onevm resume 0/],
  },
});
