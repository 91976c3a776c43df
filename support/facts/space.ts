import { quote } from '../machines/quote.ts';
import type { Probe } from '../machines/survey.ts';
import type { Evidence } from '../outcome/evidence.ts';

/** A file system as `stat -f` tells it, of one path on it. Source: stat(1), statvfs(3). */
export interface Space {
  readonly path: string;
  readonly totalBytes: number;
  /** What an ordinary account may still use. */
  readonly availableBytes: number;
  /** Of what an ordinary account may use at all, 0 to 100. */
  readonly freePercent: number;
  /** Undefined where the file system has no fixed number of inodes; Ceph's shows more of them unused than there are. */
  readonly freeInodesPercent?: number;
}

/** What `stat -f` is to print for readSpaceLine. */
export const SPACE_FORMAT = '%S %b %f %a %c %d %n';

/** Asks for the space where each path lies, or its nearest parent where it does not exist. */
export function spaceProbe(name: string, paths: readonly string[], deadline: number): Probe {
  const script =
    'format=$1; shift; for p; do while [ ! -e "$p" ] && [ "$p" != / ]; do p=$(dirname -- "$p"); done; stat -f -c "$format" -- "$p" || exit; done';
  return {
    name,
    argv: ['bash', '-c', script, 'bash', SPACE_FORMAT, ...paths],
    deadline,
    typed: `stat -f -c '${SPACE_FORMAT}' -- ${quote(paths)}`,
  };
}

/** Reads what spaceProbe asked; undefined when it was not answered, or not in its form. */
export function readSpace(answer: Evidence | undefined): readonly Space[] | undefined {
  if (answer?.exitCode !== 0) return undefined;
  const spaces = answer.stdout.split('\n').filter(Boolean).map(readSpaceLine);
  return spaces.every((space) => space !== undefined) ? spaces : undefined;
}

/** One line of it. */
export function readSpaceLine(line: string): Space | undefined {
  const match = /^(\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (.*)$/.exec(line);
  if (!match) return undefined;
  const [size = 0, blocks = 0, unused = 0, usable = 0, files = 0, unusedFiles = 0] = match.slice(1, 7).map(Number);
  // More free than there is, or more than there can be: none of it is to be believed.
  if (usable > unused || unused > blocks || ![size, blocks].every(Number.isSafeInteger)) return undefined;
  const reach = blocks - unused + usable;
  return {
    path: match[7] ?? '',
    totalBytes: blocks * size,
    availableBytes: usable * size,
    freePercent: reach === 0 ? 0 : (100 * usable) / reach,
    ...(files > 0 && unusedFiles <= files && { freeInodesPercent: (100 * unusedFiles) / files }),
  };
}
