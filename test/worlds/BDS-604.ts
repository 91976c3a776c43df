import { blankOn, failing, onedDiesAt } from '../../lab/faults/calls.ts';
import { driverScripts, libvirtSocket } from '../../lab/faults/driver.ts';
import { type Fault, prints, sh, together } from '../../lab/faults/fault.ts';
import { known, set } from '../../lab/faults/opennebula.ts';
import { SCRIPTS_REMOTE_DIR } from '../../lab/machines/drivers.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { requirement, subject, verdictFile } from '../told.ts';
import { every, fqdn, gate, kvm01, kvm02, notMet, onBoth, quick, theDrill, undetermined } from './world.ts';

/** Whose proofs are in the reports folder: those of other worlds are of other clouds. */
const canaries = (name: string, more: object = {}, deadlines: Readonly<Record<string, number>> = {}) => ({
  name: `embedded lab, ${name}`,
  deadlines: { ...quick.deadlines, boot: 60, ...deadlines },
  restore: { canary: { template: 'backup-canary', ...more } },
});

/** What each host comes to. */
const come = (one: 'met' | 'not-met' | 'undetermined' | 'blocked' | 'not-applicable', other: typeof one, id = 'BDS-604') => ({
  machines: { [id]: { [kvm01]: one, [kvm02]: other } },
});

const DAY = 86_400_000;

/** In a script on the front-end: what stands for the host key of the backup server, as the front-end is shown it. */
const SHOWN = 'SHA256:shown';
const ASK = `key=$(ssh -v -o BatchMode=yes -o ControlPath=none backup01.example.net true 2>&1 | tr -d '\\r' | sed -n 's/^debug1: Server host key: [^ ]* //p'); test -n "$key"`;

interface Else {
  /** Done to its files once they are sealed. */
  readonly after?: string;
  /** Where its backups went; to the lab's datastore and backup server unless it says otherwise. */
  readonly road?: { readonly id?: string; readonly hostKey?: string };
  readonly outcome?: 'met' | 'not-met';
  /** The lab's unless it says otherwise. */
  readonly frontend?: string;
  /** How a host is called there; as in the lab unless it says otherwise. */
  readonly called?: (host: string) => string;
}

/** An earlier gate of that cloud has proven these hosts so many days ago, or found that they fail. */
function earlier(
  name: string,
  hosts: Readonly<Record<string, number>>,
  { after = '', road = {}, outcome = 'met', ...of }: Else = {},
): Fault {
  const { frontend = 'frontend01.example.net', called = fqdn } = of;
  const days = Math.max(...Object.values(hosts));
  const time = (of: number) => new Date(Date.now() - of * DAY).toISOString();
  const run = `${time(days).slice(0, 19).replaceAll(':', '-')}Z-0604`;
  const subjects = Object.entries(hosts).map(([host, ago]) =>
    subject(called(host), outcome, {
      ...{ id: String(Number(host.slice(-1)) - 1), tried: time(ago) },
      ...(outcome === 'met' && { proven: time(ago) }),
    }),
  );
  const datastore = { id: '100', hostKey: SHOWN, ...road };
  const file = verdictFile([requirement(outcome, { id: 'BDS-604', subjects })], {
    ...{ profile: 'gate', run, startedAt: time(days), finishedAt: time(days) },
    cloud: { name: canaries(name).name, frontend, openNebula: '7.4.0', datastore },
  });
  return {
    what: `an earlier gate has ${outcome === 'met' ? 'proven' : 'failed on'} ${Object.entries(hosts)
      .map(([host, of]) => `${host} ${of} days ago`)
      .join(' and ')}${after === '' ? '' : ', and its files were changed since'}`,
    break: (lab) =>
      sh(
        lab,
        'frontend01',
        `${ASK}; mkdir reports/${run}; cd reports/${run}; printf %s "\${1/${SHOWN}/$key}" > verdict.json; sha256sum verdict.json > SHA256SUMS; ${after}`,
        JSON.stringify(file),
      ),
    repair: (lab) => sh(lab, 'frontend01', `rm -r reports/${run}`),
    isBroken: async (lab) => (await sh(lab, 'frontend01', `ls reports/${run} 2> /dev/null || true`)) !== '',
  };
}

