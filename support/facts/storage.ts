import { quote } from '../machines/quote.ts';
import { answerTo, type Probe, type Survey } from '../machines/survey.ts';
import { IN_TIME, isLate } from '../machines/timeout.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';

/** One directory as `find` tells it. */
export interface Directory {
  readonly path: string;
  /** d for a directory, f for a file, as in find(1), %y. */
  readonly type: string;
  readonly owner: string;
  readonly group: string;
  /** Without the type. */
  readonly mode: number;
  /** RSYNC_USER may write and enter it: what access(2) says, access control lists included. */
  readonly usable: boolean;
}

/** Where file systems lie: the device numbers of / and of what lies below, outermost first. */
export interface Devices {
  readonly root: string;
  readonly below: readonly { readonly device: string; readonly path: string }[];
}

/** A mount as df(1) tells it; a path that it does not know is left out. */
export interface Mount {
  readonly target: string;
  readonly source: string;
  readonly type: string;
}

/** The storage directory on the backup server, and the datastore's own below it. */
export interface StorageFacts {
  /** Where it was looked for. */
  readonly path: string;
  /** denied: why it cannot be reached. */
  readonly directory: Looked<Directory | 'absent' | { readonly denied: string }>;
  /** The datastore's own and those in it, none where it is not registered or not made yet. `seen`: those told before the fault. */
  readonly own: Looked<readonly Directory[]> & { readonly seen?: readonly Directory[] };
  /** The symbolic links by which it is reached, a line each; empty where there are none. */
  readonly links: Looked<string>;
  readonly devices: Looked<Devices>;
  /** That of /, then those of storage. */
  readonly mounts: Looked<readonly Mount[]>;
}

/** The storage directory, and the datastore's own below it; the same where the datastore is not registered. */
interface Paths {
  readonly path: string;
  readonly own: string;
}

/** What find prints of an entry that passes its tests, and of any other. */
export const either = (tests: readonly string[], yes: string, no: string): readonly string[] => [
  ...['(', ...tests, '-printf', yes, '-o', '-printf', no, ')'],
];

const lines = (text: string): string[] => text.split('\n').filter(Boolean);

/** Storage that does not answer costs its deadline four times at most: what tells little is left out then, what takes longest comes last. */
export function storageProbes({ path, own }: Paths, deadline: number): { readonly first: Probe[]; readonly last: Probe[] } {
  const attributes = ['-printf', '%y\\t%u\\t%g\\t%m\\t%p\\n'];
  const mayUse = either(['-writable', '-executable'], 'yes\\t', 'no\\t');
  const first: Probe[] = [
    {
      name: 'directory',
      argv: ['find', '-L', path, '-maxdepth', '0', ...mayUse, ...attributes],
      deadline,
      typed: `ls -ld ${quote([path])}`,
    },
    { name: 'links', argv: ['find', path, own, '-maxdepth', '0', '-type', 'l', '-printf', '%p -> %l\\n'], deadline, when: IN_TIME },
    { name: 'devices', argv: ['stat', '-L', '--printf', '%d\\t%n\\n', '/', path, own], deadline },
    { name: 'mount', argv: ['df', '--output=target,source,fstype', '/', path, own], deadline, when: IN_TIME },
  ];
  const below: Probe = {
    name: 'own-directories',
    argv: ['find', '-L', own, '-maxdepth', '1', '-name', '[0-9]*', '!', '-name', '*[!0-9]*', ...mayUse, ...attributes],
    deadline,
    typed: `ls -ld ${quote([own])} ${quote([own])}/*`,
  };
  return { first, last: own === path ? [] : [below] };
}

/** Reads what storageProbes asked. */
export function readStorage(survey: Survey, { path, own }: Paths): StorageFacts {
  return {
    path,
    directory: answerTo(survey, 'directory', (answer) => readDirectory(answer, path)),
    own: own === path ? { value: [], evidence: [] } : readOwn(survey),
    links: answerTo(survey, 'links', ({ stdout }) => stdout),
    devices: answerTo(survey, 'devices', readDevices),
    mounts: answerTo(survey, 'mount', readMounts),
  };
}

/** A directory that the driver makes if it is not there, or what of its path is. */
export interface Wanted {
  readonly path: string;
  /** The path itself, or its nearest parent that is there. */
  readonly there: string;
  readonly is: 'directory' | 'link to nothing' | 'no directory';
  /** RSYNC_USER may write and enter what is there. */
  readonly usable: boolean;
}

