/** Which VMs are production, and what each of them is owed. */
import type { Host, ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Looked } from '../outcome/evidence.ts';
import type { Protect, Selector, Site } from '../site/schema.ts';
import { dayOf } from '../site/waivers.ts';
import type { FrontendFacts } from './frontend.ts';
import { testVm } from './gate.ts';

/** What a VM is owed: the block `protect`, or of its class what that says otherwise. Periods in seconds. */
export interface Terms extends Pick<Protect, 'rpo' | 'restore_points' | 'keep_for' | 'rto' | 'quiesced' | 'datastores' | 'disks'> {
  /** The selector of its class; undefined where no class is its own. */
  readonly of: string | undefined;
}

/** A VM of production. */
export interface Protected {
  readonly vm: ListedVirtualMachine;
  readonly terms: Terms;
}

/** Production, as it was declared and found. */
export interface Scope {
  readonly vms: readonly Protected[];
  /** What was declared out of scope, and how many VMs it takes out; one that has expired takes out none. */
  readonly exceptions: readonly {
    readonly of: string;
    readonly owner: string;
    readonly reason: string;
    readonly expires: string;
    readonly expired: boolean;
    readonly vms: number;
  }[];
  /** The VMs that the exceptions take out together. */
  readonly out: readonly string[];
  /** Those that neither protect.vms nor an exception names: nobody has said whether they are production. */
  readonly undeclared: readonly string[];
  /** VMs that are never in scope: of the suite's own doing. */
  readonly own: readonly string[];
  /** Selectors that decide nothing, a sentence each. */
  readonly unused: readonly string[];
  /** What would have to be known to tell; undefined where all is. */
  readonly unclear: Exclude<Looked<unknown>, { value: unknown }> | undefined;
}

interface Known {
  readonly site: Site;
  readonly frontend: FrontendFacts;
}

/** Production, or undefined where nobody has declared what it is owed, or its VMs could not be listed. */
export function scopeOf({ site, frontend }: Known): Scope | undefined {
  const { protect } = site;
  const { virtualMachines, hosts, now } = frontend;
  if (!protect || 'fault' in virtualMachines) return undefined;
  const matches = matching(frontend);
  const alive = virtualMachines.value.filter(({ state }) => state !== 'DONE').toSorted((a, b) => Number(a.id) - Number(b.id));
  // One that has its id and another name is another.
  const own = testVm({ site, frontend });
  const isOwn = (vm: ListedVirtualMachine) => vm === own || isStarted(vm.name);
  const others = alive.filter((vm) => !isOwn(vm));
  const day = dayOf(new Date(('value' in now ? now.value : 0) * 1000));
  const { vms: wanted, except, classes, ...rest } = protect;
  const declared = others.filter((vm) => wanted === 'all' || wanted.some((selector) => matches(vm, selector)));
  const exceptions = except.map(({ owner, reason, expires, ...selector }) => {
    const expired = expires < day;
    const out = expired ? [] : declared.filter((vm) => matches(vm, selector));
    return { out, selector, shown: { of: inWords(selector), owner, reason, expires, expired, vms: out.length } };
  });
  const excepted = new Set(exceptions.flatMap(({ out }) => out));
  const isDeclared = new Set(declared);
  const excepts = exceptions.flatMap(({ selector, shown }) => (shown.expired ? [] : [selector]));
  const vms = declared.filter((vm) => !excepted.has(vm));
  const classed = vms.map((vm) => ({ vm, at: classes.findIndex((each) => matches(vm, each)) }));
  // A class may say of the test VM which disks it has, and nothing else.
  const choosesFor = (each: Protect['classes'][number]) => own !== undefined && each.disks !== undefined && matches(own, each);
  const idle = (key: keyof Protect, selector: Selector) => {
    const among = (some: readonly ListedVirtualMachine[]) => some.some((vm) => matches(vm, selector));
    const why = among(declared)
      ? 'is never used: an earlier class or an exception has all its VMs'
      : 'matches no VM that protect.vms names';
    return `protect.${key} ${inWords(selector)} ${among(others) ? why : 'matches no VM'}.`;
  };
  return {
    vms: classed.map(({ vm, at }) => ({ vm, terms: termsOf(rest, classes[at]) })),
    exceptions: exceptions.map(({ shown }) => shown),
    out: named(declared.filter((vm) => excepted.has(vm))),
    undeclared: named(others.filter((vm) => !isDeclared.has(vm) && !excepts.some((selector) => matches(vm, selector)))),
    own: named(alive.filter(isOwn)),
    unused: [
      ...(wanted === 'all' ? [] : wanted.filter((each) => !declared.some((vm) => matches(vm, each)))).map((each) => idle('vms', each)),
      ...exceptions.filter(({ shown, out }) => !shown.expired && out.length === 0).map(({ selector }) => idle('except', selector)),
      ...classes.filter((each, index) => !classed.some(({ at }) => at === index) && !choosesFor(each)).map((each) => idle('classes', each)),
    ],
    unclear: [
      ...('fault' in now && except.length > 0 ? [now] : []),
      ...('fault' in hosts && [...(wanted === 'all' ? [] : wanted), ...except, ...classes].some(({ cluster }) => cluster !== undefined)
        ? [hosts]
        : []),
    ][0],
  };
}

