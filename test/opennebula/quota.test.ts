import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptOf } from '../../support/opennebula/kept.ts';
import { parseQuota, parseUser } from '../../support/opennebula/quota.ts';
import { recordedIn } from '../answers.ts';
import { evidence } from '../made.ts';

const bob = recordedIn('7.4.0/second/s-disks/26-user-show-x');
const NONE = Number.POSITIVE_INFINITY;

/** A user with these entries of datastores, and defaults. */
const user = (own: string, byDefault = '') =>
  `<USER><ID>2</ID><NAME>bob</NAME><DATASTORE_QUOTA>${own}</DATASTORE_QUOTA><DEFAULT_USER_QUOTAS><DATASTORE_QUOTA>${byDefault}</DATASTORE_QUOTA></DEFAULT_USER_QUOTAS></USER>`;
const entry = (images: string, size = '-1', used = '3', sizeUsed = '41', id = '100') =>
  `<DATASTORE><ID>${id}</ID><IMAGES>${images}</IMAGES><IMAGES_USED>${used}</IMAGES_USED><SIZE>${size}</SIZE><SIZE_USED>${sizeUsed}</SIZE_USED></DATASTORE>`;

test('the quota of a user as recorded', () => {
  assert.deepEqual(parseQuota(bob, '2', '100'), { images: 1, imagesUsed: 0, sizeMb: NONE, sizeUsedMb: 0 });
  assert.deepEqual(parseQuota(bob, '2', '101'), { images: NONE, imagesUsed: 0, sizeMb: NONE, sizeUsedMb: 0 });
});

test('a user sees all objects who is oneadmin, or of its group', () => {
  const { seesAll, ...who } = parseUser(bob);
  assert.deepEqual({ who, seesAll }, { who: { id: '2', name: 'bob' }, seesAll: false });
  const sees = (id: string, first: string, ...groups: string[]) =>
    parseUser(
      `<USER><ID>${id}</ID><GID>${first}</GID><GROUPS>${groups.map((group) => `<ID>${group}</ID>`).join('')}</GROUPS><NAME>x</NAME></USER>`,
    ).seesAll;
  assert.deepEqual(
    [sees('0', '1', '1'), sees('1', '0', '0'), sees('7', '1', '1', '0'), sees('7', '1', '1', '10')],
    [true, true, true, false],
  );
});

test('what is not limited is as by default, unless it is said to be unlimited', () => {
  const of = (own: string, byDefault?: string) => {
    const { images, sizeMb } = parseQuota(user(own, byDefault), '2', '100');
    return [images, sizeMb];
  };
  assert.deepEqual(of(entry('-1', '500'), entry('7', '900')), [7, 500]);
  assert.deepEqual(of('', entry('7', '900')), [7, 900]);
  assert.deepEqual(of(entry('-2', '-2'), entry('7', '900')), [NONE, NONE]);
  assert.deepEqual(of(entry('0', '0'), entry('7', '900')), [0, 0]);
  assert.deepEqual(of(entry('5', '5', '3', '41', '7')), [NONE, NONE]);
});

test('another user, or no number, is no quota', () => {
  assert.throws(() => parseQuota(bob, '3', '100'), /found user 2, not 3/);
  assert.throws(() => parseQuota(user(entry('many')), '2', '100'), /no number in a quota of datastore 100/);
  assert.throws(() => parseQuota(user(entry('5', '5', 'few')), '2', '100'), /no number/);
});

test('of a user no more is kept than what is judged: no password, and no hash of one', () => {
  const { stdout } = keptOf(evidence({ stdout: bob }));
  assert.doesNotMatch(stdout, /PASSWORD|da7655b5|680815288f|AUTH_DRIVER|TEMPLATE/);
  assert.match(stdout, /<IMAGES><!\[CDATA\[1\]\]><\/IMAGES>/);
  assert.deepEqual(parseQuota(stdout, '2', '100'), parseQuota(bob, '2', '100'));
  // Nor of one that is cut off, or that is part of more.
  for (const text of [bob.slice(0, 450), `warning: old\n${bob}`, `<USER_POOL>${bob}${bob}</USER_POOL>`])
    assert.doesNotMatch(keptOf(evidence({ stdout: text })).stdout, /da7655b5|680815288f/);
});
