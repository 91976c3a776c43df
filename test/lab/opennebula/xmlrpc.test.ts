/** What the stand-in of oned answers by XML-RPC, to the letter as OpenNebula 7.4.0 did (third/h). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Tree } from '../../../lab/opennebula/tree.ts';
import { readResponse } from '../../../support/opennebula/xmlrpc.ts';
import { quietCloud } from './harness.ts';
import { parseXml } from './recordings.ts';

const read = (name: string) => readFileSync(new URL(`../../recordings/7.4.0/third/h-xmlrpc/${name}`, import.meta.url), 'utf8');
const recorded = (name: string) => read(`${name}.response`).replace(/\n200\s*$/, '');
const asked = (name: string, session: string) => read(`${name}.request`).replace('SESSION', session);

/** The objects of a recorded document, lowest id first as the state has them. */
function objects(name: string, element: string): Tree[] {
  const said = readResponse(recorded(name));
  assert.ok('document' in said);
  const root = parseXml(said.document.replaceAll(/<(\w+)><\/\1>/g, '<$1/>'));
  return [(root[`${element}_POOL`] as Tree | undefined)?.[element] ?? root[element] ?? []].flat().reverse() as Tree[];
}

async function cloudOf(t: Parameters<typeof quietCloud>[0]) {
  const cloud = await quietCloud(t, (state) => {
    // The pool has less of each than the machine itself.
    state.vms = objects('03-vmpool-first-two', 'VM').map((vm) => (vm.ID === '1' ? (objects('01-vm-info', 'VM')[0] ?? {}) : vm));
    state.images = objects('05-imagepool-first-two', 'IMAGE');
  });
  const post = async (body: string) => {
    const response = await fetch(`http://127.0.0.1:${cloud.port}/RPC2`, { method: 'POST', body });
    return { status: response.status, body: await response.text() };
  };
  return { cloud, post };
}

test('documents, pools in pages, and refusals', async (t) => {
  const { post } = await cloudOf(t);
  for (const name of ['01-vm-info', '02-vm-info-unknown', '03-vmpool-first-two', '04-vmpool-from-two', '05-imagepool-first-two'])
    assert.deepEqual(await post(asked(name, 'oneadmin:opennebula')), { status: 200, body: recorded(name) }, name);
  assert.deepEqual(await post(asked('07-wrong-session', 'oneadmin:wrong')), { status: 200, body: recorded('07-wrong-session') });
});

test('a page holds so many, the newest first, and an empty one is the end', async (t) => {
  const { cloud, post } = await cloudOf(t);
  await cloud.edit((state) => {
    const [image = {}] = state.images;
    state.images = [0, 1, 2, 3, 4].map((id) => ({ ...image, ID: String(id) }));
    state.jobs = [0, 1, 2].map((id) => ({ ID: String(id), TEMPLATE: {}, PERMISSIONS: {} }));
  });
  const page = async (method: string, first: number, size: number) => {
    const params = [-2, first, -size].map((number) => `<param><value><int>${number}</int></value></param>`).join('');
    const session = '<param><value><string>oneadmin:opennebula</string></value></param>';
    const said = readResponse(
      (await post(`<methodCall><methodName>one.${method}</methodName><params>${session}${params}</params></methodCall>`)).body,
    );
    return 'document' in said ? [...said.document.matchAll(/<(?:IMAGE|BACKUPJOB)><ID>(\d+)/g)].map(([, id]) => id).join() : said.refused;
  };
  const found = await Promise.all([0, 2, 4, 6].map((first) => page('imagepool.info', first, 2)));
  assert.deepEqual(found, ['4,3', '2,1', '0', '']);
  assert.equal(await page('backupjobpool.info', 1, 2), '1,0');
  assert.match(await page('vm.terminate', 0, 2), /does not answer this/);
});
