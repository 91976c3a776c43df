import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ScheduledAction } from '../../support/opennebula/pools.ts';
import { scheduledAction } from '../../support/opennebula/pools.ts';
import { inWords, longestGap, recurs } from '../../support/opennebula/recurrence.ts';
import { children, parseRoot } from '../../support/opennebula/xml.ts';
import { scheduledBackup } from '../made.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const utc = (text: string) => Date.parse(`${text}Z`) / 1000;
/** A Sunday evening. */
const now = utc('2026-11-29T20:00:00');
const BERLIN = 'Europe/Berlin';

type Every = NonNullable<ScheduledAction['every']>;
const action = (every: Every, days: readonly number[], changes: Partial<ScheduledAction> = {}): ScheduledAction =>
  scheduledBackup({ every, days, repeats: true, time: utc('2026-11-30T02:00:00'), ...changes });
const at = (text: string) => ({ time: utc(text) });
const daily = [0, 1, 2, 3, 4, 5, 6];

describe('the longest time between two runs', () => {
  const gaps: Readonly<Record<string, readonly [readonly ScheduledAction[], number | undefined, string?, number?]>> = {
    'every day': [[action('week', daily)], DAY],
    'every 24 hours': [[action('hours', [24])], DAY],
    'every 3 hours': [[action('hours', [3], at('2026-11-29T21:00:00'))], 3 * HOUR],
    'every 25 hours': [[action('hours', [25])], 25 * HOUR],
    'every Sunday': [[action('week', [0], at('2026-12-06T02:00:00'))], 7 * DAY],
    'on Monday, Wednesday and Friday': [[action('week', [1, 3, 5])], 3 * DAY],
    'on working days': [[action('week', [1, 2, 3, 4, 5])], 3 * DAY],
    'at the weekend': [[action('week', [0, 6], at('2026-12-05T02:00:00'))], 6 * DAY],
    'on the first of a month': [[action('month', [1], at('2026-12-01T02:00:00'))], 31 * DAY],
    'on the last of a month, which not all have': [[action('month', [31], at('2026-12-31T02:00:00'))], 31 * DAY + 6 * HOUR],
    'on the first and the fifteenth': [[action('month', [1, 15], at('2026-12-01T02:00:00'))], 17 * DAY],
    'every day of a month': [
      [
        action(
          'month',
          Array.from({ length: 31 }, (_, day) => day + 1),
        ),
      ],
      DAY,
    ],
    'once a year, of which one of four is longer': [[action('year', [0], at('2027-01-01T02:00:00'))], 366 * DAY],
    'twice a day by two': [[action('week', daily), action('week', daily, at('2026-11-30T14:00:00'))], 12 * HOUR],
    'twice a day by two, looked at before noon': [
      [action('week', daily), action('hours', [24], at('2026-11-29T14:00:00'))],
      12 * HOUR,
      'UTC',
      utc('2026-11-29T13:00:00'),
    ],
    'on working days, and at the weekend': [[action('week', [1, 2, 3, 4, 5]), action('week', [0, 6])], DAY],
    'each week, and each month': [[action('week', [1]), action('month', [15], at('2026-12-15T02:00:00'))], 7 * DAY],
    'every five and every seven hours': [
      [action('hours', [5], at('2026-11-29T20:00:00')), action('hours', [7], at('2026-11-29T20:00:00'))],
      5 * HOUR,
    ],
    'every half an hour by two, and each month': [
      [
        action('hours', [1], at('2026-11-29T20:00:00')),
        action('hours', [1], at('2026-11-29T20:30:00')),
        action('month', [15], at('2026-12-15T02:00:00')),
      ],
      HOUR / 2,
    ],
    'it begins in a month': [[action('week', daily, at('2026-12-29T20:00:00'))], 30 * DAY],
    'it is due since an hour': [[action('hours', [6], at('2026-11-29T19:00:00'))], 6 * HOUR],
    'nothing at all': [[], undefined],
    once: [[scheduledBackup({ time: now + HOUR })], undefined],
    'one that has ended by count': [[action('week', daily, { times: 0 })], undefined],
    'one that is begun for the last time': [[action('week', daily, { times: 1 })], undefined],
    'one that is begun twice more': [[action('week', daily, { times: 2 })], DAY],
    'one whose end has passed': [[action('week', daily, { until: now - DAY })], undefined],
    'one that ends before its second run': [[action('week', daily, { until: utc('2026-12-01T01:00:00') })], undefined],
    'one that ends in a while': [[action('week', daily, { until: now + 30 * DAY })], DAY],
    'one that rests for ever': [[action('hours', [1], { time: now - DAY, done: now - DAY + 5, dispatched: true })], undefined],
    'no hours': [[action('hours', [0])], undefined],
    'no days': [[action('week', [])], undefined],
    // At 02:30 by the clock in Berlin, which is 01:30 in summer and 02:30 in winter, of UTC.
    'every day, over the end of summer time': [[action('week', daily, at('2026-10-24T00:30:00'))], DAY, BERLIN, utc('2026-10-23T22:30:00')],
    'every day, over the beginning of summer time': [
      [action('week', daily, at('2027-03-27T01:30:00'))],
      DAY,
      BERLIN,
      utc('2027-03-26T22:30:00'),
    ],
    'every Sunday of Berlin, which begins on Saturday': [
      [action('week', [0], at('2026-11-28T23:30:00'))],
      7 * DAY,
      BERLIN,
      utc('2026-11-28T22:30:00'),
    ],
  };
  for (const [what, [actions, gap, zone = 'UTC', moment = now]] of Object.entries(gaps))
    test(what, () => assert.equal(longestGap(actions, { now: moment, zone }), gap));
});

