/** The transfer of a backup as OpenNebula's driver makes it: a host's own rsync to the backup server, by the agent that it is lent. */
import { addedToRsync } from '../machines/added.ts';
import { BUSY, cutOff, loginTo, setRemoteShell, spoken, wasLetIn } from '../machines/openssh.ts';
import { quote } from '../machines/quote.ts';
import type { Failure, Hop } from '../machines/shell.ts';
import { answerTo, expand, type Probe, type Survey } from '../machines/survey.ts';
import { isLate } from '../machines/timeout.ts';
import { firstLine } from '../machines/words.ts';
import { readRsyncArgs, STOCK_ARGS } from '../opennebula/rsync-args.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Subject } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import { identityAfter, LOOK_WHERE } from './identity.ts';
import type { Confinement } from './libvirt.ts';
import { type Login, mostFrequent, readLogin } from './login.ts';
import type { Installed } from './programs.ts';

/** What a machine that sends backups says, asked the way the driver reaches it: a hypervisor host, or a bridge host in its place. */
export interface Sender {
  readonly subject: Subject;
  /** Why the machine itself could not be asked. */
  readonly failure?: Failure;
  /** The whole conversation. */
  readonly asked: readonly Evidence[];
  /** What the login itself prints on stdout. */
  readonly noise: string;
  /** Its login to the backup server, through the forwarded agent; undefined when it did not come so far. */
  readonly login?: Login;
  /** The same, asking for a host key of the type that other machines are shown; where it was shown one of another type. */
  readonly comparedLogin?: Login;
  /** Which machine that is; asked where it is at another address than the front-end's backup server, and shows the same host key. */
  readonly identity?: Looked<string>;
  /** The same by the name that OpenNebula has saved, where that is not the declared one. */
  readonly savedLogin?: Login;
  /** Which machine that login leads to. */
  readonly savedIdentity?: Looked<string>;
  /** The rsync that the driver starts, told to change nothing. */
  readonly handshake: Looked<Handshake>;
  /** What the plain login found behind the door; undefined where none was needed. */
  readonly behind?: Behind;
  /** It is lent an agent of the front-end's. */
  readonly lent: Looked<boolean>;
  /** What rsync there is told to add to its options, for each line that says so its file and the line. */
  readonly aliases: Looked<readonly string[]>;
  readonly rsync: Looked<Installed>;
  /** What its ssh runs there after a login to the backup server, whose output the login's own has before it; empty where it is nothing, or not told. */
  readonly localCommand: string;
}

/**
 * What rsync on a host came to at the backup server. answered: `absent`, it would have to make the datastore's directory; `copies`, whether it
 * would copy a file, unknown where it was told to say nothing; `waited`, it had to wait for another one. greeted: something else spoke
 * first. pretended: it ended well, and nobody logged in. refused: its arguments were; with those of a stock OpenNebula it is answered. cut: it heard no
 * answer, for a reason that says nothing of the machines.
 */
export type Handshake =
  | { readonly state: 'answered'; readonly absent: boolean; readonly copies?: boolean; readonly waited: boolean }
  | { readonly state: 'greeted' | 'pretended' | 'refused' | 'unanswered' | 'cut'; readonly said: string; readonly command: string };

/** What a plain login to the backup server comes to: whether its commands are run, and rsync runs there. */
export interface Behind {
  readonly runs: boolean;
  readonly rsync: boolean;
}

/** The type of host key by which machines are compared: what the front-end is shown, or most of those that send are. */
export function commonType(server: { readonly login: Login }, senders: readonly Pick<Sender, 'login'>[]): string | undefined {
  return server.login.hostKey?.type ?? mostFrequent(senders.flatMap(({ login }) => login?.hostKey?.type ?? []));
}

/** A directory that every Linux has, with some files and nothing below: what rsync is told that it would copy. */
const SOURCE = '/proc/sys/kernel/random/';
const COPIED = /(^| )boot_id$/m;
/** How rsync ends its account of what it did. Nothing but the other side's rsync has it come so far. */
const TALKED = /^sent \S+ bytes {2}received \S+ bytes /m;

const LOOK_BEHIND = 'echo runs && rsync --version > /dev/null 2>&1 && echo rsync';
const RUNS = /^runs$/m;

