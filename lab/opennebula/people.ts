/** What the command line prints for people: the lists of datastores, virtual machines and backup jobs, a datastore and a job. All else it prints with `-x` only. */
import { dayTime, now, period, size } from './format.ts';
import { datastoreWord, stateOf } from './states.ts';
import { templateText } from './template.ts';
import { find, ids, int, type Tree, text, trees } from './tree.ts';

/** A column's name, its width, negative where it is filled from the left, and what is in it. */
type Column = [name: string, width: number, value: (row: Tree) => string | number];

const clusters = (object: Tree) => ids(object, 'CLUSTERS').join(',') || '-';
const isLocal = (datastore: Tree) => text(datastore, 'TEMPLATE/SHARED').toUpperCase() === 'NO';

const DATASTORES: Column[] = [
  ['ID', 4, (row) => text(row, 'ID')],
  ['NAME', -10, (row) => text(row, 'NAME')],
  ['SIZE', 6, (row) => (isLocal(row) ? '-' : size(int(row, 'TOTAL_MB'), 'M'))],
  ['AVAIL', -3, (row) => (int(row, 'TOTAL_MB') === 0 ? '-' : `${Math.round((int(row, 'FREE_MB') / int(row, 'TOTAL_MB')) * 100)}%`)],
  ['CLUSTERS', -8, clusters],
  ['IMAGES', 6, (row) => ids(row, 'IMAGES').length],
  ['TYPE', -4, (row) => datastoreWord(row, 'TYPE').short],
  ['DS', -7, (row) => text(row, 'DS_MAD')],
  ['TM', -7, (row) => text(row, 'TM_MAD')],
  ['STAT', -4, (row) => datastoreWord(row, 'STATE').short],
];

/** STATE of those that have a host: ACTIVE, SUSPENDED, POWEROFF. */
const PLACED = ['3', '5', '8'];
const hostOf = (vm: Tree) => text(trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, 'HOSTNAME');

const VMS: Column[] = [
  ['ID', 4, (row) => text(row, 'ID')],
  ['USER', -8, (row) => text(row, 'UNAME')],
  ['GROUP', -8, (row) => text(row, 'GNAME')],
  ['NAME', -15, (row) => text(row, 'NAME')],
  ['STAT', 4, (row) => stateOf(row).short],
  ['CPU', 4, (row) => text(row, 'TEMPLATE/CPU') || '0'],
  ['MEM', 7, (row) => size(int(row, 'TEMPLATE/MEMORY'), 'M')],
  ['HOST', -10, (row) => (PLACED.includes(text(row, 'STATE')) ? hostOf(row) : '')],
  ['TIME', 10, (row) => period((int(row, 'ETIME') || now()) - int(row, 'STIME'))],
];

const lastRun = (job: Tree) => (int(job, 'LAST_BACKUP_TIME') === 0 ? '-' : dayTime(int(job, 'LAST_BACKUP_TIME')));

const JOBS: Column[] = [
  ['ID', 4, (row) => text(row, 'ID')],
  ['USER', -8, (row) => text(row, 'UNAME')],
  ['GROUP', -8, (row) => text(row, 'GNAME')],
  ['PRIO', -4, (row) => text(row, 'PRIORITY')],
  ['NAME', -15, (row) => text(row, 'NAME')],
  ['LAST', -15, (row) => lastRun(row)],
  ['VMS', -15, (row) => text(row, 'TEMPLATE/BACKUP_VMS')],
];

/** When an action repeats, by the numbers of REPEAT. */
const REPEATS = ['Weekly', 'Monthly', 'Yearly', 'Hourly'];
const ends = (action: Tree) =>
  ({ 0: 'None', 1: text(action, 'END_VALUE'), 2: dayTime(int(action, 'END_VALUE')) })[int(action, 'END_TYPE')] ?? '';

function statusOf(action: Tree): string {
  const [due, done] = [int(action, 'TIME'), int(action, 'DONE')];
  if (text(action, 'MESSAGE') !== '') return text(action, 'MESSAGE');
  if (done >= due) return `Done on ${dayTime(done).slice(0, -3)}`;
  const hours = String(Math.round(((due - now()) / 3600) * 100) / 100);
  return due <= now() ? 'Overdue!' : `Next in ${hours.includes('.') ? hours : `${hours}.0`} hours`;
}

const ACTIONS: Column[] = [
  ['ID', 5, (row) => text(row, 'ID')],
  ['ACTION', -6, (row) => text(row, 'ACTION')],
  ['ARGS', 5, (row) => text(row, 'ARGS') || '-'],
  ['SCHEDULED', 11, (row) => dayTime(int(row, 'TIME')).slice(0, -3)],
  ['REPEAT', 12, (row) => `${REPEATS[int(row, 'REPEAT')] ?? ''} ${text(row, 'DAYS')}`.trim()],
  ['END', 5, ends],
  ['STATUS', -50, statusOf],
];

