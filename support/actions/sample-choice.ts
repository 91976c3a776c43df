import { provenBefore } from '../archive/proofs.ts';
import { checks } from '../checks/all.ts';
import { backupSize, isOrWillBeUsable, newestBackups } from '../checks/sample.ts';
import type { Audited } from '../facts/audited.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import type { Sample, SampleChoice } from '../facts/gate.ts';
import { roadOf } from '../facts/road.ts';
import { isStarted, scopeOf } from '../facts/scope.ts';
import { MiB } from '../machines/shell.ts';
import type { Image } from '../opennebula/images.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import { isUsable } from '../opennebula/restore-points.ts';
import type { Read } from '../outcome/evidence.ts';
import type { Judgement } from '../outcome/judgement.ts';
import { chainBarrier, judge } from '../verdict/blocking.ts';
import { isSubject } from '../verdict/waivers.ts';

/** The requirement that samples meet. */
export const SAMPLED = 'BDS-605';

/** What says of single images whether they are sound. */
const SOUNDNESS = ['BDS-706', 'BDS-707'];

/** Where earlier runs are, before which, and the only subjects that are judged, if there are such. */
interface Runs {
  readonly reports: string;
  readonly id: string;
  readonly only?: readonly string[] | undefined;
}

/** Whose backups a gate restores, by what was learned and what earlier runs have proven. */
export async function chooseSample(cloud: Audited, runs: Runs): Promise<Read<SampleChoice>> {
  const { frontend, backups, site } = cloud;
  const { virtualMachines } = frontend;
  if ('fault' in virtualMachines) return virtualMachines;
  if ('fault' in backups.images) return backups.images;
  const unclear = scopeOf(cloud)?.unclear;
  if (unclear) return unclear;
  const ours = { ...runs, site, frontend: frontend.name, road: roadOf(cloud) };
  const { leftOut: uncounted, ...earlier } = await provenBefore(ours, SAMPLED, productionOf(cloud));
  return { value: { ...choiceOf(cloud, backups.images.value, { ...earlier, unsound: obstaclesIn(cloud), only: runs.only }), uncounted } };
}

/** Production as it was declared; where it was not, all VMs but the suite's own. */
function productionOf(cloud: Audited): readonly ListedVirtualMachine[] {
  const { frontend, site } = cloud;
  const declared = scopeOf(cloud);
  if (declared) return declared.vms.map(({ vm }) => vm);
  const all = 'value' in frontend.virtualMachines ? frontend.virtualMachines.value : [];
  return all.filter(({ id, name, state }) => state !== 'DONE' && id !== String(site.test_vm?.id) && !isStarted(name));
}

/** What a choice goes by besides. */
interface Known {
  /** When a backup of a VM was last restored, by its id. */
  readonly proven: ReadonlyMap<string, string>;
  /** When that was tried since, and came to no proof. */
  readonly inVain: ReadonlyMap<string, string>;
  /** What any run says to have failed since then. */
  readonly failed: ReadonlySet<string>;
  /** Why a backup is not sound; undefined of one that is. */
  readonly unsound: (image: Image) => string | undefined;
  /** The only ones to choose. */
  readonly only: readonly string[] | undefined;
}

/** The choice among these images. */
export function choiceOf(
  cloud: Audited,
  images: readonly Image[],
  { proven, inVain, failed, unsound, only }: Known,
): Omit<SampleChoice, 'uncounted'> {
  const { site } = cloud;
  const production = productionOf(cloud);
  // One in ERROR keeps no older one from being restored; where there is no other, it is named.
  const [newest, any] = [isOrWillBeUsable, undefined].map((counts) => newestBackups(images, declaredDatastore(cloud)?.id ?? '', counts));
  const [fit, leftOut]: [Sample[], { vm: ListedVirtualMachine; why: string }[]] = [[], []];
  for (const vm of production) {
    const image = newest?.get(vm.id) ?? any?.get(vm.id);
    const why = whyNot(cloud, vm, image, unsound);
    if (why !== undefined || !image) leftOut.push({ vm, why: why ?? '' });
    else fit.push({ vm, image, sizeMb: backupSize(image), ...ofVm(vm, { proven, inVain, failed }) });
  }
  const isWanted = ({ vm: { name, id } }: Sample) => only === undefined || only.some((asked) => isSubject({ kind: 'vm', name, id }, asked));
  const [again, well] = [true, false].map((since) => production.filter(({ id }) => proven.has(id) && failed.has(id) === since));
  return {
    chosen: inTurn(fit)
      .filter(isWanted)
      .slice(0, site.restore.sample?.vms ?? 0),
    ...{ production: production.length, eligible: fit.length, leftOut },
    proven: well?.length ?? 0,
    ...(again && again.length > 0 && { failed: again }),
  };
}

