/** The programs `onedatastore`, `onehost`, `onevm`, …: the commands each has here. */
import { readFileSync } from 'node:fs';
import {
  APPEND,
  type Call,
  type Command,
  DATASTORE,
  datastoreOf,
  each,
  FLAG,
  type Given,
  idsOf,
  list,
  listPeople,
  NUMBER,
  onStdout,
  quota,
  readStdin,
  saying,
  show,
  TEXT,
  templateOf,
  understood,
  update,
} from './command.ts';
import { JOBS } from './job-commands.ts';
import { sync } from './remotes.ts';
import { lock, SCHEDULE, schedule, scheduleDelete, unlock } from './schedule-commands.ts';
import { templateText } from './template.ts';
import { OneError, type Tree, trees } from './tree.ts';

async function createDatastore({ client, rest: [file] }: Call): Promise<string> {
  const template = file === undefined ? await readStdin() : understood(readFileSync(file, 'utf8'));
  if (template === '' && file === undefined) throw new OneError('Wrong type NilClass. Not allowed!');
  return `ID: ${await client.call<number>('datastore.allocate', template)}`;
}

async function updateConf(call: Call): Promise<string> {
  const { client, given, ids } = call;
  // The editor has the configuration there is, even for what is appended.
  const source = await templateOf(call, async () => {
    const vm = await client.call<Tree>('vm.info', ids[0]).catch(saying('ERROR: '));
    return templateText({ BACKUP_CONFIG: trees(vm, 'BACKUPS/BACKUP_CONFIG') });
  });
  await client.call('vm.updateconf', ids[0], source, given.append !== undefined);
  return '';
}

async function createHost({ client, given, rest: [name] }: Call): Promise<string> {
  if (given.im === undefined || given.vm === undefined)
    throw new OneError('Drivers are mandatory to create a host:\n\t -i information driver\n\t -v hypervisor driver');
  return `ID: ${await client.call<number>('host.allocate', name, given.im, given.vm)}`;
}

/** Restores a backup. What oned says goes to stdout, good or bad. */
async function restore(call: Call): Promise<string> {
  const { client, given, ids } = call;
  const datastore = await datastoreOf(call);
  if (datastore === undefined) throw new OneError('Datastore to restore the backup is mandatory: \n\t -d datastore_id | name');
  const { name, increment, 'disk-id': diskId } = given;
  const options = { name, increment, diskId, noIp: given.no_ip !== undefined, noNic: given.no_nic !== undefined };
  const answer = await client.call<string>('image.restore', ids[0], datastore, options).catch(onStdout);
  const [template = '-1', ...images] = answer.split(' ').filter((id) => id !== '');
  return [...(template === '-1' ? [] : [`VM Template: ${template}`]), ...(images.length > 0 ? [`Images: ${images.join(' ')}`] : [])].join(
    '\n',
  );
}

async function backUp(call: Call): Promise<string> {
  const { client, given, ids } = call;
  const datastore = (await datastoreOf(call)) ?? -1;
  if (given.schedule !== undefined) return schedule('vm', call, given.schedule, 'backup', `${datastore},${given.reset ? 1 : 0}`);
  await client.call('vm.backup', ids[0], datastore, given.reset !== undefined).catch(saying('Error creating VM backup: '));
  return '';
}

/** An action of oned's; with `--hard` the one that does not ask the guest. */
function action(name: string, hard: Command['options'] = {}): Command {
  const named = (given: Given) => (given.hard ? `${name}-hard` : name);
  const atOnce = each('vm', ({ client, given }, id) => client.call('vm.action', named(given), id), { ...SCHEDULE, ...hard });
  const run = (call: Call) =>
    call.given.schedule === undefined ? atOnce.run(call) : schedule('vm', call, call.given.schedule, named(call.given));
  return { ...atOnce, run };
}
const HARD = { hard: FLAG };

/** A template from a file. */
async function createTemplate({ client, rest: [file] }: Call): Promise<string> {
  const source = file === undefined ? await readStdin() : understood(readFileSync(file, 'utf8'));
  return `ID: ${await client.call<number>('template.allocate', source)}`;
}

/** A virtual machine from a template, and from a file with what is to be otherwise. */
async function instantiate({ client, given, ids: [id], rest: [file] }: Call): Promise<string> {
  await client.call('template.info', id);
  const extra = file === undefined ? await readStdin() : understood(readFileSync(file, 'utf8'));
  return `VM ID: ${await client.call<number>('template.instantiate', id, given.name ?? '', given.hold !== undefined, extra)}`;
}

