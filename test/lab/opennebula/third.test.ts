/** The contract, third look at 7.4.0: SNAPSHOT mode, owners, limits, and what a restore gives. */
import { newImage, type State } from '../../../lab/opennebula/state.ts';
import type { Tree } from '../../../lab/opennebula/tree.ts';
import { Recordings } from './recordings.ts';
import { cloudWith, FAILS, is, onServer, Replay, ROUND, type Scenario, type Step, scheduling, unscheduled } from './replay.ts';

const THIRD = new Recordings('7.4.0/third');
const REPLAY = new Replay({ recordings: THIRD, date: '2026-11-28', files: {} });

const snapshots = THIRD.shown('a-snapshot-mode/05', 'VM');
const plain = {
  ...snapshots,
  TEMPLATE: { ...(snapshots.TEMPLATE as Tree), GRAPHICS: { LISTEN: '127.0.0.1', TYPE: 'VNC' }, OS: { MACHINE: 'q35' } },
};
const original = THIRD.shown('e-restored-vm/01', 'VM');
const limited = THIRD.shown('d-limit-mb/05', 'VM');
const owned = unscheduled(THIRD.shown('c-quota/10', 'VM'));
const as = (vm: Tree, id: string): Tree => ({ ...vm, ID: id });
const runs = (id: number): Step => ({ until: is('vms', id, 'LCM_STATE', '3') });

/** A chain of two, as far as a restore goes. */
const chain = (id: number, vm: string): Tree => {
  const link = (source: string, number: string) => ({
    DATE: '1',
    ID: number,
    PARENT_ID: String(Number(number) - 1),
    SIZE: '41',
    SOURCE: source,
  });
  const options = {
    size: 41,
    since: 0,
    source: '167d90',
    vms: [vm],
    backup: { datastore: { ID: '100', NAME: 'rsync Backups' }, disks: ['0'] },
  };
  return {
    ...newImage(id, 'a chain', options),
    BACKUP_INCREMENTS: {
      INCREMENT: [
        { ...link('167d90', '0'), TYPE: 'FULL' },
        { ...link('2a41fe', '1'), TYPE: 'INCREMENT' },
      ],
    },
  };
};
const restorable = (image: number, vm: string, next: { images: number; templates: number }): State =>
  cloudWith([], (state) => {
    state.images = [chain(image, vm)];
    Object.assign(state.nextId, next);
  });

const SCENARIOS: Record<string, Scenario> = {
  'backups in SNAPSHOT mode': {
    prior: cloudWith([snapshots, as(snapshots, '2'), as(snapshots, '3')]),
    steps: [
      FAILS,
      ...['03', '04', '06', '11', '14', '18', '19', '21'].flatMap((number) => [`a-snapshot-mode/${number}`, runs(1)]),
      ...['a-snapshot-mode/22', 'a-snapshot-mode/23'],
    ],
  },
  'backups of an owner’s own machine': {
    prior: cloudWith([owned, as(owned, '2')], (state) => state.users.push({ id: 2, name: 'bob', password: 'bobpass' })),
    steps: ['c-quota/02', 'c-quota/04 @19:22:37', 'c-quota/09 @19:23:09', 'c-quota/14 @19:35:08'],
  },
  'a datastore with a limit': {
    prior: cloudWith([unscheduled(limited), as(limited, '1')], (state) => {
      scheduling(4)(state);
      Object.assign(state.datastores[3]?.TEMPLATE as Tree, { LIMIT_MB: '420' });
      Object.assign(state.datastores[3] ?? {}, { USED_MB: '281' });
      Object.assign(state.vms[1] ?? {}, { SCHED_ACTIONS: {}, TEMPLATE: unscheduled(limited).TEMPLATE });
    }),
    at: '19:16:51',
    steps: [
      ...['d-limit-mb/07', 'd-limit-mb/03', 'd-limit-mb/04 @19:16:43', ROUND, { part: 'd-limit-mb/05', of: 'VM/TEMPLATE/SCHED_ACTION' }],
      { edit: (state) => (state.datastores[3] = THIRD.shown('d-limit-mb/08', 'DATASTORE')) },
      'd-limit-mb/08',
    ],
  },
  'what a restore keeps of a machine': {
    prior: restorable(11, '5', { images: 12, templates: 3 }),
    steps: [
      ...[onServer(chain(11, '5'), original), 'e-restored-vm/02', 'e-restored-vm/03'],
      ...[
        { part: 'e-restored-vm/04-onetemplate-show-x-3', of: 'VMTEMPLATE/TEMPLATE' },
        { part: 'e-restored-vm/04-onetemplate-show-x-4', of: 'VMTEMPLATE/TEMPLATE' },
      ],
      // The disk is the newest, the name is that of the full backup.
      ...[{ part: 'e-restored-vm/04-onetemplate-show-x-3', of: 'VMTEMPLATE/NAME' }, { run: 'onetemplate show -x 3 | grep 5-167d90' }],
      ...[{ run: 'oneimage show -x 12 | grep "0:167d90,1:2a41fe.*/2a41fe/disk.0.1"' }, 'e-restored-vm/13'],
    ],
  },
  'a chain whose newest description has more than the first': {
    prior: restorable(1, '1', { images: 2, templates: 2 }),
    steps: [
      onServer(chain(1, '1'), { ...plain, USER_TEMPLATE: { SCHED_REQUIREMENTS: 'ID=1' } }),
      {
        run: 'sed -i "s/.*/$(base64 -d server/100/1/2a41fe/vm.xml | sed "s#<USER_TEMPLATE>#&<MARK>after-full</MARK>#" | base64 -w0)/" server/100/1/2a41fe/vm.xml',
      },
      ...['e-restored-vm/20', { part: 'e-restored-vm/23-onetemplate-show-x-rdef', of: 'VMTEMPLATE/TEMPLATE' }],
      ...[{ run: 'oneimage restore -d default --increment 1 --name r1 1' }, { run: 'onetemplate show -x r1 | grep MARK' }],
    ],
  },
  'a chain restored': {
    prior: restorable(6, '1', { images: 9, templates: 2 }),
    steps: [onServer(chain(6, '1'), snapshots), 'f-restore-changes-files/01'],
  },
};

REPLAY.run(SCENARIOS);
REPLAY.readBackAll(/^(VM|HOST|DATASTORE|IMAGE|VMTEMPLATE)(_POOL)?$/);
REPLAY.rest(cloudWith([]));
