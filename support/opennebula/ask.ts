import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandResult, MiB, type Shell } from '../machines/shell.ts';
import { type Evidence, messageOf } from '../outcome/outcome.ts';

/** A value read off an answer, or the sentence that says why there is none. */
export type Read<T> = { readonly value: T } | { readonly fault: string };

/** The same with the answer it was read off; `cut` where the connection is gone, and nobody who looks again gets one. */
export type Looked<T> = Read<T> & { readonly evidence: Evidence; readonly cut?: true };

/** MiB that are read of one answer: some 30,000 images. */
const MOST = 64;

/** Runs a command of OpenNebula's on the front-end, and reads what it prints. `deadline` in seconds. */
export async function look<T>(
  shell: Shell,
  argv: readonly [string, ...string[]],
  parse: (output: string) => T,
  deadline: number,
): Promise<Looked<T>> {
  const { failure, ...evidence } = await shell.run({ argv, deadline, cap: MOST * MiB });
  if (failure) return { evidence, fault: `${evidence.command}: ${failure.message}`, ...(failure.kind === 'lost' && { cut: true }) };
  if (evidence.truncated) return { evidence, fault: `${evidence.command} answered more than ${MOST} MiB` };
  return { evidence, ...readAnswer(evidence, parse) };
}

/** Reads an answer of OpenNebula's command line; what keeps it from being read is said in one sentence. */
export function readAnswer<T>({ command, exitCode, stdout, stderr }: Evidence, parse: (output: string) => T): Read<T> {
  if (exitCode === 127)
    return { fault: `${command}: command not found. Is this the front-end, and is OpenNebula's command line in the PATH?` };
  if (exitCode === 124 || exitCode === 137)
    return { fault: `${command} did not answer in time. Is oned (systemctl status opennebula) overloaded or hanging?` };
  if (exitCode !== 0) return { fault: `${command} ended with exit ${exitCode}: ${(stderr || stdout).trim()}${hint(stderr)}` };
  try {
    return { value: parse(stdout) };
  } catch (error) {
    const shown = stdout.length > 60 ? `“${stdout.slice(0, 40).trim()} … ${stdout.slice(-15).trim()}”` : `“${stdout.trim()}”`;
    return {
      fault: `${command} answered something that is not the pool, or not all of it: ${shown} (${messageOf(error)}). Run it on the front-end and look.`,
    };
  }
}

/** What OpenNebula's client says itself when it gets no answer; what oned says begins with `[one.`. */
const UNREACHED =
  /Failed to open TCP connection|end of file reached|Net::\w+Timeout|execution expired|Connection reset by peer|Broken pipe|HTTP-Error|name not found, use the ID/;

/**
 * Why the answer to a request is none: it did not come, or OpenNebula was not reached or did not know us. Undefined where it took the
 * request, or refused it.
 */
export function unheard({ failure, ...answer }: CommandResult): string | undefined {
  if (failure) return `${answer.command}: ${failure.message}`;
  const text = answer.stderr + answer.stdout;
  const silent = [124, 127, 137].includes(answer.exitCode ?? 0);
  const unreached = !text.includes('[one.') && UNREACHED.test(text);
  if (!silent && !unreached && !text.includes("couldn't be authenticated")) return undefined;
  const read = readAnswer(answer, String);
  return 'fault' in read ? read.fault : `${answer.command}: ${text.trim()}`;
}

function hint(stderr: string): string {
  if (/Failed to open TCP connection|Connection refused/.test(stderr)) return ' Start OpenNebula: systemctl start opennebula.';
  if (/name not found, use the ID/.test(stderr))
    return ' OpenNebula could not be asked for names: systemctl status opennebula, and one_auth.';
  if (/couldn't be authenticated/.test(stderr)) return ' Correct ~/.one/one_auth of the account we look as.';
  if (/Not authorized/.test(stderr)) return ' Look as oneadmin, or grant the account the right to list.';
  return '';
}

/** Seconds between two looks: at first, and at most. */
const PAUSE = { first: 0.3, most: 2, growth: 1.5 };

/**
 * Looks again and again, less and less often, until it is enough or `deadline` seconds have passed. A look that fails is no end:
 * OpenNebula may be restarted meanwhile; a connection that is cut is. Returns the last look; `inTime` tells whether it was enough.
 */
export async function waitUntil<T>(
  lookOnce: () => Promise<Looked<T>>,
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
