import { loginSays, prints, together } from '../../lab/faults/fault.ts';
import { missing } from '../../lab/faults/programs.ts';
import { BANNER, client, files, filter, impostor, noNameServer, sshd } from '../../lab/faults/ssh.ts';
import { behind101, behindName, blocked, impatient, notMet, server, type Table, undetermined } from './world.ts';

/** What no key gets into, is shut for hypervisor hosts, too. */
const denied = (reasons: RegExp[], ofHosts: RegExp | RegExp[] = [/kvm01.*kvm02/s, /Permission denied/]) => ({
  also: { ...notMet('102', '103'), ...behind101 },
  reasons: { 101: reasons, 102: ofHosts, 103: /none of which is accepted/ },
});

/** Who logs in is let in, and nothing is run. */
const runsNothing = (...reasons: RegExp[]) => ({
  also: { ...notMet('102'), ...behind101 },
  reasons: { 101: reasons, 102: [/kvm01.*kvm02/s, /though a plain login succeeds/, /BDS-101 comes first/] },
});

/** Nobody gets as far as a login. */
const unreached = (words: RegExp) => ({
  also: { ...undetermined('102'), ...behindName },
  reasons: { 101: [server, words], 102: [/kvm01.*kvm02/s, words] },
});

export default {
  'account-expired.not-met': {
    fault: files('the account oneadmin on backup01 has expired', 'backup01', {
      files: ['/etc/shadow'],
      script: "echo 'oneadmin:*:19000:0:99999:7::1:' > /etc/shadow",
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    ...denied([server, /Permission denied/], /Permission denied/),
  },
  'account-nologin.not-met': {
    fault: files('oneadmin on backup01 has the shell nologin', 'backup01', {
      files: ['/etc/passwd'],
      script: "sed -i 's#/bin/bash#/usr/sbin/nologin#' /etc/passwd",
      looks: loginSays('frontend01', 'backup01', /not available/),
    }),
    ...runsNothing(/frontend01.*backup01/, /runs no commands/, /not available/),
  },
  'account-unknown.not-met': {
    fault: files('backup01 knows no account oneadmin', 'backup01', {
      files: ['/etc/passwd'],
      script: "sed -i 's/^oneadmin/twoadmin/' /etc/passwd",
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    ...denied([server, /Permission denied/], /Permission denied/),
  },
  'account-without-shell.not-met': {
    fault: files('the shell of oneadmin on backup01 does not exist', 'backup01', {
      files: ['/etc/passwd'],
      script: "sed -i 's#/bin/bash#/bin/none#' /etc/passwd",
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    ...denied([server, /Permission denied/], /Permission denied/),
  },
  'address-of-another-on-frontend.not-met': {
    fault: files('the front-end has the address of kvm01 for backup01', 'frontend01', {
      files: ['/etc/hosts'],
      script: "sed -i '/backup01/d; s/^198.19.0.1 /&backup01.example.net /' /etc/hosts",
      looks: loginSays('frontend01', 'backup01', /IDENTIFICATION HAS CHANGED/),
    }),
    also: { ...notMet('105'), ...behind101 },
    reasons: { 101: [/frontend01.*backup01/, /Host key verification failed/], 105: /frontend01/ },
  },
  'address-of-nobody-on-frontend.undetermined': {
    fault: files('the front-end has an address of backup01 where nobody is', 'frontend01', {
      files: ['/etc/hosts'],
      script: "sed -i 's/.*backup01.*/198.18.2.99 backup01.example.net backup01/' /etc/hosts",
      looks: loginSays('frontend01', 'backup01', /timed out|No route/),
    }),
    site: impatient,
    also: behindName,
    reasons: [/frontend01.*backup01/, /timed out|No route/],
  },
  'authkeys-damaged.not-met': {
    fault: files('the key in authorized_keys of oneadmin on backup01 is cut in two', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: "sed -i -E 's/(ssh-ed25519 .{30})/\\1\\n/' ~/.ssh/authorized_keys",
      looks: loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
    }),
    ...denied([server, /Permission denied \(publickey/, /authorized_keys on backup01/]),
  },
  'authkeys-expired.not-met': {
    fault: files('the key in authorized_keys of oneadmin on backup01 has expired', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/expiry-time="20200101" /\' ~/.ssh/authorized_keys',
      looks: loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
    }),
    ...denied([server, /Permission denied \(publickey/, /authorized_keys on backup01/]),
  },
  'authkeys-forced-command.not-met': {
    fault: files('the key in authorized_keys on backup01 may run one command only', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/command="echo sorry" /\' ~/.ssh/authorized_keys',
      looks: loginSays('frontend01', 'backup01', /sorry/),
    }),
    ...runsNothing(/frontend01.*backup01/, /runs no commands/),
  },
  'authkeys-from-hosts-only.not-met': {
    fault: files('authorized_keys on backup01 lets the key in from hypervisor hosts only', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/from="198.19.*" /\' ~/.ssh/authorized_keys',
      looks: loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
    }),
    also: { ...notMet('103'), ...behind101 },
    reasons: { 101: [/frontend01.*backup01/, /Permission denied/], 103: /none of which is accepted/ },
  },
  'authkeys-missing-on-backup.not-met': {
    fault: 'authkeys-missing-on-backup',
    ...denied([/Permission denied \(publickey\)/, /authorized_keys on backup01/]),
  },
  'authkeys-of-others.not-met': {
    fault: files('authorized_keys of oneadmin on backup01 holds only a key of somebody else', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: "ssh-keygen -q -t ed25519 -N '' -f /tmp/other; cat /tmp/other.pub > ~/.ssh/authorized_keys; rm /tmp/other*",
      looks: loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
    }),
    ...denied([server, /Permission denied \(publickey/, /authorized_keys on backup01/]),
  },
  'authkeys-sftp-only.not-met': {
    fault: files('the key in authorized_keys on backup01 is for sftp only', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/restrict,command="internal-sftp" /\' ~/.ssh/authorized_keys',
      looks: prints('backup01', 'cat ~/.ssh/authorized_keys', /sftp/),
    }),
    ...runsNothing(/frontend01.*backup01/, /runs no commands/),
  },
  'authkeys-writable-by-others.not-met': {
    fault: files('oneadmin on backup01 has an authorized_keys that everybody may write', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'chmod 666 ~/.ssh/authorized_keys',
      looks: loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
    }),
    ...denied([server, /Permission denied \(publickey/, /authorized_keys on backup01/]),
  },
  'denied-behind-a-banner.not-met': {
    fault: files(
      'oneadmin on backup01 has no authorized_keys, and its SSH server greets everybody with words like those of a client',
      'backup01',
      {
        files: ['/etc/ssh/sshd_config', '/etc/ssh/banner', '/var/lib/one/.ssh'],
        script: `${BANNER}; rm ~/.ssh/authorized_keys`,
        restart: true,
        looks: loginSays('frontend01', 'backup01', /staff only\.[\s\S]*Permission denied \(publickey/),
      },
    ),
    ...denied([server, /found “oneadmin@backup01\.example\.net: Permission denied \(publickey\)”/, /authorized_keys on backup01/]),
  },
  'frontend-bad-option.not-met': {
    fault: client('ssh on the front-end has a setting that it does not know', 'frontend01', {
      lines: 'Frobnicate yes',
      looks: loginSays('frontend01', 'backup01', /Bad configuration option/),
    }),
    also: { ...notMet('102'), ...behind101, ...blocked('105', '205', '303', '305', '306') },
    reasons: { 101: [/frontend01/, /Bad configuration option/], 102: /Bad configuration option/ },
  },
  'frontend-config-writable.not-met': {
    fault: client('everybody may write the settings of ssh on the front-end', 'frontend01', {
      lines: '# open',
      script: 'chmod 666 ~/.ssh/config',
      looks: prints('frontend01', 'stat --format %a ~/.ssh/config', /^666$/m),
    }),
    also: { ...notMet('102'), ...behind101, ...blocked('105', '205', '303', '305', '306') },
    reasons: { 101: [/frontend01/, /Bad owner or permissions/], 102: /Bad owner or permissions/ },
  },
  'frontend-jump-to-nowhere.not-met': {
    fault: client('ssh on the front-end is told to go to backup01 by way of a machine that nobody knows', 'frontend01', {
      lines: 'Host backup01*\\n  ProxyJump gone.example.net',
      looks: prints('frontend01', 'ssh -G backup01.example.net', /proxyjump gone/),
    }),
    also: behindName,
    reasons: [/frontend01.*backup01/, /resolve hostname gone\.example\.net/, /Make the name gone\.example\.net known/],
  },
  'frontend-no-such-user-key.not-met': {
    fault: client('ssh on the front-end does not use keys for backup01', 'frontend01', {
      lines: 'Host backup01*\\n  PubkeyAuthentication no',
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    also: { ...notMet('103'), ...behind101 },
    reasons: { 101: [/frontend01.*backup01/, /Permission denied/], 103: /none of which is accepted/ },
  },
  'frontend-other-key-exchange.not-met': {
    fault: together(
      'the front-end is told to speak a key exchange that backup01 does not, which speaks the one that the suite prefers',
      [
        sshd('', 'backup01', { lines: 'KexAlgorithms curve25519-sha256' }),
        client('', 'frontend01', { lines: 'KexAlgorithms ecdh-sha2-nistp256' }),
      ],
      loginSays('frontend01', 'backup01', /no matching key exchange/),
    ),
    also: behindName,
    reasons: [server, /no matching key exchange method/],
  },
  'frontend-other-name.not-met': {
    fault: client('ssh on the front-end is told another name of backup01, which nobody knows', 'frontend01', {
      lines: 'Host backup01*\\n  HostName old-backup.example.net',
      looks: loginSays('frontend01', 'backup01', /resolve hostname old/),
    }),
    also: behindName,
    reasons: [/frontend01.*backup01/, /resolve hostname old-backup/, /Make the name old-backup\.example\.net known/],
  },
  'frontend-other-port.not-met': {
    fault: client('ssh on the front-end is told a port of backup01 where nobody listens', 'frontend01', {
      lines: 'Host backup01*\\n  Port 2222',
      looks: loginSays('frontend01', 'backup01', /port 2222: Connection refused/),
    }),
    also: behindName,
    reasons: [/frontend01.*backup01/, /port 2222: Connection refused/],
  },
  'frontend-silent-proxy.undetermined': {
    fault: client('ssh on the front-end is told to go to backup01 through a program that says nothing', 'frontend01', {
      lines: 'Host backup01*\\n  ProxyCommand sleep 60',
      looks: loginSays('frontend01', 'backup01', /timed out/),
    }),
    site: impatient,
    also: behindName,
    reasons: [/frontend01.*backup01/, /no answer|timed out/],
  },
  'frontend-wrong-key.not-met': {
    fault: client('ssh on the front-end is told to show backup01 another key than its own', 'frontend01', {
      lines: 'Host backup01*\\n  IdentitiesOnly yes\\n  IdentityFile ~/.ssh/other',
      script: "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/other",
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    also: behind101,
    reasons: [/frontend01.*backup01/, /Permission denied/],
  },
  'name-unknown-on-frontend.not-met': {
    fault: files('the front-end does not know the name of backup01', 'frontend01', {
      files: ['/etc/hosts'],
      script: 'sed -i /backup01/d /etc/hosts',
      looks: loginSays('frontend01', 'backup01', /Could not resolve hostname/),
    }),
    also: behindName,
    reasons: [/frontend01.*backup01/, /Could not resolve hostname/, /Make the name backup01\.example\.net known on frontend01/],
  },
  'names-unanswered-on-frontend.undetermined': {
    fault: noNameServer('no name server answers the front-end, which must ask for the name of backup01', 'frontend01', {
      of: 'backup01',
      looks: loginSays('frontend01', 'backup01', /Temporary failure/),
    }),
    also: behindName,
    reasons: [/frontend01.*backup01/, /Temporary failure in name resolution/],
  },
  'server-closes-at-once.undetermined': {
    fault: impostor('the SSH server of backup01 closes every connection at once', 'backup01', {
      talk: 'close $c',
      looks: loginSays('frontend01', 'backup01', /kex_exchange_identification/),
    }),
    ...unreached(/kex_exchange_identification/),
  },
  'server-closes-in-key-exchange.undetermined': {
    fault: impostor('the SSH server of backup01 closes connections during the key exchange', 'backup01', {
      talk: 'print $c "SSH-2.0-OpenSSH_9.9\\r\\n"; sysread($c, my $b, 22); shutdown($c, 1); sleep 1',
      looks: loginSays('frontend01', 'backup01', /Connection closed by|reset by/),
    }),
    ...unreached(/Connection closed by|reset by/),
  },
  'server-denies-user.not-met': {
    fault: sshd('the SSH server of backup01 denies oneadmin', 'backup01', {
      lines: 'DenyUsers oneadmin',
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    ...denied([server, /Permission denied/]),
  },
  'server-filtered.undetermined': {
    fault: 'server-filtered',
    also: { ...undetermined('102'), ...behindName },
    reasons: { 101: [server, /timed out/, /firewall/], 102: [/kvm01.*kvm02/s, /timed out/] },
  },
  'server-frozen.undetermined': { fault: 'server-frozen', ...unreached(/timed out/) },
  'server-going-down.not-met': {
    fault: files('backup01 is about to be shut down and lets nobody in (/etc/nologin)', 'backup01', {
      files: ['/etc/nologin'],
      script: 'echo Going down for maintenance > /etc/nologin',
      looks: loginSays('frontend01', 'backup01', /maintenance/),
    }),
    ...runsNothing(/frontend01.*backup01/, /runs no commands/, /maintenance/),
  },
  'server-other-cipher.not-met': {
    fault: sshd('the SSH server of backup01 speaks ciphers only that no client speaks', 'backup01', {
      lines: 'Ciphers aes256-cbc',
      looks: loginSays('frontend01', 'backup01', /no matching cipher/),
    }),
    also: { ...notMet('102'), ...behindName },
    reasons: { 101: [server, /no matching cipher/], 102: /no matching cipher/ },
  },
  'server-other-key-exchange.not-met': {
    fault: sshd('the SSH server of backup01 speaks a key exchange only that no client speaks', 'backup01', {
      lines: 'KexAlgorithms diffie-hellman-group1-sha1',
      looks: loginSays('frontend01', 'backup01', /no matching key exchange/),
    }),
    also: { ...notMet('102'), ...behindName },
    reasons: { 101: [server, /no matching key exchange method/], 102: /no matching key exchange method/ },
  },
  'server-rejects.not-met': {
    fault: filter('a packet filter on backup01 rejects what comes for its SSH server', 'backup01', {
      rule: 'tcp dport 22 reject with tcp reset',
      looks: loginSays('frontend01', 'backup01', /Connection refused/),
    }),
    also: { ...notMet('102'), ...behindName },
    reasons: { 101: [server, /Connection refused/], 102: [/kvm01.*kvm02/s, /Connection refused/] },
  },
  'server-resets.undetermined': {
    fault: filter('a packet filter on backup01 tears down connections to its SSH server as soon as they stand', 'backup01', {
      rule: 'tcp dport 22 ct state established reject with tcp reset',
      looks: loginSays('frontend01', 'backup01', /Connection reset by/),
    }),
    ...unreached(/reset by/),
  },
  'server-sends-noise-in-key-exchange.undetermined': {
    fault: impostor('the SSH server of backup01 sends rubbish instead of a key exchange', 'backup01', {
      talk: 'print $c "SSH-2.0-OpenSSH_9.9\\r\\n", "rubbish!" x 9; sleep 1',
      looks: loginSays('frontend01', 'backup01', /Bad packet length|corrupt/),
    }),
    ...unreached(/Bad packet length|corrupt/),
  },
  'server-silent-after-banner.undetermined': {
    fault: impostor('the SSH server of backup01 says its name and no more', 'backup01', {
      talk: 'print $c "SSH-2.0-OpenSSH_9.9\\r\\n"; sleep 60',
      looks: loginSays('frontend01', 'backup01', /timed out/),
    }),
    site: impatient,
    also: { ...undetermined('102'), ...behindName },
    reasons: { 101: [server, /no answer|timed out/], 102: [/kvm01.*kvm02/s, /→ backup01/, /no answer|timed out/] },
  },
  'server-speaks-http.undetermined': {
    fault: impostor('on port 22 of backup01 a web server answers', 'backup01', {
      talk: 'print $c "HTTP/1.1 400 Bad Request\\r\\n\\r\\n"; shutdown($c, 1); sysread($c, my $b, 999)',
      looks: loginSays('frontend01', 'backup01', /kex_exchange_identification/),
    }),
    ...unreached(/kex_exchange_identification|Connection closed/),
  },
  'server-takes-no-ed25519.not-met': {
    fault: sshd('the SSH server of backup01 takes no keys of our type', 'backup01', {
      lines: 'PubkeyAcceptedAlgorithms rsa-sha2-512',
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    ...denied([server, /Permission denied/]),
  },
  'server-takes-no-keys.not-met': {
    fault: sshd('the SSH server of backup01 takes no keys', 'backup01', {
      lines: 'PubkeyAuthentication no',
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    ...denied([server, /Permission denied/]),
  },
  'server-unreachable.undetermined': {
    fault: filter('a packet filter on backup01 answers that its SSH server is out of reach', 'backup01', {
      rule: 'tcp dport 22 reject with icmp type host-unreachable',
      looks: loginSays('frontend01', 'backup01', /No route to host/),
    }),
    ...unreached(/No route to host/),
  },
  'server-wants-two-factors.not-met': {
    fault: sshd('the SSH server of backup01 wants a password besides the key', 'backup01', {
      lines: 'AuthenticationMethods publickey,password\\nPasswordAuthentication yes',
      looks: loginSays('frontend01', 'backup01', /Permission denied \(password/),
    }),
    ...denied([server, /Permission denied/]),
  },
  'ssh-folder-writable-by-others.not-met': {
    fault: files('everybody may write to the folder .ssh of oneadmin on backup01', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'chmod 777 /var/lib/one/.ssh',
      looks: loginSays('frontend01', 'backup01', /Permission denied \(publickey/),
    }),
    ...denied([server, /Permission denied \(publickey/, /authorized_keys on backup01/]),
  },
  'ssh-missing-on-frontend.undetermined': {
    fault: { ...missing('ssh', 'frontend01'), isBroken: prints('frontend01', 'ssh -V', /not found/) },
    also: { ...undetermined('102'), ...behind101, ...blocked('105', '205', '303', '305', '306'), ...notMet('304') },
    reasons: { 101: [/frontend01.*backup01/, /no login was tried/, /ssh/], 102: /no login was tried/, 304: /frontend01.*missing: ssh/ },
  },
  'sshd-down.not-met': {
    fault: 'sshd-down',
    also: { ...notMet('102'), ...behindName },
    reasons: { 101: [server, /Connection refused/, /systemctl start ssh/], 102: [/kvm01.*kvm02/s, /Connection refused/] },
  },
} satisfies Table;