/** Asks whether a directory could be made and used. Without a process for each parent, and making nothing. */
export function wantedProbe(name: string, path: string, deadline: number): Probe {
  const script = `at=$1
until [ -e "$at" ] || [ -L "$at" ] || [ "$at" = / ] || [ "$at" = . ]; do case $at in */*) at=\${at%/*}; at=\${at:-/} ;; *) at=. ;; esac; done
is='no directory'
if [ -d "$at" ]; then is=directory; elif [ ! -e "$at" ]; then is='link to nothing'; fi
usable=no
if [ -w "$at" ] && [ -x "$at" ]; then usable=yes; fi
printf '%s\\t%s\\t%s\\n' "$usable" "$is" "$at"`;
  const place = quote([path]);
  return { name, argv: ['bash', '-c', script, 'bash', path], deadline, typed: `test -d ${place} -a -w ${place} -a -x ${place}` };
}

/** Reads what wantedProbe asked. */
export function readWanted({ exitCode, stdout }: Evidence, path: string): Wanted | undefined {
  const [, usable, is, there = ''] = /^(yes|no)\t(directory|link to nothing|no directory)\t(.+)$/.exec(stdout.trimEnd()) ?? [];
  if (exitCode !== 0 || is === undefined) return undefined;
  return { path, there, is: is as Wanted['is'], usable: usable === 'yes' };
}

function readDirectory(answer: Evidence, path: string): Directory | 'absent' | { denied: string } | undefined {
  const directories = isLate(answer) ? undefined : readDirectories(answer);
  const storage = directories?.find((directory) => directory.path === path);
  if (!directories || storage) return storage;
  if (/Permission denied/.test(answer.stderr)) return { denied: answer.stderr.trim() };
  return isAbsent(answer) ? 'absent' : undefined;
}

function readOwn(survey: Survey): StorageFacts['own'] {
  // Where it is not there yet, OpenNebula makes it. What else kept us from seeing it is no proof of anything.
  const read = answerTo(survey, 'own-directories', (answer) =>
    answer.exitCode === 0 || isAbsent(answer) ? readDirectories(answer) : undefined,
  );
  const answer = survey.answers.get('own-directories');
  const seen = 'fault' in read && answer ? readDirectories(answer) : undefined;
  return { ...read, ...(seen && { seen }) };
}

/** Undefined where a line does not read as a directory. */
function readDirectories({ stdout }: Evidence): Directory[] | undefined {
  const read = lines(stdout).map((line) => {
    const [, usable, type = '', owner = '', group = '', mode = '', path = ''] =
      /^(yes|no)\t([a-zA-Z?])\t([^\t]+)\t([^\t]+)\t([0-7]{1,4})\t(\/[^\t]*)$/.exec(line) ?? [];
    return usable === undefined ? undefined : { path, type, owner, group, mode: Number.parseInt(mode, 8), usable: usable === 'yes' };
  });
  return read.every((directory) => directory !== undefined) ? read : undefined;
}

/** What find or stat asked for is not there: all it complained about, and not the shell, is that. */
function isAbsent({ stderr }: Evidence): boolean {
  const complaints = lines(stderr);
  const absent = /^(find|stat): .*(No such file or directory|Not a directory|Too many levels of symbolic links)/;
  return complaints.length > 0 && complaints.every((line) => absent.test(line));
}

function readDevices(answer: Evidence): Devices | undefined {
  const told = lines(answer.stdout).map((line) => /^(\d+)\t(\/.*)$/.exec(line)?.slice(1) ?? []);
  const devices = told.map(([device = '', path = '']) => ({ device, path }));
  const [root, ...more] = devices.filter(({ path }) => path === '/');
  const reached = answer.exitCode === 0 || /Permission denied$/m.test(answer.stderr) || isAbsent(answer);
  if (isLate(answer) || !reached || !root || more.length > 0 || devices.some(({ path }) => path === '')) return undefined;
  return { root: root.device, below: devices.filter(({ path }) => path !== '/') };
}

/** Undefined where a line does not read as a mount. Target and source may hold blanks. */
function readMounts({ stdout }: Evidence): Mount[] | undefined {
  const read = lines(stdout)
    .slice(1)
    .map((line) => {
      const [, target = '', source = '', type] = /^(\/.*?)\s+(\S+)\s+([\w.-]+)$/.exec(line) ?? [];
      return type === undefined ? undefined : { target, source, type };
    });
  return read.every((mount) => mount !== undefined) ? read : undefined;
}
