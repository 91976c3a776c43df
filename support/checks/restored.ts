/** How a step of a gate is judged that more than one requirement is about: a backup, its files, and what was restored of it. */
import { posix } from 'node:path';
import type { Audited } from '../facts/audited.ts';
import { bridgeFor } from '../facts/bridge.ts';
import type { BackupFiles, DiskFile, GateFacts, Restoration, Uncounted } from '../facts/gate.ts';
import { quote } from '../machines/quote.ts';
import { MiB } from '../machines/shell.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import { count } from '../outcome/figures.ts';
import { expecting, firstFew, type Judgement, withoutStop } from '../outcome/judgement.ts';
import { giveUp } from './advice.ts';
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

/**
 * What to do about a VM that got no host, by what OpenNebula says: there is no room where it is to run, or perhaps none, or it is something else.
 * Source: OpenNebula 6.10, Scheduler::match_schedule; 7.0, SchedulerManagerDriver::match; HostShare::test. No recording has their words.
 */
export function placeAdvice(found: string, { at, smaller = '', besides }: { at: string; smaller?: string; besides: string }): string {
  const room = `Make room ${/system datastore/.test(found) ? 'in the system datastores of' : 'on'} ${at}${smaller}.`;
  if (!/capacity|does not fit/.test(found)) return `Look at ${besides}.`;
  return found.includes('REQUIREMENTS') ? `${room} If there is room, look at ${besides}.` : room;
}

/** Which earlier runs prove nothing, whatever they say, in a sentence; nothing where there are none. */
export function notCounted(runs: readonly Uncounted[] = []): readonly string[] {
  const alike = [...Map.groupBy(runs, ({ why }) => why)].map(
    ([why, members]) =>
      `${firstFew(
        members.map(({ run }) => run),
        ', ',
      )} (${why})`,
  );
  return alike.length === 0 ? [] : [`Earlier runs that are not counted: ${firstFew(alike)}.`];
}

/** What to do about a failed backup or restore of a VM, what is to be known besides, and how to look whether it helped. */
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

/** Whether a backup of a VM, of that name, was begun. */
export function judgeStart({ frontend, site }: Audited, made: GateFacts['backup'], name: string): Judgement {
  const what = `OpenNebula's scheduler to begin a backup of ${name} within ${site.deadlines.schedule} s`;
  const expected = expecting(frontend.name, what);
  if (!made) return expected.undetermined(notTried);
  if ('fault' in made) return expected.undetermined(notBegun(made));
  const { before, backup } = made.value;
  const { stage, started, waited, found, inTheWay, waitsFor, behindHung, kept, evidence } = backup;
  const notMet = (seen: string, fix = 'Fix what it says, then run the gate again.') => expected.notMet({ found: seen, fix, evidence });
  const measured = waited !== undefined && { measured: `begun ${waited} s after the request (limit ${site.deadlines.schedule} s)` };
  if (started) return expected.met({ ...measured, evidence });
  if (stage === 'unfit')
    return expecting(name, 'a VM that a test backup does not harm').undetermined({
      ...{ found, evidence },
      ...(backup.fix !== undefined && { fix: backup.fix }),
    });
  if (stage === 'unseen') return expected.unseen({ fault: found, fix: again(backup.fix), evidence });
  if (stage === 'refused') return notMet(`the request refused: “${found}”`);
  const removed = kept
    ? `could not be removed from the queue (${withoutStop(kept.why)}): onevm sched-delete ${before.id} ${kept.id}`
    : 'was removed from the queue';
  if (stage === 'rejected') return notMet(`it rejected: “${found}”. OpenNebula would try it again for ever; it ${removed}`);
  if (waitsFor !== undefined) {
    const seen = `it still waiting: ${waitsFor}; ours ${removed}`;
    const fix =
      behindHung === undefined
        ? 'Run the gate again when no other backups run, or with a longer deadlines.schedule.'
        : `${giveUp({ id: behindHung })} Then run the gate again.`;
    return expected.undetermined({ found: seen, fix, evidence });
  }
  const [first] = inTheWay;
  const others = inTheWay.map(({ id, message }) => `${id}${message && ` (rejected: ${message})`}`).join(', ');
  // What is due again and again may be as it should be.
  const look = first && quote(first.repeats ? ['onevm', 'show', before.id] : ['onevm', 'sched-delete', before.id, first.id]);
  return notMet(
    `it still waiting; ours ${removed}`,
    first
      ? `It waits behind scheduled backup ${others}, which is not ours and was left as it is: ${look}`
      : 'Check that the scheduler runs (/var/log/one/oned.log), and that other backups do not use up its limit (MAX_BACKUPS).',
  );
}

