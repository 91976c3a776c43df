/** Ways to break a lab that several worlds share: each says how, how to undo it, and how a person would see it. */
import type { Lab } from '../../lab/machines/lab.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { altered, change, scheduledBackup } from '../../lab/worlds/opennebula.ts';
import { missing } from '../../lab/worlds/programs.ts';
import { admin, login, loginOverHost, type OpenNebula, sh } from '../../lab/worlds/tools.ts';

export interface Fault {
  readonly what: string;
  readonly break: (lab: Lab) => Promise<unknown>;
  readonly repair: (lab: Lab, memo: string) => Promise<unknown>;
  readonly isBroken: (lab: Lab) => Promise<boolean>;
}
type Looks = Fault['isBroken'];

const SSH = '/var/lib/one/.ssh';
const AGENT = '/var/run/one/ssh-agent.sock';

/** For worlds in which somebody is silent: nobody waits long. */
export const impatient = { deadlines: { connect: 1, command: 2 } };

/** Somebody who logs in from one machine to another is told so, or answered so. */
export const loginSays =
  (from: string, to: string, words: RegExp, command = 'true'): Looks =>
  async (lab) => {
    const { stdout, stderr } = await login(lab, from, to, command);
    return words.test(`${stdout}\n${stderr}`);
  };

/** Somebody who takes the driver's path over a host is told so. */
export const overHostSays =
  (host: string, words: RegExp): Looks =>
  async (lab) => {
    const { stdout, stderr } = await loginOverHost(lab, host);
    return words.test(`${stdout}\n${stderr}`);
  };

/** A command on a machine prints so, on whichever output. */
export const prints =
  (machine: string, words: RegExp, ...argv: string[]): Looks =>
  async (lab) => {
    const { stdout, stderr } = await lab.shell(machine, argv);
    return words.test(`${stdout}\n${stderr}`);
  };

async function restart(lab: Lab, machine: string): Promise<void> {
  await lab.stop(machine, 'sshd');
  await lab.start(machine, 'sshd');
}

interface Change {
  readonly on: string;
  /** What the script touches; all of it is put back as it was. */
  readonly files: readonly string[];
  readonly script: string;
  /** Its SSH server must read its settings again. */
  readonly restart?: boolean;
}

/** Files of a machine changed by a script. */
export const files = (what: string, { on, files: touched, script, restart: again = false }: Change, isBroken: Looks): Fault => {
  const places = touched.map((file) => `'${file}'`).join(' ');
  return {
    what,
    break: async (lab) => {
      const memo = await sh(lab, on, `cd /; tar --ignore-failed-read -cPf - ${places} 2> /dev/null | base64 -w 0`);
      await sh(lab, on, script);
      if (again) await restart(lab, on);
      return memo;
    },
    repair: async (lab, memo) => {
      await lab.shell(on, ['bash', '-euc', `cd /; rm -rf ${places}; base64 -d | tar -xpPf -`], { input: memo });
      if (again) await restart(lab, on);
    },
    isBroken,
  };
};

/** The SSH server of a machine with other settings, which come first and so win. */
export const sshd = (what: string, on: string, lines: string, isBroken: Looks): Fault =>
  files(what, { on, files: ['/etc/ssh/sshd_config'], script: `sed -i '1i ${lines}' /etc/ssh/sshd_config`, restart: true }, isBroken);

/** The SSH client of oneadmin on a machine with other settings, which come first and so win. */
export const client = (what: string, on: string, lines: string, isBroken: Looks, more = ''): Fault =>
  files(what, { on, files: [SSH], script: `${more}\nsed -i '1i ${lines}' ${SSH}/config` }, isBroken);

/** A packet filter on a machine. */
export const filter = (what: string, on: string, hook: 'input' | 'output', rule: string, isBroken: Looks): Fault => ({
  what,
  break: (lab) => admin(lab, on, `nft 'table inet lab { chain ${hook} { type filter hook ${hook} priority 0; ${rule}; }; }'`),
  repair: (lab) => admin(lab, on, 'nft delete table inet lab'),
  isBroken,
});

