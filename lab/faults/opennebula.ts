/** Faults in which OpenNebula does not know what it should, or does not say. */
import type { Lab } from '../machines/lab.ts';
import { longTime } from '../opennebula/format.ts';
import type { State as OpenNebula } from '../opennebula/state.ts';
import { type Tree, text } from '../opennebula/tree.ts';
import { type Fault, type Looks, literally, prints, sh, unseen } from './fault.ts';

/** Changes what OpenNebula knows while it is stopped; returns what the edit returns. */
export async function change<T>(lab: Lab, edit: (cloud: OpenNebula) => T): Promise<T> {
  await lab.stop('frontend01', 'oned');
  const cloud = await lab.openNebula();
  const memo = edit(cloud);
  await lab.setOpenNebula(cloud);
  await lab.start('frontend01', 'oned');
  if (cloud.settings.MONITORING_INTERVAL_DATASTORE > 0) await lab.capacityKnown();
  return memo;
}

/** The backup datastore that the lab's site file declares. */
export function backupDatastore({ datastores }: OpenNebula): Tree {
  const found = datastores.find((datastore) => datastore.NAME === 'rsync Backups');
  if (!found) throw new Error('OpenNebula has no datastore named "rsync Backups" in this lab');
  return found;
}

/** What OpenNebula does not do until all is as before: look at the capacity of datastores, begin scheduled actions. */
const STOPPED = {
  nothing: { MONITORING_INTERVAL_DATASTORE: 0, MANAGER_TIMER: 0 },
  scheduler: { MONITORING_INTERVAL_DATASTORE: 0 },
  all: {},
};

/** What OpenNebula knows, changed. Nothing of it is looked at again, nor any scheduled action begun, unless something goes on. */
export const known = (
  what: string,
  edit: (cloud: OpenNebula) => unknown,
  looks: Looks = unseen,
  goesOn: keyof typeof STOPPED = 'nothing',
): Fault => ({
  what,
  break: (lab) =>
    change(lab, (cloud) => {
      const memo = JSON.stringify(cloud);
      Object.assign(cloud.settings, STOPPED[goesOn]);
      edit(cloud);
      return memo;
    }),
  // What was not there before, such as quotas, goes.
  repair: (lab, memo) => change(lab, (cloud) => Object.assign(cloud, { quotas: undefined }, JSON.parse(memo))),
  isBroken: looks,
});

/** An edit: one of OpenNebula's objects, by its number, has these attributes. */
export const set =
  (pool: 'datastores' | 'hosts' | 'vms', id: number, attributes: Tree) =>
  (cloud: OpenNebula): unknown =>
    Object.assign(cloud[pool].find(({ ID }) => ID === String(id)) ?? {}, attributes);

/** OpenNebula's hosts are others. */
export const hosts = (what: string, edit: (cloud: OpenNebula) => unknown, looks: RegExp): Fault =>
  known(what, edit, prints('frontend01', 'onehost list -x', looks));

/** An edit: there is another host, which OpenNebula takes for a good one. */
export const addHost =
  (name: string, state = '2') =>
  ({ hosts: all }: OpenNebula): unknown =>
    all.push({ ...structuredClone(all[0] ?? {}), ID: String(all.length), NAME: name, STATE: state, VMS: {} });

const shown = (looks: RegExp) => prints('frontend01', "onedatastore show -x 'rsync Backups'", looks);

/** OpenNebula's backup datastore with other attributes; it does not look at its capacity again until all is as before. */
const altered = (what: string, alter: (datastore: Tree) => unknown, looks: RegExp): Fault => ({
  what,
  break: (lab) =>
    change(lab, (cloud) => {
      const datastore = backupDatastore(cloud);
      const memo = JSON.stringify({ interval: cloud.settings.MONITORING_INTERVAL_DATASTORE, datastore });
      cloud.settings.MONITORING_INTERVAL_DATASTORE = 0;
      alter(datastore);
      return memo;
    }),
  repair: (lab, memo) =>
    change(lab, (cloud) => {
      const before = JSON.parse(memo) as { interval: number; datastore: Tree };
      const { TEMPLATE, TOTAL_MB, FREE_MB, USED_MB } = before.datastore;
      Object.assign(backupDatastore(cloud), { TEMPLATE, TOTAL_MB, FREE_MB, USED_MB });
      cloud.settings.MONITORING_INTERVAL_DATASTORE = before.interval;
    }),
  isBroken: shown(looks),
});

