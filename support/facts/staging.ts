/**
 * Where the driver stages backups on a host: it deletes and makes tmp/ in each VM's own folder, and backup/ there or, where it is set, in
 * BACKUP_BASE_PATH. Source: OpenNebula 7.4.0, src/tm_mad/qcow2/prebackup_live.
 */
import { posix } from 'node:path';
import { quote } from '../machines/quote.ts';
import type { Probe } from '../machines/survey.ts';
import type { Host } from '../opennebula/pools.ts';
import type { Evidence } from '../outcome/evidence.ts';
import { STOCK } from '../site/example.ts';
import type { FrontendFacts } from './frontend.ts';
import { readSpaceLine, SPACE_FORMAT, type Space } from './space.ts';

type Told = Pick<FrontendFacts, 'datastores' | 'virtualMachines' | 'settings'>;

/** What keeps the driver from staging there. `stays`: what an earlier backup left, and the account cannot delete. */
export interface Obstacle {
  readonly kind: 'denied' | 'no directory' | 'in the way' | 'stays';
  /** What is wrong. */
  readonly at: string;
  /** Where it stages. */
  readonly folder: string;
}

export interface Folders {
  readonly obstacles: readonly Obstacle[];
  /** Those that are file systems of their own. */
  readonly volumes: readonly Space[];
}

/**
 * Where a host stages backups: as OpenNebula's settings say, else in its system datastores, which are those of its cluster, and of VMs on
 * it; all of them where there is none.
 */
export function stagingOf({ datastores, virtualMachines, settings }: Told, { name, cluster }: Host): string[] {
  if ('value' in settings && settings.value.staging !== undefined) return [settings.value.staging];
  const systems = 'fault' in datastores ? [] : datastores.value.filter(({ type }) => type === 'sys');
  const machines = 'fault' in virtualMachines ? [] : virtualMachines.value.filter(({ host }) => host === name);
  const own = systems.filter(
    ({ id, clusters }) => clusters.includes(cluster) || machines.some(({ systemDatastore }) => systemDatastore === id),
  );
  if (systems.length === 0) return [STOCK];
  return (own.length === 0 ? systems : own).map(({ basePath }) => posix.normalize(basePath));
}

/** Where a host stages the backups of the VMs on it that OpenNebula would back up. */
export interface Staging {
  /** BACKUP_BASE_PATH, if it is set. */
  readonly base?: string;
  /** The folders in which the driver makes backup/. */
  readonly folders: readonly string[];
  /** Those in which it makes tmp/: the same ones where there is no `base`. */
  readonly own: readonly string[];
}

export function foldersOf({ datastores, virtualMachines, settings }: Told, { name }: Host): Staging {
  const base = 'value' in settings ? settings.value.staging : undefined;
  const here =
    'fault' in virtualMachines
      ? []
      : virtualMachines.value.filter(({ host, ready, inBackup, unborn }) => host === name && (ready || inBackup) && !unborn);
  const own = here.flatMap(({ id, systemDatastore }) => {
    const system = 'fault' in datastores ? undefined : datastores.value.find((datastore) => datastore.id === systemDatastore);
    return system === undefined || system.basePath === '' ? [] : [posix.join(system.basePath, id)];
  });
  return base === undefined ? { folders: own, own } : { base, folders: here.map(({ id }) => posix.join(base, id)), own };
}

/** Looks, and makes nothing. A directory that cannot be written goes all the same where it is empty: it is its parent's to let go of. */
const LOOK = `
shopt -s nullglob dotglob
told() { printf '%s\\t%s\\t%s\\n' "$@"; }
usable() { [ -w "$1" ] && [ -x "$1" ]; }
stays() {
  local each inside
  [ -r "$1" ] || return 0
  inside=("$1"/*)
  [ \${#inside[@]} != 0 ] || return 1
  usable "$1" || return 0
  for each in "\${inside[@]}"; do [ ! -d "$each" ] || [ -L "$each" ] || ! stays "$each" || return 0; done
  return 1
}
# Whether it is there; if not, whether it could be made.
there() {
  local at=$1
  until [ -e "$at" ] || [ -L "$at" ] || [ "$at" = / ]; do at=\${at%/*}; at=\${at:-/}; done
  if [ ! -d "$at" ]; then told 'no directory' "$at" "$1"
  elif ! usable "$at"; then told denied "$at" "$1"
  else [ "$at" = "$1" ]; return; fi
  return 1
}
here=() last= missing=
[ -z "$1" ] || there "$1" || missing=yes
shift
for each; do
  folder=\${each%/*} name=\${each##*/}
  # Without the directory above them all there is nothing more to tell of backup/.
  [ $name = tmp ] || [ -z "$missing" ] || continue
  if [ "$folder" != "$last" ]; then
    last=$folder is=
    if there "$folder"; then is=there; fi
  fi
  [ -n "$is" ] || continue
  [ $name = tmp ] || here+=("$folder" "\${folder%/*}")
  if [ -L "$each" ] && [ -d "$each" ]; then :
  elif [ -d "$each" ]; then ! stays "$each" || told stays "$each" "$folder"
  elif [ -e "$each" ] || [ -L "$each" ]; then told 'in the way' "$each" "$folder"; fi
done
[ \${#here[@]} != 0 ] || exit 0
devices=$(stat -L -c %d -- "\${here[@]}") || exit
devices=($devices) own=()
for at in "\${!here[@]}"; do
  [ $((at % 2)) = 1 ] || [ "\${devices[at]}" = "\${devices[at + 1]}" ] || own+=("\${here[at]}")
done
[ \${#own[@]} = 0 ] || stat -f -c '${SPACE_FORMAT}' -- "\${own[@]}"`;

export function foldersProbe({ base = '', folders, own }: Staging, deadline: number): Probe {
  const backup = folders.map((folder) => `${folder}/backup`);
  const made = [...backup, ...own.map((folder) => `${folder}/tmp`)].toSorted();
  return {
    name: 'folders',
    argv: ['bash', '-c', LOOK, 'bash', base, ...made],
    deadline,
    typed: `ls -ld ${quote([...(base === '' ? [] : [base]), ...new Set([...folders, ...own])])}`,
  };
}

/** Reads what foldersProbe asked; undefined where it is no answer. */
export function readFolders({ exitCode, stdout }: Evidence): Folders | undefined {
  if (exitCode !== 0) return undefined;
  const obstacles: Obstacle[] = [];
  const volumes: Space[] = [];
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [, kind, at = '', folder = ''] = /^(denied|no directory|in the way|stays)\t(\/[^\t]*)\t(\/[^\t]*)$/.exec(line) ?? [];
    const volume = readSpaceLine(line);
    if (kind !== undefined) obstacles.push({ kind: kind as Obstacle['kind'], at, folder });
    else if (volume) volumes.push(volume);
    else return undefined;
  }
  return { obstacles, volumes };
}
