import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseImage, parseImages } from '../../support/opennebula/images.ts';
import { parseJob } from '../../support/opennebula/jobs.ts';
import { kept } from '../../support/opennebula/kept.ts';
import * as pools from '../../support/opennebula/pools.ts';
import { children, find, parsePool, parseRoot, text } from '../../support/opennebula/xml.ts';
import { recordedIn, recordings, recorded as stdout } from '../answers.ts';
import { image, link, scheduledBackup, virtualMachine } from '../made.ts';

const { parseDatastores, parseHosts, parseShape, parseTemplates, parseVirtualMachine, parseVirtualMachines } = pools;
const datastorePool = (...elements: string[]) => `<DATASTORE_POOL>${elements.join('')}</DATASTORE_POOL>`;
const hostPool = (...elements: string[]) => `<HOST_POOL>${elements.join('')}</HOST_POOL>`;

describe('pools as OpenNebula 7.4.0 gave them', () => {
  test('the datastores', () => {
    const datastores = parseDatastores(stdout('064-ds-list-x'));
    assert.deepEqual(
      datastores.map(({ id, name, type, dsMad, tmMad, state, totalMb }) => [id, name, type, dsMad, tmMad, state, totalMb]),
      [
        ['100', 'rsync Backups', 'bck', 'rsync', '-', 'on', 258_020],
        ['2', 'files', 'fil', 'fs', 'local', 'on', 258_020],
        ['1', 'default', 'img', 'fs', 'local', 'on', 258_020],
        ['0', 'system', 'sys', '-', 'local', 'on', 0],
      ],
    );
    const [backup] = datastores;
    assert.deepEqual([backup?.freeMb, backup?.basePath], [78_224, '/var/lib/one//datastores/100']);
    assert.deepEqual(
      [text(backup?.template, 'RSYNC_HOST'), text(backup?.template, 'RSYNC_USER'), text(backup?.template, 'RSYNC_ARGS')],
      ['backup01.example.net', 'oneadmin', ''],
    );
  });

  test('a system datastore that is disabled is off, a backup datastore cannot be', () => {
    const state = (name: string, id: string) => parseDatastores(stdout(name)).find((datastore) => datastore.id === id)?.state;
    assert.equal(state('083-ds-list-x-off', '0'), 'off');
    assert.equal(state('080-ds-list-x-backup-disable', '100'), 'on');
  });

  for (const [name, expected] of [
    ['010-onehost-list-x-error', ['1 kvm02.example.net err', '0 kvm01.example.net err']],
    ['381-onehost-list-on-x', ['1 kvm02.example.net on 7.4.0', '0 kvm01.example.net on 7.4.0']],
    ['386-onehost-list-disabled-x', ['1 kvm02.example.net dsbl 7.4.0', '0 kvm01.example.net on 7.4.0']],
  ] as const) {
    test(`the hosts of ${name}`, () => {
      assert.deepEqual(
        parseHosts(stdout(name)).map(({ id, name, state, version }) => `${id} ${name} ${state} ${version}`.trim()),
        expected,
      );
    });
  }

  test('the VMs', () => {
    const found = parseVirtualMachines(stdout('211-onevm-list-x')).map(({ id, name, scheduled }) => `${id} ${name} ${scheduled?.join()}`);
    assert.deepEqual(found, ['1 vm1 undefined', '0 vm0 undefined'], 'a list that is not extended tells nothing of what is scheduled');
  });

  test('of a backup job, whether each of its runs begins new chains, which evidence keeps', () => {
    const shown = recordedIn('7.4.0/second/q-backup-jobs/07-show-x');
    const resets = (word: string) => parseJob(kept(shown.replace('</TEMPLATE>', `<RESET><![CDATA[${word}]]></RESET></TEMPLATE>`))).reset;
    assert.deepEqual([parseJob(shown).reset, resets('YES'), resets('yes'), resets('NO'), resets('1')], [false, true, true, false, false]);
  });

  test('of what is scheduled an extended list tells the ids, of each release', () => {
    for (const [name, expected] of [
      ['7.4.0/second/a0-list-extended/12-onevm-list-x-extended-same-moment', ['1 []', '0 [66]']],
      ['6.10.5/calls/058-onevm-list-x-extended-rejected', ['1 []', '0 [5]']],
    ] as const)
      assert.deepEqual(
        parseVirtualMachines(recordedIn(name)).map(({ id, scheduled }) => `${id} [${scheduled?.join()}]`),
        expected,
      );
  });

  test('no other answer that was recorded is taken for a pool', () => {
    const own = { VM: parseVirtualMachine, IMAGE: parseImage, IMAGE_POOL: parseImages, VMTEMPLATE_POOL: parseTemplates };
    const parsers = { DATASTORE_POOL: parseDatastores, HOST_POOL: parseHosts, VM_POOL: parseVirtualMachines, ...own };
    const names = readdirSync(recordings).map((name) => name.replace('.json', ''));
    assert.ok(names.length > 200);
    for (const name of names) {
      for (const [root, parse] of Object.entries(parsers)) {
        if (new RegExp(`^<${root}[/>]`).test(stdout(name))) assert.ok(parse(stdout(name)), name);
        else assert.throws(() => parse(stdout(name)), Error, `${name} as ${root}`);
      }
    }
  });
});

