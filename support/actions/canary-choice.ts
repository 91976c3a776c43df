import { type LeftOut, trialsBefore } from '../archive/proofs.ts';
import { isReady, leftOutOf, PROVEN } from '../checks/canaries.ts';
import type { Audited } from '../facts/audited.ts';
import type { Machines } from '../facts/cloud.ts';
import type { CanaryChoice, CanaryHost, Trial, Uncounted } from '../facts/gate.ts';
import { subjectOf } from '../facts/host.ts';
import { roadOf } from '../facts/road.ts';
import type { Host } from '../opennebula/pools.ts';
import type { Read } from '../outcome/evidence.ts';
import { canaryBarrier } from '../verdict/blocking.ts';
import { isSubject } from '../verdict/waivers.ts';
import { canaryTemplate } from './canary-template.ts';

/** Where earlier runs are, before which; whether all hosts are wanted in this one; and the only subjects that are judged, if there are such. */
interface Runs {
  readonly reports: string;
  readonly id: string;
  readonly allHosts: boolean;
  readonly only?: readonly string[] | undefined;
}

/** What earlier runs tell, and those that do not count. */
interface Earlier {
  readonly trials: ReadonlyMap<string, Trial>;
  readonly leftOut: readonly LeftOut[];
}

/** On which hosts a gate makes canaries, by what was learned and what earlier runs have proven. */
export async function chooseCanaries(machines: Machines, cloud: Audited, runs: Runs): Promise<Read<CanaryChoice>> {
  const { frontend, site } = cloud;
  const { hosts } = frontend;
  if ('fault' in hosts) return hosts;
  const template = await canaryTemplate(machines);
  if ('fault' in template) return template;
  if (template.value.unfit !== undefined) return { fault: `restore.canary.template: ${template.value.unfit}` };
  const wanted = hosts.value.filter((host) => leftOutOf(host, site) === undefined);
  const earlier = await trialsBefore({ ...runs, site, frontend: frontend.name, road: roadOf(cloud) }, PROVEN, wanted);
  const at = new Date().toISOString();
  const { id, sizeMb } = template.value;
  return { value: { at, template: id, sizeMb, ...choiceOf(cloud, wanted, { ...runs, ...earlier, at }) } };
}

/** The choice among these hosts, at a moment in ISO 8601. */
export function choiceOf(
  cloud: Audited,
  hosts: readonly Host[],
  { trials, leftOut, allHosts, only, at }: Pick<Runs, 'allHosts' | 'only'> & Earlier & { readonly at: string },
): Pick<CanaryChoice, 'queue' | 'chosen' | 'others' | 'atOnce'> {
  const { canary } = cloud.site.restore;
  const all = hosts.map((host): CanaryHost => {
    const [before, barrier] = [trials.get(host.id), canaryBarrier(cloud, { host: host.name })];
    const uncounted = leftOut
      .filter(({ ids }) => ids.includes(host.id))
      .map(({ run, why, failed }): Uncounted => ({ run, why, ...(failed?.includes(host.id) && { saysFailed: true }) }));
    return { host, ...(before && { before }), ...(uncounted.length > 0 && { uncounted }), ...(barrier && { barrier: barrier.reason }) };
  });
  const [queue, others] = [all.filter(isReady).toSorted(inTurn(at)), all.filter((each) => !isReady(each))];
  const isWanted = ({ host }: CanaryHost) => only === undefined || only.some((asked) => isSubject(subjectOf(host), asked));
  return {
    ...{ queue, others },
    chosen: queue.filter(isWanted).slice(0, allHosts ? undefined : canary?.per_run),
    atOnce: Math.max(1, Math.min(canary?.at_once ?? 1, cloud.backups.limits.inAll)),
  };
}

/**
 * Those first that were tried longest ago, or never: those that cannot be proven do not keep the others from their turn. A trial that is dated in
 * the future, by a clock that was wrong, does not count.
 */
const inTurn = (at: string) => (a: CanaryHost, b: CanaryHost) => {
  const [one, other] = [a, b].map(({ before }) => (before && before.tried <= at ? before.tried : ''));
  return one === other ? Number(a.host.id) - Number(b.host.id) : (one ?? '') < (other ?? '') ? -1 : 1;
};
