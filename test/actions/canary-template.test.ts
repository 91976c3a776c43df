import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canaryTemplate, fitness, requireCanary } from '../../support/actions/canary-template.ts';
import type { Cloud, Machines } from '../../support/facts/cloud.ts';
import type { Command } from '../../support/machines/shell.ts';
import { type DiskImage, parseVmTemplate } from '../../support/opennebula/vm-template.ts';
import { UsageError } from '../../support/outcome/errors.ts';
import { evidence, wholeCloud } from '../made.ts';

const disk = (parts: string) => `<DISK>${parts}</DISK>`;
const template = (parts: string) => `<VMTEMPLATE><ID>3</ID><NAME>backup-canary</NAME><TEMPLATE>${parts}</TEMPLATE></VMTEMPLATE>`;
const image = (changes: Partial<DiskImage> = {}): DiskImage => ({
  id: '5',
  name: 'tiny',
  isCdrom: false,
  isPersistent: false,
  sizeMb: 256,
  ...changes,
});
const { site } = wholeCloud();
const canary = { template: 'backup-canary', at_once: 2, per_run: 10, proven_within: 86_400, hosts: 'all' as const };

describe('canaries can be made of a template', () => {
  const cases: readonly (readonly [what: string, parts: string, images: Readonly<Record<string, DiskImage>>, says: RegExp | number])[] = [
    ['with a disk of an image', disk('<IMAGE_ID>5</IMAGE_ID>'), { 5: image() }, 256],
    ['with an image by its name, and a volatile disk', disk('<IMAGE>tiny</IMAGE>') + disk('<SIZE>100</SIZE>'), { tiny: image() }, 356],
    ['that makes the disk larger', disk('<IMAGE_ID>5</IMAGE_ID><SIZE>1024</SIZE>'), { 5: image() }, 1024],
    [
      'with a NIC',
      `${disk('<IMAGE_ID>5</IMAGE_ID>')}<NIC><NETWORK>x</NETWORK></NIC>`,
      { 5: image() },
      /without network, devices and RAW, found NIC in it\. Remove it/,
    ],
    ['with a device of the host', `${disk('<IMAGE_ID>5</IMAGE_ID>')}<PCI/>`, { 5: image() }, /found PCI in it/],
    [
      'with words for libvirt',
      `${disk('<IMAGE_ID>5</IMAGE_ID>')}<RAW><DATA><![CDATA[<devices/>]]></DATA><TYPE>kvm</TYPE></RAW>`,
      { 5: image() },
      /found RAW in it/,
    ],
    [
      'with none for libvirt',
      `${disk('<IMAGE_ID>5</IMAGE_ID>')}<RAW><DATA> </DATA></RAW><RAW><DATA_VMX>x</DATA_VMX></RAW>`,
      { 5: image() },
      256,
    ],
    ['with a persistent image', disk('<IMAGE_ID>5</IMAGE_ID>'), { 5: image({ isPersistent: true }) }, /found image 5 “tiny”, which is/],
    ['without an image', disk('<SIZE>100</SIZE>'), {}, /nothing to back up/],
    ['that is just small enough', disk('<IMAGE_ID>5</IMAGE_ID>'), { 5: image({ sizeMb: 51_200 }) }, 51_200],
    [
      'that is too large',
      disk('<IMAGE_ID>5</IMAGE_ID>'),
      { 5: image({ sizeMb: 51_201 }) },
      /at most 51200 MiB together \(restore\.sample\.max_size\), found 51201 MiB/,
    ],
  ];
  for (const [what, parts, images, says] of cases)
    test(what, () => {
      const { unfit, sizeMb } = fitness(parseVmTemplate(template(parts)), new Map(Object.entries(images)), site);
      if (typeof says === 'number') assert.deepEqual([unfit, sizeMb], [undefined, says]);
      else assert.match(unfit ?? '', says);
    });

  test('no larger than a sample may be, where one is declared', () => {
    const small = { ...site, restore: { ...site.restore, sample: { vms: 1, max_size: 255 } } };
    const { unfit } = fitness(parseVmTemplate(template(disk('<IMAGE_ID>5</IMAGE_ID>'))), new Map([['5', image()]]), small);
    assert.match(unfit ?? '', /at most 255 MiB/);
  });
});

