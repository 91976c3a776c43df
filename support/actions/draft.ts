import { LISTING } from '../checks/production.ts';
import { longestGap } from '../checks/restore-points.ts';
import type { Backups } from '../facts/backups.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { Datastore } from '../opennebula/pools.ts';
import { type RestorePoint, restorePoints } from '../opennebula/restore-points.ts';
import type { ProductionFacts } from '../site/example.ts';

/** Restore points of so many seconds tell how often backups are made now; how often they once were is of no use. */
const RECENT = 7 * 86_400;
/** No more labels than people read, and of these what a site file takes. */
const LABELS = 20;
const SELECTABLE = /^[^\p{Cc}]{1,128}$/u;

/** Case does not count, as OpenNebula has it of labels. */
const alike = (label: string): string => label.normalize('NFC').toLowerCase();

/** What a cloud has to protect: its VMs, their labels, and how far apart their backups in a datastore are. Undefined if it did not answer. */
export function draftOf(
  { virtualMachines }: Pick<FrontendFacts, 'virtualMachines'>,
  { images, now }: Pick<Backups, 'images' | 'now'>,
  datastore: Datastore | undefined,
): ProductionFacts | undefined {
  if ('fault' in virtualMachines) return undefined;
  const alive = virtualMachines.value.filter(({ state }) => state !== 'DONE');
  const backups = 'value' in images ? images.value.filter(({ datastoreId }) => datastoreId === datastore?.id) : [];
  const points = restorePoints(backups);
  const clock = 'value' in now ? now.value : 0;
  const summary = (vms: typeof alive) => {
    const gaps = vms.flatMap(({ id }) => gapOf(points.get(id) ?? [], clock) ?? []);
    return { vms: vms.length, ...(gaps.length > 0 && { gap: gaps.reduce((longest, gap) => Math.max(longest, gap)) }) };
  };
  // By the first of those that a selector does not tell apart.
  const named = new Map<string, string>();
  for (const label of alive.flatMap((vm) => vm.labels).filter((each) => SELECTABLE.test(each)))
    if (!named.has(alike(label))) named.set(alike(label), label);
  const labels = [...named].map(([key, label]) => ({
    label,
    ...summary(alive.filter((vm) => vm.labels.some((own) => alike(own) === key))),
  }));
  const first = labels.toSorted((a, b) => b.vms - a.vms || a.label.localeCompare(b.label, 'en')).slice(0, LABELS);
  return { ...summary(alive), labels: first };
}

/** The longest time between two of the recent restore points; where these are fewer than two, as of weekly backups, between the newest two. */
function gapOf(points: readonly RestorePoint[], now: number): number | undefined {
  const told = points.filter(({ time }) => time <= now + LISTING);
  return longestGap(told, now - RECENT) ?? longestGap(told.slice(0, 2), 0);
}
