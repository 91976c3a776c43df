import type { Image } from '../opennebula/images.ts';
import type { Datastore, Disk, Host, ListedVirtualMachine, ScheduledAction, Shape } from '../opennebula/pools.ts';
import type { Evidence, Looked, Read } from '../outcome/evidence.ts';
import type { Action } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import type { FrontendFacts } from './frontend.ts';

/** What a step came to, or why it could not begin; `ofAll`: nor can any other, since the journal of what is made is not ours. */
export type Begun<T> = Read<T> & { readonly ofAll?: true };

/** What the steps of a gate and of a set-up came to, as far as they were taken. */
export interface GateFacts {
  readonly registration?: Registration;
  readonly probe?: Begun<ProbeFile>;
  readonly backup?: Begun<TestBackup>;
  /** Absent where there is no backup. */
  readonly files?: BackupFiles | undefined;
  /** Absent where there is no backup, or the VM keeps no increments. */
  readonly chain?: Chain | undefined;
  /** Absent where there is no backup, or its chain is broken. */
  readonly restore?: Restoration | undefined;
  /** Absent where what was restored is not equal to its files, or the site file says that nothing is to be started. */
  readonly boot?: Boot | undefined;
  /** Absent where the site file asks for none. */
  readonly canaries?: Begun<Canaries> | undefined;
  /** Absent where the site file asks for none. */
  readonly sample?: Begun<Sampling> | undefined;
  readonly cleanUp?: Begun<readonly CleanUp[]>;
}

/** The declared test VM as OpenNebula lists it; undefined where id and name do not both match. */
export function testVm({ frontend, site }: { frontend: FrontendFacts; site: Site }): ListedVirtualMachine | undefined {
  const { virtualMachines } = frontend;
  const { test_vm: declared } = site;
  if ('fault' in virtualMachines || !declared) return undefined;
  return virtualMachines.value.find(({ id, name }) => id === String(declared.id) && name === declared.name);
}

/** What stands on the front-end: the template file, and the datastore as OpenNebula has it. */
export interface Standing {
  /** Where the template file is, or is to be; absolute. */
  readonly file: string;
  /** Undefined where there is no file of that name. */
  readonly template: Looked<string | undefined>;
  /** Undefined where OpenNebula lists none of the declared name. */
  readonly datastore: Looked<Datastore | undefined>;
}

/** One thing that set-up brings about: in the past, in the conditional, and how. */
export interface Step {
  readonly done: string;
  readonly planned: string;
  /** What would stand there. */
  readonly shows?: string;
  readonly argv: readonly [string, ...string[]];
  /** How a person would do it, when that is shorter than the argv. */
  readonly typed?: string;
}

/** What set-up found, did, and found then. */
export interface Registration {
  readonly before: Standing;
  /** What exists but differs, in words; then nothing was changed. */
  readonly drift: readonly string[];
  /** What was done. */
  readonly done: readonly Action[];
  /** Why a step was not done, in the words of who refused it. */
  readonly refused?: string;
  /** Why it is not known whether a step was done: no answer came, or OpenNebula was not reached. */
  readonly unheard?: string;
  /** How OpenNebula has it saved in the end; where nothing was in the way. */
  readonly after?: Looked<Datastore | undefined>;
  readonly evidence: readonly Evidence[];
}

/** What a backup does with its files, in that order. */
export const PROBED = ['created', 'synced', 'renamed', 'deleted'] as const;

/** A small file that was made in storage, and taken through all of that. */
export interface ProbeFile {
  readonly folder: string;
  /** The first step that did not come about, and why; absent when all did. `isLost`: no answer came. */
  readonly missed?: { readonly step: (typeof PROBED)[number]; readonly found: string; readonly isLost: boolean };
  readonly evidence: readonly Evidence[];
}

/** Why we could not look, and what to do about that where it is known; absent where we could. */
interface Blind {
  readonly fault?: string;
  readonly fix?: string;
}