/** Whether a backup ended well, and in time; `what` completes “expected …”. */
export function judgeEnd({ frontend, site }: Audited, made: GateFacts['backup'], what: string): Judgement {
  const { datastore, deadlines } = site;
  const expected = expecting(frontend.name, `${what} to complete within ${deadlines.backup} s`);
  if (!made || 'fault' in made) return expected.undetermined(notTried);
  const { stage, found, fix, evidence, image, seconds } = made.value.backup;
  const { id } = made.value.before;
  if (image && image.state !== 'ready')
    return expecting(frontend.name, 'the image of the backup to be READY').notMet({
      found: `image ${image.id} in state ${image.state.toUpperCase()}${image.error && `: ${image.error}`}`,
      fix: 'Look at /var/log/one/oned.log.',
      evidence,
    });
  if (image)
    return expected.met({
      measured: `${image.sizeMb} MiB in ${seconds} s, ${speed(image.sizeMb, seconds)} (limit ${deadlines.backup} s)`,
      evidence,
    });
  if (stage === 'unseen') return expected.unseen({ fault: found, fix: again(fix), evidence });
  if (stage === 'running')
    return expected.notMet({
      found: `that ${found}`,
      fix: `Look whether ${datastore.rsync_host} answers. If so, the transfer is slow: raise deadlines.backup in the site file. If not, OpenNebula may wait for it without end: fix it, then onevm backup-cancel ${id} (which waits for it, too), and run: backup-compliance cleanup`,
      evidence,
    });
  return expected.notMet({
    found: `that it failed: “${found}”`,
    fix: remedied(found, { frontend, site }, made.value.before, `The whole story stands in /var/log/one/${id}.log on ${frontend.name}.`),
    evidence,
  });
}

const RENEW = 'Make a new full backup, then run the gate again. If that one leaks, too, look at qemu-img on the host that made it.';

/** A whole disk, without any data in it. */
const isBlank = ({ whole, content }: DiskFile): boolean =>
  whole && 'value' in content && content.value.state === 'sound' && content.value.allocated === 0;

/** Whether no disk of a full backup holds any data: that of a VM without data, or one that has lost them. */
export const isAllBlank = ({ disks }: Pick<BackupFiles, 'disks'>): boolean =>
  disks.some(isBlank) && disks.every((disk) => isBlank(disk) || !disk.whole);

/** MiB by which a disk may be smaller than its SIZE, which OpenNebula rounds up. */
const ROUNDED = 1;