/** What OpenNebula has saved, as far as a host's transfers go by it. */
export interface Saved {
  /** The server, where it is another one than declared. */
  readonly saved?: string | undefined;
  /** RSYNC_ARGS; undefined where there is none, which is not the same as empty. */
  readonly args?: string | undefined;
  /** The datastore's own directory on the backup server. */
  readonly own: string;
}

/** How the driver starts rsync: by name in a bash, which looks functions up, unless limits are saved; then it is nice or systemd that starts it. */
export const isLookedUp = ({ attributes }: Confinement): boolean => attributes.length === 0;

/** A transfer to be tried: the questions of it, and what goes with them in a survey. */
export interface Transfer extends Saved {
  readonly probes: readonly Probe[];
  /** Seconds that all of them may take. */
  readonly deadline: number;
  readonly setup: string;
  /** The declared server. */
  readonly server: string;
}

/** Whether an agent is lent. */
export const LENT: Probe = {
  name: 'lent',
  argv: ['inline', 'if [ -S "$SSH_AUTH_SOCK" ]; then echo yes; else echo no; fi'],
  typed: 'echo $SSH_AUTH_SOCK',
};

/** Lines about rsync in the files that its library popt reads: popt(3), ALIASES. The server's part of rsync reads none. */
const ALIASES: Probe = {
  name: 'aliases',
  argv: [
    'inline',
    'for file in /etc/popt /etc/popt.d/* ~/.popt; do [ -f "$file" ] && [ -r "$file" ] || continue; while read -r line || [ -n "$line" ]; do case $line in rsync[[:space:]]*) printf "%s: %s\\n" "$file" "$line" ;; esac; done < "$file"; done; true',
  ],
  typed: 'grep -s rsync /etc/popt /etc/popt.d/* ~/.popt',
};

/** What ssh runs on this machine after a login, once `ownSettings` has asked it. */
export const localCommandProbe = (to: string): Probe => ({
  name: 'local-command',
  argv: ['inline', `printf '%s' "$after"`],
  typed: `ssh -G -- ${quote([to])}`,
});

/** A login that runs a command, as a question of a survey. */
export const loginProbe = (name: string, to: Hop, command: string, when?: string): Probe => ({
  name,
  ...(when !== undefined && { when }),
  argv: loginTo(to, command),
  deadline: to.connectTimeout + 5,
  login: true,
  typed: `ssh -o BatchMode=yes${to.user === undefined ? '' : ` -l ${to.user}`} ${to.host} ${quote([command])}`,
});

/** It starts the rsync that the driver starts, with -n. */
export function transferOf(site: Site, { saved, args, own }: Saved, lookedUp: boolean): Transfer {
  const { rsync_user: user, rsync_host: server } = site.datastore;
  const { connect: connectTimeout, command: deadline } = site.deadlines;
  const handshake = connectTimeout + Math.min(15, deadline);
  const way: Hop = { host: server, user, connectTimeout };
  const rsyncProbe = (name: string, words: readonly string[], more: Partial<Probe> = {}): Probe => {
    const options = [...addedToRsync.flatMap((each) => each.words), ...words];
    const ends = [SOURCE, `${user}@${server}:${own}/`];
    return {
      name,
      argv: ['rsync', ...options, '-e', expand('"$rsh"'), ...ends],
      deadline: handshake,
      login: true,
      lookedUp,
      typed: `rsync ${quote([...options, '-e', 'ssh -o BatchMode=yes', ...ends])}`,
      ...more,
    };
  };
  const isStock = args === undefined || args.trim() === STOCK_ARGS;
  // A handshake that waited in vain has told enough; asking again would cost the same wait.
  const inTime = `[ $SECONDS -lt ${connectTimeout} ]`;
  const probes: Probe[] = [
    LENT,
    ALIASES,
    rsyncProbe('handshake', readRsyncArgs(args ?? STOCK_ARGS).run),
    // 255 is what ssh ends with: then it is not the arguments.
    ...(isStock ? [] : [rsyncProbe('stock', [STOCK_ARGS], { when: `[ $code != 0 ] && [ $code != 255 ] && ${inTime}` })]),
    // A connection that stood already shows no host key.
    loginProbe('login', way, LOOK_BEHIND, `{ [ $code != 0 ] || [[ $out != *received* ]] || [ -S "$socket" ]; } && ${inTime}`),
    ...(saved === undefined ? [] : [loginProbe('saved', { ...way, host: saved }, LOOK_WHERE, '[ $code = 0 ]')]),
    localCommandProbe(server),
  ];
  return {
    ...{ probes, server, saved, args, own },
    deadline: handshake * (isStock ? 1 : 2) + connectTimeout * (saved === undefined ? 1 : 2),
    // The driver leaves it to rsync what to log in with.
    setup: setRemoteShell(way),
  };
}