describe('a recurring action in words', () => {
  const words: Readonly<Record<string, ScheduledAction>> = {
    'daily 03:00': action('week', daily),
    'daily 03:00 ': action('hours', [24]),
    'weekly Mon, Wed, Fri 03:00': action('week', [1, 3, 5]),
    'monthly on day 1, 15 03:00': action('month', [1, 15]),
    'yearly on day 1 03:00': action('year', [0]),
    'every 3 h': action('hours', [3]),
    hourly: action('hours', [1]),
  };
  for (const [said, each] of Object.entries(words)) test(said, () => assert.equal(inWords(each, BERLIN), said.trim()));
});

describe('the scheduled actions that were recorded', () => {
  const folder = new URL('../recordings/', import.meta.url).pathname;
  const all = globSync(`${folder}**/*.json`).flatMap((file) => {
    const { stdout = '' } = JSON.parse(readFileSync(file, 'utf8')) as { stdout?: string };
    return [...stdout.matchAll(/<SCHED_ACTION>.*?<\/SCHED_ACTION>/gs)].map(([xml]) => ({ file, xml }));
  });
  const read = (xml: string) => {
    const owner = parseRoot(`<VM><STIME>0</STIME>${xml}</VM>`, 'VM');
    return scheduledAction(children(owner, 'SCHED_ACTION')[0] as never, owner);
  };

  test('are some sixty', () => assert.ok(all.length > 50));

  test('recur where they are said to repeat, and have not ended', () => {
    const found = new Set<string>();
    for (const { xml } of all) {
      const each = read(xml);
      const clock = { now: each.time - HOUR, zone: 'UTC' };
      const gap = longestGap([each], clock);
      assert.equal(gap !== undefined, recurs(each, clock));
      if (gap !== undefined) found.add(`${inWords(each, 'UTC')}: ${gap / HOUR} h`);
      else if (each.repeats) found.add(`has ended: ${each.times} times, until ${each.until}, ${each.dispatched ? 'rests' : 'runs'}`);
    }
    assert.deepEqual([...found].toSorted(), [
      'daily 01:00: 24 h',
      'has ended: 1 times, until Infinity, runs',
      'has ended: Infinity times, until 1795824000, rests',
      'has ended: Infinity times, until 1795824000, runs',
      'hourly: 1 h',
      'weekly Mon, Wed 00:53: 120 h',
      'weekly Mon, Wed, Fri 16:59: 72 h',
      'weekly Sun, Sat 02:00: 144 h',
    ]);
  });
});

test('what has a day that OpenNebula does not take does not recur', () => {
  const clock = { now, zone: 'UTC' };
  for (const [every, days] of [
    ['week', [Number.NaN]],
    ['week', [1, Number.NaN]],
    ['week', [7]],
    ['month', [0]],
    ['month', [32]],
    ['year', [366]],
    ['hours', [0]],
    ['hours', [Number.NaN]],
  ] as const) {
    assert.equal(recurs(action(every, days), clock), false, `${every} ${days.join()}`);
    assert.equal(longestGap([action(every, days)], clock), undefined);
  }
  for (const [every, days] of [
    ['week', [0, 6]],
    ['month', [1, 31]],
    ['year', [0, 365]],
    ['hours', [1]],
  ] as const)
    assert.equal(recurs(action(every, days), clock), true, every);
});
