/** Faults in which one machine does not get through to another. */
import { newKey } from '../machines/keys.ts';
import {
  AGENT,
  admin,
  each,
  type Fault,
  type Looks,
  loginOverHost,
  loginSays,
  type On,
  overHostSays,
  prints,
  sh,
  unseen,
} from './fault.ts';

const SSH = '/var/lib/one/.ssh';
const HOST_KEY = '/etc/ssh/ssh_host_ed25519_key';

interface Change {
  /** What the script touches; all of it is put back as it was. */
  readonly files: readonly string[];
  readonly script: string;
  /** The machine's SSH server must read its settings again. */
  readonly restart?: boolean;
  readonly looks?: Looks;
}

/** Files of a machine changed by a script, as oneadmin. */
export const files = (what: string, on: string, { files: touched, script, restart: again = false, looks = unseen }: Change): Fault => {
  const places = touched.map((file) => `'${file}'`).join(' ');
  return {
    what,
    break: async (lab) => {
      const memo = await sh(lab, on, `cd /; tar --ignore-failed-read -cPf - ${places} 2> /dev/null | base64 -w 0`);
      await sh(lab, on, script);
      if (again) await lab.restart(on, 'sshd');
      return memo;
    },
    repair: async (lab, memo) => {
      await lab.shell(on, ['bash', '-euc', `cd /; rm -rf ${places}; base64 -d | tar -xpPf -`], { input: memo });
      if (again) await lab.restart(on, 'sshd');
    },
    isBroken: looks,
  };
};

/** oneadmin's .bashrc on these machines begins with a line, which a login and a command run alike. */
export const bashrc = (what: string, on: On, { line, looks }: { line: string; looks?: Looks }): Fault => ({
  what,
  break: (lab) => each(on, (machine) => sh(lab, machine, `sed -i '1i ${line}' ~/.bashrc`)),
  repair: (lab) => each(on, (machine) => sh(lab, machine, 'sed -i 1d ~/.bashrc')),
  isBroken:
    looks ??
    (async (lab) => {
      const lines = await each(on, (machine) => sh(lab, machine, 'head -n 1 ~/.bashrc'));
      return lines.every((first) => first === `${line}\n`);
    }),
});

/** A script: oneadmin remembers the host key of kvm02 for another machine. */
export const otherKey = (of: string): string =>
  `sed -i -E '/${of}/s# [^ ]+( [^ ]*)?$# '$(sed -n '/kvm02/s/.*ssh-ed25519 ([^ ]*).*/\\1/p' -E ~/.ssh/known_hosts)'#' ~/.ssh/known_hosts`;

/** A machine does not know the name of another, and asks a name server that does not answer. */
export const noNameServer = (what: string, on: string, { of, looks }: { of: string; looks: Looks }): Fault =>
  files(what, on, {
    files: ['/etc/hosts', '/etc/nsswitch.conf', '/etc/resolv.conf'],
    script: `sed -i '/ ${of}$/d' /etc/hosts; sed -i 's/^hosts: files/hosts: files dns/' /etc/nsswitch.conf; echo nameserver 127.0.0.1 > /etc/resolv.conf`,
    looks,
  });

/** The SSH server of a machine with other settings, which come first and so win. */
export const sshd = (what: string, on: string, { lines, looks = unseen }: { lines: string; looks?: Looks }): Fault =>
  files(what, on, { files: ['/etc/ssh/sshd_config'], script: `sed -i '1i ${lines}' /etc/ssh/sshd_config`, restart: true, looks });

/** The SSH client of oneadmin on a machine with other settings, which come first and so win; a script may change more in ~/.ssh. */
export const client = (
  what: string,
  on: string,
  { lines, script = '', looks = unseen }: { lines: string; script?: string; looks?: Looks },
): Fault => files(what, on, { files: [SSH], script: `${script}\nsed -i '1i ${lines}' ${SSH}/config`, looks });

/** A packet filter on a machine. */
export const filter = (
  what: string,
  on: string,
  { rule, hook = 'input', looks }: { rule: string; hook?: 'input' | 'output'; looks: Looks },
): Fault => ({
  what,
  break: (lab) => admin(lab, on, `nft 'table inet lab { chain ${hook} { type filter hook ${hook} priority 0; ${rule}; }; }'`),
  repair: (lab) => admin(lab, on, 'nft delete table inet lab'),
  isBroken: looks,
});

