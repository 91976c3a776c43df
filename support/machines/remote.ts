import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import pLimit from 'p-limit';
import type { AnyAuthMethod, Client, ClientChannel } from 'ssh2';
import { messageOf } from '../outcome/errors.ts';
import { redact } from '../outcome/secrets.ts';
import { OPEN_FOLDER } from '../suite.ts';
import { hopFrom } from './hop.ts';
import { type ClientSettings, type KnownKey, readKnownKeys, readSettings } from './openssh.ts';
import { quote } from './quote.ts';
import type { Command, CommandResult, Failure, Held, HoldingShell, Hop, Shell } from './shell.ts';
import { MiB, stopped, stopwatch, variables } from './shell.ts';
import { isLate, timed } from './timeout.ts';
import { Deadline, listen, PATIENCE } from './turns.ts';

/** sshd opens ten sessions on a connection (MaxSessions); two are left to others. */
const CHANNELS = 8;

class RemoteError extends Error {
  readonly kind: Failure['kind'];
  readonly reason: Failure['reason'];
  constructor(kind: Failure['kind'], message: string, reason?: Failure['reason']) {
    super(message);
    this.kind = kind;
    this.reason = reason;
  }
}

/** The front-end from outside: one ssh2 connection, opened when first needed, with OpenSSH's own settings and known hosts. */
export class RemoteShell implements HoldingShell {
  readonly machine: string;
  readonly account: string;
  readonly #port: number | undefined;
  readonly #connectTimeout: number;
  readonly #signal: AbortSignal | undefined;
  readonly #limit = pLimit(CHANNELS);
  #client: Promise<Client> | undefined;

  constructor(to: { user: string; host: string; port?: number; connectTimeout: number; signal?: AbortSignal }) {
    this.machine = to.host;
    this.account = to.user;
    this.#port = to.port;
    this.#connectTimeout = to.connectTimeout;
    this.#signal = to.signal;
  }

  hop = (to: Hop): Shell => hopFrom(this, to);

