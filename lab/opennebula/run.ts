/** The commands oned runs: children that may take their time, and end with it. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface RunResult {
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
  return new Promise((resolve) => {
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
  });
}

/** Ends what is still running. */
export function endChildren(): void {
  for (const child of children) child.kill();
}
