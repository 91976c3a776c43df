import { OVERDUE, type Schedules } from '../facts/schedules.ts';
import { quote } from '../machines/quote.ts';
import type { Datastore, ListedVirtualMachine, ScheduledAction, VirtualMachine } from '../opennebula/pools.ts';
import {
  type Busy,
  hungFor,
  isBackup,
  isBehindFlatten,
  placeTaken,
  queueOf,
  rejectionOf,
  SETTLING,
  saidOf,
  targetOf,
} from '../opennebula/queue.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { expecting, firstFew, type Judgement, withoutStop } from '../outcome/judgement.ts';
import { giveUp } from './advice.ts';
import { afterRefusal } from './causes.ts';
import { ofDatastore } from './datastore.ts';

/** What is to be said of a scheduled action: it is stuck, it waits, or whether it does cannot be told. */
interface Seen {
  readonly outcome: 'stuck' | 'waits' | 'unclear';
  readonly found: string;
  readonly fix?: string;
  readonly evidence: readonly Evidence[];
}

/** BDS-406: no scheduled backup is stuck in front of one to this datastore, or is itself one to it. */
export const noBackupIsStuck = ofDatastore('BDS-406', ['schedules'], (datastore, { frontend, schedules, site }): Judgement => {
  const { datastores, virtualMachines, now } = frontend;
  const expected = expecting(`datastore ${datastore.id}`, 'no scheduled backup to be stuck');
  if ('fault' in virtualMachines) return expected.unseen(virtualMachines);
  if ('fault' in datastores) return expected.unseen(datastores);
  const { machines } = schedules;
  const evidence = [...virtualMachines.evidence, ...schedules.evidence, ...now.evidence];
  if ('fault' in now) return expecting(frontend.name, 'the time, to tell whether a scheduled backup is overdue').unseen(now);
  const shown = machines.flatMap((vm) => ('value' in vm ? [{ vm: vm.value, evidence: vm.evidence }] : []));
  // What was shown later is newer than the list.
  const all = virtualMachines.value.map((listed) => shown.find(({ vm }) => vm.id === listed.id)?.vm ?? listed);
  const ended = endOf(
    schedules.ends,
    shown.map(({ vm }) => vm),
  );
  const busy: Busy = {
    running: all.filter(({ id, inBackup }) => inBackup || now.value - ended(id) < SETTLING),
    limits: schedules.limits,
    due: shown.flatMap(({ vm }) => {
      const [first] = queueOf(vm, now.value);
      return first && isBackup(first) && first.time < now.value ? [{ vm, action: first }] : [];
    }),
  };
  const cloud = { now: now.value, datastores: datastores.value, ours: datastore, busy, ends: schedules.ends, patience: site.deadlines.job };
  const seen = shown.flatMap(({ vm, evidence: rests }) => judgeQueue(vm, cloud).map((each): Seen => ({ ...each, evidence: rests })));
  const of = (outcome: Seen['outcome']) => seen.filter((each) => each.outcome === outcome);
  const [stuck, waiting, unclear] = [of('stuck'), of('waits'), of('unclear')];
  const inWords = (some: readonly Seen[]) => firstFew(some.map(({ found }) => found));
  if (stuck[0])
    return expected.notMet({
      found: inWords(stuck),
      fix: stuck[0].fix ?? '',
      evidence: [...new Set([...stuck.slice(0, 5).flatMap((each) => each.evidence), ...now.evidence])],
    });
  const unseen = machines.flatMap((vm) => ('fault' in vm ? [{ ...vm, found: `${nameOf(vm.listed)}: ${vm.fault}` }] : []));
  const [first] = [...unseen, ...unclear];
  if (first) {
    const found = `that it cannot be told of every VM: ${firstFew([...unseen, ...unclear].map((each) => each.found))}`;
    return expected.undetermined({ found, fix: first.fix ?? 'Run it again.', evidence });
  }
  const measured = `${shown.length} of ${all.length} VMs with something scheduled`;
  return expected.met({ measured, evidence, ...(waiting.length > 0 && { note: `Waiting: ${inWords(waiting)}.` }) });
});

const nameOf = ({ id, name }: Pick<VirtualMachine, 'id' | 'name'>) => `${name} (${id})`;

/** When a backup of a VM last ended, in seconds since the epoch, if known. One that began and no longer runs has ended. */
function endOf(ends: Schedules['ends'], shown: readonly VirtualMachine[]): (id: string) => number {
  const begun = new Map(shown.map(({ id, backupActions }) => [id, Math.max(...backupActions.map(({ done }) => done))]));
  const images: ReadonlyMap<string, number> = 'value' in ends ? ends.value : new Map();
  return (id) => Math.max(begun.get(id) ?? -1, images.get(id) ?? -1);
}

interface Around {
  readonly now: number;
  readonly datastores: readonly Datastore[];
  readonly ours: Datastore;
  readonly busy: Busy;
  readonly ends: Looked<unknown>;
  /** Seconds that a backup may take. */
  readonly patience: number;
}

