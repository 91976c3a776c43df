/** The way from a command to oned: whose credentials, which endpoint, one call after the other. */
import { readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { OneError } from './tree.ts';

function contents(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, 'utf8').trimEnd() : undefined;
}

/** `user:password` from where OpenNebula's client looks for it. */
function credentials(): string {
  const { ONE_AUTH, HOME } = process.env;
  for (const file of [ONE_AUTH || '/', `${HOME ?? ''}/.one/one_auth`, '/var/lib/one/.one/one_auth']) {
    const secret = contents(file);
    if (secret !== undefined) return secret;
  }
  throw new OneError('ONE_AUTH file not present');
}

function endpoint(): URL {
  const { ONE_XMLRPC, HOME } = process.env;
  const [file] = [`${HOME}/.one/one_endpoint`, '/var/lib/one/.one/one_endpoint'].flatMap((name) => contents(name) ?? []);
  const url = ONE_XMLRPC?.trimEnd() || file || 'http://localhost:2633/RPC2';
  if (!URL.canParse(url)) throw new OneError(`bad URI(is not URI?): "${url}"`);
  return new URL(url);
}

/** Calls oned. What it says went wrong, or that it cannot be reached, is thrown as a OneError. */
export class Client {
  private readonly session: string;

  /** `session` is `user:password` where the command line says so; else it is looked for. */
  constructor(session?: string) {
    this.session = session ?? credentials();
  }

  async call<Value>(method: string, ...params: unknown[]): Promise<Value> {
    const { hostname: host, port: given } = endpoint();
    const port = Number(given || 80);
    // oned listens on IPv4 only; the name is kept for the message.
    const socket = connect({ host: host === 'localhost' ? '127.0.0.1' : host, port }).setEncoding('utf8');
    socket.write(`${JSON.stringify({ session: this.session, method, params })}\n`);
    const chunks: string[] = [];
    try {
      for await (const chunk of socket as AsyncIterable<string>) {
        chunks.push(chunk);
        if (chunk.endsWith('\n')) break;
      }
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      const unknown = code === 'ENOTFOUND' || code === 'EAI_AGAIN';
      const cause = unknown ? 'getaddrinfo: Name or service not known' : `Connection refused - connect(2) for "${host}" port ${port}`;
      if (unknown || syscall === 'connect') throw new OneError(`Failed to open TCP connection to ${host}:${port} (${cause})`);
    }
    const answer = chunks.join('');
    if (!answer.endsWith('\n')) throw new OneError('end of file reached');
    const { value, error } = JSON.parse(answer) as { value: Value; error?: string };
    if (error !== undefined) throw new OneError(error);
    return value;
  }
}
