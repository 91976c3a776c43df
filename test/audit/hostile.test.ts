/** Hypervisors that do not behave, among many that do: each costs its own deadline, and says nothing of the others. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { together } from '../../lab/faults/fault.ts';
import { type Hostile, hostile } from '../worlds/hostile.ts';
import { siteOf } from '../worlds/judge.ts';
import { TestLab } from './lab.ts';

/** `npm run interruptions` tries it among a hundred. */
const HOSTS = process.env.ALL_FAILURES ? 100 : 20;
/** One with no name server makes the front-end ask it for the other's name, too. */
const kinds = Object.entries<Hostile>(hostile).filter(([kind]) => kind !== 'nameless');
/** Every hypervisor but the first few is good until the next of these. */
const victims = new Map(kinds.map((kind, index) => [`kvm${String(index + 4).padStart(2, '0')}`, kind]));
const deadlines = { connect: 4, command: 6 };

describe(`${kinds.length} hostile hypervisors of ${HOSTS}`, () => {
  const cloud = new TestLab('hostile', { hosts: HOSTS });
  const fault = together(
    '',
    [...victims].map(([on, [, { fault: of }]]) => of(on)),
    () => Promise.resolve(true),
  );
  const processes = async () => {
    const lists = await Promise.all(
      cloud.lab.machines.map(async ({ name }) => {
        const { stdout } = await cloud.lab.shell(name, ['/bin/sh', '-c', 'ps -eo args= | grep -v "^ps \\|^/bin/sh\\|^grep"']);
        // What the hostile ones themselves have started is theirs.
        return stdout
          .split('\n')
          .filter((line) => line && !/^(perl -e|sleep 6000)/.test(line))
          .map((line) => `${name}: ${line}`);
      }),
    );
    return lists.flat().toSorted();
  };
  let running: string[] = [];
  let ran: Awaited<ReturnType<TestLab['audit']>>;
  let seconds = 0;

  before(async () => {
    await fault.break(cloud.lab);
    for (const [on, [kind, { fault: of }]] of victims) assert.ok(await of(on).isBroken(cloud.lab), `${kind} on ${on} does not look it`);
    running = await processes();
    const site = await siteOf(cloud.lab, { deadlines });
    const start = performance.now();
    ran = await cloud.audit(site);
    seconds = (performance.now() - start) / 1000;
  });
  it('are judged each by itself, and the others as ever', () => {
    assert.equal(ran.exitCode, 1, ran.stdout);
    const { machines = [] } = cloud.requirement('BDS-102');
    assert.equal(machines.length, HOSTS);
    for (const { name, outcome, reason } of machines) {
      const [kind, expected] = victims.get(name.split('.')[0] ?? '') ?? [];
      assert.equal(outcome, expected?.outcome ?? 'met', `${name}, ${kind ?? 'sound'}: ${reason}`);
      assert.match(reason, expected?.reason ?? /^$/, `${name}, ${kind}`);
    }
    for (const { id, outcome, reason, machines: judged = [] } of cloud.latest.requirements) {
      const concerned = judged.filter(({ outcome: of }) => of !== 'met').map(({ name }) => name.split('.')[0] ?? '');
      for (const name of concerned) assert.ok(victims.has(name), `${id} of ${name}, which is sound`);
      if (judged.length === 0) assert.match(outcome, /^(met|not-applicable)$/, `${id}: ${reason}`);
    }
  });

  it('do not keep the run beyond its deadline', () => {
    assert.ok(seconds < 120 + 2 * HOSTS, `${seconds} s`);
  });

  it('keep no process of ours', async () => {
    let left = ['?'];
    for (let waited = 0; left.length > 0 && waited < 10; waited += 1) {
      await sleep(1000);
      const now = await processes();
      left = now.filter((line) => !running.includes(line));
    }
    assert.deepEqual(left, []);
  });
});
