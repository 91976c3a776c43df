import { createHash } from 'node:crypto';
import { libvirtAnswers, scriptsAreOnHosts } from '../../support/checks/driver.ts';
import type { HostFacts } from '../../support/facts/host.ts';
import type { Libvirt } from '../../support/facts/libvirt.ts';
import { program } from '../../support/facts/programs.ts';
import type { Differences, Scripts } from '../../support/facts/scripts.ts';
import { datastore, frontend01, host, kvm02, looked, scripts as scriptsOfFrontend, unread, virtualMachine } from '../made.ts';
import { kvm01 } from '../worlds/world.ts';
import { both, cases, frontend, met, onKvm01, pool } from './cases.ts';

const QCOW2 = 'tm/lib/backup_qcow2.rb';
const scripts = (changes: Partial<Differences>) =>
  onKvm01({ scripts: looked({ missing: [], other: [], notExecutable: [], ...changes }, 'scripts') });
const gone = onKvm01({ scripts: looked('absent', 'scripts') });
const unread01 = frontend({ settings: looked({ unread: "sed: can't read /etc/one/oned.conf: Permission denied" }, 'settings') });
const sync = `On ${frontend01}: onehost sync --force ${kvm01} (without --force it may do nothing).`;
const wanted = `${kvm01}: expected the driver's scripts in /var/tmp/one as they are on ${frontend01}, found that`;
met(scriptsAreOnHosts, 'BDS-305 hosts', ['scripts'], { measured: '21 scripts, the same as on frontend01.example.net' });
cases(
  scriptsAreOnHosts,
  kvm01,
  [
    ['the folder is not there', gone, 'not-met', ['scripts']],
    ['one is missing', scripts({ missing: [QCOW2] }), 'not-met', `${wanted} ${QCOW2} cannot be read or is missing. ${sync}`],
    [
      'three are other versions',
      scripts({ other: [QCOW2, 'a', 'b'] }),
      'not-met',
      `${wanted} ${QCOW2} and 2 more are another version. ${sync}`,
    ],
    [
      'one may not be run',
      scripts({ notExecutable: [QCOW2] }),
      'not-met',
      /may not be run\. On .* look whether programs may be run there: findmnt -T \/var\/tmp\/one$/,
    ],
    [
      'all of that',
      scripts({ missing: ['a'], other: ['b'], notExecutable: ['c', 'd'] }),
      'not-met',
      /that a cannot be .*; b is another version; c and 1 more may not be run\./,
    ],
    [
      'they are elsewhere',
      both(frontend({ settings: looked({ scripts: '/opt/one' }, 'settings') }), gone),
      'not-met',
      /scripts in \/opt\/one as .* that \/opt\/one is not there/,
    ],
    [
      'where they should be is not told, and they are in the usual place',
      unread01,
      'met',
      /oned\.conf could not be read on frontend01.*in \/var\/tmp\/one/,
    ],
    [
      'where they should be is not told, and they are not in the usual place',
      both(unread01, gone),
      'undetermined',
      /Let the account read \/etc\/one\/oned\.conf/,
    ],
    [
      'where they should be is told, though not all of it could be read',
      both(frontend({ settings: looked({ unread: 'half of it', scripts: '/opt/one' }, 'settings') }), gone),
      'not-met',
      /that \/opt\/one is not there/,
    ],
    ['where they should be was not answered', both(frontend({ settings: unread('no answer', 'settings', 'Look.') }), gone), 'undetermined'],
    ['the host does not answer', onKvm01({ scripts: unread('no answer (x)', 'scripts', 'Look.') }), 'undetermined', ['scripts']],
  ],
  { 'the folder is not there': `${wanted} /var/tmp/one is not there, or cannot be entered. ${sync}` },
);
cases(scriptsAreOnHosts, undefined, [
  [
    'the front-end does not tell its own',
    frontend({ scripts: unread('no answer (x)', 'scripts of the front-end', 'Look.') }),
    'undetermined',
    ['scripts of the front-end'],
    `${frontend01}: expected the driver's scripts, to compare those of the hosts with, found no answer (x). Look.`,
  ],
]);
const without = (...paths: readonly string[]) => ({
  sums: scriptsOfFrontend.sums
    .split('\n')
    .filter((line) => !paths.some((path) => line.endsWith(` ${path}`)))
    .join('\n'),
  executable: scriptsOfFrontend.executable.filter((path) => !paths.includes(path)),
});
const onFrontend = (are: Scripts) => frontend({ scripts: looked(are, 'scripts of the front-end') });
const SPLIT = ['tm/lib/backup_image.rb', 'tm/lib/backup_kvm.rb'];
const NOTHING = createHash('sha256').digest('hex');
const released = (version: string) =>
  frontend({ hosts: pool('hosts', host('0', kvm01, 'on', { version }), host('1', kvm02, 'on', { version })) });
