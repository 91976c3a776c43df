/** XML-RPC as OpenNebula speaks it, for those who ask by HTTP: what the suite asks so, and nothing that changes anything. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Tree } from './tree.ts';
import { onedXml } from './xml.ts';

type Answer = (request: { session: string; method: string; params: unknown[] }) => Promise<{ value: unknown } | { error: string }>;

/** The methods that are answered, and the elements that they answer with: that of the object, after that of the pool. */
const ANSWERED: Record<string, readonly [element: string, pool?: string]> = {
  'backupjob.info': ['BACKUPJOB'],
  'backupjobpool.info': ['BACKUPJOB', 'BACKUPJOB_POOL'],
  'imagepool.info': ['IMAGE', 'IMAGE_POOL'],
  'user.info': ['USER'],
  'vm.info': ['VM'],
  'vmpool.infoextended': ['VM', 'VM_POOL'],
};

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const unescaped = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** What follows the words of a refusal: its code, and what it is about, if it is about one thing. */
function refusal(error: string): string {
  const id = /Error getting [\w ]+ \[(\d+)\]/.exec(error)?.[1];
  const code = error.includes("couldn't be authenticated") ? 256 : error.includes('Not authorized') ? 512 : id === undefined ? 2048 : 1024;
  return `<value><i4>${code}</i4></value>\r\n<value><i4>${id ?? -1}</i4></value>\r\n<value><i8>-1</i8></value>`;
}

/** The document of an object or pool. */
function documentOf(method: string, value: unknown): string {
  const [element, pool] = ANSWERED[method] ?? [''];
  return pool === undefined ? onedXml(element, value as Tree) : onedXml(pool, { [element]: value as Tree[] });
}

/** What is asked, in one document; always with HTTP's 200, as recorded. */
async function respond(body: string, answer: Answer): Promise<string> {
  const [, method = ''] = /<methodName>one\.([\w.]+)<\/methodName>/.exec(body) ?? [];
  const [session, ...params] = [...body.matchAll(/<value><(string|int|i4)>([^<]*)<\/\1><\/value>/g)].map(([, type, text = '']) =>
    type === 'string' ? unescaped(text) : Number(text),
  );
  const said = Object.hasOwn(ANSWERED, method)
    ? await answer({ session: String(session ?? ''), method, params })
    : { error: `[one.${method}] The stand-in of oned does not answer this by XML-RPC` };
  const [ok, text, rest] =
    'error' in said ? [0, said.error, refusal(said.error)] : [1, documentOf(method, said.value), '<value><i4>0</i4></value>'];
  return `<?xml version="1.0" encoding="UTF-8"?>\r\n<methodResponse>\r\n<params>\r\n<param><value><array><data>\r\n<value><boolean>${ok}</boolean></value>\r\n<value><string>${escaped(text)}</string></value>\r\n${rest}\r\n</data></array></value></param>\r\n</params>\r\n</methodResponse>\r\n`;
}

/** A server to which sockets are handed whose first words are HTTP. */
export const xmlRpc = (answer: Answer): Server =>
  createServer((request, response) => {
    void bodyOf(request)
      .then((body) => respond(body, answer))
      .then((document) => response.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8' }).end(document));
  });
