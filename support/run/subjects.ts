import { savedBridges } from '../facts/bridge.ts';
import type { Cloud } from '../facts/cloud.ts';
import { UsageError } from '../outcome/errors.ts';
import type { Looked } from '../outcome/evidence.ts';
import { firstFew } from '../outcome/judgement.ts';
import { didYouMean } from '../outcome/similar.ts';
import type { Subject } from '../outcome/subject.ts';
import { isSubject } from '../verdict/waivers.ts';

/**
 * Sees that --only names what is there, and once. What OpenNebula does not list just now is not known to be wrong: the run says so then.
 * @throws UsageError when there is no such host or VM, or several things of that name.
 */
export async function requireSubjects(cloud: Cloud, asked: readonly string[]): Promise<void> {
  try {
    for (const each of asked) requireOne(each, await namesakes(cloud, each));
  } catch (error) {
    cloud.close();
    throw error;
  }
}

function requireOne(asked: string, listed: readonly Subject[] | undefined): void {
  if (!listed) return;
  const [first, ...others] = listed.filter((subject) => isSubject(subject, asked));
  if (!first) {
    const names = listed.map(({ kind, name }) => (kind === 'vm' ? `vm ${name}` : name));
    const kind = listed[0]?.kind;
    if (kind === 'image' || kind === 'job') return;
    const meant = didYouMean(asked, [...names, ...names.map((name) => name.replace(/\..*/, ''))]);
    const other = /^\w+ /.test(asked) ? '' : ` What is no host or machine is given with its kind, as in “vm ${asked}”.`;
    throw new UsageError(`@${asked}: OpenNebula lists none of that name.${meant} There are: ${firstFew(names, ', ')}.${other}`);
  }
  if (others.length === 0) return;
  const all = [first, ...others].map(({ kind, name, id }) => (kind === 'host' ? name : `${name} (${id})`));
  const give = first.kind === 'host' ? 'one of these' : `its id, as in ${first.kind} ${first.id}`;
  throw new UsageError(`@${asked}: expected one of that name, found ${all.join(', ')}. Give ${give}.`);
}

/** All that a name may mean; undefined where that could not be learned. */
async function namesakes(cloud: Cloud, asked: string): Promise<readonly Subject[] | undefined> {
  const { site } = cloud;
  const frontend = await cloud.frontend();
  const { name, hosts, virtualMachines, datastores } = frontend;
  const [, kind] = /^(vm|image|job|datastore) /.exec(asked) ?? [];
  const of = (listed: Looked<readonly { readonly name: string; readonly id: string }[] | undefined>, as: Subject['kind']) =>
    'value' in listed ? listed.value?.map((each) => ({ kind: as, name: each.name, id: each.id })) : undefined;
  if (kind === 'vm') return of(virtualMachines, kind);
  if (kind === 'datastore') return of(datastores, kind);
  if (kind === 'image') return of((await cloud.backups()).images, kind);
  if (kind === 'job') return of((await cloud.backups()).jobs, kind);
  const others = [name, site.datastore.rsync_host, ...savedBridges({ frontend, site })];
  const known = of(hosts, 'host');
  const isHost = (machine: string) => known?.some((host) => host.name === machine) ?? false;
  return known && [...known, ...others.filter((each) => !isHost(each)).map((machine) => ({ kind: 'machine' as const, name: machine }))];
}
