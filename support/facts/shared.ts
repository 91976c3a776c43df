/** Whether two machines have the same directories at the same paths. Nothing is made to find out: it is inode and change time that tell. */
import { quote } from '../machines/quote.ts';
import { answerTo, type Probe, type Survey } from '../machines/survey.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';

/** What is at a path. Device numbers are each machine's own. `changed`: seconds with their fraction, as far as the file system keeps one. */
export type Place = { readonly inode: string; readonly changed: number } | { readonly said: string };
export type Shared = ReadonlyMap<string, Place>;

/** Whether nothing is at a path. */
export const isAbsent = (place: Place): boolean => 'said' in place && place.said.startsWith('No such file');

const FORMAT = '%i %.9Z %n';

/** Enters none of them, and tells who may not: the driver must. One stat for all: a bridge host may see thousands. It exits with 1 where one is not there. */
const LOOK = `stat -L -c '${FORMAT}' -- "$@"; code=$?
for at; do [ -x "$at" ] || [ ! -e "$at" ] || echo "closed $at"; done
[ $code -le 1 ] || exit $code`;

/** Bytes of a command line. Linux takes 2 MiB of words and environment where a process may have 8 MiB of stack. */
const ROOM = 1_000_000;

/** As many of these paths as one command line holds. */
export function fitting(paths: readonly string[]): string[] {
  let room = ROOM;
  return paths.filter((path) => {
    room -= Buffer.byteLength(path) + 9;
    return room >= 0;
  });
}

/** Bytes of the answer, at most. */
export const answerOf = (paths: readonly string[]): number => paths.reduce((sum, path) => sum + Buffer.byteLength(path) + 100, 0);

/** So many paths are shown in evidence. */
const SHOWN = 50;

/** Asks of these paths; nothing where there are none. */
export function sharedProbes(paths: readonly string[], deadline: number): Probe[] {
  if (paths.length === 0) return [];
  const more = paths.length > SHOWN ? ` # and ${paths.length - SHOWN} more` : '';
  const typed = `stat -L -c '${FORMAT}' ${quote(paths.slice(0, SHOWN))}${more}`;
  return [{ name: 'shared', argv: ['bash', '-c', LOOK, 'bash', ...paths], deadline, typed }];
}

/** Reads what was asked of them. */
export const sharedIn = (told: Survey, paths: readonly string[]): Looked<Shared> =>
  paths.length === 0 ? { value: new Map(), evidence: [] } : answerTo(told, 'shared', (answer) => readShared(answer, paths));

/** Undefined where it is no answer. */
export function readShared({ exitCode, stdout, stderr }: Evidence, paths: readonly string[]): Shared | undefined {
  if (exitCode !== 0) return undefined;
  const places = new Map<string, Place>();
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [, inode, changed, at = ''] = /^(?:(\d+) (\d+\.\d{9})|closed) (\/.*)$/.exec(line) ?? [];
    if (at === '') return undefined;
    places.set(at, inode === undefined ? { said: 'Permission denied' } : { inode, changed: Number(changed) });
  }
  // What stat cannot look at it tells in the order of its arguments.
  const unseen = paths.filter((path) => !places.has(path));
  const words = stderr.split('\n').filter((line) => line.startsWith('stat: cannot stat'));
  if (unseen.length !== words.length || places.size + unseen.length !== paths.length) return undefined;
  for (const [at, path] of unseen.entries()) places.set(path, { said: words[at]?.replace(/^.*: /, '') ?? '' });
  return places;
}
