import { quote } from '../machines/quote.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';

type Member = Pick<ListedVirtualMachine, 'id' | 'job'>;

/**
 * The command that has a VM backed up now. One in a backup job is backed up by its job: OpenNebula 7 refuses a backup of it alone.
 * Source: VirtualMachineAPI::backup; nobody has recorded the refusal.
 */
export const backUp = ({ id, job }: Member, datastore = 'DATASTORE'): string =>
  quote(job === '' ? ['onevm', 'backup', '-d', datastore, id] : ['onebackupjob', 'backup', job]);

/** The same for a full backup that begins a new chain; `first` is what has to be done before. A job cannot begin one. */
export function backUpAnew({ id, job }: Member, datastore: string, first = ''): string {
  const anew = quote(['onevm', 'backup', '-d', datastore, '--reset', id]);
  if (job === '') return `${first}${anew}`;
  const update = quote(['onebackupjob', 'update', job]);
  return `take it out of its backup job (${update}), ${first}${anew}, then put it back`;
}
