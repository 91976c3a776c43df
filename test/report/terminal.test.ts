import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { redact } from '../../support/outcome/secrets.ts';
import { print, wrap } from '../../support/report/terminal.ts';
import fc from '../fuzz.ts';

test('wrapping keeps every word whole and in order, at any width', () => {
  const word = fc.string({ minLength: 1 }).filter((each) => /^\S+$/.test(each));
  fc.assert(
    fc.property(fc.array(word), fc.integer({ min: 1, max: 60 }), (words, width) => {
      const lines = wrap(words.join(' '), width);
      assert.deepEqual(
        lines.flatMap((line) => line.split(' ')),
        words,
      );
      for (const line of lines) assert.ok(line.length <= width || !line.includes(' '));
    }),
  );
  assert.deepEqual(wrap('', 10), []);
});

test('no secret that was seen is printed', () => {
  redact('PASSWORD="SECRETterminal"');
  const to = new PassThrough();
  print('it is SECRETterminal\n', to);
  assert.equal(String(to.read()), 'it is [redacted]\n');
});

test('what is printed keeps our colours and ends of lines, and nothing else that steers', () => {
  const to = new PassThrough();
  print('\u001b[31mred\u001b[39m\n  two\u001b[2J\u202e\r\u0085three\n', to);
  assert.equal(String(to.read()), '\u001b[31mred\u001b[39m\n  two\ufffd[2J\ufffd three\n');
});

test('one place writes to the terminal', () => {
  const root = new URL('../../', import.meta.url);
  const sources = ['support/', 'bin/', 'steps/'].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}${name}`),
  );
  const writers = sources.filter(
    (name) => name.endsWith('.ts') && /process\.std(?:out|err)\.write|console\./.test(readFileSync(new URL(name, root), 'utf8')),
  );
  assert.deepEqual(writers, ['support/report/terminal.ts']);
});
