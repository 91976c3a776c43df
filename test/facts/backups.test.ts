import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asked, pools } from '../answers.ts';
import { frontend01 } from '../made.ts';

/** The images of the pool are of 2026-11-23, five in the morning. */
const failing = (time: string) =>
  pools.vms.replace(/<USER_TEMPLATE\s*\/>|<USER_TEMPLATE>/, (tag) => {
    const error = `<ERROR><![CDATA[Mon Nov 23 ${time} 2026: BACKUP: Command failed]]></ERROR>`;
    return tag.endsWith('/>') ? `<USER_TEMPLATE>${error}</USER_TEMPLATE>` : `<USER_TEMPLATE>${error}`;
  });
const secret = `Mon Nov 23 23:00:00 2026 [Z0][VMM][I]: CONTEXT=[ PASSWORD="hunter2" ]`;
const cause = `Mon Nov 23 23:00:00 2026 [Z0][VMM][E]: backup:   [STDERR] "Permission denied"`;
const answers = (vms: string, log: string | { stderr: string; code: string } | undefined) =>
  asked({ [frontend01]: { 'virtual-machines': vms, 'log-0': log } });

describe('the log of a VM whose last backup failed', () => {
  test('is read, and no more of it kept than is judged', async () => {
    const { backups } = await answers(failing('23:00:00'), `${secret}\n${cause}\n`);
    const log = backups.logs.get('0');
    assert.ok(log && 'value' in log);
    assert.match(log.value, /Permission denied/);
    assert.doesNotMatch(JSON.stringify(log), /hunter2/);
    assert.match(log.evidence[0]?.command ?? '', /^tail -c 1048576 -- \/var\/log\/one\/0\.log$/);
  });

  test('is not asked for where a restore point is newer, or nothing failed', async () => {
    for (const vms of [failing('01:00:00'), pools.vms]) assert.equal((await answers(vms, cause)).backups.logs.size, 0);
  });

  test('is read where another error may have taken the place of that of a backup', async () => {
    const other = (time: string) => failing(time).replaceAll('BACKUP: Command failed', 'DISK_ATTACH: failed');
    assert.equal((await answers(other('23:00:00'), cause)).backups.logs.size, 1);
    assert.equal((await answers(other('01:00:00'), cause)).backups.logs.size, 0);
  });

  test('is read of VMs of production alone, of twenty, and first where nothing else tells whether a backup failed', async () => {
    const named = (id: number, name: string, error: string) =>
      failing('23:00:00')
        .replace(/^<VM_POOL>|<\/VM_POOL>$/g, '')
        .replace(/<ID>0<\/ID>/, `<ID>${id}</ID>`)
        .replace(/<NAME>[^<]*<\/NAME>/, `<NAME>${name}</NAME>`)
        .replace('BACKUP: Command failed', error);
    const many = [
      ...Array.from({ length: 30 }, (_, at) => named(100 + at, 'backup-compliance-2026-11-29T06-00-00Z-1f3a-boot', 'DISK_ATTACH: failed')),
      ...Array.from({ length: 20 }, (_, at) => named(200 + at, 'db', 'BACKUP: Command failed')),
      named(300, 'mail', 'DISK_ATTACH: failed'),
    ];
    const { backups } = await asked({ [frontend01]: { 'virtual-machines': `<VM_POOL>${many.join('')}</VM_POOL>`, 'log-300': cause } });
    const told = [...backups.logs].map(([id, log]) => [id, 'fault' in log && log.fault]);
    assert.equal(told.length, 21);
    assert.deepEqual(
      [told[0], told.at(-1)],
      [
        ['300', false],
        ['219', 'its log was not read: 20 at most'],
      ],
    );
  });

  test('that cannot be read, or is not reached, is told', async () => {
    const unread = (await answers(failing('23:00:00'), { stderr: 'tail: cannot open: Permission denied', code: '1' })).backups.logs.get(
      '0',
    );
    assert.equal(unread && 'fault' in unread && unread.fault, 'its log could not be read: tail: cannot open: Permission denied');
    const late = (await answers(failing('23:00:00'), undefined)).backups.logs.get('0');
    assert.equal(late && 'fault' in late && late.fault, 'its log was not read in time');
  });
});
