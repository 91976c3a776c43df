import type { Cloud } from '../facts/cloud.ts';
import { UsageError } from '../outcome/errors.ts';

/**
 * Sees that a restore test would touch the VM that was meant, and no more of the cloud than was meant. Where OpenNebula cannot
 * be asked, the run begins all the same, and says so.
 * @throws UsageError naming the setting that is missing or wrong.
 */
export async function requireTestVm(cloud: Cloud): Promise<void> {
  const { site } = cloud;
  const { test_vm: declared, restore } = site;
  try {
    if (!declared)
      throw new UsageError(
        'test_vm: missing. A gate makes a test backup of a VM that is not in production: declare its id and name in the site file.',
      );
    const { virtualMachines, datastores } = await cloud.frontend();
    if ('fault' in virtualMachines || 'fault' in datastores) return;
    const vm = virtualMachines.value.find(({ id }) => id === String(declared.id));
    const same = virtualMachines.value.find(({ name }) => name === declared.name);
    if (vm?.name !== declared.name) {
      const found = vm ? `VM ${vm.id} is “${vm.name}”` : `there is no VM ${declared.id}`;
      const other = same ? `, and “${same.name}” is ${same.id}` : '';
      throw new UsageError(
        `test_vm: expected VM ${declared.id} to be “${declared.name}”, found in OpenNebula that ${found}${other}. The gate touches none whose id and name do not both match; correct the site file.`,
      );
    }
    if (vm.diskMb > declared.max_size)
      throw new UsageError(
        `test_vm.max_size: the disks of “${vm.name}” (${vm.id}) are ${vm.diskMb} MiB together, expected at most ${declared.max_size} MiB. Declare a smaller VM, or a larger max_size.`,
      );
    const [target, ...others] = datastores.value.filter(({ name }) => name === restore.datastore);
    if (target && others.length > 0)
      throw new UsageError(
        `restore.datastore: expected one datastore “${restore.datastore}”, found ${others.length + 1} in OpenNebula: ${[target, ...others].map(({ id }) => id).join(', ')}. Rename one, or name another.`,
      );
    if (target?.type !== 'img')
      throw new UsageError(
        `restore.datastore: expected “${restore.datastore}” to be an image datastore, found ${target ? `one of type ${target.type}` : 'none of that name'} in OpenNebula. Name the one to restore the test backup into.`,
      );
  } catch (error) {
    cloud.close();
    throw error;
  }
}