/** Whether the files of a backup of that VM are there, and sound. An id is given again by another OpenNebula; STIME never changes. */
export function judgeFilesOf(
  vm: { readonly id: string; readonly made?: number; readonly host?: string },
  files: BackupFiles | undefined,
  expected: ReturnType<typeof expecting>,
  {
    fix = 'Check the storage they lie on, then run the gate again, which makes a new backup.',
    ifEmpty = 'declare another that has: nothing is proven by this one.',
  } = {},
): Judgement {
  if (!files) return expected.undetermined({ ...notTried, found: 'that they were not checked' });
  const { disks, description, fault, evidence } = files;
  if (fault !== undefined) return expected.unseen({ ...files, fault });
  const faults: string[] = [];
  const unseen: { fault: string; fix?: string }[] = [];
  for (const { path, bytes, content } of disks) {
    if (!bytes) faults.push(`${path} is ${bytes === undefined ? 'missing' : 'empty'}`);
    else if ('fault' in content) unseen.push(content);
    else if (content.value.state === 'broken') faults.push(`${path}: qemu-img check says “${content.value.said}”`);
    else if (content.value.state === 'leaked') {
      const { leaked, allocated } = content.value;
      const known = `${path} has ${count(leaked, 'cluster')} that none of its tables names, and ${allocated} that one does`;
      if (leaked > allocated) faults.push(`${known}: most of what it holds cannot be read`);
      else unseen.push({ fault: `${known}: whether they were data is not known`, fix: RENEW });
    }
  }
  const { path: vmXml, bytes: size, content } = description;
  for (const { disk, path, bytes, holds } of disks) {
    const owed = 'value' in content ? content.value.sizes?.find(({ id }) => id === disk)?.sizeMb : undefined;
    if (!bytes || !holds || owed === undefined) continue;
    if ('fault' in holds) unseen.push(holds);
    else if (holds.value < (owed - ROUNDED) * MiB)
      faults.push(`${path} holds a disk of ${Math.floor(holds.value / MiB)} MiB, and disk ${disk} of the VM had ${owed} MiB by vm.xml`);
  }
  if (size === undefined) faults.push(`${vmXml} is missing`);
  else if ('fault' in content) unseen.push(content);
  else if (content.value.broken !== undefined) faults.push(`${vmXml} cannot be decoded: “${content.value.broken}”`);
  else if (content.value.vm === '') faults.push(`${vmXml} does not hold a VM`);
  else if (content.value.vm !== vm.id) faults.push(`${vmXml} is that of VM ${content.value.vm}`);
  else if (isOther(content.value.made, vm.made)) faults.push(`${vmXml} is that of another VM ${vm.id}, by its STIME`);
  if (disks.length === 0) faults.push('the backup names no disk');
  if (faults.length > 0) return expected.notMet({ found: faults.join('; '), fix, evidence });
  if (unseen[0]) return expected.unseen({ ...unseen[0], evidence });
  if (isAllBlank(files))
    return expected.undetermined({
      found: 'no data in any disk: a backup that lost them looks the same',
      fix: `If the VM has data on its disks, look at qemu-img on ${vm.host || 'its host'}: its convert makes the files. If it has none, ${ifEmpty}`,
      evidence,
    });
  const measured = disks.map(({ path, bytes = 0 }) => `${posix.basename(path)}: ${inMiB(bytes)} MiB`).join(', ');
  const blank = disks.filter(isBlank).map(({ path }) => posix.basename(path));
  return expected.met({ measured, ...(blank.length > 0 && { note: `No data in ${blank.join(', ')}.` }), evidence });
}

/** Whether a description is of a VM that was made at another time, where that of ours is told. */
const isOther = (described: number | undefined, made = Number.NaN): boolean => Number.isFinite(made) && described !== made;

/** A backup that was restored, of which VM and of what disks it is. */
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
      remedied(found, { frontend, site }, vm, `/var/log/one/oned.log on ${frontend.name} names the step that failed.`),
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
      `the restored template to differ from the VM that was backed up: ${template.value.join('; ')}`,
      'Do not rely on restored templates before it is known why: compare onetemplate show with vm.xml beside the backup.',
    );
  const sizes = comparisons.map(({ disk, bytes }) => `disk ${disk}: ${inMiB(bytes)} MiB`).join(', ');
  const mib = comparisons.reduce((sum, { bytes }) => sum + bytes / MiB, 0);
  return expected.met({ measured: `${sizes} restored in ${seconds} s (${speed(mib, seconds)}), identical`, evidence });
}

/** So much in so many seconds; what took less than one took one, as it is measured. */
const speed = (mib: number, seconds = 0): string => `${(mib / Math.max(seconds, 1)).toFixed(1)} MiB/s`;

const inMiB = (bytes: number): number => Math.ceil(bytes / MiB);
