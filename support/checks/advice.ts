import { quote } from '../machines/quote.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';

type Member = Pick<ListedVirtualMachine, 'id' | 'job'>;

/**
 * The command that has a VM backed up now. One in a backup job is backed up by its job: OpenNebula 7 refuses a backup of it alone.
 * Source: VirtualMachineAPI::backup; nobody has recorded the refusal.
 */
export const backUp = ({ id, job }: Member, datastore = 'DATASTORE'): string =>
  quote(job === '' ? ['onevm', 'backup', '-d', datastore, id] : ['onebackupjob', 'backup', job]);

/** What brings a VM to a state in which OpenNebula backs it up; of other states one passes, or is one to look at. */
const WAY_OUT: Readonly<Record<string, string>> = { HOLD: 'release', STOPPED: 'resume', SUSPENDED: 'resume', UNDEPLOYED: 'resume' };

/** The command that does that; undefined where there is none. */
export function wayOut({ id, state }: Pick<ListedVirtualMachine, 'id' | 'state'>): string | undefined {
  const verb = WAY_OUT[state];
  return verb === undefined ? undefined : quote(['onevm', verb, id]);
}

/** What to do about a VM of which OpenNebula refuses each backup, for the state that it is in. */
export function bringUp(vm: Pick<ListedVirtualMachine, 'id' | 'state'>): string {
  const way = wayOut(vm);
  const next = way === undefined ? `Look at it: ${quote(['onevm', 'show', vm.id])}` : `Bring it there: ${way}`;
  return `OpenNebula backs up what is RUNNING or POWEROFF, and it is ${vm.state}. ${next}`;
}

/** What to do about the backup of a VM that has no end. */
export const giveUp = ({ id }: Pick<Member, 'id'>): string =>
  `Look whether the backup server answers, and what the host does. Then give that backup up (it waits for the server, too): ${quote(['onevm', 'backup-cancel', id])}. If it is well and slow, raise deadlines.job in the site file.`;

/** The same for a full backup that begins a new chain; `first` is what has to be done before. A job cannot begin one. */
export function backUpAnew({ id, job }: Member, datastore: string, first = ''): string {
  const anew = quote(['onevm', 'backup', '-d', datastore, '--reset', id]);
  if (job === '') return `${first}${anew}`;
  const update = quote(['onebackupjob', 'update', job]);
  return `take it out of its backup job (${update}), ${first}${anew}, then put it back`;
}
