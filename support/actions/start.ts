import { posix } from 'node:path';
import type { Machines } from '../facts/cloud.ts';
import type { Backup } from '../facts/gate.ts';
import type { Image } from '../opennebula/images.ts';
import type { Datastore, ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Evidence } from '../outcome/evidence.ts';
import type { Target } from './journal.ts';
import type { Scene } from './scene.ts';

/**
 * Whether the VM can have one chain of increments and no other: in SNAPSHOT mode a second full backup fails, and every later one
 * with it. Seen on 6.10.5 and 7.4.0.
 */
export const hasOneChain = ({ keepsIncrements, incrementMode }: ListedVirtualMachine): boolean =>
  keepsIncrements && incrementMode === 'SNAPSHOT';

const chainOf = ({ vm, images }: Pick<Scene, 'vm' | 'images'>): Image | undefined =>
  vm.lastIncrement < 0 ? undefined : images.find(({ id }) => id === vm.chain);

/** What to ask for: a chain of our own, or one more link of the only one there can be. */
export function startOf(scene: Pick<Scene, 'vm' | 'images'>): { reset: boolean; chain?: Image } {
  const chain = hasOneChain(scene.vm) ? chainOf(scene) : undefined;
  return { reset: scene.vm.keepsIncrements && !hasOneChain(scene.vm), ...(chain && { chain }) };
}

/**
 * Why a test backup would do harm: OpenNebula would delete an older full backup for it, or it would have to begin a second chain where there can be
 * one only; undefined where it would not. Looks at the disks on the host.
 */
export async function whyUnfit(
  { onFrontend, site }: Machines,
  { vm, images }: Pick<Scene, 'vm' | 'images'>,
  { target: { datastore }, datastores }: { target: Target; datastores: readonly Datastore[] },
): Promise<Pick<Backup, 'found' | 'fix' | 'evidence'> | undefined> {
  if (!vm.keepsIncrements && vm.keepLast > 0 && vm.backups.length >= vm.keepLast)
    return {
      found: `that OpenNebula keeps ${vm.keepLast} full backups of it (KEEP_LAST), and there are ${vm.backups.length}: for a test backup it would delete the oldest`,
      fix: `Declare another test_vm, or have more kept of this one: KEEP_LAST in onevm updateconf ${vm.id}`,
      evidence: [],
    };
  if (!hasOneChain(vm)) return undefined;
  const chain = chainOf({ vm, images });
  if (chain?.datastoreId === datastore.id) return undefined;
  const evidence: Evidence[] = [];
  if (!chain && vm.lastIncrement < 0) {
    if (!vm.wasBackedUp && vm.backups.length === 0) return undefined;
    // The first full backup in that mode makes each disk a link to a layer of it; what other modes made does no harm.
    const { connect: connectTimeout, command: deadline } = site.deadlines;
    const script = 'for disk in "$1"/disk.*; do readlink -- "$disk"; done; [ ! -d "$1" ] || echo looked';
    const base = datastores.find(({ id }) => id === vm.systemDatastore)?.basePath ?? '';
    const folder = posix.join(base, vm.id);
    const host = onFrontend.hop({ host: vm.host, connectTimeout });
    const answer = await host.run({ argv: ['sh', '-c', script, 'sh', folder], deadline, typed: `ls -l ${folder}` });
    evidence.push(answer);
    if (/^looked$/m.test(answer.stdout) && !/\.snap\/\d+$/m.test(answer.stdout)) return undefined;
  }
  const where = chain ? `its chain is image ${chain.id} in datastore ${chain.datastoreId}` : 'its chain is gone';
  return {
    found: `that it keeps increments in SNAPSHOT mode, and ${where}: a test backup would have to begin a second chain, which fails in that mode, and every later backup with it`,
    fix: `Declare another test_vm: one whose BACKUP_CONFIG has MODE="FULL" or INCREMENT_MODE="CBT". Or set INCREMENT_MODE="CBT" for this one: onevm updateconf ${vm.id}`,
    evidence,
  };
}
