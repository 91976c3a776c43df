import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { otherPrograms, programsOnHosts, qemuImgOnBackupServer, rsyncOnBackupServer } from '../../support/checks/programs.ts';
import { subjectOf } from '../../support/facts/host.ts';
import { backupServerPrograms, frontendPrograms, hostPrograms, type Installed } from '../../support/facts/programs.ts';
import { compareVersions } from '../../support/facts/release.ts';
import type { Handshake } from '../../support/facts/transfer.ts';
import { backup01, frontend01, host, login, looked, unread, virtualMachine } from '../made.ts';
import { kvm01 } from '../worlds/world.ts';
import { both, type Change, cases, frontend, judge, met, onKvm01, pool, server, site } from './cases.ts';

const rsync = (value: Installed) => server({ rsync: looked(value, 'rsync') });
const runs = (version: string): Installed => ({ state: 'runs', version });
const absent: Installed = { state: 'absent' };
const wanted = `${backup01}: expected rsync 3.1.0 or newer, found`;
met(rsyncOnBackupServer, 'BDS-301 server', ['rsync'], { measured: 'rsync 3.2.7 (needs 3.1.0)' });
cases(
  rsyncOnBackupServer,
  undefined,
  [
    ['missing', rsync(absent), 'not-met', ['rsync']],
    ['too old', rsync(runs('2.6.9')), 'not-met', `${wanted} 2.6.9. Repair or upgrade the package rsync on ${backup01}.`],
    ['just new enough', rsync(runs('3.1.0')), 'met'],
    ['a release candidate of the oldest that will do', rsync(runs('3.1.0pre12')), 'not-met', /found 3\.1\.0pre12\./],
    ['a release candidate of a newer one', rsync(runs('3.3.0pre1')), 'met'],
    ['it does not run', rsync({ state: 'broken', how: 'one that does not run (exit 126): denied' }), 'not-met'],
    ['newer is declared', site({ programs: { rsync: '3.3', qemu_img: '2.5' } }), 'not-met', /rsync 3\.3 or newer, found 3\.2\.7/],
    ['no answer', server({ rsync: unread('no answer to “rsync”', 'rsync', 'Look.') }), 'undetermined', ['rsync']],
  ],
  {
    missing: `${wanted} none: command not found. Install the package rsync on ${backup01}.`,
    'it does not run': `${wanted} one that does not run (exit 126): denied. Repair or upgrade the package rsync on ${backup01}. See what is started: type -a rsync.`,
    'no answer': `${wanted} no answer to “rsync”. Look.`,
  },
);
test('BDS-301, too old: what was measured is told, too', () => {
  assert.equal(judge(rsyncOnBackupServer, rsync(runs('2.6.9')))[0]?.measured, 'rsync 2.6.9 (needs 3.1.0)');
});

met(qemuImgOnBackupServer, 'BDS-302 server', ['qemu-img'], { measured: 'qemu-img 7.2.22 (needs 2.5)' });
cases(
  qemuImgOnBackupServer,
  undefined,
  [
    ['missing', server({ qemuImg: looked(absent, 'qemu-img') }), 'not-met'],
    ['too old', server({ qemuImg: looked(runs('2.0.0'), 'qemu-img') }), 'not-met', /found 2\.0\.0\./],
  ],
  {
    missing: `${backup01}: expected qemu-img 2.5 or newer, found none: command not found. Install the package qemu-utils on ${backup01}.`,
  },
);

describe('versions', () => {
  for (const [a, b, sign] of [
    ['3.2.7', '3.1.0', 1],
    ['3.10', '3.9', 1],
    ['3.10', '3.1', 1],
    ['2.6.9', '3.1.0', -1],
    ['3.1', '3.1.0', 0],
    ['3.1.0', '3.1', 0],
    ['3.1.0.1', '3.1.0', 1],
    ['3.0.9', '3.1', -1],
    ['10', '9.9.9', 1],
    ['3.1.0', '3.1.0', 0],
    ['3.1.0pre1', '3.1.0', -1],
    ['3.1.0', '3.1.0pre1', 1],
    ['3.1.1pre1', '3.1.0', 1],
    ['3.1.1pre1', '3.1.2', -1],
    ['3.1.0pre1', '3.1.0pre1', 0],
    ['3.2.', '3.2', 0],
  ] as const)
    test(`${a} is ${['older than', 'as old as', 'newer than'][sign + 1]} ${b}`, () => assert.equal(Math.sign(compareVersions(a, b)), sign));
});