/** OpenNebula with these templates, by what it is asked. */
function cloud(templates: readonly string[], answers: Readonly<Record<string, string>> = {}, hosts: 'all' | string[] = 'all') {
  let closed = 0;
  const said: Record<string, string> = {
    'onetemplate list -x': `<VMTEMPLATE_POOL>${templates.map((name, id) => `<VMTEMPLATE><ID>${id}</ID><NAME>${name}</NAME></VMTEMPLATE>`).join('')}</VMTEMPLATE_POOL>`,
    'onetemplate show -x 0': template(disk('<IMAGE_ID>5</IMAGE_ID>')),
    'oneimage show -x 5': '<IMAGE><ID>5</ID><NAME>tiny</NAME><SIZE>256</SIZE><PERSISTENT>0</PERSISTENT></IMAGE>',
    ...answers,
  };
  const run = ({ argv }: Command) => {
    const command = argv.join(' ');
    const stdout = said[command];
    return Promise.resolve(evidence({ command, stdout: stdout ?? '', exitCode: stdout === undefined ? 255 : 0 }));
  };
  const machines = {
    site: { ...site, restore: { ...site.restore, canary: { ...canary, hosts } } },
    onFrontend: { run },
  } as unknown as Machines;
  const whole = { ...machines, frontend: () => Promise.resolve(wholeCloud().frontend), close: () => (closed += 1) } as unknown as Cloud;
  return { machines, whole, closed: () => closed };
}

describe('the declared template', () => {
  test('is found by its name, with the images of its disks', async () => {
    const looked = await canaryTemplate(cloud(['backup-canary', 'other']).machines);
    assert.deepEqual('value' in looked && looked.value, { id: '3', sizeMb: 256 });
    assert.equal(looked.evidence.length, 3);
  });

  const refused: readonly (readonly [what: string, of: ReturnType<typeof cloud>, says: RegExp])[] = [
    ['there is none', cloud(['other']), /restore\.canary\.template “backup-canary”: found no template of that name/],
    ['there are two', cloud(['backup-canary', 'backup-canary']), /found 2 templates of that name in OpenNebula: 0, 1\. Rename one\.$/],
    [
      'an image of it is persistent',
      cloud(['backup-canary'], {
        'oneimage show -x 5': '<IMAGE><ID>5</ID><NAME>tiny</NAME><SIZE>256</SIZE><PERSISTENT>1</PERSISTENT></IMAGE>',
      }),
      /expected images that are not persistent/,
    ],
    [
      'a host is named that there is not',
      cloud(['backup-canary'], {}, ['kvm01', 'kvm07']),
      /restore\.canary\.hosts: expected names of hosts .* found kvm07\./,
    ],
  ];
  for (const [what, { whole, closed }, says] of refused)
    test(`${what}: the run does not begin`, async () => {
      await assert.rejects(requireCanary(whole, false), (error) => error instanceof UsageError && says.test(error.message));
      assert.equal(closed(), 1);
    });

  test('cannot be looked at: the run begins, and says so', async () => {
    const { whole, machines } = cloud([], { 'onetemplate list -x': 'x' });
    await requireCanary(whole, false);
    assert.ok('fault' in (await canaryTemplate(machines)));
  });

  test('is wanted of all hosts, and not declared', async () => {
    const { whole } = cloud([]);
    const without = Object.assign(whole, { site });
    await requireCanary(without, false);
    await assert.rejects(requireCanary(without, true), /--all-hosts: expected restore\.canary in the site file, found none/);
  });
});