/** What keeps a VM's backups to this datastore from being begun. */
function judgeQueue(vm: VirtualMachine, { now, datastores, ours, busy, ends, patience }: Around): Omit<Seen, 'evidence'>[] {
  const queue = queueOf(vm, now);
  const isOurs = (action: ScheduledAction) => isBackup(action) && targetOf(action, vm, datastores)?.id === ours.id;
  if (!queue.some(isOurs)) return [];
  /** Ours that comes after it, now or the next time. */
  const behind = (action: ScheduledAction) => queue.find((other, at) => isOurs(other) && (other.repeats || at > queue.indexOf(action)));
  const say = (action: ScheduledAction, why: string) => {
    const held = isOurs(action) ? undefined : behind(action);
    return `${nameOf(vm)}, action ${action.id}: ${withoutStop(why)}${held ? `, in front of action ${held.id} to this datastore` : ''}`;
  };
  const remove = (action: ScheduledAction) => quote(['onevm', 'sched-delete', vm.id, action.id]);
  const stuck = (action: ScheduledAction, why: string, fix: string) => ({ outcome: 'stuck' as const, found: say(action, why), fix });

  const lost = queue.filter(isBackup).filter((action) => targetOf(action, vm, datastores)?.type !== 'bck' && behind(action));
  const [doomed] = lost;
  if (doomed) {
    const target = targetOf(doomed, vm, datastores);
    const goes = target
      ? `it goes to datastore ${target.id}, which is no backup datastore`
      : `it goes to datastore ${doomed.datastoreId}, which is gone`;
    const said = saidOf(doomed);
    return [
      stuck(doomed, said === '' ? goes : `rejected: ${said}`, `It can never run, and blocks those behind it. Remove it: ${remove(doomed)}`),
    ];
  }
  const [first] = queue;
  const isHung = ({ backupSince }: ListedVirtualMachine) => now - backupSince > patience;
  const hung = (other: ListedVirtualMachine) => {
    const whose = other.id === vm.id ? 'a backup of it' : `a backup of ${nameOf(other)}`;
    return `${whose} ${hungFor(now - other.backupSince, patience)}`;
  };
  if (first && isHung(vm)) return [stuck(first, hung(vm), giveUp(vm))];
  if (!first || first.time >= now) return [];
  const late = now - first.time;
  const overdue = `overdue by ${minutes(late)} minutes`;
  const said = saidOf(first);
  const rejected = `rejected: ${withoutStop(said)}`;
  const waits = (why: string) => [{ outcome: 'waits' as const, found: say(first, `${late > OVERDUE ? `${overdue}; ` : ''}${why}`) }];
  const rejection = rejectionOf(first, vm);
  if (vm.unborn) return waits(vm.host === '' ? 'the VM has not begun to run' : `the VM is in state ${vm.state}`);
  if (!vm.inBackup && isBehindFlatten(first)) {
    const flatten = 'its chain is being flattened';
    return late > patience ? [stuck(first, `${overdue}; ${flatten} (deadlines.job: ${minutes(patience)})`, FLATTEN_HANGS)] : waits(flatten);
  }
  if (vm.inBackup || rejection === 'waits') return waits('another backup of it is under way');
  if (rejection === 'stays') return [stuck(first, rejected, adviceOn(said, vm, first, remove(first)))];
  if (late <= OVERDUE) return rejection === undefined ? [] : waits(rejected);
  if (rejection === 'passes') return [stuck(first, `${overdue}; ${rejected}`, adviceOn(said, vm, first, remove(first)))];
  const taken = placeTaken(vm, first, busy);
  if (taken !== undefined) {
    const lasting = busy.running.find((other) => isHung(other) && other.host === vm.host) ?? busy.running.find(isHung);
    const isFree = placeTaken(vm, first, { ...busy, running: busy.running.filter((other) => !isHung(other)) }) === undefined;
    return lasting && isFree ? [stuck(first, `${overdue}; ${hung(lasting)}`, giveUp(lasting))] : waits(taken);
  }
  if ('fault' in ends)
    return [{ outcome: 'unclear', found: say(first, `${overdue}, and whether a backup has just ended is not known: ${ends.fault}`) }];
  const log = 'Nothing holds it up. Look why OpenNebula does not begin it: grep SCH /var/log/one/oned.log';
  const anew = `. Then remove it, and schedule it anew: ${remove(first)}`;
  return [stuck(first, overdue, first.repeats ? log : log + anew)];
}

const minutes = (seconds: number): number => Math.round(seconds / 60);

/** What to do about a flatten that has no end. OpenNebula waits for it, as it has no deadline. */
const FLATTEN_HANGS =
  'Until it ends, no backup of that VM can begin. Look on the backup server whether it goes on (ps -C qemu-img -o pid,etime,args) and whether storage answers. If it is well and slow, raise deadlines.job in the site file.';

/** What to do about a rejection. What would run again by itself is not to be deleted. */
function adviceOn(said: string, vm: VirtualMachine, { repeats }: ScheduledAction, remove: string): string {
  const otherwise = repeats ? 'Correct what it says; it then runs by itself.' : `Remove it, then schedule it anew: ${remove}`;
  return `It blocks all later ones of its VM. ${afterRefusal(said, vm.id) ?? otherwise}`;
}
