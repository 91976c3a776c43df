import type { Evidence } from '../outcome.ts';
import type { Shell } from '../shell/shell.ts';
import type { Site } from '../site/schema.ts';
import type { Login } from './login.ts';
import { type Probe, type Survey, survey } from './survey.ts';

/** What the backup server says to the front-end, logged in as RSYNC_USER. */
export interface BackupServerFacts {
  readonly survey: Survey;
  readonly login: Login;
  readonly rsync: Evidence | undefined;
}

/** Asks the backup server by one script, over the login the driver makes from the front-end. */
export async function surveyBackupServer(shell: Shell, site: Site, from: string): Promise<BackupServerFacts> {
  const deadline = site.deadlines.command;
  const probes: Probe[] = [
    { name: 'hostname', argv: ['hostname'], deadline },
    { name: 'rsync', argv: ['rsync', '--version'], deadline },
  ];
  const facts = await survey(shell, probes, { deadline });
  const { failure } = facts;
  const hostname = facts.answers.get('hostname');
  const login = {
    from,
    to: site.datastore.rsync_host,
    evidence: [hostname ?? facts.asked],
    ...(failure && failure.kind !== 'stuck' && { failure }),
  };
  return { survey: facts, login, rsync: facts.answers.get('rsync') };
}