/** A machine's SSH server replaced by something that is none: `talk` is Perl, with the caller as `$c`. */
export const impostor = (what: string, on: string, { talk, looks }: { talk: string; looks: Looks }): Fault => ({
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
  isBroken: looks,
});

/** The SSH server of a machine is stopped. */
export const sshdStopped = (on: string, what = `the SSH server of ${on} is stopped`): Fault => ({
  what,
  break: (lab) => lab.stop(on, 'sshd'),
  repair: (lab) => lab.start(on, 'sshd'),
  isBroken: loginSays('frontend01', on, /Connection refused/),
});

/** The SSH server of a machine takes connections, and never answers. */
export const sshdFrozen = (on: string, what: string): Fault => ({
  what,
  break: (lab) => lab.signal(on, 'sshd', 'STOP'),
  repair: (lab) => lab.signal(on, 'sshd', 'CONT'),
  isBroken: loginSays('frontend01', on, /timed out during banner exchange/),
});

/** The front-end's agent is started anew with other keys, or none, or elsewhere; the script has SSH_AUTH_SOCK. */
export const agent = (what: string, { script, looks }: { script: string; looks: Looks }): Fault => ({
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
  isBroken: looks,
});

/** What a person sees who asks the front-end's agent for its keys. */
export const agentSays = (words: RegExp): Looks => prints('frontend01', `timeout 1 env SSH_AUTH_SOCK=${AGENT} ssh-add -l`, words);

const noAgent = agentSays(/exit 2$/);

/** The SSH server of backup01 has a host key of another type, besides its own or instead of it. */
export const hostKeyOn = (type: 'rsa' | 'ecdsa', how: 'besides' | 'instead', looks = unseen): Fault => {
  const key = `/etc/ssh/ssh_host_${type}_key`;
  const also = how === 'besides' ? `sed -i '1i HostKey ${key}'` : `sed -i 's#^HostKey .*#HostKey ${key}#'`;
  const script = `ssh-keygen -q -t ${type} -N '' -f ${key}; ${also} /etc/ssh/sshd_config`;
  return files(`backup01 has a host key of type ${type}`, 'backup01', { files: ['/etc/ssh'], script, restart: true, looks });
};

/** A machine has backup01's host key of that type in known_hosts, for these names, and no other for them. */
export const hostKeyKnown = (on: string, type: 'rsa' | 'ecdsa', names = '198.18.2.1,backup01.example.net,backup01'): Fault => {
  const script = `found=$(ssh-keyscan -t ${type} backup01 2> /dev/null); cd ~/.ssh
    perl -i -ne 'my ($names, $key) = split / /, $_, 2; my @kept = grep { ",${names}," !~ /,\\Q$_\\E,/ } split /,/, $names;
      print join(",", @kept) . " $key" if @kept' known_hosts
    echo "${names} \${found#* }" >> known_hosts`;
  return files(`${on} knows the host key of type ${type}`, on, { files: [SSH], script });
};

/** The key in backup01's authorized_keys is for rrsync alone where it comes from a hypervisor host, and as it was where it comes from the front-end. */
export const rrsync = (what: string, options: string, says: RegExp, asked = 'id'): Fault => {
  const keys = `${SSH}/authorized_keys`;
  return files(what, 'backup01', {
    files: [keys],
    script: `key=$(cat ${keys}); printf '%s\\n' "from=\\"198.18.1.1\\" $key" "restrict,command=\\"rrsync ${options}\\" $key" > ${keys}`,
    looks: overHostSays('kvm01', says, asked),
  });
};

/** A script: an SSH server greets everybody with words like those of a client. */
export const BANNER = `printf '%s\\n' 'Access denied to all but staff.' 'Authenticated to this machine is staff only.' 'Host key verification failed.' > /etc/ssh/banner
sed -i '1i Banner /etc/ssh/banner' /etc/ssh/sshd_config`;

const noisy = (on: string): Fault =>
  bashrc(`oneadmin's .bashrc on ${on} greets everybody, commands included`, on, {
    line: `echo Welcome to ${on}`,
    looks: loginSays('frontend01', on, /Welcome to/),
  });

