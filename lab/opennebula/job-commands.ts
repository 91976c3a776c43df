/** `onebackupjob`. */
import { type Call, type Command, each, list, NUMBER, onStdout, show, TEXT, templateOf, update } from './command.ts';
import { lock, SCHEDULE, schedule, scheduleDelete, unlock } from './schedule-commands.ts';

/** The attributes that options of `onebackupjob create` give. */
const JOB_OPTIONS = { name: 'NAME', description: 'DESCRIPTION', vms: 'BACKUP_VMS', keep: 'KEEP_LAST', mode: 'MODE' };

async function createJob(call: Call): Promise<string> {
  const { client, given } = call;
  const told = Object.entries(JOB_OPTIONS).filter(([option]) => given[option] !== undefined);
  const source =
    call.rest.length === 0 && told.length > 0
      ? told.map(([option, attribute]) => `${attribute} = "${given[option]?.replaceAll('"', '\\"')}"\n`).join('')
      : await templateOf(call, () => Promise.resolve(''));
  const id = await client.call<number>('backupjob.allocate', source).catch(onStdout);
  if (given.schedule !== undefined) await schedule('backupjob', { ...call, ids: [id] }, given.schedule, 'backup');
  return `ID: ${id}`;
}

const ofJobs = (asked: string) => each('backupjob', ({ client }, id) => client.call(`backupjob.${asked}`, id));
const runJobs = ofJobs('backup');

export const JOBS: Record<string, Command> = {
  list: list('backupjob'),
  show: show('backupjob'),
  create: {
    args: 'file?',
    options: { ...SCHEDULE, name: TEXT, description: TEXT, vms: TEXT, keep: NUMBER, mode: TEXT },
    run: createJob,
  },
  backup: {
    ...runJobs,
    options: SCHEDULE,
    run: (call) => (call.given.schedule === undefined ? runJobs.run(call) : schedule('backupjob', call, call.given.schedule, 'backup')),
  },
  cancel: ofJobs('cancel'),
  delete: ofJobs('delete'),
  lock: lock('backupjob'),
  priority: {
    args: 'range|backupjobid_list priority',
    run: async ({ client, ids, rest: [priority] }) => {
      for (const id of ids) await client.call('backupjob.priority', id, Number(priority));
      return '';
    },
  },
  retry: ofJobs('retry'),
  'sched-delete': scheduleDelete('backupjob'),
  unlock: unlock('backupjob'),
  update: update('backupjob', 'TEMPLATE'),
};
