/** The parts of the stand-in that need no oned: templates, messages, chains, times, and what a restore makes of a virtual machine's description. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainsOf, flattened, merging, overdue, reconstruction } from '../../../lab/opennebula/flatten.ts';
import { backupName, rubyTime } from '../../../lab/opennebula/format.ts';
import { parseVm, restoredTemplate } from '../../../lab/opennebula/restored-template.ts';
import { parseTemplate } from '../../../lab/opennebula/template.ts';
import { text, trees } from '../../../lab/opennebula/tree.ts';
import { failureLines, failureMessage, templateError } from '../../../lab/opennebula/vmlog.ts';
import { recording, shown } from './recordings.ts';

test('a template: attributes are sorted, capitalised, unquoted; repeated ones are kept', () => {
  const source = '# a comment\nname = "a \\"b\\""\n\nB=unquoted\nEMPTY=\nDISK = [ b = "2",\n  A = one ]\nDISK=[]\n';
  assert.deepEqual(parseTemplate(source), { B: 'unquoted', DISK: [{ A: 'one', B: '2' }, {}], EMPTY: '', NAME: 'a "b"' });
  assert.deepEqual(parseTemplate('\n\n# nothing\n'), {});
});

const ERRORS: Record<string, string> = {
  'NAME "x"\n': 'unexpected VARIABLE, expecting EQUAL or EQUAL_EMPTY at line 0, columns 7:8',
  'NAME = two words\n': 'unexpected $end, expecting EQUAL or EQUAL_EMPTY at line 1, columns 17:18',
  'NAME =': 'unexpected $end, expecting OBRACKET or CCDATA or STRING at line 0, columns 5:7',
  ', NAME = "x"\n': 'unexpected COMMA, expecting $end at line 0, columns 1:3',
  'D = [ A = "1" B = "2" ]\n': 'unexpected VARIABLE, expecting COMMA or CBRACKET at line 0, columns 15:16',
  'D = [ A "1" ]\n': 'unexpected VARIABLE, expecting EQUAL at line 0, columns 10:11',
  'D = [ A = "1", ]\n': 'unexpected CBRACKET, expecting VARIABLE at line 1, columns 16:18',
  'NÄME = "x"\n': 'unexpected VARIABLE, expecting EQUAL or EQUAL_EMPTY at line 0, columns 4:6',
};
for (const [source, message] of Object.entries(ERRORS)) {
  test(`no template: ${JSON.stringify(source)}`, () => {
    assert.throws(() => parseTemplate(source), { message: `Parse error: syntax error, ${message}` });
  });
}

const remote = { code: 1, script: 'export LANG=C\nmkdir -p /x\n', stdout: '', stderr: 'mkdir: no\n' };

test('a failure is told twice line by line, and once in one line', () => {
  const failure = { action: 'backup', command: '/driver kvm01', remote, silent: true, says: 'Error: mkdir: no\n' };
  assert.deepEqual(failureLines(failure), [
    ...['[I]: Command execution failed (exit code: 255): /driver kvm01', '[I]: Command failed:', '[I]: export LANG=C', '[I]: mkdir -p /x'],
    ...['[E]: backup: Command failed:', '[E]: backup: export LANG=C', '[E]: backup: mkdir -p /x'],
    ...['[E]: backup:   [STDERR] "mkdir: no\\n"', '[I]: Error: mkdir: no'],
  ]);
  assert.equal(failureLines({ ...failure, silent: false }).at(-3), '[E]: backup:   [STDOUT] ""');
  assert.equal(failureMessage(failure), 'BACKUP: Command failed:export LANG=Cmkdir -p /xError: mkdir: no');
  assert.match(templateError('x'.repeat(100)), /: x{100}$/);
  assert.match(templateError('x'.repeat(101)), /: x{100}\.\.\. see more details in VM log$/);
});

test('a chain is flattened down to what is kept', () => {
  const image = structuredClone(shown('254', 'IMAGE'));
  assert.deepEqual([overdue(image, 3), overdue(image, 0)], [[], []]);
  const merged = overdue(image, 2);
  assert.deepEqual(
    merged.map((increment) => text(increment, 'SOURCE')),
    ['b57e01', 'eff4d3'],
  );
  flattened(image, merged, 43);
  assert.deepEqual(trees(image, 'BACKUP_INCREMENTS/INCREMENT'), [
    { DATE: '1795410287', ID: '1', PARENT_ID: '-1', SIZE: '43', SOURCE: 'eff4d3', TYPE: 'FULL' },
    { DATE: '1795410308', ID: '2', PARENT_ID: '1', SIZE: '2', SOURCE: '3055af', TYPE: 'INCREMENT' },
  ]);
  assert.deepEqual([text(image, 'SIZE'), text(image, 'SOURCE')], ['45', 'b57e01']);
});

test('each disk of a chain is merged by itself', () => {
  const chains = chainsOf(['/s/b/disk.0.1', '/s/a/disk.1.0', '/s/a/disk.0.0', '/s/b/disk.1.1'], ['a', 'b']);
  assert.deepEqual(chains, [
    ['/s/a/disk.1.0', '/s/b/disk.1.1'],
    ['/s/a/disk.0.0', '/s/b/disk.0.1'],
  ]);
  assert.match(reconstruction(chains), /^qemu-img rebase -u -F qcow2 -b '\/s\/a\/disk\.1\.0' '\/s\/b\/disk\.1\.1'\n/);
  assert.match(merging(chains, ["'/s/a/'", "'/s/b/'"]), /\nrm -rf '\/s\/a\/'\necho "\$SIZE"$/);
});

test('times as OpenNebula and Ruby write them', () => {
  const epoch = Date.parse('2026-11-03T05:00:46') / 1000;
  assert.equal(backupName('7', epoch), '7 03-Nov 05.00.46');
  assert.match(rubyTime(epoch), /^2026-11-03 05:00:46 [+-]\d{4}$/);
});

const base64 = (xml: string): string => Buffer.from(xml).toString('base64');
const restored = (xml: string, images: Record<string, string> = {}, options = {}) =>
  restoredTemplate(parseVm(base64(`<VM><ID>7</ID>${xml}</VM>`)) ?? {}, new Map(Object.entries(images)), options);

test('a recorded virtual machine loses what belonged to its first life', () => {
  const vm = parseVm(base64(recording('352').stdout)) ?? {};
  const { SCHED_ACTION: _actions, ...rest } = restoredTemplate(vm, new Map([['0', '4']]), {});
  assert.deepEqual(rest, {
    CPU: '0.1',
    DISK: { DEV_PREFIX: 'vd', IMAGE_ID: '4', PERSISTENT_SNAPSHOTS: 'YES' },
    GRAPHICS: { LISTEN: '127.0.0.1', TYPE: 'VNC' },
    MEMORY: '64',
    OS: { MACHINE: 'q35' },
    SCHED_REQUIREMENTS: 'ID=0',
    VCPU: '1',
  });
});

test('disks: restored ones get their image, CD-ROMs keep theirs, volatile ones come up empty', () => {
  const disks = [
    '<DISK_ID>0</DISK_ID><TYPE>FILE</TYPE><SIZE>9</SIZE><IMAGE>os</IMAGE><IMAGE_ID>1</IMAGE_ID><DEV_PREFIX>vd</DEV_PREFIX>',
    '<DISK_ID>1</DISK_ID><TYPE>CDROM</TYPE><SIZE>9</SIZE><IMAGE_ID>2</IMAGE_ID><READONLY>YES</READONLY>',
    '<DISK_ID>2</DISK_ID><TYPE>fs</TYPE><SIZE>9</SIZE><FORMAT>raw</FORMAT>',
    '<DISK_ID>3</DISK_ID><TYPE>fs</TYPE><SIZE>9</SIZE>',
  ];
  const xml = `<TEMPLATE>${disks.map((disk) => `<DISK>${disk}</DISK>`).join('')}</TEMPLATE>`;
  assert.deepEqual(restored(xml, { 0: '10', 3: '11' }), {
    DISK: [{ DEV_PREFIX: 'vd', IMAGE_ID: '10' }, { IMAGE_ID: '2' }, { SIZE: '9', TYPE: 'fs' }, { IMAGE_ID: '11' }],
  });
});

test('networks: one address each, none, or no network at all', () => {
  const nics = [
    '<NETWORK>a</NETWORK><NIC_ID>0</NIC_ID><IP>10.0.0.1</IP><IP6>fe80::1</IP6><MAC>02:00</MAC><TARGET>one-7-0</TARGET>',
    '<NETWORK>b</NETWORK><IP6>fe80::2</IP6><MAC>02:01</MAC>',
  ];
  const xml = `<TEMPLATE><CONTEXT><DISK_ID>1</DISK_ID><ETH0_IP>10.0.0.1</ETH0_IP><NETWORK>YES</NETWORK></CONTEXT>
    ${nics.map((nic) => `<NIC>${nic}</NIC>`).join('')}</TEMPLATE>`;
  const CONTEXT = { NETWORK: 'YES' };
  const [a, b] = [{ NETWORK: 'a' }, { NETWORK: 'b' }];
  assert.deepEqual(restored(xml), {
    CONTEXT,
    NIC: [
      { IP: '10.0.0.1', ...a },
      { IP6: 'fe80::2', ...b },
    ],
  });
  assert.deepEqual(restored(xml, {}, { noIp: true }), { CONTEXT, NIC: [a, b] });
  assert.deepEqual(restored(xml, {}, { noNic: true }), { CONTEXT });
});

test('the user’s own attributes come along, but not the error of the last backup, and nothing that is empty', () => {
  const xml =
    '<TEMPLATE><OS><UUID>x</UUID></OS><CPU>1</CPU></TEMPLATE>' +
    '<USER_TEMPLATE><ERROR>no</ERROR><LABELS/><NOTE><![CDATA[a < "b"]]></NOTE></USER_TEMPLATE>';
  assert.deepEqual(restored(xml), { CPU: '1', NOTE: 'a < "b"' });
  for (const rubbish of ['', '<VM/>', 'plain words', '<HOST><ID>1</ID></HOST>', '<VM><A>']) {
    assert.deepEqual(restoredTemplate(parseVm(base64(rubbish)) ?? {}, new Map(), {}), {}, rubbish);
  }
});
