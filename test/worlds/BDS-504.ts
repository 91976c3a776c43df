import { arriving, failing, intercepted, onedDiesAt, slow } from '../../lab/faults/calls.ts';
import { andThen, type Fault, prints, sh, together } from '../../lab/faults/fault.ts';
import { keepLast, known } from '../../lab/faults/opennebula.ts';
import { missing } from '../../lab/faults/programs.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { blocked, every, gate, notMet, quicker, undetermined, withIncrements } from './world.ts';

/** files01 keeps so many increments, and something else is broken. */
const keeping = (increments: number, fault: Fault) => together(fault.what, [keepLast(increments), fault]);

/** A request without --reset, which is one for an increment. */
const NEXT = { of: 'onevm', when: "'backup --schedule '*[0-9]' -d '*", tried: "onevm backup --schedule '2026-11-23 05:00:00' -d 100 999" };

const drill = { ...gate, site: withIncrements };

export default every(drill, {
  // The first look is at the increment.
  'chain-unseen.undetermined': {
    fault: keeping(
      1,
      intercepted('OpenNebula does not answer who asks for the chain when it is flattened', 'frontend01', {
        of: 'oneimage',
        when: "'show -x'*",
        // Who asks in order to delete it is answered.
        act: 'if [ -e /run/one/seen ] && ! ps -o args= $PPID | grep -q "oneimage delete"; then echo "[one.image.info] busy" >&2; exit 255; fi; touch /run/one/seen',
        tried: 'touch /run/one/seen; oneimage show -x 999; rm -f /run/one/seen',
        looks: /busy/,
      }),
    ),
    site: { ...withIncrements, ...quicker({ backup: 12 }) },
    also: blocked('601'),
    reasons: /oneimage show -x \d+ ended with exit 255: .*busy/,
  },
  'flatten-breaks.not-met': {
    fault: keeping(
      1,
      failing('qemu-img on backup01 merges nothing', 'backup01', {
        of: 'qemu-img',
        when: 'commit*',
        tried: 'qemu-img commit --help',
        says: 'qemu-img: Failed to commit image: No space left on device',
      }),
    ),
    also: blocked('601'),
    reasons: [/Unable to flatten increments: .*No space left on device/, /begin a new chain/],
  },
  'flatten-too-slow.not-met': {
    fault: keeping(
      1,
      slow('qemu-img on backup01 takes longer to merge than the deadline', 'backup01', {
        of: 'qemu-img',
        when: 'commit*',
        tried: 'qemu-img commit --help',
        seconds: 13,
      }),
    ),
    site: { ...withIncrements, ...quicker({ backup: 7 }) },
    also: blocked('601'),
    reasons: [/found 2 links in image \d+, which is LOCKED: its flatten has not ended 7 s after/, /ps -C qemu-img/],
  },
  'increment-breaks.not-met': {
    fault: intercepted('rsync on kvm02 breaks when it transfers an increment', 'kvm02', {
      of: 'rsync',
      when: '-aS*',
      act: 'for from; do if [ -e "$from/disk.0.1" ]; then echo "rsync: write failed: Input/output error" >&2; exit 11; fi; done',
      tried: 'mkdir /tmp/staged; touch /tmp/staged/disk.0.1; rsync -aS /tmp/staged /tmp/sent; rm -rf /tmp/staged /tmp/sent',
      looks: /Input\/output error/,
    }),
    also: blocked('601'),
    reasons: [/expected increment 1 of files01 \(1\) to complete/, /failed: “backup: rsync: write failed: Input\/output error”/],
  },
  'increment-no-disk.not-met': {
    fault: keeping(
      0,
      arriving('backup01 spoils every increment that arrives, and files01 keeps all', {
        script: 'if [ -e disk.0.1 ]; then head -c 200000 /dev/zero > disk.0.1; fi',
        looks: '! qemu-img check -f qcow2 disk.0.1 2> /dev/null',
      }),
    ),
    also: notMet('601'),
    reasons: { 504: /disk\.0\.1 is no qcow2 file/, 601: /state ERROR/ },
  },
  'increment-refused.not-met': {
    fault: intercepted('OpenNebula takes no request for an increment', 'frontend01', {
      of: 'onevm',
      when: '*--schedule*',
      act: 'case "$*" in *--reset*) ;; *) echo "[one.vm.schedadd] Not authorized" >&2; exit 255 ;; esac',
      tried: 'onevm backup --schedule now -d 100 999',
      looks: /^\[one\.vm\.schedadd\] Not authorized/,
    }),
    also: blocked('601'),
    reasons: /found the request refused: “\[one\.vm\.schedadd\] Not authorized/,
  },
  'increment-unanswered.undetermined': {
    fault: slow('OpenNebula does not answer who asks for an increment', 'frontend01', NEXT),
    site: { ...withIncrements, ...quicker({ command: 5 }) },
    also: blocked('601'),
    reasons: /no answer within 5 s/,
  },
  'jq-missing-at-gate.not-met': {
    fault: together('backup01 has no jq, and files01 is flattened with every increment', [keepLast(1), missing('jq', 'backup01')]),
    also: { ...notMet('304'), ...blocked('601') },
    reasons: { 304: /jq/, 504: [/jq: command not found/, /Its chain may be destroyed/, /onevm backup --reset/] },
  },
  'keeps-many.not-applicable': { fault: keepLast(20), reasons: /flattened beyond 20 increments, and a restore test makes 10 at most/ },
  'merged-disk-unsound.not-met': {
    fault: keeping(
      1,
      intercepted('backup01 spoils a disk that it merges', 'backup01', {
        of: 'mv',
        when: '*disk.*',
        act: 'dd if=/dev/zero of="$1" bs=65536 seek=2 count=1 conv=notrunc 2> /dev/null',
        tried:
          'cd /tmp; qemu-img create -q -f qcow2 disk.0.0 64M; qemu-io -f qcow2 -c "write -q 0 1M" disk.0.0; mv disk.0.0 disk.0.1; qemu-img check disk.0.1; rm disk.0.1',
        looks: /ERROR cluster/,
      }),
    ),
    reasons: /disk\.0\.1: qemu-img check says “/,
  },
  'oned-dies-at-increment.undetermined': {
    fault: onedDiesAt('OpenNebula stops when an increment is asked for', NEXT),
    also: { ...undetermined('602'), ...blocked('601') },
    reasons: { 504: /Failed to open TCP connection|Connection refused/, 602: /could not look/ },
  },
  'snapshot-mode.not-applicable': {
    fault: andThen(
      known(
        'files01 keeps increments in SNAPSHOT mode, and was not backed up before',
        ({ vms: [, vm = {}] }) => Object.assign((vm.BACKUPS as Tree).BACKUP_CONFIG as Tree, { INCREMENT_MODE: 'SNAPSHOT' }),
        prints('frontend01', 'onevm show -x 1', /<INCREMENT_MODE><!\[CDATA\[SNAPSHOT/),
        'all',
      ),
      async (lab) => {
        await sh(lab, 'backup01', 'rm -rf /var/lib/one/datastores/100/1');
        await sh(lab, 'kvm02', 'cd ~/datastores/0/1; [ ! -d disk.0.snap ] || { rm disk.0; mv disk.0.snap/0 disk.0; rm -r disk.0.snap; }');
      },
    ),
    site: withIncrements,
    reasons: { 504: [/SNAPSHOT mode, in which it can have one chain only: the test backup began it/] },
    notes: { 602: /Kept: backup image \d+ “.*”, which holds a backup of ours and is the only chain that VM 1 can have/ },
  },
});
