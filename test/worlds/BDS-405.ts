import { admin, type Fault, prints, together } from '../../lab/faults/fault.ts';
import { capacity } from '../../lab/faults/opennebula.ts';
import { program } from '../../lab/faults/programs.ts';
import { scripts } from '../../lab/faults/storage.ts';
import { ELSEWHERE, elsewhereAccepted } from './elsewhere.ts';
import { met, notMet, quick, server, type Table, undetermined } from './world.ts';

const grown: Fault = {
  what: 'the backup volume grew to 8 GiB since OpenNebula looked',
  break: (lab) => admin(lab, 'backup01', size('8g')),
  repair: (lab) => admin(lab, 'backup01', size('768m')),
  isBroken: prints('backup01', 'df -h /var/lib/one/datastores', /8\.0G/),
};
const size = (size: string) => `mount -n -i --options-mode ignore -o remount,size=${size} /var/lib/one/datastores`;

const filled = scripts('', 'backup01', {
  make: 'dd if=/dev/zero of=$storage/filler bs=1M count=700 2> /dev/null',
  undo: 'rm $storage/filler',
  looks: 'test "$(df --output=avail -BM $storage | tail -n 1 | tr -d " M")" -lt 76',
});

export default {
  'capacity-free-no-number.not-met': {
    fault: capacity('OpenNebula shows no number for the free space', { FREE_MB: '' }),
    reasons: /no number for FREE_MB/,
  },
  'capacity-free-too-large.not-met': {
    fault: capacity('the free space OpenNebula knows is more than the server has', { FREE_MB: '2500' }),
    reasons: /FREE_MB 2500 where the server has \d+/,
  },
  'capacity-free-too-small.not-met': {
    // Repaired last, OpenNebula sees the volume as it was.
    fault: together('the backup volume is empty, and OpenNebula believes it to be nearly full', [
      capacity('', { TOTAL_MB: '8192', FREE_MB: '300' }),
      grown,
    ]),
    reasons: /FREE_MB 300 where the server has \d{4}/,
  },
  'capacity-of-full-volume.not-met': {
    fault: together('the backup volume is nearly full, and OpenNebula believes that most of it is free', [
      capacity('', { FREE_MB: '700' }),
      filled,
    ]),
    also: notMet('204'),
    reasons: { 204: server, 405: /FREE_MB 700 where the server has \d{1,2}\b/ },
  },
  'capacity-grown.not-met': { fault: grown, reasons: /TOTAL_MB 768 where the server has 8192/ },
  'capacity-negative.not-met': {
    fault: capacity('OpenNebula shows a negative capacity', { TOTAL_MB: '-1', FREE_MB: '-1' }),
    reasons: /TOTAL_MB -1/,
  },
  'capacity-no-number.not-met': {
    fault: capacity('OpenNebula shows no number for the capacity', { TOTAL_MB: '-', FREE_MB: '-' }),
    reasons: /no number for TOTAL_MB and FREE_MB/,
  },
  'capacity-stale.not-met': { fault: 'capacity-stale', reasons: /TOTAL_MB \d+/ },
  'capacity-too-large.not-met': {
    fault: capacity('the capacity OpenNebula knows is 2 % too large', { TOTAL_MB: '784' }),
    reasons: /TOTAL_MB 784 where the server has 768/,
  },
  'capacity-too-small.not-met': {
    fault: capacity('the capacity OpenNebula knows is 2 % too small', { TOTAL_MB: '752' }),
    reasons: /TOTAL_MB 752 where the server has 768/,
  },
  'capacity-zero.not-met': { fault: 'capacity-zero', reasons: /TOTAL_MB 0/ },
  'other-server-accepted.undetermined': {
    fault: elsewhereAccepted,
    site: quick,
    also: { 'BDS-403': 'waived', ...met('407'), ...undetermined('707') },
    reasons: { 403: /waived until .* RSYNC_HOST “frontend01/, 405: ELSEWHERE, 707: ELSEWHERE },
  },
  'server-cannot-stat.undetermined': {
    fault: program('stat on backup01 does not run', 'backup01', {
      name: 'stat',
      script: 'echo stat: broken >&2; exit 1',
      looks: prints('backup01', 'stat /', /stat: broken/),
    }),
    also: undetermined('203', '204'),
    reasons: { 203: server, 204: server, 405: [server, /no answer|broken/] },
  },
  'server-stat-hangs.undetermined': {
    fault: program('stat on backup01 hangs, as on a dead mount', 'backup01', {
      name: 'stat',
      script: 'exec sleep 60',
      looks: prints('backup01', 'timeout 0.3 stat /', /exit 124$/),
    }),
    site: { deadlines: { command: 2 } },
    also: undetermined('203', '204'),
    reasons: { 203: server, 204: server, 405: [server, /no answer/] },
  },
} satisfies Table;
