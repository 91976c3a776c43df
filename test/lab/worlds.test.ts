/** Each world breaks what it says, and repairing it leaves every machine exactly as it was. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Lab } from '../../lab/machines/lab.ts';
import { breakFault, brokenFaults, repairFault, WORLDS } from '../../lab/worlds/index.ts';

const LOOK = `
  find /etc /mnt /run /srv /usr/local /var/lib/one -path /etc/alternatives -prune -o -printf '%p %M %U:%G %l\\n' 2> /dev/null | sort
  find /etc/ssh ~/.bashrc ~/.one ~/.ssh /usr/local -type f -exec md5sum {} + 2> /dev/null | sort
  sed 's/^/mounted: /' /proc/mounts
  ps -eo args= | grep -E '^sshd.*listener|^ssh-agent|oned[.]ts' | sed 's/ [0-9]* of .*//' | sort
  SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add -l 2>&1
  df --output=target,size,itotal
  command -v rsync qemu-img qemu-io qemu-nbd nbdinfo jq virsh ruby`;

/** All that can be seen of a lab, a line each, but for the free space OpenNebula saw when it last looked. */
async function seen(lab: Lab): Promise<string[]> {
  const machines = lab.machines.map(async ({ name }) => {
    const { stdout } = await lab.shell(name, ['bash', '-c', LOOK]);
    return stdout.split('\n').map((line) => `${name}: ${line}`);
  });
  const { datastores, ...cloud } = await lab.openNebula();
  const known = [...datastores.map(({ FREE_MB: _free, USED_MB: _used, ...rest }) => rest), ...Object.values(cloud)];
  return [...(await Promise.all(machines)).flat(), ...known.map((one) => JSON.stringify(one))];
}

describe('a world breaks something, and repairing it leaves nothing changed:', () => {
  let lab: Lab;
  let whole: string[];
  before(async () => {
    lab = await Lab.up();
    whole = await seen(lab);
  });
  after(() => lab.down());

  for (const { name, what } of WORLDS) {
    it(`${name}: ${what}`, async () => {
      await breakFault(lab, name); // which looks before whether it is whole, and after whether it is broken
      assert.deepEqual(brokenFaults(lab), [name]);
      await repairFault(lab, name); // which looks whether it is whole
      assert.deepEqual(brokenFaults(lab), []);
      const now = await seen(lab);
      const gone = whole.filter((line) => !now.includes(line));
      const added = now.filter((line) => !whole.includes(line));
      assert.deepEqual({ gone, added }, { gone: [], added: [] });
    });
  }
});
