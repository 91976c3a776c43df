import { homedir } from 'node:os';
import { execa } from 'execa';
import { OPEN_FOLDER } from '../suite.ts';

/** What our signatures are for: one made for anything else, as a login or a commit, is none of ours. */
const NAMESPACE = 'opennebula-backup-compliance';
/** Seconds; an agent may be slow, or wait for somebody to confirm. */
const DEADLINE = 30;

/**
 * Runs `ssh-keygen -Y …` in our namespace, perhaps on a text; the paths in `args` are absolute. It has no terminal, so that it can ask for no passphrase.
 * `said` is what it complained of, in one line.
 * @throws Error when it cannot be run.
 */
export async function sshKeygen(task: string, args: readonly string[], input?: Uint8Array): Promise<Answer> {
  return run(['-Y', task, '-n', NAMESPACE, ...args], input);
}

/**
 * The fingerprint of a public key, or of a private key's file; no passphrase is needed for that.
 * @throws Error saying what ssh-keygen found.
 */
export async function fingerprintOf(key: string): Promise<string> {
  const { exitCode, stdout, said } = await run(['-l', '-E', 'sha256', '-f', inHome(key)]);
  const fingerprint = fingerprintIn(stdout);
  if (exitCode !== 0 || fingerprint === undefined) throw new Error(said);
  return fingerprint;
}

/** As ssh-keygen names a key. */
export const fingerprintIn = (text: string): string | undefined => /SHA256:[A-Za-z0-9+/]+/.exec(text)?.[0];

/** A path that the site file may begin with ~. */
export const inHome = (path: string): string => path.replace(/^~(?=\/)/, homedir());

interface Answer {
  readonly exitCode: number;
  readonly stdout: string;
  readonly said: string;
}

async function run(args: readonly string[], input: Uint8Array = new Uint8Array()): Promise<Answer> {
  const { exitCode, stdout, stderr, timedOut, shortMessage } = await execa('ssh-keygen', args, {
    cwd: OPEN_FOLDER,
    input,
    reject: false,
    stripFinalNewline: false,
    // A session of its own has no terminal.
    detached: true,
    env: { LC_ALL: 'C', SSH_ASKPASS_REQUIRE: 'never' },
    timeout: DEADLINE * 1000,
  });
  if (timedOut) throw new Error(`ssh-keygen: no answer within ${DEADLINE} s`);
  if (exitCode === undefined) throw new Error(shortMessage ?? 'ssh-keygen could not be started');
  const complaints = stderr.replace(/^Enter passphrase[^:]*: /, '').trim();
  return { exitCode, stdout, said: complaints.replaceAll(/\s*\n\s*/g, '; ') || `exit ${exitCode}` };
}