describe('VMs and images as OpenNebula 7.4.0 gave them', () => {
  const vm = (name: string) => parseVirtualMachine(stdout(name));

  test('before and after a backup', () => {
    const before = vm('200-vm-show-before-x');
    assert.deepEqual(before, virtualMachine({ made: 1_795_409_972 }));
    assert.deepEqual(vm('204-onevm-show-after-x'), {
      ...before,
      backups: ['1'],
      scheduled: ['0'],
      backupActions: [scheduledBackup({ id: '0', time: 1_795_410_033, done: 1_795_410_044, dispatched: true })],
      wasBackedUp: true,
    });
  });

  test('states have OpenNebula’s own names', () => {
    const { state } = vm('374-onevm-show-after-cancel-x');
    const named = (numbers: string) => {
      const [one, two] = numbers.split('/');
      return parseVirtualMachine(`<VM><ID>0</ID><STATE>${one}</STATE><LCM_STATE>${two}</LCM_STATE></VM>`).state;
    };
    assert.equal(state, 'BACKUP');
    assert.deepEqual(['1/0', '2/0', '3/3', '3/16', '3/70', '3/17', '4/0', '5/0', '8/0', '9/0', '77/0'].map(named), [
      ...['PENDING', 'HOLD', 'RUNNING', 'UNKNOWN', 'BACKUP_POWEROFF', 'ACTIVE (LCM_STATE 17)'],
      ...['STOPPED', 'SUSPENDED', 'POWEROFF', 'UNDEPLOYED', 'unknown (77)'],
    ]);
  });

  test('since when it rests: its last record tells, but of a backup it rested before', () => {
    const rests = (state: string, record: string) =>
      parseVirtualMachine(
        `<VM><ID>0</ID><STATE>${state[0]}</STATE><LCM_STATE>${state.slice(2)}</LCM_STATE><HISTORY_RECORDS><HISTORY>${record}</HISTORY></HISTORY_RECORDS></VM>`,
      ).restsSince;
    const record = (action: string, retime: string) => `<STIME>100</STIME><RETIME>${retime}</RETIME><ACTION>${action}</ACTION>`;
    assert.deepEqual(
      [rests('8/0', record('29', '200')), rests('8/0', record('29', '0')), rests('8/0', record('50', '200'))],
      [200, 100, 100],
    );
    assert.deepEqual(
      [rests('3/70', record('50', '0')), rests('3/3', record('29', '0')), rests('3/16', record('29', '0'))],
      [100, undefined, undefined],
    );
  });

  test('one that can begin no other chain: in SNAPSHOT mode, its second full backup failed', () => {
    const file = new URL('../recordings/7.4.0/third/a-snapshot-mode/05-onevm-show-x-after-reset-failed.json', import.meta.url);
    const { stdout: xml } = JSON.parse(readFileSync(file, 'utf8')) as { stdout: string };
    const { incrementMode, keepsIncrements, chain, lastIncrement, backups, wasBackedUp } = parseVirtualMachine(xml);
    assert.deepEqual([incrementMode, keepsIncrements, chain, lastIncrement, backups, wasBackedUp], ['SNAPSHOT', true, '', -1, ['1'], true]);
  });

  test('what a VM, and a template, are made of', () => {
    const xml = '<X><ID>0</ID><TEMPLATE><CPU>0.1</CPU><MEMORY>64</MEMORY><DISK><ID>0</ID></DISK><DISK/><NIC/></TEMPLATE></X>';
    for (const root of ['VM', 'VMTEMPLATE'] as const)
      assert.deepEqual(parseShape(xml.replaceAll('X>', `${root}>`), root), { CPU: '0.1', VCPU: '', MEMORY: '64', disks: '2', NICs: '1' });
    assert.throws(() => parseShape('<VM/>', 'VMTEMPLATE'));
  });

  test('one that failed before it ran has no backups', () => {
    const { host, backups, inBackup, lastIncrement } = vm('105-vm-show-prolog-failure-x');
    assert.deepEqual([host, backups, inBackup, lastIncrement], ['kvm02.example.net', [], false, -1]);
  });

  test('scheduled backups that were rejected have the reason, and were never dispatched', () => {
    const rejected = vm('236-onevm-show-after-bad-sched').backupActions.filter(({ dispatched }) => !dispatched);
    assert.ok(rejected.length > 0);
    for (const { done } of rejected) assert.equal(done, -1);
    assert.ok(
      rejected.some(({ message }) => message.includes('[backup] ')),
      JSON.stringify(rejected),
    );
  });

  test('a backup that was cancelled leaves an error, cut short', () => {
    assert.match(vm('374-onevm-show-after-cancel-x').error, /^Mon Nov 23 .*: BACKUP: /);
    assert.equal(vm('374-onevm-show-after-cancel-x').inBackup, true);
    assert.equal(vm('376-x').inBackup, false);
  });

  test('a full backup', () => {
    assert.deepEqual(parseImage(stdout('206-oneimage-show-x')), image());
    const [listed, { name, isBackup, state, vms, disks, format } = assert.fail()] = parseImages(stdout('209-oneimage-list-x'));
    assert.deepEqual(listed, image());
    assert.deepEqual([name, isBackup, state, vms, disks, format], ['tiny', false, 'used', ['0', '1'], [], 'qcow2']);
  });

  test('a chain', () => {
    const { increments, source, vms } = parseImage(stdout('254-oneimage-show-incr-x'));
    assert.deepEqual(increments, [
      link('0', 'b57e01', 1_795_410_264, { sizeMb: 42 }),
      link('1', 'eff4d3', 1_795_410_287, { sizeMb: 4 }),
      link('2', '3055af', 1_795_410_308, { sizeMb: 2 }),
    ]);
    assert.deepEqual([source, vms], ['b57e01', ['1']]);
  });

  test('what went wrong with an image', () => {
    const [deleted, restored] = [parseImage(stdout('355-oneimage-show-2')), parseImage(stdout('402-show'))];
    assert.deepEqual([deleted.state, deleted.isBackup], ['error', true]);
    assert.match(deleted.error, /Error removing image from datastore/);
    assert.match(restored.error, /./);
  });

  test('of the templates, id and name', () => {
    const pool = '<VMTEMPLATE_POOL><VMTEMPLATE><ID>2</ID><NAME>0-5de970</NAME><TEMPLATE/></VMTEMPLATE></VMTEMPLATE_POOL>';
    assert.deepEqual(parseTemplates(pool), [{ id: '2', name: '0-5de970' }]);
    assert.deepEqual(parseTemplates('<VMTEMPLATE_POOL/>'), []);
  });

  test('one that holds text is none', () => {
    assert.throws(() => parseVirtualMachine('<VM>execution expired</VM>'), /without an ID/);
    assert.throws(() => parseImage('<IMAGE>execution expired</IMAGE>'), /without an ID/);
  });

  test('one of a kind is not taken for a pool of it, nor the other way round', () => {
    assert.throws(() => parseImage(stdout('209-oneimage-list-x')));
    assert.throws(() => parseImages(stdout('206-oneimage-show-x')));
    assert.throws(() => parseVirtualMachine(stdout('211-onevm-list-x')));
    assert.throws(() => parseVirtualMachine(stdout('204-onevm-show-after-x').slice(0, -20)));
  });

  const named = (backups: string) => parseVirtualMachine(`<VM><ID>0</ID>${backups}</VM>`);
  const config = (mode: string, keepLast: string, last: string, ...ids: string[]) =>
    `<BACKUPS><BACKUP_CONFIG><MODE>${mode}</MODE><KEEP_LAST>${keepLast}</KEEP_LAST>${last}</BACKUP_CONFIG><BACKUP_IDS>${ids.map((id) => `<ID>${id}</ID>`).join('')}</BACKUP_IDS></BACKUPS>`;
  const last = (id: number) => `<LAST_INCREMENT_ID>${id}</LAST_INCREMENT_ID>`;
  for (const [what, xml, keepsIncrements, keepLast, lastIncrement, backups] of [
    ['no word of backups', '', false, 0, -1, []],
    ['a chain', config('INCREMENT', '3', last(0), '3', '5'), true, 3, 0, ['3', '5']],
    ['no chain any more', config('INCREMENT', '0', last(-1)), true, 0, -1, []],
    ['full backups', config('FULL', 'x', ''), false, 0, -1, []],
  ] as const)
    test(`a VM with ${what}`, () => {
      const vm = named(xml);
      assert.deepEqual(
        [vm.keepsIncrements, vm.keepLast, vm.lastIncrement, vm.backups],
        [keepsIncrements, keepLast, lastIncrement, backups],
      );
    });

  test('LCM_STATE 69 and 70 alone are in BACKUP', () => {
    const inBackup = ['69', '70', '3', '', '690'].filter((state) => named(`<LCM_STATE>${state}</LCM_STATE>`).inBackup);
    assert.deepEqual(inBackup, ['69', '70']);
  });

  test('its host is the last it was on, and its disks count together', () => {
    const history =
      '<HISTORY_RECORDS><HISTORY><HOSTNAME>kvm01</HOSTNAME></HISTORY><HISTORY><HOSTNAME>kvm02</HOSTNAME></HISTORY></HISTORY_RECORDS>';
    const disks = '<TEMPLATE><DISK><SIZE>256</SIZE></DISK><DISK><SIZE>10240</SIZE></DISK><DISK/></TEMPLATE>';
    assert.deepEqual([named(history).host, named(disks).diskMb], ['kvm02', 10_496]);
  });

  test('a repeated backup that waits for its next turn is not dispatched, though it once was', () => {
    const action = (done: number) =>
      named(`<TEMPLATE><SCHED_ACTION><ACTION>backup</ACTION><TIME>2000</TIME><DONE>${done}</DONE></SCHED_ACTION></TEMPLATE>`)
        .backupActions[0];
    assert.deepEqual([action(-1)?.dispatched, action(1000)?.dispatched, action(2000)?.dispatched], [false, false, true]);
  });

  test('the states of an image by their codes', () => {
    const states = [0, 1, 2, 3, 4, 5, 6, 7, 8, ''].map((code) => parseImage(`<IMAGE><ID>1</ID><STATE>${code}</STATE></IMAGE>`).state);
    assert.equal(states.join(' '), 'init ready used disabled locked error clone delete used_pers unknown');
  });

  test('type 6 alone is a backup', () => {
    for (let type = -1; type < 70; type += 1)
      assert.equal(parseImage(`<IMAGE><ID>1</ID><TYPE>${type}</TYPE></IMAGE>`).isBackup, type === 6);
  });
});