/** How they are shown. */
const as = (attributes: Readonly<Record<string, string>>): RegExp => {
  const each = Object.entries(attributes).map(([name, value]) =>
    value === '' ? `<${name}(/>|>(<!\\[CDATA\\[\\]\\]>)?</)` : `<${name}>(<!\\[CDATA\\[)?${literally(value)}(\\]\\]>)?</`,
  );
  return new RegExp(`^${each.map((one) => `(?=.*${one})`).join('')}`, 's');
};

/** The template of OpenNebula's backup datastore has these attributes. */
export const datastore = (what: string, attributes: Readonly<Record<string, string>>): Fault =>
  altered(what, ({ TEMPLATE }) => Object.assign(TEMPLATE as Tree, attributes), as(attributes));

/** It lacks an attribute. */
export const datastoreWithout = (what: string, attribute: string): Fault =>
  altered(what, ({ TEMPLATE }) => delete (TEMPLATE as Tree)[attribute], new RegExp(`^(?!.*<${attribute}>)`, 's'));

/** The figures of its capacity are these. */
export const capacity = (what: string, figures: Readonly<Record<string, string>>): Fault =>
  altered(what, (datastore) => Object.assign(datastore, figures), as(figures));

/** A scheduled backup that was due so many minutes ago. */
export type Due = readonly [id: string, minutes: number, error?: string, more?: Tree];

/** That time so many seconds ago, as OpenNebula writes it. */
export const ago = (seconds: number): string => String(Math.floor(Date.now() / 1000) - seconds);

/** A scheduled backup to the declared datastore as OpenNebula keeps it: DONE stays -1 until it was dispatched. */
const action = ([id, minutes, error = '', more = {}]: Due): Tree => {
  const time = ago(minutes * 60);
  return {
    ...{ ID: id, PARENT_ID: '0', TYPE: 'VM', ACTION: 'backup', ARGS: '100,0', TIME: time },
    ...{ REPEAT: '-1', DAYS: '', END_TYPE: '-1', END_VALUE: '-1', DONE: '-1' },
    ...{ MESSAGE: error && `${longTime(Number(time))} : [backup] ${error}`, WARNING: '0' },
    ...more,
  };
};

/** An edit: a VM's scheduled backups are these. */
export const schedule =
  (vm: number, ...dues: Due[]) =>
  ({ vms }: OpenNebula): void => {
    const found = vms[vm] ?? {};
    Object.assign(found.TEMPLATE as Tree, { SCHED_ACTION: dues.map(action) });
    found.SCHED_ACTIONS = { ID: dues.map(([id]) => id) };
  };

export const scheduledActions = prints('frontend01', 'onevm list -x --extended', /<SCHED_ACTIONS>\s*<ID>/);

/** A VM's scheduled backups are these, and none is begun. */
export const due = (what: string, vm: number, ...dues: Due[]): Fault => known(what, schedule(vm, ...dues), scheduledActions);

/** How many increments files01, the second VM, keeps; 0 for all. */
export const keepLast = (number: number): Fault =>
  known(
    `files01 keeps ${number} increments`,
    ({ vms }) => vms.slice(1).map(({ BACKUPS }) => Object.assign((BACKUPS as Tree).BACKUP_CONFIG as Tree, { KEEP_LAST: String(number) })),
    prints('frontend01', 'onevm show -x 1', new RegExp(`<KEEP_LAST><!\\[CDATA\\[${number}\\]\\]>`)),
    'all',
  );

/** The command line with every command replaced; `$real` is the one it replaces. */
const commands = (what: string, script: string, looks: RegExp): Fault => ({
  what,
  break: (lab) =>
    sh(
      lab,
      'frontend01',
      `cp -a /usr/local/bin /usr/local/bin.off
      for command in /usr/local/bin/one*; do printf '%s\\n' '#!/bin/bash' "real=/usr/local/bin.off/\${command##*/}" "$1" > "$command"; done`,
      script,
    ),
  repair: (lab) => sh(lab, 'frontend01', 'rm -r /usr/local/bin; mv /usr/local/bin.off /usr/local/bin'),
  isBroken: prints('frontend01', 'onehost list -x', looks),
});

const AUTH = '/var/lib/one/.one/one_auth';

