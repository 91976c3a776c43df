import { AGENT, admin, each, type Fault, loginSays, prints, sh, together, unseen } from '../../lab/faults/fault.ts';
import { datastore } from '../../lab/faults/opennebula.ts';
import { agent, agentSays, BANNER, bashrc, client, files, hostKeyKnown, hostKeyOn, rrsync, sshd } from '../../lab/faults/ssh.ts';
import { hostile } from './hostile.ts';
import { impatient, type Table } from './world.ts';

const MACHINES = ['frontend01', 'kvm01', 'kvm02', 'backup01'];

const account =
  'for file in passwd group; do sed "s/^oneadmin:\\(.*\\)/backup-keeper:\\1\\n&/" /etc/$file > /tmp/$file; cat /tmp/$file > /etc/$file; rm /tmp/$file; done';

/** The lab's machines speak IPv4 only until they are told to. */
const ipv6: Fault = {
  what: 'all machines have IPv6 addresses',
  break: (lab) =>
    each(MACHINES, (machine) => admin(lab, machine, `${IPV6(0)}; ip -6 addr add fd00::${MACHINES.indexOf(machine) + 1}/64 dev eth0 nodad`)),
  repair: (lab) => each(MACHINES, (machine) => admin(lab, machine, IPV6(1))),
  isBroken: unseen,
};
const IPV6 = (off: 0 | 1) => `echo ${off} > /proc/sys/net/ipv6/conf/eth0/disable_ipv6`;

const hostKeys = (type: 'rsa' | 'ecdsa') =>
  together(
    `backup01 has a host key of type ${type}, which all machines know`,
    [hostKeyOn(type, 'instead'), ...MACHINES.slice(0, 3).map((machine) => hostKeyKnown(machine, type))],
    prints('kvm01', 'cat .ssh/known_hosts', new RegExp(`^198\\.18\\.2\\.1,.*${type}`, 'm')),
  );

