/** A cloud of typed facts in which every requirement of the audit is met, and its parts. */

import type { Audited } from '../support/facts/audited.ts';
import { type HostFacts, subjectOf } from '../support/facts/host.ts';
import type { Login } from '../support/facts/login.ts';
import { lackingOf, type Scripts } from '../support/facts/scripts.ts';
import type { Space } from '../support/facts/space.ts';
import type { Directory } from '../support/facts/storage.ts';
import type { Image, Increment } from '../support/opennebula/images.ts';
import type { BackupJob, ShownJob } from '../support/opennebula/jobs.ts';
import type { Datastore, Disk, Host, ScheduledBackup, VirtualMachine } from '../support/opennebula/pools.ts';
import type { Evidence, Looked } from '../support/outcome/evidence.ts';
import { example, siteText } from '../support/site/example.ts';
import { parseSite } from '../support/site/load.ts';

export const [frontend01, backup01] = ['frontend01.example.net', 'backup01.example.net'];
export const [kvm01, kvm02] = ['kvm01.example.net', 'kvm02.example.net'];
export const path = '/var/lib/one/datastores';

/** One command's answer. */
export const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  ...{ machine: backup01, account: 'oneadmin', command: 'hostname', exitCode: 0, signal: null, stdout: 'backup01\n', stderr: '' },
  ...{ startedAt: '2026-11-23T09:10:00.000Z', seconds: 0.25, truncated: false },
  ...changes,
});

/** What a machine was found to say to a question; its evidence goes by the question's name. */
export const looked = <T>(value: T, question: string): Looked<T> => ({ value, evidence: [evidence({ command: question })] });
export const unread = (fault: string, question: string, fix?: string): Looked<never> => ({
  ...{ fault, evidence: [evidence({ command: question })] },
  ...(fix !== undefined && { fix }),
});

export const host = (id: string, name: string, state = 'on', changes: Partial<Host> = {}): Host => ({
  ...{ id, name, state, vmMad: 'kvm', vms: [], cluster: '0', clusterName: 'default', version: '7.4.0' },
  ...changes,
});

export const datastore = (changes: Partial<Datastore> = {}): Datastore => ({
  ...{ id: '100', name: 'rsync Backups', type: 'bck', dsMad: 'rsync', tmMad: '-', state: 'on' },
  ...{ basePath: '/var/lib/one//datastores/100', clusters: ['0'], totalMb: 258_020, freeMb: 78_224, usedMb: 25_672, images: [] },
  template: { RSYNC_USER: ['oneadmin'], RSYNC_HOST: [backup01], TM_MAD: ['-'], SAFE_DIRS: ['/var/tmp'], RESTRICTED_DIRS: ['/'] },
  ...changes,
});

/** The driver's scripts, all of which may be run. */
const all = lackingOf({ sums: '', executable: [] }, ['local'], '7.4.0').missing;
export const scripts: Scripts = { sums: all.map((path) => `${'0'.repeat(64)}  ${path}`).join('\n'), executable: all };

/** The front-end's clock. */
export const now = 1_795_409_972;

export const disk = (changes: Partial<Disk> = {}): Disk => ({
  ...{ id: '0', image: 'tiny', type: 'FILE', isVolatile: false, isReadOnly: false, isEncrypted: false, tmMad: 'local', sizeMb: 256 },
  ...changes,
});

export const virtualMachine = (changes: Partial<VirtualMachine> = {}): VirtualMachine => ({
  ...{
    id: '0',
    name: 'vm0',
    state: 'RUNNING',
    inBackup: false,
    backupSince: Number.NaN,
    poweredOff: false,
    ready: true,
    unborn: false,
    host: kvm01,
    systemDatastore: '0',
    cluster: '0',
    owner: '0',
    group: 'oneadmin',
    labels: [],
    made: now - 30 * 86_400,
    restsSince: undefined,
    disks: [disk()],
    diskMb: 256,
  },
  ...{
    keepsIncrements: false,
    incrementMode: 'CBT',
    keepLast: 0,
    flattens: false,
    lastIncrement: -1,
    chain: '',
    backsUpVolatile: false,
    chosenDisks: [],
    freeze: 'NONE',
    job: '',
    wasBackedUp: false,
    backups: [],
    error: '',
    waits: '',
    lock: '',
  },
  ...{ scheduled: [], backupActions: [], otherActions: [] },
  ...changes,
});

