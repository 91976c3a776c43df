import { planInWords, plansOf } from '../checks/plans.ts';
import { ageOf, dated, owned } from '../checks/production.ts';
import { longestGap } from '../checks/restore-points.ts';
import type { Audited } from '../facts/audited.ts';
import type { Outcome } from '../outcome/outcome.ts';

/** What is known of a VM of production, whatever it is judged. Periods in seconds. */
export interface ProtectionLine {
  readonly id: string;
  readonly name: string;
  /** The selector of its class; empty where it is in none. */
  readonly of: string;
  /** When its newest restore point was made, seconds since the epoch; undefined where it has none, or that is not told. */
  readonly newest: number | undefined;
  readonly age: number | undefined;
  readonly rpo: number;
  readonly points: number;
  /** The longest time between two restore points since `keep_for` ago. */
  readonly gap: number | undefined;
  /** In words; empty where nobody has looked, or there is none. */
  readonly schedule: string;
  /** MiB, of the image of the newest. */
  readonly size: number | undefined;
}

/** A line for each VM of production; none where it is not declared, or its restore points are not known. */
export function protectionLines(cloud: Audited, looked: { readonly schedules: boolean }): readonly ProtectionLine[] {
  const { now, zone } = cloud.backups;
  const plans = looked.schedules ? plansOf(cloud) : [];
  const schedules = new Map('value' in zone ? plans.map((plan) => [plan.vm.id, planInWords(plan, zone.value)]) : []);
  if ('fault' in now) return [];
  return owned(cloud).map((each) => {
    const { vm, terms } = each;
    // While OpenNebula flattens a chain, its links are told as before: none has gone yet, and they age.
    const { points: known } = dated({ points: [...each.points, ...each.locked] }, now.value);
    const points = known.toSorted((a, b) => b.time - a.time);
    const [newest] = points;
    return {
      ...{ id: vm.id, name: vm.name, of: terms.of ?? '', rpo: terms.rpo, points: points.length },
      newest: newest?.time,
      age: newest && ageOf(newest, now.value),
      gap: longestGap(points, now.value - terms.keep_for),
      schedule: schedules.get(vm.id) ?? '',
      size: newest?.image.sizeMb || undefined,
    };
  });
}

const COLUMNS =
  'vm_id vm_name class newest_restore_point age_seconds rpo_seconds restore_points longest_gap_seconds schedule size_mib bds_701';

/** protection.csv, by RFC 4180; `outcomes` are those of BDS-701, by the id of the VM. */
export function toCsv(lines: readonly ProtectionLine[], outcomes: ReadonlyMap<string, Outcome>): string {
  const rows = lines.map(({ id, name, of, newest, age, rpo, points, gap, schedule, size }) => [
    ...[id, name, of, newest === undefined ? '' : new Date(newest * 1000).toISOString().replace('.000', '')],
    ...[age, rpo, points, gap, schedule, size, outcomes.get(id)],
  ]);
  return [COLUMNS.split(' '), ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** A text that a spreadsheet would take for a formula is given an apostrophe, which makes it a text there. */
function cell(value: string | number | undefined): string {
  if (typeof value !== 'string') return String(value ?? '');
  const text = /^[\s'"]*[=+\-@]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