describe('an answer that is no pool is an error, an empty pool is none', () => {
  const declared = ['<?xml version="1.0"?>\n<HOST_POOL/>', '<?xml version="1.0" encoding="UTF-8"?><HOST_POOL/>\n'];
  for (const empty of ['<HOST_POOL/>', '<HOST_POOL></HOST_POOL>', '<HOST_POOL>\n</HOST_POOL>\n', ...declared])
    test(`empty: ${JSON.stringify(empty)}`, () => assert.deepEqual(parseHosts(empty), []));

  const garbage: readonly (readonly [what: string, xml: string, says: RegExp])[] = [
    ['nothing', '', /expected one <HOST_POOL>/],
    ['a newline', '\n', /expected one <HOST_POOL>/],
    ['text', 'Connection refused', /./],
    ['a table', '  ID NAME\n   0 kvm01\n', /./],
    ['JSON', '{"HOST_POOL":{}}', /./],
    ['HTML', '<html><body>502 Bad Gateway</body></html>', /expected one <HOST_POOL>.*<html>/],
    ['another pool', '<DATASTORE_POOL/>', /expected one <HOST_POOL>, found <DATASTORE_POOL>/],
    ['a pool in lower case', '<host_pool/>', /expected one <HOST_POOL>, found <host_pool>/],
    ['one host without its pool', '<HOST><ID>0</ID></HOST>', /expected one <HOST_POOL>/],
    ['two pools', '<HOST_POOL/><HOST_POOL/>', /./],
    ['text in a pool', '<HOST_POOL>execution expired</HOST_POOL>', /nothing but <HOST> in it, found “execution expired”/],
    ['text beside hosts', '<HOST_POOL><HOST><ID>0</ID></HOST>execution expired</HOST_POOL>', /nothing but <HOST> in it, found text/],
    ['text in CDATA', '<HOST_POOL><![CDATA[execution expired]]></HOST_POOL>', /found “execution expired”/],
    ['something else in a pool', '<HOST_POOL><ERROR>no</ERROR></HOST_POOL>', /nothing but <HOST> in it, found <ERROR>/],
    ['a host that is text', '<HOST_POOL><HOST>execution expired</HOST></HOST_POOL>', /without an ID of its own/],
    ['a pool, then another', '<HOST_POOL/><DATASTORE_POOL/>', /./],
    ['a warning before the pool', 'warning: locale\n<HOST_POOL/>', /./],
    ['words after the pool', '<HOST_POOL/>\nSegmentation fault', /./],
    ['a tag that is not closed', '<HOST_POOL><HOST></HOST_POOL>', /./],
    ['a host without ID', hostPool('<HOST><NAME>a</NAME></HOST>'), /without an ID of its own/],
    ['an ID that is no number', hostPool('<HOST><ID>x</ID></HOST>'), /without an ID of its own/],
    ['two hosts in one', hostPool('<HOST><ID>0</ID><ID>1</ID></HOST>'), /without an ID of its own/],
    ['two of the same ID', hostPool('<HOST><ID>0</ID></HOST><HOST><ID>0</ID></HOST>'), /two of the same ID/],
    ['an entity that is none', hostPool('<HOST><NAME>a & b</NAME></HOST>'), /./],
  ];
  for (const [what, xml, says] of garbage) test(what, () => assert.throws(() => parseHosts(xml), says));

  test('a pool that is cut short anywhere', () => {
    const whole = stdout('381-onehost-list-on-x').trimEnd();
    assert.equal(parseHosts(whole).length, 2);
    for (let length = 0; length < whole.length; length += 1 + Math.floor(length / 40)) {
      assert.throws(() => parseHosts(whole.slice(0, length)), Error, `cut after ${length} of ${whole.length} characters`);
    }
    assert.throws(() => parseHosts(whole.slice(0, -1)));
  });
});

