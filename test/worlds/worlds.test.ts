/** Some worlds of each kind; `npm run verdicts` tries all there are. And what all their files have in common. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { WORLDS } from '../../lab/worlds/index.ts';
import type { VerdictFile } from '../../support/archive/files.ts';
import { TestLab } from '../audit/lab.ts';
import { differences, judge } from './judge.ts';
import { allWorlds, inWorld } from './load.ts';

const worlds = await allWorlds();

it('the name of a world’s file says what its requirement comes to', () => {
  for (const { name, group, outcome, world } of worlds) {
    if (group === 'benign') assert.deepEqual([outcome, world.flips], ['met', {}], `${group}/${name}`);
    else assert.equal(outcome, world.flips[group] ?? 'met', `${group}/${name}`);
  }
  assert.equal(new Set(worlds.map(({ name }) => name)).size, worlds.length, 'no two have the same name');
});

it('a world says which words each reason must hold, but for those that are blocked or met', () => {
  const silent = worlds.flatMap(({ name, world: { flips, reasons } }) =>
    Object.entries(flips).flatMap(([id, outcome]) =>
      outcome !== 'blocked' && outcome !== 'met' && !reasons[id]?.length ? [`${name}: ${id}`] : [],
    ),
  );
  assert.deepEqual(silent, []);
});

it('what the lab can break is a world each', () => {
  const used = worlds.flatMap(({ world }) => ('lab' in world ? [world.lab] : []));
  assert.deepEqual(used.sort(), WORLDS.map(({ name }) => name).sort());
});

const first = [
  ...['sshd-down', 'authkeys-missing-on-backup', 'agent-stopped', 'host-sshd-down', 'noisy-bashrc-on-backup'],
  ...['rsync-missing-on-backup', 'datastore-missing', 'oned-down'],
];

describe('a broken cloud', () => {
  const cloud = new TestLab('worlds');
  let whole: VerdictFile;

  before(async () => {
    whole = (await judge(cloud.lab, cloud.reports)).file;
  });

  for (const named of worlds.filter(({ name }) => first.includes(name))) {
    it(`${named.name} flips what it must, for the right reason, and nothing else`, async () => {
      const judged = await inWorld(cloud.lab, named, () => judge(cloud.lab, cloud.reports, named.world));
      assert.deepEqual(differences(whole, judged, named.world), []);
    });
  }

  it('is whole again after all repairs', async () => {
    const { exitCode, stdout } = await cloud.audit();
    assert.equal(exitCode, 0, stdout);
  });
});
