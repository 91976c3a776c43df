import type { Failure } from './shell.ts';

/**
 * What an OpenSSH client says when it does not get in, told apart by its own words (OpenSSH 7.4 to 10, ssh.c, sshconnect.c, packet.c).
 * Order matters: the first that matches decides.
 */
const sayings: readonly (readonly [RegExp, Failure['kind']])[] = [
  [/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|No .* host key is known for/, 'refused'],
  [/: Permission denied \(|Too many authentication failures|Access denied/, 'refused'],
  [/Connection refused/, 'refused'],
  [/Temporary failure in name resolution|Resource temporarily unavailable|Too many open files|Cannot allocate memory/, 'lost'],
  [/Could not resolve hostname/, 'refused'],
  [/no matching (host key type|key exchange method|cipher|MAC) found/, 'refused'],
  [/Bad owner or permissions on|Bad configuration option|terminating, \d+ bad configuration options/, 'refused'],
  [/timed out|Operation timed out|not responding/, 'silent'],
  [
    /Connection (closed|reset)|kex_exchange_identification|Broken pipe|Connection to .* closed|Network is unreachable|No route to host/,
    'lost',
  ],
  [/connect to host .* port \d+: /, 'silent'],
];

/** Why the client did not get in, from its stderr. Undefined when it says nothing we know. */
export function clientFailure(stderr: string): Failure | undefined {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  for (const [saying, kind] of sayings) {
    const line = lines.find((candidate) => saying.test(candidate));
    if (line) return { kind, message: line };
  }
  return undefined;
}

/** What the client says when a connection broke before the handshake: the server was busy, so asking again is fair. */
export const LOST = ['kex_exchange_identification', 'Connection reset by', 'Connection closed by'] as const;

/** Options of every login we make: never ask, never wait for ever, share no connection, leave no trace. */
export function clientOptions(connectTimeout: number): readonly string[] {
  return [
    ...['-o', 'BatchMode=yes'],
    ...['-o', `ConnectTimeout=${connectTimeout}`],
    ...['-o', 'ControlMaster=no'],
    ...['-o', 'ControlPath=none'],
    ...['-o', 'UpdateHostKeys=no'],
  ];
}

/**
 * sh -c text that runs `ssh "$@"` to the destination in $1 as the machine's own settings have it, but writes no line to known_hosts:
 * a new key goes to the first file, all files are searched.
 */
export const readOnlySsh =
  'to=$1; shift; known=$(ssh -G -- "$to" 2>/dev/null | sed -n "s/^userknownhostsfile //p"); ' +
  'exec ssh -o "UserKnownHostsFile=/dev/null ${known:-~/.ssh/known_hosts}" "$@"';
