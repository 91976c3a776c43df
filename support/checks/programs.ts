import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import { backupServerPrograms, frontendPrograms, hypervisorPrograms, type Program } from '../facts/programs.ts';
import { spoken } from '../machines/openssh.ts';
import type { Survey } from '../machines/survey.ts';
import type { VirtualMachine } from '../opennebula/pools.ts';
import { firstFew, type Judgement, met } from '../outcome/judgement.ts';
import { type Evidence, worst } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import { eachHypervisor, notLetIn, poolOf } from './barriers.ts';

interface Wanted {
  readonly program: 'rsync' | 'qemu-img';
  readonly packageName: string;
  /** The oldest version that will do. */
  readonly least: string;
  /** Finds the version in what the program prints, as group 1. */
  readonly version: RegExp;
  /** Seconds it may take. */
  readonly deadline: number;
}

const rsync = (site: Site): Wanted => ({
  program: 'rsync',
  packageName: 'rsync',
  least: site.programs.rsync,
  version: /^rsync\s+version\s+v?(\d+(?:\.\d+)+(?:pre\d+)?)(?![\w.])/m,
  deadline: site.deadlines.command,
});
const qemuImg = (site: Site): Wanted => ({
  program: 'qemu-img',
  packageName: 'qemu-utils',
  least: site.programs.qemu_img,
  version: /^qemu-img version (\d+(?:\.\d+)+)(?![\w.])/m,
  deadline: site.deadlines.command,
});

/** BDS-301: rsync is on the backup server. */
export function rsyncOnBackupServer(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  return notLetIn(frontend, server, site) ?? judgeProgram(server.survey, rsync(site));
}

/** BDS-302: qemu-img is on the backup server. */
export function qemuImgOnBackupServer(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  return notLetIn(frontend, server, site) ?? judgeProgram(server.survey, qemuImg(site));
}

/** rsync and qemu-img on a hypervisor. */
export function programsOn(survey: Survey, site: Site): Judgement[] {
  return [judgeProgram(survey, rsync(site)), judgeProgram(survey, qemuImg(site))];
}

/** One judgement of several about one machine: the worst, with the reasons of all that share it. */
export function together(judgements: readonly Judgement[]): Judgement {
  const outcome = worst(judgements.map((judgement) => judgement.outcome));
  const reason = judgements
    .filter((judgement) => judgement.outcome === outcome && judgement.reason !== '')
    .map((judgement) => judgement.reason)
    .join(' ');
  return { outcome, reason, evidence: judgements.flatMap(({ evidence }) => evidence) };
}

/** A program is there when it runs and says a version that is new enough. */
function judgeProgram(survey: Survey, { program, packageName, least, version, deadline }: Wanted): Judgement {
  const { machine } = survey;
  const answer = survey.answers.get(program);
  const expected = `${machine}: expected ${program} ${least} or newer`;
  if (!answer) return unanswered(survey, expected);
  const evidence = [answer];
  // A program that was killed long before its time was not killed by us.
  if (answer.exitCode === 124 || (answer.exitCode === 137 && answer.seconds >= deadline)) {
    return {
      outcome: 'undetermined',
      reason: `${expected}, found no answer to “${answer.command}” within ${Math.round(answer.seconds)} s. Log in and look: ssh ${machine}`,
      evidence,
    };
  }
  // The loader, too, ends with 127 when a library is missing, or does not fit: then the program is there, and does not run.
  if (answer.exitCode === 127 && (answer.stderr === '' || /failed to run command/.test(answer.stderr)))
    return {
      outcome: 'not-met',
      reason: `${expected}, found none: command not found. Install the package ${packageName} on ${machine}.`,
      evidence,
    };
  const broken = (found: string) => ({
    outcome: 'not-met' as const,
    reason: `${expected}, found ${found}. Repair or upgrade the package ${packageName} on ${machine}.`,
    evidence,
  });
  const said = firstLine(answer.stderr || answer.stdout);
  if (answer.exitCode !== 0) return broken(`one that does not run (exit ${answer.exitCode})${said && `: ${said}`}`);
  const found = version.exec(answer.stdout)?.[1];
  if (!found) return broken('a program that names no version');
  return compareVersions(found, least) < 0 ? broken(found) : met({ evidence });
}

