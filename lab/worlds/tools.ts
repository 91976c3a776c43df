import type { Lab, Result } from '../machines/lab.ts';
import type { State as OpenNebula } from '../opennebula/state.ts';
import type { Tree } from '../opennebula/tree.ts';

export type { OpenNebula };

export type World = {
  name: string;
  /** One plain line: what is broken. */
  what: string;
  /** Breaks it in a running lab; if it returns a text, `repair` is given it. */
  break(lab: Lab): Promise<unknown>;
  repair(lab: Lab, memo: string): Promise<unknown>;
  /** Looks the way a person would, without the suite's checks. */
  isBroken(lab: Lab): Promise<boolean>;
};

/** Runs a script as oneadmin on a machine, which must succeed; its output. */
export async function sh(lab: Lab, machine: string, script: string, ...args: string[]): Promise<string> {
  return succeeded(await lab.shell(machine, ['bash', '-euc', script, 'bash', ...args]), machine, script);
}

/** The same with the power to mount and to filter. */
export async function admin(lab: Lab, machine: string, script: string): Promise<string> {
  return succeeded(await lab.admin(machine, script), machine, script);
}

function succeeded({ exitCode, stdout, stderr }: Result, machine: string, script: string): string {
  if (exitCode !== 0) throw new Error(`On ${machine}, exit ${exitCode} from: ${script}\n${stderr.trim()}`);
  return stdout;
}

/** Whether a command as oneadmin on a machine succeeds. */
export async function succeeds(lab: Lab, machine: string, ...argv: string[]): Promise<boolean> {
  return (await lab.shell(machine, argv)).exitCode === 0;
}

/** What a person sees who logs in from one machine to another and runs a command there. */
export function login(lab: Lab, from: string, to: string, command = 'true'): Promise<Result> {
  return lab.shell(from, ['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=2', lab.machine(to).fqdn, command]);
}

/** The same over the path OpenNebula's driver takes: from the front-end, lending its agent, through a host to the backup server. */
export function loginOverHost(lab: Lab, host: string): Promise<Result> {
  const onward = `ssh -o BatchMode=yes -o ConnectTimeout=2 ${lab.machine('backup01').fqdn} true`;
  const argv = ['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=2', '-o', 'ForwardAgent=yes', lab.machine(host).fqdn, onward];
  return lab.shell('frontend01', ['env', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock', ...argv]);
}

/** The backup datastore that the lab's site file declares. */
export function backupDatastore({ datastores }: OpenNebula): Tree {
  const found = datastores.find((datastore) => datastore.NAME === 'rsync Backups');
  if (!found) throw new Error('OpenNebula has no datastore named "rsync Backups" in this lab');
  return found;
}
