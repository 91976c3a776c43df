import { type Added, added, OWN_CONNECTION, QUIET } from './added.ts';
import { quote } from './quote.ts';
import type { Failure, Hop, Reason, ShownKey } from './shell.ts';

/**
 * What an OpenSSH client says when it does not get in, told apart by its own words (OpenSSH 7.4 to 10, ssh.c, sshconnect.c, packet.c).
 * Order matters: the first that matches decides.
 */
const sayings: readonly (readonly [RegExp, Failure['kind']])[] = [
  [/Host key verification failed/, 'refused'],
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known for/, 'refused'],
  [/: Permission denied \(|Too many authentication failures|Access denied/, 'refused'],
  [/Connection refused/, 'refused'],
  [/Temporary failure in name resolution|Resource temporarily unavailable|Too many open files|Cannot allocate memory/, 'lost'],
  [/Could not resolve hostname/, 'refused'],
  [/no matching (host key type|key exchange method|cipher|MAC) found/, 'refused'],
  [/Bad owner or permissions on|Bad configuration option|terminating, \d+ bad configuration options/, 'refused'],
  [/Cannot execute command-line and remote command/, 'refused'],
  // A token in a setting that the client does not know: it ends before it asks anybody.
  [/percent_expand: /, 'refused'],
  [/timed out|Operation timed out|not responding/, 'silent'],
  [
    /Connection (closed|reset)|kex_exchange_identification|Broken pipe|Connection to .* closed|Network is unreachable|No route to host/,
    'lost',
  ],
  [/connect to host .* port \d+: /, 'silent'],
];

/** What the client says when a connection broke before the handshake: the server was busy, so asking again is fair. */
export const DROPPED = ['kex_exchange_identification', 'Connection reset by', 'Connection closed by'] as const;

/** What rrsync says while another one, perhaps of our own, holds its lock: asking again is fair, too. */
export const BUSY = 'Another instance of rrsync is already accessing';