type Earlier = 'proven' | 'inVain' | 'failed';

function ofVm({ id }: ListedVirtualMachine, earlier: Pick<Known, Earlier>): Pick<Sample, Earlier> {
  const [proven, inVain] = [earlier.proven.get(id), earlier.inVain.get(id)];
  return {
    ...(proven !== undefined && { proven }),
    ...(inVain !== undefined && { inVain }),
    ...(earlier.failed.has(id) && { failed: true }),
  };
}

/** Why the newest backup of a VM is not to be restored; undefined where it may be. */
function whyNot(
  { frontend, server, site }: Audited,
  vm: ListedVirtualMachine,
  image: Image | undefined,
  unsound: Known['unsound'],
): string | undefined {
  if (!image) return `no backup in “${site.datastore.name}”`;
  if (vm.inBackup) return 'it is being backed up';
  if (image.state === 'locked') return `OpenNebula is at work on its backup, image ${image.id} (LOCKED)`;
  if (!isUsable(image)) return `its newest backup, image ${image.id}, is not READY`;
  const [size, most] = [backupSize(image), site.restore.sample?.max_size ?? 0];
  if (!(size <= most)) return `its newest backup, image ${image.id}, has ${size} MiB, and restore.sample.max_size is ${most} MiB`;
  const fault = unsound(image);
  if (fault !== undefined) return fault;
  const room = image.increments.length > 1 && 'value' in server.space ? server.space.value.tmp : undefined;
  if (room && room.availableBytes < size * MiB)
    return `its chain, image ${image.id}, has ${size} MiB, and ${room.path} on ${server.name}, where OpenNebula puts it together, ${Math.floor(room.availableBytes / MiB)} MiB free`;
  const target = 'value' in frontend.datastores ? frontend.datastores.value.find(({ name }) => name === site.restore.datastore) : undefined;
  // OpenNebula asks for the whole disks.
  const whole = vm.disks.filter(({ id }) => image.disks.includes(id)).reduce((sum, disk) => sum + (disk.sizeMb || 0), 0);
  const wanted = Math.max(size, whole);
  if (target && target.freeMb < wanted)
    return `its disks need ${wanted} MiB, and the datastore “${target.name}” has ${target.freeMb} MiB free`;
  return undefined;
}

/** What keeps a backup from being sound or restored, by the requirements that say so of single images and of chains, or could not. */
export function obstaclesIn(cloud: Audited): Known['unsound'] {
  const judged = SOUNDNESS.flatMap((id) => {
    const check = checks.find((each) => each.id === id);
    const judgements = check ? judge(check, cloud, []).judgements : [];
    return judgements.filter(({ outcome }) => outcome !== 'met' && outcome !== 'not-applicable').map((judgement) => ({ id, judgement }));
  });
  const chains = chainBarrier(cloud)?.reason.replace(/^Not checked: (.*)\.$/, '$1');
  const says = { 'not-met': 'is not met', blocked: 'is blocked' } as Readonly<Record<string, string>>;
  const isOf = ({ subject }: Judgement, image: Image) => subject === undefined || (subject.kind === 'image' && subject.id === image.id);
  return (image) => {
    const found = judged.find(({ judgement }) => isOf(judgement, image));
    if (found) return `${found.id} ${says[found.judgement.outcome] ?? 'could not be checked'} of its newest backup, image ${image.id}`;
    const isBarred = chains !== undefined && image.increments.length > 1;
    return isBarred ? `${chains}, and its newest backup, image ${image.id}, is a chain, which a restore puts together there` : undefined;
  };
}

/**
 * Those first whose restore was proven longest ago, or never; one that was tried in vain since then, as if it had been proven by that: what never
 * comes to a proof does not keep the others from their turn. Among these full backups before chains. Each kind is gone through round after round,
 * from behind the one that came last: where runs are forgotten sooner than all of a kind have had their turn, none of it waits for ever.
 */
function inTurn(fit: readonly Sample[]): readonly Sample[] {
  const isChain = ({ image }: Sample) => image.increments.length > 0;
  const kinds = [fit.filter((each) => !isChain(each)), fit.filter(isChain)];
  return kinds.flatMap(inRounds).toSorted((a, b) => compare(lastTurn(a), lastTurn(b)));
}

/** By their ids, from behind the one that came last. */
function inRounds(kind: readonly Sample[]): readonly Sample[] {
  const round = kind.toSorted((a, b) => Number(a.vm.id) - Number(b.vm.id));
  const newest = round.map(lastTurn).toSorted().at(-1);
  const last = newest === '' ? -1 : round.findLastIndex((each) => lastTurn(each) === newest);
  return [...round.slice(last + 1), ...round.slice(0, last + 1)];
}

const lastTurn = ({ proven = '', inVain = '' }: Sample): string => (inVain > proven ? inVain : proven);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
