/** The driver's scripts: what a backup runs on hosts is brought there from the front-end (onehost sync), and may be gone, or old, there. */
import { quote } from '../machines/quote.ts';
import type { Probe } from '../machines/survey.ts';
import type { Evidence } from '../outcome/evidence.ts';
import { compareVersions } from './release.ts';

/** Where the front-end keeps them. Source: OpenNebula 7.4.0, install.sh. */
const REMOTES = '/var/lib/one/remotes';
/** Those of its folders that a backup has to do with. */
const FOLDERS = ['tm', 'datastore', 'vmm/kvm'];
/** What their bash scripts source, beside the folders. No recording shows it on a host: it is not compared there. */
const COMMON = 'scripts_common.sh';
/** What editors and packages leave beside a file, and what is compiled from one: nobody runs it. */
const LEFTOVER = String.raw`.*(~|\.(bak|old|orig|rej|save|swp|pyc|dpkg-[a-z]+|rpm(new|save|orig)))`;

/** What a backup, a restore or a flatten runs, in every release from 6.10 on; what these require or source besides. Source: 6.10.5, 7.4.0, their recordings and src. */
const RUN = [
  ...['backup', 'backup_cancel', 'increment_flatten', 'monitor', 'restore', 'rm', 'stat'].map((name) => `datastore/rsync/${name}`),
  'tm/lib/backup_qcow2.rb',
] as const;
const READ = [
  ...['downloader.sh', 'libfs.sh', 'rsync_downloader.rb'].map((name) => `datastore/${name}`),
  ...['backup', 'datastore', 'tm_action'].map((name) => `tm/lib/${name}.rb`),
  ...['tm/tm_common.sh', COMMON],
];
/** What backup_qcow2.rb requires from this release on: in 6.10 it is one file. Source: OpenNebula 7.4.0, src/tm_mad/lib. */
const SPLIT = { since: '7.4', read: ['backup_image', 'backup_kvm'].map((name) => `tm/lib/${name}.rb`) };
/** The SHA-256 of nothing. */
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** Transfer drivers of which a backup is known to work; each has these, by its name. */
const TRANSFERS = ['local', 'ssh', 'shared', 'qcow2'];
const OF_TRANSFER = ['prebackup', 'prebackup_live', 'postbackup', 'postbackup_live'];

/** What is wrong with the front-end's own scripts, by their paths. */
export interface Lacking extends Pick<Differences, 'missing' | 'notExecutable'> {
  readonly empty: readonly string[];
}

/**
 * What the front-end has not of the driver, or cannot run. Hosts cannot tell: they have it from there. `transfers`: the drivers of its system datastores; `release`:
 * undefined where it is not known; then what all releases have is wanted.
 */
export function lackingOf({ sums, executable }: Scripts, transfers: readonly string[], release: string | undefined): Lacking {
  const there = new Map(sums.split('\n').map((line) => [line.slice(66), line.slice(0, 64)]));
  const used = [...new Set(transfers)].filter((name) => TRANSFERS.includes(name));
  const run = [...RUN, ...used.flatMap((name) => OF_TRANSFER.map((each) => `tm/${name}/${each}`))];
  const isSplit = release !== undefined && compareVersions(release, SPLIT.since) >= 0;
  const wanted = [...run, ...READ, ...(isSplit ? SPLIT.read : [])];
  return {
    missing: wanted.filter((path) => !there.has(path)),
    empty: wanted.filter((path) => there.get(path) === EMPTY),
    notExecutable: run.filter((path) => there.has(path) && !executable.includes(path)),
  };
}

/** Where a stock OpenNebula brings them on hosts: SCRIPTS_REMOTE_DIR of oned.conf. */
export const STOCK_SCRIPTS = '/var/tmp/one';

/** The front-end's scripts. */
export interface Scripts {
  /** As sha256sum prints and checks them, a line each, by paths below their folder. */
  readonly sums: string;
  /** The paths of those that may be run. */
  readonly executable: readonly string[];
}

/** As a person types it, wherever they are. */
const sums = (folder: string, of: readonly string[]) =>
  `find -L ${quote(of.map((each) => `${folder}/${each}`))} -type f -exec sha256sum {} +`;

/** Asks the front-end for its scripts. */
export function scriptsProbe(deadline: number): Probe {
  const all = `find -L "$@" -type f -regextype posix-extended ! -regex ${quote([LEFTOVER])}`;
  const script = `cd ${REMOTES} && { [ ! -e ${COMMON} ] || set -- "$@" ${COMMON}; } && ${all} -executable -printf 'x %p\\n' && ${all} -exec sha256sum {} +`;
  const typed = sums(REMOTES, [...FOLDERS, COMMON]);
  return { name: 'scripts', argv: ['bash', '-c', script, 'bash', ...FOLDERS], deadline, typed };
}

