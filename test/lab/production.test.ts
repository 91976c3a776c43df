/** The lab's production: six VMs whose backups are on the backup server, restore, and go on. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { Lab } from '../../lab/machines/lab.ts';
import { stored } from '../../lab/opennebula/backup-images.ts';
import { ids, type Tree, text, trees } from '../../lab/opennebula/tree.ts';
import { COMMAND } from '../rig.ts';

describe('production', () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.up({ hosts: 1, production: true });
  });
  after(() => lab.down());

  const on = async (machine: string, script: string) => (await lab.shell(machine, ['bash', '-c', script])).stdout;
  const vm = async (name: string): Promise<Tree> => (await lab.openNebula()).vms.find((one) => text(one, 'NAME') === name) ?? {};
  const until = async (look: () => Promise<boolean>) => {
    for (let waited = 0; !(await look()); waited += 100) {
      if (waited > 20_000) throw new Error('it never came to be');
      await sleep(100);
    }
  };

  it('has files for all that OpenNebula knows of, and no others, as old as the backups', async () => {
    const expected = stored(await lab.openNebula()).flatMap(({ folder, disks, increment, time }) =>
      [...disks.map((disk) => `disk.${disk}.${increment}`), 'vm.xml'].map((file) => `${folder}/${file} ${time}`),
    );
    const found = await on('backup01', "find /var/lib/one/datastores -type f -printf '%p %Ts\\n'");
    assert.deepEqual(found.trim().split('\n').sort(), expected.sort());
    assert.equal(expected.length, 2 * (3 * 17 + 3 * 10));
    const described = await on(
      'backup01',
      'for file in /var/lib/one/datastores/100/*/*/vm.xml; do base64 -d $file | grep -o "<VM><ID>[0-9]*"; done | sort | uniq -c',
    );
    assert.match(described, /17 <VM><ID>2\n.*17 <VM><ID>3\n.*17 <VM><ID>4\n.*10 <VM><ID>5\n/s);
  });

  it('is drafted by init, with its labels, and with an RPO that its backups keep', async () => {
    const { exitCode, stderr } = await lab.shell('frontend01', [COMMAND, 'init', '--site', '/run/one/drafted.yaml']);
    assert.equal(exitCode, 0, stderr);
    const drafted = await on('frontend01', 'cat /run/one/drafted.yaml');
    // Of Gold a day's backup, every three hours, follows on one of each day before: 27 hours at most.
    assert.match(drafted, /# +vms: all +# 8 VMs now/);
    assert.match(drafted, /# +rpo: 29h +# .*longest gap found is 27 h/);
    assert.match(drafted, /- \{ label: Gold, rpo: 29h \} +# 3 .*\n# +- \{ label: Silver, rpo: 26h \} +# 3 /);
    await on('frontend01', "sed -i '/^# protect:/,/^$/s/^# //' /run/one/drafted.yaml");
    const audit = await lab.shell('frontend01', [
      COMMAND,
      'audit',
      '--site',
      '/run/one/drafted.yaml',
      '--reports',
      'reports',
      '--only',
      'BDS-701',
    ]);
    assert.match(audit.stdout, /BDS-701/, audit.stderr);
    assert.doesNotMatch(audit.stdout, /Unused selector/);
  });

  it('restores: one that is whole, and the last of a chain', async () => {
    for (const name of ['web01', 'mail01']) {
      const image = ids(await vm(name), 'BACKUPS/BACKUP_IDS').at(-1);
      const [, restored] = /Images: (\d+)/.exec(await on('frontend01', `oneimage restore -d default ${image}`)) ?? [];
      await until(async () => (await on('frontend01', `oneimage show -x ${restored}`)).includes('<STATE>1<'));
      const source = text((await lab.openNebula()).images.find(({ ID }) => ID === restored) ?? {}, 'SOURCE');
      const bytes = name === 'web01' ? '5a' : '5b';
      assert.match(
        await on('frontend01', `qemu-io -r -f qcow2 -c 'read -v ${name === 'web01' ? 0 : 65536} 16' ${source}`),
        new RegExp(`(${bytes} ){15}`),
      );
    }
  });

  it('is unprotected in one way after the other, and as before after each', async () => {
    const files = () => on('backup01', "find /var/lib/one/datastores -printf '%p %y %s\\n' | sort");
    // What is measured anew changes.
    const known = async () => JSON.stringify(await lab.openNebula()).replaceAll(/"(FREE|USED)_MB":"\d+"/g, '');
    for (const name of ['last-backup-failed', 'too-few-points', 'backup-files-gone']) {
      const before = [await known(), await files()];
      await breakFault(lab, name);
      assert.notDeepEqual([await known(), await files()], before, name);
      await repairFault(lab, name);
      assert.deepEqual([await known(), await files()], before, name);
    }
  });

  it('goes on: its job backs up all of its own, and what is over of a chain is merged', async () => {
    await on('frontend01', 'onebackupjob backup nightly');
    await until(async () => {
      const [job = {}] = (await lab.openNebula()).jobs;
      const flattening = (await lab.openNebula()).vms.some((one) => text(one, 'BACKUPS/BACKUP_CONFIG/ACTIVE_FLATTEN') === 'YES');
      return ids(job, 'UPDATED_VMS').length === 3 && !flattening;
    });
    const { images, vms } = await lab.openNebula();
    for (const name of ['web02', 'files02', 'mail01']) {
      const found = vms.find((one) => text(one, 'NAME') === name) ?? {};
      const chain = images.find(({ ID }) => ID === ids(found, 'BACKUPS/BACKUP_IDS')[0]) ?? {};
      assert.equal(trees(chain, 'BACKUP_INCREMENTS/INCREMENT').length, 10, name);
      assert.equal(text(chain, 'STATE'), '1', name);
      assert.equal(text(chain, 'TEMPLATE/ERROR'), '', name);
    }
  });
});