export const scheduledBackup = (changes: Partial<ScheduledBackup> = {}): ScheduledBackup => ({
  ...{ id: '3', datastoreId: '100', time: now, done: -1, dispatched: false, message: '' },
  ...{ repeats: false, every: undefined, days: [], times: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY, reset: false },
  ...changes,
});

/** A job that backs these VMs up every night, and did so nine hours ago. */
export const nightly = (...vms: readonly string[]): ShownJob => ({
  ...{
    id: '2',
    name: 'nightly',
    vms,
    datastoreId: '100',
    mode: 'FULL',
    reset: false,
    keepLast: 0,
    freeze: 'NONE',
    lastAsked: now - 9 * 3600,
    lasted: 600,
  },
  ...{ outdated: [], backingUp: [], updated: vms, failed: [], error: '', scheduled: ['20'] },
  actions: [scheduledBackup({ id: '20', repeats: true, every: 'week', days: [0, 1, 2, 3, 4, 5, 6], time: now + 15 * 3600 })],
});

/** OpenNebula lists these jobs, and shows those with something scheduled. */
export const jobsOf = (...jobs: readonly ShownJob[]) => ({
  jobs: looked<readonly BackupJob[]>(jobs, 'jobs'),
  shownJobs: jobs.filter(({ scheduled }) => scheduled.length > 0).map((each) => ({ listed: each, ...looked(each, `job ${each.id}`) })),
});

/** A link of a chain of increments. */
export const link = (id: string, source: string, date: number, changes: Partial<Increment> = {}): Increment => ({
  ...{ id, source, date, parent: String(Number(id) - 1), isFull: id === '0', sizeMb: id === '0' ? 41 : 1 },
  ...changes,
});

/** A full backup of VM 0 in datastore 100. */
export const image = (changes: Partial<Image> = {}): Image => ({
  ...{
    id: '1',
    name: '0 23-Nov 05.00.46',
    isBackup: true,
    state: 'ready',
    datastoreId: '100',
    source: '5de970',
    format: 'raw',
    sizeMb: 42,
  },
  ...{ registered: 1_795_410_046, newest: 1_795_410_046, vms: ['0'], disks: ['0'], increments: [], error: '' },
  ...changes,
});

export const storedKey = { type: 'ssh-ed25519', fingerprint: 'SHA256:right', standing: 'stored' } as const;

/** A login to the backup server; undefined takes a part of it away. */
export const login = (from: string, changes: { [K in keyof Login]?: Login[K] | undefined } = {}): Login =>
  ({ from, to: backup01, hostKey: storedKey, evidence: [evidence({ machine: from, command: 'ssh' })], ...changes }) as Login;

export const directory = (at: string, changes: Partial<Directory> = {}): Directory => ({
  ...{ path: at, type: 'd', owner: 'oneadmin', group: 'oneadmin', mode: 0o755, usable: true },
  ...changes,
});

export const space = (at: string, changes: Partial<Space> = {}): Space => ({
  ...{ path: at, totalBytes: 258_020 * 2 ** 20, availableBytes: 78_224 * 2 ** 20, freePercent: 7_822_400 / 236_244, freeInodesPercent: 50 },
  ...changes,
});

const installed = {
  rsync: looked({ state: 'runs', version: '3.2.7' } as const, 'rsync'),
  qemuImg: looked({ state: 'runs', version: '7.2.22' } as const, 'qemu-img'),
  missing: looked([], 'programs'),
  broken: looked([], 'broken'),
  inherited: looked({ umask: 0o022, fileKib: Number.POSITIVE_INFINITY }, 'inherited'),
};

