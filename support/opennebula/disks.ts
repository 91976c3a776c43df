import type { Disk, ListedVirtualMachine } from './pools.ts';

/** The disks that the next backup of a VM holds, and OpenNebula sums up before it. Source: VirtualMachineDisks::backup_size. */
export function backupDisks({
  disks,
  backsUpVolatile,
  chosenDisks,
}: Pick<ListedVirtualMachine, 'disks' | 'backsUpVolatile' | 'chosenDisks'>): readonly Disk[] {
  const kinds = backsUpVolatile ? ['SWAP'] : ['SWAP', 'FS'];
  const kept = disks.filter(({ type }) => !kinds.includes(type.toUpperCase()));
  return chosenDisks.length === 0 ? kept : kept.filter(({ id }) => chosenDisks.includes(id));
}
