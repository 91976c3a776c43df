/** Worlds in which OpenNebula does not know what it should, or does not say. */
import type { Lab } from '../machines/lab.ts';
import { longTime } from '../opennebula/format.ts';
import { type Tree, text } from '../opennebula/tree.ts';
import { backupDatastore, type OpenNebula, sh, type World } from './tools.ts';

/** Changes what OpenNebula knows while it is stopped. */
export async function change(lab: Lab, edit: (cloud: OpenNebula) => string): Promise<string> {
  await lab.stop('frontend01', 'oned');
  const cloud = await lab.openNebula();
  const memo = edit(cloud);
  await lab.setOpenNebula(cloud);
  await lab.start('frontend01', 'oned');
  if (cloud.settings.MONITORING_INTERVAL_DATASTORE > 0) await lab.capacityKnown();
  return memo;
}

/** What the command line prints on the front-end; nothing of what it complains about. */
const one = async (lab: Lab, ...argv: string[]) => (await lab.shell('frontend01', argv)).stdout;
const complaint = async (lab: Lab) => (await lab.shell('frontend01', ['onedatastore', 'list'])).stderr;
const shown = async (lab: Lab) => one(lab, 'onedatastore', 'show', '-x', 'rsync Backups');

/** The backup datastore with other attributes. OpenNebula does not look at its capacity again until all is as before. */
export const altered = (name: string, what: string, alter: (datastore: Tree, template: Tree) => void, looks: RegExp): World => ({
  name,
  what,
  break: (lab) =>
    change(lab, (cloud) => {
      const datastore = backupDatastore(cloud);
      const memo = JSON.stringify({ interval: cloud.settings.MONITORING_INTERVAL_DATASTORE, datastore });
      cloud.settings.MONITORING_INTERVAL_DATASTORE = 0;
      alter(datastore, datastore.TEMPLATE as Tree);
      return memo;
    }),
  repair: (lab, memo) =>
    change(lab, (cloud) => {
      const before = JSON.parse(memo) as { interval: number; datastore: Tree };
      const { TEMPLATE, TOTAL_MB, FREE_MB, USED_MB } = before.datastore;
      Object.assign(backupDatastore(cloud), { TEMPLATE, TOTAL_MB, FREE_MB, USED_MB });
      cloud.settings.MONITORING_INTERVAL_DATASTORE = before.interval;
      return '';
    }),
  isBroken: async (lab) => looks.test(await shown(lab)),
});

/** The command line with every command replaced; `$real` is the one it replaces. */
const commands = (name: string, what: string, script: string, looks: (xml: string) => boolean): World => ({
  name,
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
  isBroken: async (lab) => looks(await one(lab, 'onehost', 'list', '-x')),
});

const AUTH = '/var/lib/one/.one/one_auth';

