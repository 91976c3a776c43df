import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roadOf } from '../../support/facts/road.ts';
import { frontend01, login, looked, storedKey, wholeCloud } from '../made.ts';

test('backups go to the datastore by its id, and to the server by its host key: the one that OpenNebula has saved', () => {
  const { frontend, server, site } = wholeCloud();
  assert.deepEqual(roadOf({ frontend, server, site }), { id: '100', hostKey: storedKey.fingerprint });
  const savedLogin = login(frontend01, { hostKey: { ...storedKey, fingerprint: 'SHA256:of the saved' } });
  assert.equal(roadOf({ frontend, server: { ...server, savedLogin }, site })?.hostKey, 'SHA256:of the saved');
  assert.equal(roadOf({ frontend, server: { ...server, savedLogin: login(frontend01, { hostKey: undefined }) }, site }), undefined);
  assert.equal(roadOf({ frontend: { datastores: looked([], 'datastores') }, server, site }), undefined);
});
