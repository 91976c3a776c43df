import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandResult, MiB, type Shell } from '../machines/shell.ts';
import { isLate, isNotFound } from '../machines/timeout.ts';
import { inQuotes } from '../machines/words.ts';
import { messageOf } from '../outcome/errors.ts';
import type { Evidence, Looked, Read } from '../outcome/evidence.ts';
import { withoutStop } from '../outcome/judgement.ts';
import { kept, keptOf, outline } from './kept.ts';

/** `cut` where the connection is gone, and nobody who looks again gets an answer; `large` where it was longer than what is read. */
export type Look<T> = Looked<T> & { readonly cut?: true; readonly large?: true };

/** MiB that are read of one answer: some 30,000 images. */
const MOST = 64;

/** Runs a command of OpenNebula's on the front-end, and reads what it prints; of a document what is judged is evidence. `deadline` in seconds. */
export async function look<T>(
  shell: Shell,
  argv: readonly [string, ...string[]],
  parse: (output: string) => T,
  deadline: number,
): Promise<Look<T>> {
  const answer = await shell.run({ argv, deadline, cap: MOST * MiB });
  const { command, failure, truncated } = answer;
  const evidence = [argv.includes('-x') ? keptOf(answer) : answer];
  if (failure) return { evidence, fault: `${command}: ${failure.message}`, ...(failure.kind === 'lost' && { cut: true }) };
  if (truncated) return { evidence, fault: `${command} answered more than ${MOST} MiB`, large: true };
  return { evidence, ...readAnswer(answer, parse) };
}

/** Reads an answer of OpenNebula's command line; what keeps it from being read is said in one sentence. */
export function readAnswer<T>(answer: Evidence, parse: (output: string) => T): Read<T> {
  const { command, exitCode, stdout, stderr } = answer;
  if (isNotFound(answer))
    return { fault: `${command}: command not found`, fix: "Is this the front-end, and is OpenNebula's command line in the PATH?" };
  if (isLate(answer))
    return { fault: `${command} did not answer in time`, fix: 'Check whether oned is overloaded or hangs: systemctl status opennebula' };
  if (exitCode !== 0) {
    const fix = hint(stderr);
    return { fault: `${command} ended with exit ${exitCode}: ${(stderr || kept(stdout)).trim()}`, ...(fix !== undefined && { fix }) };
  }
  const complaint = complaintOf(answer);
  if (complaint !== undefined)
    return {
      fault: `${command} ended with exit 0, but said ${inQuotes(complaint)}`,
      fix: hint(stderr) ?? 'Run it on the front-end and look.',
    };
  try {
    return { value: parse(stdout) };
  } catch (error) {
    const shown = outline(stdout);
    const fault = `${command} answered something that is not the pool, or not all of it${shown && `: “${shown}”`} (${messageOf(error)})`;
    return { fault, fix: 'Run it on the front-end and look.' };
  }
}

/** What OpenNebula's client says itself when it gets no answer; what oned says begins with `[one.`. */
const UNREACHED =
  /Failed to open TCP connection|end of file reached|Net::\w+Timeout|execution expired|Connection reset by peer|Broken pipe|HTTP-Error|name not found, use the ID/;

/** A pool that holds nothing. */
const EMPTY = /^\s*(<\?xml[^>]*>\s*)?<\w+_POOL\s*(\/>|>\s*<\/\w+_POOL>)\s*$/;
/** Words of somebody who has failed. */
const FAILED = /error|exception|expired|timed? ?out|refused|reset|broken|fail|unable|can(?:no|')t|couldn't|denied|not authorized/i;

/** What went wrong by its own words, though it ended with 0 and printed a document: an empty pool may be all that is left of an answer. */
function complaintOf({ stdout, stderr }: Evidence): string | undefined {
  if (!stdout.trimStart().startsWith('<')) return undefined;
  const words = EMPTY.test(stdout) ? FAILED : UNREACHED;
  return stderr.split('\n').find((line) => !/\bwarning\b/i.test(line) && (words.test(line) || line.includes('[one.')));
}

/**
 * Why the answer to a request is none, and what to do: it did not come, or OpenNebula was not reached or did not know us. Undefined where
 * it took the request, or refused it.
 */
export function unheard({ failure, ...answer }: CommandResult): string | undefined {
  if (failure) return `${answer.command}: ${failure.message}`;
  const text = answer.stderr + answer.stdout;
  const silent = isNotFound(answer) || isLate(answer);
  const unreached = !text.includes('[one.') && UNREACHED.test(text);
  if (!silent && !unreached && !text.includes("couldn't be authenticated")) return undefined;
  const read = readAnswer(answer, String);
  if ('value' in read) return `${answer.command}: ${text.trim()}`;
  return read.fix === undefined ? read.fault : `${withoutStop(read.fault)}. ${read.fix}`;
}

function hint(stderr: string): string | undefined {
  if (/Failed to open TCP connection|Connection refused/.test(stderr)) return 'Start OpenNebula: systemctl start opennebula.';
  if (/name not found, use the ID/.test(stderr))
    return 'OpenNebula could not be asked for names: systemctl status opennebula, and one_auth.';
  if (/couldn't be authenticated/.test(stderr)) return 'Correct ~/.one/one_auth of the account that runs the suite.';
  if (/Not authorized/.test(stderr)) return 'Look as oneadmin, or grant the account the right to list.';
  return undefined;
}

/** Seconds between two looks: at first, and at most. */
const PAUSE = { first: 0.3, most: 2, growth: 1.5 };

/**
 * Looks again and again, less and less often, until it is enough or `deadline` seconds have passed. A look that fails is no end:
 * OpenNebula may be restarted meanwhile; a connection that is cut is. Returns the last look; `inTime` tells whether it was enough.
 */
export async function waitUntil<T>(
  lookOnce: () => Promise<Look<T>>,
  enough: (value: T) => boolean,
  { deadline, signal }: { deadline: number; signal?: AbortSignal | undefined },
): Promise<Looked<T> & { readonly inTime: boolean }> {
  const end = Date.now() + deadline * 1000;
  for (let pause = PAUSE.first; ; pause = Math.min(pause * PAUSE.growth, PAUSE.most)) {
    const looked = await lookOnce();
    if ('value' in looked && enough(looked.value)) return { ...looked, inTime: true };
    const left = end - Date.now();
    if (left <= 0 || looked.cut || signal?.aborted) return { ...looked, inTime: false };
    await sleep(Math.min(pause * 1000, left), undefined, { signal }).catch(() => undefined);
  }
}
