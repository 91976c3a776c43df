import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inQuotes, shortened } from '../../support/machines/words.ts';
import fc from '../fuzz.ts';

const word = fc.stringMatching(/^[a-z]{1,9}$/);
const words = fc.array(word, { maxLength: 300 }).map((several) => several.join(' '));

describe('a message that is shortened', () => {
  test('holds what went wrong, wherever in it that stands, in whole words and with nothing cut out of its middle', () => {
    const whys = [
      'Could not open /x: No such file or directory',
      'ssh: connect to host b port 22: Connection refused',
      'jq: command not found',
    ];
    fc.assert(
      fc.property(words, fc.constantFrom(...whys), words, (before, why, behind) => {
        const message = `${before} ${why} ${behind}`.trim();
        const short = shortened(message);
        assert.ok(short.includes(why), short);
        assert.ok(short.length <= 405, `${short.length}`);
        const inner = short.replace(/^… |…$/g, '');
        assert.ok(` ${message} `.includes(` ${inner} `) || message === inner, `${short}\n${message}`);
      }),
    );
  });

  test('stays as it is where it is short, in one line', () => {
    assert.equal(shortened('  a\n b\tc '), 'a b c');
    assert.equal(shortened('x'.repeat(400)), 'x'.repeat(400));
  });

  test('of one endless word is cut', () => assert.equal(shortened('x'.repeat(5000)), `… ${'x'.repeat(400)}`));
});

test('a quotation ends with a whole word', () => {
  const long = 'Welcome to backup01, a machine of the backup team; whoever logs in here without being asked to is seen';
  assert.equal(inQuotes(long), '“Welcome to backup01, a machine of the backup team; whoever logs in here without…”');
  assert.equal(inQuotes('\u001b[2JWelcome\nand more'), '“\\u001b[2JWelcome”');
  assert.equal(inQuotes('\n \n'), 'blank lines');
});
