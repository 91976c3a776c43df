/**
 * In which order OpenNebula takes up what is scheduled, and what keeps it from that. Every 15 s it looks at the first due action of each virtual
 * machine, by the time it was due; one that it rejects is tried again in the next round, for ever, and those behind it wait. Of backups it begins
 * no more than MAX_BACKUPS in all and MAX_BACKUPS_HOST on a host; what does not fit ends the round, whatever host the next are on.
 * Source: OpenNebula 7.4.0, recordings of a queue; ScheduledActionManager.cc, run_vm_backups.
 */
import type { Datastore, ListedVirtualMachine, ScheduledAction, ScheduledBackup, VirtualMachine } from './pools.ts';

/** How many backups run at a time, in all and on one host; Infinity where there is no limit. */
export interface Limits {
  readonly inAll: number;
  readonly onHost: number;
}

/** What OpenNebula goes by where oned.conf says nothing. */
export const stockLimits: Limits = { inAll: 5, onHost: 2 };

/** Reads `MAX_BACKUPS = 5` and `MAX_BACKUPS_HOST = 2` off oned.conf; 0 is no limit. */
export function readLimits(conf: string): Limits {
  const limit = (name: string, stock: number) => {
    const [, digits] = new RegExp(`^\\s*${name}\\s*=\\s*"?(\\d{1,9})"?\\s*(?:#.*)?$`, 'm').exec(conf) ?? [];
    return digits === undefined ? stock : Number(digits) || Number.POSITIVE_INFINITY;
  };
  return { inAll: limit('MAX_BACKUPS', stockLimits.inAll), onHost: limit('MAX_BACKUPS_HOST', stockLimits.onHost) };
}

/** A VM's scheduled actions that have yet to begin, in order. A repetition that has ended counts only while it is being tried. */
export function queueOf({ backupActions, otherActions }: VirtualMachine, now: number): readonly (ScheduledAction | ScheduledBackup)[] {
  const isOver = ({ times, until, message }: ScheduledAction) => message === '' && (times <= 0 || until < now);
  return [...backupActions, ...otherActions]
    .filter((action) => !action.dispatched && !isOver(action))
    .toSorted((a, b) => a.time - b.time || Number(a.id) - Number(b.id));
}

export const isBackup = (action: ScheduledAction): action is ScheduledBackup => 'datastoreId' in action;

/** The datastore that a scheduled backup goes to: that of the chain it adds to, else the one it names. Undefined where there is none of that id. */
export function targetOf(
  { datastoreId, reset }: ScheduledBackup,
  vm: Pick<VirtualMachine, 'keepsIncrements' | 'chain'>,
  datastores: readonly Datastore[],
): Datastore | undefined {
  const addsToChain = vm.keepsIncrements && !reset && vm.chain !== '';
  return datastores.find(({ id, images }) => (addsToChain ? images.includes(vm.chain) : id === datastoreId));
}

/** What OpenNebula said when it rejected an action, without when and which. */
export const saidOf = ({ message }: ScheduledAction): string => message.replace(/^.*? : (?=\[)/, '').replace(/^\[[\w-]+\] /, '');

/** States that are left by somebody's doing alone. Source: include/VirtualMachine.h. */
const RESTING = /^(STOPPED|SUSPENDED|UNDEPLOYED|UNKNOWN|DONE|FAILED|\w*FAILURE)$/;

/**
 * What becomes of an action that OpenNebula rejects: `waits` for a backup that runs, `passes` when what is in its way is gone, or `stays`
 * until somebody does something. Undefined where it was not rejected.
 */
export function rejectionOf(action: ScheduledAction, vm: VirtualMachine): 'waits' | 'passes' | 'stays' | undefined {
  const said = saidOf(action);
  if (said === '') return undefined;
  const [, state] = /\bstate (\w+)/.exec(said) ?? [];
  if (state?.startsWith('BACKUP') || isBehindFlatten(action)) return 'waits';
  if (/Not enough free space on target datastore|limit of .* reached/.test(said)) return 'passes';
  if (state === undefined) return 'stays';
  // A backup is begun of what runs or is powered off: then the word is of a state that is over.
  if (isBackup(action)) return vm.ready || !RESTING.test(state) ? 'passes' : 'stays';
  return RESTING.test(state) || state === 'RUNNING' || state === 'POWEROFF' ? 'stays' : 'passes';
}

/** Seconds for which a place that a backup has left is taken for occupied: a round takes 15 s. */
export const SETTLING = 60;

/** A cloud at work. */
export interface Busy {
  /** Those that are being backed up, or whose backup has just ended. */
  readonly running: readonly ListedVirtualMachine[];
  readonly limits: Limits;
  /** The first due backup of each VM that has one. */
  readonly due: readonly { readonly vm: VirtualMachine; readonly action: ScheduledBackup }[];
}

/** Whether OpenNebula rejects an action because the increments of the VM are being merged. */
export const isBehindFlatten = (action: ScheduledAction): boolean => saidOf(action).includes('consolidating backup increments');

/** Why a backup that is due is not begun although nothing is wrong, in words; undefined where nothing is in its way. */
export function placeTaken(vm: VirtualMachine, action: ScheduledAction, { running, limits, due }: Busy): string | undefined {
  const on = (host: string) => running.filter((other) => other.host === host);
  const [beside] = on(vm.host);
  if (beside) return `a backup of ${beside.name} (${beside.id}) runs on ${vm.host}, where it is`;
  if (running.length >= limits.inAll) return `as many backups run as may: MAX_BACKUPS is ${limits.inAll}`;
  const ahead = due.find((other) => other.action.time <= action.time && on(other.vm.host).length >= limits.onHost);
  return ahead && `it is behind ${ahead.vm.name} (${ahead.vm.id}), on whose host as many backups run as may (MAX_BACKUPS_HOST)`;
}

/** How long a backup runs that runs too long, both in seconds. */
export const hungFor = (seconds: number, patience: number): string =>
  `runs since ${Math.round(seconds / 60)} minutes (deadlines.job: ${Math.round(patience / 60)})`;

/** Why OpenNebula rejects a job's scheduled run for good; empty where it does not: a run that finds the one before still at work is begun after it. */
export const jobRejection = (action: ScheduledAction): string => (/pending backups in progress/.test(action.message) ? '' : saidOf(action));