export const opennebula: World[] = [
  {
    name: 'datastore-missing',
    what: 'OpenNebula has no backup datastore',
    break: (lab) =>
      change(lab, (cloud) => {
        const datastore = backupDatastore(cloud);
        cloud.datastores = cloud.datastores.filter((other) => other !== datastore);
        return JSON.stringify(datastore);
      }),
    repair: (lab, memo) =>
      change(lab, (cloud) => {
        cloud.datastores.push(JSON.parse(memo) as Tree);
        return '';
      }),
    isBroken: async (lab) => (await one(lab, 'onehost', 'list', '-x')) !== '' && (await shown(lab)) === '',
  },
  altered(
    'datastore-other-host',
    "OpenNebula's backup datastore names another backup server (frontend01.example.net)",
    (_, template) => Object.assign(template, { RSYNC_HOST: 'frontend01.example.net' }),
    /<RSYNC_HOST>(<!\[CDATA\[)?frontend01\./,
  ),
  altered(
    'datastore-other-user',
    "OpenNebula's backup datastore names another account (backup)",
    (_, template) => Object.assign(template, { RSYNC_USER: 'backup' }),
    /<RSYNC_USER>(<!\[CDATA\[)?backup\b/,
  ),
  altered(
    'template-drift',
    "OpenNebula's backup datastore has an attribute nobody declared (RSYNC_ARGS)",
    (_, template) => Object.assign(template, { RSYNC_ARGS: '-aS --bwlimit=1000' }),
    /<RSYNC_ARGS>/,
  ),
  altered(
    'capacity-zero',
    'OpenNebula did not reach the backup server when it last looked: the capacity it knows is 0',
    (datastore) => Object.assign(datastore, { TOTAL_MB: '0', FREE_MB: '0', USED_MB: '0' }),
    /<TOTAL_MB>0</,
  ),
  altered(
    'capacity-stale',
    'the capacity OpenNebula knows is that of an earlier, larger volume (1.5 TiB)',
    (datastore) => Object.assign(datastore, { TOTAL_MB: '1572864', FREE_MB: '1431306', USED_MB: '141558' }),
    /<TOTAL_MB>1572864</,
  ),
  {
    name: 'backup-stuck',
    what: 'a scheduled backup of virtual machine 0 waits for an hour, behind one that OpenNebula rejects again and again',
    break: (lab) =>
      change(lab, (cloud) => {
        const vm = cloud.vms[0] ?? {};
        const template = vm.TEMPLATE as Tree;
        const memo = JSON.stringify({ actions: template.SCHED_ACTION, ids: vm.SCHED_ACTIONS });
        const hourAgo = Math.floor(Date.now() / 1000) - 3600;
        const rejected = scheduledBackup('900', '999,0', hourAgo - 60, 'Error getting datastore [999].');
        const waiting = scheduledBackup('901', `${text(backupDatastore(cloud), 'ID')},0`, hourAgo, '');
        template.SCHED_ACTION = [rejected, waiting];
        vm.SCHED_ACTIONS = { ID: ['900', '901'] };
        return memo;
      }),
    repair: (lab, memo) =>
      change(lab, (cloud) => {
        const { actions, ids } = JSON.parse(memo) as { actions?: Tree[]; ids: Tree };
        const vm = cloud.vms[0] ?? {};
        const template = vm.TEMPLATE as Tree;
        delete template.SCHED_ACTION;
        Object.assign(template, actions && { SCHED_ACTION: actions });
        vm.SCHED_ACTIONS = ids;
        return '';
      }),
    isBroken: async (lab) => (await one(lab, 'onevm', 'show', '-x', '0')).includes('Error getting datastore [999]'),
  },
  {
    name: 'oned-down',
    what: "OpenNebula's daemon on the front-end is stopped",
    break: (lab) => lab.stop('frontend01', 'oned'),
    repair: async (lab) => {
      await lab.start('frontend01', 'oned');
      await lab.capacityKnown();
    },
    isBroken: async (lab) => (await complaint(lab)).includes('Connection refused'),
  },
  commands('oned-garbage', "OpenNebula's command line prints a web page", "echo '<html><body><h1>502 Bad Gateway</h1>'", (xml) =>
    xml.includes('502'),
  ),
  commands(
    'oned-truncated',
    "OpenNebula's command line prints half of what it should",
    'all=$($real "$@"); echo "${all:0:$((${#all} / 2))}"',
    (xml) => xml.startsWith('<HOST_POOL>') && !xml.includes('</HOST_POOL>'),
  ),
  {
    name: 'one-auth-wrong',
    what: "oneadmin's password in ~/.one/one_auth on the front-end is wrong",
    break: (lab) => sh(lab, 'frontend01', `cp -a ${AUTH} ${AUTH}.off; echo oneadmin:wrong > ${AUTH}`),
    repair: (lab) => sh(lab, 'frontend01', `mv ${AUTH}.off ${AUTH}`),
    isBroken: async (lab) => (await complaint(lab)).includes("couldn't be authenticated"),
  },
];

/** A scheduled action as OpenNebula keeps it: DONE stays -1 until it was dispatched. */
export function scheduledBackup(id: string, args: string, time: number, error: string): Tree {
  const message = error && `${longTime(time)} : [backup] ${error}`;
  return {
    ID: id,
    PARENT_ID: '0',
    TYPE: 'VM',
    ACTION: 'backup',
    ARGS: args,
    TIME: String(time),
    REPEAT: '-1',
    DAYS: '',
    END_TYPE: '-1',
    END_VALUE: '-1',
    DONE: '-1',
    MESSAGE: message,
    WARNING: '0',
  };
}