const onHost = (program: 'rsync' | 'qemuImg', value: Installed) => ({ [program]: looked(value, program) });
const late = unread('no answer to “qemu-img --version”', 'qemu-img', 'Look.');

const handshake = (state: Handshake['state'], said = 'not for you') => ({
  handshake: looked({ state, said, command: 'rsync -n' } as Handshake, 'handshake'),
});
const missing = `${kvm01}: expected rsync 3.1.0 or newer, found none: command not found.`;
met(programsOnHosts, 'BDS-303 hosts', ['rsync', 'qemu-img'], { measured: 'rsync 3.2.7 (needs 3.1.0), qemu-img 7.2.22 (needs 2.5)' });
cases(
  programsOnHosts,
  kvm01,
  [
    ['rsync is missing', onKvm01(onHost('rsync', absent)), 'not-met', `${missing} Install the package rsync on ${kvm01}.`],
    [
      'qemu-img is missing',
      onKvm01(onHost('qemuImg', absent)),
      'not-met',
      /^kvm01\.example\.net: expected qemu-img 2\.5.*Install the package qemu-utils on kvm01/,
    ],
    ['both are missing', onKvm01({ ...onHost('rsync', absent), ...onHost('qemuImg', absent) }), 'not-met', ['rsync', 'qemuImg']],
    ['one is missing, one does not answer', onKvm01({ ...onHost('rsync', absent), qemuImg: late }), 'not-met'],
    ['one does not answer', onKvm01({ qemuImg: late }), 'undetermined', /found no answer to “qemu-img --version”\. Look\.$/],
    ['rsync ends well, and logs in nowhere', onKvm01(handshake('pretended', 'nothing')), 'not-met', ['rsync', 'qemu-img', 'handshake']],
    [
      'rsync is missing, and so is not answered',
      onKvm01({ ...onHost('rsync', absent), ...handshake('unanswered') }),
      'not-met',
      `${missing} Install the package rsync on ${kvm01}.`,
    ],
    [
      'it was not let in, which is BDS-102’s',
      onKvm01({ ...handshake('unanswered'), login: login(kvm01, { failure: { kind: 'refused', message: 'x' } }) }),
      'met',
    ],
    ['it did not come so far', onKvm01({ handshake: unread('no answer', 'handshake'), login: undefined }), 'met'],
    ['its connection is cut, which is BDS-102’s', onKvm01(handshake('cut')), 'met'],
    ...(['unanswered', 'greeted', 'refused'] as const).map(
      (state) =>
        [`rsync is let in, and ${state}, which is another’s`, onKvm01(handshake(state)), 'met', /rsync is there, .*BDS-102/] as const,
    ),
  ],
  {
    'both are missing': `${missing} ${kvm01}: expected qemu-img 2.5 or newer, found none: command not found. Install the package rsync on ${kvm01}. Install the package qemu-utils on ${kvm01}.`,
    'one is missing, one does not answer': `${missing} Install the package rsync on ${kvm01}.`,
    'rsync ends well, and logs in nowhere': `${kvm01}: expected rsync to log in to ${backup01}, found one that ends as if all were well, logs in nowhere and says nothing. See what it is (type -a rsync), and put the package rsync in its place. Then try it there: rsync -n`,
  },
);

test('BDS-303: of what runs it is told what was measured', () => {
  const measured = (changes: object) => judge(programsOnHosts, onKvm01(changes))[0]?.measured;
  assert.equal(measured(onHost('rsync', absent)), 'qemu-img 7.2.22 (needs 2.5)');
  assert.equal('measured' in (judge(programsOnHosts, onKvm01({ ...onHost('rsync', absent), qemuImg: late }))[0] ?? {}), false);
});

/** Of these programs of a machine, those that it does not have. */
const lacks = (all: typeof hostPrograms, ...names: readonly string[]) => ({
  missing: looked(
    all.filter(({ name }) => names.includes(name)),
    'programs',
  ),
});
const onHostLacks = (...names: readonly string[]) => onKvm01(lacks(hostPrograms, ...names));
const serverLacks = (...names: readonly string[]) => server(lacks(backupServerPrograms, ...names));
const keepers = (count: number, more: object = {}): Change =>
  frontend({
    virtualMachines: pool(
      'virtual-machines',
      virtualMachine(),
      ...Array.from({ length: count }, (_, at) => virtualMachine({ id: `${at + 1}`, name: `vm${at + 1}`, keepsIncrements: true, ...more })),
    ),
  });
