import { loginSays, overHostSays, prints, together } from '../../lab/faults/fault.ts';
import { addHost, hosts } from '../../lab/faults/opennebula.ts';
import { command, program } from '../../lab/faults/programs.ts';
import { client, files, filter, impostor, noNameServer, otherKey, sshd, sshdFrozen } from '../../lab/faults/ssh.ts';
import { mode } from '../../lab/faults/storage.ts';
import { allOffline, alone, noCommand, offlineInUse } from './faults.ts';
import { hostile, mute, shut } from './hostile.ts';
import {
  behind102,
  blocked,
  impatient,
  notApplicable,
  notMet,
  ofHosts,
  onlyKvm01,
  type Table,
  undetermined,
  withoutCommandLine,
} from './world.ts';

/** kvm01 does not let the front-end in. */
const keptOut = (...words: RegExp[]) => ({ also: behind102, only: 'kvm01', reasons: [/frontend01.*→ kvm01/, ...words] });
/** kvm01 lets the front-end in, and is not let in at backup01. */
const denied = (...words: RegExp[]) => ({ only: 'kvm01', reasons: [/kvm01.*→ backup01/, ...words] });
/** kvm01 lets the front-end in, and does not get as far as backup01. */
const cutOff = (...words: RegExp[]) => ({ ...denied(...words), also: blocked('105') });

const notThePool = [/onehost list -x/, /not the pool, or not all of it/];

