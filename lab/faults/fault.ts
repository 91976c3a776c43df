/** A fault, and the words that all faults share: how something is done on a machine, and how a person sees it. */
import type { Lab, Result } from '../machines/lab.ts';

export interface Fault {
  /** One plain line: what is broken, or unusual. */
  readonly what: string;
  /** Breaks it in a running lab; if it returns a text, `repair` is given it. */
  readonly break: (lab: Lab) => Promise<unknown>;
  readonly repair: (lab: Lab, memo: string) => Promise<unknown>;
  readonly isBroken: Looks;
  /** What finds it out; an audit unless it says otherwise. */
  readonly profile?: 'gate';
}

/** Looks the way a person would, without the suite's checks. */
export type Looks = (lab: Lab) => Promise<boolean>;

/** One machine, or several alike. */
export type On = string | readonly string[];

export const AGENT = '/var/run/one/ssh-agent.sock';

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
export function loginOverHost(lab: Lab, host: string, command = 'true'): Promise<Result> {
  const onward = `ssh -o BatchMode=yes -o ConnectTimeout=2 ${lab.machine('backup01').fqdn} ${command}`;
  const argv = ['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=2', '-o', 'ForwardAgent=yes', lab.machine(host).fqdn, onward];
  return lab.shell('frontend01', ['env', `SSH_AUTH_SOCK=${AGENT}`, ...argv]);
}

const said = ({ exitCode, stdout, stderr }: Result) => `${stdout}${stderr}exit ${exitCode}`;

/** Whoever logs in from one machine to another, and runs a command there, is told so or answered so. */
export const loginSays =
  (from: string, to: string, words: RegExp, command?: string): Looks =>
  async (lab) =>
    words.test(said(await login(lab, from, to, command)));

/** Whoever takes the driver's path over a host, and runs a command at its end, is told so or answered so. */
export const overHostSays =
  (host: string, words: RegExp, command?: string): Looks =>
  async (lab) =>
    words.test(said(await loginOverHost(lab, host, command)));

/** A command line on a machine prints so, on whichever output, or ends so (`exit 1` comes last). */
export const prints =
  (machine: string, command: string, words: RegExp): Looks =>
  async (lab) =>
    words.test(said(await lab.shell(machine, ['sh', '-c', command])));

/** For a part of a fault: it is the whole that is looked at. */
export const unseen: Looks = () => Promise.resolve(true);

export const each = <T>(on: On, work: (machine: string) => Promise<T>): Promise<T[]> => Promise.all([on].flat().map(work));

export const named = (on: On): string => [on].flat().join(' and ');

/** A pattern of this text alone. */
export const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A fault whose repair needs something more, at its end. */
export const andThen = (fault: Fault, more: (lab: Lab) => Promise<unknown>): Fault => ({
  ...fault,
  repair: async (lab, memo) => {
    await fault.repair(lab, memo);
    await more(lab);
  },
});

export const textOf = (memo: unknown): string => (typeof memo === 'string' ? memo : '');

/** One fault after the other, undone in the opposite order. It is broken when all of them are, unless something else tells. */
export const together = (what: string, faults: readonly Fault[], isBroken?: Looks): Fault => ({
  what,
  break: async (lab) => {
    const memos: string[] = [];
    for (const fault of faults) memos.push(textOf(await fault.break(lab)));
    return JSON.stringify(memos);
  },
  repair: async (lab, memo) => {
    const memos = JSON.parse(memo) as string[];
    for (const [index, fault] of [...faults.entries()].toReversed()) await fault.repair(lab, memos[index] ?? '');
  },
  isBroken:
    isBroken ??
    (async (lab) => {
      for (const fault of faults) if (!(await fault.isBroken(lab))) return false;
      return true;
    }),
});