const calls = (machine: string) => `${machine}: expected the programs that the driver calls there, found`;
const jq = 'jq (package jq; flattening a chain of increments: without it the first flatten destroys the chain)';
const unlisted = `${frontend01}: expected OpenNebula to list its VMs, found no. Look.`;
met(otherPrograms, 'BDS-304 server hosts', ['programs', 'broken'], {
  measured: ['9 of 9 programs run', '14 of 14 programs run', '14 of 14 programs run', '8 of 8 programs run'],
});
test('BDS-304: of programs that nobody needs it does not count one that is missing', () => {
  const figures = judge(otherPrograms, both(onHostLacks('qemu-nbd'), serverLacks('jq'))).map(({ measured }) => measured);
  assert.deepEqual(figures, ['9 of 9 programs run', '13 of 14 programs run', '14 of 14 programs run', '7 of 8 programs run']);
});
cases(otherPrograms, undefined, [
  ['OpenNebula lists none', frontend({ virtualMachines: unread('no', 'vms', 'Look.') }), 'undetermined', unlisted, ['vms']],
]);
cases(otherPrograms, frontend01, [
  [
    'a program is missing',
    frontend(lacks(frontendPrograms, 'curl', 'md5sum')),
    'not-met',
    /frontend01.*md5sum \(package coreutils; .*, curl \(package curl; .*Install them on frontend01/,
  ],
]);
cases(
  otherPrograms,
  kvm01,
  [
    ['a program is missing', onHostLacks('virsh'), 'not-met', ['programs', 'broken']],
    ['nbdinfo is missing, and vm1 keeps increments', both(keepers(1), onHostLacks('nbdinfo')), 'not-met', /nbdinfo \(package libnbd-bin/],
    ['qemu-nbd is missing, and vm1, which runs, keeps increments', both(keepers(1), onHostLacks('qemu-nbd')), 'met'],
    [
      'qemu-nbd is missing, and vm1, which is powered off, keeps increments',
      both(keepers(1, { poweredOff: true }), onHostLacks('qemu-nbd')),
      'not-met',
      /qemu-nbd.*kept by vm1 \(1\)\.$/,
    ],
    ['it does not answer', onKvm01({ missing: unread('no answer (x)', 'programs', 'Look.') }), 'undetermined', ['programs']],
  ],
  {
    'a program is missing': `${calls(kvm01)} missing: virsh (package libvirt-clients; backup: freezes and copies the disks). Install them on ${kvm01}.`,
    'qemu-nbd is missing, and vm1, which runs, keeps increments': `${kvm01}: missing, but needed only once one that keeps increments is powered off: qemu-nbd (package qemu-utils; incremental backup of a powered-off machine: it serves the disk).`,
    'it does not answer': `${calls(kvm01)} no answer (x). Look.`,
  },
);
cases(
  otherPrograms,
  backup01,
  [
    ['jq is missing, nobody keeps increments', serverLacks('jq'), 'met'],
    ['df and jq are missing, and vm1 keeps increments', both(keepers(1), serverLacks('df', 'jq')), 'not-met'],
    [
      'df is missing, and vm1 keeps increments',
      both(keepers(1), serverLacks('df')),
      'not-met',
      /Install them on backup01\.example\.net\.$/,
    ],
    [
      'jq is missing, and five keep increments: all are named',
      both(keepers(5), serverLacks('jq')),
      'not-met',
      /kept by vm1 \(1\); .*vm4 \(4\); vm5 \(5\)\.$/,
    ],
    [
      'jq is missing, and seven keep increments: five are named',
      both(keepers(7), serverLacks('jq')),
      'not-met',
      /vm5 \(5\); and 2 more\.$/,
    ],
  ],
  {
    'jq is missing, nobody keeps increments': `${backup01}: missing, but needed only once a VM keeps increments: ${jq}.`,
    'df and jq are missing, and vm1 keeps increments': `${calls(backup01)} missing: df (package coreutils; monitoring: it tells the free space), ${jq}. Install them on ${backup01}. Increments are kept by vm1 (1).`,
  },
);
test('BDS-304: the front-end, each host, the backup server; without the last where it lets nobody in', () => {
  const names = (change?: Change) => judge(otherPrograms, change).map(({ subject }) => `${subject?.kind} ${subject?.name}`);
  const [first, ...rest] = [`machine ${frontend01}`, `host ${kvm01}`, 'host kvm02.example.net', `machine ${backup01}`];
  assert.deepEqual(names(), [first, ...rest]);
  const shut = server({ login: login(frontend01, { failure: { kind: 'refused', message: 'x' } }) });
  assert.deepEqual(names(shut), [first, ...rest.slice(0, -1)]);
  assert.deepEqual(judge(otherPrograms)[1]?.subject, subjectOf(host('0', kvm01)));
});

/** Of these programs of a machine, those that are there, and do not run. */
const broken = (all: typeof hostPrograms, ...names: readonly string[]) => ({
  broken: looked(
    all
      .filter(({ name }) => names.includes(name))
      .map((program) => ({ program, said: `${program.name}: error while loading shared libraries` })),
    'broken',
  ),
});
const unasked = { broken: unread('no answer (x)', 'broken', 'Look.') };
const bySnapshots: Change = keepers(1, { incrementMode: 'SNAPSHOT' });
const blocks = 'nbdinfo (package libnbd-bin; incremental backup: it lists the changed blocks)';
cases(
  otherPrograms,
  kvm01,
  [
    ['virsh does not run', onKvm01(broken(hostPrograms, 'virsh')), 'not-met', ['programs', 'broken']],
    ['ps is missing, and ruby does not run', onKvm01({ ...lacks(hostPrograms, 'ps'), ...broken(hostPrograms, 'ruby') }), 'not-met'],
    [
      'qemu-io does not run, and nobody keeps increments',
      onKvm01(broken(hostPrograms, 'qemu-io')),
      'met',
      /missing or not running, but needed only once/,
    ],
    [
      'qemu-io does not run, and vm1 keeps increments',
      both(keepers(1), onKvm01(broken(hostPrograms, 'qemu-io'))),
      'not-met',
      /kept by vm1 \(1\)\.$/,
    ],
    ['which programs run is not told', onKvm01(unasked), 'undetermined', ['broken']],
    ['which programs run is not told, and one is missing', onKvm01({ ...unasked, ...lacks(hostPrograms, 'virsh') }), 'not-met'],
    ['nbdinfo is missing, and vm1 keeps increments by snapshots', both(bySnapshots, onHostLacks('nbdinfo')), 'met'],
    ['qemu-io is missing, and vm1 keeps increments by snapshots', both(bySnapshots, onHostLacks('qemu-io')), 'not-met'],
    [
      'qemu-nbd is missing, and vm1, which is powered off, keeps increments by snapshots',
      both(keepers(1, { incrementMode: 'SNAPSHOT', poweredOff: true }), onHostLacks('qemu-nbd')),
      'met',
      /needed only once one keeps increments by changed blocks/,
    ],
  ],
  {
    'virsh does not run': `${calls(kvm01)} there, but not running: virsh (package libvirt-clients; backup: freezes and copies the disks): “virsh: error while loading shared libraries”. Repair or reinstall libvirt-clients on ${kvm01}.`,
    'ps is missing, and ruby does not run': `${calls(kvm01)} missing: ps (package procps; cancelling a backup: it finds the transfer); there, but not running: ruby (package ruby; backup: prepares the disks): “ruby: error while loading shared libraries”. Install them on ${kvm01}. Repair or reinstall ruby on ${kvm01}.`,
    'nbdinfo is missing, and vm1 keeps increments by snapshots': `${kvm01}: missing, but needed only once one keeps increments by changed blocks (INCREMENT_MODE CBT): ${blocks}.`,
  },
);
cases(otherPrograms, backup01, [
  [
    'jq does not run, and vm1 keeps increments',
    both(keepers(1), server(broken(backupServerPrograms, 'jq'))),
    'not-met',
    /jq: error while loading/,
  ],
]);
cases(otherPrograms, frontend01, [
  ['ruby does not run', frontend(broken(frontendPrograms, 'ruby')), 'not-met', /Repair or reinstall ruby on frontend01/],
]);
