/** All worlds there are, off their tables, and how a lab is brought into one and out again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sh, textOf } from '../../lab/faults/fault.ts';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import type { Lab } from '../../lab/machines/lab.ts';
import { TEMPLATE } from './faults.ts';
import { type Row, type World, worldOf } from './world.ts';

/** Every world, by table and key. */
export async function allWorlds(): Promise<World[]> {
  const files = readdirSync(import.meta.dirname).filter((file) => /^(BDS-\d+|benign.*)\.ts$/.test(file));
  const tables = files.toSorted().map(async (file) => {
    const { default: table } = (await import(join(import.meta.dirname, file))) as { default: Record<string, Row> };
    return Object.entries(table).map(([key, row]) => worldOf(file.replace(/(-[a-z]+)?\.ts$/, ''), key, row));
  });
  return (await Promise.all(tables)).flat();
}

/** `BDS-204/disk-full.not-met`, a line each: the list of all worlds that must be there. */
export const listed = (): string[] =>
  readFileSync(join(import.meta.dirname, 'names.txt'), 'utf8')
    .trimEnd()
    .split('\n');

/** Brings a lab into a world, sees that it is there, looks, and brings the lab out again. */
export async function inWorld<T>(lab: Lab, { name, fault, faultName, profile }: World, look: () => Promise<T>): Promise<T> {
  if (faultName !== undefined && profile === undefined) {
    await breakFault(lab, faultName);
    return look().finally(() => repairFault(lab, faultName));
  }
  if (await fault.isBroken(lab)) throw new Error(`${name}: it looks broken before anything was broken`);
  const memo = textOf(await fault.break(lab));
  const heal = async () => {
    // A set-up writes it, and a lab has none.
    if (profile === 'setup') await sh(lab, 'frontend01', `rm -f ${TEMPLATE}*`);
    await fault.repair(lab, memo);
  };
  if (!(await fault.isBroken(lab))) {
    await heal();
    throw new Error(`${name}: it was broken, but does not look it: it would prove nothing`);
  }
  const seen = await look().finally(heal);
  if (await fault.isBroken(lab)) throw new Error(`${name}: it was repaired, and still looks broken`);
  return seen;
}