describe('values stay as OpenNebula wrote them', () => {
  const named = (xml: string) => parseDatastores(datastorePool(`<DATASTORE><ID>7</ID><NAME>${xml}</NAME></DATASTORE>`))[0]?.name;
  const asWritten = [
    '007',
    '123e45',
    '1.10',
    '0x1F',
    'true',
    '  padded ',
    'rsync Backups, 2nd',
    '.hidden',
    '日本\u{1f512}',
    '',
    '__proto__',
  ];
  for (const [written, read] of [
    ...asWritten.map((each) => [each, each] as const),
    ['B&#xDC;CHER', 'BÜCHER'],
    ['B&#220;CHER', 'BÜCHER'],
    ['a&amp;b&lt;c&gt;d&quot;e&apos;f', 'a&b<c>d"e\'f'],
    ['&amp;#xDC;', '&#xDC;'],
    ['<![CDATA[<a & b>]]>', '<a & b>'],
    ['<![CDATA[&amp;]]>', '&amp;'],
  ] as const)
    test(JSON.stringify(written), () => assert.equal(named(written), read));

  test('what is missing is empty, and a size that is none is no size', () => {
    const [datastore] = parseDatastores(datastorePool('<DATASTORE><ID>100</ID></DATASTORE>'));
    assert.deepEqual([datastore?.name, datastore?.dsMad, datastore?.template, datastore?.totalMb], ['', '', undefined, Number.NaN]);
    assert.equal(datastore?.type, 'unknown ()');
  });

  test('a code that OpenNebula has not had so far is shown as it is', () => {
    const [datastore] = parseDatastores(datastorePool('<DATASTORE><ID>7</ID><TYPE>9</TYPE><STATE>5</STATE></DATASTORE>'));
    assert.deepEqual([datastore?.type, datastore?.state], ['unknown (9)', 'unknown (5)']);
  });

  test('the states of a host and the types of a datastore by their codes', () => {
    const states = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(
      (code) => parseHosts(hostPool(`<HOST><ID>0</ID><STATE>${code}</STATE></HOST>`))[0]?.state,
    );
    assert.equal(states.join(' '), 'init update on err dsbl retry init dsbl off');
    const type = (code: number) => parseDatastores(datastorePool(`<DATASTORE><ID>7</ID><TYPE>${code}</TYPE></DATASTORE>`))[0]?.type;
    assert.equal([0, 1, 2, 3].map(type).join(' '), 'img sys fil bck');
  });

  test('elements of one name come in their order, however many', () => {
    const root = parseRoot('<A><B>1</B><C/><B>2</B></A>', 'A');
    assert.deepEqual([children(root, 'B'), children(root, 'C'), children(root, 'D')], [['1', '2'], [''], []]);
    assert.deepEqual([find(parseRoot('<A><B/><C><D/></C><E><![CDATA[]]></E></A>', 'A'), 'B'), find(root, 'X')], ['', undefined]);
    assert.deepEqual([text(root, 'B'), text(root, 'B', 'X'), text(root, 'D', 'E'), text(undefined, 'A')], ['1', '', '', '']);
  });
});

