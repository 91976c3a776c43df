import type { Audited } from '../facts/audited.ts';
import { registeredDatastore, releaseOf } from '../facts/frontend.ts';
import { ONEADMIN } from '../facts/quotas.ts';
import { compareVersions } from '../facts/release.ts';
import { judgedVms } from '../facts/scope.ts';
import { backupDisks } from '../opennebula/disks.ts';
import type { Datastore, ListedVirtualMachine } from '../opennebula/pools.ts';
import { savedOf } from '../opennebula/template.ts';
import { blockedBy, expecting, firstFew, type Judgement, notApplicable, withoutStop } from '../outcome/judgement.ts';
import { check } from './check.ts';

/** The first release that looks for room before it begins a backup. Source: 6.10.5, RequestManagerVirtualMachine.cc. */
const LOOKS = '6.10';

/** BDS-407: OpenNebula has room for a backup of every VM, by the figures that it compares before it begins one. */
export const roomForEveryBackup = check('BDS-407', ['quotas'], (cloud) => {
  const { frontend, site } = cloud;
  const datastore = registeredDatastore(cloud);
  if (!datastore) return blockedBy('BDS-402', `finds no rsync backup datastore “${site.datastore.name}”`);
  const vms = judgedVms(cloud);
  if (vms.length === 0) return notApplicable(`OpenNebula has no VM${site.protect ? ' in scope' : ''}.`);
  const release = releaseOf(frontend);
  const [looks = ''] = savedOf(datastore, 'DATASTORE_CAPACITY_CHECK');
  const unlooked =
    release !== undefined && compareVersions(release, LOOKS) < 0
      ? `OpenNebula ${release} does not look for room before it begins a backup.`
      : /^\s*(no|0|false)\s*$/i.test(looks) &&
        `OpenNebula does not look for room before it begins a backup: datastore ${datastore.id} has DATASTORE_CAPACITY_CHECK=${looks.trim()}.`;
  const judged = vms.map((vm) => judge(vm, datastore, cloud));
  if (unlooked === false) return judged;
  const short = judged.filter(({ outcome }) => outcome === 'not-met').flatMap(({ subject }) => subject?.name ?? []);
  return notApplicable(unlooked, short.length > 0 ? { note: `There may be too little for ${firstFew(short)}.` } : {});
});

/** What a datastore has room for, MiB, and what sets that; undefined where it tells too little. Source: Datastore::get_avail_mb. */
export function roomIn(datastore: Datastore): { readonly mib: number; readonly limit: number | undefined } | undefined {
  const [saved = ''] = savedOf(datastore, 'LIMIT_MB');
  const limit = /^\s*-?\d+\s*$/.test(saved) ? Number(saved) : undefined;
  const within = limit === undefined ? datastore.freeMb : limit - datastore.usedMb;
  const mib = Math.max(0, Math.min(datastore.freeMb, within));
  if (Number.isNaN(mib)) return undefined;
  return { mib, limit: within < datastore.freeMb ? limit : undefined };
}

function judge(vm: ListedVirtualMachine, datastore: Datastore, { frontend, quotas, site }: Audited): Judgement {
  const subject = { kind: 'vm', name: vm.name, id: vm.id } as const;
  const { datastores, virtualMachines } = frontend;
  const pools = [...datastores.evidence, ...virtualMachines.evidence];
  const expected = expecting(`${vm.name} (${vm.id})`, `room for a backup in datastore ${datastore.id}`);
  const disks = backupDisks(vm);
  const needed = disks.reduce((sum, { sizeMb }) => sum + sizeMb, 0);
  const room = roomIn(datastore);
  const unclear = disks.find(({ sizeMb }) => Number.isNaN(sizeMb));
  if (unclear) {
    const found = `no SIZE of its disk ${unclear.id}`;
    return expected.undetermined({ found, fix: `Look at it: onevm show ${vm.id}`, evidence: pools, subject });
  }
  if (!room) {
    const found = Number.isNaN(datastore.freeMb) ? 'no number for FREE_MB' : 'a LIMIT_MB, and no number for USED_MB';
    return expected.undetermined({ found, fix: `Look at it: onedatastore show ${datastore.id}`, evidence: pools, subject });
  }
  const by = room.limit === undefined ? '' : ` of LIMIT_MB ${room.limit}, of which ${datastore.usedMb} are used`;
  const measured = `its disks may grow to ${needed} MiB, ${room.mib} MiB are free${by}`;
  if (needed > room.mib) {
    const { rsync_host: host } = site.datastore;
    const fix =
      room.limit === undefined
        ? `Enlarge the backup volume of ${host}, or keep fewer backups (KEEP_LAST). OpenNebula counts the virtual size of the disks, not what a backup takes.`
        : `Raise or remove LIMIT_MB: onedatastore update ${datastore.id}. 0 leaves nothing.`;
    return expected.notMet({ found: `that ${measured}`, fix, measured, evidence: pools, subject });
  }
  const quota = quotas.get(vm.owner);
  if (vm.owner === ONEADMIN) return expected.met({ subject, measured, evidence: pools });
  if (!quota || 'fault' in quota) {
    const why = quota ? withoutStop(quota.fault) : 'there are too many owners to ask for all';
    return expected.met({
      ...{ subject, measured, evidence: [...pools, ...(quota?.evidence ?? [])] },
      note: `${vm.name} (${vm.id}): the quota of its owner, user ${vm.owner}, was not checked: ${why}.`,
    });
  }
  const { images, imagesUsed, sizeMb, sizeUsedMb } = quota.value;
  // An increment goes into the image that there is.
  const more = datastore.images.includes(vm.chain) ? 0 : 1;
  const over = [
    ...(imagesUsed + more > images ? [`${imagesUsed} of ${images} images`] : []),
    ...(sizeUsedMb + needed > sizeMb ? [`${sizeUsedMb} of ${sizeMb} MiB, where its disks may grow to ${needed} MiB`] : []),
  ];
  const evidence = [...pools, ...quota.evidence];
  if (over.length === 0) return expected.met({ subject, measured, evidence });
  const found = `that its owner, user ${vm.owner}, has used up the quota of that datastore: ${over.join('; ')}`;
  const fix = `Raise it: oneuser quota ${vm.owner}. OpenNebula keeps trying scheduled backups until there is room.`;
  return expected.notMet({ found, fix, measured, evidence, subject });
}