export default {
  'server-at-two-addresses.met': {
    fault: together(
      'kvm01 reaches backup01 at another address than the front-end does',
      [
        {
          what: '',
          break: (lab) => admin(lab, 'backup01', 'ip addr add 198.18.2.9/15 dev eth0'),
          repair: (lab) => admin(lab, 'backup01', 'ip addr del 198.18.2.9/15 dev eth0'),
          isBroken: unseen,
        },
        files('', 'kvm01', { files: ['/etc/hosts'], script: "sed -i 's/^198.18.2.1 /198.18.2.9 /' /etc/hosts" }),
      ],
      prints('kvm01', 'getent hosts backup01.example.net', /^198\.18\.2\.9/),
    ),
  },
  'local-command-that-prints-nothing.met': {
    fault: together(
      'ssh on frontend01 and kvm01 runs a LocalCommand that prints nothing',
      ['frontend01', 'kvm01'].map((on) => client('', on, { lines: 'PermitLocalCommand yes\\nLocalCommand echo Welcome >\\&2' })),
      loginSays('frontend01', 'backup01', /Welcome/),
    ),
  },
  'account-of-two-names.met': {
    fault: files('the account on backup01 has a second name, which comes first in the list of accounts', 'backup01', {
      files: ['/etc/passwd'],
      script: `sed -n 's/^oneadmin:/one:/p' /etc/passwd > /tmp/two; cat /etc/passwd >> /tmp/two; cat /tmp/two > /etc/passwd; rm /tmp/two`,
      looks: prints('backup01', 'stat -c %U /var/lib/one/datastores', /^one$/m),
    }),
  },
  'agent-elsewhere.met': {
    fault: agent("the front-end's agent has its socket elsewhere, as declared", {
      script: 'mv $SSH_AUTH_SOCK /run/one/other.sock',
      looks: agentSays(/No such file/),
    }),
    site: { ssh_agent_socket: '/run/one/other.sock' },
  },
  'agent-not-for-frontend-itself.met': {
    fault: client(
      'ssh on the front-end is told to log in to backup01 without the agent, which hypervisor hosts are lent all the same',
      'frontend01',
      {
        lines: 'Host backup01*\\n  IdentityAgent none',
        looks: prints('frontend01', 'ssh -G backup01.example.net', /^identityagent none$/m),
      },
    ),
  },
  'agent-with-more-keys.met': {
    fault: agent("the front-end's agent holds two other keys, too", {
      script: "mkdir /tmp/keys; for i in 1 2; do ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/$i; ssh-add -q /tmp/keys/$i; done",
      looks: prints('frontend01', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add -l | wc -l', /^3/m),
    }),
  },
  'frontend-forwards-no-agent.met': {
    fault: client('ssh on the front-end forwards no agent unless it is told to', 'frontend01', {
      lines: 'ForwardAgent no',
      looks: prints(
        'frontend01',
        'head -1 ~/.ssh/config; grep -ci forwardagent.no ~/.ssh/config; sed s/ForwardAgent/forwardagent/ ~/.ssh/config',
        /forwardagent no/,
      ),
    }),
  },
  'greeting-for-terminals.met': {
    fault: files('.bashrc of oneadmin on backup01 greets terminals only', 'backup01', {
      files: ['/var/lib/one/.bashrc'],
      script: "echo 'echo Welcome' >> ~/.bashrc",
      looks: prints('backup01', 'cat .bashrc', /Welcome/),
    }),
  },
  'host-key-ecdsa.met': { fault: hostKeys('ecdsa') },
  'host-key-rsa.met': { fault: hostKeys('rsa') },
  'host-keys-of-two-types.met': { fault: hostKeyOn('rsa', 'besides', prints('backup01', 'cat /etc/ssh/sshd_config', /rsa/)) },
  'host-lingers.met': { fault: hostile.lingers.fault('kvm01'), site: impatient },
  'jump-that-works.met': {
    fault: client('ssh on kvm01 goes to backup01 by way of kvm02', 'kvm01', {
      lines: 'Host backup01*\\n  ProxyJump kvm02.example.net',
      looks: prints('kvm01', 'ssh -G backup01.example.net', /proxyjump kvm02/),
    }),
  },
  'key-by-address-only.met': {
    fault: files('kvm01 has the host key of backup01 by its address only, and takes new ones', 'kvm01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i s/,backup01.example.net,backup01// ~/.ssh/known_hosts',
      looks: prints('kvm01', 'grep -c backup01.example .ssh/known_hosts', /^0/),
    }),
    notes: { 105: /kvm01.*does not have backup01/ },
  },
  'key-exchange-post-quantum-only.met': {
    fault: sshd(
      'the SSH server of backup01 speaks no key exchange but sntrup761, which is not the one that the suite prefers',
      'backup01',
      {
        lines: 'KexAlgorithms sntrup761x25519-sha512@openssh.com',
        looks: prints('frontend01', 'ssh -o KexAlgorithms=curve25519-sha256 backup01.example.net true', /no matching key exchange/),
      },
    ),
  },
  'key-in-agent-only.met': {
    fault: files('the front-end has the key in its agent only', 'frontend01', {
      files: ['/var/lib/one/.ssh'],
      script: 'rm ~/.ssh/id_ed25519 ~/.ssh/id_ed25519.pub',
      looks: prints('frontend01', 'ls .ssh/id_ed25519', /No such file/),
    }),
  },
  'known-hosts-with-blank-on-frontend.met': {
    fault: files('the front-end keeps its known hosts in a file with a blank in its name', 'frontend01', {
      files: ['/var/lib/one/.ssh'],
      script: `cd ~/.ssh; mv known_hosts 'known hosts'; sed -i '1i Host *\\n  UserKnownHostsFile "~/.ssh/known hosts"\\n  StrictHostKeyChecking yes' config`,
      looks: prints('frontend01', 'ls .ssh', /known hosts/),
    }),
  },
  'known-hosts-with-blank-on-host.met': {
    fault: files('kvm01 keeps its known hosts in a file with a blank in its name', 'kvm01', {
      files: ['/var/lib/one/.ssh'],
      script: `cd ~/.ssh; mv known_hosts 'known hosts'; sed -i '1i Host *\\n  UserKnownHostsFile "~/.ssh/known hosts"\\n  StrictHostKeyChecking yes' config`,
      looks: prints('kvm01', 'ls .ssh', /known hosts/),
    }),
  },
  'key-new-to-host.met': {
    fault: files('kvm01 does not have the host key of backup01 yet, and takes new ones', 'kvm01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i /backup01/d ~/.ssh/known_hosts',
      looks: prints('kvm01', 'grep -c backup01 .ssh/known_hosts', /^0/),
    }),
    notes: { 105: /kvm01.*does not have backup01/ },
  },
  'key-on-host-too.met': {
    fault: files('kvm01 has a key of its own that backup01 does not know, besides the one it is lent', 'kvm01', {
      files: ['/var/lib/one/.ssh'],
      script: "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519",
      looks: prints('kvm01', 'ls .ssh', /id_ed25519/),
    }),
  },
  'known-hosts-hashed-on-frontend.met': {
    fault: files('the front-end keeps the names in known_hosts hashed', 'frontend01', {
      files: ['/var/lib/one/.ssh'],
      script: 'ssh-keygen -q -H -f ~/.ssh/known_hosts 2> /dev/null; rm -f ~/.ssh/known_hosts.old',
      looks: prints('frontend01', 'cat .ssh/known_hosts', /^\|1\|/),
    }),
  },
  'known-hosts-hashed.met': {
    fault: files('kvm01 keeps the names in known_hosts hashed', 'kvm01', {
      files: ['/var/lib/one/.ssh'],
      script: 'ssh-keygen -q -H -f ~/.ssh/known_hosts 2> /dev/null; rm -f ~/.ssh/known_hosts.old',
      looks: prints('kvm01', 'cat .ssh/known_hosts', /^\|1\|/),
    }),
  },
  'known-hosts-of-all.met': {
    fault: files('kvm01 has all host keys in /etc/ssh/ssh_known_hosts', 'kvm01', {
      files: ['/etc/ssh/ssh_known_hosts', '/var/lib/one/.ssh'],
      script: 'mv ~/.ssh/known_hosts /etc/ssh/ssh_known_hosts',
      looks: prints('kvm01', 'cat /etc/ssh/ssh_known_hosts', /backup01/),
    }),
  },
  'known-hosts-of-none.met': {
    fault: files('kvm01 has no known_hosts of the account, but one of all accounts', 'kvm01', {
      files: ['/etc/ssh', '/var/lib/one/.ssh'],
      script: `cd ~/.ssh; mv known_hosts /etc/ssh/ssh_known_hosts; sed -i '1i Host *\\n  UserKnownHostsFile none\\n  StrictHostKeyChecking yes' config`,
      looks: prints('kvm01', 'ssh -G backup01.example.net', /^userknownhostsfile none$/m),
    }),
  },
  'mux-on-host.met': {
    fault: client('ssh on kvm01 shares connections by sockets in a folder that is there', 'kvm01', {
      lines: 'ControlMaster auto\\nControlPath ~/.ssh/mux/%C\\nControlPersist no',
      script: 'mkdir ~/.ssh/mux',
      looks: prints('kvm01', 'ssh -G backup01.example.net', /^controlmaster auto$/m),
    }),
  },
  'noise-on-stderr.met': {
    fault: bashrc('.bashrc of oneadmin on backup01 complains on stderr', 'backup01', {
      line: 'echo Quota exceeded soon >\\&2',
      looks: loginSays('frontend01', 'backup01', /Quota/),
    }),
  },
  'noisy-bashrc-on-host.met': { fault: 'noisy-bashrc-on-host', notes: { 104: /kvm01/ } },
  'noisy-profile.met': {
    fault: files('.profile of oneadmin on backup01 greets whoever logs in at a terminal', 'backup01', {
      files: ['/var/lib/one/.profile'],
      script: "echo 'echo Welcome' >> ~/.profile",
      looks: prints('backup01', 'cat .profile', /Welcome/),
    }),
  },
  'other-key-type-on-host.met': {
    fault: together(
      'backup01 has a host key of type rsa besides, and kvm01 knows that one alone',
      [hostKeyOn('rsa', 'besides'), hostKeyKnown('kvm01', 'rsa')],
      prints('kvm01', 'cat .ssh/known_hosts', /^198\.18\.2\.1,.*rsa/m),
    ),
  },
  'port-in-settings.met': {
    fault: client('ssh on the front-end has its own name and port for backup01', 'frontend01', {
      lines: 'Host backup01*\\n  HostName 198.18.2.1\\n  Port 22\\n  HostKeyAlias backup01',
      looks: prints('frontend01', 'ssh -G backup01.example.net', /hostkeyalias backup01$/m),
    }),
  },
  'port-of-its-own.met': {
    fault: together(
      'the SSH server of backup01 listens on port 2222, too, and ssh on kvm01 is told to go there',
      [
        sshd('', 'backup01', { lines: 'Port 2222', looks: prints('backup01', 'cat /etc/ssh/sshd_config', /2222/) }),
        client('', 'kvm01', { lines: 'Host backup01*\\n  Port 2222\\n  HostKeyAlias backup01' }),
      ],
      prints('kvm01', 'ssh -G backup01.example.net', /^port 2222/m),
    ),
  },
  // Its number is that of oneadmin, the only one the lab's machines have; its name comes first, and so is what everybody shows.
  'rsync-user-of-its-own.met': {
    fault: together(
      'RSYNC_USER is an account of its own, and backup01 lets no oneadmin in',
      [
        files('', 'backup01', { files: ['/etc/passwd', '/etc/group'], script: account }),
        datastore('', { RSYNC_USER: 'backup-keeper' }),
        sshd('', 'backup01', { lines: 'AllowUsers backup-keeper', looks: loginSays('frontend01', 'backup01', /Permission denied/) }),
      ],
      prints('frontend01', "ssh -o BatchMode=yes -l backup-keeper backup01.example.net 'id -un'", /^backup-keeper$/m),
    ),
    site: { datastore: { rsync_user: 'backup-keeper' } },
  },
  'rrsync-writes-only-for-hosts.met': {
    fault: rrsync('the key lets hypervisor hosts do no more than write by rsync', '-wo /', /rrsync/),
  },
  'shared-connection-that-stands.met': {
    fault: together(
      'ssh on kvm01 goes to backup01 over a connection that somebody has opened',
      [
        client('', 'kvm01', { lines: 'ControlPath ~/.ssh/shared' }),
        {
          what: '',
          break: (lab) =>
            sh(
              lab,
              'frontend01',
              `SSH_AUTH_SOCK=${AGENT} ssh -A -o BatchMode=yes kvm01.example.net 'ssh -fNM backup01.example.net < /dev/null > /dev/null 2>&1'`,
            ),
          repair: (lab) => sh(lab, 'kvm01', 'ssh -O exit backup01.example.net'),
          isBroken: unseen,
        },
      ],
      prints('kvm01', 'ssh -O check backup01.example.net', /Master running/),
    ),
  },
  'server-banner-like-a-refusal.met': {
    fault: files('the SSH server of backup01 greets everybody with words like those of a client', 'backup01', {
      files: ['/etc/ssh/sshd_config', '/etc/ssh/banner'],
      script: BANNER,
      restart: true,
      looks: loginSays('frontend01', 'backup01', /Access denied to all but staff/),
    }),
  },
  'server-banner.met': {
    fault: files('the SSH server of backup01 shows a banner before every login', 'backup01', {
      files: ['/etc/ssh/sshd_config', '/etc/ssh/banner'],
      script: "echo Authorised use only > /etc/ssh/banner; sed -i '1i Banner /etc/ssh/banner' /etc/ssh/sshd_config",
      restart: true,
      looks: loginSays('frontend01', 'backup01', /Authorised/),
    }),
  },
  'server-by-address.met': {
    fault: datastore('the backup datastore names its server by its address', { RSYNC_HOST: '198.18.2.1' }),
    notes: { 403: /“198\.18\.2\.1”.*same host key/ },
  },
  'server-by-alias.met': {
    fault: together(
      'backup01 is declared by an alias, which all machines know',
      ['frontend01', 'kvm01', 'kvm02'].map((on) =>
        files('', on, {
          files: ['/etc/hosts', '/var/lib/one/.ssh'],
          script:
            "sed -i '/backup01/s/$/ store.example.net/' /etc/hosts; sed -i s/,backup01.example.net/,store.example.net\\&/ ~/.ssh/known_hosts",
        }),
      ),
      prints('kvm01', 'getent hosts store.example.net', /^198\.18\.2\.1/),
    ),
    site: { datastore: { rsync_host: 'store.example.net' } },
    notes: { 403: /“backup01\.example\.net”.*same host key/ },
  },
  'server-by-ipv6-only.met': {
    fault: together(
      'the name of backup01 has an IPv6 address only',
      [
        ipv6,
        ...MACHINES.slice(0, 3).map((on) =>
          files('', on, {
            files: ['/etc/hosts'],
            script: "sed 's/^198.18.2.1 /fd00::4 /' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts; rm /tmp/hosts",
          }),
        ),
      ],
      prints('kvm02', 'getent ahosts backup01.example.net', /^fd00::4 /),
    ),
  },
  'server-by-short-name.met': {
    fault: datastore('the backup datastore names its server by its short name', { RSYNC_HOST: 'backup01' }),
    notes: { 403: /“backup01”.*same host key/ },
  },
  'server-in-capitals.met': {
    fault: datastore('the backup datastore names its server in capitals', { RSYNC_HOST: 'BACKUP01.EXAMPLE.NET' }),
    notes: { 403: /same host key/ },
  },
  'slow-login.met': {
    fault: bashrc('a login to backup01 takes a second', 'backup01', {
      line: 'sleep 1',
      looks: prints('backup01', 'cat .bashrc', /^sleep/),
    }),
  },
} satisfies Table;