const owned = `${frontend01}: expected the driver's scripts, which OpenNebula runs there and brings to hosts, found that`;
const tm = (...tmMads: readonly string[]) =>
  frontend({ datastores: pool('datastores', ...tmMads.map((tmMad, at) => datastore({ id: String(at), type: 'sys', tmMad }))) });
cases(scriptsAreOnHosts, frontend01, [
  [
    'the front-end itself lacks one, and so do the hosts',
    onFrontend(without('tm/lib/datastore.rb')),
    'not-met',
    ['scripts of the front-end'],
    `${owned} tm/lib/datastore.rb cannot be read or is missing. Reinstall OpenNebula's packages on ${frontend01}. Then: onehost sync --force`,
  ],
  [
    'one may not be run on the front-end',
    onFrontend({ ...scriptsOfFrontend, executable: without(QCOW2).executable }),
    'not-met',
    `${owned} ${QCOW2} may not be run. Reinstall OpenNebula's packages on ${frontend01}. Then: onehost sync --force`,
  ],
  [
    'one is empty on the front-end, and alike on the hosts',
    onFrontend({ ...scriptsOfFrontend, sums: scriptsOfFrontend.sums.replace(/^.*(?= {2}datastore\/rsync\/restore$)/m, NOTHING) }),
    'not-met',
    `${owned} datastore/rsync/restore is empty. Reinstall OpenNebula's packages on ${frontend01}. Then: onehost sync --force`,
  ],
  [
    'what scripts require or source is gone',
    onFrontend(without('datastore/downloader.sh', 'datastore/libfs.sh', 'tm/tm_common.sh', 'scripts_common.sh', ...SPLIT)),
    'not-met',
    `${owned} datastore/downloader.sh and 5 more cannot be read or are missing. Reinstall OpenNebula's packages on ${frontend01}. Then: onehost sync --force`,
  ],
  [
    'what backup_qcow2.rb requires from 7.4 on is gone',
    onFrontend(without(...SPLIT)),
    'not-met',
    /tm\/lib\/backup_image\.rb and 1 more cannot be read/,
  ],
  ['a transfer driver lacks one', both(tm('ssh'), onFrontend(scriptsOfFrontend)), 'not-met', /tm\/ssh\/prebackup and 3 more/],
]);
cases(scriptsAreOnHosts, kvm01, [
  [
    'what only others read may not be run',
    onFrontend({ ...scriptsOfFrontend, executable: without('tm/lib/datastore.rb').executable }),
    'met',
  ],
  [
    'a release before 7.4 has not what backup_qcow2.rb requires from then on',
    both(released('7.2.1'), onFrontend(without(...SPLIT))),
    'met',
  ],
  ['of a release that is not known that is not wanted', both(released(''), onFrontend(without(...SPLIT))), 'met'],
  ['of a transfer driver that nobody knows nothing is wanted', tm('local', 'ours'), 'met'],
]);

