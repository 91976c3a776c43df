import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { Evidence } from '../outcome.ts';
import type { Site } from '../site/schema.ts';
import { noWayIn } from './frontend.ts';
import { type Judgement, met } from './judgement.ts';

/** BDS-301: rsync is on the backup server, and new enough. */
export function rsyncOnBackupServer(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  const blocked = noWayIn(frontend, site) ?? notLetIn(server);
  if (blocked) return blocked;
  return judgeProgram(server.rsync, server, {
    program: 'rsync',
    packageName: 'rsync',
    least: site.programs.rsync,
    version: /^rsync\s+version\s+v?(\d[\d.]*)/m,
  });
}

/** What lies behind the door of the backup server is blocked while BDS-101 does not get in. */
function notLetIn({ login }: BackupServerFacts): Judgement | undefined {
  if (!login.failure) return undefined;
  return { outcome: 'blocked', reason: `Not tried: the front-end does not get in at ${login.to} (BDS-101).`, evidence: [] };
}

interface Wanted {
  readonly program: string;
  readonly packageName: string;
  /** The oldest version that will do. */
  readonly least: string;
  /** Finds the version in what the program prints, as group 1. */
  readonly version: RegExp;
}

/** A program is there when it runs and says a version that is new enough. */
function judgeProgram(
  answer: Evidence | undefined,
  { survey }: BackupServerFacts,
  { program, packageName, least, version }: Wanted,
): Judgement {
  const { machine } = survey;
  const expected = `${machine}: expected ${program} ${least} or newer`;
  if (!answer || answer.exitCode === 124 || answer.exitCode === 137) {
    const found = answer
      ? `no answer to “${answer.command}” within ${Math.round(answer.seconds)} s`
      : (survey.failure?.message ?? `“${survey.asked.stderr.trim()}” instead of an answer`);
    return {
      outcome: 'undetermined',
      reason: `${expected}, found ${found}. Log in and look: ssh ${machine}`,
      evidence: [answer ?? survey.asked],
    };
  }
  const evidence = [answer];
  const install = `Install the package ${packageName} on ${machine}.`;
  if (answer.exitCode === 127 || /No such file or directory/.test(answer.stderr))
    return { outcome: 'not-met', reason: `${expected}, found none: command not found. ${install}`, evidence };
  if (answer.exitCode !== 0) {
    const said = (answer.stderr || answer.stdout).trim().split('\n')[0];
    return {
      outcome: 'not-met',
      reason: `${expected}, found one that does not run (exit ${answer.exitCode}): ${said}. Repair or reinstall the package ${packageName} on ${machine}.`,
      evidence,
    };
  }
  const found = version.exec(answer.stdout)?.[1];
  if (!found)
    return { outcome: 'not-met', reason: `${expected}, found a program that names no version. Look at it: ${answer.command}`, evidence };
  if (compareVersions(found, least) < 0)
    return { outcome: 'not-met', reason: `${expected}, found ${found}. Upgrade the package ${packageName} on ${machine}.`, evidence };
  return met({ evidence });
}

/** Negative when `a` is older than `b`: number by number, a missing one counts as 0. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