  run(command: Command): Promise<CommandResult> {
    return this.#limit(async () => {
      const done = stopwatch(this, command.typed ?? quote(command.argv));
      try {
        this.#signal?.throwIfAborted();
        this.#client ??= this.#connect();
        return done(await this.#patiently(await this.#client, command));
      } catch (error) {
        return done({ failure: this.#failure(error) });
      }
    });
  }

  /** sshd counts a session until it has reaped it, which may be after its channel is closed; a channel it refuses is asked for again. */
  async #patiently(client: Client, command: Command): Promise<Partial<CommandResult>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await execute(client, command, this.#signal);
      } catch (error) {
        if (attempt === 10 || !messageOf(error).includes('open failed')) throw error;
        await sleep(50 * attempt + Math.random() * 100);
      }
    }
  }

  async hold(command: Command): Promise<Held> {
    try {
      this.#client ??= this.#connect();
      return await stay(await this.#client, command);
    } catch (error) {
      return { said: '', failure: this.#failure(error), release: () => Promise.resolve() };
    }
  }

  #failure(error: unknown): Failure {
    // Whatever broke then is not the machine's doing.
    if (this.#signal?.aborted) return stopped(this.#signal);
    const { kind, reason } = error instanceof RemoteError ? error : { kind: 'lost' as const, reason: undefined };
    const said = messageOf(error);
    const why = said.includes('open failed')
      ? '. Its sshd opens too few sessions on one connection: MaxSessions in sshd_config there is to be 10, as by default; a gate needs 2 at the least. Or run the suite on the front-end itself'
      : '';
    return { kind, message: `${this.account}@${this.machine}: ${said}${why}`, ...(reason && { reason }) };
  }

  close(): void {
    this.#client?.then(
      (client) => client.end(),
      () => undefined,
    );
  }

  async #connect(): Promise<Client> {
    const settings = await clientSettings(this.account, this.machine, this.#port);
    const one = (keyword: string) => settings.get(keyword)?.[0];
    for (const keyword of ['proxyjump', 'proxycommand']) {
      const value = one(keyword);
      if (value && value !== 'none') {
        throw new RemoteError(
          'not-started',
          `your ssh_config reaches it through ${keyword} ${value}, which is not supported. Run the suite on the front-end itself (frontend: local).`,
        );
      }
    }
    const host = one('hostname') ?? this.machine;
    const port = Number(one('port') ?? 22);
    const authHandler = await ways(this.account, settings);
    for (let attempt = 1; ; attempt += 1) {
      try {
        // A mistyped name has no host key that could be known.
        await resolved(host, this.#connectTimeout);
        const keys = await knownKeys(knownAs({ alias: one('hostkeyalias'), host, port }), settings, this.machine);
        return await connectOnce({ host, port, username: this.account, authHandler }, keys, this.#connectTimeout, this.#signal);
      } catch (error) {
        if (!(error instanceof RemoteError) || error.kind !== 'lost' || attempt === 3) throw error;
        await sleep(200 + Math.random() * 800);
      }
    }
  }
}

async function clientSettings(user: string, host: string, port: number | undefined): Promise<ClientSettings> {
  const { stdout, exitCode, stderr } = await execa('ssh', ['-G', '-l', user, ...(port ? ['-p', String(port)] : []), '--', host], {
    cwd: OPEN_FOLDER,
    reject: false,
    stdin: 'ignore',
  });
  if (exitCode !== 0)
    throw new RemoteError(
      'not-started',
      `the OpenSSH client here does not read its settings: ${stderr.trim() || `ssh -G ended with ${exitCode}`}`,
    );
  return readSettings(stdout);
}

function paths(settings: ClientSettings, keyword: string): string[] {
  const words = (settings.get(keyword) ?? []).flatMap((line) => line.split(' '));
  return words.filter((word) => word && word !== 'none').map((word) => word.replace(/^~(?=\/)/, process.env.HOME ?? '~'));
}

/** @throws RemoteError when the name leads to no address. */
async function resolved(host: string, timeout: number): Promise<void> {
  const late = sleep(timeout * 1000, `no answer within ${timeout} s`, { ref: false });
  const fault = lookup(host).then(
    () => undefined,
    ({ code }: NodeJS.ErrnoException) => code,
  );
  const why = await Promise.race([fault, late]);
  if (why === undefined) return;
  const isUnknown = why === 'ENOTFOUND';
  const said = isUnknown ? 'Name or service not known' : `Temporary failure in name resolution (${why})`;
  throw new RemoteError(isUnknown ? 'refused' : 'lost', `Could not resolve hostname ${host}: ${said}`, 'unknown-name');
}

/** The name by which OpenSSH looks a machine up in known_hosts: an alias as it is, whatever the port. */
export const knownAs = ({ alias, host, port }: { alias: string | undefined; host: string; port: number }): string =>
  alias ?? (port === 22 ? host : `[${host}]:${port}`);

/** The keys that known_hosts holds for a host, hashed names included: `ssh-keygen -F` knows how to look. */
async function knownKeys(name: string, settings: ClientSettings, machine: string): Promise<KnownKey[]> {
  const files = [...paths(settings, 'userknownhostsfile'), ...paths(settings, 'globalknownhostsfile')];
  const options = { cwd: OPEN_FOLDER, reject: false, stdin: 'ignore' } as const;
  const found = await Promise.all(files.map((file) => execa('ssh-keygen', ['-F', name, '-f', file], options)));
  const keys = found.flatMap(({ stdout }) => readKnownKeys(stdout));
  if (!keys.some((key) => !key.revoked)) {
    throw new RemoteError(
      'refused',
      `its host key is not known here. Compare it with the machine's own, then add it to known_hosts: ssh -o StrictHostKeyChecking=ask ${machine} true`,
    );
  }
  return keys;
}

/** The logins to try, in OpenSSH's order: the agent's keys, then the key files that need no passphrase. */
async function ways(username: string, settings: ClientSettings): Promise<AnyAuthMethod[]> {
  const agentSetting = paths(settings, 'identityagent')[0];
  const agent = agentSetting && agentSetting !== 'SSH_AUTH_SOCK' ? agentSetting : process.env.SSH_AUTH_SOCK;
  const files = await Promise.all(paths(settings, 'identityfile').map((file) => readFile(file).catch(() => undefined)));
  const keys = files.filter((key) => key !== undefined);
  return [
    ...(agent ? [{ type: 'agent' as const, username, agent }] : []),
    ...keys.map((key) => ({ type: 'publickey' as const, username, key })),
  ];
}

interface Target {
  host: string;
  port: number;
  username: string;
  authHandler: AnyAuthMethod[];
}

async function connectOnce(target: Target, keys: readonly KnownKey[], timeout: number, signal: AbortSignal | undefined): Promise<Client> {
  const { default: ssh2 } = await import('ssh2'); // only here: on the front-end itself nothing of it is needed
  // An honest server looks changed unless it is asked for a key of a type we know.
  const algorithms = keys.flatMap(({ type }) => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]));
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let shown: KnownKey | undefined | null = null;
    const fail = (kind: Failure['kind'], message: string) => {
      reject(new RemoteError(kind, message));
      client.destroy();
    };
    signal?.addEventListener('abort', () => fail('interrupted', stopped(signal).message), { once: true });
    client.on('ready', () => resolve(client));
    client.on('close', () => fail('lost', 'the connection was closed before the login'));
    client.on('error', (error: Error & { level?: string; code?: string }) => {
      if (shown === undefined)
        return fail(
          'refused',
          `it shows another host key than the known one. Find out why before you trust it; then: ssh-keygen -R ${target.host}`,
        );
      if (error.level === 'client-authentication')
        return fail(
          'refused',
          'Permission denied (publickey). Start an ssh-agent that holds a key the front-end accepts, or name one with IdentityFile in ssh_config.',
        );
      if (error.level === 'client-timeout' || error.code === 'ETIMEDOUT') return fail('silent', `no answer within ${timeout} s`);
      if (error.code === 'ECONNREFUSED') return fail('refused', error.message);
      return fail('lost', error.message);
    });
    client.connect({
      ...target,
      hostVerifier: (key: Buffer) => {
        const offered = key.toString('base64');
        shown = keys.find((known) => known.key === offered && !keys.some((other) => other.revoked && other.key === offered));
        return shown !== undefined;
      },
      algorithms: { serverHostKey: [...new Set(algorithms)] as never },
      readyTimeout: timeout * 1000,
      keepaliveInterval: 10_000,
      keepaliveCountMax: 3,
    });
  });
}

