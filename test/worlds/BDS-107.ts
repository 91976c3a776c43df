import { setTimeout as sleep } from 'node:timers/promises';
import { onBridge } from '../../lab/faults/bridges.ts';
import { admin, overHostSays, prints, sh, succeeds, together } from '../../lab/faults/fault.ts';
import { datastore } from '../../lab/faults/opennebula.ts';
import { instead, missing, program } from '../../lab/faults/programs.ts';
import { files, otherKey, sshdFrozen, sshdStopped } from '../../lab/faults/ssh.ts';
import { stagingSaid } from './faults.ts';
import { blocked, fqdn, impatient, kvm01, kvm02, notMet, type Table } from './world.ts';

const [bridge01, bridge02] = ['bridge01', 'bridge02'].map(fqdn) as [string, string];
/** bridge01 alone is not as it should be. */
const alone = (outcome: 'not-met' | 'undetermined' = 'not-met') =>
  ({ bridges: 2, machines: { 'BDS-107': { [bridge01]: outcome, [bridge02]: 'met' } } }) as const;
/** It is not even reached. */
const unreached = (outcome: 'not-met' | 'undetermined' = 'not-met') => ({ ...alone(outcome), also: blocked('105') });
/** Of VM 0, which runs on kvm01; and another place on that host alone. */
const [FOLDER, ELSEWHERE] = ['/var/lib/one/datastores/0/0', '/var/lib/one/elsewhere'];
/** BACKUP_BASE_PATH, and the machines on which it is. */
const STAGE = '/var/tmp/stage';
const STAGING = ['kvm01', 'kvm02', 'bridge01', 'bridge02'];
/** BRIDGE_LIST is saved so, and declared. */
const list = (...names: readonly string[]) => ({
  fault: datastore(`BRIDGE_LIST of the backup datastore names ${names.join(' and ')}, as declared`, { BRIDGE_LIST: names.join(' ') }),
  site: { datastore: { bridge_list: names } },
});

