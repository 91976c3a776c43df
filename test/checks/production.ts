/** A cloud in which one VM of production, vm7, is looked at. */
import type { Schedules } from '../../support/facts/schedules.ts';
import type { Image } from '../../support/opennebula/images.ts';
import type { ShownJob } from '../../support/opennebula/jobs.ts';
import type { ScheduledAction, ScheduledBackup, VirtualMachine } from '../../support/opennebula/pools.ts';
import { parseSite } from '../../support/site/load.ts';
import type { Protect } from '../../support/site/schema.ts';
import { image, jobsOf, looked, nightly, now, scheduledBackup, virtualMachine } from '../made.ts';
import { both, type Change, frontend, pool, site } from './cases.ts';

export const hours = (count: number): number => count * 3600;

const { protect } = parseSite(
  'name: x\nfrontend: local\ndatastore: { name: x, rsync_user: oneadmin, rsync_host: b }\nprotect: {}\n',
  'site.yaml',
);

/** What is owed is as by default, but for this. */
export const owes = (changes: Partial<Protect> = {}): Change => site({ protect: { ...(protect as Protect), ...changes } });

/** An action that repeats every so many hours, due in an hour. */
export const every = (count: number, changes: Partial<ScheduledBackup> = {}): ScheduledBackup =>
  scheduledBackup({ time: now + hours(1), repeats: true, every: 'hours', days: [count], ...changes });

/** A VM of production in which these backups are scheduled. */
export const vm7 = (changes: Partial<VirtualMachine> = {}, ...actions: readonly ScheduledBackup[]): VirtualMachine => {
  const backupActions = actions.map((action, at) => ({ ...action, id: String(at + 3) }));
  return virtualMachine({ id: '7', name: 'vm7', scheduled: backupActions.map(({ id }) => id), backupActions, ...changes });
};

/** OpenNebula lists VMs, and shows those that have something scheduled; what is owed is declared. */
export const lists =
  (...vms: readonly VirtualMachine[]): Change =>
  (cloud) => {
    const machines = vms.filter(({ scheduled }) => scheduled?.length !== 0).map((vm) => ({ listed: vm, ...looked(vm, `show ${vm.id}`) }));
    const schedules: Schedules = { ...cloud.schedules, machines, evidence: machines.flatMap(({ evidence }) => evidence) };
    return both(owes(), frontend({ virtualMachines: pool('virtual-machines', ...vms) }))({ ...cloud, schedules });
  };

/** A job that holds vm7, and goes to datastore 100. */
export const job = (changes: Partial<ShownJob> = {}, ...actions: readonly ScheduledAction[]): ShownJob => {
  const own = actions.map((action, at) => ({ ...action, id: String(at + 20) }));
  return { ...nightly('7'), scheduled: own.map(({ id }) => id), actions: own, ...changes };
};

/** OpenNebula lists these jobs, and shows those with something scheduled. */
export const jobs = (...all: readonly ShownJob[]): Change => backups(jobsOf(...all));

export const backups =
  (changes: Partial<Parameters<Change>[0]['backups']>): Change =>
  (cloud) => ({ ...cloud, backups: { ...cloud.backups, ...changes } });

/** vm7 has a full backup of so many hours ago. */
export const backedUp = (ago: number, changes: Partial<Image> = {}): Change =>
  backups({ images: pool('images', image({ vms: ['7'], registered: now - hours(ago), newest: now - hours(ago), ...changes })) });
