import { UsageError } from '../outcome/outcome.ts';
import { statementNamed, statementsOf } from '../verdict/requirements.ts';

/**
 * The requirement, and perhaps the machine, that a run is to look at alone: BDS-102, BDS-102@kvm01.
 * @throws UsageError when that is no requirement of the profile, or no name of a machine.
 */
export function parseOnly(only: string, profile: string): { readonly id: string; readonly machine?: string } {
  const [name = '', ...machines] = only.split('@');
  const { id, profile: own } = statementNamed(name);
  const [machine] = machines;
  if (machine !== undefined && (machines.length > 1 || !/^[\w.:-]+$/.test(machine)))
    throw new UsageError(`--only ${only}: expected the name of a machine behind the @, such as ${id}@kvm01`);
  if (!statementsOf(profile).some((candidate) => candidate.id === id))
    throw new UsageError(`--only ${only}: ${id} is looked at by another command: npx backup-compliance ${own}`);
  return { id, ...(machine !== undefined && { machine }) };
}
