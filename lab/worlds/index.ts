/** Everything that can be broken in a lab, by name. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lab, naming } from '../machines/lab.ts';
import { access } from './access.ts';
import { opennebula } from './opennebula.ts';
import { programs } from './programs.ts';
import { storage } from './storage.ts';
import type { World } from './tools.ts';

export const WORLDS: World[] = [...access, ...programs, ...storage, ...opennebula];

export function worldNamed(name: string): World {
  const found = WORLDS.find((world) => world.name === name);
  if (!found) throw new Error(`There is no world "${name}". What can be broken: ${WORLDS.map((world) => world.name).join(', ')}`);
  return found;
}

const memoOf = (lab: Lab, name: string) => join(lab.dir, 'broken', name);

/** The names of what is broken now. */
export const brokenFaults = (lab: Lab): string[] => readdirSync(join(lab.dir, 'broken'));

/** Breaks one thing, looks whether it is broken, and keeps what is needed to repair it. */
export async function breakFault(lab: Lab, name: string): Promise<void> {
  const world = worldNamed(name);
  if (await world.isBroken(lab))
    throw new Error(`${name} is broken already in lab ${lab.name}. Repair it: npm run -s lab -- repair ${name}${naming(lab.name)}`);
  const memo = await world.break(lab);
  writeFileSync(memoOf(lab, name), typeof memo === 'string' ? memo : '');
  if (!(await world.isBroken(lab)))
    throw new Error(
      `${name} was broken in lab ${lab.name}, but does not look broken. Undo what was done: npm run -s lab -- repair ${name}${naming(lab.name)}`,
    );
}

/** Makes whole what `breakFault` broke, and looks whether it is. */
export async function repairFault(lab: Lab, name: string): Promise<void> {
  const world = worldNamed(name);
  const memo = memoOf(lab, name);
  if (!existsSync(memo)) throw new Error(`${name} is not broken in lab ${lab.name}. Broken are: ${brokenFaults(lab).join(', ') || 'none'}`);
  await world.repair(lab, readFileSync(memo, 'utf8'));
  rmSync(memo);
  if (await world.isBroken(lab)) throw new Error(`${name} was repaired in lab ${lab.name}, but still looks broken`);
}