describe('a large pool, which is read in pieces', () => {
  const host = (id: number, name = 'x'.repeat(2000)) => `<HOST><ID>${id}</ID><NAME><![CDATA[${name}]]></NAME></HOST>`;
  const all = (xml: string) => parsePool(xml, 'HOST_POOL', 'HOST', (each) => `${text(each, 'ID')} ${text(each, 'NAME')}`);
  const many = Array.from({ length: 1000 }, (_, id) => id);

  for (const between of ['', '\n  '])
    test(`has all its members, in their order${between && ', a line each'}`, () => {
      const xml = `<HOST_POOL>${many.map((id) => between + host(id)).join('')}${between}</HOST_POOL>`;
      assert.deepEqual(
        all(xml),
        many.map((id) => `${id} ${'x'.repeat(2000)}`),
      );
    });

  test('is cut in no member in which users have given two attributes that name', () => {
    const odd = (id: number) =>
      `<HOST><ID>${id}</ID><NAME>h</NAME><TEMPLATE>${'<HOST><![CDATA[web]]></HOST>'.repeat(200)}</TEMPLATE></HOST>`;
    assert.deepEqual(
      all(hostPool(...many.map(odd))),
      many.map((id) => `${id} h`),
    );
  });

  test('is cut in no text that looks like two members', () => {
    const name = '</HOST><HOST>'.repeat(100);
    assert.deepEqual(
      all(hostPool(...many.map((id) => host(id, name)))),
      many.map((id) => `${id} ${name}`),
    );
  });

  for (const [what, end] of [
    ['is cut short', '<HOST><ID>1000'],
    ['has no end', ''],
    ['holds something else', '<VM/></HOST_POOL>'],
    ['has a text behind it', '</HOST_POOL>execution expired'],
  ] as const)
    test(`is refused where it ${what}`, () => assert.throws(() => all(`<HOST_POOL>${many.map((id) => host(id)).join('')}${end}`)));
});

