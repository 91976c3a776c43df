import { loginSays, overHostSays, prints, together } from '../../lab/faults/fault.ts';
import { client, files, otherKey } from '../../lab/faults/ssh.ts';
import { clone } from './clone.ts';
import { behind101, notMet, onlyKvm01, server, type Table } from './world.ts';

const ofKvm01 = (words: RegExp, reasons: RegExp | RegExp[]) => ({
  also: notMet('102'),
  machines: onlyKvm01('102'),
  reasons: { 102: [/kvm01/, words], 105: reasons },
});

const REVOKE = "sed -n 's/^198.18.2.1,[^ ]*/@revoked */p' ~/.ssh/known_hosts > ~/.ssh/revoked; cat ~/.ssh/revoked >> ~/.ssh/known_hosts";

const otherType = (type: string) =>
  files(`backup01 shows a host key of type ${type} only, and machines know one of type ed25519`, 'backup01', {
    files: ['/etc/ssh'],
    script: `rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ${type} -N '' -f /etc/ssh/ssh_host_${type}_key; sed -i 's/ssh_host_ed25519_key/ssh_host_${type}_key/' /etc/ssh/sshd_config`,
    restart: true,
    looks: loginSays('frontend01', 'backup01', /IDENTIFICATION HAS CHANGED/),
  });

const cloned = together(
  'kvm01 takes kvm02 for backup01, and kvm02 has the same host key, as a clone has',
  [files('', 'kvm01', { files: ['/etc/hosts'], script: "sed -i '/backup01/d; s/^198.19.0.2 /&backup01.example.net /' /etc/hosts" }), clone],
  prints('kvm01', 'getent hosts backup01.example.net', /^198\.19\.0\.2/),
);