/** A machine's SSH server replaced by something that is none: `talk` is Perl, with the caller as `$c`. */
export const impostor = (what: string, on: string, talk: string, isBroken: Looks): Fault => ({
  what,
  break: async (lab) => {
    await lab.stop(on, 'sshd');
    const listen = `use IO::Socket::INET; use Socket; $SIG{CHLD} = "IGNORE"; $SIG{PIPE} = "IGNORE";
      my $s = IO::Socket::INET->new(LocalPort => 22, Listen => 50, ReuseAddr => 1) or die; open(my $f, ">", "/run/listens");
      while (1) { my $c = $s->accept or next; if (fork) { close $c; next } $c->autoflush(1); ${talk}; exit }`;
    return sh(
      lab,
      on,
      `rm -f /run/listens; setsid perl -e "$1" < /dev/null > /dev/null 2>&1 & echo $!
      until [ -e /run/listens ]; do sleep 0.02; done`,
      listen,
    );
  },
  repair: async (lab, memo) => {
    await sh(lab, on, `kill -- -${memo.trim()}; while kill -0 ${memo.trim()} 2> /dev/null; do sleep 0.02; done; rm /run/listens`);
    await lab.start(on, 'sshd');
  },
  isBroken,
});

/** A program of a machine replaced by a script; `$real` is the one that it replaces. */
export const program = (what: string, on: string, name: string, script: string, isBroken: Looks): Fault => ({
  what,
  break: (lab) =>
    sh(
      lab,
      on,
      `real=$(command -v ${name}); cd /usr/local/bin; if [ -e ${name} ]; then mv ${name} .${name}.off; real=$PWD/.${name}.off; fi
      printf '%s\\n' '#!/bin/sh' "real=$real" "$1" > .${name}.new; chmod 755 .${name}.new; mv .${name}.new ${name}`,
      script,
    ),
  repair: async (lab) => {
    const put = `cd /usr/local/bin; if [ -e .${name}.off ]; then mv .${name}.off ${name}; else rm ${name}; fi`;
    // Not by sh: it may be bash that was replaced.
    await lab.shell(on, ['/bin/sh', '-c', put]);
  },
  isBroken,
});

/** One of OpenNebula's commands replaced on the front-end. */
export const command = (what: string, name: 'onehost' | 'onedatastore' | 'onevm', script: string, looks: RegExp): Fault =>
  program(what, 'frontend01', name, script, prints('frontend01', looks, name, 'list', '-x'));

/** A program that is not there. */
export const lacking = (name: string, on: string): Fault => missing(name, on, '');

/** OpenNebula's backup datastore with other attributes. */
export const datastore = (what: string, alter: (datastore: Tree, template: Tree) => void, looks: RegExp): Fault => {
  const by = altered('', what, alter, looks);
  // By name it is not found where its name is what was altered.
  return { ...by, isBroken: prints('frontend01', looks, 'onedatastore', 'show', '-x', '100') };
};

/** What OpenNebula knows, changed; nothing of it is looked at again, nor any scheduled action begun, until all is as before. */
export const known = (what: string, edit: (cloud: OpenNebula) => void, isBroken: Looks): Fault => ({
  what,
  break: (lab) =>
    change(lab, (cloud) => {
      const memo = JSON.stringify(cloud);
      Object.assign(cloud.settings, { MONITORING_INTERVAL_DATASTORE: 0, MANAGER_TIMER: 0 });
      edit(cloud);
      return memo;
    }),
  repair: (lab, memo) => change(lab, (cloud) => JSON.stringify(Object.assign(cloud, JSON.parse(memo)))),
  isBroken,
});

/** OpenNebula's hosts are others. */
export const hosts = (what: string, edit: (cloud: OpenNebula) => void, looks: RegExp): Fault =>
  known(what, edit, prints('frontend01', looks, 'onehost', 'list', '-x'));

/** Another host, which it takes for a good one. */
export function addHost(cloud: OpenNebula, name: string, state = '2'): void {
  const [first] = cloud.hosts;
  cloud.hosts.push({ ...structuredClone(first ?? {}), ID: String(cloud.hosts.length), NAME: name, STATE: state, VMS: {} });
}