/** Reads what scriptsProbe asked; undefined where it is no answer, or there are none. */
export function readScripts({ exitCode, stdout }: Evidence): Scripts | undefined {
  const lines = stdout.split('\n').filter(Boolean);
  const sums = lines.filter((line) => /^[0-9a-f]{64} [ *]\S/.test(line));
  const executable = lines.flatMap((line) => /^x (.+)$/.exec(line)?.[1] ?? []);
  if (exitCode !== 0 || sums.length === 0 || sums.length + executable.length < lines.length) return undefined;
  return { sums: sums.join('\n'), executable };
}

/** How a host's scripts are other than the front-end's: by their paths. */
export interface Differences {
  readonly missing: readonly string[];
  readonly other: readonly string[];
  readonly notExecutable: readonly string[];
}

/** The checksums that hosts are to have: a line each. */
export const comparedOf = ({ sums }: Scripts): string[] => sums.split('\n').filter((line) => line !== '' && line.slice(66) !== COMMON);

/** What the bash of a survey is to know before it is asked by `differencesProbe`. */
export function scriptsSetup(scripts: Scripts): string {
  const run = scripts.executable.filter((path) => path !== COMMON);
  return `sums=${quote([comparedOf(scripts).join('\n')])}\nexecutable=${quote([run.join('\n')])}`;
}

/** Compares a host's scripts in `folder` with those of `scriptsSetup`. What a host has besides is no matter. */
export function differencesProbe(folder: string, deadline: number): Probe {
  // A here-string this long would be a file in /tmp.
  const script = `cd -- "$1" || exit 3
printf '%s\\n' "$sums" | timeout -k 2 ${deadline} sha256sum -c --quiet; ended=$?
[ $ended -le 1 ] || exit $ended
set -f; IFS=$'\\n'
for each in $executable; do [ ! -e "$each" ] || [ -x "$each" ] || echo "$each: NOT EXECUTABLE"; done`;
  return {
    name: 'scripts',
    argv: ['inline', script, folder],
    typed: sums(folder, FOLDERS),
  };
}

/** Reads what differencesProbe asked: `absent` where the folder is not there, or may not be entered. */
export function readDifferences({ exitCode, stdout }: Evidence): Differences | 'absent' | undefined {
  if (exitCode === 3) return 'absent';
  const lines = stdout.split('\n').filter(Boolean);
  const told = lines.map((line) => /^(.+): (FAILED open or read|FAILED|NOT EXECUTABLE)$/.exec(line)?.slice(1) ?? []);
  if (exitCode !== 0 || told.some(([path]) => path === undefined)) return undefined;
  const that = (fault: string) => told.flatMap(([path = '', found]) => (found === fault ? path : []));
  return { missing: that('FAILED open or read'), other: that('FAILED'), notExecutable: that('NOT EXECUTABLE') };
}

/** What the front-end's settings say of places; undefined where they say nothing. */
export interface Settings {
  readonly scripts?: string;
  /** Where hosts stage backups, if not beside the disks. */
  readonly staging?: string;
  /** oned.conf could not be read, and why. */
  readonly unread?: string;
}

export const ONED_CONF = '/etc/one/oned.conf';
/** Source: OpenNebula 7.4.0, src/tm_mad/lib/datastore.rb. */
const DATASTORE_CONF = `${REMOTES}/etc/datastore/datastore.conf`;

/** Asks for single settings; the files hold secrets besides. */
export function placesProbe(deadline: number): Probe {
  const value = `["']?([^"'#]*[^"'#[:blank:]]).*`;
  const each = [
    String.raw`s/^[[:blank:]]*(SCRIPTS_REMOTE_DIR)[[:blank:]]*=[[:blank:]]*${value}/\1=\2/p`,
    String.raw`s/^[[:blank:]]*(export[[:blank:]]+)?(BACKUP_BASE_PATH)=${value}/\2=\3/p`,
    // The driver does not take an empty one for none: its paths then begin at /.
    String.raw`s/^[[:blank:]]*(export[[:blank:]]+)?(BACKUP_BASE_PATH)=$/\2=\//p`,
  ];
  return { name: 'settings', argv: ['sed', '-n', '-E', each.join('; '), ONED_CONF, DATASTORE_CONF], deadline };
}

/** Reads what placesProbe asked. Of a setting that is there twice oned goes by the first, the driver by the last. */
export function readPlaces(answer: Evidence): Settings | undefined {
  const { exitCode, stdout, stderr } = answer;
  // 2: sed could not read a file, and has read the others.
  if (exitCode !== 0 && exitCode !== 2) return undefined;
  const setting = (name: string) => [...stdout.matchAll(new RegExp(`^${name}=(/.*)$`, 'gm'))].map(([, value]) => value);
  const [scripts, staging] = [setting('SCRIPTS_REMOTE_DIR').at(0), setting('BACKUP_BASE_PATH').at(-1)];
  const unread = stderr.split('\n').find((line) => line.includes(ONED_CONF));
  return { ...(scripts !== undefined && { scripts }), ...(staging !== undefined && { staging }), ...(unread !== undefined && { unread }) };
}