export default {
  'host-no-sshconfig-unknown-key.not-met': { fault: 'host-no-sshconfig-unknown-key', ...ofKvm01(/Host key verification failed/, /kvm01/) },
  'hostkey-changed-on-host.not-met': { fault: 'hostkey-changed-on-host', ...ofKvm01(/Host key verification failed/, [/kvm01/, /SHA256:/]) },
  'key-by-address-on-strict-host.not-met': {
    fault: client('kvm01 knows the host key of backup01 by its address only, and takes no new ones', 'kvm01', {
      lines: 'StrictHostKeyChecking yes',
      script: 'sed -i s/,backup01.example.net,backup01// ~/.ssh/known_hosts',
      looks: overHostSays('kvm01', /Host key verification failed/),
    }),
    ...ofKvm01(/host key is known|Host key verification failed/, /kvm01/),
  },
  'key-changed-on-careless-host.not-met': {
    fault: client('kvm01 remembers another host key of backup01, and does not care', 'kvm01', {
      lines: 'StrictHostKeyChecking no',
      script: otherKey('backup01'),
      looks: overHostSays('kvm01', /IDENTIFICATION HAS CHANGED/),
    }),
    only: 'kvm01',
    reasons: [/kvm01/, /SHA256:/],
  },
  'key-changed-on-frontend.not-met': {
    fault: files('the front-end remembers another host key of backup01', 'frontend01', {
      files: ['/var/lib/one/.ssh'],
      script: otherKey('backup01'),
      looks: loginSays('frontend01', 'backup01', /IDENTIFICATION HAS CHANGED/),
    }),
    also: { ...notMet('101'), ...behind101 },
    reasons: { 101: [/frontend01/, /Host key verification failed/], 105: [/frontend01/, /SHA256:/] },
  },
  'key-revoked-on-frontend.not-met': {
    fault: files('the host key of backup01 is marked as revoked on the front-end', 'frontend01', {
      files: ['/var/lib/one/.ssh'],
      script: REVOKE,
      looks: loginSays('frontend01', 'backup01', /REVOKED|revoked/),
    }),
    also: { ...notMet('101'), ...behind101 },
    reasons: { 101: [/frontend01/, /REVOKED|Host key verification failed/], 105: [/frontend01/, /SHA256:/] },
  },
  'key-revoked-on-host.not-met': {
    fault: files('the host key of backup01 is marked as revoked on kvm01', 'kvm01', {
      files: ['/var/lib/one/.ssh'],
      script: REVOKE,
      looks: overHostSays('kvm01', /REVOKED|revoked/),
    }),
    ...ofKvm01(/REVOKED|Host key verification failed/, [/kvm01/, /SHA256:/]),
  },
  'key-unknown-on-strict-frontend.not-met': {
    fault: client('the front-end does not know the host key of backup01, and takes no new ones', 'frontend01', {
      lines: 'StrictHostKeyChecking yes',
      script: 'sed -i /backup01/d ~/.ssh/known_hosts',
      looks: loginSays('frontend01', 'backup01', /Host key verification failed/),
    }),
    also: { ...notMet('101'), ...behind101 },
    reasons: { 101: [/frontend01/, /host key is known|Host key verification failed/], 105: /frontend01/ },
  },
  'key-unknown-on-strict-host.not-met': {
    fault: client('kvm01 does not know the host key of backup01, and takes no new ones', 'kvm01', {
      lines: 'StrictHostKeyChecking yes',
      script: 'sed -i /backup01/d ~/.ssh/known_hosts',
      looks: overHostSays('kvm01', /Host key verification failed/),
    }),
    ...ofKvm01(/host key is known|Host key verification failed/, /kvm01/),
  },
  'other-server-on-host.not-met': {
    fault: files('kvm01 takes kvm02 for backup01, whose key it never saw', 'kvm01', {
      files: ['/etc/hosts', '/var/lib/one/.ssh'],
      script: "sed -i '/backup01/d; s/^198.19.0.2 /&backup01.example.net /' /etc/hosts; sed -i /backup01/d ~/.ssh/known_hosts",
      looks: prints('kvm01', 'getent hosts backup01.example.net', /^198\.19\.0\.2/),
    }),
    only: 'kvm01',
    reasons: [/kvm01/, /the other machines see/, /getent hosts/],
  },
  'cloned-host-key.not-met': {
    fault: cloned,
    only: 'kvm01',
    reasons: [/kvm01/, /the same host key, at 198\.19\.0\.2, and another machine there/, /getent hosts/],
  },
  'other-server-of-another-key-type-on-host.undetermined': {
    fault: together(
      'kvm01 takes kvm02 for backup01, whose key it never saw, and kvm02 has one of another type',
      [
        files('', 'kvm01', {
          files: ['/etc/hosts', '/var/lib/one/.ssh'],
          script: "sed -i '/backup01/d; s/^198.19.0.2 /&backup01.example.net /' /etc/hosts; sed -i /backup01/d ~/.ssh/known_hosts",
        }),
        files('', 'kvm02', {
          files: ['/etc/ssh'],
          script: `ssh-keygen -q -t ecdsa -N '' -f /etc/ssh/ssh_host_ecdsa_key; sed -i 's/ssh_host_ed25519_key/ssh_host_ecdsa_key/' /etc/ssh/sshd_config`,
          restart: true,
        }),
        files('', 'frontend01', { files: ['/var/lib/one/.ssh'], script: 'sed -i /kvm02/d ~/.ssh/known_hosts' }),
      ],
      prints('kvm01', 'getent hosts backup01.example.net', /^198\.19\.0\.2/),
    ),
    only: 'kvm01',
    reasons: [/kvm01/, /ecdsa-sha2-nistp256, SHA256:\S+, and none of type ssh-ed25519 to compare/, /getent hosts/],
  },
  'server-key-of-type-ecdsa.not-met': {
    fault: otherType('ecdsa'),
    also: { ...notMet('101', '102'), ...behind101 },
    reasons: {
      101: [server, /Host key verification failed/],
      102: /Host key verification failed/,
      105: [/ecdsa.*SHA256:/, /frontend01.*kvm01.*kvm02/s],
    },
  },
  'server-key-of-type-rsa.not-met': {
    fault: otherType('rsa'),
    also: { ...notMet('101', '102'), ...behind101 },
    reasons: {
      101: [server, /Host key verification failed/],
      102: /Host key verification failed/,
      105: [/rsa.*SHA256:/, /frontend01.*kvm01.*kvm02/s],
    },
  },
  'server-rekeyed.not-met': {
    fault: 'server-rekeyed',
    also: { ...notMet('101', '102'), ...behind101 },
    reasons: {
      101: [/Host key verification failed/, /ssh-keygen -R/],
      102: /Host key verification failed/,
      105: [/SHA256:/, /frontend01.*kvm01.*kvm02/s],
    },
  },
} satisfies Table;