test('3,000 hosts, 14 MB, are read in seconds and none is lost', () => {
  const probes =
    '<VERSION><![CDATA[7.4.0]]></VERSION>' +
    Array.from({ length: 100 }, (_, at) => `<KVM_ATTRIBUTE_${at}><![CDATA[value ${at}]]></KVM_ATTRIBUTE_${at}>`).join('');
  const hosts = Array.from(
    { length: 3000 },
    (_, at) => `<HOST><ID>${at}</ID><NAME>kvm${at}.example.net</NAME><STATE>2</STATE><TEMPLATE>${probes}</TEMPLATE></HOST>`,
  );
  const xml = hostPool(...hosts);
  assert.ok(xml.length > 14_000_000, `${xml.length}`);
  const began = process.cpuUsage();
  const read = parseHosts(xml);
  const { user, system } = process.cpuUsage(began);
  assert.equal(read.length, 3000);
  assert.deepEqual(read[2999], {
    id: '2999',
    name: 'kvm2999.example.net',
    state: 'on',
    vmMad: '',
    vms: [],
    cluster: '',
    clusterName: '',
    version: '7.4.0',
  });
  assert.ok((user + system) / 1e6 < 10, `${(user + system) / 1e6} s of CPU`);
});

describe('scheduled backups of a VM', () => {
  const shown = (...actions: string[]) =>
    parseVirtualMachine(
      `<VM><ID>0</ID><TEMPLATE>${actions.map((action) => `<SCHED_ACTION>${action}</SCHED_ACTION>`).join('')}</TEMPLATE></VM>`,
    );
  const action = (more: string) => `<ID>3</ID><ACTION>backup</ACTION><ARGS>100,NO</ARGS><TIME>1795409972</TIME>${more}`;

  test('waiting, dispatched and rejected are told apart', () => {
    const rejected = '<DONE>-1</DONE><MESSAGE>Error: no such datastore</MESSAGE>';
    const { backupActions } = shown(...['<DONE>-1</DONE>', '<DONE>1795409980</DONE>', rejected].map(action));
    const found = backupActions.map(({ id, datastoreId, time, dispatched, message }) => [id, datastoreId, time, dispatched, message]);
    const one = ['3', '100', 1_795_409_972] as const;
    assert.deepEqual(found, [
      [...one, false, ''],
      [...one, true, ''],
      [...one, false, 'Error: no such datastore'],
    ]);
  });

  test('actions of other kinds are told apart from backups', () => {
    const { backupActions, otherActions } = shown('<ID>4</ID><ACTION>poweroff</ACTION><TIME>5</TIME>', action(''));
    assert.deepEqual([backupActions.map(({ id }) => id), otherActions.map(({ id }) => id)], [['3'], ['4']]);
    assert.equal(backupActions[0]?.dispatched, false);
  });

  test('repetitions and their ends, as recorded', () => {
    const of = (name: string) =>
      parseVirtualMachine(recordedIn(`7.4.0/second/a-recurring-end-passed/${name}`)).backupActions.map(
        ({ id, dispatched, repeats, times, until }) => [id, dispatched, repeats, times, until],
      );
    const never = Number.POSITIVE_INFINITY;
    assert.deepEqual(of('02-onevm-show-x'), [['31', false, true, never, 1_795_824_000]], 'before its turn');
    assert.deepEqual(of('05-onevm-show-x'), [
      ['31', true, true, never, 1_795_824_000],
      ['32', true, false, never, never],
    ]);
    assert.deepEqual(of('12-onevm-show-x'), [['33', false, true, 2, never]]);
    assert.deepEqual(of('13-onevm-show-x'), [['33', false, true, 1, never]], 'due again later');
  });

  test('a new chain is begun by 1 alone', () => {
    const reset = (args: string) => shown(`<ID>3</ID><ACTION>backup</ACTION><TIME>5</TIME><ARGS>${args}</ARGS>`).backupActions[0]?.reset;
    assert.deepEqual(['100,1', '100,0', '100', '100,NO', '100,YES', ''].map(reset), [true, false, false, false, true, false]);
  });

  describe('as OpenNebula 6.6 keeps them', () => {
    const of66 = (action: string) =>
      parseVirtualMachine(
        `<VM><ID>0</ID><STIME>1795409972</STIME><TEMPLATE><SCHED_ACTION><ID>0</ID><ACTION>backup</ACTION><ARGS>100</ARGS>${action}</SCHED_ACTION></TEMPLATE></VM>`,
      ).backupActions[0];

    test('without DONE and MESSAGE before they are begun', () => {
      assert.deepEqual(of66('<TIME>1795409980</TIME>'), scheduledBackup({ id: '0', time: 1_795_409_980 }));
    });

    test('with a time from the start of the machine on', () =>
      assert.equal(of66('<TIME>+1209600</TIME>')?.time, 1_795_409_972 + 1_209_600));

    const times = [
      '',
      '<TIME/>',
      '<TIME>soon</TIME>',
      '<TIME>+</TIME>',
      '<TIME>-5</TIME>',
      '<TIME>1e9</TIME>',
      '<TIME>5</TIME><DONE>x</DONE>',
    ];
    for (const action of times)
      test(`and no other than a time: ${action}`, () => assert.throws(() => of66(action), /without a TIME or DONE that is one/));
  });
});

