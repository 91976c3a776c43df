import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import { readLogin } from '../facts/login.ts';
import { cutOff, spoken } from '../machines/openssh.ts';
import { type Judgement, withoutStop } from '../outcome/judgement.ts';
import type { Site } from '../site/schema.ts';
import { loginIsQuiet } from './access.ts';
import { eachHypervisor } from './barriers.ts';
import { firstLine, hangs, programsOn, rsyncOnBackupServer, together } from './programs.ts';
import { storageBelongsToUser } from './storage.ts';

/** BDS-303: rsync and qemu-img are on every hypervisor, and rsync comes to an answer on the backup server. */
export function programsOnHypervisors(
  frontend: FrontendFacts,
  server: BackupServerFacts,
  hypervisors: readonly HypervisorFacts[],
  site: Site,
): Judgement[] {
  // Each of these ends rsync's conversation, too, and says so itself.
  const others = [
    rsyncOnBackupServer(frontend, server, site),
    loginIsQuiet(frontend, server, hypervisors, site),
    storageBelongsToUser(frontend, server, site),
  ];
  const isExplained = others.some(({ outcome }) => outcome !== 'met');
  return eachHypervisor(frontend, hypervisors, site, (facts) => {
    const programs = programsOn(facts.survey, site);
    const runs = programs.every(({ outcome }) => outcome === 'met');
    return together([...programs, ...(runs && !isExplained ? notAnsweredByRsync(facts, site) : [])]);
  });
}

/** rsync from there was let in, and not answered by rsync. */
function notAnsweredByRsync({ survey, login }: HypervisorFacts, { datastore: { path } }: Site): Judgement[] {
  const answer = survey.answers.get('handshake');
  // Where it lists the directory itself, a file that it could not read is no matter of ours.
  if (!answer || !login || login.failure || answer.exitCode === 0 || /^d.* \.$/m.test(answer.stdout)) return [];
  const { from, to, evidence } = login;
  const expected = `${from} → ${to}: expected rsync to be answered by rsync`;
  // rsync may be gone before ssh can say so; the plain login after it says it, too.
  const cut = evidence.map(({ stderr }) => cutOff(stderr)?.message).find((message) => message !== undefined);
  // Its own login may be lost on the way, though the plain one after it is not.
  const shut = readLogin(from, to, answer).failure;
  const lost = shut?.kind === 'lost' || shut?.kind === 'silent' ? shut.message : undefined;
  const untold = cut ?? (hangs(answer) ? `no answer within ${Math.round(answer.seconds)} s` : lost);
  if (untold !== undefined) {
    const reason = `${expected}, found: ${withoutStop(untold)}. Try it on ${from}: ${answer.command}`;
    return [{ outcome: 'undetermined', reason, evidence }];
  }
  const found = firstLine(spoken(answer.stderr)) || `exit ${answer.exitCode}`;
  return [
    {
      outcome: 'not-met',
      reason: `${expected} and ${path} to be listed, found “${found}”, though the login succeeds. Look for what ${to} runs in place of rsync (ForceCommand, ChrootDirectory, command= in authorized_keys), and at the settings of ssh and rsync on ${from} (ssh -G ${to}; echo $RSYNC_RSH); then try it there: ${answer.command}`,
      evidence,
    },
  ];
}