/** Reads what it came to, told by the machine of that name. */
export function readTransfer(
  told: Survey,
  name: string,
  { server, saved }: Transfer,
): Pick<Sender, 'login' | 'savedLogin' | 'savedIdentity' | 'handshake' | 'behind' | 'lent' | 'aliases' | 'localCommand'> {
  const login = (question: string, to: string, proof: RegExp) => {
    const answer = told.answers.get(question);
    return answer && readLogin(name, to, answer, proof);
  };
  const [byRsync, byStock, plain] = [login('handshake', server, TALKED), login('stock', server, TALKED), login('login', server, RUNS)];
  const savedLogin = saved === undefined ? undefined : login('saved', saved, RUNS);
  const savedAnswer = told.answers.get('saved');
  const read = answerTo(told, 'handshake', (answer) =>
    readHandshake(answer, { stock: told.answers.get('stock'), plain: told.answers.get('login'), login: byRsync }),
  );
  // The handshake tells; where it did not get in, what was tried after it has the last word.
  const logins = [byRsync, byStock, plain].filter((each) => each !== undefined);
  const { failure, ...last } = logins.at(-1) ?? {};
  const isIn = 'value' in read && read.value.state === 'answered';
  const evidence = logins.flatMap((each) => each.evidence);
  const whole = logins.length === 0 ? undefined : { from: name, to: server, ...last, ...(failure && !isIn && { failure }), evidence };
  const behind = told.answers.get('login')?.stdout;
  return {
    ...(whole && { login: whole }),
    ...(savedLogin && { savedLogin }),
    ...(savedAnswer && { savedIdentity: identityAfter(savedAnswer) }),
    handshake: { ...read, ...(whole && { evidence: whole.evidence }) },
    ...(behind !== undefined && { behind: { runs: RUNS.test(behind), rsync: /^rsync$/m.test(behind) } }),
    localCommand: told.answers.get('local-command')?.stdout ?? '',
    aliases: answerTo(told, 'aliases', ({ exitCode, stdout }) => (exitCode === 0 ? stdout.split('\n').filter(Boolean) : undefined)),
    lent: answerTo(told, 'lent', ({ stdout }) => stdout === 'yes'),
  };
}

/** Some files could not be checked, or vanished meanwhile: rsync(1), EXIT VALUES 23, 24. */
const isAnswered = ({ exitCode, stdout, stderr }: Evidence): boolean =>
  (exitCode === 0 && wasLetIn(stderr)) || ([0, 23, 24].includes(exitCode ?? -1) && TALKED.test(stdout));

function readHandshake(
  answer: Evidence,
  { stock, plain, login }: { stock: Evidence | undefined; plain: Evidence | undefined; login: Login | undefined },
): Handshake {
  const { exitCode, stdout, stderr, command, seconds } = answer;
  if (isAnswered(answer))
    return {
      state: 'answered',
      absent: /^created directory /m.test(stdout),
      ...(TALKED.test(stdout) && { copies: COPIED.test(stdout) }),
      waited: stderr.includes(BUSY),
    };
  const said = firstLine(spoken(stderr)) || `exit ${exitCode}`;
  if (/is your shell clean/.test(stderr)) return { state: 'greeted', said, command };
  if (exitCode === 0) return { state: 'pretended', said: firstLine(stdout) || 'nothing', command };
  if (stock && isAnswered(stock)) return { state: 'refused', said, command };
  // rsync may be gone before ssh can say so; the plain login after it says it, too.
  const cut = [answer, plain].map((each) => each && cutOff(each.stderr)?.message).find((message) => message !== undefined);
  // Its own login may be lost on the way, though the plain one after it is not.
  const shut = login?.failure;
  const lost = shut?.kind === 'lost' || shut?.kind === 'silent' ? shut.message : undefined;
  const busy = stderr.includes(BUSY) ? firstLine(spoken(stderr)) : undefined;
  const untold = cut ?? busy ?? (isLate(answer) ? `no answer within ${Math.round(seconds)} s` : lost);
  return untold === undefined ? { state: 'unanswered', said, command } : { state: 'cut', said: untold, command };
}