export default {
  'local-command-on-host.not-met': {
    fault: client('ssh on kvm01 greets after each login to backup01 (LocalCommand)', 'kvm01', {
      lines: 'Host backup01*\\nPermitLocalCommand yes\\nLocalCommand echo Welcome\\nHost *',
      looks: overHostSays('kvm01', /Welcome/),
    }),
    only: 'kvm01',
    reasons: [/kvm01/, /is your shell clean/, /Send what “echo Welcome” prints on kvm01\.example\.net to stderr/],
  },
  'authkeys-from-frontend-only.not-met': {
    fault: files('authorized_keys on backup01 lets the key in from the front-end only', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/from="198.18.1.1" /\' ~/.ssh/authorized_keys',
      looks: overHostSays('kvm01', /Permission denied/),
    }),
    reasons: [/kvm01.*kvm02/s, /Permission denied/],
  },
  'authkeys-not-from-kvm02.not-met': {
    fault: files('authorized_keys on backup01 lets the key in from all but kvm02', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/from="!198.19.0.2,*" /\' ~/.ssh/authorized_keys',
      looks: overHostSays('kvm02', /Permission denied/),
    }),
    only: 'kvm02',
    reasons: [/kvm02/, /Permission denied/],
  },
  'host-account-nologin.not-met': {
    fault: files('oneadmin on kvm01 has the shell nologin', 'kvm01', {
      files: ['/etc/passwd'],
      script: "sed -i 's#/bin/bash#/usr/sbin/nologin#' /etc/passwd",
      looks: loginSays('frontend01', 'kvm01', /not available/),
    }),
    ...keptOut(/runs no commands/),
  },
  'host-address-of-nobody.undetermined': {
    fault: files('the front-end has an address of kvm01 where nobody is', 'frontend01', {
      files: ['/etc/hosts'],
      script: "sed -i 's/.*kvm01.*/198.18.2.99 kvm01.example.net kvm01/' /etc/hosts",
      looks: loginSays('frontend01', 'kvm01', /timed out|No route/),
    }),
    site: impatient,
    ...keptOut(/timed out|No route/),
  },
  'host-authkeys-missing.not-met': {
    fault: files('oneadmin on kvm01 has no authorized_keys', 'kvm01', {
      files: ['/var/lib/one/.ssh'],
      script: 'rm ~/.ssh/authorized_keys',
      looks: loginSays('frontend01', 'kvm01', /Permission denied/),
    }),
    ...keptOut(/Permission denied/),
  },
  'host-bad-option.not-met': {
    fault: client('ssh on kvm01 has a setting that it does not know', 'kvm01', {
      lines: 'Frobnicate yes',
      looks: overHostSays('kvm01', /[Bb]ad configuration option/),
    }),
    ...cutOff(/[Bb]ad configuration option/),
  },
  'host-bash-broken.undetermined': {
    fault: program('bash on kvm01 does not run', 'kvm01', {
      name: 'bash',
      script: 'echo cannot run >&2; exit 126',
      looks: loginSays('frontend01', 'kvm01', /cannot run/, 'bash -c true'),
    }),
    also: { ...undetermined('205', '303', '305', '306'), ...notMet('304'), ...blocked('105') },
    only: 'kvm01',
    reasons: {
      102: [/kvm01/, /did not answer/],
      205: /kvm01/,
      303: /kvm01.*cannot run/,
      304: /kvm01.*cannot run/,
      305: /kvm01.*cannot run/,
      306: /kvm01.*cannot run/,
    },
  },
  'host-bash-hangs.undetermined': {
    fault: program('bash on kvm01 hangs', 'kvm01', {
      name: 'bash',
      script: 'exec sleep 60',
      looks: prints('kvm01', 'timeout 0.3 bash -c true; echo $?', /^124/m),
    }),
    site: impatient,
    also: behind102,
    only: 'kvm01',
    reasons: [/kvm01/, /no answer within/, /Log in by hand/],
  },
  'host-config-writable.not-met': {
    fault: client('everybody may write the settings of ssh on kvm01', 'kvm01', {
      lines: '# open',
      script: 'chmod 666 ~/.ssh/config',
      looks: overHostSays('kvm01', /Bad owner or permissions/),
    }),
    ...cutOff(/Bad owner or permissions/),
  },
  'host-config-unknown-token.not-met': {
    fault: client('the settings of ssh on kvm01 have a token that it does not know', 'kvm01', {
      lines: 'Host backup01*\\nProxyCommand nc %1 22\\nHost *',
      looks: overHostSays('kvm01', /percent_expand: unknown key %1/),
    }),
    ...cutOff(/percent_expand: unknown key %1/),
  },
  'host-dies.undetermined': {
    fault: hostile.dies.fault('kvm01'),
    site: impatient,
    also: { ...undetermined('205', '304', '305', '306'), ...blocked('105') },
    only: 'kvm01',
    reasons: { 102: [/kvm01/, hostile.dies.reason], 205: /kvm01/, 304: /kvm01/, 305: /kvm01/, 306: /kvm01/ },
  },
  'host-drips.undetermined': shut(hostile.drips),
  'host-endless.undetermined': mute(hostile.endless),
  'host-filtered.undetermined': {
    fault: filter('a packet filter on kvm01 drops what comes for its SSH server', 'kvm01', {
      rule: 'tcp dport 22 drop',
      looks: loginSays('frontend01', 'kvm01', /timed out/),
    }),
    site: impatient,
    ...keptOut(/timed out/),
  },
  'host-frozen.undetermined': { fault: sshdFrozen('kvm01', 'the SSH server of kvm01 is frozen'), site: impatient, ...keptOut(/timed out/) },
  'host-ignores.undetermined': {
    fault: hostile.ignores.fault('kvm01'),
    site: impatient,
    also: behind102,
    only: 'kvm01',
    reasons: [/kvm01/, hostile.ignores.reason],
  },
  'host-in-list-that-is-not-there.not-met': {
    fault: hosts('OpenNebula lists a host that does not exist', addHost('kvm09.example.net'), /kvm09/),
    also: behind102,
    only: 'kvm09',
    reasons: [/frontend01.*→ kvm09/, /Could not resolve hostname/],
  },
  'host-jump-that-denies.not-met': {
    fault: client('ssh on kvm01 does not get in at kvm02, which it is to go by way of', 'kvm01', {
      lines: 'Host backup01*\\n  ProxyJump twoadmin@kvm02.example.net',
      looks: prints('kvm01', 'ssh -G backup01.example.net', /proxyjump twoadmin@kvm02/),
    }),
    ...cutOff(/twoadmin@kvm02.*Permission denied/),
  },
  'host-jump-then-denied.not-met': {
    fault: client('ssh on kvm01 gets in at kvm02, which it goes by way of, but not at backup01', 'kvm01', {
      lines: 'Host backup01*\\n  ProxyJump kvm02.example.net\\n  PubkeyAuthentication no',
      looks: prints('kvm01', 'ssh -G backup01.example.net', /proxyjump kvm02/),
    }),
    ...denied(/Permission denied/),
  },
  'host-jump-to-nowhere.not-met': {
    fault: client('ssh on kvm01 is told to go to backup01 by way of a machine that nobody knows', 'kvm01', {
      lines: 'Host backup01*\\n  ProxyJump gone.example.net',
      looks: prints('kvm01', 'ssh -G backup01.example.net', /proxyjump gone/),
    }),
    ...cutOff(/resolve hostname gone/, /Make the name gone\.example\.net known on kvm01/),
  },
  'host-key-without-agent.not-met': {
    fault: files('authorized_keys on kvm01 lets the key in without its agent', 'kvm01', {
      files: ['/var/lib/one/.ssh'],
      script: "sed -i 's/^/no-agent-forwarding /' ~/.ssh/authorized_keys",
      looks: overHostSays('kvm01', /Permission denied/),
    }),
    ...denied(/Permission denied/),
  },
  'host-longest.undetermined': mute(hostile.longest),
  'host-name-unknown.not-met': {
    fault: files('the front-end does not know the name of kvm01', 'frontend01', {
      files: ['/etc/hosts'],
      script: 'sed -i /kvm01/d /etc/hosts',
      looks: loginSays('frontend01', 'kvm01', /Could not resolve hostname/),
    }),
    ...keptOut(/Could not resolve hostname/),
  },
  'host-no-agent-forwarding.not-met': {
    fault: 'host-no-agent-forwarding',
    only: 'kvm01',
    reasons: [/kvm01/, /Permission denied/, /agent forwarding on kvm01/],
  },
  'host-no-forwarding-at-all.not-met': {
    fault: sshd('the SSH server of kvm01 refuses to forward anything', 'kvm01', {
      lines: 'DisableForwarding yes',
      looks: overHostSays('kvm01', /Permission denied/),
    }),
    ...denied(/Permission denied/, /agent forwarding on kvm01/),
  },
  'host-other-port.not-met': {
    fault: client('ssh on kvm01 is told a port of backup01 where nobody listens', 'kvm01', {
      lines: 'Host backup01*\\n  Port 2222',
      looks: overHostSays('kvm01', /port 2222: Connection refused/),
    }),
    ...cutOff(/port 2222: Connection refused/),
  },
  'host-rejects.not-met': {
    fault: filter('a packet filter on kvm01 rejects what comes for its SSH server', 'kvm01', {
      rule: 'tcp dport 22 reject with tcp reset',
      looks: loginSays('frontend01', 'kvm01', /Connection refused/),
    }),
    ...keptOut(/Connection refused/),
  },
  'host-rekeyed.not-met': {
    fault: files('the front-end remembers another host key of kvm01', 'frontend01', {
      files: ['/var/lib/one/.ssh'],
      script: otherKey('kvm01'),
      looks: loginSays('frontend01', 'kvm01', /IDENTIFICATION HAS CHANGED/),
    }),
    ...keptOut(/Host key verification failed/),
  },
  'host-remote-command.not-met': {
    fault: client('ssh on kvm01 is told to run a command of its own on backup01, and runs no other', 'kvm01', {
      lines: 'Host backup01*\\n  RemoteCommand hostname',
      looks: overHostSays('kvm01', /Cannot execute command-line and remote command/),
    }),
    ...cutOff(/Cannot execute command-line and remote command/),
  },
  'host-replays.undetermined': mute(hostile.replays),
  'host-resets.undetermined': {
    fault: filter('a packet filter on kvm01 tears down connections to its SSH server', 'kvm01', {
      rule: 'tcp dport 22 ct state established reject with tcp reset',
      looks: loginSays('frontend01', 'kvm01', /reset by/),
    }),
    ...keptOut(/reset by/),
  },
  'host-rubbish.undetermined': mute(hostile.rubbish),
  'host-silent.undetermined': shut(hostile.silent),
  'host-speaks-http.undetermined': {
    fault: impostor('on port 22 of kvm01 a web server answers', 'kvm01', {
      talk: 'print $c "HTTP/1.1 400 Bad Request\\r\\n\\r\\n"; shutdown($c, 1); sysread($c, my $b, 999)',
      looks: loginSays('frontend01', 'kvm01', /kex_exchange_identification/),
    }),
    ...keptOut(/kex_exchange_identification|Connection closed/),
  },
  'host-sshd-down.not-met': {
    fault: 'host-sshd-down',
    also: behind102,
    machines: { ...onlyKvm01('102'), ...onlyKvm01('205', 'blocked'), ...onlyKvm01('303', 'blocked') },
    reasons: { 102: [/frontend01.*kvm01/, /Connection refused/], 205: /BDS-102/ },
  },
  'host-unresolved.undetermined': shut(hostile.unresolved),
  'host-uses-no-agent.not-met': {
    fault: client('ssh on kvm01 is told to use no agent', 'kvm01', {
      lines: 'Host backup01*\\n  IdentityAgent none',
      looks: overHostSays('kvm01', /Permission denied/),
    }),
    ...denied(/Permission denied/),
  },
  'host-way-out-filtered.undetermined': {
    fault: filter('a packet filter on kvm01 drops what it sends to SSH servers', 'kvm01', {
      hook: 'output',
      rule: 'tcp dport 22 drop',
      looks: overHostSays('kvm01', /timed out/),
    }),
    site: impatient,
    ...cutOff(/timed out|no answer/),
  },
  'host-way-out-rejected.not-met': {
    fault: filter('a packet filter on backup01 rejects what comes from kvm01', 'backup01', {
      rule: 'ip saddr 198.19.0.1 tcp dport 22 reject with tcp reset',
      looks: overHostSays('kvm01', /Connection refused/),
    }),
    ...cutOff(/Connection refused/),
  },
  'host-way-out-reset.undetermined': {
    fault: filter('a packet filter on backup01 tears down what comes from kvm01', 'backup01', {
      rule: 'ip saddr 198.19.0.1 tcp dport 22 ct state established reject with tcp reset',
      looks: overHostSays('kvm01', /reset by/),
    }),
    ...cutOff(/reset by/),
  },
  'host-way-out-unreachable.undetermined': {
    fault: filter('a packet filter on backup01 tells kvm01 that its SSH server is out of reach', 'backup01', {
      rule: 'ip saddr 198.19.0.1 tcp dport 22 reject with icmp type host-unreachable',
      looks: overHostSays('kvm01', /No route to host/),
    }),
    ...cutOff(/No route to host/),
  },
  'host-wrong-key-only.not-met': {
    fault: client('ssh on kvm01 is told to show a key of its own, and no other', 'kvm01', {
      lines: 'Host backup01*\\n  IdentitiesOnly yes\\n  IdentityFile ~/.ssh/other',
      script: "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/other",
      looks: overHostSays('kvm01', /Permission denied/),
    }),
    ...denied(/Permission denied/),
  },
  // Its VM is backed up, and so must it be reached.
  'host-offline-in-use-denied.not-met': {
    fault: together('kvm02 is OFFLINE with a VM on it, and refuses to forward agents', [
      hosts('', offlineInUse, /<STATE>8</),
      sshd('', 'kvm02', { lines: 'AllowAgentForwarding no', looks: overHostSays('kvm02', /Permission denied/) }),
    ]),
    only: 'kvm02',
    reasons: [/kvm02.*→ backup01/, /Permission denied/],
  },
  'hosts-all-of-containers.undetermined': {
    fault: hosts(
      'OpenNebula has hosts of containers alone',
      (cloud) => cloud.hosts.map((host) => Object.assign(host, { VM_MAD: 'lxc' })),
      /lxc/,
    ),
    also: undetermined('105', '205', '303', '304', '305', '306'),
    reasons: ofHosts(/none is: .*runs lxc/),
  },
  'hosts-all-offline.undetermined': {
    fault: hosts('all hosts are OFFLINE in OpenNebula', allOffline, /<STATE>8</),
    also: undetermined('105', '205', '303', '304', '305', '306'),
    reasons: ofHosts(/all 2 are OFFLINE/),
  },
  'hosts-none.undetermined': {
    fault: hosts('OpenNebula lists no host', (cloud) => Object.assign(cloud, { hosts: [] }), /^<HOST_POOL *\/>/),
    also: undetermined('105', '205', '303', '304', '305', '306'),
    reasons: ofHosts(/it lists none/),
  },
  'host-key-runs-nothing-and-storage-open.not-met': {
    fault: together(
      'the key of kvm01 runs true and nothing else on backup01, and everybody may write storage there',
      [
        files('', 'backup01', {
          files: ['/var/lib/one/.ssh'],
          script: `key=$(cat ~/.ssh/authorized_keys); printf '%s\\n' "from=\\"!198.19.0.1,*\\" $key" "from=\\"198.19.0.1\\",command=\\"true\\" $key" > ~/.ssh/authorized_keys`,
        }),
        mode('', { of: '$storage', is: '777', was: '775' }),
      ],
      overHostSays('kvm01', /^exit 0$/, 'hostname'),
    ),
    also: notMet('201'),
    only: 'kvm01',
    reasons: { 102: [/kvm01.*→ backup01/, /connection unexpectedly closed/, /command= in authorized_keys/], 201: /writable for others/ },
  },
  'mux-broken-on-host.not-met': {
    fault: 'mux-broken-on-host',
    ...denied(/unix_listener: cannot bind to path .*mux.*No such file or directory/, /folder of ControlPath on kvm01/),
  },
  'mux-folder-closed-on-host.not-met': {
    fault: client('ssh on kvm01 is told to share connections by sockets in a folder that oneadmin may not write', 'kvm01', {
      lines: 'ControlMaster auto\\nControlPath ~/.ssh/mux/%C',
      script: 'mkdir -m 500 ~/.ssh/mux',
      looks: overHostSays('kvm01', /cannot bind to path .*mux/),
    }),
    ...denied(/unix_listener: cannot bind to path .*mux.*Permission denied/, /folder of ControlPath on kvm01/),
  },
  'mux-name-too-long-on-host.not-met': {
    fault: client('ssh on kvm01 is told to share connections by sockets whose names are too long', 'kvm01', {
      lines: `ControlMaster auto\\nControlPath ~/.ssh/${'x'.repeat(40)}/%C`,
      script: `mkdir ~/.ssh/${'x'.repeat(40)}`,
      looks: overHostSays('kvm01', /too long/),
    }),
    ...denied(/too long/, /folder of ControlPath on kvm01/),
  },
  'name-unknown-on-host.not-met': {
    fault: files('kvm01 does not know the name of backup01', 'kvm01', {
      files: ['/etc/hosts'],
      script: 'sed -i /backup01/d /etc/hosts',
      looks: overHostSays('kvm01', /Could not resolve hostname/),
    }),
    ...cutOff(/Could not resolve hostname/, /known on kvm01/),
  },
  'names-unanswered-on-host.undetermined': {
    fault: noNameServer('no name server answers kvm01, which must ask for the name of backup01', 'kvm01', {
      of: 'backup01',
      looks: overHostSays('kvm01', /Temporary failure/),
    }),
    ...cutOff(/Temporary failure in name resolution/),
  },
  'asked-as-another-user.undetermined': {
    fault: files('one_auth on the front-end holds a user of OpenNebula who sees no more than its own objects', 'frontend01', {
      ...{ files: ['/var/lib/one/.one/one_auth'], looks: prints('frontend01', 'oneuser show -x', /<NAME>monitor</) },
      script: 'oneuser create monitor secret && echo monitor:secret > /var/lib/one/.one/one_auth',
    }),
    also: { ...withoutCommandLine, ...notApplicable('107') },
    reasons: { 102: [/found user monitor \(\d+\), who is not of the group oneadmin/, /ONE_AUTH/], 107: [/has no BRIDGE_LIST/] },
  },
  'one-auth-wrong.undetermined': { fault: 'one-auth-wrong', also: withoutCommandLine, reasons: [/couldn't be authenticated/, /one_auth/] },
  'oned-down.undetermined': {
    fault: 'oned-down',
    also: withoutCommandLine,
    reasons: [/Failed to open TCP connection/, /systemctl start opennebula/],
  },
  'oned-garbage.undetermined': { fault: 'oned-garbage', also: withoutCommandLine, reasons: notThePool },
  'oned-truncated.undetermined': { fault: 'oned-truncated', also: withoutCommandLine, reasons: notThePool },
  'onehost-chatty.undetermined': { fault: alone('onehost', 'prints a word after the pool'), also: behind102, reasons: notThePool },
  'onehost-fails.undetermined': {
    fault: command('onehost alone fails', 'onehost', {
      script: 'echo "[one.hostpool.info] Something went wrong" >&2; exit 255',
      looks: /went wrong/m,
    }),
    also: behind102,
    reasons: [/onehost list -x/, /exit 255: .*went wrong/],
  },
  'onehost-hangs.undetermined': {
    fault: alone('onehost', 'does not answer'),
    site: { deadlines: { connect: 2, command: 3 } },
    also: withoutCommandLine,
    reasons: [/onehost list -x/, /did not answer in time/],
  },
  'onehost-missing.undetermined': { fault: noCommand('onehost'), also: behind102, reasons: /onehost list -x.*: command not found/ },
  'onehost-nothing.undetermined': {
    fault: alone('onehost', 'prints nothing'),
    also: behind102,
    reasons: [/onehost list -x/, /found nothing/],
  },
  'onehost-other-pool.undetermined': {
    fault: alone('onehost', 'prints another pool'),
    also: behind102,
    reasons: [/onehost list -x/, /<VNET_POOL>/],
  },
  'rrsync-read-only-on-backup.not-met': {
    fault: 'rrsync-read-only-on-backup',
    only: ['kvm01', 'kvm02'],
    reasons: [/kvm01.*kvm02/s, /sending to read-only server is not allowed/, /Take -ro from rrsync/],
  },
} satisfies Table;
