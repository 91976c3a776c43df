/** What the driver's commands inherit from the login that starts them. */
import type { Inherited } from '../facts/inherited.ts';
import { backupDisks } from '../opennebula/disks.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Looked } from '../outcome/evidence.ts';
import { expecting, type Judgement } from '../outcome/judgement.ts';

/** A machine on which the driver writes files of a backup. */
interface Writer {
  readonly name: string;
  readonly account: string;
  readonly inherited: Looked<Inherited>;
  /** The VMs whose disks are written there; asked for only where files are limited. */
  readonly vms: () => Looked<readonly ListedVirtualMachine[]>;
}

/** What was met of a machine, unless what its login sets keeps the driver from writing a backup there. */
export function unlessBarred(judged: Judgement, { name, account, inherited, vms: writes }: Writer): Judgement {
  if (judged.outcome !== 'met') return judged;
  const subject = judged.subject && { subject: judged.subject };
  const rights = expecting(name, `a login of ${account} to leave the owner all rights to new files and directories`);
  if ('fault' in inherited) return rights.unseen(inherited, { ...subject });
  const { value, evidence } = inherited;
  if ((value.umask & 0o700) !== 0) {
    const found = `umask 0${value.umask.toString(8).padStart(3, '0')}`;
    const fix = `On ${name}, remove what sets it: grep -n umask ~${account}/.bashrc /etc/bash.bashrc /etc/login.defs`;
    return rights.notMet({ found, fix, evidence, ...subject });
  }
  const met = { ...judged, evidence: [...judged.evidence, ...evidence] };
  if (value.fileKib === Number.POSITIVE_INFINITY) return met;
  const vms = writes();
  const size = expecting(name, `a login of ${account} to allow files as large as the disks of VMs`);
  if ('fault' in vms) return size.unseen(vms, { ...subject });
  const limit = `ulimit -f limits files to ${value.fileKib} KiB`;
  const disks = vms.value.flatMap((vm) => backupDisks(vm).map((disk) => ({ vm, disk })));
  const [largest] = disks.filter(({ disk }) => disk.sizeMb > 0).toSorted((a, b) => b.disk.sizeMb - a.disk.sizeMb);
  if (!largest) return { ...met, note: [judged.note, `${name}: ${limit}.`].filter(Boolean).join(' ') };
  const grows = `disk ${largest.disk.id} of ${largest.vm.name} (${largest.vm.id}) may grow to ${largest.disk.sizeMb} MiB`;
  if (value.fileKib >= largest.disk.sizeMb * 1024)
    return { ...met, note: [judged.note, `${name}: ${limit}; ${grows}.`].filter(Boolean).join(' ') };
  const fix = `On ${name}, remove what sets it: grep -n ulimit ~${account}/.bashrc /etc/bash.bashrc; grep -rn fsize /etc/security/limits.conf /etc/security/limits.d`;
  return size.notMet({ found: `that ${limit}, and ${grows}`, fix, evidence: [...evidence, ...vms.evidence], ...subject });
}
