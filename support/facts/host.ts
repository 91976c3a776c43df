import type { Shell } from '../machines/shell.ts';
import { answerTo, type Probe, survey } from '../machines/survey.ts';
import type { Host } from '../opennebula/pools.ts';
import type { Looked } from '../outcome/evidence.ts';
import type { Subject } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import { type Inherited, inheritedProbe, readInherited } from './inherited.ts';
import {
  type Confined,
  type Confinement,
  confined,
  confinementProbes,
  type Libvirt,
  libvirtProbe,
  libvirtSetup,
  readLibvirt,
} from './libvirt.ts';
import {
  type Broken,
  brokenOf,
  brokenPrograms,
  hostPrograms,
  type Installed,
  installed,
  missingOf,
  missingPrograms,
  type Program,
  versionProbes,
} from './programs.ts';
import { type Differences, differencesProbe, readDifferences, type Scripts, scriptsSetup } from './scripts.ts';
import { type Shared, sharedIn, sharedProbes } from './shared.ts';
import { readSpace, type Space, spaceProbe } from './space.ts';
import { type Folders, foldersProbe, readFolders, type Staging } from './staging.ts';
import { isLookedUp, LENT, readTransfer, type Saved, type Sender, transferOf } from './transfer.ts';

/** What a hypervisor host says, asked the way OpenNebula's driver reaches it. */
export interface HostFacts extends Sender {
  readonly host: Host;
  readonly qemuImg: Looked<Installed>;
  /** Those of hostPrograms that it does not have. */
  readonly missing: Looked<readonly Program[]>;
  /** Those that it has, and that do not run. */
  readonly broken: Looked<readonly Broken[]>;
  readonly inherited: Looked<Inherited>;
  /** How the driver's scripts there are other than the front-end's. */
  readonly scripts: Looked<Differences | 'absent'>;
  readonly libvirt: Looked<Libvirt>;
  /** The datastore's saved attributes that limit what the driver runs there. */
  readonly limits: readonly string[];
  /** What it lacks of what they need. */
  readonly confinement: Looked<Confined>;
  /** Where it stages a backup, at least one. */
  readonly staging: Looked<readonly Space[]>;
  /** The folders of the VMs on it, as places to stage. */
  readonly folders: Looked<Folders>;
  /** Some of them, to compare with what bridge hosts have there; none where there are no bridge hosts. */
  readonly shared: Looked<Shared>;
}

/** Why a host is not asked; undefined where it is. One that is OFFLINE is, as long as VMs are on it: they are backed up. */
export function leftOut({ name, state, vmMad, vms }: Host): string | undefined {
  // Names are free in oned.conf: kvm_prod is kvm.
  if (!/^$|^(kvm|qemu)/i.test(vmMad)) return `${name} runs its VMs by ${vmMad}: backups need libvirt (VM_MAD kvm or qemu).`;
  return state === 'off' && vms.length === 0 ? `${name} is OFFLINE in OpenNebula, and no VM is on it.` : undefined;
}

/** A host as what is judged. */
export const subjectOf = ({ id, name }: Host): Subject => ({ kind: 'host', name, id });

/** What a survey of a host must know. */
export interface Asking extends Saved {
  /** The directories of its system datastores. */
  readonly staging: readonly string[];
  readonly folders: Staging;
  /** The front-end's scripts, if it told them, and the folder that they are brought to. */
  readonly scripts: { readonly folder: string; readonly are?: Scripts | undefined };
  readonly confinement: Confinement;
  /** What is compared with bridge hosts, which send the backups in place of hypervisors; undefined where there are none. */
  readonly compared?: readonly string[] | undefined;
  /** The driver looks for programs in /usr/sbin, too. */
  readonly sbin: boolean;
}

/** Asks a host by one script: where it is to send backups, it starts the rsync that the driver starts, with -n. */
export async function surveyHost(
  shell: Shell,
  host: Host,
  site: Site,
  { staging, folders, saved, args, own, scripts, confinement, compared, sbin }: Asking,
): Promise<HostFacts> {
  const { command: deadline } = site.deadlines;
  const lookedUp = isLookedUp(confinement);
  const transfer = transferOf(site, { saved, args, own }, lookedUp);
  const stages = folders.base !== undefined || folders.own.length > 0;
  const probes: Probe[] = [
    ...versionProbes(deadline, lookedUp),
    missingPrograms(hostPrograms),
    inheritedProbe,
    spaceProbe('staging', staging, deadline),
    ...(stages ? [foldersProbe(folders, deadline)] : []),
    ...(compared ? [LENT, ...sharedProbes(compared, deadline)] : transfer.probes),
    ...(scripts.are ? [differencesProbe(scripts.folder, deadline)] : []),
    ...confinementProbes(confinement, deadline),
    brokenPrograms(hostPrograms, deadline),
    // What may wait for a daemon comes last.
    libvirtProbe(deadline),
  ];
  const told = await survey(shell, probes, {
    deadline: (compared ? 0 : transfer.deadline) + deadline * 2,
    setup: [libvirtSetup, scripts.are && scriptsSetup(scripts.are), transfer.setup].filter(Boolean).join('\n'),
    sbin,
  });
  return {
    host,
    subject: subjectOf(host),
    asked: [told.asked],
    noise: told.noise,
    ...(told.failure && { failure: told.failure }),
    ...readTransfer(told, host.name, transfer),
    rsync: installed(told, 'rsync', deadline),
    qemuImg: installed(told, 'qemu-img', deadline),
    missing: missingOf(told, hostPrograms),
    broken: brokenOf(told, hostPrograms),
    inherited: answerTo(told, 'inherited', readInherited),
    scripts: answerTo(told, 'scripts', readDifferences),
    libvirt: answerTo(told, 'libvirt', readLibvirt),
    limits: confinement.attributes,
    confinement: confined(told, confinement),
    staging: answerTo(told, 'staging', (answer) => {
      const spaces = readSpace(answer);
      return spaces?.length ? spaces : undefined;
    }),
    folders: stages ? answerTo(told, 'folders', readFolders) : { value: { obstacles: [], volumes: [] }, evidence: [] },
    shared: sharedIn(told, compared ?? []),
  };
}