/** How far a backup came that was asked for through the scheduler. */
export interface Backup {
  /**
   * unfit: it was not asked for, since it would harm the VM. unseen: we could not look, see `found`. refused: OpenNebula did not take the request. rejected: its scheduler took it up, and will
   * not do it. waiting: it was not taken up in time. running: it was, but has not ended in time. failed. done.
   */
  readonly stage: 'unfit' | 'unseen' | 'refused' | 'rejected' | 'waiting' | 'running' | 'failed' | 'done';
  /** The scheduler handed it to the driver. */
  readonly started: boolean;
  /** What was found instead of a backup, in the words of who said it. */
  readonly found: string;
  /** What to do about that, where it is known. */
  readonly fix?: string;
  /** Scheduled actions of the VM that were there before, and come before ours. */
  readonly inTheWay: readonly ScheduledAction[];
  /** Why ours is not begun although nothing is wrong; absent where there is no such reason. */
  readonly waitsFor?: string;
  /** The id of a VM whose backup has lasted longer than one may, where ours would be begun but for such: that does not pass by itself. */
  readonly behindHung?: string;
  /** Ours where it is in the queue still, since it could not be taken back, and why. */
  readonly kept?: { readonly id: string; readonly why: string };
  /** The host the VM was on when it was looked at last; of a backup that was begun, where it could be looked at. */
  readonly host?: string;
  /** The image it made, or that it added an increment to; of a backup that is done. */
  readonly image?: Image;
  /** From the request until it was seen to be taken up; of a backup that was. */
  readonly waited?: number;
  /** From when it was seen to be taken up until it was seen to have ended; of a backup that is done. */
  readonly seconds?: number;
  readonly evidence: readonly Evidence[];
}

/** The test backup, and the VM as it was before. */
export interface TestBackup {
  readonly before: ListedVirtualMachine;
  readonly backup: Backup;
}

/** One disk's file on the backup server. */
export interface DiskFile {
  /** The disk's number. */
  readonly disk: string;
  readonly path: string;
  /** Whole by itself; an increment names a backing file that is gone by design. */
  readonly whole: boolean;
  /** Its size; absent where the server did not name it. */
  readonly bytes?: number;
  /** What qemu-img makes of it. `said`: its own words. */
  readonly content: Read<
    | { readonly state: 'broken'; readonly said: string }
    // So many clusters hold data; of none it says nothing.
    | { readonly state: 'sound'; readonly said: string; readonly allocated: number }
    // So many clusters that no table names, beside those that one does: waste, or data that nobody can read any more.
    | { readonly state: 'leaked'; readonly said: string; readonly leaked: number; readonly allocated: number }
  >;
  /** How large a disk it holds, in bytes, whatever of it is written; absent of a link that another one is on. */
  readonly holds?: Read<number>;
}

/** The description that lies beside the disks, vm.xml. */
export interface Description {
  readonly path: string;
  /** Its size; absent where the server did not name it. */
  readonly bytes?: number;
  /** The id of the VM that it is of; empty where it holds none. `made`: its STIME, when it was made. `broken`: why it cannot be decoded. `shape`: what that is made of. `sizes`: of its disks, as far as it tells them. */
  readonly content: Read<{
    readonly vm: string;
    readonly made?: number;
    readonly broken?: string;
    readonly shape?: Shape;
    readonly sizes?: readonly Pick<Disk, 'id' | 'sizeMb'>[];
  }>;
}

/** What the backup server says of the files of one backup. */
export interface BackupFiles extends Blind {
  readonly disks: readonly DiskFile[];
  readonly description: Description;
  readonly evidence: readonly Evidence[];
}

/** A longer chain is not brought to its limit: each link is a backup more. */
export const LONGEST_CHAIN = 10;

