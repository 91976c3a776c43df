import type { Machines } from '../facts/cloud.ts';
import { look, waitUntil } from '../opennebula/ask.ts';
import { type ListedVirtualMachine, parseVirtualMachines } from '../opennebula/pools.ts';
import type { Evidence, Read } from '../outcome/evidence.ts';

/** Virtual machines that were started from what was restored: what was removed, and what is left, in words. */
export interface Ended {
  readonly undone: readonly string[];
  readonly left: readonly string[];
}

/** States of which OpenNebula is asked in vain to terminate. */
const isStuck = ({ state }: ListedVirtualMachine): boolean => state.endsWith('FAILURE') || ['PROLOG', 'BOOT'].includes(state);

/** Ends virtual machines of these names, which are of a run's own, and waits until they are gone. */
export async function endMachines(
  { onFrontend, site }: Machines,
  { names, not, evidence }: { names: readonly string[]; not: string; evidence: Evidence[] },
): Promise<Read<Ended>> {
  const { command: deadline, cleanup } = site.deadlines;
  const ours = (xml: string) => parseVirtualMachines(xml).filter(({ id, name }) => names.includes(name) && id !== not);
  const list = () => look(onFrontend, ['onevm', 'list', '-x'], ours, deadline);
  const found = await list();
  evidence.push(...found.evidence);
  if ('fault' in found) return found;
  if (found.value.length === 0) return { value: { undone: [], left: [] } };
  for (const vm of found.value) {
    const ended = await onFrontend.run({ argv: ['onevm', 'terminate', '--hard', vm.id], deadline });
    evidence.push(ended);
    if (ended.exitCode !== 0 && isStuck(vm))
      evidence.push(await onFrontend.run({ argv: ['onevm', 'recover', '--delete', vm.id], deadline }));
  }
  const last = await waitUntil(list, (vms) => vms.length === 0, { deadline: cleanup });
  evidence.push(...last.evidence);
  if ('fault' in last) return last;
  const isLeft = ({ id }: ListedVirtualMachine) => last.value.some((vm) => vm.id === id);
  return {
    value: {
      undone: found.value.filter((vm) => !isLeft(vm)).map(({ id, name }) => `virtual machine ${id} “${name}”`),
      left: last.value.map(
        ({ id, state }) =>
          `virtual machine ${id} (${state}): remove it with onevm terminate --hard ${id}, or else onevm recover --delete ${id}`,
      ),
    },
  };
}
