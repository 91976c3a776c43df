import { answerTo, type Probe, type Survey } from '../machines/survey.ts';
import { isLate } from '../machines/timeout.ts';
import { firstLine } from '../machines/words.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import { either } from './storage.ts';

/** What lies below the datastore's directory on the backup server, as deep as backups lie. */
export interface Stored {
  readonly files: readonly StoredFile[];
  /** What could not be checked or into, and why; by its path. */
  readonly unread: ReadonlyMap<string, string>;
  /** How many names are of other than printable characters. OpenNebula gives no such names, and nobody looks into such folders. */
  readonly odd: number;
}

/** A file or folder below the datastore's directory on the backup server. */
export interface StoredFile {
  /** Below the datastore's directory: 0/9aa619/disk.0.0. */
  readonly path: string;
  /** f, d, l, … as find has it; a link to a folder is d, any other l. */
  readonly type: string;
  /** Its apparent size, bytes. */
  readonly bytes: number;
  /** What it takes on the disk, in blocks of 512 bytes. */
  readonly blocks: number;
  /** When it was last changed, seconds since the epoch, by the clock of whoever wrote it: rsync brings the time along. */
  readonly changed: number;
  /** Whether RSYNC_USER may read and write it: what access(2) says, access control lists included. */
  readonly readable: boolean;
  readonly writable: boolean;
}

/** Seconds in which all files of the datastore are listed: of a slow disk with 40,000 backups. */
const LISTING = 300;

/** The same, but no more than half of the time that the run has: all else that the backup server said waits for it. */
export const listingTime = ({ deadlines }: Site): number => Math.min(LISTING, Math.ceil((deadlines.run ?? 2 * LISTING) / 2));

/** What is printed of an entry of that type. */
const entry = (type: string) => ['-printf', `${type}\\t%s\\t%b\\t%T@\\t%p\\n`];

/** What we may do with it: r or -, w or -. */
const MAY_USE = [...either(['-readable'], 'r', '-'), ...either(['-writable'], 'w\\t', '-\\t')];

/**
 * Links to folders are followed: the folder of a VM may lie on another volume. One to a file is a link, which no restore takes. An
 * entry's name must fit on a line of its own.
 */
const find = (places: readonly string[], deepest: number) =>
  [
    ...['find', '-L', ...places, '-ignore_readdir_race', '-mindepth', '1', '-maxdepth', String(deepest)],
    ...['(', '-name', '*[![:print:]]*', '-prune', '-printf', 'odd\\n', '-o'],
    ...[...MAY_USE, '(', '-type', 'f', '-xtype', 'l', ...entry('l'), '-o', ...entry('%y'), ')', ')'],
  ] as [string, ...string[]];

/** Asks for all backups below the datastore's directory: a folder for each VM, in it one for each backup, in it files. */
export const storedProbe = (own: string, deadline: number): Probe => ({ name: 'stored', argv: find([`${own}/`], 3), deadline });

/** Asks for the files in some of those folders. */
export const storedAgainProbe = (own: string, folders: readonly string[], deadline: number): Probe => ({
  ...{ name: 'stored', argv: find([`${own}/.`, ...folders.map((folder) => `${own}/${folder}`)], 1), deadline },
});

/** Reads what either asked; nothing where the directory is not there. */
export function readStored(told: Survey, own: string): Looked<Stored> {
  const answer = told.answers.get('stored');
  if (!answer) return answerTo<Stored>(told, 'stored', () => undefined);
  const evidence = [brief(answer)];
  if (isLate(answer)) return { fault: `that the files were not listed within ${Math.round(answer.seconds)} s`, fix: SLOW, evidence };
  const value = read(answer, own);
  if (value) return { value, evidence };
  return { fault: `no list of files (exit ${answer.exitCode}: ${firstLine(answer.stderr) || 'garbled'})`, fix: LOOK, evidence };
}

const LOOK = 'Run the same find on the backup server, and look.';
const SLOW = 'Look how busy the disks of the backup server are, then run the audit again; or raise deadlines.run in the site file.';

/** How find complains, in the C locale, of releases old and new. */
const COMPLAINT = /^find: (?:File system loop detected; )?['`‘]((?:[^'’\\]|\\.)+)['’](?:: (.+)| is part of the same file system loop.*)$/;
const ABSENT = 'No such file or directory';

const ENTRY = /^([r-][w-])\t(\S)\t(\d+)\t(\d+)\t(-?\d+)[.\d]*\t(.+)$/;

function read({ exitCode, stdout, stderr, truncated }: Evidence, own: string): Stored | undefined {
  const below = (path: string) => path.slice(own.length + 1).replace(/^\.?\/|^\.$/, '');
  const complaints = stderr.split('\n').filter(Boolean);
  const unread = new Map<string, string>();
  for (const complaint of complaints) {
    const [, path, why = 'it leads back to a folder above it'] = COMPLAINT.exec(complaint) ?? [];
    // Of the directory itself nothing is known then.
    if (path === undefined || !path.startsWith(`${own}/`) || (below(path) === '' && why !== ABSENT)) return undefined;
    if (why !== ABSENT) unread.set(below(path), why);
  }
  if (truncated || (exitCode !== 0 && complaints.length === 0)) return undefined;
  const lines = stdout.split('\n').filter(Boolean);
  const files: StoredFile[] = [];
  for (const line of lines) {
    if (line === 'odd') continue;
    const [, may = '', type = '', bytes = '', blocks = '', changed = '', path] = ENTRY.exec(line) ?? [];
    if (path === undefined || !path.startsWith(`${own}/`)) return undefined;
    const [readable, writable] = [may.startsWith('r'), may.endsWith('w')];
    files.push({ path: below(path), type, bytes: Number(bytes), blocks: Number(blocks), changed: Number(changed), readable, writable });
  }
  return { files, unread, odd: lines.length - files.length };
}

/** Characters of such a list that are kept as evidence: those of 40,000 backups are 8 MB. */
const KEPT = 1_000_000;

/** A list without what is too long of it: the number of lines that were left out is said. */
export function brief(answer: Evidence): Evidence {
  const { stdout } = answer;
  if (stdout.length <= KEPT) return answer;
  const kept = stdout.slice(0, stdout.lastIndexOf('\n', KEPT) + 1);
  return { ...answer, stdout: `${kept}[… ${stdout.slice(kept.length).split('\n').length} more lines]\n` };
}
