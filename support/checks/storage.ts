import { posix } from 'node:path';
import type { Audited } from '../facts/audited.ts';
import { declaredDatastore, type FrontendFacts } from '../facts/frontend.ts';
import { type HostFacts, subjectOf } from '../facts/host.ts';
import { judgedVms } from '../facts/scope.ts';
import type { Space } from '../facts/space.ts';
import type { Obstacle } from '../facts/staging.ts';
import type { Directory, Mount, Wanted } from '../facts/storage.ts';
import { isPlain, quote } from '../machines/quote.ts';
import { MiB } from '../machines/shell.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import { OF_EMPTY_TMP } from '../opennebula/template.ts';
import type { Looked } from '../outcome/evidence.ts';
import { blockedBy, expecting, firstFew, type Judgement, notApplicable } from '../outcome/judgement.ts';
import type { Site } from '../site/schema.ts';
import { check } from './check.ts';
import { unlessBarred } from './inherited.ts';

/** BDS-201: the storage directory exists and belongs to RSYNC_USER, and so do the datastore's own directories below it; what a login sets lets the driver write there. */
export const storageBelongsToUser = check('BDS-201', ['server'], (cloud) => {
  const { name, inherited } = cloud.server;
  return unlessBarred(judgeDirectories(cloud), { name, account: cloud.site.datastore.rsync_user, inherited, vms: () => backedUp(cloud) });
});

/** The VMs whose disks are backed up. */
function backedUp(cloud: Pick<Audited, 'site' | 'frontend'>): Looked<readonly ListedVirtualMachine[]> {
  const { virtualMachines } = cloud.frontend;
  return 'fault' in virtualMachines ? virtualMachines : { ...virtualMachines, value: judgedVms(cloud) };
}

function judgeDirectories({ frontend, server, site }: Pick<Audited, 'frontend' | 'server' | 'site'>): Judgement {
  const { rsync_user: user, mode } = site.datastore;
  const { name: machine, group, storage } = server;
  const { path, directory, own, links } = storage;
  const expected = expecting(machine, `${path} to be a directory of ${user}`);
  const elsewhere = keptElsewhere(frontend, site);
  if (elsewhere) return elsewhere;
  if ('fault' in group) return expected.unseen(group);
  if ('fault' in directory) return expected.unseen(directory);
  const evidence = [...directory.evidence, ...own.evidence, ...links.evidence];
  if (directory.value === 'absent') {
    const fix = `Mount the storage there, then: install -d -o ${user} -g ${group.value} -m 0775 ${path}`;
    return expected.notMet({ found: 'none', fix, evidence });
  }
  if ('denied' in directory.value)
    return expected.notMet({ found: `“${directory.value.denied}”`, fix: `Let ${user} enter the directories above it.`, evidence });
  const below = 'value' in own ? own.value : own.seen;
  if (!below && 'fault' in own) return expected.unseen(own);
  const owners = [user, ...('value' in server.user ? [server.user.value] : [])];
  const exact = mode === undefined ? undefined : Number.parseInt(mode, 8);
  const faults = [
    ...faultsOf(directory.value, owners, group.value, exact),
    ...(below ?? []).flatMap((each) => faultsOf(each, owners, group.value, undefined)),
  ];
  const [first] = faults;
  if (first)
    return expecting(machine, `${path} to be a directory of ${user}, its group ${group.value}, not writable for others`).notMet({
      found: `that ${firstFew(faults.map(({ found }) => found))}`,
      fix: `On ${machine}: ${first.repair}`,
      evidence,
    });
  if ('fault' in own) return expected.unseen(own);
  if (!isPlain(path)) return expected.undetermined({ ...unquoted('path', path), evidence });
  const note = 'value' in links && links.value !== '' ? `Reached through a symbolic link: ${links.value}.` : undefined;
  const { owner, group: ownGroup, mode: octal } = directory.value;
  const measured = `${owner}:${ownGroup}, mode 0${octal.toString(8)}`;
  return expected.met({ measured, evidence, ...(note && { note }) });
}

/** The driver hands some of its paths to shells as they are. Source: datastore/rsync/backup (`mkdir -p #{backup_path}`); no recording has it. */
const unquoted = (setting: string, path: string) => ({
  found: `a blank or another character of the shell's in it, which the driver does not quote everywhere: whether it keeps backups there is not known`,
  fix: `Name a directory of letters, digits and ._-/ alone, by a symbolic link if need be, instead of ${setting} ${quote([path])}. Or let a gate try it.`,
});

