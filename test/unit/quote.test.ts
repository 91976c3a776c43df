import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { quote } from '../../support/machines/quote.ts';
import fc from './fuzz.ts';

/** Words a shell would take apart, or take for something else, if it could. */
const nasty = [
  ...[
    '',
    ' ',
    '  two  blanks ',
    '\t',
    '\n',
    'line\nline\n',
    '\r\n',
    "'",
    "''",
    `'"'"'`,
    '"',
    '\\',
    '\\\\',
    "\\'",
    '`id`',
    '$(id)',
    '${HOME}',
    '$$',
  ],
  ...[
    '-',
    '--',
    '-n',
    '-e',
    '--help',
    '%s',
    '%',
    '\\0',
    '\\n',
    '*',
    '?',
    '[a-z]',
    '~',
    '~root',
    '~/x',
    '{a,b}',
    '!',
    '!!',
    '#',
    '# no',
    ';',
    ';id',
  ],
  ...[
    '&',
    '&&',
    '|',
    '||',
    '<',
    '>',
    '>x',
    '(',
    ')',
    'A=1',
    '=',
    'é',
    '日本',
    '\u{1f512}',
    '\u202e',
    '\ufeff',
    '\u0085',
    '\u2028',
    '\u0001',
    '\u001b[2K',
    '\u007f',
  ],
];

const word = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
  fc.array(fc.constantFrom(...nasty), { maxLength: 6 }).map((parts) => parts.join('')),
);
// Many words to a shell: starting one costs more than anything it reads.
const argv = fc.array(word, { minLength: 1, maxLength: 150 });

function ask(shell: string, line: string): string[] {
  const { stdout, stderr, status } = spawnSync(shell, ['-c', line], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout.split('\0').slice(0, -1);
}

const print = (words: readonly string[]) => quote(['printf', '%s\\0', ...words]);

for (const shell of ['sh', 'bash']) {
  test(`${shell} reads back exactly the words that were quoted`, () => {
    assert.deepEqual(ask(shell, print(nasty)), nasty);
    fc.assert(
      fc.property(argv, (words) => assert.deepEqual(ask(shell, print(words)), words)),
      { numRuns: 40 },
    );
  });

  test(`${shell} reads back the words that were quoted once for each of two and three hops`, () => {
    const hop = (line: string) => quote([shell, '-c', line]);
    assert.deepEqual(ask(shell, hop(hop(print(nasty)))), nasty);
    fc.assert(
      fc.property(argv, (words) => assert.deepEqual(ask(shell, hop(print(words))), words)),
      { numRuns: 20 },
    );
  });
}

test('a plain word stays as a person would type it', () => {
  assert.equal(
    quote(['ssh', '-l', 'oneadmin', 'kvm01.example.net', 'a/b:c=d,e+f%g@h_i']),
    'ssh -l oneadmin kvm01.example.net a/b:c=d,e+f%g@h_i',
  );
});

test('a NUL byte is refused, wherever it stands: no command can carry one', () => {
  for (const bad of ['\0', 'a\0', '\0a', "it's\0"]) assert.throws(() => quote(['echo', bad]), /NUL/);
});
