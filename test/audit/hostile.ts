/** Hypervisors that do not behave, among many that do: each costs its own deadline, and says nothing of the others. `npm run interruptions` tries it. */

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { together } from '../../lab/faults/fault.ts';
import type { Result } from '../../lab/machines/lab.ts';
import { Rig } from '../rig.ts';
import { type Hostile, hostile } from '../worlds/hostile.ts';
import { siteOf } from '../worlds/judge.ts';

const HOSTS = 100;
/** One with no name server makes the front-end ask it for the other's name, too. */
const kinds = Object.entries<Hostile>(hostile).filter(([kind]) => kind !== 'nameless');
/** Every hypervisor but the first few is good until the next of these. */
const victims = new Map(kinds.map((kind, index) => [`kvm${String(index + 4).padStart(2, '0')}`, kind]));
const deadlines = { connect: 4, command: 6 };

describe(`${kinds.length} hostile hypervisors of ${HOSTS}`, () => {
  const rig = Rig.forTests({ hosts: HOSTS });
  const fault = together(
    '',
    [...victims].map(([on, [, { fault: of }]]) => of(on)),
    () => Promise.resolve(true),
  );
  let running: string[] = [];
  let ran: Result;
  let seconds = 0;

  before(async () => {
    await fault.break(rig.lab);
    const broken = [...victims].map(async ([on, [kind, { fault: of }]]) =>
      assert.ok(await of(on).isBroken(rig.lab), `${kind} on ${on} does not look it`),
    );
    await Promise.all(broken);
    running = await rig.processes();
    const site = await siteOf(rig.lab, { deadlines });
    const start = performance.now();
    ran = await rig.suite('audit', site);
    seconds = (performance.now() - start) / 1000;
  });
  it('are judged each by itself, and the others as ever', () => {
    assert.equal(ran.exitCode, 1, ran.stdout);
    const { subjects = [] } = rig.requirement(102);
    assert.equal(subjects.length, HOSTS);
    for (const { name, outcome, reason } of subjects) {
      const [kind, expected] = victims.get(name.split('.')[0] ?? '') ?? [];
      assert.equal(outcome, expected?.outcome ?? 'met', `${name}, ${kind ?? 'sound'}: ${reason}`);
      assert.match(reason, expected?.reason ?? /^$/, `${name}, ${kind}`);
    }
    for (const { id, outcome, reason, subjects: judged = [] } of rig.latest.requirements) {
      const concerned = judged.filter(({ outcome: of }) => of !== 'met').map(({ name }) => name.split('.')[0] ?? '');
      for (const name of concerned) assert.ok(victims.has(name), `${id} of ${name}, which is sound`);
      if (judged.length === 0) assert.match(outcome, /^(met|not-applicable)$/, `${id}: ${reason}`);
    }
  });

  it('do not keep the run beyond its deadline', () => {
    assert.ok(seconds < 120 + 2 * HOSTS, `${seconds} s`);
  });

  it('keep no process of ours', () => rig.assertEnded(running));
});
