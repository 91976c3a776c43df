/** Large pools in pages, of an OpenNebula in which images come and go meanwhile. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandResult, Shell } from '../../support/machines/shell.ts';
import { hasManyImages, hasManyMachines, lookAtImages, lookAtManyMachines } from '../../support/opennebula/pages.ts';
import { byXmlRpc } from '../answers.ts';
import { datastore, evidence, host, looked } from '../made.ts';

const poolOf = (pool: string, element: string, ids: readonly number[]) =>
  `<${pool}>${ids.map((id) => `<${element}><ID>${id}</ID><NAME>a &amp; b</NAME><PATH>/secret</PATH></${element}>`).join('')}</${pool}>`;

/** A front-end whose OpenNebula has these, newest first; `meanwhile` happens before each page. Datastores and hosts name them, too. */
function frontend(
  ids: number[],
  {
    meanwhile,
    odd,
    stale = [],
  }: { meanwhile?: (page: number) => void; odd?: (page: number) => Partial<CommandResult>; stale?: number[] } = {},
) {
  const requests: string[] = [];
  const run: Shell['run'] = ({ argv, typed = '' }) => {
    const named = { onedatastore: ['DATASTORE', 'IMAGES'], onehost: ['HOST', 'VMS'] }[argv[0]];
    if (named) {
      const [owner = '', name = ''] = named;
      requests.push(argv.join(' '));
      const all = [...ids, ...stale].map((id) => `<ID>${id}</ID>`).join('');
      return Promise.resolve(
        evidence({
          command: argv.join(' '),
          stdout: `<${owner}_POOL><${owner}><ID>0</ID><${name}>${all}</${name}></${owner}></${owner}_POOL>`,
        }),
      );
    }
    const listed = { oneimage: ['IMAGE_POOL', 'IMAGE'], onevm: ['VM_POOL', 'VM'] }[argv[0]];
    if (listed) {
      requests.push(argv.join(' '));
      return Promise.resolve(evidence({ command: argv.join(' '), stdout: poolOf(listed[0] ?? '', listed[1] ?? '', ids) }));
    }
    const request = argv.at(-1) ?? '';
    requests.push(request);
    meanwhile?.(requests.length);
    const [method = '', ...numbers] = request.split(' ');
    const [, first = 0, size = 0] = numbers.map(Number);
    const page = ids.slice(first, first - size);
    const xml = method === 'imagepool.info' ? poolOf('IMAGE_POOL', 'IMAGE', page) : poolOf('VM_POOL', 'VM', page);
    return Promise.resolve({ ...evidence({ command: typed, stdout: byXmlRpc(xml), seconds: 1 }), ...odd?.(requests.length) });
  };
  return { requests, shell: { machine: 'frontend01', account: 'oneadmin', run } as unknown as Shell };
}
const down = (from: number) => Array.from({ length: from }, (_, at) => from - at);
const strings = (ids: readonly number[]) => ids.map(String);
const inDatastores = (ids: readonly number[]) => looked([datastore({ images: strings(ids) })], 'datastores');
const onHosts = (ids: readonly number[]) => looked([host('0', 'kvm01', 'on', { vms: strings(ids) })], 'hosts');
const idsOf = async (shell: Shell) => {
  const read = await lookAtImages(shell, inDatastores(down(1500)), 60);
  assert.ok('value' in read, 'fault' in read ? read.fault : '');
  return { ids: read.value.map(({ id }) => Number(id)), evidence: read.evidence };
};