const hostIs = (what: string, STATE: string) =>
  known(
    what,
    set('hosts', 1, { STATE, PREV_STATE: STATE }),
    prints('frontend01', 'onehost show -x 1', new RegExp(`<STATE>${STATE}<`)),
    'scheduler',
  );

const full = known(
  'kvm02 has no CPU left for a VM',
  ({ hosts }) => Object.assign(hosts[1]?.HOST_SHARE as Tree, { CPU_USAGE: '200' }),
  prints('frontend01', 'onehost show -x 1', /<CPU_USAGE>200</),
  'scheduler',
);

/** Of canaries alone: the lab's own VMs are 0 and 1. */
const OTHERS = '/datastores/0/[2-9]';
const notOwn = (before: string) => `${before}${OTHERS}*|${before}/datastores/0/[1-9][0-9]*`;

export default every(
  { ...gate },
  {
    'canary-fails-on-host.not-met': {
      fault: 'canary-fails-on-host',
      site: canaries('boot'),
      ...come('met', 'not-met'),
      reasons: [/kvm02\.example\.net: .*found BOOT_FAILURE: .*process exited while connecting to monitor/, /\/var\/log\/one\/\d+\.log/],
    },
    'canary-prolog-fails.not-met': {
      fault: failing('kvm02 takes no new folders of VMs', 'kvm02', {
        of: 'mkdir',
        when: notOwn('-p*'),
        tried: 'mkdir -p /tmp/datastores/0/99 || exit; rm -r /tmp/datastores',
        says: 'mkdir: cannot create directory: No space left on device',
      }),
      site: canaries('prolog'),
      ...come('met', 'not-met'),
      reasons: /found PROLOG_FAILURE: .*Error executing image transfer script: creating kvm02/,
    },
    'canary-backup-fails.not-met': {
      fault: failing('kvm02 sends no backup of a VM that is new', 'kvm02', {
        of: 'rsync',
        when: notOwn('*'),
        tried: 'rsync -n /datastores/0/99 x',
        says: 'rsync: [sender] read errors mapping: Input/output error (5)',
        exit: 23,
      }),
      site: canaries('backup'),
      ...come('met', 'not-met'),
      reasons: /a backup of the canary on kvm02\S* \(\d+\) to complete .*Input\/output error/,
    },
    'canary-blank-proven-before.undetermined': {
      fault: together('kvm02, which an earlier gate has proven, stages empty disks', [
        earlier('blank', { kvm01: 3, kvm02: 4 }),
        blankOn('kvm02'),
      ]),
      site: canaries('blank'),
      ...come('met', 'undetermined'),
      reasons: [/files of the backup of the canary on kvm02\S* \(\d+\), .*found no data in any disk/, /look at qemu-img on kvm02/],
    },
    'canary-without-scripts.blocked': {
      fault: driverScripts("OpenNebula's driver scripts are gone from kvm02", 'kvm02', {
        script: `rm -r ${SCRIPTS_REMOTE_DIR}`,
        looks: prints('kvm02', `ls ${SCRIPTS_REMOTE_DIR}`, /No such file/),
      }),
      site: canaries('scripts'),
      also: notMet('305'),
      machines: { ...come('met', 'blocked').machines, ...come('met', 'not-met', 'BDS-305').machines },
      reasons: { 604: /Not checked: BDS-305 is not met\./, 305: /kvm02/ },
    },
    'canary-without-libvirt.blocked': {
      fault: libvirtSocket('libvirt on kvm02 is stopped', 'kvm02', {
        make: 'mv libvirt-sock libvirt-sock.off',
        undo: 'mv libvirt-sock.off libvirt-sock',
        looks: /No such file/,
      }),
      site: canaries('libvirt'),
      also: notMet('306'),
      machines: { ...come('met', 'blocked').machines, ...come('met', 'not-met', 'BDS-306').machines },
      reasons: { 604: /Not checked: BDS-306 is not met\./, 306: /kvm02/ },
    },
    'canary-over-a-bridge.blocked': {
      fault: 'bridge-no-login',
      bridges: 1,
      site: canaries('bridge'),
      also: { ...theDrill, ...notMet('107') },
      ...come('blocked', 'blocked'),
      reasons: { 604: /Not checked: BDS-107 is not met\./, 107: /bridge01/ },
    },
    'host-full.undetermined': {
      fault: full,
      site: canaries('full', {}, { boot: 25 }),
      ...come('met', 'undetermined'),
      reasons: [/OpenNebula does not place it there: PENDING after 25 s: .*No host meets capacity/, /Make room on kvm02/],
    },
    'disabled-host-full.undetermined': {
      fault: together('kvm02 is disabled in OpenNebula, and has no CPU left', [hostIs('kvm02 is disabled in OpenNebula', '4'), full]),
      site: canaries('disabled, full'),
      ...come('met', 'undetermined'),
      reasons: [/virtual machine \[\d+\] does not fit in host \[1\]\. Not enough CPU: 10\/0/, /Make room on kvm02/],
    },
    'host-full-proven-before.met': {
      fault: together('kvm02, which an earlier gate has proven, has no CPU left', [earlier('full before', { kvm01: 3, kvm02: 4 }), full]),
      site: canaries('full before', {}, { boot: 25 }),
      ...come('met', 'met'),
      notes: { 604: /Not proven anew: kvm02\S*: .*does not place it there/ },
    },
    'host-full-failed-before.not-met': {
      fault: together('kvm02, on which an earlier gate has failed, has no CPU left', [
        earlier('full failed', { kvm02: 4 }, { outcome: 'not-met' }),
        full,
      ]),
      site: canaries('full failed', {}, { boot: 25 }),
      ...come('met', 'not-met'),
      reasons: /kvm02\S*: .*found that it was not met on \d{4}-\d\d-\d\d \(run \S+-0604\), and was not proven since/,
      notes: { 604: /Not proven anew: kvm02\S*: .*does not place it there/ },
    },
    'canary-on-a-host-in-error.undetermined': {
      fault: hostIs('kvm02 is in ERROR in OpenNebula', '3'),
      site: canaries('error'),
      ...come('met', 'undetermined'),
      reasons: /kvm02\S*: .*found it in state ERROR in OpenNebula/,
    },
    'canary-not-on-an-offline-host.met': {
      fault: hostIs('kvm02 is OFFLINE, with VMs on it', '8'),
      site: canaries('offline'),
      ...come('met', 'not-applicable'),
    },
    'proven-before.met': {
      fault: earlier('rolling', { kvm01: 3 }),
      site: canaries('rolling', { per_run: 1 }),
    },
    'proof-too-old.undetermined': {
      fault: earlier('old', { kvm01: 32, kvm02: 31 }),
      site: canaries('old', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons: [/kvm02\S*: .*not longer than 30 d ago, found the last one on \d{4}-\d\d-\d\d/, /one more gate\..*--all-hosts/],
    },
    'proof-changed.undetermined': {
      fault: earlier('changed', { kvm01: 2, kvm02: 2 }, { after: 'echo >> verdict.json' }),
      site: canaries('changed', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons:
        /kvm02\S*: .*found none so far\. Earlier runs that are not counted: \S+-0604 \(verdict\.json: it cannot be read, contradicts itself, or differs from its manifest/,
    },
    'proof-of-another-server.undetermined': {
      fault: earlier('another server', { kvm01: 2, kvm02: 2 }, { road: { hostKey: 'SHA256:of-the-server-before' } }),
      site: canaries('another server', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons:
        /kvm02\S*: .*found none so far\. Earlier runs .* \(its backups went to a server with another host key, SHA256:of-the-server-before\)/,
    },
    'proof-of-another-datastore.undetermined': {
      fault: earlier('another datastore', { kvm01: 2, kvm02: 2 }, { road: { id: '101' } }),
      site: canaries('another datastore', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons: /kvm02\S*: .*found none so far\. Earlier runs .* \(its backups went to datastore 101, not 100\)/,
    },
    'proof-of-another-cloud.undetermined': {
      fault: earlier('another cloud', { kvm01: 2, kvm02: 2 }, { frontend: 'frontend09.example.net' }),
      site: canaries('another cloud', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons: /kvm02\S*: .*found none so far\. Earlier runs .* \(it is of another front-end, frontend09\.example\.net\)/,
    },
    'proof-of-another-host.undetermined': {
      fault: earlier('another host', { kvm01: 2, kvm02: 2 }, { called: (host) => `of-another-${host}` }),
      site: canaries('another host', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons: /kvm02\S*: .*found none so far\. Earlier runs .* \(of-another-kvm02 had the id 1 then\)/,
    },
    'failure-elsewhere.undetermined': {
      fault: together('kvm02 was proven 3 days ago, and failed 2 days ago with another datastore', [
        earlier('failure elsewhere', { kvm01: 3, kvm02: 3 }),
        earlier('failure elsewhere', { kvm02: 2 }, { outcome: 'not-met', road: { id: '101' } }),
      ]),
      site: canaries('failure elsewhere', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons: [
        /kvm02\S*: .*found the last one on \d{4}-\d\d-\d\d, and a failure since then, in a run that is not counted: \S+-0604\./,
        /its backups went to datastore 101, not 100/,
      ],
    },
    'failure-changed.undetermined': {
      fault: together('kvm02 was proven 3 days ago and failed 2 days ago; the files of the run in which it failed were changed', [
        earlier('failure changed', { kvm01: 3, kvm02: 3 }),
        earlier('failure changed', { kvm02: 2 }, { outcome: 'not-met', after: 'echo > added' }),
      ]),
      site: canaries('failure changed', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons: [/kvm02\S*: .*, and a failure since then, in a run that is not counted: \S+-0604\./, /its files differ from SHA256SUMS/],
    },
    'host-left-out.met': {
      fault: driverScripts('a script that no backup needs is on kvm02 alone', 'kvm02', {
        script: 'echo true > tm/own-script; chmod 755 tm/own-script',
        looks: prints('kvm02', `ls ${SCRIPTS_REMOTE_DIR}/tm`, /own-script/),
      }),
      site: canaries('left out', { hosts: ['kvm01'] }),
      ...come('met', 'not-applicable'),
    },
    'canary-stays.met': {
      fault: failing('OpenNebula ends no VM', 'frontend01', {
        of: 'onevm',
        when: 'terminate*|recover*',
        tried: 'onevm terminate --hard 999',
        says: '[one.vm.action] User [2] : Not authorized to perform MANAGE VM [2].',
        exit: 255,
      }),
      site: canaries('stays', {}, { cleanup: 10 }),
      also: notMet('602'),
      reasons: { 602: /VM \d+ \(RUNNING\): remove it with onevm terminate --hard \d+/ },
    },
    'oned-dies-at-canary.undetermined': {
      fault: onedDiesAt('OpenNebula stops when a template is instantiated', {
        of: 'onetemplate',
        when: 'instantiate*',
        tried: 'onetemplate instantiate 999',
      }),
      site: canaries('dies', { hosts: ['kvm01'] }),
      also: undetermined('602'),
      reasons: { 604: /Failed to open TCP connection|Connection refused/, 602: /could not look/ },
    },
    ...onBoth({
      'canary-on-a-disabled-host.met': {
        fault: hostIs('kvm02 is disabled in OpenNebula', '4'),
        site: canaries('disabled'),
        ...come('met', 'met'),
      },
    }),
  },
);