const status = (wanted: string) => each('host', ({ client }, id) => client.call('host.status', id, wanted));
const enable = (wanted: boolean) => each('datastore', ({ client }, id) => client.call('datastore.enable', id, wanted));

/** Every program by the name it is called by. */
export const PROGRAMS: Record<string, Record<string, Command>> = {
  onebackupjob: JOBS,
  onedatastore: {
    list: list('datastore'),
    show: show('datastore'),
    create: { args: 'file?', run: createDatastore },
    rename: {
      args: 'datastoreid name',
      run: async ({ client, ids, rest: [name] }) => {
        await client.call('datastore.rename', ids[0], name);
        return '';
      },
    },
    update: update('datastore', 'TEMPLATE'),
    delete: each('datastore', ({ client }, id) => client.call('datastore.delete', id)),
    disable: enable(false),
    enable: enable(true),
  },
  onehost: {
    list: list('host'),
    show: show('host'),
    create: { args: 'hostname', options: { im: { ...TEXT, short: 'i' }, vm: { ...TEXT, short: 'v' } }, run: createHost },
    delete: each('host', ({ client }, id) => client.call('host.delete', id)),
    disable: status('disable'),
    enable: status('enable'),
    offline: status('offline'),
    sync: {
      args: 'hosts?',
      options: { force: { ...FLAG, short: 'f' } },
      run: async ({ client, given, rest: [hosts] }) =>
        sync(client, hosts === undefined ? [] : await idsOf(client, 'range|hostid_list', hosts), given.force !== undefined),
    },
  },
  onegroup: { list: listPeople('group'), show: show('group'), quota: quota('group') },
  oneimage: {
    list: list('image'),
    show: show('image'),
    delete: each('image', ({ client, given }, id) => client.call('image.delete', id, given.force !== undefined), { force: FLAG }),
    restore: {
      args: 'imageid',
      options: { ...DATASTORE, name: TEXT, increment: NUMBER, 'disk-id': NUMBER, no_ip: FLAG, no_nic: FLAG },
      run: restore,
    },
  },
  onetemplate: {
    list: list('template'),
    show: show('template'),
    create: { args: 'file?', run: createTemplate },
    instantiate: { args: 'templateid file?', options: { name: TEXT, hold: FLAG }, run: instantiate },
    update: update('template', 'TEMPLATE'),
    delete: each('template', ({ client, given }, id) => client.call('template.delete', id, given.recursive !== undefined), {
      recursive: { ...FLAG, short: 'R' },
    }),
  },
  oneuser: {
    list: listPeople('user'),
    show: show('user'),
    quota: quota('user'),
    create: { args: 'username password', run: async ({ client, rest }) => `ID: ${await client.call<number>('user.allocate', ...rest)}` },
  },
  onevm: {
    list: list('vm', { extended: FLAG }),
    show: show('vm'),
    backup: { args: 'vmid', options: { ...DATASTORE, ...SCHEDULE, reset: FLAG }, run: backUp },
    'backup-cancel': {
      ...each('vm', ({ client }, id) => client.call('vm.backupcancel', id).catch(saying('Error canceling VM backup: '))),
      args: 'vmid',
    },
    'sched-delete': scheduleDelete('vm'),
    update: update('vm', 'USER_TEMPLATE'),
    updateconf: { args: 'vmid file?', options: APPEND, run: updateConf },
    deploy: {
      args: 'range|vmid_list hostid',
      options: { enforce: { ...FLAG, short: 'e' } },
      run: async ({ client, given, ids, rest: [host] }) => {
        const [hostId] = await idsOf(client, 'hostid', host);
        for (const id of ids) await client.call('vm.deploy', id, hostId, given.enforce !== undefined);
        return '';
      },
    },
    hold: action('hold'),
    lock: lock('vm'),
    poweroff: action('poweroff', HARD),
    recover: each(
      'vm',
      ({ client, given }, id) => {
        if (!given.delete) throw new OneError('The stand-in for OpenNebula recovers by --delete only');
        return client.call('vm.action', 'recover-delete', id);
      },
      { delete: FLAG },
    ),
    release: action('release'),
    resume: action('resume'),
    suspend: action('suspend'),
    terminate: action('terminate', HARD),
    undeploy: action('undeploy', HARD),
    unlock: unlock('vm'),
  },
};

/** OpenNebula's other programs, which do nothing here but refuse: a machine's own must not be reached from a lab. */
export const REFUSED = (
  'oneacct oneacl onecfg onecluster onedb oneflow oneflow-template onehook onelog onemarket onemarketapp onesecgroup ' +
  'oneshowback onevdc onevmgroup onevnet onevntemplate onevrouter onezone'
).split(' ');
