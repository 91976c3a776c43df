/** All worlds there are, off their files, and how a lab is brought into one and out again. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Lab } from '../../lab/machines/lab.ts';
import { breakFault, repairFault, worldNamed } from '../../lab/worlds/index.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import type { World } from './world.ts';

export interface NamedWorld {
  readonly name: string;
  /** BDS-101, or benign. */
  readonly group: string;
  /** What the file's name says that the group's requirement comes to. */
  readonly outcome: Outcome;
  readonly what: string;
  readonly world: World;
}

/** Every world, by group and name. */
export async function allWorlds(): Promise<NamedWorld[]> {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => /^[\w-]+\/.*\.ts$/.test(file));
  return Promise.all(
    files.toSorted().map(async (file) => {
      const [, name = '', outcome = ''] = /^(.*)\.([a-z-]+)\.ts$/.exec(file.slice(dirname(file).length + 1)) ?? [];
      const { default: world } = (await import(join(import.meta.dirname, file))) as { default: World };
      const what = 'lab' in world ? worldNamed(world.lab).what : world.what;
      return { name, group: dirname(file), outcome: outcome as Outcome, what, world };
    }),
  );
}

/** Brings a lab into a world, sees that it is there, looks, and brings the lab out again. */
export async function inWorld<T>(lab: Lab, { name, world }: NamedWorld, look: () => Promise<T>): Promise<T> {
  if ('lab' in world) {
    await breakFault(lab, world.lab);
    return look().finally(() => repairFault(lab, world.lab));
  }
  if (await world.isBroken(lab)) throw new Error(`${name}: it looks broken before anything was broken`);
  const memo = await world.break(lab);
  const heal = () => world.repair(lab, typeof memo === 'string' ? memo : '');
  if (!(await world.isBroken(lab))) {
    await heal();
    throw new Error(`${name}: it was broken, but does not look it: it would prove nothing`);
  }
  const seen = await look().finally(heal);
  if (await world.isBroken(lab)) throw new Error(`${name}: it was repaired, and still looks broken`);
  return seen;
}
