/** Whether two machines have the same directories at the same paths. Nothing is made to find out: it is inode and change time that tell. */
import { quote } from '../machines/quote.ts';
import { answerTo, type Probe, type Survey } from '../machines/survey.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';

/** What is at a path. Device numbers are each machine's own. */
export type Place = { readonly inode: string; readonly changed: number } | { readonly said: string };
export type Shared = ReadonlyMap<string, Place>;

/** Enters none of them, and tells who may not: the driver must. */
const LOOK = `for at; do
  if ! told=$(stat -L -c '%i %Z' -- "$at" 2>&1); then told="said \${told##*: }"
  elif [ ! -x "$at" ]; then told='said Permission denied'; fi
  printf '%s\\t%s\\n' "$told" "$at"
done`;

/** Asks of these paths; nothing where there are none. */
export const sharedProbes = (paths: readonly string[], deadline: number): Probe[] =>
  paths.length === 0
    ? []
    : [{ name: 'shared', argv: ['bash', '-c', LOOK, 'bash', ...paths], deadline, typed: `stat -L -c '%i %Z' ${quote(paths)}` }];

/** Reads what was asked of them. */
export const sharedIn = (told: Survey, paths: readonly string[]): Looked<Shared> =>
  paths.length === 0 ? { value: new Map(), evidence: [] } : answerTo(told, 'shared', readShared);

/** Undefined where it is no answer. */
export function readShared({ exitCode, stdout }: Evidence): Shared | undefined {
  if (exitCode !== 0) return undefined;
  const places = stdout
    .split('\n')
    .filter(Boolean)
    .map((line): [string, Place] | undefined => {
      const [, inode, changed, said, at = ''] = /^(?:(\d+) (\d+)|said ([^\t]+))\t(\/.*)$/.exec(line) ?? [];
      if (said !== undefined) return [at, { said }];
      return inode === undefined ? undefined : [at, { inode, changed: Number(changed) }];
    });
  return places.every((each) => each !== undefined) ? new Map(places) : undefined;
}
