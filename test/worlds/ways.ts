/** Ways to bring a lab into a world that several worlds share. */
import type { Lab } from '../../lab/machines/lab.ts';
import { worldNamed } from '../../lab/worlds/index.ts';
import { change } from '../../lab/worlds/opennebula.ts';
import { missing } from '../../lab/worlds/programs.ts';
import { admin, login, type OpenNebula, sh, succeeds } from '../../lab/worlds/tools.ts';

/** How a lab is brought into a world, and out again; see world.ts. */
interface Way {
  readonly what: string;
  readonly break: (lab: Lab) => Promise<unknown>;
  readonly repair: (lab: Lab, memo: string) => Promise<unknown>;
  readonly isBroken: (lab: Lab) => Promise<boolean>;
}

interface Scripts {
  readonly make: string;
  readonly undo: string;
  /** Succeeds when it was made. */
  readonly looks: string;
}

/** Where things lie on the backup server. */
const PLACES = 'storage=/var/lib/one/datastores; own=$storage/100\n';

/** Scripts on one machine, or on several alike, as oneadmin. In them $storage is the storage directory, $own the datastore's. */
export const scripts = (what: string, machines: readonly string[], { make, undo, looks }: Scripts): Way => ({
  what,
  break: (lab) => each(machines, (machine) => sh(lab, machine, PLACES + make)),
  repair: (lab) => each(machines, (machine) => sh(lab, machine, PLACES + undo)),
  isBroken: async (lab) => (await each(machines, (machine) => succeeds(lab, machine, 'bash', '-euc', PLACES + looks))).every(Boolean),
});

/** The same with the power to mount. What was there before lies in /mnt, if `aside` is run. */
export const mounts = (what: string, machines: readonly string[], { make, undo, looks }: Scripts): Way => ({
  ...scripts(what, machines, { make, undo, looks }),
  break: (lab) => each(machines, (machine) => admin(lab, machine, PLACES + make)),
  repair: (lab) => each(machines, (machine) => admin(lab, machine, PLACES + undo)),
});

/** Takes the backup volume away from $storage, and brings it back. */
export const aside = 'mkdir /mnt; mount -n --move $storage /mnt; ';
export const asBefore = '; mkdir -p $storage; chmod 775 $storage; mount -n --move /mnt $storage; rmdir /mnt';

/** A small volume, half full. */
export const small = (at: string) => `mount -n -t tmpfs -o size=4m,mode=1777 small ${at}; head -c 2M /dev/zero > ${at}/filler; `;

const each = <T>(machines: readonly string[], work: (machine: string) => Promise<T>): Promise<T[]> => Promise.all(machines.map(work));

/** A bash script in place of a program; in it $real is the program. `looks` is what a person sees who logs in and runs `asked`: exit code and output. */
export const instead = (
  program: string,
  machines: readonly string[],
  { what, script, looks, asked = `timeout 1 ${program} --version` }: { what: string; script: string; looks: RegExp; asked?: string },
): Way => ({
  what: `${program} on ${machines.join(' and ')} ${what}`,
  break: (lab) =>
    each(machines, (machine) =>
      sh(
        lab,
        machine,
        'cd /usr/local/bin; printf %s "$2" > "$1"; chmod 755 "$1"',
        program,
        `#!/bin/bash\nreal=/usr/bin/${program}\n${script}\n`,
      ),
    ),
  repair: (lab) => each(machines, (machine) => sh(lab, machine, `rm /usr/local/bin/${program}`)),
  isBroken: async (lab) => {
    const seen = await each(machines, (machine) => login(lab, 'frontend01', machine, `${asked}; exit $?`));
    return seen.every(({ exitCode, stdout, stderr }) => looks.test(`exit ${exitCode} ${stdout}${stderr}`));
  },
});