/** Backups go where OpenNebula has the datastore registered (BASE_PATH), whatever the site file says. Undefined where both say the same. */
function keptElsewhere(frontend: FrontendFacts, site: Site): Judgement | undefined {
  const registered = declaredDatastore({ frontend, site });
  if (!registered || registered.basePath === '') return undefined;
  const [kept, declared] = [registered.basePath, posix.join(site.datastore.path, registered.id)].map((path) => posix.join(path, '.'));
  if (kept === declared) return undefined;
  return expecting(`datastore ${registered.id}`, `its BASE_PATH below datastore.path of the site file, ${site.datastore.path}`).notMet({
    found: `${kept}, where backups go`,
    fix: `Correct datastore.path in the site file: ${posix.dirname(kept ?? '')}`,
    evidence: frontend.datastores.evidence,
  });
}

interface Fault {
  readonly found: string;
  /** The command that repairs it, on the backup server. */
  readonly repair: string;
}

/** `owners`: the names of the account, which of several is shown by the first to all who ask. */
function faultsOf(
  { path, type, owner, group, mode, usable }: Directory,
  owners: readonly string[],
  primary: string,
  exact: number | undefined,
): Fault[] {
  const [user = ''] = owners;
  const octal = `0${mode.toString(8)}`;
  const place = quote([path]);
  if (type === 'l')
    return [{ found: `${path} is a symbolic link to nothing`, repair: `ls -l ${place}, then put a directory in its place` }];
  if (type !== 'd') return [{ found: `${path} is not a directory`, repair: `ls -ld ${place}, then put a directory in its place` }];
  const chmod = (change: string) => `chmod ${change} ${place}`;
  const faults: (Fault | false)[] = [
    (!owners.includes(owner) || group !== primary) && {
      found: `${path} belongs to ${owner}:${group}`,
      repair: `chown ${user}:${primary} ${place}`,
    },
    (mode & 0o700) !== 0o700 && { found: `${path} has mode ${octal}, not all rights for its owner`, repair: chmod('u+rwx') },
    (mode & 0o002) !== 0 && { found: `${path} has mode ${octal}, writable for others`, repair: chmod('o-w') },
    exact !== undefined &&
      mode !== exact && { found: `${path} has mode ${octal}, not 0${exact.toString(8)}`, repair: chmod(`0${exact.toString(8)}`) },
  ];
  const found = faults.filter((fault) => fault !== false);
  if (found.length > 0 || usable) return found;
  return [
    { found: `${path} cannot be written and entered by ${user}, whatever its mode says`, repair: `findmnt -T ${place}; getfacl ${place}` },
  ];
}

/** BDS-203: storage is mounted there, on another device than the root file system. */
export const storageIsMounted = check('BDS-203', ['server'], ({ server: { name: machine, storage }, site }) => {
  if (!site.datastore.mounted)
    return notApplicable('The site file says that storage need not be a file system of its own (mounted: false).');
  const { path, devices, mounts } = storage;
  const expected = expecting(machine, `storage mounted at ${path}`);
  if ('fault' in devices) return expected.unseen(devices);
  // Backups go to the datastore's own directory; what is mounted above it need not hold them.
  const last = devices.value.below.at(-1);
  if (!last) return blockedBy('BDS-201', `does not find ${path} on ${machine}`);
  if ('fault' in mounts) return expected.unseen(mounts);
  const evidence = [...devices.evidence, ...mounts.evidence];
  const [root, ...below] = mounts.value;
  const mount = below.at(-1);
  if (last.device === devices.value.root || (root && mount && sharesRoom(root, mount))) {
    const it = last.path === path ? 'it' : last.path;
    return expected.notMet({
      found: `${it} on the root file system: a backup that fills it stops the machine`,
      fix: `Mount the storage there (findmnt -T ${last.path}), or declare “mounted: false” if that is meant.`,
      evidence,
    });
  }
  const notes = [
    path.startsWith(`${mount?.target}/`) && `Storage lies on the file system mounted at ${mount?.target}, which it shares with other data.`,
    mount && IN_MEMORY.has(mount.type) && `Storage is held in memory (${mount.type}): the next restart of ${machine} loses all backups.`,
  ].filter(Boolean);
  const measured = mount && { measured: `${mount.source} at ${mount.target} (${mount.type})` };
  return expected.met({ ...measured, evidence, ...(notes.length > 0 && { note: notes.join(' ') }) });
});

/** File systems that lie on no disk. */
const IN_MEMORY: ReadonlySet<string> = new Set(['tmpfs', 'ramfs']);

