import type { VerdictFile } from '../../support/archive/files.ts';
import type { StoredVerdict } from '../../support/archive/runs.ts';
import * as access from '../../support/checks/access.ts';
import * as datastores from '../../support/checks/datastore.ts';
import * as programs from '../../support/checks/programs.ts';
import * as storage from '../../support/checks/storage.ts';
import * as transfer from '../../support/checks/transfer.ts';
import type { BackupServerFacts } from '../../support/facts/backup-server.ts';
import type { FrontendFacts } from '../../support/facts/frontend.ts';
import type { HypervisorFacts } from '../../support/facts/hypervisor.ts';
import type { Login } from '../../support/facts/login.ts';
import type { Survey } from '../../support/machines/survey.ts';
import type { Datastore, Host, Image, ScheduledBackup, VirtualMachine } from '../../support/opennebula/pools.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import type { Evidence, Outcome } from '../../support/outcome/outcome.ts';
import { example, siteText } from '../../support/site/example.ts';
import { parseSite } from '../../support/site/load.ts';
import type { Site } from '../../support/site/schema.ts';
import { overall, type Requirement, type Verdict } from '../../support/verdict/verdict.ts';

/** One command's answer. */
export const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  machine: 'backup01.example.net',
  account: 'oneadmin',
  command: 'hostname',
  exitCode: 0,
  signal: null,
  stdout: 'backup01\n',
  stderr: '',
  startedAt: '2026-11-23T09:10:00.000Z',
  seconds: 0.25,
  truncated: false,
  ...changes,
});

type Answers = Readonly<Record<string, string | Partial<Evidence> | undefined>>;

/** What one machine answered: text is stdout; undefined takes an answer away. */
export function survey(machine: string, answers: Answers = {}, changes: Partial<Survey> = {}): Survey {
  const given = Object.entries(answers).flatMap(([name, answer]) =>
    answer === undefined
      ? []
      : [
          [
            name,
            evidence({ machine, command: name, ...(typeof answer === 'string' ? { stdout: answer } : { stdout: '', ...answer }) }),
          ] as const,
        ],
  );
  return {
    machine,
    noise: '',
    answers: new Map(given),
    asked: evidence({ machine, command: `all of ${machine}`, stdout: '' }),
    ...changes,
  };
}

/** A survey with other answers to some questions. */
export function changed(before: Survey, answers: Answers): Survey {
  const after = new Map(before.answers);
  for (const [name, answer] of survey(before.machine, answers).answers) after.set(name, answer);
  for (const [name, answer] of Object.entries(answers)) if (answer === undefined) after.delete(name);
  return { ...before, answers: after };
}

export const host = (id: string, name: string, state = 'on'): Host => ({ id, name, state, cluster: '0', version: '7.4.0' });

export const datastore = (changes: Partial<Datastore> = {}): Datastore => ({
  id: '100',
  name: 'rsync Backups',
  type: 'bck',
  dsMad: 'rsync',
  tmMad: '-',
  state: 'on',
  basePath: '/var/lib/one//datastores/100',
  clusters: ['0'],
  totalMb: 258_020,
  freeMb: 78_224,
  template: {
    RSYNC_USER: ['oneadmin'],
    RSYNC_HOST: ['backup01.example.net'],
    TM_MAD: ['-'],
    SAFE_DIRS: ['/var/tmp'],
    RESTRICTED_DIRS: ['/'],
  },
  ...changes,
});

export const virtualMachine = (changes: Partial<VirtualMachine> = {}): VirtualMachine => ({
  id: '0',
  name: 'vm0',
  inBackup: false,
  poweredOff: false,
  host: 'kvm01.example.net',
  systemDatastore: '0',
  diskMb: 256,
  keepsIncrements: false,
  keepLast: 0,
  lastIncrement: -1,
  backups: [],
  error: '',
  backupActions: [],
  ...changes,
});

export const scheduledBackup = (changes: Partial<ScheduledBackup> = {}): ScheduledBackup => ({
  id: '3',
  datastoreId: '100',
  time: 1_795_409_972,
  done: -1,
  dispatched: false,
  message: '',
  ...changes,
});