/** A program that answers --version by a script, and does all else as ever. */
export const answering = (
  program: string,
  machines: readonly string[],
  { what, script, looks }: { what: string; script: string; looks: RegExp },
): Way => instead(program, machines, { what, script: `[ "$*" = --version ] || exec $real "$@"\n${script}`, looks });

/** A program that says it is of another version. */
export const saying = (program: string, machines: readonly string[], version: string, stderr = ''): Way => {
  const [first = ''] = version.split('\n');
  const looks = new RegExp(`^exit 0 ${first.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
  const warning = stderr && `echo '${stderr}' >&2\n`;
  return answering(program, machines, { what: `says “${first}”`, script: `${warning}cat << 'TEXT'\n${version}\nTEXT`, looks });
};

/** Machines that lack a program. */
export const without = (program: string, machines: readonly string[]): Way =>
  together(`${machines.join(' and ')} have no ${program}`, ...machines.map((machine) => missing(program, machine, '')));

/** OpenNebula knows other things. */
export const knowing = (what: string, alter: (cloud: OpenNebula) => void, looks: (lab: Lab) => Promise<boolean>): Way => ({
  what,
  break: (lab) =>
    change(lab, (cloud) => {
      const memo = JSON.stringify(cloud);
      alter(cloud);
      return memo;
    }),
  repair: (lab, memo) =>
    change(lab, (cloud) => {
      Object.assign(cloud, JSON.parse(memo));
      return '';
    }),
  isBroken: looks,
});

/** No virtual machine keeps increments. */
export const noIncrements = knowing(
  'no virtual machine keeps increments',
  ({ vms }) => {
    for (const { BACKUPS } of vms) Object.assign(BACKUPS as object, { BACKUP_CONFIG: {} });
  },
  async (lab) => !(await lab.shell('frontend01', ['onevm', 'list', '-x', '--extended'])).stdout.includes('INCREMENT</MODE>'),
);

/** One way, then another. */
export function together(what: string, ...ways: Way[]): Way {
  return {
    what,
    break: async (lab) => {
      const memos: unknown[] = [];
      for (const way of ways) memos.push(await way.break(lab));
      return JSON.stringify(memos);
    },
    repair: async (lab, memo) => {
      const memos = JSON.parse(memo) as unknown[];
      for (const [index, way] of [...ways.entries()].reverse()) await way.repair(lab, typeof memos[index] === 'string' ? memos[index] : '');
    },
    isBroken: async (lab) => {
      for (const way of ways) if (!(await way.isBroken(lab))) return false;
      return true;
    },
  };
}

/** What the lab itself can break, to be put together with something else. */
export const broken = (name: string): Way => worldNamed(name);

/** A second system datastore, 105; hypervisors need not have a directory of it yet. */
export const secondSystemDatastore = knowing(
  'there are two system datastores',
  ({ datastores }) => {
    const system = datastores.find(({ TYPE }) => TYPE === '1');
    datastores.push({ ...system, ID: '105', NAME: 'fast', BASE_PATH: '/var/lib/one//datastores/105' });
  },
  async (lab) => (await lab.shell('frontend01', ['onedatastore', 'list', '-x'])).stdout.includes('datastores/105'),
);

/** The virtual machine that keeps increments is powered off. */
export const poweredOff = knowing(
  'the virtual machine that keeps increments is powered off',
  ({ vms }) => Object.assign(vms[1] as object, { STATE: '8', LCM_STATE: '0' }),
  async (lab) => (await lab.shell('frontend01', ['onevm', 'show', '-x', '1'])).stdout.includes('<STATE>8<'),
);

/** As `answering`, and it does not end when it is told to. */
export const stubborn = (program: string, machines: readonly string[]): Way =>
  instead(program, machines, {
    what: 'hangs, and does not end when it is told to',
    script: `[ "$*" = --version ] || exec $real "$@"\ntrap '' TERM\nfor ((;;)); do sleep 1; done`,
    asked: `timeout -k 1 1 ${program} --version`,
    looks: /^exit 137/,
  });
