import type { ScheduledBackup, VirtualMachine } from '../opennebula/pools.ts';
import type { Target } from './journal.ts';
import type { Scene } from './scene.ts';

/**
 * Seconds before the request for which a backup is asked: it is due at once, as one for now is, and its time tells it from everybody else's, who
 * cannot have asked before for what is new. Less than what is called overdue.
 */
const EARLIER = 421;

/** When the clocks are put back, the same local time comes twice. */
const HOUR = 3600;

/** The time of a request, as OpenNebula's command line takes it: the login's local time on the front-end. */
export function timeToAsk({ now, localOffset }: Pick<Scene, 'now' | 'localOffset'>): string {
  return new Date((now - EARLIER + localOffset) * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** The scheduled backup that was asked for at `at`, seconds since the epoch; undefined where there is none. `before` are ids of earlier ones. */
export function ourRequest(
  { backupActions }: VirtualMachine,
  { datastore }: Target,
  { before, at }: { before: ReadonlySet<string>; at: number },
): ScheduledBackup | undefined {
  const due = at - EARLIER;
  const isOurs = ({ id, datastoreId, time }: ScheduledBackup) =>
    datastoreId === datastore.id && !before.has(id) && [0, HOUR].includes(Math.abs(time - due));
  return backupActions.find(isOurs);
}