export const hostFacts = (at: Host, changes: { [K in keyof HostFacts]?: HostFacts[K] | undefined } = {}): HostFacts =>
  ({
    ...{
      host: at,
      subject: subjectOf(at),
      asked: [evidence({ machine: at.name, command: `all of ${at.name}` })],
      noise: '',
      login: login(at.name),
      ...installed,
    },
    handshake: looked({ state: 'answered', absent: false, copies: true, waited: false }, 'handshake'),
    ...{ lent: looked(true, 'lent'), aliases: looked([], 'aliases'), localCommand: '' },
    staging: looked([space(`${path}/0`)], 'staging'),
    folders: looked({ obstacles: [], volumes: [] }, 'folders'),
    scripts: looked({ missing: [], other: [], notExecutable: [] }, 'scripts'),
    libvirt: looked({ state: 'answers', version: '9.0.0' }, 'libvirt'),
    limits: [],
    confinement: { value: { missing: [] }, evidence: [] },
    shared: { value: new Map(), evidence: [] },
    ...changes,
  }) as HostFacts;

export function wholeCloud(): Audited {
  const hosts = [host('0', kvm01), host('1', kvm02)];
  const asked = (machine: string) => [evidence({ machine, command: `all of ${machine}` })];
  return {
    site: { ...parseSite(`${siteText(example)}protect: {}\n`, 'site.example.yaml'), hosts: hosts.map(({ name }) => name) },
    frontend: {
      ...{ name: frontend01, account: 'oneadmin', asked: asked(frontend01), missing: installed.missing, broken: installed.broken },
      hosts: looked(hosts, 'hosts'),
      datastores: looked([datastore()], 'datastores'),
      virtualMachines: looked([virtualMachine()], 'virtual-machines'),
      user: looked({ id: '0', name: 'oneadmin', seesAll: true }, 'user'),
      now: looked(now, 'now'),
      agent: looked({ state: 'keys', keys: 1 }, 'agent'),
      settings: looked({}, 'settings'),
      scripts: looked(scripts, 'scripts of the front-end'),
      localCommand: '',
    },
    server: {
      ...{ name: backup01, asked: asked(backup01), login: login(frontend01), agentLogin: login(frontend01), ...installed },
      noise: looked('', `all of ${backup01}`),
      identity: looked('boot\n1:2', 'identity'),
      user: looked('oneadmin', 'user'),
      group: looked('oneadmin', 'group'),
      storage: {
        path,
        directory: looked(directory(path), 'directory'),
        own: looked([directory(`${path}/100`), directory(`${path}/100/0`)], 'own-directories'),
        links: looked('', 'links'),
        devices: looked({ root: '1', below: [path, `${path}/100`].map((each) => ({ device: '2', path: each })) }, 'devices'),
        mounts: looked([mount('/', '/dev/sda2'), mount(path, '/dev/sdb1'), mount(path, '/dev/sdb1')], 'mount'),
      },
      tmp: looked({ path: '/var/tmp', there: '/var/tmp', is: 'directory', usable: true }, 'tmp'),
      space: looked({ storage: space(`${path}/100`), tmp: space('/var/tmp') }, 'space'),
    },
    hosts: hosts.map((each) => hostFacts(each)),
    bridges: [],
    backups: {
      images: looked(
        [1, 8].map((days) => image({ id: String(days), registered: now - days * 86_400, newest: now - days * 86_400 })),
        'images',
      ),
      now: looked(now, 'backups-now'),
      zone: looked('UTC', 'zone'),
      ...jobsOf(nightly('0')),
      ...{ limits: { inAll: 5, onHost: 2 }, logs: new Map() },
    },
    quotas: new Map(),
    missing: new Map(),
    schedules: { machines: [], limits: { inAll: 5, onHost: 2 }, ends: { value: new Map(), evidence: [] }, evidence: [] },
    gate: {},
  };
}

export const mount = (target: string, source: string, type = 'ext4') => ({ target, source, type });