/** What there is to do about a line of the above. */
const reasons: readonly (readonly [RegExp, Reason])[] = [
  [/Host key verification failed|host key is known|IDENTIFICATION HAS CHANGED/, 'host-key'],
  [/Permission denied \(|authentication failures/, 'denied'],
  [/Connection refused/, 'port-closed'],
  [/resolve hostname [^\s:]+/, 'unknown-name'],
  [new RegExp(DROPPED.join('|')), 'dropped'],
];

/** Why the client did not get in, from its stderr; 255 is its own exit code. Undefined when it says nothing we know. */
export function clientFailure(stderr: string, exitCode?: number | null): Failure | undefined {
  const lines = withoutDebug(withoutBanner(stderr))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  for (const [saying, kind] of sayings) {
    const message = lines.find((line) => saying.test(line));
    if (message === undefined) continue;
    const [, reason] = reasons.find(([words]) => words.test(message)) ?? [];
    const [, name] = /resolve hostname ([^\s:]+)/.exec(message) ?? [];
    return { kind, message, ...(reason && { reason }), ...(name !== undefined && { name }) };
  }
  return exitCode === 255 ? { kind: 'lost', message: spoken(stderr) || 'ssh ended with 255 and said nothing' } : undefined;
}

/** What the client itself says of a login that came to nothing before any key was tried. */
const LOST = /^(Received disconnect from |Disconnected from |Connection (closed|reset) by |Timeout, server |ssh_dispatch_run_fatal: )/;

/** Where a login begins, once the connection stands. */
const SERVICE = /^(?=debug1: SSH2_MSG_SERVICE_ACCEPT received)/m;

/** A verbose client's stderr without the server's banner, which comes before the first answer to a login, and may say anything. */
export function withoutBanner(stderr: string): string {
  const [before = '', ...logins] = stderr.split(SERVICE);
  const heard = logins.map((login) => {
    const end = login.search(/^debug1: Authentications that can continue: /m);
    const [greeting, rest] = end < 0 ? [login, ''] : [login.slice(0, end), login.slice(end)];
    const isOwn = (line: string) => line.startsWith('debug') || (end < 0 && (LOST.test(line) || LET_IN.test(line)));
    const letIn = end < 0 ? greeting.search(LET_IN) : -1;
    const [first, after] = letIn < 0 ? [greeting, ''] : [greeting.slice(0, letIn), greeting.slice(letIn)];
    return `${(first.match(/[^\n]*\n|[^\n]+$/g) ?? []).filter(isOwn).join('')}${after}${rest}`;
  });
  return before + heard.join('');
}

/** What the client says when it had got in, and the connection broke while the command ran. OpenSSH 7.4 to 10, channels.c, clientloop.c. */
const CUT = /^(Connection to \S+ closed by remote host\.|client_loop: send disconnect: .*|Timeout, server \S+ not responding\.)\r?$/m;

/** Why a client that had got in came to no answer; undefined where the command itself ended with 255. */
export function cutOff(stderr: string): Failure | undefined {
  const [said] = CUT.exec(stderr) ?? [];
  return said === undefined ? undefined : { kind: 'stuck', message: said.trim() };
}

/** How a verbose client says that it was let in. OpenSSH 7.4 to 10, sshconnect2.c. */
const LET_IN = /^Authenticated to \S+ \((?:\[(\S+)\]:\d+|via proxy)\)(?: using "[\w-]+")?\./m;

/** How many machines the client goes by way of. The clients that it starts for that are as verbose, and speak before it. */
const jumps = (stderr: string): number => (stderr.match(/^debug1: Setting implicit ProxyCommand from ProxyJump: /gm) ?? []).length;

/** How a verbose client says that a key is the known one: from known_hosts, or signed in DNS. */
const KNOWN = /^debug1: (Host '.*' is known and matches the |matching host key fingerprint found in DNS)/m;

/** The host key a verbose client was shown; undefined when no key exchange came about. */
export function shownKey(stderr: string): ShownKey | undefined {
  const said = withoutBanner(stderr);
  const shown = [...said.matchAll(/^debug1: Server host (?:key|certificate): (\S+) (SHA256:\S+)/gm)];
  const last = shown.length > jumps(said) ? shown.at(-1) : undefined;
  if (!last) return undefined;
  const rest = said.slice(last.index);
  const [, address] = LET_IN.exec(rest) ?? [];
  const [, type = '', fingerprint = ''] = last;
  const key = { type, fingerprint, ...(address !== undefined && { address }) };
  const after = rest.slice(0, LET_IN.exec(rest)?.index);
  if (/Host key verification failed|IDENTIFICATION HAS CHANGED|REVOKED HOST KEY/.test(after)) return { ...key, standing: 'refused' };
  if (/Permanently added '/.test(after)) return { ...key, standing: 'new' };
  // What was neither taken nor turned away was not compared: the client ended before, or what it said is not all here.
  return KNOWN.test(after) ? { ...key, standing: 'stored' } : undefined;
}

/** True when a verbose client says that the far sshd let it in, whatever came after: by a login, or over a connection that stood already. */
export function wasLetIn(stderr: string): boolean {
  const said = withoutBanner(stderr);
  const [first = ''] = said.split(SERVICE);
  return (
    [...said.matchAll(new RegExp(LET_IN, 'gm'))].length > jumps(said) ||
    /^debug1: mux_client_request_session: master session id: /m.test(first)
  );
}

/** Whose key let a verbose client in: its agent's, or one that lies in a file; undefined where it does not tell, as before 8.0. */
export function acceptedKey(stderr: string): 'agent' | 'file' | undefined {
  const accepted = [...withoutBanner(stderr).matchAll(/^debug1: Server accepts key: .* \S+ SHA256:\S+( .*)?$/gm)].at(-1);
  return accepted && (/ agent\r?$/.test(accepted[0]) ? 'agent' : 'file');
}

/** A verbose client's stderr as a person would see it without -v, but for the lines that tell which key was shown. */
export function withoutDebug(stderr: string): string {
  const kept = /^debug1: (Server host (key|certificate): |Host .* is known and matches)/;
  // Since 10.1 it warns of any key exchange that is not post-quantum, as the one that we prefer: not the machine's doing.
  const chatter =
    /^(debug\d: |OpenSSH_\S+ |Transferred: |Bytes per second: |\*\* (WARNING: connection is not using a post-quantum|This session may be vulnerable|The server may need to be upgraded))/;
  return unglued(stderr.split('\n'))
    .filter((line) => kept.test(line) || !chatter.test(line.replace(/\r$/, '')))
    .join('\n');
}

/** Puts together what a far command said before and after the client spoke in the middle of its line. */
function unglued(lines: readonly string[]): string[] {
  const whole: string[] = [];
  let begun = '';
  for (const line of lines) {
    const [, before] = /^(?!debug\d: )(.+?)debug[1-3]: /.exec(line) ?? [];
    if (before !== undefined) begun += before;
    else if (/^debug\d: /.test(line)) whole.push(line);
    else {
      whole.push(begun + line);
      begun = '';
    }
  }
  return begun === '' ? whole : [...whole, begun];
}

/**
 * A verbose client's stderr without the command that it tells it sends, which may be many lines: it shows as sshd's log would, a
 * backslash as two, what cannot be printed as a number, and cut after a thousand characters.
 */
export function withoutCommand(stderr: string, command: string): string {
  const plain = (line: string) => line.replace(/\\\d{3}|[^\x20-\x7e]|\\/g, '');
  const sent = command.split('\n').map(plain);
  let next = sent.length;
  const rest = stderr.split('\n').filter((line) => {
    if (line.startsWith('debug1: Sending command: ')) next = 0;
    else if (next < sent.length && !sent[next]?.startsWith(plain(line))) next = sent.length;
    const isSent = next < sent.length;
    next += 1;
    return !isSent;
  });
  return rest.join('\n');
}

/** What a verbose client would have said without -v, in one piece; empty when nothing. */
export function spoken(stderr: string): string {
  const lines = withoutDebug(withoutBanner(stderr)).split('\n');
  return lines
    .filter((line) => !/^(debug1: |Authenticated to )/.test(line))
    .join('\n')
    .trim();
}

/**
 * sh text that sets what our logins to a destination have other than the machine's own settings. `patience`: seconds to wait, ours or what is set there if that is
 * less. `known`: its files of known hosts, to be searched only; ssh -G prints them without quotes, so a word that begins no path belongs to the one before. `kex`: the key exchanges it allows, curve25519 first where it is one of them, which costs a quarter of sntrup761's time; else empty.
 * `master` and `socket`: whether and where it shares connections; `socket` is empty where it does not. `after`: the command that the client itself runs after a login (LocalCommand), on
 * this machine; empty where it runs none.
 */
export const ownSettings = (destination: string, connectTimeout: number): string =>
  [
    // No process more than it takes: they are started once for each machine and leg.
    `known= kex= master= socket= after= permitted= patience=${connectTimeout} IFS='\n'; set -f`,
    `for setting in $(ssh -G ${destination} 2>/dev/null); do`,
    '  case $setting in "userknownhostsfile none") known=/dev/null ;; "userknownhostsfile "*) known=${setting#* } ;; "kexalgorithms "*) kex=${setting#* } ;; "connecttimeout "[1-9]*) [ ${setting#* } -ge $patience ] || patience=${setting#* } ;; "controlmaster "*) master=${setting#* } ;; "controlpath "*) socket=${setting#* } ;; "permitlocalcommand "*) permitted=${setting#* } ;; "localcommand "*) after=${setting#* } ;; esac',
    'done',
    '[ "$permitted" = yes ] || after=',
    'unset IFS; files= path=',
    'for word in $known /; do',
    '  case $word in [/~]*) case $path in "") ;; *" "*) files="$files \\"$path\\"" ;; *) files="$files $path" ;; esac; path=$word ;; *) path="${path:+$path }$word" ;; esac',
    'done',
    'known=${files# }; set +f',
    'known=${known:-~/.ssh/known_hosts}',
    'case ,$kex, in *,curve25519-sha256,*) kex=curve25519-sha256,$kex ;; *) kex= ;; esac',
  ].join('\n');

/** The added words as shell text. */
const written = (each: readonly Added[], inQuotes: (word: string) => string): string =>
  each.flatMap(({ words }) => words.map((word) => (word.startsWith('$') ? word : inQuotes(word)))).join(' ');

/** sh -c text that runs `ssh "$@"` to the destination in $1 as the machine's own settings have it, but writes no line to known_hosts. */
const readOnlySsh = (connectTimeout: number): string => `to=$1; shift
${ownSettings('-- "$to"', connectTimeout)}
exec ssh ${written(added, (word) => `"${word}"`)} "$@"`;

/** Where `ssh` is to go. */
export const destinationOf = ({ host, user }: Pick<Hop, 'host' | 'user'>): string => (user === undefined ? host : `${user}@${host}`);

/** The login to the next machine, as an argv; `far` is what the shell there is to run. */
export function loginTo(to: Hop, far: string): readonly [string, ...string[]] {
  const options = [
    ...OWN_CONNECTION.words,
    ...(to.forwardAgent ? ['-o', 'ForwardAgent=yes'] : []),
    ...(to.agentOnly ? ['-o', 'IdentityFile=none', '-o', 'IdentitiesOnly=no', '-o', 'IdentityAgent=SSH_AUTH_SOCK'] : []),
    ...(to.keyType === undefined ? [] : ['-o', `HostKeyAlgorithms=${algorithmsOf(to.keyType)}`]),
  ];
  const destination = destinationOf(to);
  return ['sh', '-c', readOnlySsh(to.connectTimeout), 'ssh', destination, ...options, '--', destination, far];
}

/** What a client asks for to be shown a host key of a type. A certificate is another key than the one that it certifies. */
export const algorithmsOf = (type: string): string => (type === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256,ssh-rsa' : type);

/** The longest name of a socket, less what OpenSSH appends to one that it is about to make (unix(7), mux.c). */
const LONGEST_SOCKET = 107 - 17;

/** bash text that sets `rsh` to what rsync is to log in with: what it would take by itself, with all that we add. */
export const setRemoteShell = ({ host, user = '', connectTimeout }: Hop): string =>
  [
    ownSettings(`-l ${quote([user])} ${quote([host])}`, connectTimeout),
    'quiet= folder=${socket%/*}',
    `if [ -n "$socket" ] && [ -d "$folder" ] && [ -w "$folder" ] && [ -x "$folder" ] && [ \${#socket} -le ${LONGEST_SOCKET} ]; then`,
    '  case $master in auto*) quiet=-oControlMaster=no ;; true|ask) quiet="-oControlMaster=no -oControlPath=none" ;; esac',
    'fi',
    `rsh="\${RSYNC_RSH:-ssh} ${written([...added, QUIET], (word) => (word.includes(' ') ? `'${word}'` : word))}"`,
  ].join('\n');

/** What `ssh -G` says of a destination: each keyword once or several times, lower case. Source: ssh(1), -G. */
export type ClientSettings = ReadonlyMap<string, readonly string[]>;

/** Reads what `ssh -G` printed. */
export function readSettings(stdout: string): ClientSettings {
  const settings = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const [keyword = '', ...rest] = line.split(' ');
    settings.set(keyword, [...(settings.get(keyword) ?? []), rest.join(' ')]);
  }
  return settings;
}

/** A line of known_hosts. */
export interface KnownKey {
  readonly type: string;
  /** Base64. */
  readonly key: string;
  readonly revoked: boolean;
}

/** Reads what `ssh-keygen -F` found. */
export function readKnownKeys(stdout: string): KnownKey[] {
  const lines = stdout.split('\n').filter((line) => line && !line.startsWith('#') && !line.startsWith('@cert-authority'));
  return lines.flatMap((line) => {
    const revoked = line.startsWith('@revoked ');
    const [, type, key] = (revoked ? line.slice('@revoked '.length) : line).trim().split(/\s+/);
    return type && key ? [{ type, key, revoked }] : [];
  });
}