/** A chain that grew increment by increment, until its limit was reached and OpenNebula flattened it. */
export interface Chain extends Blind {
  /** The increments that were tried, the last of which may have failed. */
  readonly increments: readonly Backup[];
  /** How the chain was in the end; absent where no increment came about. */
  readonly image?: Image;
  /** What OpenNebula did at the limit; absent where the chain was not brought to it. */
  readonly flattened?: Looked<Image> & { readonly inTime: boolean };
  readonly files?: BackupFiles;
}

/** A backup that was restored, as far as it came. */
export interface Restoration {
  /** unseen: we could not look, see `found`. refused: OpenNebula would not begin. late: it did not end in time. error: it failed. ready. */
  readonly stage: 'unseen' | 'refused' | 'late' | 'error' | 'ready';
  readonly found: string;
  readonly fix?: string;
  /** From the request until all images were seen to be ready. */
  readonly seconds?: number;
  readonly comparisons: readonly Comparison[];
  /** In what the restored template differs from the VM as it was backed up last, in words; absent where it was not compared. */
  readonly template?: Looked<readonly string[]>;
  readonly evidence: readonly Evidence[];
}

/** One disk as it was restored, beside the one on the backup server. */
export interface Comparison {
  readonly disk: string;
  /** unseen: it could not be compared, see `found`. */
  readonly content: 'equal' | 'different' | 'unseen';
  readonly found: string;
  /** The sizes of its files on the backup server together. */
  readonly bytes: number;
  readonly evidence: readonly Evidence[];
}

/** Seconds that a restored VM is watched once it runs. */
export const WATCHED = 10;

/** What was restored, and started without network. */
export interface Boot {
  /**
   * unseen: we could not look, see `found`. foreign: a disk of it is of an image that was not restored, so nothing was started. refused:
   * OpenNebula made no VM of it. unplaced: it got no host in time. failed: its state says so. late: it did not run in time. died: it ran, and then no more. silent: it runs, but its guest agent does not answer. runs.
   */
  readonly stage: 'unseen' | 'foreign' | 'refused' | 'unplaced' | 'failed' | 'late' | 'died' | 'silent' | 'runs';
  readonly found: string;
  readonly fix?: string;
  /** The ids of the disks of images that were not restored; of one that is foreign. */
  readonly foreign?: readonly string[];
  /** Its id; absent where none was made. */
  readonly vm?: string;
  /** Where it ran; empty where it did not. */
  readonly host: string;
  /** From the request until it was seen to run. */
  readonly seconds?: number;
  /** What of it could not be asked, or is not there, a sentence each. */
  readonly notes: readonly string[];
  /** Its guest agent has answered. */
  readonly agentAnswers?: boolean;
  readonly evidence: readonly Evidence[];
}

/** Which backups of production a gate restores, and which it does not. */
export interface SampleChoice {
  readonly chosen: readonly Sample[];
  /** How many VMs are production, of how many the newest backup could be restored, and of how many an earlier run has proven that. */
  readonly production: number;
  readonly eligible: number;
  readonly proven: number;
  /** VMs that an earlier run has proven, and that failed since then, which are not among the proven; absent where there are none. */
  readonly failed?: readonly ListedVirtualMachine[];
  /** The earlier runs that would have proven more. */
  readonly uncounted: readonly Uncounted[];
  /** VMs of which no backup can be restored now, and why: “no backup in it”. */
  readonly leftOut: readonly { readonly vm: ListedVirtualMachine; readonly why: string }[];
}

/** A VM of production, and its newest backup. */
export interface Sample {
  readonly vm: ListedVirtualMachine;
  readonly image: Image;
  /** MiB on the backup server, by OpenNebula. */
  readonly sizeMb: number;
  /** When an earlier run proved last that a backup of it restores; undefined where none has. */
  readonly proven?: string;
  /** When an earlier run tried to, and came to no proof, since then; undefined where none has. */
  readonly inVain?: string;
  /** An earlier run says that it failed since then, be it one that proves nothing. */
  readonly failed?: true;
}

