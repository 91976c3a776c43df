/** The words of worlds in which production is looked at. */
import { type Fault, prints } from '../../lab/faults/fault.ts';
import { ago } from '../../lab/faults/opennebula.ts';
import type { Edit } from '../../lab/faults/protection.ts';
import { jobScheduled, machine, production, type Repeat, scheduled } from '../../lab/faults/protection.ts';
import { longTime } from '../../lab/opennebula/format.ts';
import type { State as OpenNebula } from '../../lab/opennebula/state.ts';
import { type Tree, trees } from '../../lab/opennebula/tree.ts';
import { every, type Table } from './world.ts';

/** Worlds of a lab with production. */
export const inProduction = (table: Table): Table => every({ production: true }, table);

/** What OpenNebula knows, changed; a person sees it by a command on the front-end. */
export const changed = (what: string, command: string, words: RegExp, ...edits: Edit[]): { readonly fault: Fault } => ({
  fault: production(what, prints('frontend01', command, words), ...edits),
});

/** What is so of each of these machines. */
export const of = <T>(outcome: T, ...names: string[]): Record<string, T> => Object.fromEntries(names.map((name) => [name, outcome]));

export const SILVER = ['web02', 'files02', 'mail01'];
export const DAILY = '0,1,2,3,4,5,6';
export const hours = (count: number): number => count * 3600;
/** What OpenNebula writes when it rejects an action. */
export const rejected = (said: string): Tree => ({ MESSAGE: `${longTime(Number(ago(60)))} : [backup] ${said}` });

/** db01 is scheduled otherwise than every three hours. */
export const db01 = (what: string, words: RegExp, ...repeats: Repeat[]): { readonly fault: Fault } =>
  changed(what, 'onevm show -x db01', words, scheduled('db01', ...repeats));

/** The job nightly is scheduled otherwise than every night. */
export const nightly = (what: string, words: RegExp, ...repeats: Repeat[]): { readonly fault: Fault } =>
  changed(what, 'onebackupjob show -x nightly', words, jobScheduled('nightly', ...repeats));

/** There is a second backup datastore, 105. */
export const secondDatastore: Edit = ({ datastores }: OpenNebula) => {
  const declared = datastores.find(({ NAME }) => NAME === 'rsync Backups');
  datastores.push({ ...structuredClone(declared ?? {}), ID: '105', NAME: 'other Backups', IMAGES: {} });
};

/** A machine has been in BACKUP for so many hours. */
export const inBackup =
  (name: string, since: number): Edit =>
  (cloud) => {
    const found = machine(cloud, name);
    const [last = {}] = trees(found, 'HISTORY_RECORDS/HISTORY').slice(-1);
    const time = ago(hours(since));
    Object.assign(found, {
      LCM_STATE: '69',
      HISTORY_RECORDS: { HISTORY: { ...last, STIME: time, RSTIME: time, ETIME: '0', ACTION: '0' } },
    });
  };

/** There are no jobs, and those of Silver are scheduled by themselves. */
export const withoutJobs: Edit[] = [
  (cloud) => {
    cloud.jobs = [];
  },
  ...SILVER.map((name) => scheduled(name, { repeat: 0, days: DAILY, due: 12 })),
];
