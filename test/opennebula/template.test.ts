/** The template parser: what it takes, and what it says to the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate } from '../../lab/opennebula/template.ts';

test('attributes are sorted, capitalised, unquoted; repeated ones are kept', () => {
  const source = '# a comment\nname = "a \\"b\\""\n\nB=unquoted\nEMPTY=\nDISK = [ b = "2",\n  A = one ]\nDISK=[]\n';
  assert.deepEqual(parseTemplate(source), {
    B: 'unquoted',
    DISK: [{ A: 'one', B: '2' }, {}],
    EMPTY: '',
    NAME: 'a "b"',
  });
});

test('nothing is a template too', () => {
  assert.deepEqual(parseTemplate('\n\n# nothing\n'), {});
});

const ERRORS: [string, string][] = [
  ['NAME "x"\n', 'unexpected VARIABLE, expecting EQUAL or EQUAL_EMPTY at line 0, columns 7:8'],
  ['NAME = two words\n', 'unexpected $end, expecting EQUAL or EQUAL_EMPTY at line 1, columns 17:18'],
  ['NAME =', 'unexpected $end, expecting OBRACKET or CCDATA or STRING at line 0, columns 5:7'],
  [', NAME = "x"\n', 'unexpected COMMA, expecting $end at line 0, columns 1:3'],
  ['D = [ A = "1" B = "2" ]\n', 'unexpected VARIABLE, expecting COMMA or CBRACKET at line 0, columns 15:16'],
  ['D = [ A "1" ]\n', 'unexpected VARIABLE, expecting EQUAL at line 0, columns 10:11'],
  ['D = [ A = "1", ]\n', 'unexpected CBRACKET, expecting VARIABLE at line 1, columns 16:18'],
  ['NÄME = "x"\n', 'unexpected VARIABLE, expecting EQUAL or EQUAL_EMPTY at line 0, columns 4:6'],
];
for (const [source, message] of ERRORS) {
  test(`refuses ${JSON.stringify(source)}`, () => {
    assert.throws(() => parseTemplate(source), { message: `Parse error: syntax error, ${message}` });
  });
}
