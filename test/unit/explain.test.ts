import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain, listing, statements } from '../../support/explain.ts';
import { UsageError } from '../../support/outcome.ts';

test('every requirement is explained: what it asks, why, and what to do; in capitals or not', () => {
  for (const { id, title, why } of statements()) {
    const said = explain(id);
    assert.ok(said.startsWith(`${id}  ${title}\n\n${why}`), said);
    assert.match(said, /\n\nStated in features\/.*\.feature\.\n$/);
    assert.equal(explain(id.toLowerCase()), said);
  }
});

test('all of them are listed under the titles of their features', () => {
  const lines = listing().split('\n');
  for (const { id, title, group } of statements()) {
    const at = lines.indexOf(`  ${id}  ${title}`);
    const heading = lines.slice(0, at).findLast((line) => line !== '' && !line.startsWith(' '));
    assert.equal(heading, group, id);
  }
});

test('one that is not there is refused, and those that are are named', () => {
  for (const id of ['BDS-999', '101', '', 'BDS-10'])
    assert.throws(() => explain(id), { name: new UsageError('').name, message: /there is no such requirement\. There are: BDS-101, / });
});
