/** What the drivers run: programs on the front-end, and scripts on other machines on the standard input of a bash at the end of an ssh. */
import { type ChildProcess, spawn } from 'node:child_process';
import { posix } from 'node:path';
import { release } from './releases.ts';
import { ids, type Tree, text, trees } from './tree.ts';

interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

const children = new Set<ChildProcess>();

/**
 * Runs a program as oned's drivers do, with the front-end's SSH agent; `input` is what it reads. There is no deadline, as
 * there is none in the drivers. Never rejects: what cannot be started is code 127.
 */
export function run(program: string, args: string[], { input = '' }: { input?: string } = {}): Promise<RunResult> {
  return new Promise<RunResult>((resolve) => {
    const env = { ...process.env, SSH_AUTH_SOCK: '/var/run/one/ssh-agent.sock' };
    const child = spawn(program, args, { env, stdio: 'pipe' });
    const result = { stdout: '', stderr: '' };
    children.add(child);
    const done = (code: number) => {
      children.delete(child);
      resolve({ code, ...result });
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        result[name] += chunk;
      });
    }
    // A program may end without having read its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.on('error', () => done(127));
    child.on('close', (code) => done(code ?? 255));
    // Some errors are thrown at once, such as ETXTBSY.
  }).catch(() => ({ code: 127, stdout: '', stderr: '' }));
}

/** Ends what is still running. */
export function endChildren(): void {
  for (const child of children) child.kill();
}

/** What most of their scripts begin with. */
export const STRICT = 'set -e -o pipefail; shopt -qs failglob\n';

/** A script that ran; `script` with what was put before it. */
export interface Remote extends RunResult {
  script: string;
}

/** Runs a script on a machine; with `forward` it is lent the front-end's SSH agent. Never rejects: what ssh says is in `stderr`, each line with its carriage return. */
export async function remote(host: string, body: string, { forward = false }: { forward?: boolean } = {}): Promise<Remote> {
  const script = `${release().preamble}${body}\n`;
  const lend = forward ? ['-o', 'ForwardAgent=yes'] : [];
  const options = ['-o', 'ControlMaster=no', '-o', 'ControlPath=none', ...lend];
  return { script, ...(await run('ssh', [...options, host, 'bash', '-s'], { input: script })) };
}

/** The account on a datastore's backup server, `oneadmin@backup01.example.net`. */
export function backupServer(datastore: Tree): string {
  return `${text(datastore, 'TEMPLATE/RSYNC_USER')}@${text(datastore, 'TEMPLATE/RSYNC_HOST')}`;
}

/** A datastore's folder for a virtual machine's backups, without the double slash that OpenNebula's paths have. */
export function backupFolder(datastore: Tree, vmId: string): string {
  return posix.normalize(`${text(datastore, 'BASE_PATH')}/${vmId}`);
}

/** One step of a backup image's chain: the increment's id, and the name of its directory. A full backup is one step, id 0. */
interface Step {
  id: number;
  directory: string;
}

/** The steps of a backup image, oldest first. */
export function stepsOf(image: Tree): Step[] {
  const increments = trees(image, 'BACKUP_INCREMENTS/INCREMENT').map((increment) => ({
    id: Number(text(increment, 'ID')),
    directory: text(increment, 'SOURCE'),
  }));
  return increments.length > 0 ? increments : [{ id: 0, directory: text(image, 'SOURCE') }];
}

/** Where a step is on the server: `/var/lib/one/datastores/100/0/5de970`. */
export function pathOf(datastore: Tree, image: Tree, { directory }: Step): string {
  return `${backupFolder(datastore, ids(image, 'VMS')[0] ?? '0')}/${directory}`;
}

/** How Ruby shows an exception: the first line of its message, its class, then the rest. */
export function rubyError(place: string, message: string): string {
  const [first = '', ...rest] = message.split('\n');
  return `/var/lib/one/remotes/datastore/${place}:in \`<main>': ${first} (StandardError)\n${rest.join('\n')}`;
}

/** A driver's words as oned passes them on: lines are joined, and ssh's carriage returns come out of XML as line ends. */
export function passedOn(words: string): string {
  return words.replaceAll('\n', '').replaceAll('\r', '\n');
}
