/** XML-RPC as OpenNebula speaks it, for those who ask by HTTP: `one.vm.info` alone, which is what the suite asks so. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Tree } from './tree.ts';
import { compactXml } from './xml.ts';

type Answer = (request: { session: string; method: string; params: unknown[] }) => Promise<{ value: unknown } | { error: string }>;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const unescaped = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&');

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** What is asked, in one document; always with HTTP's 200, as recorded. */
async function respond(body: string, answer: Answer): Promise<string> {
  const [, method = ''] = /<methodName>one\.([\w.]+)<\/methodName>/.exec(body) ?? [];
  const [session, ...params] = [...body.matchAll(/<value><(string|int|i4)>([^<]*)<\/\1><\/value>/g)].map(([, type, text = '']) =>
    type === 'string' ? unescaped(text) : Number(text),
  );
  const asked = { session: String(session ?? ''), method, params };
  const said =
    method === 'vm.info' ? await answer(asked) : { error: `[one.${method}] The stand-in of oned does not answer this by XML-RPC` };
  const [ok, text] = 'error' in said ? [0, said.error] : [1, compactXml('VM', said.value as Tree)];
  return `<?xml version="1.0" encoding="UTF-8"?>\r\n<methodResponse>\r\n<params>\r\n<param><value><array><data>\r\n<value><boolean>${ok}</boolean></value>\r\n<value><string>${escaped(text)}</string></value>\r\n<value><i4>0</i4></value>\r\n</data></array></value></param>\r\n</params>\r\n</methodResponse>\r\n`;
}

/** A server to which sockets are handed whose first words are HTTP. */
export const xmlRpc = (answer: Answer): Server =>
  createServer((request, response) => {
    void bodyOf(request)
      .then((body) => respond(body, answer))
      .then((document) => response.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8' }).end(document));
  });
