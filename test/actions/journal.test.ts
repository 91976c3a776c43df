import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Change,
  type Journal,
  JournalBook,
  journalFolder,
  namesOf,
  type Opening,
  type RunJournal,
  readJournals,
} from '../../support/actions/journal.ts';
import { undo } from '../../support/actions/undo.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import { LocalShell } from '../../support/machines/local.ts';
import type { Command, CommandResult, HoldingShell } from '../../support/machines/shell.ts';
import type { Read } from '../../support/outcome/evidence.ts';
import fc from '../fuzz.ts';
import { evidence } from '../made.ts';
import { another } from '../processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'journal test '));
after(() => rmSync(folder, { recursive: true, force: true }));
const home = join(folder, 'home');
beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
});

const opening: Opening = { opened: 1, datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/var/lib/one/datastores/100' };
const changes: readonly Change[] = [
  { change: 'probe', path: '/var/lib/one/datastores/100/.backup-compliance-r' },
  { change: 'begin', before: { images: ['0'], actions: [], directories: ['0'] } },
  { change: 'schedule', at: 1_795_410_030, logSize: 512 },
  { change: 'withdraw', id: '5', from: 1_795_410_060 },
  { change: 'withdrawn', id: '5', until: 1_795_410_062 },
  { change: 'restore', name: 'backup-compliance-r', image: '1' },
  { change: 'sample', name: 'backup-compliance-r-vm7', image: '70', vm: '7' },
  { change: 'boot', name: 'backup-compliance-r-boot', image: '1' },
  { change: 'start', name: 'backup-compliance-r-boot', template: '3' },
  { change: 'canary', name: 'backup-compliance-r-host1', host: '1' },
  { change: 'canary', name: 'backup-compliance-r-host1', host: '1', vm: '42', directories: ['42'] },
  { change: 'temporary', path: '/var/tmp/backup-compliance-r' },
];
const lines = (...values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');
const whole: Journal = { run: 'r', opening, changes };

describe('journals as they are read', () => {
  const file = (text: string, name = 'r') => `${name}.jsonl\n${text}\n`;

  test('none, one, and one after the other', () => {
    assert.deepEqual(readJournals(''), []);
    assert.deepEqual(readJournals(file(lines(opening, ...changes))), [whole]);
    const two = file(lines(opening)) + file(lines(opening, ...changes), 's');
    assert.deepEqual(readJournals(two), [
      { ...whole, changes: [] },
      { ...whole, run: 's' },
    ]);
  });

  test('one that was cut short anywhere: what stands in whole lines counts, and nothing is garbled', () => {
    const text = lines(opening, ...changes);
    for (let length = 0; length <= text.length; length += 1) {
      const [journal, ...others] = readJournals(file(text.slice(0, length)));
      // A line that lacks nothing but its newline is whole.
      const known = [opening, ...changes].filter((_, at) => lines(...[opening, ...changes].slice(0, at + 1)).length - 1 <= length);
      assert.deepEqual(others, []);
      assert.deepEqual(journal, { run: 'r', opening: known[0], changes: known.slice(1) }, `cut after ${length}`);
    }
  });

  test('a line that was cut short stays alone, and the opening may come late', () => {
    const cut = '{"opened":1,"datast';
    for (const text of [
      `\n${cut}\n${lines(opening, ...changes)}`,
      `\n${lines(opening)}\n${cut}\n${lines(...changes)}`,
      `${cut}\n${cut}\n${lines(opening, ...changes)}`,
    ])
      assert.deepEqual(readJournals(file(text)), [whole]);
  });

  test('a line that was cut short is no journal, though it ends as the name of one', () => {
    const cut = '{"change":"temporary","path":"/var/tmp/backup-compliance-r.jsonl';
    assert.deepEqual(readJournals(file(`${lines(opening, ...changes)}${cut}`)), [whole]);
  });

  test('what a login prints before is of no journal', () => {
    assert.deepEqual(readJournals(`Welcome\n${file(lines(opening, ...changes))}`), [whole]);
  });

  test('an opening that was written twice is one', () => {
    assert.deepEqual(readJournals(file(lines(opening, opening, ...changes))), [whole]);
  });

  for (const [what, text] of [
    ['changes without an opening', lines(...changes)],
    ['an opening of another version', lines({ ...opening, opened: 2 }, ...changes)],
    ['an opening without a datastore', lines({ opened: 1, vm: '0', own: '/' })],
    ['an opening whose datastore has no name', lines({ ...opening, datastore: {} }, ...changes)],
    ['an opening of numbers', lines({ ...opening, vm: 0 })],
    ['another JSON value', '[1]\n'],
    ['null', 'null\n'],
    ['two lines of anything', 'something\nelse\n'],
    ['NULs', '\0\0\0\n\0\0\n'],
  ] as const) {
    test(`${what}: garbled, and nothing of it is undone`, () =>
      assert.deepEqual(readJournals(file(text)), [{ run: 'r', opening: undefined, changes: [], garbled: 'r.jsonl' }]));
  }

  for (const odd of [
    { change: 'unheard-of' },
    { change: 'probe' },
    { change: 'begin', before: {} },
    { change: 'schedule', at: 'x', logSize: 0 },
    ...['x8', '8/..', ''].map((vm) => ({ change: 'canary', name: 'n', host: '1', vm })),
    { change: 7 },
    {},
    'text',
    7,
  ]) {
    test(`beyond what is understood: ${JSON.stringify(odd)}`, () => {
      const text = `${lines(opening, ...changes)}${JSON.stringify(odd)}\n`;
      assert.deepEqual(readJournals(file(text)), [{ ...whole, garbled: 'r.jsonl' }]);
    });
  }

  test('whatever stands in them: no crash, and what is garbled is never taken for nothing', async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom(...[opening, ...changes].map((value) => JSON.stringify(value)), 'a.jsonl', '{', '\n', '\0'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const text = pieces.join('\n');
        for (const journal of readJournals(`r.jsonl\n${text}`)) {
          assert.equal(typeof journal.run, 'string');
          for (const change of journal.changes) assert.ok(changes.some((known) => known.change === change.change));
          if (journal.opening) assert.equal(typeof journal.opening.datastore.id, 'string');
          else {
            const result = await undo({} as Machines, journal, () => assert.fail());
            assert.equal(result.left.length, journal.garbled === undefined ? 0 : 1);
          }
        }
        if (pieces.some((each) => each === '{"change":"x"}')) assert.ok(readJournals(`r.jsonl\n${text}`).some(({ garbled }) => garbled));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the folder of a datastore', () => {
  test('is told by its name, in plain characters', () => {
    assert.match(journalFolder('rsync Backups'), /^\.backup-compliance\/rsync-Backups-[0-9a-f]{8}$/);
    assert.equal(journalFolder('rsync Backups'), journalFolder('rsync Backups'));
    for (const name of ['', '-', '..', '../..', '/', '-rf', '日本', 'ü', '*', '$(id)', 'a'.repeat(128), '.jsonl', "'"])
      assert.match(journalFolder(name), /^\.backup-compliance\/[A-Za-z0-9-]{0,41}-[0-9a-f]{8}$/, name);
  });

  test('is shared by no other', () => {
    const names = [
      'rsync Backups',
      'rsync-Backups',
      'rsync backups',
      'rsync  Backups',
      'rsync_Backups',
      'ü',
      'ö',
      '',
      '-',
      '--',
      `${'a'.repeat(60)}b`,
      'a'.repeat(61),
    ];
    assert.equal(new Set(names.map(journalFolder)).size, names.length);
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        (a, b) => (journalFolder(a) === journalFolder(b)) === (a === b),
      ),
    );
  });
});

/** The shell of a front-end whose account lives in that home. */
function shellIn(HOME: string, more: Readonly<Record<string, string>> = {}): HoldingShell {
  const local = new LocalShell();
  const at = (command: Command) => ({ ...command, env: { ...command.env, HOME, ...more } });
  return Object.assign(Object.create(local) as HoldingShell, {
    run: (command: Command) => local.run(at(command)),
    hold: (command: Command) => local.hold(at(command)),
  });
}
const bookIn = (name = 'rsync Backups', place = home) => new JournalBook(shellIn(place), name, 10);
const ours = join(home, journalFolder('rsync Backups'));
const journalOf = (run: string) => join(ours, `${run}.jsonl`);
const got = <T>(read: Read<T>): T => ('value' in read ? read.value : assert.fail(read.fault));
const faultOf = (read: Read<unknown>): string => ('fault' in read ? read.fault : '');
const left = async (book: JournalBook) => got(await book.leftBehind());
/** A book that is ours while a test has it. */
async function taken(name?: string): Promise<JournalBook> {
  const book = bookIn(name);
  got(await book.take());
  return book;
}

describe('the book of a datastore', () => {
  test('one has it at a time; the other is told who', async () => {
    const [one, other] = [await taken(), bookIn()];
    const busy = await other.take();
    assert.match(faultOf(busy), /^another gate or clean-up of this datastore is under way$/);
    assert.match('fix' in busy ? (busy.fix ?? '') : '', /^Wait until it has ended/);
    await one.open('2026-11-23T09-10-00Z-1f3a', opening).record(changes);
    assert.match(faultOf(await other.take()), /is under way \(2026-11-23T09-10-00Z-1f3a\)$/);
    await one.release();
    got(await other.take());
    await other.release();
  });

  test('of ten that want it at once, one has it', async () => {
    const books = Array.from({ length: 10 }, () => bookIn());
    for (let round = 0; round < 3; round += 1) {
      const faults = (await Promise.all(books.map((book) => book.take()))).map(faultOf);
      assert.equal(faults.filter((fault) => fault === '').length, 1, faults.join('\n'));
      await Promise.all(books.map((book) => book.release()));
      assert.deepEqual(readdirSync(home), []);
    }
  });

  test('a folder that was removed before it could be locked is made anew', async () => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    const script = `#!/bin/sh\n[ -e "$0.was" ] || { touch "$0.was"; rmdir '${ours}'; }\nPATH=\${PATH#*:} exec flock "$@"\n`;
    writeFileSync(join(bin, 'flock'), script, { mode: 0o755 });
    const one = new JournalBook(shellIn(home, { PATH: `${bin}:${process.env.PATH}` }), 'rsync Backups', 10);
    got(await one.take());
    assert.ok(existsSync(join(bin, 'flock.was')));
    const other = bookIn();
    const busy = faultOf(await other.take());
    await Promise.all([one.release(), other.release()]);
    assert.match(busy, /is under way$/);
  });

  test('those of two datastores are in nobody’s way', async () => {
    const [one, other] = await Promise.all([taken('a'), taken('b')]);
    await one.release();
    assert.deepEqual(readdirSync(join(home, '.backup-compliance')).length, 1);
    await other.release();
    assert.deepEqual(readdirSync(home), []);
  });

  test('a holder that dies lets go, and what it has written is found', async () => {
    const child = await another(
      home,
      `
      const book = new JournalBook(shell, 'rsync Backups', 10);
      if ('fault' in (await book.take())) process.exit(1);
      await book.open('r', ${JSON.stringify(opening)}).record(${JSON.stringify(changes)});`,
    );
    const book = bookIn();
    assert.match(faultOf(await book.take()), /under way \(r\)/);
    child.kill('SIGKILL');
    let busy = await book.take();
    for (let tries = 0; tries < 100 && 'fault' in busy; tries += 1) {
      await sleep(50);
      busy = await book.take();
    }
    got(busy);
    assert.deepEqual(await left(book), [whole]);
    await book.strike('r');
    assert.deepEqual(await left(book), []);
    await book.release();
    assert.deepEqual(readdirSync(home), []);
  });

  test('nothing is written before the first change, and the folder goes with the last journal', async () => {
    const book = await taken();
    const journal = book.open('r', opening);
    assert.deepEqual(readdirSync(ours), []);
    await journal.record([]);
    assert.deepEqual(await left(book), [{ ...whole, changes: [] }]);
    assert.deepEqual([statSync(journalOf('r')).mode & 0o777, statSync(ours).mode & 0o777], [0o600, 0o700]);
    await book.release();
    assert.deepEqual(readdirSync(ours), ['r.jsonl'], 'what is left to undo stays');
  });

  test('a file of somebody else’s in the folder stays, and is no journal', async () => {
    const book = await taken();
    writeFileSync(join(ours, 'notes.txt'), 'mine');
    assert.deepEqual(await left(book), []);
    await book.release();
    assert.equal(readFileSync(join(ours, 'notes.txt'), 'utf8'), 'mine');
  });

  test('one that was cut short does not swallow the next', async () => {
    const book = await taken();
    writeFileSync(journalOf('a'), `${lines(opening)}{"chan`);
    writeFileSync(journalOf('r'), lines(opening, ...changes));
    const found = await left(book);
    await book.release();
    assert.deepEqual(found, [{ ...whole, run: 'a', changes: [] }, whole]);
  });

  test('what cannot be read is a fault, and not nothing', async () => {
    const book = await taken();
    mkdirSync(journalOf('r'));
    assert.match(faultOf(await book.leftBehind()), /journals in ~\/\.backup-compliance\/.* could not be read: cat: .*directory$/);
    await book.release();
  });

  test('what is not all there is a fault, and not what there is', async () => {
    const run = async () => ({ ...evidence(), stdout: `r.jsonl\n${lines(opening)}`, truncated: true });
    const book = new JournalBook({ ...shellIn(home), run } as HoldingShell, 'rsync Backups', 10);
    assert.match(faultOf(await book.leftBehind()), /could not be read: they are too large$/);
  });

  test('one that is garbled is named by its place', async () => {
    const book = await taken();
    writeFileSync(journalOf('r'), lines(...changes));
    const [journal] = await left(book);
    assert.equal(journal?.garbled, `~/${journalFolder('rsync Backups')}/r.jsonl`);
    const result = await undo({} as Machines, journal ?? whole, () => assert.fail());
    assert.match(result.left[0] ?? '', /~\/\.backup-compliance\/.*r\.jsonl.*not understood/);
    await book.release();
  });

  test('a journal of 10,000 images, and more of them than one answer usually holds', async () => {
    const book = await taken();
    const images = Array.from({ length: 10_000 }, (_, id) => String(id));
    const begin: Change = { change: 'begin', before: { images, actions: [], directories: [] } };
    for (let run = 0; run < 20; run += 1) assert.equal((await book.open(`r${run}`, opening).record([begin])).failure, undefined);
    const found = await left(book);
    assert.equal(found.length, 20);
    for (const journal of found) assert.deepEqual(journal.changes, [begin]);
    await book.release();
  });

  test('a home that is a file: it is not ours, and it is said', async () => {
    writeFileSync(join(home, 'file'), '');
    assert.match(faultOf(await bookIn('a', join(home, 'file')).take()), /^~\/\.backup-compliance\/a-\w{8} could not be locked: /);
  });

  test('a file in the place of the folder: it is not ours, which is told, and it stays', async () => {
    writeFileSync(join(home, '.backup-compliance'), 'mine');
    const fault = faultOf(await bookIn().take());
    assert.match(fault, /^~\/\.backup-compliance\/.* could not be locked: mkdir: .*: (File exists|Not a directory)/);
    assert.equal(readFileSync(join(home, '.backup-compliance'), 'utf8'), 'mine');
  });
});

describe('the journal of a run under way', () => {
  const marker = join(folder, 'marker');
  /** What the journal said when the command ran. */
  const look: Command = {
    argv: ['bash', '-c', 'cat -- "$1" > "$2"; echo out; echo err >&2; exit 7', 'bash', journalOf('r'), marker],
    deadline: 10,
  };
  let book: JournalBook;
  let journal: RunJournal;
  beforeEach(async () => {
    rmSync(marker, { force: true });
    book = await taken();
    journal = book.open('r', opening);
  });
  afterEach(() => book.release());
  const told = ({ stdout, stderr, exitCode, failure }: CommandResult) => ({ stdout, stderr, exitCode, failure });

  test('is written before the command is run, whose answer comes back', async () => {
    const answer = await journal.record(changes, look);
    assert.deepEqual(told(answer), { stdout: 'out\n', stderr: 'err\n', exitCode: 7, failure: undefined });
    assert.match(answer.command, /^bash -c 'cat -- /, 'the command as it was asked for');
    assert.deepEqual(readJournals(`r.jsonl\n${readFileSync(marker, 'utf8')}`), [whole]);
    assert.deepEqual(journal.changes, changes);
  });

  test('what follows is added to it', async () => {
    for (const change of changes) await journal.record([change]);
    assert.deepEqual(await left(book), [whole]);
    const later = book.open('r', opening, changes);
    await later.record(changes.slice(0, 1));
    assert.deepEqual(later.changes, [...changes, ...changes.slice(0, 1)]);
    assert.deepEqual(await left(book), [{ ...whole, changes: later.changes }]);
    assert.equal(readFileSync(journalOf('r'), 'utf8').split('"opened"').length, 2, 'its opening stands there once');
  });

  test('the last command of a run that is no more is waited for, not for ever', async () => {
    const impatient = new JournalBook(shellIn(home), 'rsync Backups', 1);
    assert.equal(await impatient.settle('r'), undefined, 'there is no such journal');
    await journal.record(changes);
    assert.equal(await impatient.settle('r'), undefined);
    // What a command leaves in the background is of it.
    const lasts = (seconds: number) => {
      const script = '{ sleep "$1"; touch "$2"; } > /dev/null 2>&1 &';
      return journal.record([], { argv: ['bash', '-c', script, 'bash', String(seconds), marker], deadline: 5 });
    };
    await lasts(0.5);
    assert.equal(await impatient.settle('r'), undefined);
    assert.ok(existsSync(marker), 'it had ended');
    await lasts(4);
    assert.equal(await impatient.settle('r'), 'a command that run r began has not ended within 1 s');
    const failure = { kind: 'lost', message: 'the connection broke' } as const;
    const cut = { ...shellIn(home), run: async () => ({ ...evidence({ exitCode: null }), failure }) } as unknown as HoldingShell;
    assert.equal(await new JournalBook(cut, 'rsync Backups', 1).settle('r'), 'the connection broke');
  });

  test('the command runs where it would without, and what it makes is for whom it would be', async () => {
    const where: Command = { argv: ['bash', '-c', 'pwd; umask'], deadline: 10 };
    assert.equal((await journal.record(changes, where)).stdout, (await shellIn(home).run(where)).stdout);
  });

  test('odd words stay as they are', async () => {
    const path = `/a b/'"\\n%s\\$(id)\`é\n*`;
    const { stdout } = await journal.record([{ change: 'probe', path }], { argv: ['printf', '%s', path], deadline: 10 });
    assert.equal(stdout, path);
    assert.deepEqual((await left(book))[0]?.changes, [{ change: 'probe', path }]);
  });

  test('where it cannot be written nothing is run; later its opening is there all the same', async () => {
    mkdirSync(journalOf('r'));
    const refused = await journal.record(changes.slice(0, 1), look);
    assert.equal(existsSync(marker), false);
    assert.deepEqual([refused.failure?.kind, refused.stdout], ['not-started', '']);
    assert.match(refused.failure?.message ?? '', /^the journal ~\/\.backup-compliance\/.*\/r\.jsonl could not be written: .*directory$/);
    rmSync(journalOf('r'), { recursive: true });
    assert.equal((await journal.record(changes.slice(1), look)).failure, undefined);
    assert.deepEqual(await left(book), [{ ...whole, changes: changes.slice(1) }]);
  });

  /** The same where sync does that. */
  const syncing = (script: string): Command => {
    const bin = mkdtempSync(join(folder, 'bin-'));
    writeFileSync(join(bin, 'sync'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { ...look, env: { PATH: `${bin}:${process.env.PATH}` } };
  };

  test('where it was taken away meanwhile nothing is run', async () => {
    const command: Command = { ...syncing('rm -- "$2"'), argv: ['touch', marker] };
    assert.equal((await journal.record(changes, command)).failure?.kind, 'not-started');
    assert.equal(existsSync(marker), false);
  });

  test('where it cannot be seen on the disk nothing is run', async () => {
    const refused = await journal.record(changes, syncing('echo "sync: error syncing: No space left on device" >&2; exit 1'));
    assert.equal(existsSync(marker), false);
    assert.match(refused.failure?.message ?? '', /No space left on device/);
    // It may stand there all the same: the opening is written again, and does no harm.
    await journal.record(changes.slice(0, 1));
    const [found] = await left(book);
    assert.deepEqual([found?.opening, found?.garbled], [opening, undefined]);
  });

  test('what a full disk cut short does not swallow what follows', async () => {
    await journal.record(changes.slice(0, 2));
    writeFileSync(journalOf('r'), '{"change":"sched', { flag: 'a' });
    await journal.record(changes.slice(2));
    assert.deepEqual(await left(book), [whole]);
  });

  test('a folder without the right to write: nothing is run', { skip: process.getuid?.() === 0 && 'root writes everywhere' }, async () => {
    chmodSync(ours, 0o500);
    const refused = await journal.record(changes, look);
    chmodSync(ours, 0o700);
    assert.match(refused.failure?.message ?? '', /Permission denied/);
    assert.equal(existsSync(marker), false);
  });

  test('a command that takes too long, or is not there, is told of as it is', async () => {
    assert.equal((await journal.record([], { argv: ['sleep', '20'], deadline: 0.5 })).failure?.kind, 'silent');
    assert.equal((await journal.record([], { argv: ['no-such-program'], deadline: 5 })).exitCode, 127);
  });

  test('all that a run makes bears its name', () => {
    for (const name of Object.values(namesOf('2026-11-23T09-10-00Z-1f3a')))
      assert.match(name, /backup-compliance-2026-11-23T09-10-00Z-1f3a(-boot)?$/);
  });
});
