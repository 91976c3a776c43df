/** Some worlds of each kind; `npm run verdicts` tries all there are. And what all tables have in common. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { FAULTS } from '../../lab/faults/index.ts';
import { unprotected } from '../../lab/faults/production.ts';
import { Rig } from '../rig.ts';
import { driverDisagrees, isOfTheRoad } from './driver.ts';
import { differences, judge, type Verdict } from './judge.ts';
import { allWorlds, inWorld, listed } from './load.ts';

const worlds = await allWorlds();

it('every world that ever was is there', () => {
  const names = new Set(worlds.map(({ group, name, outcome }) => `${group}/${name}.${outcome}`));
  assert.deepEqual(
    listed().filter((name) => !names.has(name)),
    [],
  );
  assert.equal(new Set(worlds.map(({ name }) => name)).size, worlds.length, 'no two have the same name');
});

it('in a benign world nothing flips', () => {
  for (const { name, outcome, flips } of worlds.filter(({ group }) => group === 'benign'))
    assert.deepEqual([outcome, flips], ['met', {}], name);
});

it('a world says which words each reason must hold, but for those that are blocked or met', () => {
  const silent = worlds.flatMap(({ name, flips, reasons }) =>
    Object.entries(flips).flatMap(([id, outcome]) =>
      outcome !== 'blocked' && outcome !== 'met' && !reasons[id]?.length ? [`${name}: ${id}`] : [],
    ),
  );
  assert.deepEqual(silent, []);
});

it('every fault that has a name is a world that is looked at by what finds it', () => {
  const used = new Set(
    worlds.flatMap(({ faultName, fault, profile }) => (faultName !== undefined && profile === fault.profile ? [faultName] : [])),
  );
  // Those of production have worlds as soon as there are the requirements that judge them.
  assert.deepEqual([...new Set([...used, ...Object.keys(unprotected)])].sort(), Object.keys(FAULTS).sort());
});

it('a world of another release, with production or with bridge hosts is none that the tests try in a lab of the newest without', () => {
  const others = worlds.filter(
    ({ release, production, bridges, name }) => (release !== undefined || production || bridges) && first.includes(name),
  );
  assert.deepEqual(others, []);
});

const first = [
  ...['sshd-down', 'authkeys-missing-on-backup', 'agent-stopped', 'host-sshd-down', 'noisy-bashrc-on-backup'],
  ...['rsync-missing-on-backup', 'datastore-missing', 'oned-down'],
];

describe('a broken cloud', () => {
  const cloud = Rig.forTests();
  let whole: Verdict;

  before(async () => {
    whole = (await judge(cloud.lab, cloud.reports)).verdict;
  });

  for (const world of worlds.filter(({ name }) => first.includes(name))) {
    it(`${world.name} flips what it must, for the right reason, and nothing else`, async () => {
      const faults = await inWorld(cloud.lab, world, async () => {
        const judged = await judge(cloud.lab, cloud.reports, world);
        const besides = isOfTheRoad(world) ? await driverDisagrees(cloud.lab, judged.verdict) : [];
        return [...differences(whole, judged, world), ...besides];
      });
      assert.deepEqual(faults, []);
    });
  }

  it('is whole again after all repairs', async () => {
    const { exitCode, stdout } = await cloud.suite('audit');
    assert.equal(exitCode, 0, stdout);
  });
});