/**
 * Runs one command on an open connection. A channel that is closed here goes on living over there: what is not waited for any more is told to end,
 * which sshd passes on since OpenSSH 7.9. It ends by its own clock in any case, which has an hour more where it may have to wait for its turn.
 */
function execute(client: Client, command: Command, signal: AbortSignal | undefined): Promise<Partial<CommandResult>> {
  const cap = command.cap ?? MiB;
  const { turn, stdin = '' } = command;
  // The command, not a shell that waits for it, is what sshd tells to end.
  const far = quote(['exec', 'env', ...variables(command), ...timed(command.deadline + (turn ? PATIENCE : 0), command.argv)]);
  return new Promise((resolve, reject) => {
    const out = new Capped(cap);
    const err = new Capped(cap);
    const stopWaiting = () => {
      deadline.stop();
      listener?.ended();
      client.off('close', broken);
      signal?.removeEventListener('abort', interrupted);
    };
    const end = (answer: Partial<CommandResult>) => {
      stopWaiting();
      resolve({ stdout: redact(out.text()), stderr: redact(err.text()), truncated: out.cut || err.cut, ...answer });
    };
    const silent: Failure = { kind: 'silent', message: `no answer within ${command.deadline} s` };
    let open: ClientChannel | undefined;
    const letGo = (failure: Failure) => {
      open?.signal('TERM');
      open?.close();
      end({ failure });
    };
    const broken = () => end({ failure: { kind: 'lost', message: 'the connection broke' } });
    const interrupted = () => letGo(stopped(signal));
    const deadline = new Deadline(command.deadline + 3, () => letGo(silent));
    let listener: ReturnType<typeof listen> | undefined;
    client.once('close', broken);
    signal?.addEventListener('abort', interrupted, { once: true });
    const failed = (error: unknown) => {
      stopWaiting();
      reject(new RemoteError('lost', messageOf(error)));
    };
    try {
      client.exec(far, (error: Error | undefined, channel: ClientChannel) => {
        if (error) return failed(error);
        open = channel;
        channel.on('data', (chunk: Buffer) => out.add(chunk));
        channel.stderr.on('data', (chunk: Buffer) => err.add(chunk));
        channel.on('close', (code: number | null, signalName?: string) => {
          if (isLate({ exitCode: code })) return end({ exitCode: code, failure: silent });
          return end({ exitCode: code, signal: signalName ?? null });
        });
        if (!turn) return channel.end(stdin);
        listener = listen(turn, { deadline, goOn: (text) => channel.end(text) });
        channel.on('data', listener.hear);
        channel.write(stdin);
        return undefined;
      });
    } catch (error) {
      failed(error); // a connection that is gone throws
    }
  });
}

/** Starts a command whose channel stays open. When the connection dies, sshd ends its standard input. */
function stay(client: Client, command: Command): Promise<Held> {
  const far = quote(['env', ...variables(command), ...command.argv]);
  return new Promise((resolve, reject) => {
    client.exec(far, (error: Error | undefined, channel: ClientChannel) => {
      if (error) return reject(new RemoteError('lost', error.message));
      let said = '';
      const ended = new Promise<void>((done) => channel.once('close', () => done()));
      const release = async () => {
        channel.end();
        await Promise.race([ended, sleep(2000, undefined, { ref: false })]);
      };
      const answer = (failure?: Failure) => {
        clearTimeout(clock);
        resolve({ said: said.split('\n')[0] ?? '', release, ...(failure && { failure }) });
      };
      const clock = setTimeout(
        () => answer({ kind: 'silent', message: `no answer within ${command.deadline} s` }),
        command.deadline * 1000,
      );
      channel.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('\n')) answer();
      });
      channel.stderr.resume();
      channel.once('close', () => answer({ kind: 'not-started', message: 'it did not stay' }));
      return undefined;
    });
  });
}

/** Output up to a cap; what comes after is counted as cut, and dropped. */
class Capped {
  readonly #cap: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  cut = false;

  constructor(cap: number) {
    this.#cap = cap;
  }

  add(chunk: Buffer): void {
    const rest = this.#cap - this.#size;
    if (chunk.length > rest) this.cut = true;
    const kept = chunk.subarray(0, rest);
    this.#chunks.push(kept);
    this.#size += kept.length;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}
