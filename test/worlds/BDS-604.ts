import { failing, onedDiesAt } from '../../lab/faults/calls.ts';
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

/** An earlier gate of that cloud has proven these hosts so many days ago; `after` is done to its files once they are sealed. */
function earlier(name: string, hosts: Readonly<Record<string, number>>, after = 'true'): Fault {
  const days = Math.max(...Object.values(hosts));
  const time = (of: number) => new Date(Date.now() - of * DAY).toISOString();
  const run = `${time(days).slice(0, 19).replaceAll(':', '-')}Z-0604`;
  const subjects = Object.entries(hosts).map(([host, of]) =>
    subject(fqdn(host), 'met', { id: String(Number(host.slice(-1)) - 1), tried: time(of), proven: time(of) }),
  );
  const file = verdictFile([requirement('met', { id: 'BDS-604', subjects })], {
    ...{ profile: 'gate', run, startedAt: time(days), finishedAt: time(days) },
    cloud: { name: canaries(name).name, frontend: 'frontend01.example.net', openNebula: '7.4.0' },
  });
  return {
    what: `an earlier gate has proven ${Object.entries(hosts)
      .map(([host, of]) => `${host} ${of} days ago`)
      .join(' and ')}${after === 'true' ? '' : ', and its files were changed since'}`,
    break: (lab) =>
      sh(
        lab,
        'frontend01',
        `mkdir reports/${run}; cd reports/${run}; printf %s "$1" > verdict.json; sha256sum verdict.json > SHA256SUMS; ${after}`,
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
  'kvm02 has no CPU left for a virtual machine',
  ({ hosts }) => Object.assign(hosts[1]?.HOST_SHARE as Tree, { CPU_USAGE: '200' }),
  prints('frontend01', 'onehost show -x 1', /<CPU_USAGE>200</),
  'scheduler',
);

/** Of canaries alone: the lab's own virtual machines are 0 and 1. */
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
      fault: failing('kvm02 takes no new folders of virtual machines', 'kvm02', {
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
      fault: failing('kvm02 sends no backup of a virtual machine that is new', 'kvm02', {
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
    'canary-without-scripts.blocked': {
      fault: driverScripts("OpenNebula's driver scripts are gone from kvm02", 'kvm02', {
        script: `rm -r ${SCRIPTS_REMOTE_DIR}`,
        looks: prints('kvm02', `ls ${SCRIPTS_REMOTE_DIR}`, /No such file/),
      }),
      site: canaries('scripts'),
      also: notMet('305'),
      machines: { ...come('met', 'blocked').machines, ...come('met', 'not-met', 'BDS-305').machines },
      reasons: { 604: /Not tried: BDS-305 is not met\./, 305: /kvm02/ },
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
      reasons: { 604: /Not tried: BDS-306 is not met\./, 306: /kvm02/ },
    },
    'canary-over-a-bridge.blocked': {
      fault: 'bridge-no-login',
      bridges: 1,
      site: canaries('bridge'),
      also: { ...theDrill, ...notMet('107') },
      ...come('blocked', 'blocked'),
      reasons: { 604: /Not tried: BDS-107 is not met\./, 107: /bridge01/ },
    },
    'host-full.undetermined': {
      fault: full,
      site: canaries('full', {}, { boot: 25 }),
      ...come('met', 'undetermined'),
      reasons: [/no room for it there: PENDING after 25 s: .*No host meets capacity/, /Make room on kvm02/],
    },
    'host-full-proven-before.met': {
      fault: together('kvm02, which an earlier gate has proven, has no CPU left', [earlier('full before', { kvm01: 3, kvm02: 4 }), full]),
      site: canaries('full before', {}, { boot: 25 }),
      ...come('met', 'met'),
      notes: { 604: /Not proven anew: kvm02\S*: .*no room for it there/ },
    },
    'canary-on-a-host-in-error.undetermined': {
      fault: hostIs('kvm02 is in ERROR in OpenNebula', '3'),
      site: canaries('error'),
      ...come('met', 'undetermined'),
      reasons: /kvm02\S*: .*found it in state ERROR in OpenNebula/,
    },
    'canary-not-on-an-offline-host.met': {
      fault: hostIs('kvm02 is OFFLINE, with virtual machines on it', '8'),
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
      fault: earlier('changed', { kvm01: 2, kvm02: 2 }, 'echo >> verdict.json'),
      site: canaries('changed', { per_run: 1 }),
      ...come('met', 'undetermined'),
      reasons: /kvm02\S*: .*found none so far/,
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
      fault: failing('OpenNebula ends no virtual machine', 'frontend01', {
        of: 'onevm',
        when: 'terminate*|recover*',
        tried: 'onevm terminate --hard 999',
        says: '[one.vm.action] User [2] : Not authorized to perform MANAGE VM [2].',
        exit: 255,
      }),
      site: canaries('stays', {}, { cleanup: 10 }),
      also: notMet('602'),
      reasons: { 602: /virtual machine \d+ \(RUNNING\): remove it with onevm terminate --hard \d+/ },
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
