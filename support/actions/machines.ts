import type { Machines } from '../facts/cloud.ts';
import { look, waitUntil } from '../opennebula/ask.ts';
import { type ListedVirtualMachine, parseVirtualMachines } from '../opennebula/pools.ts';
import type { Evidence, Read } from '../outcome/evidence.ts';

/** VMs of a run's own: what was removed, and what is left, by its id and in words. */
export interface Ended {
  readonly undone: readonly string[];
  readonly left: readonly { readonly id: string; readonly why: string }[];
}

/** States of which OpenNebula is asked in vain to terminate. */
const isStuck = ({ state }: ListedVirtualMachine): boolean => state.endsWith('FAILURE') || ['PROLOG', 'BOOT'].includes(state);

/** Which VMs of a run's own are to end. */
interface Wanted {
  readonly names: readonly string[];
  /** The id of one that is nobody's to end. */
  readonly not: string;
  /** Does something with each before it is asked to end. */
  readonly before?: (vm: ListedVirtualMachine) => Promise<unknown>;
  readonly evidence: Evidence[];
}

/** Ends VMs of these names, and waits until they are gone. One that is in BACKUP, or refuses, is asked again in its next state. */
export async function endMachines({ onFrontend, site }: Machines, { names, not, before, evidence }: Wanted): Promise<Read<Ended>> {
  const { command: deadline, cleanup } = site.deadlines;
  const ours = (xml: string) => parseVirtualMachines(xml).filter(({ id, name }) => names.includes(name) && id !== not);
  const list = () => look(onFrontend, ['onevm', 'list', '-x'], ours, deadline);
  const found = await list();
  evidence.push(...found.evidence);
  if ('fault' in found) return found;
  if (found.value.length === 0) return { value: { undone: [], left: [] } };
  const seen = new Map<string, ListedVirtualMachine>();
  /** The state in which each was asked; of one that agreed any. */
  const asked = new Map<string, string | true>();
  const end = async (vm: ListedVirtualMachine) => {
    if (!seen.has(vm.id)) await before?.(vm);
    seen.set(vm.id, vm);
    if (vm.inBackup || asked.get(vm.id) === true || asked.get(vm.id) === vm.state) return;
    const ended = await onFrontend.run({ argv: ['onevm', 'terminate', '--hard', vm.id], deadline });
    evidence.push(ended);
    asked.set(vm.id, ended.exitCode === 0 || vm.state);
    if (ended.exitCode !== 0 && isStuck(vm))
      evidence.push(await onFrontend.run({ argv: ['onevm', 'recover', '--delete', vm.id], deadline }));
  };
  const endAll = async () => {
    const looked = await list();
    for (const vm of 'value' in looked ? looked.value : []) await end(vm);
    return looked;
  };
  for (const vm of found.value) await end(vm);
  const last = await waitUntil(endAll, (vms) => vms.length === 0, { deadline: cleanup });
  evidence.push(...last.evidence);
  if ('fault' in last) return last;
  const isLeft = ({ id }: ListedVirtualMachine) => last.value.some((vm) => vm.id === id);
  return {
    value: {
      undone: [...seen.values()].filter((vm) => !isLeft(vm)).map(({ id, name }) => `VM ${id} “${name}”`),
      left: last.value.map(({ id, state }) => ({
        id,
        why: `VM ${id} (${state}): remove it with onevm terminate --hard ${id}, or else onevm recover --delete ${id}`,
      })),
    },
  };
}
