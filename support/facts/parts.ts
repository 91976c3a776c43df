import { MiB } from '../machines/shell.ts';
import { backupDisks } from '../opennebula/disks.ts';
import type { Image } from '../opennebula/images.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Stored, StoredFile } from './stored.ts';

/** One backup of an image, as it lies on the backup server: a folder with a file for each disk, and a description of the VM. */
export interface Part {
  /** Below the datastore's directory: 0/9aa619. */
  readonly folder: string;
  /** The number in the names of its disks' files. */
  readonly number: string;
  /** MB that OpenNebula counts for it. */
  readonly sizeMb: number;
  /** What each of its disks' files has at least. */
  readonly leastBytes: number;
  /** Whether a restore writes to its disks' files: it sets the backing file of each increment anew, by qemu-img rebase. */
  readonly isRebased: boolean;
}

/** What an image consists of: one backup, or as many as its chain has. Of a chain the image's own SOURCE may be long gone. */
export function partsOf({ vms: [vm = ''], source, sizeMb, increments, format }: Image): Part[] {
  const leastBytes = format === 'rbd' ? 1 : LEAST_QCOW2;
  if (increments.length === 0) return [{ folder: `${vm}/${source}`, number: '0', sizeMb, leastBytes, isRebased: false }];
  return increments.map((link, at) => ({
    ...{ folder: `${vm}/${link.source}`, number: link.id, sizeMb: link.sizeMb, leastBytes },
    isRebased: at > 0 && format !== 'rbd',
  }));
}

type Folder = ReadonlyMap<string, StoredFile>;

/** What lies on the backup server, to compare images with. */
export interface Shelf extends Pick<Stored, 'unread'> {
  /** Entries by their names, by the folder that they lie in. */
  readonly folders: ReadonlyMap<string, Folder>;
  /** The numbers of the disks that a backup holds now, by the ids of their VMs. */
  readonly kept: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether the file system there tells what a file takes: some tell 0 of each. */
  readonly tellsBlocks: boolean;
}

/** `all`: the list of the whole datastore, where `stored` is one of some of its folders. */
export function shelfOf(stored: Stored, vms: readonly ListedVirtualMachine[], all = stored): Shelf {
  const { files, unread } = stored;
  const folders = new Map<string, Map<string, StoredFile>>();
  for (const file of files) {
    const end = file.path.lastIndexOf('/');
    const folder = file.path.slice(0, Math.max(end, 0));
    const there = folders.get(folder) ?? new Map<string, StoredFile>();
    folders.set(folder, there.set(file.path.slice(end + 1), file));
  }
  const kept = new Map(vms.map((vm) => [vm.id, new Set(backupDisks(vm).map(({ id }) => id))]));
  return { folders, unread, kept, tellsBlocks: all.files.some(({ type, blocks }) => type === 'f' && blocks > 0) };
}

/** What is wrong with the files of an image, and what cannot be told of them; parts of a sentence. */
export interface Lacks {
  readonly wrong: readonly string[];
  readonly untold: readonly string[];
  /** How much of what is wrong is that RSYNC_USER may not use a file which is there. */
  readonly barred?: number;
}

/** Compares an image with what lies on the backup server. */
export function lacksOf(image: Image, shelf: Shelf): Lacks {
  const parts = partsOf(image);
  const all = parts.map((part, at) => lacksOfPart(part, disksOf(image, parts, at, shelf), shelf));
  const gone = image.disks.filter((disk) => !shelf.kept.has(image.vms[0] ?? '') && lastWith(disk, parts, shelf) < parts.length - 1);
  return {
    wrong: all.flatMap(({ wrong }) => wrong),
    untold: all.flatMap(({ untold }) => untold),
    ...(all.some(({ barred }) => barred) && { barred: all.reduce((sum, { barred = 0 }) => sum + barred, 0) }),
    ...(gone.length > 0 && all.every(({ wrong, untold }) => wrong.length + untold.length === 0) && { untold: gone.map(unclear) }),
  };
}

const unclear = (disk: string) => `whether disk ${disk} was detached before its last backups, since its VM is gone`;

/**
 * The disks that a backup of a chain must hold, or undefined where OpenNebula does not tell. One that is attached begins a chain anew; one that was
 * detached, or is left out since, is in none of the later backups, though the image still names it.
 */
function disksOf({ disks, vms: [vm = ''] }: Image, parts: readonly Part[], at: number, shelf: Shelf): readonly string[] | undefined {
  if (disks.length === 0) return undefined;
  const kept = shelf.kept.get(vm);
  const others = disks.filter((disk) => at <= lastWith(disk, parts, shelf) || kept?.has(disk));
  return at === 0 ? disks : others;
}

