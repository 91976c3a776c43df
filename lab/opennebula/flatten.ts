/** Flattening: what is over of a chain of increments is merged on the backup server, into one full backup. */
import type { Cloud } from './cloud.ts';
import { backupFolder, backupServer, type Remote, remote, STRICT } from './drivers.ts';
import { longTime, now } from './format.ts';
import { withAttributes } from './template.ts';
import { int, type Tree, text, trees } from './tree.ts';
import { writeVmLog } from './vmlog.ts';

/** Where OpenNebula's driver complains, by its lines. */
const PROGRAM = '/var/lib/one/remotes/datastore/rsync/increment_flatten';

/** The increments to merge, oldest first: all but so many that the last of them makes the number to keep. */
export function overdue(image: Tree, keepLast: number): Tree[] {
  const increments = trees(image, 'BACKUP_INCREMENTS/INCREMENT');
  return keepLast > 0 && increments.length > keepLast ? increments.slice(0, increments.length - keepLast + 1) : [];
}

/** The chain of each disk, oldest first, from a list of paths such as `…/FOLDER/disk.0.3`. */
export function chainsOf(paths: string[], sources: string[]): string[][] {
  const chains = new Map<string, string[]>();
  for (const source of sources) {
    for (const path of paths.filter((candidate) => candidate.includes(`/${source}/disk.`))) {
      const disk = /disk\.(\d+)\./.exec(path)?.[1] ?? '';
      chains.set(disk, [...(chains.get(disk) ?? []), path]);
    }
  }
  return [...chains.values()];
}

const pairs = (chain: string[]) => chain.slice(1).map((path, index) => [chain[index] ?? '', path] as const);

/** Gives each disk its predecessor back, whose place is taken by a socket that is gone. */
export function reconstruction(chains: string[][]): string {
  return chains
    .flatMap(pairs)
    .map(([base, path]) => `qemu-img rebase -u -F qcow2 -b '${base}' '${path}'`)
    .join('\n');
}

/** Merges each chain into its first disk, which takes the place of its last; prints the bytes they take. */
export function merging(chains: string[][], folders: string[]): string {
  const ends = chains.map((chain) => ({ base: chain[0] ?? '', top: chain.at(-1) ?? '' }));
  return [
    ...ends.flatMap(({ base, top }) => [`qemu-img commit -f qcow2 -b '${base}' '${top}'`, `mv '${base}' '${top}';`]),
    'RC=`(',
    ...ends.map(({ top }) => `qemu-img info --output json '${top}';`),
    ')`',
    'SIZE=`jq --slurp \'map(."actual-size" | tonumber) | add\' <<< "$RC"`',
    `rm -rf ${folders.slice(0, -1).join(' ')}`,
    'echo "$SIZE"',
  ].join('\n');
}

/** The complaint of a step that failed, in one line. */
function complaint({ script, stderr }: Remote, line: number, what: string): string {
  return `Command failed:${script}${PROGRAM}:${line}:in \`<main>': Unable to ${what}: ${stderr.replaceAll('\r', '').trimEnd()} (StandardError)`.replaceAll(
    '\n',
    '',
  );
}

/** Does it on the server; the size of the result in MB, or the complaint. */
async function merge(datastore: Tree, vmId: string, sources: string[]): Promise<number | string> {
  const folders = sources.map((source) => `'${backupFolder(datastore, vmId)}/${source}/'`);
  const onServer = (script: string) => remote(backupServer(datastore), `${STRICT}\n${script}`, { forward: true });
  const listed = await onServer(`find ${folders.join(' ')} -type f -name 'disk.*'`);
  if (listed.code !== 0) return complaint(listed, 93, 'list qcow2 images');
  const chains = chainsOf(listed.stdout.split('\n'), sources);
  const rebased = await onServer(reconstruction(chains));
  if (rebased.code !== 0) return complaint(rebased, 133, 'reconstruct qcow2 chains');
  const merged = await onServer(merging(chains, folders));
  if (merged.code !== 0) return complaint(merged, 171, 'flatten increments');
  return Math.floor(Number(merged.stdout.trim().split('\n').at(-1)) / 2 ** 20);
}

/** The image after the increments were merged into the last of them. */
export function flattened(image: Tree, merged: Tree[], size: number): void {
  const rest = trees(image, 'BACKUP_INCREMENTS/INCREMENT').slice(merged.length);
  const full = { ...merged.at(-1), PARENT_ID: '-1', SIZE: String(size), TYPE: 'FULL' };
  const increments = [full, ...rest];
  image.BACKUP_INCREMENTS = { INCREMENT: increments };
  image.SIZE = String(increments.reduce((sum, increment) => sum + int(increment, 'SIZE'), 0));
}

/**
 * Merges a chain that has more increments than are kept. The image is locked meanwhile. When it fails, the image keeps its
 * increments and an error, whatever became of the files: without jq the server's are moved, and the chain is lost.
 */
export async function flatten(cloud: Cloud, vm: Tree, image: Tree, datastore: Tree): Promise<void> {
  const config = (changes: Record<string, string>) => {
    const backups = vm.BACKUPS as Tree;
    backups.BACKUP_CONFIG = withAttributes(backups.BACKUP_CONFIG as Tree, changes);
  };
  const state = (number: string) => Object.assign(image, { STATE: number, PREV_STATE: number });
  const merged = overdue(image, int(vm, 'BACKUPS/BACKUP_CONFIG/KEEP_LAST'));
  if (merged.length === 0) return;
  config({ ACTIVE_FLATTEN: 'YES' });
  state('4');
  cloud.save();
  writeVmLog(cloud.logs, text(vm, 'ID'), [`[LCM][I]: Removing ${merged.length - 1} backup increments`]);
  const sources = merged.map((increment) => text(increment, 'SOURCE'));
  const result = await merge(datastore, text(vm, 'ID'), sources);
  config({ ACTIVE_FLATTEN: 'NO' });
  state('1');
  if (typeof result === 'number') flattened(image, merged, result);
  else {
    const ERROR = `${longTime(now())} : Error flattening backup increments: ${result}`;
    image.TEMPLATE = withAttributes(image.TEMPLATE as Tree, { ERROR });
  }
  cloud.save();
}
