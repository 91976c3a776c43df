/**
 * What differs between the releases of OpenNebula that the stand-in speaks: all of it, as recorded (test/recordings) or as their sources
 * have it. Where nothing is said here they are alike.
 */
import type { Node, Tree } from './tree.ts';
import { type Failure, failureLines, failureMessage, lines, shown } from './vmlog.ts';

export interface Release {
  /** Elements that it does not have, wherever they would stand, by name or `PARENT/NAME`. */
  readonly lacks: readonly string[];
  /** The transfer driver of the datastores that are there from the start, and what those say of orphans. */
  readonly transfer: { readonly driver: string; readonly orphans: string };
  /** The transfer drivers for files that a stock oned.conf knows. */
  readonly transfers: readonly string[];
  /** What a virtual machine asks of its host by itself. */
  readonly requirements: string;
  /** What the drivers put before every script. */
  readonly preamble: string;
  /** Whether the rsync driver looks at BRIDGE_LIST. */
  readonly bridges: boolean;
  /** The attributes by which the rsync driver confines what it runs on a host. */
  readonly confinement: readonly string[];
  /** Whether a confined command is one for a shell. */
  readonly confinesByShell: boolean;
  /** Whether a restore of an image that is not there is refused; else it is taken for done. */
  readonly refusesUnknownImage: boolean;
  /** What the failure of a driver leaves in the log of a virtual machine, as `[level]: line`. */
  readonly failureLines: (failure: Failure) => string[];
  /** The same as one line. */
  readonly failureMessage: (failure: Failure) => string;
}

const CONFINEMENT = ['RSYNC_NICE', 'RSYNC_IONICE', 'RSYNC_CPU_QUOTA', 'RSYNC_MAX_RIOPS', 'RSYNC_MAX_WIOPS'];

/** All that a driver of 6.10.5 says of a failure: the script stands in one piece, and what comes next right behind it. */
function spoken({ action, step = action, remote, silent, says }: Failure): string {
  if (!remote) return says;
  const error = (what: string) => `ERROR: ${step}:   ${what}\n`;
  // make_dst_path's script is one line that nobody ends.
  const script = step === action ? remote.script : remote.script.replace(/\n$/, '');
  const output = silent ? '' : error(`[STDOUT] "${shown(remote.stdout)}"`);
  return `ERROR: ${step}: Command failed:\n${script}${output}${error(`[STDERR] "${shown(remote.stderr)}"`)}${says}`;
}

export const RELEASES = {
  '7.4.0': {
    lacks: [],
    transfer: { driver: 'local', orphans: 'FORMAT' },
    transfers: ['local', 'ssh', 'shared', 'qcow2'],
    requirements: '(CLUSTER_ID = 0) & !(PIN_POLICY = PINNED)',
    preamble: 'export LANG=C\nexport LC_ALL=C\nexport PATH=$PATH:/usr/sbin:/sbin\n',
    bridges: true,
    confinement: [...CONFINEMENT, 'RSYNC_MEMORY_MAX_MB'],
    confinesByShell: true,
    refusesUnknownImage: false,
    failureLines,
    failureMessage,
  },
  '6.10.5': {
    lacks: [
      ...['MODTIME', 'ACTION_ID', 'PLAN_ID', 'INTERACTIVE', 'LAST_BRIDGE', 'DISK_IDS', 'PERSISTENT_SNAPSHOTS', 'OS/MACHINE'],
      ...['BACKUP_SELECTED_DISKS', 'DS_LIVE_MIGRATE', 'DS_MIGRATE_SNAP', 'TOTALCPU', 'TOTALMEMORY'],
    ],
    transfer: { driver: 'ssh', orphans: 'YES' },
    transfers: ['ssh', 'shared', 'qcow2'],
    requirements: '(CLUSTER_ID = 0) & !(PUBLIC_CLOUD = YES) & !(PIN_POLICY = PINNED)',
    preamble: 'export LANG=C\nexport LC_ALL=C\n',
    bridges: false,
    confinement: CONFINEMENT,
    confinesByShell: false,
    refusesUnknownImage: true,
    failureLines: (failure) => [
      `[I]: Command execution failed (exit code: ${failure.code ?? 255}): ${failure.command}`,
      ...lines(spoken(failure)).map((line) =>
        line.startsWith('ERROR: ') ? `[E]: ${line.slice('ERROR: '.length)}` : `[I]: ${line.trim()}`,
      ),
    ],
    failureMessage: (failure) => `BACKUP: ${spoken(failure).trimEnd().replaceAll('\r', '').replaceAll('\n', ' ')}`,
  },
} satisfies Record<string, Release>;

export type ReleaseName = keyof typeof RELEASES;

/** The release that is spoken unless another is asked for. */
export const NEWEST: ReleaseName = '7.4.0';

/** @throws Error for a release that is not spoken; it lists those that are. */
export function releaseNamed(name: string): ReleaseName {
  if (Object.hasOwn(RELEASES, name)) return name as ReleaseName;
  throw new Error(`no release '${name}' of OpenNebula, but: ${Object.keys(RELEASES).join(', ')}`);
}

let current: Release = RELEASES[NEWEST];

/** From now on this process speaks that release. */
export function speak(name: ReleaseName): void {
  current = RELEASES[name];
}

/** What is particular to the release that this process speaks. */
export const release = (): Release => current;

/** A tree without the elements that this process's release does not have. */
export function known<T extends Node>(node: T, parent = ''): T {
  if (current.lacks.length === 0 || typeof node === 'string') return node;
  if (Array.isArray(node)) return node.map((item) => known(item, parent)) as T;
  const kept = Object.entries(node as Tree).filter(
    ([name]) => !current.lacks.includes(name) && !current.lacks.includes(`${parent}/${name}`),
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, known(value, name)])) as T;
}
