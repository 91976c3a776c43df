import type { Shell } from '../machines/shell.ts';
import { answerTo, type Probe, type Survey, survey } from '../machines/survey.ts';
import { isLate } from '../machines/timeout.ts';
import { firstLine } from '../machines/words.ts';
import type { Host } from '../opennebula/pools.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Subject } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import {
  busProbe,
  type Confinement,
  type Libvirt,
  libvirtProbe,
  libvirtSetup,
  politeProbe,
  readBus,
  readLibvirt,
  readUnits,
  unitsProbe,
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
import { type Folders, type foldersOf, foldersProbe, readFolders } from './staging.ts';
import { LENT, readTransfer, type Saved, type Sender, transferOf } from './transfer.ts';

/** What a hypervisor host says, asked the way OpenNebula's driver reaches it. */
export interface HostFacts extends Sender {
  readonly host: Host;
  readonly qemuImg: Looked<Installed>;
  /** Those of hostPrograms that it does not have. */
  readonly missing: Looked<readonly Program[]>;
  /** Those that it has, and that do not run. */
  readonly broken: Looked<readonly Broken[]>;
  /** How the driver's scripts there are other than the front-end's. */
  readonly scripts: Looked<Differences | 'absent'>;
  readonly libvirt: Looked<Libvirt>;
  /** The datastore's saved attributes that limit what the driver runs there. */
  readonly limits: readonly string[];
  /** What it lacks of what they need. */
  readonly confinement: Looked<Confined>;
  /** Where it stages a backup, at least one. */
  readonly staging: Looked<readonly Space[]>;
  /** The folders of the virtual machines on it, as places to stage. */
  readonly folders: Looked<Folders>;
  /** Some of them, to compare with what bridge hosts have there; none where there are no bridge hosts. */
  readonly shared: Looked<Shared>;
}

/** What keeps the driver's commands from running under limits. */
export interface Confined {
  readonly missing: readonly Program[];
  /** Those that are there, and do not run. */
  readonly broken?: readonly Broken[];
  /** What systemd's manager of the account said where it does not answer. */
  readonly bus?: string;
  /** Why a slice cannot be written there. */
  readonly units?: string;
  /** What nice or ionice said to the saved priority. */
  readonly refused?: string;
}

/** Why a host is not asked; undefined where it is. One that is OFFLINE is, as long as virtual machines are on it: they are backed up. */
export function leftOut({ name, state, vmMad, vms }: Host): string | undefined {
  // Names are free in oned.conf: kvm_prod is kvm.
  if (!/^$|^(kvm|qemu)/i.test(vmMad)) return `${name} runs its virtual machines by ${vmMad}: backups need libvirt (VM_MAD kvm or qemu).`;
  return state === 'off' && vms.length === 0 ? `${name} is OFFLINE in OpenNebula, and no virtual machine is on it.` : undefined;
}

/** A host as what is judged. */
export const subjectOf = ({ id, name }: Host): Subject => ({ kind: 'host', name, id });

/** What a survey of a host must know. */
export interface Asking extends Saved {
  /** The directories of its system datastores. */
  readonly staging: readonly string[];
  readonly folders: ReturnType<typeof foldersOf>;
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
  const transfer = transferOf(site, { saved, args, own });
  const stages = folders.base !== undefined || folders.folders.length > 0;
  const probes: Probe[] = [
    ...versionProbes(deadline),
    missingPrograms(hostPrograms),
    spaceProbe('staging', staging, deadline),
    ...(stages ? [foldersProbe(folders, deadline)] : []),
    ...(compared ? [LENT, ...sharedProbes(compared, deadline)] : transfer.probes),
    ...(scripts.are ? [differencesProbe(scripts.folder, deadline)] : []),
    ...(confinement.programs.length > 0
      ? [missingPrograms(confinement.programs, 'confinement'), brokenPrograms(confinement.programs, deadline, 'confinement-broken')]
      : []),
    ...(confinement.bus ? [unitsProbe(deadline), busProbe(deadline)] : []),
    ...(confinement.polite.length > 0 ? [politeProbe(confinement.polite, deadline)] : []),
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

function confined(told: Survey, { programs, bus, polite }: Confinement): Looked<Confined> {
  if (programs.length === 0) return { value: { missing: [] }, evidence: [] };
  const missing = missingOf(told, programs, 'confinement');
  if ('fault' in missing || missing.value.length > 0)
    return 'fault' in missing ? missing : { value: { missing: missing.value }, evidence: missing.evidence };
  const broken = brokenOf(told, programs, ['confinement', 'confinement-broken']);
  if ('fault' in broken || broken.value.length > 0)
    return 'fault' in broken ? broken : { value: { missing: [], broken: broken.value }, evidence: broken.evidence };
  const asked = {
    ...(bus && { units: answerTo(told, 'units', readUnits), bus: answerTo(told, 'user-bus', readBus) }),
    ...(polite.length > 0 && { refused: answerTo(told, 'polite', readPolite) }),
  };
  const evidence = [missing, broken, ...Object.values(asked)].flatMap((each) => each.evidence);
  const unread = Object.values(asked).find((each) => 'fault' in each);
  if (unread && 'fault' in unread) return { ...unread, evidence };
  const said = Object.entries(asked).flatMap(([name, each]) => ('value' in each && each.value !== '' ? [[name, each.value]] : []));
  return { value: { missing: [], ...Object.fromEntries(said) }, evidence };
}

/** What nice or ionice said where it does not run a command so; an empty text where it does. */
function readPolite(answer: Evidence): string | undefined {
  if (answer.exitCode === 0) return '';
  return isLate(answer) ? undefined : firstLine(answer.stderr) || `exit ${answer.exitCode}`;
}
