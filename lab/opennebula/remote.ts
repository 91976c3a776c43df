/** Scripts on other machines, the way OpenNebula's drivers run them: on the standard input of a bash at the end of an ssh. */
import { posix } from 'node:path';
import { run } from './run.ts';
import { type Tree, text } from './tree.ts';

/** What the drivers put before every script. */
const PREAMBLE = 'export LANG=C\nexport LC_ALL=C\nexport PATH=$PATH:/usr/sbin:/sbin\n';

/** A script that ran; `script` with what was put before it. */
export interface Remote {
  code: number;
  script: string;
  stdout: string;
  stderr: string;
}

/** Runs a script on a machine; with `forward` it is lent the front-end's SSH agent. Never rejects: what ssh says is in `stderr`, each line with its carriage return. */
export async function remote(host: string, body: string, { forward = false }: { forward?: boolean } = {}): Promise<Remote> {
  const script = `${PREAMBLE}${body}\n`;
  const lend = forward ? ['-o', 'ForwardAgent=yes'] : [];
  const options = ['-o', 'ControlMaster=no', '-o', 'ControlPath=none', ...lend];
  const { code, stdout, stderr } = await run('ssh', [...options, host, 'bash', '-s'], { input: script });
  return { code, script, stdout, stderr };
}

/** The account on a datastore's backup server, `oneadmin@backup01.example.net`. */
export function backupServer(datastore: Tree): string {
  return `${text(datastore, 'TEMPLATE/RSYNC_USER')}@${text(datastore, 'TEMPLATE/RSYNC_HOST')}`;
}

/** A datastore's folder for a virtual machine's backups, without the double slash that OpenNebula's paths have. */
export function backupFolder(datastore: Tree, vmId: string): string {
  return posix.normalize(`${text(datastore, 'BASE_PATH')}/${vmId}`);
}
