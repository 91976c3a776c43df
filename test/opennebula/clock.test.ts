import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { datedMessage, momentOf, offsetAt, shownAt } from '../../support/opennebula/clock.ts';
import fc from '../fuzz.ts';

const utc = (text: string) => Date.parse(`${text}Z`) / 1000;
const BERLIN = 'Europe/Berlin';

describe('a clock of a zone', () => {
  test('shows summer time and winter time', () => {
    assert.equal(shownAt(utc('2026-07-01T00:00:00'), BERLIN), utc('2026-07-01T02:00:00'));
    assert.equal(shownAt(utc('2026-12-01T00:00:00'), BERLIN), utc('2026-12-01T01:00:00'));
    assert.equal(shownAt(utc('2026-12-01T00:00:00'), 'America/New_York'), utc('2026-11-30T19:00:00'));
    assert.equal(offsetAt(utc('2026-12-01T00:00:00'), 'Asia/Kathmandu'), 5.75 * 3600);
    assert.equal(offsetAt(utc('2026-12-01T00:00:00'), 'UTC'), 0);
  });

  const moments = {
    'an hour that comes twice is the later': ['2026-10-25T02:30:00', '2026-10-25T01:30:00'],
    'the last moment before it': ['2026-10-25T01:59:59', '2026-10-24T23:59:59'],
    'the first moment after it': ['2026-10-25T03:00:00', '2026-10-25T02:00:00'],
    'an hour that is skipped': ['2027-03-28T02:30:00', '2027-03-28T01:30:00'],
    'the first moment after that': ['2027-03-28T03:00:00', '2027-03-28T01:00:00'],
    'a day in summer': ['2026-07-01T02:00:00', '2026-07-01T00:00:00'],
  } as const;
  for (const [what, [shown, moment]] of Object.entries(moments))
    test(`in Berlin, ${what}`, () => assert.equal(momentOf(utc(shown), BERLIN), utc(moment)));

  test('shows at the moment that is found what was looked for, unless it skips that', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: utc('2020-01-01T00:00:00'), max: utc('2037-01-01T00:00:00') }),
        fc.constantFrom(BERLIN, 'America/New_York', 'Australia/Lord_Howe', 'UTC', 'Asia/Kolkata'),
        (moment, zone) => {
          const shown = shownAt(moment, zone);
          const found = momentOf(shown, zone);
          assert.equal(shownAt(found, zone), shown);
          assert.ok(found >= moment, 'of two moments it is the later');
        },
      ),
    );
  });
});

describe('a message that begins with a time', () => {
  const messages = {
    'Sat Nov 28 17:00:30 2026: BACKUP: Command failed': ['2026-11-28T16:00:30', 'BACKUP: Command failed'],
    'Sat Nov 28 19:15:06 2026 : [backup] User [0] : VM is locked. [1].': ['2026-11-28T18:15:06', '[backup] User [0] : VM is locked. [1].'],
    'Thu Nov  5 05:08:52 2026: BACKUP: x': ['2026-11-05T04:08:52', 'BACKUP: x'],
    'Sun Oct 25 02:30:00 2026: BACKUP: x': ['2026-10-25T01:30:00', 'BACKUP: x'],
    'BACKUP: without a time': [undefined, 'BACKUP: without a time'],
    'Sat Foo 28 17:00:30 2026: BACKUP: x': [undefined, 'BACKUP: x'],
  } as const;
  for (const [message, [at, said]] of Object.entries(messages))
    test(message, () => assert.deepEqual(datedMessage(message, BERLIN), { at: at && utc(at), said }));
});