const libvirt = (value: Libvirt) => onKvm01({ libvirt: looked(value, 'libvirt') });
const version = (is: string) => libvirt({ state: 'answers', version: is });
const refuses = (said: string) => libvirt({ state: 'refuses', said });
const kept = frontend({
  virtualMachines: pool('virtual-machines', virtualMachine(), virtualMachine({ id: '7', name: 'files', keepsIncrements: true })),
});
const unlisted = frontend({ virtualMachines: unread('no', 'virtual-machines', 'Look.') });
const limited = (attributes: readonly string[], value: object): Partial<HostFacts> => ({
  limits: attributes,
  confinement: looked({ missing: [], ...value }, 'confinement'),
});
const noBus = onKvm01(limited(['RSYNC_CPU_QUOTA'], { bus: 'Failed to connect to bus: No medium found' }));
const answers = `${kvm01}: expected libvirt 5.5 or newer to answer oneadmin, found`;
met(libvirtAnswers, 'BDS-306 hosts', ['libvirt'], { measured: 'libvirt 9.0.0 (needs 7.7)' });
cases(
  libvirtAnswers,
  kvm01,
  [
    [
      'oneadmin may not use it',
      refuses("failed to connect to the hypervisor: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied"),
      'not-met',
      ['libvirt'],
      /found “failed to connect .*Permission denied”\. Let oneadmin use libvirt on kvm01.*usermod -aG libvirt oneadmin/,
    ],
    ['it would ask for a password', refuses('authentication unavailable: no polkit agent available'), 'not-met', /usermod -aG libvirt/],
    [
      'it does not run',
      refuses(
        "failed to connect to the hypervisor: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory",
      ),
      'not-met',
      /Start libvirt on kvm01/,
    ],
    [
      'it says something else',
      refuses('internal error'),
      'not-met',
      `${answers} “internal error”. Look at it on ${kvm01}, as oneadmin: virsh --connect qemu:///system version --daemon`,
    ],
    ['it is too old for any backup', version('5.4.9'), 'not-met', /found 5\.4\.9\. Upgrade libvirt/],
    ['it is old, and nobody keeps increments', version('5.5.0'), 'met'],
    ['it is too old for increments, which files keeps', both(kept, version('7.6.0')), 'not-met'],
    ['it is just new enough for increments', both(kept, version('7.7.0')), 'met'],
    ['it is new, and who keeps increments is not known', both(unlisted, version('7.10.0')), 'met'],
    ['it is old, and who keeps increments is not known', both(unlisted, version('6.0.0')), 'undetermined', ['virtual-machines']],
    ['virsh is missing', libvirt({ state: 'unasked' }), 'blocked', `Not checked: BDS-304 finds no virsh on ${kvm01} that runs.`],
    ['it does not answer', onKvm01({ libvirt: unread('no answer (x)', 'libvirt', 'Look.') }), 'undetermined', ['libvirt']],
    ['limits, and no user bus', noBus, 'not-met', ['libvirt', 'confinement']],
    [
      'limits, and no slice can be written',
      onKvm01(limited(['RSYNC_CPU_QUOTA'], { units: '/h/.config is no directory' })),
      'not-met',
      /found that \/h\/\.config is no directory, where/,
    ],
    [
      'a priority that is refused',
      onKvm01(limited(['RSYNC_IONICE'], { refused: 'ionice: ioprio_set failed' })),
      'not-met',
      /found “ionice: ioprio_set failed”/,
    ],
    [
      'a program that does not run',
      onKvm01(limited(['RSYNC_NICE'], { broken: [{ program: program('nice', 'coreutils', 'RSYNC_NICE'), said: 'exit 1' }] })),
      'not-met',
      /there, but not running: nice \(package coreutils\): “exit 1”/,
    ],
    ['limits, and a user bus', onKvm01(limited(['RSYNC_CPU_QUOTA'], {})), 'met', ['libvirt', 'confinement']],
    [
      'nice is missing, and wanted',
      onKvm01(limited(['RSYNC_NICE'], { missing: [program('nice', 'coreutils', 'RSYNC_NICE')] })),
      'not-met',
      `${kvm01}: expected what runs backups under RSYNC_NICE there, found missing: nice (package coreutils). Install them on ${kvm01}, or take the limit from the datastore (RSYNC_NICE).`,
    ],
    [
      'limits, of which it is not told whether they can be set',
      onKvm01({ limits: ['RSYNC_CPU_QUOTA'], confinement: unread('no answer (x)', 'confinement', 'Look.') }),
      'undetermined',
      ['libvirt', 'confinement'],
    ],
    [
      'limits and libvirt are amiss',
      both(noBus, refuses('internal error')),
      'not-met',
      /“internal error”\. .*no user bus: “Failed to connect to bus: No medium found”\./,
    ],
  ],
  {
    'it is too old for increments, which files keeps': `${kvm01}: expected libvirt 7.7 or newer, since files (7) keeps increments, found 7.6.0. Upgrade libvirt on ${kvm01}, or restart its daemon if that was done: systemctl restart libvirtd`,
    'limits, and no user bus': `${kvm01}: expected what runs backups under RSYNC_CPU_QUOTA there, found no user bus: “Failed to connect to bus: No medium found”. Let systemd keep one for the account that the driver logs in as, on ${kvm01}: loginctl enable-linger, or take the limit from the datastore (RSYNC_CPU_QUOTA).`,
  },
);
