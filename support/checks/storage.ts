import { posix } from 'node:path';
import { type BackupServerFacts, type Directory, readDirectories } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import { readSpace, type Space } from '../facts/space.ts';
import { quote } from '../machines/quote.ts';
import { firstFew, type Judgement, met } from '../outcome/judgement.ts';
import type { Evidence } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import { eachHypervisor, notLetIn, poolOf } from './barriers.ts';
import { hangs, unanswered } from './programs.ts';

/** BDS-201: the storage directory exists and belongs to RSYNC_USER, and so do the datastore's own directories below it. */
export function storageBelongsToUser(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  const barrier = notLetIn(frontend, server, site);
  if (barrier) return barrier;
  const { path, rsync_user: user } = site.datastore;
  const { machine, answers } = server.survey;
  const evidence = ['directory', 'own-directories', 'links'].flatMap((name) => answers.get(name) ?? []);
  const answer = answers.get('directory');
  const expected = `${machine}: expected ${path} to be a directory of ${user}`;
  const told = answers.get('group');
  if (!told?.stdout) return unanswered(server.survey, expected, told);
  const group = told.stdout;
  // An account of several names is shown by the first, to all who ask.
  const names = [user, answers.get('user')?.stdout];
  if (!answer || hangs(answer)) return unanswered(server.survey, expected, answer);
  const directories = readDirectories(answer);
  if (!directories) return unanswered(server.survey, expected, answer);
  const storage = directories.find((directory) => directory.path === path);
  if (!storage) {
    if (/Permission denied/.test(answer.stderr))
      return {
        outcome: 'not-met',
        reason: `${expected}, found “${answer.stderr.trim()}”. Let ${user} enter the directories above it.`,
        evidence,
      };
    if (!isAbsent(answer)) return unanswered(server.survey, expected, answer);
    return {
      outcome: 'not-met',
      reason: `${expected}, found none. Mount the storage there, then: install -d -o ${user} -g ${group} -m 0775 ${path}`,
      evidence,
    };
  }
  const below = answers.get('own-directories');
  const registered = 'value' in frontend.datastores && frontend.datastores.value.find(({ name }) => name === site.datastore.name);
  const own = readDirectories(below);
  if (!own || (!below && registered)) return unanswered(server.survey, expected, below);
  const mode = site.datastore.mode === undefined ? undefined : Number.parseInt(site.datastore.mode, 8);
  const faults = [...faultsOf(storage, names, group, mode), ...own.flatMap((directory) => faultsOf(directory, names, group, undefined))];
  const [first] = faults;
  if (first) {
    const shown = firstFew(faults.map(({ found }) => found));
    const reason = `${expected}, its group ${group}, not writable for others, found: ${shown}. On ${machine}: ${first.repair}`;
    return { outcome: 'not-met', reason, evidence };
  }
  // Where it is not there yet, OpenNebula makes it. What else kept us from seeing it is no proof of anything.
  if (below && below.exitCode !== 0 && !isAbsent(below)) return unanswered(server.survey, expected, below);
  const link = answers.get('links')?.stdout;
  const elsewhere = registered && registered.basePath !== '' && posix.normalize(registered.basePath) !== posix.join(path, registered.id);
  const notes = [
    link && `Reached through a symbolic link: ${link}.`,
    elsewhere &&
      `OpenNebula keeps datastore ${registered.id} at ${posix.normalize(registered.basePath)}, and the site file says ${path}: unless both lead to one directory, another one was looked at than backups go to. Correct datastore.path.`,
  ].filter(Boolean);
  return met({ evidence, ...(notes.length > 0 && { note: notes.join(' ') }) });
}

/** What find or stat asked for is not there: all it complained about, and not the shell, is that. */
function isAbsent({ stderr }: Evidence): boolean {
  const complaints = stderr.split('\n').filter(Boolean);
  return (
    complaints.length > 0 &&
    complaints.every((line) => /^(find|stat): .*(No such file or directory|Not a directory|Too many levels of symbolic links)/.test(line))
  );
}

interface Fault {
  readonly found: string;
  /** The command that mends it, on the backup server. */
  readonly repair: string;
}

