import { spoken } from '../machines/openssh.ts';
import { answerTo, type Probe, type Survey } from '../machines/survey.ts';
import { isLate, isNotFound } from '../machines/timeout.ts';
import { firstLine } from '../machines/words.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';

/** A program the driver calls, and the step that fails without it. Source: OpenNebula 7.4.0, src/datastore_mad, src/tm_mad, src/vmm_mad. */
export interface Program {
  readonly name: string;
  readonly packageName: string;
  readonly step: string;
  /** Needed only for VMs that keep increments, for those of them that track changed blocks, or for powered-off ones. */
  readonly only?: 'increments' | 'increments by changed blocks' | 'powered-off increments';
}

/** One of those. */
export const program = (name: string, packageName: string, step: string, only?: Program['only']): Program => ({
  name,
  packageName,
  step,
  ...(only && { only }),
});

export const frontendPrograms: readonly Program[] = [
  program('ssh', 'openssh-client', 'every step: it reaches the other machines'),
  program('bash', 'bash', 'every step: the driver is written in it'),
  program('ruby', 'ruby', 'backup and restore: parts of the driver are written in it'),
  program('awk', 'mawk', 'monitoring: it reads the free space'),
  program('sed', 'sed', 'every step: it reads the driver’s arguments'),
  program('df', 'coreutils', 'monitoring: it tells the free space'),
  program('qemu-img', 'qemu-utils', 'restore: it tells format and size of the image'),
  program('md5sum', 'coreutils', 'restore: it names the image'),
  program('curl', 'curl', 'restore: the downloader fetches with it'),
];

export const hostPrograms: readonly Program[] = [
  program('bash', 'bash', 'every step: it runs the driver’s commands'),
  program('ssh', 'openssh-client', 'transfer: rsync travels over it'),
  program('ruby', 'ruby', 'backup: prepares the disks'),
  program('virsh', 'libvirt-clients', 'backup: freezes and copies the disks'),
  program('du', 'coreutils', 'backup: it tells the size of what was staged'),
  program('ls', 'coreutils', 'backup: it lists what was staged'),
  program('head', 'coreutils', 'backup: it reads the list of what was staged'),
  program('mkdir', 'coreutils', 'backup: it makes the staging directory'),
  program('rm', 'coreutils', 'backup: it clears the staging directory'),
  program('ps', 'procps', 'cancelling a backup: it finds the transfer'),
  program('awk', 'mawk', 'cancelling a backup: it finds the transfer'),
  program('nbdinfo', 'libnbd-bin', 'incremental backup: it lists the changed blocks', 'increments by changed blocks'),
  program('qemu-io', 'qemu-utils', 'incremental backup: it copies the changed blocks', 'increments'),
  program('qemu-nbd', 'qemu-utils', 'incremental backup of a powered-off machine: it serves the disk', 'powered-off increments'),
];

/** Those of a host's that a bridge host runs in its place: the transfer, and its end. */
export const bridgePrograms: readonly Program[] = hostPrograms.filter(({ name }) =>
  ['bash', 'ssh', 'du', 'ls', 'head', 'ps', 'awk'].includes(name),
);

export const backupServerPrograms: readonly Program[] = [
  program('bash', 'bash', 'every step: it runs the driver’s commands'),
  program('mkdir', 'coreutils', 'backup: it makes the directory for the data'),
  program('df', 'coreutils', 'monitoring: it tells the free space'),
  program('find', 'findutils', 'restore: it finds the files of the backup'),
  program('cat', 'coreutils', 'restore: it sends the disk back'),
  program('rm', 'coreutils', 'deleting a backup'),
  program('mv', 'coreutils', 'flattening a chain of increments', 'increments'),
  program('jq', 'jq', 'flattening a chain of increments: without it the first flatten destroys the chain', 'increments'),
];

/**
 * Prints the names of the programs that are not in the PATH, one a line. `command -v` would name one that nobody may run, too.
 * `hash` looks them up without a process for each.
 */
export function missingPrograms(programs: readonly Program[], question = 'programs'): Probe {
  const names = programs.map(({ name }) => name);
  return {
    name: question,
    argv: [
      'inline',
      'for program; do unset -f "$program"; hash "$program" 2>/dev/null && [ -x "${BASH_CMDS[$program]}" ] || echo "$program"; done',
      ...names,
    ],
    typed: `for program in ${names.join(' ')}; do [ -x "$(type -P $program)" ] || echo $program; done`,
  };
}

/** How bash failed a machine that let us in: it answered nothing, and ended by itself. The driver's `bash -s` fares no better. Undefined where it ran. */
function failedBash({ answers, failure, asked }: Survey): string | undefined {
  const { exitCode, stderr } = asked;
  const isSilent = answers.size === 0 && !failure && !asked.failure;
  if (!isSilent || !exitCode || isLate(asked) || exitCode === 255) return undefined;
  return firstLine(spoken(stderr)) || `exit ${exitCode}`;
}

const isAbsent = ({ asked }: Survey): boolean => isNotFound(asked) && /failed to run command/.test(asked.stderr);

/** Those of the programs that the machine does not have. */
export function missingOf(survey: Survey, programs: readonly Program[], question = 'programs'): Looked<readonly Program[]> {
  if (failedBash(survey) !== undefined)
    return { value: programs.filter(({ name }) => name === 'bash' && isAbsent(survey)), evidence: [survey.asked] };
  return answerTo(survey, question, ({ exitCode, stdout }) => {
    const names = stdout.split('\n').filter(Boolean);
    const isAnswer = exitCode === 0 && names.every((name) => programs.some((program) => program.name === name));
    return isAnswer ? programs.filter(({ name }) => names.includes(name)) : undefined;
  });
}

