/** How a step of a gate is judged that more than one requirement is about: the files of a backup, and what was restored of it. */
import { posix } from 'node:path';
import type { Audited } from '../facts/audited.ts';
import { bridgeFor } from '../facts/bridge.ts';
import type { BackupFiles, Restoration } from '../facts/gate.ts';
import { MiB } from '../machines/shell.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import type { expecting, Judgement } from '../outcome/judgement.ts';
import { remedyFor } from './causes.ts';

/** A step of the gate that was not taken. */
export const notTried = { found: 'that nothing was tried', fix: 'Run the gate again.' };
/** One that could not begin. */
export const notBegun = ({ fault, fix = notTried.fix, ofAll }: { fault: string; fix?: string; ofAll?: true }) => ({
  found: `that it could not begin: ${fault}`,
  fix,
  ...(ofAll && { cause: 'the test backup' as const }),
});
export const again = (fix: string | undefined, next = 'Run it again.') => (fix === undefined ? next : `${fix} ${next}`);

/** What to do about a failed backup or restore of a virtual machine, what is to be known besides, and how to look whether it helped. */
export function remedied(
  cause: string,
  { frontend, site }: Pick<Audited, 'frontend' | 'site'>,
  vm: ListedVirtualMachine | undefined,
  more: string,
): string {
  const { rsync_host: server, rsync_user: user } = site.datastore;
  const bridge = vm && bridgeFor({ frontend, site }, vm.id)?.name;
  const remedy = remedyFor(cause, { frontend: frontend.name, server, user, host: vm?.host ?? '', bridge, vm: vm?.id ?? '' });
  return [remedy?.fix, more, remedy?.recheck].filter(Boolean).join(' ');
}

/** Whether the files of a backup of that virtual machine are there, and sound. */
export function judgeFilesOf(vm: string, files: BackupFiles | undefined, expected: ReturnType<typeof expecting>): Judgement {
  if (!files) return expected.undetermined({ ...notTried, found: 'that they were not looked at' });
  const { disks, description, fault, evidence } = files;
  if (fault !== undefined) return expected.unseen({ ...files, fault });
  const faults: string[] = [];
  const unseen: { fault: string; fix?: string }[] = [];
  const notes: string[] = [];
  for (const { path, whole, bytes, content } of disks) {
    if (!bytes) faults.push(`${path} is ${bytes === undefined ? 'missing' : 'empty'}`);
    else if ('fault' in content) unseen.push(content);
    else if (content.value.state === 'broken') faults.push(`${path}: qemu-img ${whole ? 'check' : 'info'} says “${content.value.said}”`);
    else if (content.value.state === 'not-qcow2') faults.push(`${path} is no qcow2 file`);
    else if (content.value.state === 'leaked') notes.push(`${path} has clusters that nobody uses.`);
  }
  const { path: vmXml, bytes: size, content } = description;
  if (size === undefined) faults.push(`${vmXml} is missing`);
  else if ('fault' in content) unseen.push(content);
  else if (content.value.broken !== undefined) faults.push(`${vmXml} cannot be decoded: “${content.value.broken}”`);
  else if (content.value.vm === '') faults.push(`${vmXml} does not hold a virtual machine`);
  else if (content.value.vm !== vm) faults.push(`${vmXml} is that of virtual machine ${content.value.vm}`);
  if (disks.length === 0) faults.push('the backup names no disk');
  const fix = 'Look at the disk they lie on, then run the gate again.';
  if (faults.length > 0) return expected.notMet({ found: faults.join('; '), fix, evidence });
  if (unseen[0]) return expected.unseen({ ...unseen[0], evidence });
  const measured = disks.map(({ path, bytes = 0 }) => `${posix.basename(path)}: ${inMiB(bytes)} MiB`).join(', ');
  return expected.met({ measured, ...(notes.length > 0 && { note: notes.join(' ') }), evidence });
}

/** A backup that was restored, of which virtual machine and of what disks it is. */
interface Restored {
  readonly restore: Restoration;
  readonly vm: ListedVirtualMachine | undefined;
  readonly disks: readonly string[];
}

/** Whether a backup was restored, and came out as it lies on the backup server. */
export function judgeRestored(
  expected: ReturnType<typeof expecting>,
  { frontend, site }: Pick<Audited, 'frontend' | 'site'>,
  { restore, vm, disks }: Restored,
): Judgement {
  const { stage, found, comparisons, seconds, template } = restore;
  const evidence = [...restore.evidence, ...comparisons.flatMap((comparison) => comparison.evidence), ...(template?.evidence ?? [])];
  const notMet = (seen: string, fix: string) => expected.notMet({ found: seen, fix, evidence });
  if (stage === 'unseen') return expected.unseen({ fault: found, fix: again(restore.fix), evidence });
  if (stage !== 'ready')
    return notMet(
      `“${found}”`,
      remedied(found, { frontend, site }, vm, `/var/log/one/oned.log on ${frontend.name} tells of the step that failed.`),
    );
  const different = comparisons.filter(({ content }) => content === 'different');
  if (different.length > 0) {
    const differ = different.map((one) => `disk ${one.disk} differs: ${one.found}`).join('; ');
    return notMet(`that ${differ}`, 'Do not rely on the backups of this datastore before it is known why.');
  }
  const left = disks.filter((disk) => !comparisons.some((comparison) => comparison.disk === disk));
  const unknown = disks.length === 0 ? 'the backup names no disk' : left.length > 0 && `nothing is known of disk ${left.join(', ')}`;
  const missed = comparisons.find(({ content }) => content === 'unseen')?.found ?? unknown;
  if (missed) return expected.undetermined({ ...notTried, found: `that it was restored, but not compared: ${missed}`, evidence });
  if (template && 'fault' in template) return expected.unseen({ ...template, evidence });
  if (template && template.value.length > 0)
    return notMet(
      `the restored template to differ from the virtual machine that was backed up: ${template.value.join('; ')}`,
      'Do not rely on restored templates before it is known why: compare onetemplate show with vm.xml beside the backup.',
    );
  const sizes = comparisons.map(({ disk, bytes }) => `disk ${disk}: ${inMiB(bytes)} MiB`).join(', ');
  return expected.met({ measured: `${sizes} restored in ${seconds} s, identical`, evidence });
}

const inMiB = (bytes: number): number => Math.ceil(bytes / MiB);
