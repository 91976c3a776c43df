/** Actions on virtual machines that are scheduled: with `--schedule`, and changed or deleted later. */
import { readFileSync } from 'node:fs';
import { now, rubyTime, templateText } from '../format.ts';
import { type Command, type Context, idsOf, type Option, textOf } from '../options.ts';
import { OneError, type Tree, text, trees } from '../tree.ts';
import { saying } from './change.ts';
import { edited } from './contents.ts';

/** The epoch of a time such as `2026-11-23 14:15`, `2026-11-23`, `09/23 14:15`, which is in this year, or `14:15`, which is today. */
function timeOf(value: string): number {
  const today = new Date(Date.now());
  if (/^\d{1,2}:\d{2}(:\d{2})?$/.test(value)) return Math.floor(Date.parse(`${today.toDateString()} ${value}`) / 1000);
  const thisYear = /^\d{1,2}\/\d{1,2}( |$)/.test(value) ? `${today.getFullYear()}/` : '';
  // A day alone begins where we are, not in Greenwich.
  const midnight = /^\d{4}-\d{2}-\d{2}$/.test(value) ? ' 00:00' : '';
  return Math.floor(Date.parse(`${thisYear}${value}${midnight}`) / 1000);
}

const SCHEDULE: Option = {
  name: 'schedule',
  long: '--schedule TIME',
  value: 'text',
  description: 'Schedules this action to be executed afterthe given time. For example: onevm resume 0 --schedule "09/23 14:15"',
  resolve: async (value) => {
    if (/^\+\d+$/.test(value)) return value;
    const time = value === 'now' ? now() : timeOf(value);
    if (Number.isNaN(time)) throw new OneError(`Error parsing time spec: ${value}`);
    return String(time);
  },
};
const repetition = (name: string, argument: string, description: string): Option => ({
  name,
  long: `--${name} ${argument}`,
  value: argument === 'hour' ? 'number' : 'text',
  description: `Repeats the schedule action ${description}`,
});

/** The options of everything that can be scheduled. */
export const SCHEDULES: Option[] = [
  { name: 'end', long: '--end number|TIME', value: 'text', description: '----' },
  repetition(
    'hourly',
    'hour',
    'with the given hourly frequency. For example (every 5 hours): onevm resume 0 --schedule "09/23 14:15" --hourly 5',
  ),
  repetition(
    'monthly',
    'days',
    'the days of the month specified, it can be a number between 1,31 separated with commas. ' +
      'For example: onevm resume 0 --schedule "09/23 14:15" --monthly 1,14',
  ),
  SCHEDULE,
  repetition(
    'weekly',
    'days',
    'the days of the week specified, it can be a number between 0 (Sunday) to 6 (Saturday) separated with commas. ' +
      'For example: onevm resume 0 --schedule "09/23 14:15" --weekly 0,2,4',
  ),
  repetition(
    'yearly',
    'days',
    'the days of the year specified, it can be a number between 0,365 separated with commas. ' +
      'For example: onevm resume 0 --schedule "09/23 14:15" --yearly 30,60',
  ),
];

/** Schedules an action, once or again and again. */
export async function schedule({ client, values, args, print }: Context, action: string, actionArgs?: string): Promise<void> {
  const at = textOf(values, 'schedule') ?? '';
  const repeat = ['weekly', 'monthly', 'yearly', 'hourly'].findIndex((name) => values[name] !== undefined);
  const days = textOf(values, ['weekly', 'monthly', 'yearly', 'hourly'][repeat] ?? '');
  const parts = [
    `ACTION = "${action}"`,
    ...(actionArgs === undefined ? [] : [`ARGS = "${actionArgs}"`]),
    `TIME = "${at}"`,
    ...(days === undefined ? [] : [`REPEAT = "${repeat}"`, `DAYS = "${days}"`]),
    ...endOf(textOf(values, 'end'), days !== undefined),
  ];
  for (const id of idsOf(args[0])) {
    await client.call('vm.schedadd', id, `SCHED_ACTION = [${parts.join(', ')}]`);
    print(`VM ${id}: ${action} scheduled ${at.startsWith('+') ? `after ${at}s from start` : `at ${rubyTime(Number(at))}`}`);
  }
}

/** After so many times, on a day, or never. */
function endOf(end: string | undefined, repeats: boolean): string[] {
  if (end === undefined) return repeats ? ['END_TYPE = "0"'] : [];
  if (/^\d+$/.test(end)) return ['END_TYPE = "1"', `END_VALUE = "${end}"`];
  const day = Math.floor(new Date(timeOf(end) * 1000).setHours(0, 0, 0, 0) / 1000);
  return Number.isNaN(day) ? [] : ['END_TYPE = "2"', `END_VALUE = "${day}"`];
}

/** Changes a scheduled action by a file or an editor with lines such as `TIME="1795410033"`. */
async function updateScheduled({ client, values, args, print }: Context): Promise<void> {
  const [id, action] = [idsOf(args[0])[0], String(args[1])];
  const vm = await client.call<Tree>('vm.info', id).catch(saying('Error '));
  const found = trees(vm, 'TEMPLATE/SCHED_ACTION').find((one) => text(one, 'ID') === action);
  if (!found) throw new OneError(`Sched action ${action} not found`);
  const lines = typeof args[2] === 'string' ? readFileSync(args[2], 'utf8') : edited(templateText({ TEMPLATE: found }, 'TEMPLATE'));
  const source = `SCHED_ACTION = [${lines.trim().split('\n').join(',')}]`;
  await client.call('vm.schedupdate', id, Number(action), source).catch(saying('Error updating: '));
  if (values.verbose) print(`VM ${id}: Sched action updated`);
}

export const scheduledCommands: Record<string, Command> = {
  'sched-update': {
    args: ['vmid', 'sched_id', 'file?'],
    description: 'Updates a Scheduled Action from a VM',
    options: [],
    run: updateScheduled,
  },
  'sched-delete': {
    args: ['vmid', 'sched_id'],
    description: 'Deletes a Scheduled Action from the VM',
    options: [],
    run: async ({ client, args }) =>
      void (await client.call('vm.scheddelete', idsOf(args[0])[0], Number(args[1])).catch(saying('Error deleting: '))),
  },
};