/** A virtual machine's scheduled backups are these. */
export function schedule(cloud: OpenNebula, vm: number, ...actions: (Tree & { ID: string })[]): void {
  const found = cloud.vms[vm] ?? {};
  Object.assign(found.TEMPLATE as Tree, { SCHED_ACTION: actions });
  found.SCHED_ACTIONS = { ID: actions.map(({ ID }) => ID) };
}

/** A scheduled backup to the declared datastore, so many minutes ago. */
export const backupDue = (id: string, minutes: number, error = '', more: Tree = {}): Tree & { ID: string } => ({
  ...scheduledBackup(id, '100,0', Math.floor(Date.now() / 1000) - minutes * 60, error),
  ...more,
  ID: id,
});

/** The front-end's agent is started anew with other keys, or none, or elsewhere. */
export const agent = (what: string, script: string, isBroken: Looks): Fault => ({
  what,
  break: (lab) => sh(lab, 'frontend01', `export SSH_AUTH_SOCK=${AGENT}; ${script}`),
  repair: async (lab) => {
    if ((await lab.processes('frontend01', 'agent')).length > 0) {
      await lab.signal('frontend01', 'agent', 'CONT');
      await lab.stop('frontend01', 'agent');
    }
    await sh(
      lab,
      'frontend01',
      `rm -rf ${AGENT} /tmp/keys /run/one/other.sock; if [ -e ${SSH}/id_off ]; then mv ${SSH}/id_off ${SSH}/id_ed25519; fi`,
    );
    await lab.start('frontend01', 'agent');
  },
  isBroken,
});

/** What a person sees who asks the front-end's agent for its keys. */
export const agentSays = (words: RegExp): Looks =>
  prints('frontend01', words, 'timeout', '1', 'env', `SSH_AUTH_SOCK=${AGENT}`, 'ssh-add', '-l');

/** Several at once, undone in the opposite order. */
export const together = (what: string, faults: readonly Fault[], isBroken: Looks): Fault => ({
  what,
  break: async (lab) => {
    const memos: string[] = [];
    for (const fault of faults) {
      const memo = await fault.break(lab);
      memos.push(typeof memo === 'string' ? memo : '');
    }
    return JSON.stringify(memos);
  },
  repair: async (lab, memo) => {
    const memos = JSON.parse(memo) as string[];
    for (const [index, fault] of [...faults.entries()].toReversed()) await fault.repair(lab, memos[index] ?? '');
  },
  isBroken,
});

/** The SSH server of backup01 has a host key of another type, besides its own or instead of it. */
export const hostKeyOn = (type: 'rsa' | 'ecdsa', how: 'besides' | 'instead', isBroken: Looks): Fault => {
  const key = `/etc/ssh/ssh_host_${type}_key`;
  const named = how === 'besides' ? `sed -i '1i HostKey ${key}'` : `sed -i 's#^HostKey .*#HostKey ${key}#'`;
  const script = `ssh-keygen -q -t ${type} -N '' -f ${key}; ${named} /etc/ssh/sshd_config`;
  return files(`backup01 has a host key of type ${type}`, { on: 'backup01', files: ['/etc/ssh'], script, restart: true }, isBroken);
};

/** A machine has backup01's host key of that type in known_hosts, for these names, and no other for them. */
export const hostKeyKnown = (
  on: string,
  type: 'rsa' | 'ecdsa',
  isBroken: Looks,
  names = '198.18.2.1,backup01.example.net,backup01',
): Fault => {
  const script = `found=$(ssh-keyscan -t ${type} backup01 2> /dev/null); cd ~/.ssh
    perl -i -ne 'my ($names, $key) = split / /, $_, 2; my @kept = grep { ",${names}," !~ /,\\Q$_\\E,/ } split /,/, $names;
      print join(",", @kept) . " $key" if @kept' known_hosts
    echo "${names} \${found#* }" >> known_hosts`;
  return files(`${on} knows the host key of type ${type}`, { on, files: [SSH], script }, isBroken);
};
