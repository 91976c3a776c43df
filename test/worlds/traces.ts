import type { Lab } from '../../lab/machines/lab.ts';
import { Rig, withoutErrors } from '../rig.ts';
import { changes } from '../snapshot.ts';
import { siteOf } from './judge.ts';
import type { World } from './world.ts';

const LOOK = `
  find /etc /mnt /run /srv /usr/local /var/lib/one \\( -path /etc/alternatives -o -path ~/reports -o -path ~/.cache -o -name site-of-world.yaml \\) -prune -o -printf '%p %M %U:%G %l\\n' 2> /dev/null | sort
  find /etc/ssh ~/.bashrc ~/.one ~/.ssh /usr/local -type f -exec md5sum {} + 2> /dev/null | sort
  sed 's/^/mounted: /' /proc/mounts
  ps -eo args= | grep -E '^sshd.*listener|^ssh-agent|oned[.]ts' | sed 's/ [0-9]* of .*//' | sort
  SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add -l 2>&1
  df --output=target,size,itotal
  command -v rsync qemu-img qemu-io qemu-nbd nbdinfo jq virsh ruby`;

/** The sum of an increment, whose header each restore of its chain rewrites. What else of it must stay as it is, test/gate/sample.test.ts tells. */
const INCREMENT = /^backup01: [0-9a-f]{32} .*\/disk\.\d+\.[1-9]\d*$/;

/** What a fault may change in a lab, a line each, but for the free space that OpenNebula saw when it last looked. */
async function seen(lab: Lab): Promise<string[]> {
  const machines = lab.machines.map(async ({ name }) => {
    const { stdout } = await lab.shell(name, ['bash', '-c', LOOK]);
    return stdout.split('\n').map((line) => `${name}: ${line}`);
  });
  const { datastores, ...cloud } = await lab.openNebula();
  const known = [...datastores.map(({ FREE_MB: _free, USED_MB: _used, ...rest }) => rest), ...Object.values(cloud)];
  return [...(await Promise.all(machines)).flat(), ...known.map((one) => JSON.stringify(one))];
}

/** What a world must leave as it was: all that a drill or a set-up may change in a lab; or what a fault that has a name may. */
export class Traces {
  readonly #rig: Rig;
  #before: string[] = [];

  constructor(lab: Lab, reports: string) {
    this.#rig = new Rig(lab, reports);
  }

  async note(world: World): Promise<void> {
    this.#before = await this.#look(world);
  }

  /** Cleans up after a gate, once all is repaired, and tells what is not as it was. */
  async left(world: World): Promise<string[]> {
    const { profile, site = {} } = world;
    const { exitCode, stdout, stderr } =
      profile === 'gate' ? await this.#rig.suite('cleanup', await siteOf(this.#rig.lab, site)) : { exitCode: 0, stdout: '', stderr: '' };
    const found = changes(this.#before, await this.#look(world));
    if (exitCode === 0 && found.length === 0) return [];
    return [`after the repair, a clean-up ended with exit ${exitCode}: ${stdout}${stderr}`, ...found];
  }

  async #look({ profile, production, faultName }: World): Promise<string[]> {
    if (profile) return withoutErrors(await this.#rig.everything()).filter((line) => !(production && INCREMENT.test(line)));
    return faultName === undefined ? [] : seen(this.#rig.lab);
  }
}