describe('a large pool', () => {
  test('is read to its end, page by page; evidence of it is one, and as the command line would give it', async () => {
    const { shell, requests } = frontend(down(2500));
    const { ids, evidence: shown } = await idsOf(shell);
    assert.deepEqual(ids, down(2500));
    assert.deepEqual(requests.slice(0, 2), ['imagepool.info -2 0 -1000', 'imagepool.info -2 980 -1000']);
    assert.ok(requests.length <= 5, requests.join());
    assert.equal(shown.length, 1);
    assert.equal(shown[0]?.command, 'oneimage list -x');
    assert.equal(shown[0]?.seconds, requests.length);
    assert.match(shown[0]?.stdout ?? '', /<ID>2500<\/ID>.*<ID>1<\/ID>/s);
    assert.doesNotMatch(shown[0]?.stdout ?? '', /secret|methodResponse/, 'no more than is judged');
  });

  test('is asked for its next page before one is read, as far as its datastores name images', async () => {
    const { shell } = frontend(down(2500));
    const events: string[] = [];
    const run: Shell['run'] = async (command) => {
      const request = command.argv.at(-1) ?? '';
      events.push(`ask ${request}`);
      const { stdout, ...answer } = await shell.run(command);
      const read = () => {
        events.push(`read ${request}`);
        return stdout;
      };
      return Object.defineProperty(answer, 'stdout', { get: read, enumerable: true }) as CommandResult;
    };
    const read = await lookAtImages({ ...shell, run }, inDatastores(down(2500)), 60);
    assert.equal('value' in read && read.value.length, 2500);
    const pages = [0, 980, 1960].map((first) => `imagepool.info -2 ${first} -1000`);
    assert.deepEqual(events.slice(0, 4), [`ask ${pages[0]}`, `ask ${pages[1]}`, `read ${pages[0]}`, `ask ${pages[2]}`]);
    assert.equal(events[4], `read ${pages[1]}`, 'none is asked for beyond what is expected');
  });

  test('whose next page is not the one that was asked ahead is read without a gap', async () => {
    for (const odd of [2, 3, 4]) {
      const { shell, requests } = frontend(down(4000), { odd: (page) => (page === odd ? { stdout: byXmlRpc('<IMAGE_POOL/>') } : {}) });
      const read = await lookAtImages(shell, inDatastores(down(4000)), 60);
      assert.deepEqual('value' in read && read.value.map(({ id }) => Number(id)), down(4000));
      assert.ok(!requests.includes('oneimage list -x'), requests.join());
    }
    for (const gone of [5, 300, 990]) {
      const all = down(4000);
      const { shell, requests } = frontend(all, { meanwhile: (page) => page === 3 && void all.splice(0, gone) });
      const read = await lookAtImages(shell, inDatastores(down(4000)), 60);
      const ids = new Set('value' in read ? read.value.map(({ id }) => Number(id)) : []);
      for (const id of all) assert.ok(ids.has(id), `${gone} deleted: ${id} is missing`);
      assert.ok(!requests.includes('oneimage list -x'), requests.join());
    }
  });

  test('of VMs likewise, but of those that are DONE', async () => {
    const { shell, requests } = frontend(down(700));
    const read = await lookAtManyMachines(shell, onHosts(down(700)), 60);
    assert.equal('value' in read && read.value.length, 700);
    assert.equal(requests[0], 'vmpool.infoextended -2 0 -500 -1');
  });

  test('that is empty, is', async () => assert.deepEqual((await idsOf(frontend([]).shell)).ids, []));

  test('whose images are deleted meanwhile is read without a gap', async () => {
    for (const gone of [5, 20, 300, 990]) {
      const all = down(3000);
      const { shell } = frontend(all, { meanwhile: (page) => page === 2 && void all.splice(0, gone) });
      const { ids } = await idsOf(shell);
      for (const id of all) assert.ok(ids.includes(id), `${gone} deleted: ${id} is missing`);
    }
  });

  test('to which images are added meanwhile has none twice', async () => {
    const all = down(3000);
    const { shell } = frontend(all, { meanwhile: () => void all.unshift(...down(all.length + 50).slice(0, 50)) });
    const { ids } = await idsOf(shell);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of down(3000)) assert.ok(ids.includes(id));
  });

  test('of which a page in the middle is empty once is read to its end', async () => {
    const { shell, requests } = frontend(down(3000), { odd: (page) => (page === 3 ? { stdout: byXmlRpc('<IMAGE_POOL/>') } : {}) });
    assert.deepEqual((await idsOf(shell)).ids, down(3000));
    assert.deepEqual(requests.slice(2, 4), ['imagepool.info -2 1960 -1000', 'imagepool.info -2 1460 -1000']);
  });

  test('that ends before what datastores and hosts name is listed by the command line', async () => {
    const all = down(2500);
    const cut = (request: string) => {
      const [method = '', ...numbers] = request.split(' ');
      const [, first = 0] = numbers.map(Number);
      const page = all.slice(0, 1200).slice(first, first + 1000);
      return byXmlRpc(method === 'imagepool.info' ? poolOf('IMAGE_POOL', 'IMAGE', page) : poolOf('VM_POOL', 'VM', page));
    };
    const { shell, requests } = frontend(all, { odd: () => ({ stdout: cut(requests.at(-1) ?? '') }) });
    const images = await lookAtImages(shell, inDatastores(all), 60);
    assert.equal('value' in images && images.value.length, 2500);
    assert.equal(requests.at(-1), 'oneimage list -x');
    const vms = await lookAtManyMachines(shell, onHosts(all), 60);
    assert.equal('value' in vms && vms.value.length, 2500);
    assert.equal(requests.at(-1), 'onevm list -x --extended');
  });

  test('is known where a datastore names an image that does not exist', async () => {
    const { shell, requests } = frontend(down(1500), { stale: [9999] });
    const images = await lookAtImages(shell, inDatastores([...down(1500), 9999]), 60);
    assert.equal('value' in images && images.value.length, 1500);
    assert.equal(requests.at(-1), 'oneimage list -x');
  });

  test('from which images were deleted meanwhile is whole: no datastore names them any more', async () => {
    const { shell, requests } = frontend(down(1400));
    assert.deepEqual((await idsOf(shell)).ids, down(1400));
    assert.equal(requests.at(-1), 'onedatastore list -x');
  });

  for (const [what, odd, fault] of [
    [
      'is refused',
      { stdout: byXmlRpc('[one.imagepool.info] no', false) },
      /^oneimage list -x ended with exit 255: \[one\.imagepool\.info\] no$/,
    ],
    ['does not come', { stdout: '', stderr: 'curl: (7) Failed to connect\n', exitCode: 7 }, /^curl: \(7\) Failed to connect$/],
    ['is lost', { stdout: '', failure: { kind: 'lost', message: 'the connection broke' } }, /^the connection broke$/],
    ['is cut', { stdout: byXmlRpc('<IMAGE_POOL><IMAGE><ID>7') }, /not the pool, or not all of it/],
    ['says nothing', { stdout: '', stderr: '', exitCode: 1 }, /^oneimage list -x: no answer \(exit 1\)$/],
  ] as const)
    test(`of which a page ${what} is not known`, async () => {
      const { shell } = frontend(down(2500), { odd: (page) => (page === 2 ? odd : {}) });
      const read = await lookAtImages(shell, inDatastores(down(2500)), 60);
      assert.match('fault' in read ? read.fault : 'a value', fault);
      assert.equal(read.evidence.length, 1);
    });

  for (const xml of ['<IMAGE_POOL>execution expired</IMAGE_POOL>', '<IMAGE_POOL><ERROR>no</ERROR></IMAGE_POOL>'])
    test(`that is ${xml} is not empty`, async () => {
      const { shell } = frontend([], { odd: () => ({ stdout: byXmlRpc(xml) }) });
      const read = await lookAtImages(shell, inDatastores(down(1500)), 60);
      assert.match('fault' in read ? read.fault : 'a value', /not the pool, or not all of it/);
    });

  test('for which there is no time is not known', async () => {
    const { shell } = frontend(down(2500));
    const read = await lookAtImages(shell, inDatastores(down(2500)), -1);
    assert.match('fault' in read ? read.fault : 'a value', /^oneimage list -x was not all told within -1 s$/);
  });

  test('is told by its datastores, and by the hosts', () => {
    const images = (count: number) => looked([datastore({ images: down(count).map(String) }), datastore({ id: '1' })], 'datastores');
    assert.deepEqual([hasManyImages(images(1000)), hasManyImages(images(1001))], [false, true]);
    assert.equal(hasManyImages({ fault: 'no', evidence: [] }), false);
    const vms = (count: number) => looked([host('0', 'kvm01', 'on', { vms: down(count).map(String) }), host('1', 'kvm02', 'on')], 'hosts');
    assert.deepEqual([hasManyMachines(vms(1000)), hasManyMachines(vms(1002))], [false, true]);
    assert.equal(hasManyMachines({ fault: 'no', evidence: [] }), false);
  });
});
