/** Ways to get between a test backup, a restore or a set-up and the cloud: what goes wrong only once it is under way. */
import type { Lab } from '../../lab/machines/lab.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { login, type OpenNebula, sh, succeeds } from '../../lab/worlds/tools.ts';
import { type Fault, program } from './faults.ts';
import { knowing } from './ways.ts';
import { blocked } from './world.ts';

/** Nothing waits as long as it may by default, and a busy machine has the time that it needs. */
export const quick = { deadlines: { connect: 5, command: 15, schedule: 15, backup: 40, restore: 40, cleanup: 30 } };
/** For worlds in which somebody is silent, or a deadline passes. A clean-up cannot wait less. */
export const quicker = (deadlines: Readonly<Record<string, number>>) => ({
  deadlines: { connect: 2, command: 8, schedule: 8, backup: 20, restore: 20, cleanup: 10, ...deadlines },
});
/** The drill is of the lab's other virtual machine, which keeps increments. */
export const withIncrements = { ...quick, test_vm: { id: 1, name: 'files01' } };

/** What a requirement of the drill that is not met makes pointless; nothing of the virtual machine that keeps no increments is said by 504. */
export const behind501 = blocked('502', '503', '601');
export const behind502 = blocked('503', '601');
export const theDrill = blocked('501', '502', '503', '601', '602');

/** In a shell on a machine it looks so: output and exit code. */
const seen =
  (machine: string, script: string, looks: RegExp): Fault['isBroken'] =>
  async (lab) => {
    const { exitCode, stdout, stderr } = await lab.shell(machine, ['bash', '-c', script]);
    return looks.test(`${stdout}${stderr}exit ${exitCode}`);
  };

interface Interception {
  /** Program and machine. */
  readonly of: readonly [program: string, machine: string];
  /** Shell pattern of its arguments. */
  readonly when: string;
  /** What it does then, before it goes on as ever, unless this exits. `$real` is the program. */
  readonly act: string;
  /** A harmless call of this kind, and how it ends. */
  readonly tried: string;
  readonly looks: RegExp;
}

/** Some calls of a program do something else. */
export const intercepted = (what: string, { of: [name, machine], when, act, tried, looks }: Interception): Fault =>
  program(what, machine, name, `case "$*" in ${when})\n${act}\n;; esac\nexec $real "$@"`, seen(machine, `${tried} 2>&1`, looks));

/** Some calls of a program fail with a message. */
export const failing = (what: string, how: Omit<Interception, 'act' | 'looks'> & { says: string; exit?: number }): Fault => {
  const { says, exit = 1 } = how;
  const looks = new RegExp(`${says.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\n?exit ${exit}$`);
  return intercepted(what, { ...how, act: `echo '${says}' >&2; exit ${exit}`, looks });
};

/** Some calls of a program take so many seconds longer. */
export const slow = (what: string, how: Omit<Interception, 'act' | 'looks' | 'tried'> & { tried: string; seconds?: number }): Fault =>
  intercepted(what, {
    ...how,
    act: `exec perl -e 'sleep shift; exec @ARGV' ${how.seconds ?? 60} "$real" "$@"`,
    tried: `timeout 1 ${how.tried}`,
    looks: /exit 124$/,
  });

interface Death {
  /** The command of OpenNebula's. */
  readonly of: string;
  /** Shell pattern of its arguments. */
  readonly when: string;
  /** A command that must succeed besides. */
  readonly given?: string;
  /** A harmless call of this kind. */
  readonly tried: string;
}

/** oned dies at the moment of a call; it is started again by the repair. */
export const onedDiesAt = (what: string, { of: name, when, given = 'true', tried }: Death): Fault => {
  const act = `if ${given}; then pkill -f '[o]ned.ts'; while pgrep -f '[o]ned.ts' > /dev/null; do sleep 0.02; done; fi`;
  const fault = intercepted(what, { of: [name, 'frontend01'], when, act, tried, looks: /Failed to open TCP connection/ });
  return { ...fault, ...revived(fault) };
};

/** oned runs again after the repair, and after each look that killed it. */
const revived = ({ repair, isBroken }: Fault): Pick<Fault, 'repair' | 'isBroken'> => ({
  repair: async (lab, memo) => {
    await repair(lab, memo);
    await revive(lab);
  },
  isBroken: (lab) => isBroken(lab).finally(() => revive(lab)),
});

async function revive(lab: Lab): Promise<void> {
  if ((await lab.processes('frontend01', 'oned')).length > 0) return;
  await lab.start('frontend01', 'oned');
  await lab.capacityKnown();
}