/** As people name them: web01 (2). */
const named = (vms: readonly ListedVirtualMachine[]): readonly string[] => vms.map(({ id, name }) => `${name} (${id})`);

/** The VMs for which there must be room: those in scope, where one was declared, and the test VM; else all. */
export function judgedVms(cloud: Known): readonly ListedVirtualMachine[] {
  const { virtualMachines } = cloud.frontend;
  const alive = 'value' in virtualMachines ? virtualMachines.value.filter(({ state }) => state !== 'DONE') : [];
  const scope = scopeOf(cloud);
  if (!scope) return alive;
  const wanted = new Set([...scope.vms.map(({ vm }) => vm.id), testVm(cloud)?.id]);
  return alive.filter(({ id }) => wanted.has(id));
}

/** Whether the site file says of a VM, in scope or not, as the test VM is, that what DISK_IDS leaves out is left out on purpose. */
export function choosesDisks({ site: { protect }, frontend }: Known, vm: ListedVirtualMachine): boolean {
  const matches = matching(frontend);
  const disks =
    protect &&
    termsOf(
      protect,
      protect.classes.find((each) => matches(vm, each)),
    ).disks;
  return disks === 'selected';
}

function matching({ hosts }: Known['frontend']) {
  const clusters = new Map(('value' in hosts ? hosts.value : []).map(({ cluster, clusterName }: Host) => [cluster, clusterName]));
  return (vm: ListedVirtualMachine, selector: Selector) => isSelected(vm, selector, clusters.get(vm.cluster));
}

function termsOf(owed: Omit<Terms, 'of'>, of: Protect['classes'][number] | undefined): Terms {
  const { name: _name, id: _id, label: _label, group: _group, cluster: _cluster, ...own } = of ?? {};
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return { ...owed, ...given, of: of && inWords(of) };
}

/** What gates start of what they restored, and what they make on hosts to be backed up, is called so. */
export const isStarted = (name: string): boolean => /^backup-compliance-\d{4}-.*-(boot|host\d+)$/.test(name);

/** Whether all that a selector names holds; `cluster` is the name of the cluster it is in. */
function isSelected(vm: ListedVirtualMachine, selector: Selector, cluster: string | undefined): boolean {
  const { label } = selector;
  const fits = (wanted: string | undefined, ...names: readonly (string | undefined)[]) =>
    wanted === undefined || names.some((name) => name !== undefined && isLike(name, wanted));
  return (
    (selector.id === undefined || vm.id === String(selector.id)) &&
    fits(selector.name, vm.name) &&
    (label === undefined || vm.labels.some((own) => isLike(own, label, 'i'))) &&
    fits(selector.group, vm.group) &&
    fits(selector.cluster, cluster, vm.cluster)
  );
}

/** Whether a name is of a pattern, in which * stands for any characters; `i` where its case does not count, as OpenNebula has it of labels. */
function isLike(name: string, pattern: string, flag: 'i' | '' = ''): boolean {
  const parts = pattern
    .normalize('NFC')
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, `su${flag}`).test(name.normalize('NFC'));
}

/** A selector as it stands in the site file: name web-*, label Gold. */
function inWords(selector: Selector): string {
  const { name, id, label, group, cluster } = selector;
  const named = Object.entries({ name, id, label, group, cluster }).filter(([, value]) => value !== undefined);
  return named.map(([key, value]) => `${key} ${value}`).join(', ');
}
