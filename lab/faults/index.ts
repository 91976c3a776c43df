/** Everything that can be broken in a lab, by name. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean } from '../../support/outcome/similar.ts';
import { type Lab, naming } from '../machines/lab.ts';
import { bridges } from './bridges.ts';
import { driver } from './driver.ts';
import { type Fault, textOf } from './fault.ts';
import { guests } from './guests.ts';
import { opennebula } from './opennebula.ts';
import { unprotected } from './production.ts';
import { programs } from './programs.ts';
import { restores } from './restores.ts';
import { ssh } from './ssh.ts';
import { storage } from './storage.ts';

export const FAULTS: Readonly<Record<string, Fault>> = {
  ...ssh,
  ...programs,
  ...storage,
  ...driver,
  ...bridges,
  ...opennebula,
  ...unprotected,
  ...restores,
  ...guests,
};

export function faultNamed(name: string): Fault {
  const found = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
  const names = Object.keys(FAULTS);
  if (!found) throw new Error(`unknown fault '${name}'.${didYouMean(name, names)} Faults: ${names.join(', ')}`);
  return found;
}

const memoOf = (lab: Lab, name: string) => join(lab.dir, 'broken', name);

/** The names of what is broken now. */
export const brokenFaults = (lab: Lab): string[] => readdirSync(join(lab.dir, 'broken'));

/** Breaks one thing, looks whether it is broken, and keeps what is needed to repair it. */
export async function breakFault(lab: Lab, name: string): Promise<void> {
  const fault = faultNamed(name);
  const repair = `npm run -s lab -- repair ${name}${naming(lab.name)}`;
  if (await fault.isBroken(lab)) throw new Error(`${name} is broken already in lab ${lab.name}. Repair it: ${repair}`);
  writeFileSync(memoOf(lab, name), textOf(await fault.break(lab)));
  if (!(await fault.isBroken(lab)))
    throw new Error(`${name} was broken in lab ${lab.name}, but does not look broken. Undo what was done: ${repair}`);
}

/** Makes whole what `breakFault` broke, and looks whether it is. */
export async function repairFault(lab: Lab, name: string): Promise<void> {
  const fault = faultNamed(name);
  const memo = memoOf(lab, name);
  if (!existsSync(memo)) throw new Error(`${name} is not broken in lab ${lab.name}. Broken are: ${brokenFaults(lab).join(', ') || 'none'}`);
  await fault.repair(lab, readFileSync(memo, 'utf8'));
  rmSync(memo);
  if (await fault.isBroken(lab)) throw new Error(`${name} was repaired in lab ${lab.name}, but still looks broken`);
}
