/**
 * When scheduled actions are begun again and again. All of it by the clock of OpenNebula's zone, as that shows it: the hour of summer time does
 * not count. The first time is TIME, whatever day that is; a day that a month does not have is one of the next.
 * Source: OpenNebula 7.4.0, ScheduledAction::next_action.
 */
import { asDate, shownAt } from './clock.ts';
import type { ScheduledAction } from './pools.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** Two years and more: each month, and the day that one of four has more. */
const YEARS = 1500 * DAY;

/** The least and the most that DAYS may have of each kind. OpenNebula takes no others; one that is none of them is no number here. */
const DAYS = { hours: [1, Number.POSITIVE_INFINITY], week: [0, 6], month: [1, 31], year: [0, 365] } as const;

/** A time zone, as IANA names it, and the moment that is now. */
export interface Clock {
  readonly now: number;
  readonly zone: string;
}

/** Whether it is begun again and again: neither once, nor ended, nor about to end with the next time. */
export function recurs(action: ScheduledAction, { now, zone }: Clock): boolean {
  const { every, days, repeats, dispatched, times, until } = action;
  if (!repeats || every === undefined || days.length === 0 || dispatched || times <= 1) return false;
  const [least, most] = DAYS[every];
  if (!days.every((day) => day >= least && day <= most)) return false;
  if (until === Number.POSITIVE_INFINITY) return true;
  const from = shownAt(now, zone);
  const [, second = Number.POSITIVE_INFINITY] = runsOf(action, { from, to: Math.max(from, shownAt(action.time, zone)) + YEARS, zone });
  return second <= shownAt(until, zone);
}

/** The longest time, in seconds, between two runs of several actions together, or until the first; undefined where none recurs. */
export function longestGap(actions: readonly ScheduledAction[], clock: Clock): number | undefined {
  const { now, zone } = clock;
  const recurring = actions.filter((action) => recurs(action, clock));
  if (recurring.length === 0) return undefined;
  const from = shownAt(now, zone);
  const to = Math.max(from, ...recurring.map(({ time }) => shownAt(time, zone))) + 2 * cycleOf(recurring);
  const runs = [from, ...recurring.flatMap((action) => runsOf(action, { from, to, zone }))].toSorted((a, b) => a - b);
  // More runs than a call takes arguments.
  return runs.reduce((longest, run, at) => Math.max(longest, run - (runs[at - 1] ?? run)), 0);
}

/** After how many seconds several actions have met in every way they do. */
function cycleOf(actions: readonly ScheduledAction[]): number {
  const cycles = actions.map(({ every, days }) => (every === 'hours' ? (days[0] ?? 1) * HOUR : every === 'week' ? WEEK : YEARS));
  return Math.min(YEARS, cycles.reduce(leastCommonMultiple));
}

function leastCommonMultiple(one: number, other: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  return (one / divisor(one, other)) * other;
}

interface Span {
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

/** When it is begun in a span of time, as clocks show it. One that is due is begun at once. */
function runsOf(action: ScheduledAction, { from, to, zone }: Span): number[] {
  const due = shownAt(action.time, zone);
  const first = Math.max(due, from);
  const later = action.every === 'hours' ? everyHours(action, due, { first, to }) : onDays(action, due, { first, to });
  return [first, ...later.filter((run) => run > first && run <= to)];
}

function everyHours({ days: [hours = 1] }: ScheduledAction, due: number, { first, to }: { first: number; to: number }): number[] {
  const step = hours * HOUR;
  const begin = due + Math.floor((first - due) / step) * step;
  return Array.from({ length: Math.ceil((to - begin) / step) + 1 }, (_, at) => begin + at * step);
}

/** At the same time of day on days of a week, a month or a year. */
function onDays({ every, days }: ScheduledAction, due: number, { first, to }: { first: number; to: number }): number[] {
  const time = ((due % DAY) + DAY) % DAY;
  const runs: number[] = [];
  // The period before, too: its last days may lie in this one.
  for (let at = -1, begin = first; begin <= to; at += 1) {
    begin = beginOf(every, first, at);
    for (const day of days) runs.push(begin + (every === 'month' ? day - 1 : day) * DAY + time);
  }
  return runs.toSorted((a, b) => a - b);
}

/** When the week, month or year begins that comes so many after the one in which a moment is. */
function beginOf(every: ScheduledAction['every'], moment: number, after: number): number {
  const date = new Date(moment * 1000);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (every === 'year') return Date.UTC(year + after, 0, 1) / 1000;
  if (every === 'month') return Date.UTC(year, month + after, 1) / 1000;
  return Date.UTC(year, month, day - date.getUTCDay() + 7 * after) / 1000;
}

const WEEKDAYS = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');

/** A recurring action as people say it: daily 02:00; weekly Mon, Thu 22:30; every 3 h. */
export function inWords({ every, days, time }: ScheduledAction, zone: string): string {
  const at = asDate(shownAt(time, zone)).slice(11);
  const [first = 0] = days;
  if (every === 'hours') return first === 24 ? `daily ${at}` : first === 1 ? 'hourly' : `every ${first} h`;
  if (every === 'week' && WEEKDAYS.every((_, day) => days.includes(day))) return `daily ${at}`;
  if (every === 'week') return `weekly ${days.map((day) => WEEKDAYS[day] ?? day).join(', ')} ${at}`;
  if (every === 'month') return `monthly on day ${days.join(', ')} ${at}`;
  return `yearly on day ${days.map((day) => day + 1).join(', ')} ${at}`;
}