/** A full backup of virtual machine 0 in datastore 100. */
export const image = (changes: Partial<Image> = {}): Image => ({
  id: '1',
  name: '0 23-Nov 05.00.46',
  isBackup: true,
  state: 'ready',
  datastoreId: '100',
  source: '5de970',
  format: 'raw',
  registered: 1_795_410_046,
  vms: ['0'],
  disks: ['0'],
  increments: [],
  error: '',
  ...changes,
});

export const storedKey = { type: 'ssh-ed25519', fingerprint: 'SHA256:right', standing: 'stored' } as const;

export const login = (from: string, changes: { [K in keyof Login]?: Login[K] | undefined } = {}): Login => {
  const made = {
    from,
    to: 'backup01.example.net',
    hostKey: storedKey,
    evidence: [evidence({ machine: from, command: 'ssh' })],
    ...changes,
  };
  return made as Login;
};

export interface Cloud {
  readonly site: Site;
  readonly frontend: FrontendFacts;
  readonly server: BackupServerFacts;
  readonly hypervisors: readonly HypervisorFacts[];
}

const path = '/var/lib/one/datastores';
const roomy = (where: string) => `1048576 258020 100000 78224 1000 500 ${where}`;

const hypervisor = (at: Host): HypervisorFacts => ({
  host: at,
  survey: survey(at.name, {
    rsync: 'rsync  version 3.2.7  protocol version 31',
    'qemu-img': 'qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7)',
    programs: '',
    staging: roomy('/var/lib/one/datastores/0'),
    keys: '',
    handshake: 'drwxr-xr-x 4096 .',
  }),
  login: login(at.name),
});

/** A cloud in which every requirement of the audit is met. */
export function wholeCloud(): Cloud {
  const hosts = [host('0', 'kvm01.example.net'), host('1', 'kvm02.example.net')];
  const frontend = 'frontend01.example.net';
  const site = { ...parseSite(siteText(example), 'site.example.yaml'), hosts: hosts.map(({ name }) => name) };
  return {
    site,
    frontend: {
      survey: survey(frontend, {
        agent: '256 SHA256:key oneadmin@frontend01 (ED25519)',
        programs: '',
        hosts: '<HOST_POOL/>',
        datastores: '<DATASTORE_POOL/>',
        'virtual-machines': '<VM_POOL/>',
        now: '1795409972',
      }),
      hostname: frontend,
      account: 'oneadmin',
      hosts: { value: hosts },
      datastores: { value: [datastore()] },
      virtualMachines: { value: [virtualMachine()] },
      now: 1_795_409_972,
    },
    server: {
      survey: survey('backup01.example.net', {
        hostname: 'backup01',
        user: 'oneadmin',
        group: 'oneadmin',
        rsync: 'rsync  version 3.2.7  protocol version 31',
        'qemu-img': 'qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7)',
        programs: '',
        directory: `yes\td\toneadmin\toneadmin\t755\t${path}`,
        'own-directories': `yes\td\toneadmin\toneadmin\t755\t${path}/100\nyes\td\toneadmin\toneadmin\t755\t${path}/100/0`,
        links: '',
        devices: `65024\t/\n65025\t${path}\n65025\t${path}/100`,
        mount: `Mounted on Filesystem Type\n/ /dev/sda2 ext4\n${path} /dev/sdb1 ext4\n${path} /dev/sdb1 ext4`,
        space: `${roomy(`${path}/100`)}\n${roomy('/var/tmp')}`,
      }),
      login: login(frontend),
      agentLogin: login(frontend),
    },
    hypervisors: hosts.map(hypervisor),
  };
}