function faultsOf(
  { path, type, owner, group, mode, usable }: Directory,
  [user = '', shown]: readonly (string | undefined)[],
  primary: string,
  exact: number | undefined,
): Fault[] {
  const octal = `0${mode.toString(8)}`;
  const place = quote([path]);
  if (type === 'l')
    return [{ found: `${path} is a symbolic link to nothing`, repair: `ls -l ${place}, then put a directory in its place` }];
  if (type !== 'd') return [{ found: `${path} is not a directory`, repair: `ls -ld ${place}, then put a directory in its place` }];
  const chmod = (change: string) => `chmod ${change} ${place}`;
  const faults: (Fault | false)[] = [
    ((owner !== user && owner !== shown) || group !== primary) && {
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
export function storageIsMounted(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  const { path, mounted: isDeclared } = site.datastore;
  if (!isDeclared)
    return {
      outcome: 'not-applicable',
      reason: 'The site file says that storage need not be a file system of its own (mounted: false).',
      evidence: [],
    };
  const barrier = notLetIn(frontend, server, site);
  if (barrier) return barrier;
  const { machine, answers } = server.survey;
  const answer = answers.get('devices');
  const expected = `${machine}: expected storage mounted at ${path}`;
  if (!answer || hangs(answer)) return unanswered(server.survey, expected, answer);
  const lines = answer.stdout.split('\n').filter(Boolean);
  const devices = lines.map((line) => /^(\d+)\t(\/.*)$/.exec(line)?.slice(1) ?? []);
  const [root, ...more] = devices.filter(([, name]) => name === '/').map(([device]) => device);
  if (root === undefined || more.length > 0 || devices.some(([device]) => device === undefined))
    return unanswered(server.survey, expected, answer);
  const places = devices.filter(([, name]) => name !== '/');
  const denied = /Permission denied$/m.test(answer.stderr);
  if (answer.exitCode !== 0 && !denied && !isAbsent(answer)) return unanswered(server.survey, expected, answer);
  const df = answers.get('mount');
  if (!df) return unanswered(server.survey, expected);
  const evidence = [answer, df];
  // Backups go to the datastore's own directory; what is mounted above it need not hold them.
  const last = places.at(-1);
  if (!last) return { outcome: 'blocked', reason: `Not tried: ${path} is not there on ${machine}, see BDS-201.`, evidence };
  const [device, place = path] = last;
  const mounts = readMounts(df);
  if (!mounts) return unanswered(server.survey, expected, df);
  const [rootMount, mount] = [mounts[0], mounts.slice(1).at(-1)];
  // Each subvolume of btrfs shows a device number of its own, and shares the room of all others.
  const isSubvolume = mount?.type === 'btrfs' && mount.source === rootMount?.source;
  if (device === root || isSubvolume) {
    const it = place === path ? 'it' : place;
    return {
      outcome: 'not-met',
      reason: `${expected}, found ${it} on the root file system: a backup that fills it stops the machine. Mount the storage there (findmnt -T ${place}), or declare “mounted: false” if that is meant.`,
      evidence,
    };
  }
  const target = mount?.target;
  const above = path.startsWith(`${target}/`);
  return met({
    evidence,
    ...(above && { note: `Storage lies on the file system mounted at ${target}, which it shares with other data.` }),
  });
}

/** Reads `df --output=target,source,fstype`; undefined where a line does not read so. Both names may hold blanks. */
function readMounts({ stdout }: Evidence) {
  const [, ...lines] = stdout.split('\n').filter(Boolean);
  const read = lines.map((line) => /^(?<target>\/.*?)\s+(?<source>\S+)\s+(?<type>[\w.-]+)$/.exec(line)?.groups);
  return read.every((mount) => mount !== undefined) ? read : undefined;
}

/** BDS-204: the backup server has free space and inodes, in storage and where increments are put together. */
export function serverHasSpace(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  const barrier = notLetIn(frontend, server, site);
  if (barrier) return barrier;
  const { machine } = server.survey;
  const answer = server.survey.answers.get('space');
  const spaces = readSpace(answer);
  if (!answer || spaces?.length !== 2) return unanswered(server.survey, `${machine}: expected room for backups`, answer);
  const [storage, tmp] = spaces as readonly [Space, Space];
  const { storage: least, storage_inodes: leastInodes, rsync_tmp_dir: leastTmp } = site.free_percent;
  const faults = [
    ...tooFull(storage, least),
    ...(storage.freeInodesPercent === undefined || storage.freeInodesPercent >= leastInodes
      ? []
      : [`${storage.path} has ${rounded(storage.freeInodesPercent)} of its inodes free, expected at least ${leastInodes} %`]),
    ...tooFull(tmp, leastTmp),
  ];
  if (faults.length === 0) return met({ evidence: [answer] });
  return {
    outcome: 'not-met',
    reason: `${machine}: ${faults.join('; ')}. Make room, or enlarge the file system: df -h ${storage.path} ${tmp.path}; inodes: df -i ${storage.path}`,
    evidence: [answer],
  };
}

/** BDS-205: every hypervisor has room to stage a backup, which is a full copy of the disks. */
export function hypervisorsHaveSpace(frontend: FrontendFacts, hypervisors: readonly HypervisorFacts[], site: Site): Judgement[] {
  const pool = poolOf(frontend, site, frontend.datastores, 'datastores');
  if ('barrier' in pool) return [pool.barrier];
  return eachHypervisor(frontend, hypervisors, site, ({ survey }) => {
    const answer = survey.answers.get('staging');
    const spaces = readSpace(answer);
    if (!answer || !spaces?.length) return unanswered(survey, `${survey.machine}: expected room to stage a backup`, answer);
    return judgeStaging(survey.machine, answer, spaces, site.free_percent.staging);
  });
}

function judgeStaging(machine: string, answer: Evidence, spaces: readonly Space[], least: number): Judgement {
  const faults = spaces.flatMap((space) => tooFull(space, least));
  if (faults.length === 0) return met({ evidence: [answer] });
  return {
    outcome: 'not-met',
    reason: `${machine}: ${faults.join('; ')}. The driver copies the disks there before it sends them. Make room: df -h ${spaces.map(({ path }) => path).join(' ')}`,
    evidence: [answer],
  };
}

function tooFull({ path, freePercent }: Space, least: number): string[] {
  return freePercent >= least ? [] : [`${path} has ${rounded(freePercent)} free, expected at least ${least} %`];
}

const rounded = (percent: number): string => `${percent.toFixed(1)} %`;