export const ssh = {
  'sshd-down': sshdStopped('backup01'),
  'host-sshd-down': sshdStopped('kvm01'),
  'server-frozen': sshdFrozen('backup01', 'the SSH server of backup01 is frozen: it takes connections and never answers'),
  'server-filtered': filter('a packet filter on backup01 drops what comes for its SSH server', 'backup01', {
    rule: 'tcp dport 22 drop',
    looks: loginSays('frontend01', 'backup01', /port 22: Connection timed out/),
  }),
  'server-rekeyed': files('the SSH server of backup01 shows a new host key', 'backup01', {
    files: [HOST_KEY, `${HOST_KEY}.pub`],
    script: `rm ${HOST_KEY} ${HOST_KEY}.pub; ssh-keygen -q -t ed25519 -N '' -C root@backup01 -f ${HOST_KEY}`,
    restart: true,
    looks: loginSays('frontend01', 'backup01', /REMOTE HOST IDENTIFICATION HAS CHANGED/),
  }),
  'authkeys-missing-on-backup': files('oneadmin on backup01 has no authorized_keys', 'backup01', {
    files: [`${SSH}/authorized_keys`],
    script: `rm ${SSH}/authorized_keys`,
    looks: prints('backup01', `ls ${SSH}/authorized_keys`, /No such file/),
  }),
  'agent-stopped': {
    what: 'the SSH agent of the front-end is stopped',
    break: (lab) => lab.stop('frontend01', 'agent'),
    repair: (lab) => lab.start('frontend01', 'agent'),
    isBroken: noAgent,
  },
  'agent-empty': {
    what: 'the SSH agent of the front-end runs, but holds no key',
    break: (lab) => sh(lab, 'frontend01', `SSH_AUTH_SOCK=${AGENT} ssh-add -qD`),
    repair: (lab) => sh(lab, 'frontend01', `SSH_AUTH_SOCK=${AGENT} ssh-add -q`),
    isBroken: agentSays(/exit 1$/),
  },
  'host-own-key-agent-stopped': {
    what: 'the SSH agent of the front-end is stopped, and kvm01 has the key itself',
    break: async (lab) => {
      const key = await sh(lab, 'frontend01', `cat ${SSH}/id_ed25519`);
      await lab.shell('kvm01', ['bash', '-c', `umask 077; cat > ${SSH}/id_ed25519`], { input: key });
      await lab.stop('frontend01', 'agent');
    },
    repair: async (lab) => {
      await lab.start('frontend01', 'agent');
      await sh(lab, 'kvm01', `rm ${SSH}/id_ed25519`);
    },
    isBroken: async (lab) => (await noAgent(lab)) && (await loginOverHost(lab, 'kvm01')).exitCode === 0,
  },
  'host-no-agent-forwarding': sshd('the SSH server of kvm01 refuses to forward agents', 'kvm01', {
    lines: 'AllowAgentForwarding no',
    looks: prints(
      'frontend01',
      `SSH_AUTH_SOCK=${AGENT} ssh -A -o BatchMode=yes kvm01.example.net test -S '"$SSH_AUTH_SOCK"'`,
      /exit [^0]\d*$/,
    ),
  }),
  'hostkey-changed-on-host': {
    what: 'kvm01 remembers another host key of backup01 than it shows',
    break: async (lab) => {
      const [, key = ''] = newKey('').public.split(' ');
      const script = `cp -a ${SSH}/known_hosts ${SSH}/known_hosts.off; sed -i -E '/backup01/s# [^ ]+( [^ ]*)?$# ${key}#' ${SSH}/known_hosts`;
      return sh(lab, 'kvm01', script);
    },
    repair: (lab) => sh(lab, 'kvm01', `mv ${SSH}/known_hosts.off ${SSH}/known_hosts`),
    isBroken: overHostSays('kvm01', /REMOTE HOST IDENTIFICATION HAS CHANGED/),
  },
  'host-no-sshconfig-unknown-key': files("kvm01 has neither OpenNebula's SSH settings nor any known host key", 'kvm01', {
    files: [`${SSH}/config`, `${SSH}/known_hosts`],
    script: `rm ${SSH}/config ${SSH}/known_hosts`,
    looks: overHostSays('kvm01', /Host key verification failed/),
  }),
  'mux-broken-on-host': client('ssh on kvm01 is told to share connections by sockets in a folder that is not there', 'kvm01', {
    lines: 'ControlMaster auto\\nControlPath ~/.ssh/mux/%C',
    looks: overHostSays('kvm01', /cannot bind to path .*mux/),
  }),
  'rrsync-read-only-on-backup': rrsync(
    'the key lets hypervisor hosts do no more than read by rsync',
    '-ro /',
    /sending to read-only server/,
    `'rsync --server -nlogDtpre.iLsfxC . ${SSH}/'`,
  ),
  'noisy-bashrc-on-backup': noisy('backup01'),
  'noisy-bashrc-on-host': noisy('kvm01'),
} satisfies Record<string, Fault>;
