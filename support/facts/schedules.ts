import type { Shell } from '../machines/shell.ts';
import { MiB } from '../machines/shell.ts';
import { type Probe, type Survey, survey } from '../machines/survey.ts';
import { IN_TIME } from '../machines/timeout.ts';
import { readAnswer } from '../opennebula/ask.ts';
import { keptOf } from '../opennebula/kept.ts';
import { lookAtImages, SLOW } from '../opennebula/pages.ts';
import { type ListedVirtualMachine, parseVirtualMachine, type VirtualMachine } from '../opennebula/pools.ts';
import { type Limits, queueOf, readLimits } from '../opennebula/queue.ts';
import { lastBackups } from '../opennebula/restore-points.ts';
import { type Kind, lookAtMany, MANY } from '../opennebula/xmlrpc.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import type { FrontendFacts } from './frontend.ts';

/** What is scheduled for the VMs of a cloud. */
export interface Schedules {
  /** Those that have scheduled actions, one by one as OpenNebula shows them, or why it does not. */
  readonly machines: readonly (Looked<VirtualMachine> & { readonly listed: ListedVirtualMachine })[];
  readonly limits: Limits;
  /**
   * When a backup of a VM last ended well, seconds since the epoch, by its id. Asked for where something is long overdue, which a
   * backup that has just made room explains; nothing otherwise.
   */
  readonly ends: Looked<ReadonlyMap<string, number>>;
  /** The answers to all of that. */
  readonly evidence: readonly Evidence[];
}

/** Seconds after which an action that was not begun is overdue. */
export const OVERDUE = 15 * 60;

/** Seconds after which no more VMs are asked for: each call takes 0.3 to 0.9 s, on a busy front-end 3 s. */
const SPAN = 90;

/** Asks for the lines of oned.conf that readLimits reads, and no others: it holds passwords. */
export const limitsProbe = (deadline: number): Probe => ({
  ...{ name: 'limits', argv: ['grep', '-E', '^[[:space:]]*MAX_BACKUPS', '/etc/one/oned.conf'], deadline },
});

/** Asks for what is scheduled, of those alone that have something: no list shows it. */
export async function surveySchedules(shell: Shell, site: Site, { virtualMachines, datastores, now }: FrontendFacts): Promise<Schedules> {
  const { command: deadline } = site.deadlines;
  const all = 'value' in virtualMachines ? virtualMachines.value : [];
  const listed = all.filter(({ scheduled }) => scheduled?.length !== 0).toSorted((a, b) => Number(a.id) - Number(b.id));
  const none: Schedules = { machines: [], limits: readLimits(''), ends: { value: new Map(), evidence: [] }, evidence: [] };
  if (listed.length === 0) return none;
  const ids = listed.map(({ id }) => id);
  const one = ids.length > MANY ? [] : ids.map((id) => askOne(id, deadline));
  const told = await survey(shell, [limitsProbe(deadline), ...one], { deadline: SPAN + 2 * deadline, cap: 256 * MiB });
  const looked =
    ids.length > MANY ? await lookAtMany(shell, VIRTUAL_MACHINES, ids, wholeMachine, deadline) : ids.map((id) => shown(told, id));
  const machines = looked.map((vm, at) => ({ listed: listed[at] as ListedVirtualMachine, ...vm }));
  const limits = told.answers.get('limits');
  const asked = [...new Set([...(limits ? [limits] : []), ...machines.flatMap(({ evidence }) => evidence)])];
  const known = { machines, limits: readLimits(limits?.stdout ?? '') };
  const clock = 'value' in now ? now.value : Number.NaN;
  const isLate = machines.some(
    (vm) => 'value' in vm && queueOf(vm.value, clock).some(({ time, message }) => message === '' && clock - time > OVERDUE),
  );
  if (!isLate) return { ...none, ...known, evidence: asked };
  const images = await lookAtImages(shell, datastores, SLOW);
  const ends = 'value' in images ? { ...images, value: lastBackups(images.value) } : images;
  return { ...known, ends, evidence: [...asked, ...ends.evidence] };
}

const askOne = (id: string, deadline: number): Probe => ({
  ...{ name: `vm-${id}`, argv: ['onevm', 'show', '-x', id], deadline },
  when: `[ $SECONDS -lt ${SPAN} ] && ${IN_TIME}`,
});
const VIRTUAL_MACHINES: Kind = { method: 'vm.info', argv: ['onevm', 'show', '-x'], called: 'vm' };

function shown({ answers, failure, asked }: Survey, id: string): Looked<VirtualMachine> {
  const answer = answers.get(`vm-${id}`);
  if (answer) return { ...readAnswer(answer, (xml) => wholeMachine(xml, id)), evidence: [keptOf(answer)] };
  return { fault: failure?.message ?? 'there was no time to ask for it', evidence: answers.size === 0 ? [keptOf(asked)] : [] };
}

/** What a VM is shown like. @throws Error when it is another one, or not all is shown that it has of what is scheduled. */
function wholeMachine(xml: string, id: string): VirtualMachine {
  const vm = parseVirtualMachine(xml);
  if (vm.id !== id) throw new Error(`found VM ${vm.id}, not ${id}`);
  const shownIds = [...vm.backupActions, ...vm.otherActions].map((action) => action.id);
  const missing = (vm.scheduled ?? []).filter((each) => !shownIds.includes(each));
  if (missing.length > 0) throw new Error(`found nothing of its scheduled action ${missing.join(', ')}`);
  return vm;
}
