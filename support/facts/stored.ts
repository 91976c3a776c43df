import { answerTo, type Probe, type Survey } from '../machines/survey.ts';
import { isLate } from '../machines/timeout.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';

/** A file below the datastore's directory on the backup server. */
export interface StoredFile {
  /** Below the datastore's directory: 0/9aa619/disk.0.0. */
  readonly path: string;
  /** f, d, l, … as find has it. */
  readonly type: string;
  /** Its apparent size, bytes. */
  readonly bytes: number;
  /** When it was last changed, seconds since the epoch, by the server's clock. */
  readonly changed: number;
}

/** Seconds in which all files of the datastore are listed: of a slow disk with 40,000 backups. */
export const LISTING = 300;

/** Asks for all that lies below a directory. */
export const storedProbe = (own: string): Probe => ({
  ...{ name: 'stored', deadline: LISTING },
  argv: ['find', `${own}/`, '-ignore_readdir_race', '-mindepth', '1', '-printf', '%y\\t%s\\t%T@\\t%P\\n'],
});

/** Reads what storedProbe asked; nothing where the directory is not there. */
export function readStored(told: Survey): Looked<readonly StoredFile[]> {
  const late = told.answers.get('stored');
  if (late && isLate(late)) return { fault: `the files were not listed within ${LISTING} seconds`, evidence: [late] };
  return answerTo(told, 'stored', read);
}

function read({ exitCode, stdout, stderr }: Evidence): readonly StoredFile[] | undefined {
  if (exitCode !== 0) return stdout === '' && /^find: .*No such file or directory$/.test(stderr.trim()) ? [] : undefined;
  const lines = stdout.split('\n').filter(Boolean);
  const files = lines.map((line) => {
    const [, type = '', bytes = '', changed = '', path] = /^(\S)\t(\d+)\t(\d+)[.\d]*\t(.+)$/.exec(line) ?? [];
    return path === undefined ? undefined : { path, type, bytes: Number(bytes), changed: Number(changed) };
  });
  return files.every((file) => file !== undefined) ? files : undefined;
}
