import { quote } from '../machines/quote.ts';
import type { Command, CommandResult, Shell } from '../machines/shell.ts';
import { MiB } from '../machines/shell.ts';
import { type Probe, type Survey, survey } from '../machines/survey.ts';
import type { Evidence } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import type { Login } from './login.ts';
import { backupServerPrograms, missingPrograms } from './programs.ts';
import { spaceProbe } from './space.ts';

/** What the backup server says to the front-end, logged in as RSYNC_USER. */
export interface BackupServerFacts {
  readonly survey: Survey;
  readonly login: Login;
  /** A second login that offers the keys of OpenNebula's agent only. */
  readonly agentLogin: Login;
  /** The same login to the server that OpenNebula has saved, where that is not the declared one. */
  readonly savedHost?: Login;
}

/** Where things lie on the backup server. */
export interface Places {
  /** The storage directory. */
  readonly path: string;
  /** The datastore's own directory below it; the storage directory itself where the datastore is not registered. */
  readonly own: string;
  /** RSYNC_TMP_DIR. */
  readonly tmp: string;
}

/** The ways from the front-end to the backup server: the driver's own, the same with the agent's keys only, and to the server OpenNebula has saved, where that differs. */
export interface Ways {
  readonly driver: Shell;
  readonly byAgent: Shell;
  readonly saved?: Shell | undefined;
}

/** Asks the backup server by one script, over the login the driver makes from the front-end. */
export async function surveyBackupServer(
  { driver, byAgent, saved }: Ways,
  site: Site,
  from: string,
  { path, own, tmp }: Places,
): Promise<BackupServerFacts> {
  const { command: deadline } = site.deadlines;
  const attributes = ['-printf', '%y\\t%u\\t%g\\t%m\\t%p\\n'];
  const mayUse = ['(', '-writable', '-executable', '-printf', 'yes\\t', '-o', '-printf', 'no\\t', ')'];
  // Storage that does not answer costs its deadline four times at most: what tells little is left out then, what takes longest comes last.
  const answered = '[ $code != 124 ] && [ $code != 137 ]';
  const probes: Probe[] = [
    { name: 'hostname', argv: ['hostname'], deadline },
    { name: 'user', argv: ['id', '-un'], deadline },
    { name: 'group', argv: ['id', '-gn'], deadline },
    { name: 'rsync', argv: ['rsync', '--version'], deadline },
    { name: 'qemu-img', argv: ['qemu-img', '--version'], deadline },
    missingPrograms(backupServerPrograms),
    {
      name: 'directory',
      argv: ['find', '-L', path, '-maxdepth', '0', ...mayUse, ...attributes],
      deadline,
      typed: `ls -ld ${quote([path])}`,
    },
    { name: 'links', argv: ['find', path, own, '-maxdepth', '0', '-type', 'l', '-printf', '%p -> %l\\n'], deadline, when: answered },
    { name: 'devices', argv: ['stat', '-L', '--printf', '%d\\t%n\\n', '/', path, own], deadline },
    { name: 'mount', argv: ['df', '--output=target,source,fstype', '/', path, own], deadline, when: answered },
    spaceProbe('space', [own, tmp], deadline),
    ...(own === path
      ? []
      : [
          {
            name: 'own-directories',
            argv: ['find', '-L', own, '-maxdepth', '1', '-name', '[0-9]*', ...mayUse, ...attributes] as Probe['argv'],
            deadline,
            typed: `ls -ld ${quote([own])} ${quote([own])}/*`,
          },
        ]),
  ];
  const onlyIn: Command = { argv: ['true'], deadline };
  const [facts, agentAnswer, savedAnswer] = await Promise.all([
    survey(driver, probes, { deadline: deadline * 5, cap: 16 * MiB }),
    byAgent.run(onlyIn),
    saved?.run(onlyIn),
  ]);
  const to = site.datastore.rsync_host;
  const { failure, hostKey } = facts;
  const evidence = [facts.answers.get('hostname') ?? facts.asked];
  return {
    survey: facts,
    login: { from, to, evidence, ...(hostKey && { hostKey }), ...(failure && failure.kind !== 'stuck' && { failure }) },
    agentLogin: loginOf(agentAnswer, from, to),
    ...(savedAnswer && { savedHost: loginOf(savedAnswer, from, savedAnswer.machine) }),
  };
}

function loginOf(answer: CommandResult, from: string, to: string): Login {
  const { failure, hostKey, ...evidence } = answer;
  return { from, to, evidence: [evidence], ...(failure && { failure }), ...(hostKey && { hostKey }) };
}

/** One directory as `find` tells it. */
export interface Directory {
  readonly path: string;
  /** d for a directory, f for a file, as in find(1), %y. */
  readonly type: string;
  readonly owner: string;
  readonly group: string;
  /** Octal, without the type. */
  readonly mode: number;
  /** RSYNC_USER may write and enter it: what access(2) says, access control lists included. */
  readonly usable: boolean;
}

/** Reads what the storage probes asked; undefined where a line does not read as a directory. */
export function readDirectories(answer: Evidence | undefined): Directory[] | undefined {
  const lines = (answer?.stdout ?? '').split('\n').filter(Boolean);
  const read = lines.map((line) => {
    const [, usable, type = '', owner = '', group = '', mode = '', path = ''] =
      /^(yes|no)\t([a-zA-Z?])\t([^\t]+)\t([^\t]+)\t([0-7]{1,4})\t(\/[^\t]*)$/.exec(line) ?? [];
    return usable === undefined ? undefined : { path, type, owner, group, mode: Number.parseInt(mode, 8), usable: usable === 'yes' };
  });
  return read.every((directory) => directory !== undefined) ? read : undefined;
}