/** Each subvolume of btrfs, and each dataset of a ZFS pool, shows a device number of its own, and shares the room of all others. */
function sharesRoom(root: Mount, mount: Mount): boolean {
  if (root.type !== mount.type) return false;
  const pool = ({ source }: Mount) => source.split('/')[0];
  return mount.type === 'zfs' ? pool(mount) === pool(root) : mount.type === 'btrfs' && mount.source === root.source;
}

/** What is to be free of a file system, and what is. */
interface Room {
  readonly measured: string;
  /** That it is too little. */
  readonly fault?: string;
}

const percent = (value: number): string => `${value.toFixed(1)} %`;

const roomOf = ({ path, freePercent }: Space, least: number): Room => ({
  measured: `${path} ${percent(freePercent)} free (limit ${least} %)`,
  ...(freePercent < least && { fault: `${path} has ${percent(freePercent)} free, expected at least ${least} %` }),
});

const inodesOf = ({ path, freeInodesPercent: free }: Space, least: number): Room[] =>
  free === undefined
    ? []
    : [
        {
          measured: `inodes ${percent(free)} (limit ${least} %)`,
          ...(free < least && { fault: `${path} has ${percent(free)} of its inodes free, expected at least ${least} %` }),
        },
      ];

const faultsIn = (rooms: readonly Room[]): string[] => rooms.flatMap(({ fault }) => fault ?? []);
const measuredIn = (rooms: readonly Room[]): string => rooms.map(({ measured }) => measured).join(', ');

/** BDS-204: the backup server has free space and inodes, in storage and where increments are merged. */
export const serverHasSpace = check('BDS-204', ['server'], ({ server: { name, space }, site }) => {
  const expected = expecting(name, 'room for backups');
  if ('fault' in space) return expected.unseen(space);
  const { storage, tmp } = space.value;
  const { storage: least, storage_inodes: leastInodes, rsync_tmp_dir: leastTmp } = site.free_percent;
  const rooms = [roomOf(storage, least), ...inodesOf(storage, leastInodes), roomOf(tmp, leastTmp)];
  const [faults, more] = [faultsIn(rooms), { evidence: space.evidence, measured: measuredIn(rooms) }];
  if (faults.length === 0) return expected.met(more);
  const fix = `Make room, or enlarge the file system: df -h ${storage.path} ${tmp.path}; inodes: df -i ${storage.path}`;
  return expected.notMet({ found: `that ${faults.join('; ')}`, fix, ...more });
});

/** BDS-205: every host has room to stage a backup, which is a full copy of the disks, and may write where it does. */
export const hostsHaveSpace = check('BDS-205', ['hosts'], (cloud) => {
  return cloud.hosts.map((facts) => {
    const { name } = facts.host;
    const vms = () => {
      const all = backedUp(cloud);
      return 'fault' in all ? all : { ...all, value: all.value.filter(({ host }) => host === name) };
    };
    return unlessBarred(judgeStaging(facts, cloud), { name, account: cloud.site.account, inherited: facts.inherited, vms });
  });
});

function judgeStaging({ host, staging, folders }: HostFacts, { frontend, site }: Pick<Audited, 'frontend' | 'site'>): Judgement {
  const { virtualMachines, settings } = frontend;
  const isPartial = 'fault' in virtualMachines && !('value' in settings && settings.value.staging !== undefined);
  const subject = subjectOf(host);
  const expected = expecting(host.name, 'room to stage a backup');
  const [obstacle] = 'value' in folders ? folders.value.obstacles : [];
  if (obstacle && 'value' in folders) {
    const found = `that ${firstFew(folders.value.obstacles.map((each) => obstacleIn(each, site.account)))}`;
    return expected.notMet({ found, fix: `On ${host.name}: ${removalOf(obstacle)}`, subject, evidence: folders.evidence });
  }
  if ('fault' in staging) return expected.unseen(staging, { subject });
  const spaces = [...staging.value, ...('value' in folders ? folders.value.volumes : [])];
  const rooms = spaces.flatMap((space) => [roomOf(space, site.free_percent.staging), ...noInodesOf(space)]);
  const evidence = [...staging.evidence, ...folders.evidence];
  const [faults, more] = [faultsIn(rooms), { subject, evidence, measured: measuredIn(rooms) }];
  if (faults.length === 0 && 'fault' in folders) return expected.unseen(folders, { subject });
  const note = `${host.name}: only the system datastores of its cluster were checked; where its VMs lie OpenNebula did not tell.`;
  if (faults.length === 0) return expected.met({ ...more, ...(isPartial && { note }) });
  const paths = spaces.map(({ path }) => path).join(' ');
  const fix = `The driver copies the disks there before it sends them. Make room: df -h ${paths}; inodes: df -i ${paths}`;
  return expected.notMet({ found: `that ${faults.join('; ')}`, fix, ...more });
}