/** Backups of production that were restored. */
export interface Sampling extends SampleChoice {
  readonly restored: readonly SampleRestored[];
}

/** The newest backup of a VM of production, restored as far as it came. */
export interface SampleRestored extends Sample {
  /** Absent where they were not checked. */
  readonly files?: BackupFiles;
  readonly restore: Restoration;
  /** When it was over, ISO 8601; absent where it was not begun. */
  readonly ended?: string;
}

/** What earlier runs tell of a host, as far as nothing was changed in them since. Times in ISO 8601. */
export interface Trial {
  /** When it was tried last. */
  readonly tried: string;
  /** Of the last try that proved it, or failed, else of the last one: what came of it, when, and in which run. */
  readonly outcome: string;
  readonly ended: string;
  readonly run: string;
  /** When a backup of it was proven last; absent where none was. */
  readonly proven?: string;
}

/** An earlier run that proves nothing here, whatever it says, and why: “it is of another backup server”. */
export interface Uncounted {
  readonly run: string;
  readonly why: string;
  /** It says that the subject failed, and no proof is newer. */
  readonly saysFailed?: true;
}

/** A host on which a gate may make a canary: a VM that is backed up, restored, and removed. */
export interface CanaryHost {
  readonly host: Host;
  /** Absent where it was never tried. */
  readonly before?: Trial;
  /** The runs that tell of it besides; absent where there are none. */
  readonly uncounted?: readonly Uncounted[];
  /** Why a canary is pointless there: “Not checked: BDS-305 is not met.” */
  readonly barrier?: string;
}

/** On which hosts a gate makes canaries. */
export interface CanaryChoice {
  /** When it was chosen, ISO 8601. */
  readonly at: string;
  /** The id of the template that they are made of, and MiB of its disks together. */
  readonly template: string;
  readonly sizeMb: number;
  /** Those on which one can be made, in the order of their turns: those that were tried longest ago, or never, first. */
  readonly queue: readonly CanaryHost[];
  /** The first of these. */
  readonly chosen: readonly CanaryHost[];
  /** Those on which none can be made now, as requirements or their states say. */
  readonly others: readonly CanaryHost[];
  /** How many at a time, within what OpenNebula allows. */
  readonly atOnce: number;
}

/** One canary, as far as it came. */
export interface Canary {
  readonly host: Host;
  /**
   * unseen: we could not look, see `found`. refused: OpenNebula made no VM, or did not deploy it. unplaced: it got no host in time, or the host has no room.
   * failed: its state says so. late: it did not run in time. barred: another requirement says that its backup cannot be sent. runs: what came of
   * it stands in `backup`, `files` and `restore`.
   */
  readonly stage: 'unseen' | 'refused' | 'unplaced' | 'failed' | 'late' | 'barred' | 'runs';
  readonly found: string;
  readonly fix?: string;
  /** Nothing was asked of OpenNebula: the host keeps its turn. Absent where something was. */
  readonly unasked?: true;
  /** The id of the VM; absent where none was made. */
  readonly vm?: string;
  /** From the request until it was seen to run. */
  readonly seconds?: number;
  /** The VM before its backup. */
  readonly before?: ListedVirtualMachine;
  readonly backup?: Backup;
  readonly files?: BackupFiles;
  readonly restore?: Restoration;
  /** When it was over, ISO 8601. */
  readonly ended: string;
  readonly evidence: readonly Evidence[];
}

/** The canaries of a gate. */
export interface Canaries extends CanaryChoice {
  readonly tried: readonly Canary[];
}

/** What became of the traces of one run. */
export interface CleanUp extends Blind {
  readonly run: string;
  /** What was removed, in words. */
  readonly undone: readonly string[];
  /** What is still there, with why and what to do. */
  readonly left: readonly string[];
  /** What stays for good, since the VM cannot do without it or it is not the run's, and why. */
  readonly kept?: readonly string[];
  readonly evidence: readonly Evidence[];
}
