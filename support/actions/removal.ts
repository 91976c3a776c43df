import { spoken } from '../machines/openssh.ts';
import { quote } from '../machines/quote.ts';
import type { CommandResult, Shell } from '../machines/shell.ts';

/** A path on the backup server, and what it is, which tells how it is removed. */
export interface Removal {
  readonly how: 'probe' | 'debris' | 'empty' | 'canary';
  readonly path: string;
}

/** How a person would remove each. What is called empty goes only if it is. */
const byHand = { probe: ['rm', '-f'], debris: ['rm', '-rf'], canary: ['rm', '-rf'], empty: ['rmdir'] } as const;

/**
 * Each path is told of only when it was there, and is gone; on lines of their own, whatever a login prints before. One line, which csh, as a login
 * shell, can read, too.
 */
const SCRIPT = [
  'echo; for path; do case $path in',
  'probe:*) path=${path#probe:}; [ ! -e "$path" ] || { rm -f -- "$path" && echo "$path"; } || echo "kept:$path" ;;',
  'canary:*) path=${path#canary:}; [ ! -e "$path" ] || { rm -rf -- "$path" && echo "$path"; } || echo "kept:$path" ;;',
  'empty:*) path=${path#empty:}; rmdir -- "$path" && echo "$path" ;;',
  'debris:*) path=${path#debris:}; rm -rf -- "$path" && echo "$path" ;;',
  'esac; done; exit 0',
].join(' ');

/** Removes them by one login, in that order; what was removed, and what is there still, in words. */
export async function remove(
  server: Shell,
  removals: readonly Removal[],
  deadline: number,
): Promise<{ readonly answer: CommandResult; readonly undone: readonly string[]; readonly left: readonly string[] }> {
  const answer = await server.run({
    argv: ['bash', '-c', SCRIPT, 'bash', ...removals.map(({ how, path }) => `${how}:${path}`)],
    deadline,
    typed: removals.map(({ how, path }) => quote([...byHand[how], path])).join('; '),
  });
  const told = new Set(answer.stdout.split('\n'));
  const [undone, left]: [string[], string[]] = [[], []];
  for (const { path } of removals) {
    if (told.has(`kept:${path}`)) left.push(`${path} on ${answer.machine}: not removed (${spoken(answer.stderr)})`);
    else if (told.has(path)) undone.push(`${path} on ${answer.machine}`);
  }
  return { answer, undone, left };
}