/** In percent: a backup makes some ten files and directories, which nobody has to keep free but where there are none at all. */
const NO_INODES = 0.01;

/** Nothing is said of inodes where there are some: staging has no limit of them. */
const noInodesOf = ({ path, freeInodesPercent: free = 100 }: Space): Room[] =>
  free < NO_INODES ? [{ measured: 'no inode free', fault: `${path} has no inode free` }] : [];

/** What is wrong with a folder that the driver stages in, in words. */
function obstacleIn({ kind, at, folder }: Obstacle, account: string): string {
  const above = at === folder ? '' : `, and ${folder} is not there`;
  if (kind === 'denied') return `${account} cannot write and enter ${at}${above}`;
  if (kind === 'no directory') return `${at} is no directory${above}`;
  if (kind === 'stays') return `${account} cannot delete ${at}, which an earlier backup left`;
  return `${at} is no directory, and the driver makes one there`;
}

function removalOf({ kind, at }: Obstacle): string {
  const place = quote([at]);
  if (kind === 'stays') return `rm -r ${place}, as root, while no backup of that VM runs`;
  if (kind === 'denied') return `ls -ld ${place}; findmnt -T ${place}. The driver makes backup/ and tmp/ there.`;
  return `ls -ld ${place}, then put a directory in its place, or nothing`;
}

/** What an ordinary account may still use. */
const mibIn = ({ availableBytes }: Space): number => Math.floor(availableBytes / MiB);

/** BDS-206: RSYNC_USER can write where increments are merged. The driver makes a directory there (mkdir -p) for each restore of one. */
export const incrementsCanBePutTogether = check('BDS-206', ['server'], ({ frontend, server: { name, tmp, space }, site }) => {
  const { rsync_user: user } = site.datastore;
  const what = `${user} to be able to make a directory where increments are merged`;
  if ('fault' in tmp) return expecting(name, what).unseen(tmp);
  const { path, there } = tmp.value;
  const expected = expecting(name, `${what}, ${path}`);
  const full = 'value' in space && space.value.tmp.freeInodesPercent === 0;
  const evidence = [...tmp.evidence, ...(full ? space.evidence : [])];
  const measured =
    'value' in space
      ? { measured: `${space.value.tmp.path}: ${mibIn(space.value.tmp)} MiB free`, evidence: [...tmp.evidence, ...space.evidence] }
      : { evidence };
  const wrong =
    wantedFault(tmp.value, user) ?? (full ? { found: `that ${there} has no inode free`, fix: `Remove files: df -i ${there}` } : undefined);
  if (!wrong && (isPlain(path) || path === OF_EMPTY_TMP))
    return expected.met({ ...measured, ...(there !== path && { note: `${path} is not there yet; the driver makes it.` }) });
  const { virtualMachines: machines } = frontend;
  if ('fault' in machines) return expecting(frontend.name, 'OpenNebula to list its VMs').unseen(machines);
  const keepers = machines.value.filter(({ keepsIncrements }) => keepsIncrements).map((vm) => `${vm.name} (${vm.id})`);
  const { found, fix } = wrong ?? unquoted('RSYNC_TMP_DIR', path);
  if (keepers.length === 0)
    return expected.met({ ...measured, note: `${name}: increments could not be restored (${found}), but none are kept.` });
  const more = { found, fix: `${fix} Increments are kept by ${firstFew(keepers)}.`, evidence };
  return wrong ? expected.notMet(more) : expected.undetermined(more);
});

/** Why a directory could not be made, or used; undefined where it could. */
function wantedFault({ path, there, is, usable }: Wanted, user: string): { found: string; fix: string } | undefined {
  const above = there === path ? '' : `, and ${path} is not there`;
  const place = quote([there]);
  if (is !== 'directory') {
    const found = `that ${there} is ${is === 'no directory' ? 'no directory' : 'a symbolic link to nothing'}${above}`;
    return { found, fix: `Put a directory in its place: ls -ld ${place}.` };
  }
  if (usable) return undefined;
  const found = `that ${user} cannot write and enter ${there}${above}`;
  const fix = above
    ? `Make it: install -d -o ${user} ${quote([path])}, or correct RSYNC_TMP_DIR of the datastore.`
    : `Look at its mode, and whether it is mounted read-only: ls -ld ${place}; findmnt -T ${place}.`;
  return { found, fix };
}
