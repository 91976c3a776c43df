import { withoutBase64 } from '../machines/words.ts';
import { datedMessage } from './clock.ts';
import type { BackupJob } from './jobs.ts';
import type { ListedVirtualMachine } from './pools.ts';

/** A backup that failed, as a VM or its job keeps it. A later success takes neither away. */
export interface BackupFailure {
  /** Seconds since the epoch; undefined where it cannot be told. */
  readonly at: number | undefined;
  /** What was said of it, without its time; empty where nothing was. */
  readonly said: string;
  /** The job that keeps it; undefined where the VM does. */
  readonly job?: BackupJob;
}

/** How OpenNebula begins what it says of a backup: `BACKUP: Command failed`, `[backup] User [0] : VM is locked.` */
const OF_BACKUP = /(?:^|\s)(?:BACKUP(?:_\w+)?:|\[backup\])/;

/** The failures of a VM's backups that OpenNebula shows; times that name no zone are in this one. */
export function failuresOf(vm: ListedVirtualMachine, jobs: readonly BackupJob[], zone: string): readonly BackupFailure[] {
  const own = OF_BACKUP.test(vm.error) ? [read(vm.error, zone)] : [];
  const ofJobs = jobs
    .filter(({ failed }) => failed.includes(vm.id))
    .flatMap((job): BackupFailure[] => {
      const asked = job.lastAsked || undefined;
      const { at = asked, said } = read(job.error, zone);
      const whom = namedIn(said);
      if (whom === vm.id) return [{ at, said, job }];
      // Of its last run the VM itself says more.
      if (own.some((failure) => failure.at !== undefined && failure.at >= job.lastAsked)) return [];
      return [whom === undefined ? { at, said, job } : { at: asked, said: '', job }];
    });
  return [...own, ...ofJobs];
}

/** The id of the VM that a refusal names; undefined where it names none. A job keeps the last one alone, whoever of its VMs it is of. */
function namedIn(said: string): string | undefined {
  const [, before, behind] = /\bfor VM (\d+)\b|\b(?:VM|virtual machine)\b[^[\]]*\[(\d+)\]\.?$/i.exec(said) ?? [];
  return before ?? behind;
}

function read(error: string, zone: string): BackupFailure {
  const { at, said } = datedMessage(error, zone);
  return { at, said: withoutBase64(said).replace(/^\[backup\] /, '') };
}

/** When its error was written that is not of a backup: it may have taken the place of one that is. Undefined where there is none, or that is not told. */
export const otherErrorAt = (vm: ListedVirtualMachine, zone: string): number | undefined => datedMessage(otherErrorOf(vm), zone).at;

/** The VM's error, where it is not of a backup; empty otherwise. */
export const otherErrorOf = ({ error }: ListedVirtualMachine): string => (OF_BACKUP.test(error) ? '' : error.trim());
