import { prints } from '../../lab/faults/fault.ts';
import { ago, type Due, due, known, schedule, scheduledActions } from '../../lab/faults/opennebula.ts';
import { program } from '../../lab/faults/programs.ts';
import { alone, noCommand } from './faults.ts';
import { type Table, undetermined } from './world.ts';

export default {
  'backup-behind-another.not-met': {
    fault: due(
      'a backup waits behind another that is rejected and goes elsewhere',
      0,
      ['920', 70, 'Error getting datastore [999].', { ARGS: '999,0' }],
      ['921', 60],
    ),
    reasons: /action 921: overdue by 60 minutes/,
  },
  'backup-of-older-opennebula.not-met': {
    fault: due('a scheduled backup as OpenNebula 6.6 writes it is overdue', 0, ['940', 45, '', { ARGS: '100' }]),
    reasons: /action 940: overdue by 45 minutes/,
  },
  'backup-overdue-for-days.not-met': {
    fault: due('a scheduled backup of virtual machine 1 should have begun a week ago', 1, ['902', 7 * 24 * 60]),
    reasons: [/files01 \(1\), action 902: overdue by 10080 minutes/, /onevm sched-delete 1 902/],
  },
  'backup-overdue.not-met': {
    fault: due('a scheduled backup of virtual machine 0 should have begun 16 minutes ago', 0, ['901', 16]),
    reasons: [/action 901: overdue by 16 minutes/, /onevm sched-delete 0 901/],
  },
  'backup-rejected.not-met': {
    fault: due('OpenNebula rejects a scheduled backup of virtual machine 0 again and again', 0, [
      '900',
      5,
      'Could not create a new backup for VM 0, wrong state HOLD.',
    ]),
    reasons: [/backup-probe \(0\), action 900: rejected: .*wrong state HOLD/, /onevm sched-delete 0 900/],
  },
  'backup-repeated-late.not-met': {
    fault: known(
      'a backup that is repeated every day was due two hours ago, and begun only the day before',
      (cloud) => schedule(0, ['930', 120, '', { REPEAT: '3', DAYS: '24', DONE: ago(26 * 3600) }])(cloud),
      scheduledActions,
    ),
    reasons: /action 930: overdue by 120 minutes/,
  },
  'backup-stuck.not-met': { fault: 'backup-stuck', reasons: [/overdue|rejected/, /onevm sched-delete 0/] },
  'backups-many-stuck.not-met': {
    fault: due(
      'eight scheduled backups of virtual machine 0 are stuck',
      0,
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((id): Due => [String(id), 60 + id]),
    ),
    reasons: /and 3 more/,
  },
  'backups-of-all-stuck.not-met': {
    fault: known(
      'the scheduled backups of all virtual machines are stuck',
      (cloud) => cloud.vms.map((_, vm) => schedule(vm, [String(910 + vm), 90])(cloud)),
      scheduledActions,
    ),
    reasons: [/backup-probe \(0\)/, /files01 \(1\)/],
  },
  'clock-garbage.undetermined': {
    fault: program('date on the front-end prints no number', 'frontend01', {
      name: 'date',
      script: 'echo soon',
      looks: prints('frontend01', 'date', /soon/),
    }),
    reasons: /expected the time/,
  },
  'clock-unknown.undetermined': {
    fault: program('date on the front-end does not run', 'frontend01', {
      name: 'date',
      script: 'echo date: broken >&2; exit 1',
      looks: prints('frontend01', 'date', /date: broken/),
    }),
    reasons: [/expected the time/, /date|no answer/],
  },
  'onevm-halved.blocked': {
    fault: alone('onevm', 'prints half of what it should'),
    also: undetermined('304'),
    reasons: { 304: [/onevm list -x/, /not the pool, or not all of it/] },
  },
  'onevm-missing.blocked': { fault: noCommand('onevm'), also: undetermined('304'), reasons: { 304: /onevm list -x.*: command not found/ } },
} satisfies Table;