/** Fixed widths, cut without mercy. */
function table(columns: Column[], rows: Tree[]): string {
  const cell = ([, width]: Column, content: string) =>
    width < 0 ? content.slice(0, -width).padEnd(-width) : content.slice(0, width).padStart(width);
  const line = (contentOf: (column: Column) => string) => columns.map((column) => cell(column, contentOf(column))).join(' ');
  return [line(([name]) => name), ...rows.map((row) => line(([, , value]) => String(value(row))).trimEnd())].join('\n');
}

const heading = (title: string): string => title.padEnd(80);
const line = (name: string, value: string): string => `${name.padEnd(15)}: ${value.padEnd(20)}`;

/** What users of each kind may do, as flags. */
function permissions(object: Tree): string[] {
  const flags = (who: string) =>
    ['U', 'M', 'A'].map((may) => (text(object, `PERMISSIONS/${who}_${may}`) === '1' ? may.toLowerCase() : '-'));
  return [heading('PERMISSIONS'), ...['OWNER', 'GROUP', 'OTHER'].map((who) => line(who, flags(who).join('')))];
}

function showJob(job: Tree): string {
  const { SCHED_ACTION: _actions, ...template } = trees(job, 'TEMPLATE')[0] ?? {};
  const actions = trees(job, 'TEMPLATE/SCHED_ACTION');
  const vms = (name: string, list: string) => line(name, ids(job, list).join(','));
  const seconds = int(job, 'LAST_BACKUP_DURATION');
  return [
    heading(`BACKUP JOB ${text(job, 'ID')} INFORMATION`),
    line('ID', text(job, 'ID')),
    line('NAME', text(job, 'NAME')),
    line('USER', text(job, 'UNAME')),
    line('GROUP', text(job, 'GNAME')),
    line('LOCK', ['None', 'Use', 'Manage', 'Admin'][int(job, 'LOCK/LOCKED')] ?? ''),
    ...permissions(job),
    ...['', heading('LAST BACKUP JOB EXECUTION INFORMATION')],
    line('TIME', lastRun(job)),
    line('DURATION', `${period(seconds)}${String(seconds % 60).padStart(2, '0')}s`),
    ...['', heading('VIRTUAL MACHINE BACKUP STATUS')],
    ...[vms('UPDATED', 'UPDATED_VMS'), vms('OUTDATED', 'OUTDATED_VMS'), vms('ONGOING', 'BACKING_UP_VMS'), vms('ERROR', 'ERROR_VMS')],
    ...(actions.length > 0 ? ['', heading('SCHEDULED ACTIONS'), table(ACTIONS, actions)] : []),
    ...['', heading('TEMPLATE CONTENTS'), templateText(template)],
  ].join('\n');
}

function showDatastore(datastore: Tree): string {
  const megabytes = (path: string) => (isLocal(datastore) || find(datastore, path) === undefined ? '-' : size(int(datastore, path), 'M'));
  return [
    heading(`DATASTORE ${text(datastore, 'ID')} INFORMATION`),
    line('ID', text(datastore, 'ID')),
    line('NAME', text(datastore, 'NAME')),
    line('USER', text(datastore, 'UNAME')),
    line('GROUP', text(datastore, 'GNAME')),
    line('CLUSTERS', clusters(datastore)),
    line('TYPE', datastoreWord(datastore, 'TYPE').long),
    line('DS_MAD', text(datastore, 'DS_MAD')),
    line('TM_MAD', text(datastore, 'TM_MAD')),
    line('BASE PATH', text(datastore, 'BASE_PATH')),
    line('DISK_TYPE', datastoreWord(datastore, 'DISK_TYPE').long),
    line('STATE', datastoreWord(datastore, 'STATE').long),
    '',
    heading('DATASTORE CAPACITY'),
    line('TOTAL:', megabytes('TOTAL_MB')),
    line('FREE:', megabytes('FREE_MB')),
    line('USED: ', megabytes('USED_MB')),
    line('LIMIT:', megabytes('TEMPLATE/LIMIT_MB')),
    '',
    ...permissions(datastore),
    '',
    heading('DATASTORE TEMPLATE'),
    templateText(trees(datastore, 'TEMPLATE')[0] ?? {}),
    '',
    'IMAGES'.padEnd(15),
    ...ids(datastore, 'IMAGES').map((id) => id.padEnd(15)),
  ].join('\n');
}

/** What `list` prints of a kind of objects without `-x`. */
export const LISTS: Record<string, (objects: Tree[]) => string> = {
  backupjob: (jobs) => table(JOBS, jobs),
  datastore: (datastores) => table(DATASTORES, datastores),
  vm: (vms) => table(VMS, vms),
};

/** What `show` prints of an object without `-x`. */
export const SHOWS: Record<string, (object: Tree) => string> = { backupjob: showJob, datastore: showDatastore };
