/**
 * Kills gates at random moments in a cloud full of other people's things, cleans up, and sees that all is as it was before.
 * Usage: npm run interruptions [-- --rounds N --seed S]. A round that fails can be had again by its seed.
 */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { text } from '../../lab/opennebula/tree.ts';
import { messageOf } from '../../support/outcome/errors.ts';
import { mulberry32 } from '../random.ts';
import { Rig, VICTIMS, type Victim } from '../rig.ts';

/** Seconds that a gate of each virtual machine takes at least; it is killed within them. */
const SECONDS = { 0: 12, 1: 20 } as const;

export interface Interruption {
  readonly vm: 0 | 1;
  readonly victim: Victim;
  /** Seconds after the gate was begun. */
  readonly after: number;
  /** What sweeps up: the command, or the next gate. */
  readonly by: 'cleanup' | 'gate';
  /** Somebody else backs the virtual machine up before it is swept. */
  readonly othersAfter: boolean;
}

/** Interruptions at random, the same for the same seed. */
export function* atRandom(seed: number, rounds: number): Generator<Interruption> {
  const random = mulberry32(seed);
  const oneOf = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  for (let round = 0; round < rounds; round += 1) {
    const vm = round % 2 === 0 ? 0 : 1;
    const [after, victim] = [3 + random() * (SECONDS[vm] - 3), oneOf(VICTIMS)];
    yield { vm, victim, after, by: random() < 0.8 ? 'cleanup' : 'gate', othersAfter: vm === 0 && random() < 0.3 };
  }
}

export const inWords = ({ vm, victim, after, by, othersAfter }: Interruption) =>
  `gate of VM ${vm}, ${victim} killed after ${after.toFixed(2)} s${othersAfter ? ', then a backup by somebody else' : ''}, swept by ${by}`;

/** Kills a gate, sweeps up, and compares. Resolves to what the sweeper said. */
export async function interrupt(rig: Rig, { vm, victim, after, by, othersAfter }: Interruption): Promise<string> {
  const site = await rig.site(`vm${vm}.yaml`, vm === 0 ? '' : 's/^test_vm.*/test_vm: { id: 1, name: files01 }/');
  const before = await rig.everything();
  const { ended, signal } = await rig.begin('gate', site);
  await sleep(after * 1000);
  await signal('KILL', victim);
  await ended;
  const journal = await rig.on('frontend01', 'cat .backup-compliance/*/*.jsonl 2> /dev/null || true');
  if (othersAfter) await rig.settled();
  const others = othersAfter ? await rig.othersBackup(vm) : undefined;
  const { exitCode, stdout, stderr } = await rig.suite(by, site);
  const said = `${journal}${stdout}${stderr}`;
  assert.equal(exitCode, 0, said);
  if (others !== undefined) {
    const kept = await rig.lab.openNebula();
    assert.ok(
      kept.images.some((image) => text(image, 'ID') === others),
      `the image of somebody else, ${others}, is gone\n${said}`,
    );
    await rig.on('frontend01', `oneimage delete ${others}`);
    await rig.until('it is deleted', async () => !(await rig.lab.openNebula()).images.some((image) => text(image, 'ID') === others));
  }
  await rig.assertSame(before, said);
  return said;
}

if (import.meta.main) {
  const options = { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: String(Date.now() % 100_000) } } as const;
  const { values } = parseArgs({ options });
  console.log(`seed ${values.seed}`);
  const rig = await new Rig().up();
  let [round, failed] = [0, 0];
  try {
    await rig.plantOthers();
    for (const interruption of atRandom(Number(values.seed), Number(values.rounds))) {
      round += 1;
      const started = Date.now();
      try {
        const said = await interrupt(rig, interruption);
        const removed = said.split('\n').filter((line) => /^ {2}removed:|^Removed again/.test(line)).length;
        console.log(`${round}: ${inWords(interruption)}: as before (${removed} removed, ${Math.round((Date.now() - started) / 1000)} s)`);
      } catch (error) {
        failed += 1;
        console.log(`${round}: ${inWords(interruption)}: NOT as before\n${messageOf(error)}`);
        await rig.suite('cleanup');
      }
    }
  } finally {
    await rig.down();
  }
  console.log(failed === 0 ? `${round} interruptions, nothing left behind` : `${failed} of ${round} interruptions left something behind`);
  process.exitCode = failed === 0 ? 0 : 1;
}
