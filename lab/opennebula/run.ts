/** The commands oned runs: children that may take their time, and end with it. */
import { type ChildProcess, spawn } from 'node:child_process';

const children = new Set<ChildProcess>();

/**
 * Runs a program as oned's drivers do, with the front-end's SSH agent; `input` is what it reads, nothing if not given.
 * Never rejects: what cannot be started is code 127.
 */
export function run(
  program: string,
  args: string[],
  { input }: { input?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, SSH_AUTH_SOCK: '/var/run/one/ssh-agent.sock' };
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    children.add(child);
    const done = (code: number) => {
      children.delete(child);
      resolve({ code, stdout, stderr });
    };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    // A program may end without reading its input; its code tells.
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
    child.on('error', () => done(127));
    child.on('close', (code) => done(code ?? 255));
  });
}

/** Ends what is still running. */
export function endChildren(): void {
  for (const child of children) child.kill();
}