/** The machine let us in, but a question was not reached, or its `answer` is none. */
export function unanswered({ machine, asked, failure }: Survey, expected: string, answer?: Evidence): Judgement {
  const look = (found: string, next: string) => `${expected}, found no answer (${found}). Log in and look${next}: ssh ${machine}`;
  if (!answer) {
    const found = failure?.message ?? (firstLine(spoken(asked.stderr)) || `exit ${asked.exitCode}`);
    return { outcome: 'undetermined', reason: look(found, ' whether bash runs there'), evidence: [asked] };
  }
  const said = firstLine(answer.stderr || answer.stdout);
  const found = hangs(answer) ? `none within ${Math.round(answer.seconds)} s` : `exit ${answer.exitCode}${said && `: ${said}`}`;
  return { outcome: 'undetermined', reason: look(`${answer.command}: ${found}`, ''), evidence: [answer] };
}

/** It did not end by itself in time. */
export const hangs = ({ exitCode }: Evidence): boolean => exitCode === 124 || exitCode === 137;

/** The first line that says something. */
export const firstLine = (text: string): string => text.trim().replace(/\n.*/s, '');

/** Negative when `a` is older than `b`: number by number, a missing one counts as 0, and 3.1.0pre1 comes before 3.1.0. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string) =>
    version
      .replace(/[a-z].*/, '')
      .split('.')
      .map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  const differences = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => (left[at] ?? 0) - (right[at] ?? 0));
  const early = (version: string) => Number(version.includes('pre'));
  return differences.find((difference) => difference !== 0) ?? early(b) - early(a);
}

/** BDS-304: the other programs the driver calls are where it calls them. */
export function otherPrograms(
  frontend: FrontendFacts,
  server: BackupServerFacts,
  hypervisors: readonly HypervisorFacts[],
  site: Site,
): Judgement[] {
  const pool = poolOf(frontend, site, frontend.virtualMachines, 'virtual-machines');
  if ('barrier' in pool) return [pool.barrier];
  const keepers = pool.value.filter(({ keepsIncrements }) => keepsIncrements);
  const judge = (survey: Survey, programs: readonly Program[]) => ({
    ...judgePrograms(survey, programs, keepers),
    machine: survey.machine,
  });
  const onServer = notLetIn(frontend, server, site) ?? judge(server.survey, backupServerPrograms);
  return [
    { ...judge(frontend.survey, frontendPrograms), machine: frontend.hostname },
    ...eachHypervisor(frontend, hypervisors, site, ({ survey }) => judge(survey, hypervisorPrograms)),
    { ...onServer, machine: server.login.to },
  ];
}

function judgePrograms(survey: Survey, programs: readonly Program[], keepers: readonly VirtualMachine[]): Judgement {
  const answer = survey.answers.get('programs');
  const expected = `${survey.machine}: expected the programs that the driver calls there`;
  if (answer?.exitCode !== 0) return unanswered(survey, expected, answer);
  const names = answer.stdout.split('\n').filter(Boolean);
  const strange = names.find((name) => programs.every((program) => program.name !== name));
  if (strange !== undefined) return unanswered(survey, expected, answer);
  const missing = programs.filter(({ name }) => names.includes(name));
  const needing = { increments: keepers, 'powered-off increments': keepers.filter(({ poweredOff }) => poweredOff) };
  const needed = missing.filter(({ only }) => only === undefined || needing[only].length > 0);
  const list = (of: readonly Program[]) => of.map(({ name, packageName, step }) => `${name} (package ${packageName}; ${step})`).join(', ');
  if (needed.length > 0) {
    const who = needed.some(({ only }) => only)
      ? ` Increments are kept by ${firstFew(keepers.map(({ name, id }) => `${name} (${id})`))}.`
      : '';
    return {
      outcome: 'not-met',
      reason: `${expected}, found missing: ${list(needed)}. Install them on ${survey.machine}.${who}`,
      evidence: [answer],
    };
  }
  const once = keepers.length === 0 ? 'a virtual machine keeps increments' : 'one that keeps increments is powered off';
  const note = `${survey.machine}: missing, but needed only once ${once}: ${list(missing)}.`;
  return met({ evidence: [answer], ...(missing.length > 0 && { note }) });
}
