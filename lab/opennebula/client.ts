/** The way from a command to oned: whose credentials, which endpoint, one call after the other. */
import { readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { OneError } from './tree.ts';

function contents(file: string): string | undefined {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  return readFileSync(file, 'utf8').trim();
}

/** `user:password` from where OpenNebula's client looks for it. */
function credentials(): string {
  const { ONE_AUTH, HOME } = process.env;
  const files = [ONE_AUTH ?? '', HOME === undefined ? '' : `${HOME}/.one/one_auth`, '/var/lib/one/.one/one_auth'];
  for (const file of files) {
    const secret = file === '' ? undefined : contents(file);
    if (secret !== undefined) return secret;
  }
  throw new OneError('ONE_AUTH file not present');
}

function endpoint(chosen: string | undefined): URL {
  const { ONE_XMLRPC, HOME } = process.env;
  const url = chosen || ONE_XMLRPC || contents(`${HOME}/.one/one_endpoint`) || 'http://localhost:2633/RPC2';
  if (!URL.canParse(url)) throw new OneError(`bad URI(is not URI?): "${url}"`);
  return new URL(url);
}

function refusal(error: NodeJS.ErrnoException, host: string, port: number): string {
  const cause =
    error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN'
      ? 'getaddrinfo: Name or service not known'
      : `Connection refused - connect(2) for "${host}" port ${port}`;
  return `Failed to open TCP connection to ${host}:${port} (${cause})`;
}

/** Calls oned. What it says went wrong, or that it cannot be reached, is thrown as a OneError. */
export class Client {
  private session: string | undefined;
  private endpoint: string | undefined;
  private socket: Socket | undefined;

  /** Takes `--user`, `--password` and `--endpoint` over what the environment says. */
  override({ user, password, endpoint }: Record<string, unknown>): void {
    if (typeof user === 'string') this.session = `${user}:${typeof password === 'string' ? password : ''}`;
    if (typeof endpoint === 'string') this.endpoint = endpoint;
  }

  /** Who calls. */
  userName(): string {
    this.session ??= credentials();
    return this.session.split(':')[0] ?? '';
  }

  async call<Value>(method: string, ...params: unknown[]): Promise<Value> {
    this.session ??= credentials();
    this.socket ??= await this.open();
    const line = await this.exchange(this.socket, `${JSON.stringify({ session: this.session, method, params })}\n`);
    const reply = JSON.parse(line) as { value: Value; error?: string };
    if (reply.error !== undefined) throw new OneError(reply.error);
    return reply.value;
  }

  close(): void {
    this.socket?.destroy();
  }

  private open(): Promise<Socket> {
    const url = endpoint(this.endpoint);
    const port = Number(url.port || 80);
    return new Promise((resolve, reject) => {
      // oned listens on IPv4 only; the name is kept for the message.
      const socket = connect({ host: url.hostname === 'localhost' ? '127.0.0.1' : url.hostname, port }, () => resolve(socket));
      socket.once('error', (error) => reject(new OneError(refusal(error, url.hostname, port))));
    });
  }

  private exchange(socket: Socket, request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: string[] = [];
      socket.setEncoding('utf8').removeAllListeners('data').removeAllListeners('close');
      socket.on('data', (chunk: string) => {
        chunks.push(chunk);
        if (chunk.endsWith('\n')) resolve(chunks.join(''));
      });
      socket.on('close', () => reject(new OneError('end of file reached')));
      socket.write(request);
    });
  }
}
