/** What virtual machines and backup jobs have in common: they are locked, and what they do is scheduled. */
import { type Call, type Command, ELEMENTS, each, FLAG, type Given, NUMBER, saying, TEXT } from './command.ts';
import { now, rubyTime } from './format.ts';
import { OneError } from './tree.ts';

/** How an action can repeat, by the numbers of REPEAT. */
const REPEATS = ['weekly', 'monthly', 'yearly', 'hourly'];
export const SCHEDULE = { schedule: TEXT, end: TEXT, weekly: TEXT, monthly: TEXT, yearly: TEXT, hourly: NUMBER };

/** The epoch of a time such as `2026-11-23 14:15`, `2026-11-23`, `09/23 14:15`, which is in this year, or `14:15`, which is today. */
function timeOf(value: string): number {
  const today = new Date(Date.now());
  if (/^\d{1,2}:\d{2}(:\d{2})?$/.test(value)) return Math.floor(Date.parse(`${today.toDateString()} ${value}`) / 1000);
  const thisYear = /^\d{1,2}\/\d{1,2}( |$)/.test(value) ? `${today.getFullYear()}/` : '';
  // A day alone begins where we are, not in Greenwich.
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(value) ? ' 00:00' : '';
  return Math.floor(Date.parse(`${thisYear}${value}${midnight}`) / 1000);
}

/** When repeating ends: after so many times, on a day, or never. */
function endOf(end: string | undefined, repeats: boolean): string[] {
  if (end === undefined) return repeats ? ['END_TYPE = "0"'] : [];
  if (/^\d+$/.test(end)) return ['END_TYPE = "1"', `END_VALUE = "${end}"`];
  const day = Math.floor(new Date(timeOf(end) * 1000).setHours(0, 0, 0, 0) / 1000);
  return Number.isNaN(day) ? [] : ['END_TYPE = "2"', `END_VALUE = "${day}"`];
}

/** Schedules an action, once or again and again; at `now`, at a time, or `+N` seconds from the start of the virtual machine. */
export async function schedule(
  kind: 'backupjob' | 'vm',
  { client, given, ids }: Call,
  at: string,
  action: string,
  args?: string,
): Promise<string> {
  const time = at.startsWith('+') && /^\+\d+$/.test(at) ? at : String(at === 'now' ? now() : timeOf(at));
  if (time === 'NaN') throw new OneError(`Error parsing time spec: ${at}`);
  const repeat = REPEATS.findIndex((name) => given[name] !== undefined);
  const days = given[REPEATS[repeat] ?? ''];
  const parts = [
    `ACTION = "${action}"`,
    ...(args === undefined ? [] : [`ARGS = "${args}"`]),
    `TIME = "${time}"`,
    ...(days === undefined ? [] : [`REPEAT = "${repeat}"`, `DAYS = "${days}"`]),
    ...endOf(given.end, days !== undefined),
  ];
  const said: string[] = [];
  for (const id of ids) {
    await client.call(`${kind}.schedadd`, id, `SCHED_ACTION = [${parts.join(', ')}]`);
    said.push(
      `${ELEMENTS[kind]} ${id}: ${action} scheduled ${time.startsWith('+') ? `after ${time}s from start` : `at ${rubyTime(Number(time))}`}`,
    );
  }
  return said.join('\n');
}

/** How much a lock keeps anybody from: by default everything. */
const LOCKS = ['use', 'manage', 'admin'];
const lockLevel = (given: Given) =>
  Math.max(
    0,
    LOCKS.findIndex((name) => given[name]),
  ) + 1;

export const lock = (kind: 'backupjob' | 'vm') =>
  each(kind, ({ client, given }, id) => client.call(`${kind}.lock`, id, lockLevel(given)), {
    use: FLAG,
    manage: FLAG,
    admin: FLAG,
    all: FLAG,
  });
export const unlock = (kind: 'backupjob' | 'vm') => each(kind, ({ client }, id) => client.call(`${kind}.unlock`, id));

export const scheduleDelete = (kind: 'backupjob' | 'vm'): Command => ({
  args: `${kind}id sched_id`,
  run: async ({ client, ids, rest }) => {
    await client.call(`${kind}.scheddelete`, ids[0], Number(rest[0])).catch(saying('Error deleting: '));
    return '';
  },
});
