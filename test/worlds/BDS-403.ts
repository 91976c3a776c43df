import { overHostSays, prints, together } from '../../lab/faults/fault.ts';
import { datastore, datastoreWithout, known } from '../../lab/faults/opennebula.ts';
import { client, files, hostKeyKnown, hostKeyOn } from '../../lab/faults/ssh.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { clone, knowsClone } from './clone.ts';
import { behind101, blocked, impatient, notMet, type Table } from './world.ts';

export default {
  'datastore-alias-unknown-on-host.not-met': {
    fault: together(
      'OpenNebula has the short name of backup01 saved, which kvm01 does not know',
      [
        datastore('', { RSYNC_HOST: 'backup01' }),
        files('', 'kvm01', {
          files: ['/etc/hosts'],
          script: "sed 's/ backup01$//; s/\\tbackup01$//' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts; rm /tmp/hosts",
        }),
      ],
      async (lab) => (await prints('kvm01', 'getent hosts backup01', /exit 2$/)(lab)) && (await overHostSays('kvm01', /^\s*exit 0$/)(lab)),
    ),
    reasons: [/RSYNC_HOST “backup01”/, /kvm01\.example\.net: .*Could not resolve hostname backup01/],
  },
  'datastore-host-is-a-host.not-met': {
    fault: datastore('the backup datastore names a hypervisor host for its server', { RSYNC_HOST: 'kvm01.example.net' }),
    reasons: [/RSYNC_HOST “kvm01\.example\.net”/, /same host key/],
  },
  'datastore-host-is-a-clone.not-met': {
    fault: together(
      'the backup datastore names kvm02 for its server, which has the same host key as backup01, as a clone has',
      [clone, knowsClone('kvm01'), knowsClone('kvm02'), datastore('', { RSYNC_HOST: 'kvm02.example.net' })],
      prints('frontend01', 'onedatastore show -x 100', /<RSYNC_HOST>(<!\[CDATA\[)?kvm02/),
    ),
    reasons: /RSYNC_HOST “kvm02\.example\.net”, which shows the same host key, and is another machine\./,
  },
  'datastore-host-missing.not-met': {
    fault: datastoreWithout('the backup datastore names no server', 'RSYNC_HOST'),
    reasons: /found no RSYNC_HOST/,
  },
  'datastore-host-no-name.not-met': {
    fault: datastore('the backup datastore has something for its server that is no name', { RSYNC_HOST: '-oProxyCommand=true' }),
    reasons: /RSYNC_HOST “-oProxyCommand=true”/,
  },
  'datastore-host-of-other-key-type.undetermined': {
    fault: together(
      'the backup datastore names another name of the server, for which the front-end knows a host key of another type',
      [hostKeyOn('rsa', 'besides'), hostKeyKnown('frontend01', 'rsa', 'backup01'), datastore('', { RSYNC_HOST: 'backup01' })],
      prints('frontend01', 'onedatastore show -x 100', /<RSYNC_HOST>(<!\[CDATA\[)?backup01[<\]]/),
    ),
    reasons: /“backup01”, which shows a key of type (ssh-rsa|rsa-sha2-\d+), where/,
  },
  'datastore-host-shut.not-met': {
    fault: datastore('the backup datastore names a machine without SSH server', { RSYNC_HOST: '198.18.0.1' }),
    reasons: [/RSYNC_HOST “198\.18\.0\.1”/, /Connection refused/],
  },
  'datastore-host-silent.undetermined': {
    fault: datastore('the backup datastore names a server that does not answer', { RSYNC_HOST: '198.18.2.99' }),
    site: impatient,
    reasons: [/RSYNC_HOST “198\.18\.2\.99”/, /timed out|No route/],
  },
  'datastore-host-unknown.not-met': {
    fault: datastore('the backup datastore names a server that nobody knows', { RSYNC_HOST: 'old-backup.example.net' }),
    reasons: [/RSYNC_HOST “old-backup\.example\.net”/, /Could not resolve hostname/],
  },
  'datastore-host-twice.not-met': {
    fault: known(
      'the backup datastore names two servers, the declared one first',
      ({ datastores }) =>
        Object.assign(datastores.find(({ NAME }) => NAME === 'rsync Backups')?.TEMPLATE as Tree, {
          RSYNC_HOST: ['backup01.example.net', 'old-backup.example.net'],
        }),
      prints('frontend01', 'onedatastore list -x', /old-backup/),
      'all',
    ),
    reasons: /RSYNC_HOST twice, “backup01\.example\.net” and “old-backup\.example\.net”/,
  },
  'datastore-ipv6-in-brackets.not-met': {
    fault: datastore('the backup datastore names its server by an IPv6 address in brackets', { RSYNC_HOST: '[2001:db8::1]' }),
    reasons: /IPv6 literal/,
  },
  'datastore-ipv6.not-met': {
    fault: datastore('the backup datastore names its server by an IPv6 address', { RSYNC_HOST: '2001:db8::1' }),
    reasons: /IPv6 literal “2001:db8::1”/,
  },
  'datastore-other-host.not-met': { fault: 'datastore-other-host', reasons: [/RSYNC_HOST/, /onedatastore update 100/] },
  'datastore-other-name-and-server-shut.undetermined': {
    fault: together(
      'the backup datastore names another name of the server, and the front-end does not get through to the declared one',
      [datastore('', { RSYNC_HOST: 'backup01' }), client('', 'frontend01', { lines: 'Host backup01.example.net\\n  Port 2222' })],
      prints('frontend01', 'onedatastore show -x 100', /<RSYNC_HOST>(<!\[CDATA\[)?backup01[<\]]/),
    ),
    also: { ...notMet('101'), ...behind101, ...blocked('105') },
    reasons: { 101: /port 2222: Connection refused/, 403: /“backup01”, and no host key of backup01\.example\.net to compare/ },
  },
  'datastore-other-user.not-met': { fault: 'datastore-other-user', reasons: [/RSYNC_USER/, /onedatastore update 100/] },
  'datastore-user-like.not-met': {
    fault: datastore('the backup datastore names an account that differs in capitals only', { RSYNC_USER: 'Oneadmin' }),
    reasons: /RSYNC_USER “Oneadmin”/,
  },
  'datastore-user-missing.not-met': {
    fault: datastoreWithout('the backup datastore names no account', 'RSYNC_USER'),
    reasons: /found no RSYNC_USER/,
  },
} satisfies Table;
