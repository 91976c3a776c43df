import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from '../../support/outcome/similar.ts';

const known = ['rsync_host', 'rsync_user', 'path', 'Mounted'];

for (const [word, meant] of [
  ['rsync_hots', 'rsync_host'],
  ['RSYNC_HOST', 'rsync_host'],
  ['mountd', 'Mounted'],
  ['pat', 'path'],
  ['xyz', undefined],
  ['password', undefined],
  ['', undefined],
] as const)
  test(`“${word}” is ${meant === undefined ? 'near nothing' : `near “${meant}”`}`, () =>
    assert.equal(didYouMean(word, known), meant === undefined ? '' : ` Did you mean “${meant}”?`));

test('where nothing is known, nothing was meant', () => assert.equal(didYouMean('x', []), ''));
