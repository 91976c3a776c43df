import { BUSY, cutOff, loginTo, setRemoteShell, spoken } from '../machines/openssh.ts';
import { quote } from '../machines/quote.ts';
import type { Failure, Hop, Shell } from '../machines/shell.ts';
import { answerTo, expand, type Probe, survey } from '../machines/survey.ts';
import { isLate } from '../machines/timeout.ts';
import { firstLine } from '../machines/words.ts';
import type { Host } from '../opennebula/pools.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Subject } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import { type Login, readLogin } from './login.ts';
import { hostPrograms, type Installed, installed, missingOf, missingPrograms, type Program, versionProbes } from './programs.ts';
import { readSpace, type Space, spaceProbe } from './space.ts';

/** What a hypervisor host says, asked the way OpenNebula's driver reaches it. */
export interface HostFacts {
  readonly host: Host;
  /** Why the host itself could not be asked. */
  readonly failure?: Failure;
  /** The whole conversation. */
  readonly asked: readonly Evidence[];
  /** What the login itself prints on stdout. */
  readonly noise: string;
  /** Its login to the backup server, through the forwarded agent; undefined when it did not come so far. */
  readonly login?: Login;
  /** The same by the name that OpenNebula has saved, where that is not the declared one. */
  readonly savedLogin?: Login;
  /** The rsync that the driver starts, which only lists. */
  readonly handshake: Looked<Handshake>;
  readonly rsync: Looked<Installed>;
  readonly qemuImg: Looked<Installed>;
  /** Those of hostPrograms that it does not have. */
  readonly missing: Looked<readonly Program[]>;
  /** Where it stages a backup, at least one. */
  readonly staging: Looked<readonly Space[]>;
  /** The account's own keys. */
  readonly keys: Looked<readonly string[]>;
}

/** A host as what is judged. */
export const subjectOf = ({ id, name }: Host): Subject => ({ kind: 'host', name, id });

/**
 * What rsync on a host came to at the backup server. greeted: something else spoke first. cut: it heard no answer, for a reason that says
 * nothing of the server's rsync.
 */
export type Handshake =
  | { readonly state: 'answered' | 'greeted' }
  | { readonly state: 'unanswered' | 'cut'; readonly said: string; readonly command: string };

/**
 * Asks a host by one script: it starts the rsync that the driver starts, but only lists.
 * `staging` are the directories of its system datastores, `saved` the name of the server that OpenNebula has saved, if it is another one.
 */
export async function surveyHost(
  shell: Shell,
  host: Host,
  site: Site,
  { staging, saved }: { staging: readonly string[]; saved?: string | undefined },
): Promise<HostFacts> {
  const { rsync_user: user, rsync_host: server, path } = site.datastore;
  const { connect: connectTimeout, command: deadline } = site.deadlines;
  const handshake = connectTimeout + Math.min(15, deadline);
  const source = `${user}@${server}:${path}/`;
  const way: Hop = { host: server, user, connectTimeout };
  const loginProbe = (name: string, to: Hop, when: string): Probe => ({
    name,
    when,
    argv: loginTo(to, 'hostname'),
    deadline: connectTimeout + 5,
    login: true,
    typed: `ssh -o BatchMode=yes -l ${user} ${to.host} hostname`,
  });
  const probes: Probe[] = [
    ...versionProbes(deadline),
    missingPrograms(hostPrograms),
    spaceProbe('staging', staging, deadline),
    {
      name: 'keys',
      argv: ['inline', 'for key in ~/.ssh/id_*; do [ ! -e "$key" ] || [ "$key" != "${key%.pub}" ] || echo "$key"; done'],
      typed: 'ls ~/.ssh/id_*',
    },
    {
      name: 'handshake',
      // Not protected where it can be done without: rrsync, for one, lets no such option through.
      argv: ['rsync', '-d', '--list-only', ...(quote([path]) === path ? [] : ['--protect-args']), '-e', expand('"$rsh"'), source],
      deadline: handshake,
      login: true,
      typed: `rsync -d --list-only -e 'ssh -o BatchMode=yes' ${quote([source])}`,
    },
    // A handshake that waited in vain has told enough; asking again would cost the same wait.
    loginProbe('login', way, `[ $code != 0 ] && [ $((SECONDS - began)) -lt ${connectTimeout} ]`),
    ...(saved === undefined ? [] : [loginProbe('saved', { ...way, host: saved }, '[ $code = 0 ]')]),
  ];
  const told = await survey(shell, probes, {
    deadline: handshake + connectTimeout * (saved === undefined ? 1 : 2) + deadline,
    // The driver leaves it to rsync what to log in with.
    setup: `${setRemoteShell(way)}\nbegan=$SECONDS`,
  });
  const login = (question: string, to: string) => {
    const answer = told.answers.get(question);
    return answer && readLogin(host.name, to, answer);
  };
  const [byRsync, plain] = [login('handshake', server), login('login', server)];
  const savedLogin = saved === undefined ? undefined : login('saved', saved);
  // The handshake tells; where it did not get in, the plain login, if that was tried, has the last word.
  const whole = byRsync && plain ? { ...plain, evidence: [...byRsync.evidence, ...plain.evidence] } : byRsync;
  return {
    host,
    asked: [told.asked],
    noise: told.noise,
    ...(told.failure && { failure: told.failure }),
    ...(whole && { login: whole }),
    ...(savedLogin && { savedLogin }),
    handshake: { ...answerTo(told, 'handshake', (answer) => readHandshake(answer, whole)), ...(whole && { evidence: whole.evidence }) },
    rsync: installed(told, 'rsync', deadline),
    qemuImg: installed(told, 'qemu-img', deadline),
    missing: missingOf(told, hostPrograms),
    staging: answerTo(told, 'staging', (answer) => {
      const spaces = readSpace(answer);
      return spaces?.length ? spaces : undefined;
    }),
    keys: answerTo(told, 'keys', ({ stdout }) => stdout.split('\n').filter(Boolean)),
  };
}

function readHandshake(answer: Evidence, login: Login | undefined): Handshake {
  const { exitCode, stdout, stderr, command, seconds } = answer;
  if (/is your shell clean/.test(stderr)) return { state: 'greeted' };
  // Where it lists the directory itself, a file that it could not read is no matter of ours.
  if (exitCode === 0 || /^d.* \.$/m.test(stdout)) return { state: 'answered' };
  // rsync may be gone before ssh can say so; the plain login after it says it, too.
  const cut = login?.evidence.map((each) => cutOff(each.stderr)?.message).find((message) => message !== undefined);
  // Its own login may be lost on the way, though the plain one after it is not.
  const shut = readLogin('', '', answer).failure;
  const lost = shut?.kind === 'lost' || shut?.kind === 'silent' ? shut.message : undefined;
  const busy = stderr.includes(BUSY) ? firstLine(spoken(stderr)) : undefined;
  const untold = cut ?? busy ?? (isLate(answer) ? `no answer within ${Math.round(seconds)} s` : lost);
  if (untold !== undefined) return { state: 'cut', said: untold, command };
  return { state: 'unanswered', said: firstLine(spoken(stderr)) || `exit ${exitCode}`, command };
}
