/** Everything that can be broken in a lab, by name. */
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