test('a host tells by which driver its VMs run, and which are on it', () => {
  const own = '<NAME>a</NAME><STATE>8</STATE><VM_MAD><![CDATA[lxc]]></VM_MAD><VMS><ID>1</ID><ID>12</ID></VMS>';
  const [one] = parseHosts(`<HOST_POOL><HOST><ID>0</ID>${own}</HOST></HOST_POOL>`);
  assert.deepEqual([one?.state, one?.vmMad, one?.vms], ['off', 'lxc', ['1', '12']]);
});

test('how increments are told: by changed blocks, unless it says by snapshots', () => {
  const mode = (config: string) =>
    parseVirtualMachines(`<VM_POOL><VM><ID>0</ID><BACKUPS><BACKUP_CONFIG>${config}</BACKUP_CONFIG></BACKUPS></VM></VM_POOL>`)[0]
      ?.incrementMode;
  for (const [config, expected] of [
    ['', 'CBT'],
    ['<INCREMENT_MODE/>', 'CBT'],
    ['<INCREMENT_MODE>CBT</INCREMENT_MODE>', 'CBT'],
    ['<INCREMENT_MODE><![CDATA[SNAPSHOT]]></INCREMENT_MODE>', 'SNAPSHOT'],
    ['<INCREMENT_MODE>snapshot</INCREMENT_MODE>', 'SNAPSHOT'],
  ] as const)
    assert.equal(mode(config), expected, config);
});