export default {
  'bridge-no-login.not-met': {
    fault: 'bridge-no-login',
    ...alone(),
    // It cannot log in to the front-end, either, for the same reason: the key is there.
    reasons: [/bridge01\S* → backup01.*Permission denied/, /bridge01\S* → frontend01/, /AllowAgentForwarding/, /^(?!.*public key)/s],
  },
  'bridge-tool-missing.not-met': { fault: 'bridge-tool-missing', ...alone(), reasons: /bridge01.*missing: du \(package coreutils/ },
  'bridge-other-path.not-met': {
    fault: 'bridge-other-path',
    ...alone(),
    reasons: [/bridge01.*datastores\/0\/0, which is on kvm01.*No such file or directory/, /shared storage/],
  },
  'bridge-folder-is-link.not-met': {
    fault: {
      what: 'the folder of VM 0 on kvm01 is a link to one outside of the shared storage',
      break: (lab) => sh(lab, 'kvm01', `mv ${FOLDER} ${ELSEWHERE} && ln -s ${ELSEWHERE} ${FOLDER}`),
      repair: (lab) => sh(lab, 'kvm01', `rm ${FOLDER} && mv ${ELSEWHERE} ${FOLDER}`),
      isBroken: async (lab) => (await succeeds(lab, 'kvm01', 'ls', `${FOLDER}/`)) && !(await succeeds(lab, 'bridge01', 'ls', `${FOLDER}/`)),
    },
    // Another VM of kvm01 has its folder there as it should be.
    production: true,
    bridges: 2,
    machines: { 'BDS-107': { [bridge01]: 'not-met', [bridge02]: 'not-met' } },
    reasons: [/bridge01.*datastores\/0\/0, which is on kvm01.*No such file or directory/, /shared storage/],
  },
  'bridge-stages-elsewhere.undetermined': {
    fault: together(`each machine has a file system of its own at ${STAGE}, where hosts stage backups; all were changed in one second`, [
      stagingSaid(STAGE),
      {
        what: '',
        break: async (lab) => {
          for (const machine of STAGING) await admin(lab, machine, `mkdir -p ${STAGE}; mount -n -t tmpfs none ${STAGE}`);
          await sleep(1100 - (Date.now() % 1000));
          for (const machine of STAGING) await sh(lab, machine, `chmod 750 ${STAGE}; sleep 0.02`);
        },
        repair: async (lab) => {
          for (const machine of STAGING) await admin(lab, machine, `umount -n ${STAGE}; rmdir ${STAGE}`);
        },
        isBroken: (lab) => succeeds(lab, 'bridge01', 'test', '-d', STAGE),
      },
    ]),
    bridges: 2,
    machines: { 'BDS-107': { [bridge01]: 'undetermined', [bridge02]: 'undetermined' } },
    reasons: [/bridge01.*\/stage of kvm01\S* changed just now/, /Run it again/],
  },
  'bridge-rsync-missing.not-met': {
    fault: missing('rsync', 'bridge01'),
    ...alone(),
    reasons: /bridge01.*expected rsync 3\.1\.0 or newer, found none/,
  },
  'bridge-awk-broken.not-met': {
    fault: instead('awk', 'bridge01', {
      what: 'cannot find one of its libraries',
      script: 'echo "awk: error while loading shared libraries: libm.so.6" >&2; exit 127',
      asked: 'awk --version',
      looks: /^exit 127/,
    }),
    ...alone(),
    reasons: /bridge01.*there, but not running: awk/,
  },
  'bridge-sshd-down.not-met': { fault: sshdStopped('bridge01'), ...unreached(), reasons: /frontend01\S* → bridge01.*Connection refused/ },
  'bridge-frozen.undetermined': {
    fault: sshdFrozen('bridge01', 'the SSH server of bridge01 has stopped in its tracks'),
    site: impatient,
    ...unreached('undetermined'),
    reasons: /frontend01\S* → bridge01/,
  },
  'bridge-not-to-frontend.not-met': {
    fault: files('authorized_keys on the front-end lets the key in from all but bridge01', 'frontend01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/from="!198.18.3.1,*" /\' ~/.ssh/authorized_keys',
      looks: prints('frontend01', onBridge('bridge01', 'ssh -o BatchMode=yes frontend01.example.net true'), /Permission denied/),
    }),
    ...alone(),
    reasons: /bridge01\S* → frontend01.*Permission denied/,
  },
  'bridge-other-host-key.not-met': {
    fault: files('oneadmin on bridge01 knows another host key of backup01', 'bridge01', {
      files: ['/var/lib/one/.ssh/known_hosts'],
      script: otherKey('backup01'),
      looks: overHostSays('bridge01', /verification failed/),
    }),
    ...alone(),
    also: notMet('105'),
    reasons: { 107: /bridge01\S* → backup01.*verification failed/, 105: /bridge01/ },
  },
  'bridge-storage-hangs.undetermined': {
    fault: program('the system datastore on bridge01 does not answer', 'bridge01', {
      name: 'stat',
      script: 'exec sleep 60',
      looks: prints('bridge01', 'timeout 0.3 stat /; echo $?', /^124/m),
    }),
    site: { deadlines: { command: 3 } },
    ...alone('undetermined'),
    reasons: /bridge01.*system datastores/,
  },
  'bridge-of-no-name.not-met': {
    ...list('bridge09.example.net', bridge02),
    bridges: 2,
    also: blocked('105'),
    machines: { 'BDS-107': { 'bridge09.example.net': 'not-met', [bridge02]: 'met' } },
    reasons: [/frontend01\S* → bridge09\.example\.net.*Could not resolve/, /Make the name bridge09\.example\.net known/],
  },
  'bridge-is-hypervisor.met': { ...list(bridge01, kvm02), bridges: 2, machines: { 'BDS-107': { [bridge01]: 'met', [kvm02]: 'met' } } },
  'bridge-is-hypervisor-alone.not-met': {
    ...list(kvm01),
    machines: { 'BDS-107': { [kvm01]: 'not-met' } },
    reasons: /kvm01.*datastores\/0\/1, which is on kvm02.*No such file or directory/,
  },
  'bridge-undeclared.met': {
    fault: datastore('BRIDGE_LIST of the backup datastore names one bridge host more than is declared', {
      BRIDGE_LIST: `${bridge01}  ${bridge02} ${kvm01}`,
    }),
    bridges: 2,
    also: notMet('404'),
    reasons: { 404: [/BRIDGE_LIST is “bridge01\S+ bridge02\S+ kvm01\S+”, expected “bridge01\S+ bridge02\S+”/, /datastore\.bridge_list/] },
  },
  'bridge-without-user-bus.not-met': {
    fault: datastore('backups are limited by RSYNC_CPU_QUOTA, and bridge hosts have no systemd', { RSYNC_CPU_QUOTA: '50' }),
    site: { datastore: { bridge_list: [bridge01], template: { RSYNC_CPU_QUOTA: '50' } } },
    bridges: 1,
    reasons: /bridge01.*expected what runs backups under RSYNC_CPU_QUOTA there/,
  },
  'bridge-before-it-counts.not-applicable': {
    ...list('bridge09.example.net'),
    release: '6.10.5',
    reasons: /OpenNebula 6\.10\.5 does not read BRIDGE_LIST/,
  },
} satisfies Table;
