import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireTestVm } from '../../support/actions/test-vm.ts';
import type { Cloud } from '../../support/facts/cloud.ts';
import type { FrontendFacts } from '../../support/facts/frontend.ts';
import { UsageError } from '../../support/outcome/errors.ts';
import type { Site } from '../../support/site/schema.ts';
import { datastore, looked, unread, virtualMachine, wholeCloud } from '../made.ts';

const declared = { id: 0, name: 'backup-probe', max_size: 256 };
type Changes = { site?: Partial<Site>; frontend?: Partial<FrontendFacts> };
const required = async ({ site = {}, frontend = {} }: Changes) => {
  const whole = wholeCloud();
  let closed = 0;
  const facts = {
    ...whole.frontend,
    virtualMachines: looked([virtualMachine({ name: 'backup-probe' }), virtualMachine({ id: '7', name: 'production' })], ''),
    datastores: looked([datastore(), datastore({ id: '1', name: 'default', type: 'img' })], ''),
    ...frontend,
  };
  const at = { site: { ...whole.site, test_vm: declared, ...site }, frontend: async () => facts, close: () => (closed += 1) };
  const error = await requireTestVm(at as unknown as Cloud).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.equal(closed, error === undefined ? 0 : 1, 'the connection is closed when it is over');
  if (error !== undefined) assert.ok(error instanceof UsageError);
  return error?.message ?? '';
};

test('as declared: nothing is said', async () => assert.equal(await required({}), ''));
for (const pool of ['virtualMachines', 'datastores'] as const)
  test(`OpenNebula does not list its ${pool}: the run begins, and says so itself`, async () =>
    assert.equal(await required({ frontend: { [pool]: unread('no', '') } }), ''));

const of = (changes: Partial<typeof declared>): Changes => ({ site: { test_vm: { ...declared, ...changes } } });
const into = (name: string): Changes => ({ site: { restore: { datastore: name, tmp_dir: '/var/tmp', boot: true } } });
const rows: Readonly<Record<string, readonly [changes: Changes, says: RegExp]>> = {
  'none is declared': [{ site: { test_vm: undefined } } as unknown as Changes, /^test_vm: missing\. .*declare its id and name/],
  'another name': [of({ name: 'probe' }), /^test_vm: expected VM 0 to be “probe”, found in OpenNebula that VM 0 is “backup-probe”\. /],
  'another id': [of({ id: 7 }), /VM 7 is “production”, and “backup-probe” is 0\. The gate touches none/],
  'no such id': [of({ id: 8 }), /there is no VM 8, and “backup-probe” is 0\./],
  'none at all': [{ frontend: { virtualMachines: looked([], '') } }, /there is no VM 0\. /],
  'a name in other letters': [of({ name: 'Backup-Probe' }), /“Backup-Probe”/],
  'disks that are too large': [
    of({ max_size: 255 }),
    /^test_vm\.max_size: the disks of “backup-probe” \(0\) are 256 MiB together, expected at most 255 MiB/,
  ],
  'a restore into a backup datastore': [
    into('rsync Backups'),
    /^restore\.datastore: expected “rsync Backups” to be an image datastore, found one of type bck/,
  ],
  'two datastores to restore into': [
    {
      frontend: { datastores: looked([datastore({ id: '1', name: 'default', type: 'img' }), datastore({ id: '7', name: 'default' })], '') },
    },
    /^restore\.datastore: expected one datastore “default”, found 2 in OpenNebula: 1, 7\. /,
  ],
  'a restore into nowhere': [into('nowhere'), /found none of that name/],
};
for (const [what, [changes, says]] of Object.entries(rows))
  test(`${what}: exit 3, and why`, async () => assert.match(await required(changes), says));