/** Every check of the audit, by its requirement. */
export const checks: Readonly<Record<string, (cloud: Cloud) => Judgement | readonly Judgement[]>> = {
  '101': ({ frontend, server, site }) => access.frontendLogsIn(frontend, server, site),
  '102': ({ frontend, hypervisors, site }) => access.hypervisorsLogIn(frontend, hypervisors, site),
  '103': ({ frontend, server, hypervisors, site }) => access.agentHoldsKey(frontend, server, hypervisors, site),
  '104': ({ frontend, server, hypervisors, site }) => access.loginIsQuiet(frontend, server, hypervisors, site),
  '105': ({ frontend, server, hypervisors, site }) => access.hostKeyIsKnown(frontend, server, hypervisors, site),
  '106': ({ frontend, site }) => access.hypervisorsAreDeclared(frontend, site),
  '201': ({ frontend, server, site }) => storage.storageBelongsToUser(frontend, server, site),
  '203': ({ frontend, server, site }) => storage.storageIsMounted(frontend, server, site),
  '204': ({ frontend, server, site }) => storage.serverHasSpace(frontend, server, site),
  '205': ({ frontend, hypervisors, site }) => storage.hypervisorsHaveSpace(frontend, hypervisors, site),
  '301': ({ frontend, server, site }) => programs.rsyncOnBackupServer(frontend, server, site),
  '302': ({ frontend, server, site }) => programs.qemuImgOnBackupServer(frontend, server, site),
  '303': ({ frontend, server, hypervisors, site }) => transfer.programsOnHypervisors(frontend, server, hypervisors, site),
  '304': ({ frontend, server, hypervisors, site }) => programs.otherPrograms(frontend, server, hypervisors, site),
  '402': ({ frontend, site }) => datastores.listedAsRsyncBackup(frontend, site),
  '403': ({ frontend, server, hypervisors, site }) => datastores.templateNamesServer(frontend, server, hypervisors, site),
  '404': ({ frontend, site }) => datastores.templateHasNotDrifted(frontend, site),
  '405': ({ frontend, server, site }) => datastores.capacityIsReal(frontend, server, site),
  '406': ({ frontend, site }) => datastores.noBackupIsStuck(frontend, site),
};

/** A verdict.json. */
export function verdictFile({ verdict, exitCode, requirements, runFaults }: Verdict, more: Partial<VerdictFile> = {}): VerdictFile {
  return {
    ...{ schema: 1, suite: '0.1.0', profile: 'audit', run: '2026-11-23T09-10-00Z-1f3a' },
    ...{ startedAt: '2026-11-23T09:10:00.000Z', finishedAt: '2026-11-23T09:10:07.250Z', validUntil: '2026-11-24T09:10:07.250Z' },
    cloud: { name: 'production', frontend: 'frontend01.example.net', openNebula: '7.4.0' },
    ...{ verdict, exitCode, requirements },
    ...(runFaults.length > 0 && { runFaults }),
    ...more,
  };
}

export const requirement = (outcome: Outcome, more: Partial<Requirement> = {}): Requirement => ({
  ...{ id: 'BDS-101', title: 'A title', severity: 'blocker', feature: 'features/1.feature:7', outcome },
  reason: outcome === 'met' ? '' : `the reason of ${outcome}`,
  ...more,
});

export const whole = (requirements: readonly Requirement[], runFaults: readonly string[] = []): Verdict => ({
  ...overall(requirements, runFaults),
  requirements,
  runFaults,
});

/** A verdict.json as a run left it behind: of the requirements and outcomes given. */
export function storedVerdict(outcomes: Readonly<Record<string, Outcome>> = { 'BDS-101': 'met' }, more: object = {}): StoredVerdict {
  const requirements = Object.entries(outcomes).map(([id, outcome]) => ({
    ...{ id, title: `title of ${id}`, severity: 'blocker' as const, feature: 'features/1.feature:7', outcome },
    reason: outcome === 'met' ? '' : `kvm01: ${outcome}`,
  }));
  return {
    ...{ schema: 1, suite: '0.1.0', profile: 'audit', run: '2026-11-23T09-10-00Z-1f3a' },
    ...{ startedAt: '2026-11-23T09:10:00.000Z', finishedAt: '2026-11-23T09:10:05.000Z' },
    cloud: { name: 'production', frontend: 'frontend01.example.net', openNebula: '7.4.0' },
    ...overall(requirements, []),
    runFaults: [],
    requirements,
    ...more,
  };
}