export const opennebula = {
  'datastore-missing': {
    what: 'OpenNebula has no backup datastore',
    break: (lab) =>
      change(lab, (cloud) => {
        const datastore = backupDatastore(cloud);
        cloud.datastores = cloud.datastores.filter((other) => other !== datastore);
        return JSON.stringify(datastore);
      }),
    repair: (lab, memo) => change(lab, ({ datastores }) => datastores.push(JSON.parse(memo) as Tree)),
    isBroken: prints('frontend01', "onehost list -x > /dev/null && ! onedatastore show 'rsync Backups'", /exit 0$/),
  },
  'datastore-other-host': datastore("OpenNebula's backup datastore names another backup server (frontend01.example.net)", {
    RSYNC_HOST: 'frontend01.example.net',
  }),
  'datastore-other-user': datastore("OpenNebula's backup datastore names another account (backup)", { RSYNC_USER: 'backup' }),
  'template-drift': datastore("OpenNebula's backup datastore has an attribute nobody declared (RSYNC_ARGS)", {
    RSYNC_ARGS: '-aS --bwlimit=1000',
  }),
  'rsync-args-empty': datastore("RSYNC_ARGS of OpenNebula's backup datastore is saved empty", { RSYNC_ARGS: '' }),
  'rsync-args-refused': datastore("OpenNebula's backup datastore has RSYNC_ARGS that rsync does not know", {
    RSYNC_ARGS: '-aS --no-such-option',
  }),
  'capacity-zero': capacity('OpenNebula did not reach the backup server when it last looked: the capacity it knows is 0', {
    TOTAL_MB: '0',
    FREE_MB: '0',
    USED_MB: '0',
  }),
  'capacity-stale': capacity('the capacity OpenNebula knows is that of an earlier, larger volume (1.5 TiB)', {
    TOTAL_MB: '1572864',
    FREE_MB: '1431306',
    USED_MB: '141558',
  }),
  'backup-stuck': {
    what: 'a scheduled backup of VM 0 waits for an hour, behind one that OpenNebula rejects again and again',
    break: (lab) =>
      change(lab, (cloud) => {
        const { TEMPLATE, SCHED_ACTIONS } = cloud.vms[0] ?? {};
        const memo = JSON.stringify({ actions: (TEMPLATE as Tree).SCHED_ACTION, ids: SCHED_ACTIONS });
        const ours = { ARGS: `${text(backupDatastore(cloud), 'ID')},0` };
        schedule(0, ['900', 61, 'Error getting datastore [999].', { ARGS: '999,0' }], ['901', 60, '', ours])(cloud);
        return memo;
      }),
    repair: (lab, memo) =>
      change(lab, ({ vms }) => {
        const { actions, ids } = JSON.parse(memo) as { actions?: Tree[]; ids: Tree };
        const vm = vms[0] ?? {};
        const { SCHED_ACTION: _ours, ...template } = vm.TEMPLATE as Tree;
        Object.assign(vm, { TEMPLATE: { ...template, ...(actions && { SCHED_ACTION: actions }) }, SCHED_ACTIONS: ids });
      }),
    isBroken: prints('frontend01', 'onevm show -x 0', /Error getting datastore \[999\]/),
  },
  'oned-down': {
    what: "OpenNebula's daemon on the front-end is stopped",
    break: (lab) => lab.stop('frontend01', 'oned'),
    repair: async (lab) => {
      await lab.start('frontend01', 'oned');
      await lab.capacityKnown();
    },
    isBroken: prints('frontend01', 'onedatastore list', /Connection refused/),
  },
  'oned-garbage': commands("OpenNebula's command line prints a web page", "echo '<html><body><h1>502 Bad Gateway</h1>'", /502/),
  'oned-truncated': commands(
    "OpenNebula's command line prints half of what it should",
    'all=$($real "$@"); echo "${all:0:$((${#all} / 2))}"',
    /^<HOST_POOL>(?!.*<\/HOST_POOL>)/s,
  ),
  'one-auth-wrong': {
    what: "oneadmin's password in ~/.one/one_auth on the front-end is wrong",
    break: (lab) => sh(lab, 'frontend01', `cp -a ${AUTH} ${AUTH}.off; echo oneadmin:wrong > ${AUTH}`),
    repair: (lab) => sh(lab, 'frontend01', `mv ${AUTH}.off ${AUTH}`),
    isBroken: prints('frontend01', 'onedatastore list', /couldn't be authenticated/),
  },
} satisfies Record<string, Fault>;
