/** The worlds that the first way through must tell apart; `npm run verdicts` tries all there are. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { WORLDS } from '../../lab/worlds/index.ts';
import type { VerdictFile } from '../../support/report/files.ts';
import { TestLab } from '../audit/lab.ts';
import { expected } from './expected.ts';
import { differences } from './judge.ts';

const first = [
  'sshd-down',
  'server-frozen',
  'authkeys-missing-on-backup',
  'agent-stopped',
  'host-sshd-down',
  'noisy-bashrc-on-backup',
  'rsync-missing-on-backup',
  'datastore-missing',
  'oned-down',
];

it('there is an expectation for every world, and a world for every expectation', () => {
  assert.deepEqual(Object.keys(expected).sort(), WORLDS.map(({ name }) => name).sort());
});

describe('a broken cloud', () => {
  const cloud = new TestLab('worlds');
  let whole: VerdictFile;

  before(async () => {
    await cloud.audit();
    whole = cloud.latest;
  });

  for (const world of first) {
    it(`${world} flips what it must, for the right reason, and nothing else`, async () => {
      const { exitCode } = await cloud.broken(world, () => cloud.audit());
      assert.deepEqual(differences(whole, { file: cloud.latest, exitCode }, expected[world] ?? assert.fail(world)), []);
    });
  }

  it('is whole again after all repairs', async () => {
    const { exitCode, stdout } = await cloud.audit();
    assert.equal(exitCode, 0, stdout);
  });
});