/** Of the backups of a chain the last that holds a disk; -1 where none does. */
const lastWith = (disk: string, parts: readonly Part[], { folders }: Shelf): number =>
  parts.findLastIndex(({ folder, number }) => folders.get(folder)?.has(`disk.${disk}.${number}`));

function lacksOfPart({ folder, number, sizeMb, leastBytes, isRebased }: Part, owed: readonly string[] | undefined, shelf: Shelf): Lacks {
  const { folders, unread, tellsBlocks } = shelf;
  const there = folders.get(folder);
  const isOfPart = (name: string) => /^disk\.\d+\.(\d+)$/.exec(name)?.[1] === number;
  const disks = owed?.map((disk) => `disk.${disk}.${number}`) ?? [...(there?.keys() ?? [])].filter(isOfPart);
  const names = [...disks, 'vm.xml'];
  const hidden = [folder.replace(/\/.*/, ''), folder, ...names.map((name) => `${folder}/${name}`)].filter((path) => unread.has(path));
  if (hidden.length > 0) return { wrong: [], untold: hidden.map((path) => `what ${path} is (${unread.get(path)})`) };
  if (!there) return { wrong: [`${folder} is missing or empty`], untold: [] };
  const leastOf = (name: string) =>
    name === 'vm.xml' ? { bytes: LEAST_VM_XML, of: 'a description' } : { bytes: leastBytes, of: 'an empty disk' };
  const faults = names.flatMap((name) => faultOf(`${folder}/${name}`, there.get(name), leastOf(name), tellsBlocks) ?? []);
  const barred = names.flatMap((name) => barredOf(`${folder}/${name}`, there.get(name), isRebased && name !== 'vm.xml'));
  const mib = disks.reduce((sum, name) => sum + (there.get(name)?.bytes ?? 0), 0) / MiB;
  if (disks.length === 0) faults.push(`${folder} holds no disk`);
  const isShort = faults.length === 0 && mib < (sizeMb - ROUNDED) * LEAST;
  const short = `${folder} holds ${Math.round(mib)} MiB of the ${sizeMb} MiB that OpenNebula counts`;
  return { wrong: [...(isShort ? [short] : faults), ...barred], untold: [], barred: barred.length };
}

/**
 * OpenNebula counts what the disks' files take on the host, rounded up. What the file system there takes beyond a file's length is counted, too: a
 * good file may be shorter, but hardly by half.
 */
const [ROUNDED, LEAST] = [2, 0.5];

/**
 * Bytes of a qcow2 file that holds no data at all: its header, its table of reference counts and one block of these, a cluster of 64 KiB each. So all
 * are made that OpenNebula's drivers make of files; recordings of 7.4.0, second/s-disks and third/f. Of a disk on Ceph they make others.
 */
const LEAST_QCOW2 = 3 * 65_536;

/** Bytes that no description of a VM is shorter than: in base64, its id, name, state and times alone are more. */
const LEAST_VM_XML = 100;

/** Bytes of the smallest file that has blocks of its own: shorter ones some file systems keep beside the file's name and times. */
const LEAST_WITH_BLOCKS = 4096;

/** Why a file that is there is of no use to a restore. */
function barredOf(path: string, file: StoredFile | undefined, isRebased: boolean): string[] {
  if (file?.type !== 'f') return [];
  if (!file.readable) return [`RSYNC_USER may not read ${path}`];
  return isRebased && !file.writable ? [`RSYNC_USER may not write to ${path}, which a restore rebases`] : [];
}

function faultOf(
  path: string,
  file: StoredFile | undefined,
  least: { readonly bytes: number; readonly of: string },
  tellsBlocks: boolean,
): string | undefined {
  if (!file) return `${path} is not there`;
  if (file.type === 'l') return `${path} is no file but a link, which OpenNebula does not restore`;
  if (file.type !== 'f') return `${path} is no file`;
  if (file.bytes === 0) return `${path} is empty`;
  if (file.bytes < least.bytes) return `${path} has ${file.bytes} bytes, fewer than the ${least.bytes} of ${least.of}`;
  const isLost = tellsBlocks && file.blocks === 0 && file.bytes >= LEAST_WITH_BLOCKS;
  return isLost ? `${path} takes no block on the disk: all its ${file.bytes} bytes are a hole, its header included` : undefined;
}