/** What arrives on backup01 by rsync, such as a backup, is changed before anybody looks, in its directory; `looks` succeeds there then. */
export const arriving = (what: string, script: string, looks: string): Fault =>
  program(
    what,
    'backup01',
    'rsync',
    `case "$*" in *--server*) ;; *) exec $real "$@" ;; esac
case "$*" in *--sender*) exec $real "$@" ;; esac
$real "$@" || exit
for to; do :; done
cd "$to" || exit
${script}`,
    async (lab) => {
      const send = `rm -rf /tmp/sent; mkdir -p /tmp/sent; cd /tmp/sent; for number in 0 1; do
        qemu-img create -q -f qcow2 disk.0.$number 256M; qemu-io -f qcow2 -c 'write -q -P 0x5a 0 4M' disk.0.$number; done
        echo '<VM><ID>7</ID></VM>' | base64 > vm.xml; rsync -a /tmp/sent/ backup01.example.net:/var/tmp/arrived/; rm -r /tmp/sent`;
      await sh(lab, 'frontend01', send);
      const { exitCode } = await login(lab, 'frontend01', 'backup01', `cd /var/tmp/arrived && { ${looks}; }`);
      await sh(lab, 'backup01', 'rm -r /var/tmp/arrived');
      return exitCode === 0;
    },
  );

/** The machine's SSH server drops all connections at the moment of a call. */
export const cutAt = (what: string, { of: name, when, tried }: { of: string; when: string; tried: string }): Fault => ({
  ...intercepted(what, { of: [name, 'backup01'], when, act: "pkill -9 -f '[s]shd.*: oneadmin'", tried, looks: /^$/ }),
  isBroken: async (lab) => /onnection.* closed|Broken pipe/.test((await login(lab, 'frontend01', 'backup01', tried)).stderr),
});

/** How many increments the second virtual machine keeps; 0 for all. */
export const keepLast = (number: number): Fault =>
  knowing(
    `files01 keeps ${number} increments`,
    ({ vms }) => {
      for (const { BACKUPS } of vms.slice(1)) Object.assign((BACKUPS as Tree).BACKUP_CONFIG as Tree, { KEEP_LAST: String(number) });
    },
    async (lab) => (await lab.shell('frontend01', ['onevm', 'show', '-x', '1'])).stdout.includes(`<KEEP_LAST><![CDATA[${number}]]>`),
  );

/** OpenNebula knows other things, and does not look at datastores again until all is as before; its scheduler goes on. */
export const believing = (what: string, alter: (cloud: OpenNebula) => void, isBroken: Fault['isBroken']): Fault =>
  knowing(
    what,
    (cloud) => {
      cloud.settings.MONITORING_INTERVAL_DATASTORE = 0;
      alter(cloud);
    },
    isBroken,
  );

/** Nothing was registered before: no backup datastore, and its number is free. */
export const unregistered: Fault = {
  ...knowing(
    'OpenNebula has no backup datastore',
    (cloud) => {
      cloud.datastores = cloud.datastores.filter(({ ID }) => ID !== '100');
      cloud.nextId.datastores = 100;
    },
    async (lab) => !(await succeeds(lab, 'frontend01', 'onedatastore', 'show', '100')),
  ),
};

const TEMPLATE = 'ds_rsync_backup.txt';

/** A world of a set-up: the template that it wrote goes with the repair. */
export const settingUp = (fault: Fault): Fault => ({
  ...fault,
  repair: async (lab, memo) => {
    await sh(lab, 'frontend01', `rm -f ${TEMPLATE}*`);
    return fault.repair(lab, memo);
  },
});

/** A template file is there, with this in it. */
export const templateThere = (what: string, content: string, mode = '600'): Fault => ({
  what,
  break: (lab) => sh(lab, 'frontend01', `printf %s "$1" > ${TEMPLATE}; chmod ${mode} ${TEMPLATE}`, content),
  repair: (lab) => sh(lab, 'frontend01', `rm -f ${TEMPLATE}*`),
  isBroken: async (lab) => (await lab.shell('frontend01', ['stat', '-c', '%a %s', TEMPLATE])).stdout === `${mode} ${content.length}\n`,
});

/** The template of the lab's datastore. */
export const TEMPLATE_TEXT = `NAME = "rsync Backups"
TYPE = "BACKUP_DS"
DS_MAD = "rsync"
TM_MAD = "-"
RSYNC_USER = "oneadmin"
RSYNC_HOST = "backup01.example.net"
`;

/** oned looks after no scheduled actions. */
export const noRounds = ({ settings }: OpenNebula): void => {
  settings.MANAGER_TIMER = 0;
};
