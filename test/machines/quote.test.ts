import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { quote } from '../../support/machines/quote.ts';
import fc from '../fuzz.ts';

/** Words a shell would take apart, or take for something else, if it could. */
const nasty = [
  ...['', ' ', '  two  blanks ', '\t', '\n', 'line\nline\n', '\r\n', '# no', '-', '--', '-n', '-e', '--help'],
  ...`' '' '"'"' " \\ \\\\ \\' \`id\` $(id) \${HOME} $$ %s % \\0 \\n * ? [a-z] ~ ~root ~/x {a,b} ! !! #`.split(' '),
  ...'; ;id & && | || < > >x ( ) A=1 = é 日本 \u{1f512} \u202e \ufeff \u0085 \u2028 \u0001 \u001b[2K \u007f'.split(' '),
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
  const hop = (line: string) => quote([shell, '-c', line]);
  for (const [what, over, numRuns] of [
    ['', (line: string) => line, 40],
    [', once for each of two hops', hop, 10],
    [', once for each of three hops', (line: string) => hop(hop(line)), 10],
  ] as const)
    test(`${shell} reads back exactly the words that were quoted${what}`, () => {
      assert.deepEqual(ask(shell, over(print(nasty))), nasty);
      fc.assert(
        fc.property(argv, (words) => assert.deepEqual(ask(shell, over(print(words))), words)),
        { numRuns },
      );
    });
}

test('a plain word stays as a person would type it', () => {
  const plain = ['ssh', '-l', 'oneadmin', 'kvm01.example.net', 'a/b:c=d,e+f%g@h_i'];
  assert.equal(quote(plain), plain.join(' '));
});

test('a NUL byte is refused, wherever it stands: no command can carry one', () => {
  for (const bad of ['\0', 'a\0', '\0a', "it's\0"]) assert.throws(() => quote(['echo', bad]), /NUL/);
});