/** A program that is there, and does not run. */
export interface Broken {
  readonly program: Program;
  /** What its loader or itself said of that, or how it ended. */
  readonly said: string;
}

/** What starts these is no bash of the driver's, but rsync or Ruby: a function of the account's is not asked. */
const STARTED = ['bash', 'ssh', 'ruby', 'virsh', 'nbdinfo', 'qemu-io', 'qemu-nbd'];

/**
 * Runs the programs: prints which ended otherwise than with 0, or said nothing, how, and the first line it said; `deadline` of all. Of those of a machine that is
 * logged in to, a function that its account exports stands for the program.
 */
export function brokenPrograms(programs: readonly Program[], deadline: number, question = 'broken'): Probe {
  const names = programs.map(({ name }) => name);
  const script = `unset -f ${STARTED.join(' ')}
for program; do
  said=$("$program" --version 2>&1 < /dev/null); code=$?
  [ $code = 0 ] && [ -n "$said" ] || printf '%s %s %s\\n' "$program" $code "\${said%%[$'\\r\\n']*}"
done`;
  return {
    name: question,
    argv: ['bash', '-c', script, 'bash', ...names],
    deadline,
    lookedUp: programs !== frontendPrograms,
    typed: `for program in ${names.join(' ')}; do $program --version > /dev/null || echo $program; done`,
  };
}

/** How a program says that it has no --version, as ssh, BusyBox and older ones do: it runs, to say so. */
const NO_VERSION = /(unrecognized|unknown|illegal|invalid|not an) option|unrecognized: --version/i;

/** What brokenPrograms found, without those that are not there at all. */
export function brokenOf(
  survey: Survey,
  programs: readonly Program[],
  [missingQuestion, question] = ['programs', 'broken'],
): Looked<readonly Broken[]> {
  const missing = missingOf(survey, programs, missingQuestion);
  const failed = failedBash(survey);
  if (failed !== undefined) {
    const broken = programs.filter(({ name }) => name === 'bash' && !isAbsent(survey));
    return { value: broken.map((program) => ({ program, said: failed })), evidence: [survey.asked] };
  }
  const isMissing = (name: string) => 'value' in missing && missing.value.some((program) => program.name === name);
  return answerTo(survey, question, ({ exitCode, stdout }) => {
    const lines = stdout.split('\n').filter(Boolean);
    const broken = lines.map((line): Broken | undefined => {
      const [, name, code = '', said = ''] = /^(\S+) (\d{1,3}) ?(.*)$/.exec(line) ?? [];
      const program = programs.find((candidate) => candidate.name === name);
      return program && { program, said: said || (code === '0' ? 'nothing' : `exit ${code}`) };
    });
    if (exitCode !== 0 || !broken.every((each) => each !== undefined)) return undefined;
    return broken.filter(({ program, said }) => !isMissing(program.name) && !NO_VERSION.test(said));
  });
}

/** What a program that was asked for its version is like. `how`: what there is instead of one that runs. */
export type Installed =
  | { readonly state: 'runs'; readonly version: string }
  | { readonly state: 'absent' }
  | { readonly state: 'broken'; readonly how: string };

/** Where a program prints its version, as group 1. */
const versions = {
  rsync: /^rsync\s+version\s+v?(\d+(?:\.\d+)+(?:pre\d+)?)(?![\w.])/m,
  'qemu-img': /^qemu-img version (\d+(?:\.\d+)+)(?![\w.])/m,
} as const;

/** Asks for the version of either program; `deadline` in seconds. `lookedUp`: a bash of the driver's starts rsync. */
export const versionProbes = (deadline: number, lookedUp: boolean): Probe[] => [
  versionProbe('rsync', ['rsync'], deadline, lookedUp),
  versionProbe('qemu-img', ['qemu-img'], deadline),
];

/** The same of a program that is called otherwise, and may have arguments. */
export const versionProbe = (question: string, [program = '', ...args]: readonly string[], deadline: number, lookedUp = false): Probe => ({
  name: question,
  argv: [program, ...args, '--version'],
  deadline,
  lookedUp,
});

/** Reads what versionProbes asked. */
export function installed(survey: Survey, name: keyof typeof versions, deadline: number, question: string = name): Looked<Installed> {
  const answer = survey.answers.get(question);
  // A program that was killed long before its time was not killed by us.
  if (answer && isLate(answer) && (answer.exitCode === 124 || answer.seconds >= deadline)) {
    const fault = `no answer to “${answer.command}” within ${Math.round(answer.seconds)} s`;
    return { fault, fix: `Log in and look: ssh ${survey.machine}`, evidence: [answer] };
  }
  return answerTo(survey, question, (given) => readVersion(given, versions[name]));
}

function readVersion(answer: Evidence, pattern: RegExp): Installed {
  const { exitCode, stdout, stderr } = answer;
  // The loader, too, says 127 when a library is missing, or does not fit: then the program is there, and does not run.
  if (isNotFound(answer) && (stderr === '' || /failed to run command/.test(stderr))) return { state: 'absent' };
  const said = firstLine(stderr || stdout);
  if (exitCode !== 0) return { state: 'broken', how: `one that does not run (exit ${exitCode})${said && `: ${said}`}` };
  const version = pattern.exec(stdout)?.[1];
  return version ? { state: 'runs', version } : { state: 'broken', how: 'a program that names no version' };
}
