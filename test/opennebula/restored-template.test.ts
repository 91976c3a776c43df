/** What a restore makes of a virtual machine's description, for more kinds of it than the lab has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseVm, restoredTemplate } from '../../lab/opennebula/restored-template.ts';
import { recording } from './recordings.ts';

const base64 = (xml: string): string => Buffer.from(xml).toString('base64');
const template = (xml: string, images: Record<string, string> = {}, options = {}) =>
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
  assert.deepEqual(template(xml, { 0: '10', 3: '11' }), {
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
  assert.deepEqual(template(xml), {
    CONTEXT,
    NIC: [
      { IP: '10.0.0.1', NETWORK: 'a' },
      { IP6: 'fe80::2', NETWORK: 'b' },
    ],
  });
  assert.deepEqual(template(xml, {}, { noIp: true }), { CONTEXT, NIC: [{ NETWORK: 'a' }, { NETWORK: 'b' }] });
  assert.deepEqual(template(xml, {}, { noNic: true }), { CONTEXT });
});

test('the user’s own attributes come along, but not the error of the last backup, and nothing that is empty', () => {
  const xml =
    '<TEMPLATE><OS><UUID>x</UUID></OS><CPU>1</CPU></TEMPLATE>' +
    '<USER_TEMPLATE><ERROR>no</ERROR><LABELS/><NOTE><![CDATA[a < "b"]]></NOTE></USER_TEMPLATE>';
  assert.deepEqual(template(xml), { CPU: '1', NOTE: 'a < "b"' });
});

test('what is no virtual machine is none', () => {
  for (const rubbish of ['', '<VM/>', 'plain words', '<HOST><ID>1</ID></HOST>', '<VM><A>']) {
    assert.deepEqual(restoredTemplate(parseVm(base64(rubbish)) ?? {}, new Map(), {}), {}, rubbish);
  }
});
