import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Backup } from '../../support/actions/backup.ts';
import type { Chain } from '../../support/actions/chain.ts';
import type { TestBackup } from '../../support/actions/drill.ts';
import type { BackupFiles, DiskFile } from '../../support/actions/files.ts';
import type { ProbeFile } from '../../support/actions/probe.ts';
import type { Comparison, Restoration } from '../../support/actions/restore.ts';
import type { CleanUp } from '../../support/actions/undo.ts';
import * as drill from '../../support/checks/drill.ts';
import type { CommandResult, Failure } from '../../support/machines/shell.ts';
import type { Survey } from '../../support/machines/survey.ts';
import type { Read } from '../../support/opennebula/ask.ts';
import type { Image, VirtualMachine } from '../../support/opennebula/pools.ts';
import type { Judgement } from '../../support/outcome/judgement.ts';
import type { Evidence, Outcome } from '../../support/outcome/outcome.ts';
import fc, { garbling } from './fuzz.ts';
import {
  type Cloud,
  changed,
  datastore,
  evidence,
  host,
  image,
  login,
  scheduledBackup,
  survey,
  virtualMachine,
  wholeCloud,
} from './made.ts';

const failure = (kind: Failure['kind'], message: string): Failure => ({ kind, message });
const silent = failure('silent', 'no answer within 30 s');
const probeVm = (changes: Partial<VirtualMachine> = {}) => virtualMachine({ name: 'backup-probe', ...changes });

/** A cloud whose audit is met, with a test virtual machine. */
function cloud(vm: Partial<VirtualMachine> = {}): Cloud {
  const whole = wholeCloud();
  return {
    ...whole,
    site: { ...whole.site, test_vm: { id: 0, name: 'backup-probe', max_size: 10_240 } },
    frontend: { ...whole.frontend, virtualMachines: { value: [virtualMachine({ id: '7', name: 'vm7' }), probeVm(vm)] } },
  };
}
const chained = () => cloud({ keepsIncrements: true, keepLast: 2 });

/** What the drill came to, step by step; a step that is undefined was not taken. */
interface Drilled {
  readonly probe: Read<ProbeFile> | undefined;
  readonly made: Read<TestBackup> | undefined;
  readonly files: BackupFiles | undefined;
  readonly chain: Chain | undefined;
  readonly restoration: Restoration | undefined;
  readonly cleaned: Read<readonly CleanUp[]> | undefined;
}

const asked = (changes: Partial<Evidence> = {}) => evidence({ machine: 'frontend01.example.net', command: 'onevm show -x 0', ...changes });
const backup = (changes: Partial<Backup> = {}): Backup => ({
  stage: 'done',
  started: true,
  found: '',
  inTheWay: [],
  image: image(),
  evidence: [asked()],
  ...changes,
});
/** One that came to no image. */
const without = (stage: Backup['stage'], found: string, changes: Partial<Backup> = {}): Backup => {
  const { image: _none, ...rest } = backup({ stage, found, ...changes });
  return rest;
};
const made = (of: Backup = backup(), vm: Partial<VirtualMachine> = {}): Read<TestBackup> => ({
  value: { before: { now: 1_795_410_030, utcOffset: 0, vm: probeVm(vm), images: [], templates: [], logSize: 0 }, backup: of },
});

const own = '/var/lib/one/datastores/100';
const disk = (name: string, link = '0', directory = '5de970', whole = true): DiskFile => ({
  disk: name,
  path: `${own}/0/${directory}/disk.${name}.${link}`,
  whole,
});
const description = '<VM><ID>0</ID><NAME>backup-probe</NAME></VM>';
const size = ({ path }: DiskFile, bytes = 44_040_192) => `${bytes} ${path}`;
const vmXml = `${own}/0/5de970/vm.xml`;

/** Files as the backup server tells of them; `answers` takes the place of its answers. */
function files(disks: readonly DiskFile[] = [disk('0')], answers: Parameters<typeof changed>[1] = {}): BackupFiles {
  const given = survey('backup01.example.net', {
    sizes: [...disks.map((each) => size(each)), `4096 ${vmXml}`].join('\n'),
    'vm.xml': description,
    ...Object.fromEntries(
      disks.map(({ whole }, index) => [
        `disk-${index}`,
        whole ? 'No errors were found on the image.\n' : 'image: disk\nfile format: qcow2\nbacking file: nbd+unix\n',
      ]),
    ),
  });
  return { survey: changed(given, answers), disks, vmXml };
}

const leaked = {
  exitCode: 3,
  stdout: '12 leaked clusters were found on the image.\nThis means waste of disk space, but no harm to data.\n',
};

const answer = (changes: Partial<CommandResult> = {}): CommandResult => ({ ...evidence({ stdout: '' }), ...changes });
const probed = (steps: string, changes: Partial<CommandResult> = {}): Read<ProbeFile> => ({
  value: { folder: own, answer: answer({ stdout: steps.replaceAll(' ', '\n'), ...changes }) },
});
const compared = (changes: Partial<Comparison> = {}): Comparison => ({
  disk: '0',
  content: 'equal',
  found: '',
  evidence: [asked()],
  ...changes,
});
const restored = (changes: Partial<Restoration> = {}): Restoration => ({
  stage: 'ready',
  found: '',
  comparisons: [compared()],
  evidence: [asked()],
  ...changes,
});
const cleanUp = (changes: Partial<CleanUp> = {}): CleanUp => ({ run: 'r', undone: [], left: [], evidence: [asked()], ...changes });

const links = ['5de970', 'eff4d3', '3055af'].map((source, id) => ({ id: String(id), source }));
const chainImage = (changes: Partial<Image> = {}) => image({ increments: links.slice(1), ...changes });
/** A chain of two increments that was flattened once. */
const chain = (changes: Partial<Chain> = {}): Chain => ({
  increments: [backup(), backup()],
  image: chainImage(),
  flattened: { value: chainImage(), evidence: asked(), inTime: true },
  files: files([disk('0', '1', 'eff4d3'), disk('0', '2', '3055af', false)]),
  ...changes,
});
const neverFlattened = (changes: Partial<Chain> = {}): Chain => {
  const { flattened: _none, ...rest } = chain(changes);
  return rest;
};

const whole: Drilled = {
  probe: probed('created synced renamed deleted'),
  made: made(),
  files: files(),
  chain: undefined,
  restoration: restored(),
  cleaned: { value: [cleanUp({ undone: ['backup image 1 “0 23-Nov 05.00.46”'] })] },
};
const nothing: Drilled = {
  probe: undefined,
  made: undefined,
  files: undefined,
  chain: undefined,
  restoration: undefined,
  cleaned: undefined,
};

const checks: Readonly<Record<string, (audited: Cloud, drilled: Drilled) => Judgement>> = {
  '202': (audited, { probe }) => drill.storageTakesFiles(audited, probe),
  '501': (audited, drilled) => drill.backupIsScheduled(audited, drilled.made),
  '502': (audited, drilled) => drill.backupCompletes(audited, drilled.made),
  '503': (audited, drilled) => drill.filesAreSound(audited, drilled.made, drilled.files),
  '504': (audited, drilled) => drill.chainIsFlattened(audited, drilled.made, drilled.chain),
  '601': (audited, drilled) => {
    const link = drill.chainIsFlattened(audited, drilled.made, drilled.chain);
    return drill.restoredEqualsBackup(audited, drilled.made, link, drilled.restoration);
  },
  '602': (audited, { cleaned }) => drill.nothingIsLeft(audited, cleaned),
};
const judge = (id: string, audited: Cloud, drilled: Drilled): Judgement => (checks[id] ?? assert.fail(id))(audited, drilled);
const ids = Object.keys(checks);
const commandsOf = (judgement: Judgement) => judgement.evidence.map(({ command }) => command);

test('a whole drill meets every requirement; that of chains is not applicable to a virtual machine without one', () => {
  for (const id of ids) {
    const { outcome, reason, evidence: shown } = judge(id, cloud(), whole);
    assert.equal(outcome, id === '504' ? 'not-applicable' : 'met', `BDS-${id}: ${reason}`);
    if (outcome === 'met') assert.ok(reason === '' && shown.length > 0, `BDS-${id}`);
  }
  const withChain = { ...whole, chain: chain(), made: made(backup(), { keepsIncrements: true }) };
  for (const id of ids)
    assert.equal(judge(id, chained(), withChain).outcome, 'met', `BDS-${id}: ${judge(id, chained(), withChain).reason}`);
});

test('where nothing was tried, nothing is met, and nothing not met', () => {
  const expected: Readonly<Record<string, Outcome>> = {
    202: 'undetermined',
    501: 'undetermined',
    502: 'blocked',
    503: 'blocked',
    601: 'blocked',
    602: 'undetermined',
  };
  for (const [audited, chain] of [
    [cloud(), 'not-applicable'],
    [chained(), 'blocked'],
  ] as const) {
    for (const id of ids) {
      const { outcome, reason, evidence: shown } = judge(id, audited, nothing);
      assert.equal(outcome, id === '504' ? chain : expected[id], `BDS-${id}: ${reason}`);
      assert.notEqual(reason, '');
      assert.deepEqual(shown, [], 'nobody was asked');
    }
  }
});

type Change = (audited: Cloud) => Partial<Cloud>;
const frontend =
  (changes: Partial<Cloud['frontend']>): Change =>
  (audited) => ({ frontend: { ...audited.frontend, ...changes } });
const onServer =
  (answers: Parameters<typeof changed>[1]): Change =>
  ({ server }) => ({ server: { ...server, survey: changed(server.survey, answers) } });
const onHost =
  (name: string, changes: Partial<Cloud['hypervisors'][number]>, answers: Parameters<typeof changed>[1] = {}): Change =>
  ({ hypervisors }) => ({
    hypervisors: hypervisors.map((facts) =>
      facts.host.name === name ? { ...facts, survey: changed(facts.survey, answers), ...changes } : facts,
    ),
  });
const noLogin = (kind: Failure['kind'], message: string) => login('frontend01.example.net', { failure: failure(kind, message) });
const saved = (changes: Parameters<typeof datastore>[0]) => frontend({ datastores: { value: [datastore(changes)] } });

describe('what makes a test backup pointless', () => {
  const barriers: readonly (readonly [what: string, change: Change, reason: RegExp])[] = [
    [
      '101 is not met',
      ({ server }) => ({ server: { ...server, login: noLogin('refused', 'Permission denied') } }),
      /^Not tried: BDS-101 is not met, see there\.$/,
    ],
    [
      '101 is undetermined',
      ({ server }) => ({ server: { ...server, login: noLogin('silent', 'timed out') } }),
      /^Not tried: BDS-101 could not be looked at/,
    ],
    [
      '102 is not met on its host',
      onHost('kvm01.example.net', { login: noLogin('refused', 'Permission denied') }),
      /^Not tried: BDS-102 is not met/,
    ],
    [
      '102 is undetermined on its host',
      onHost('kvm01.example.net', { login: noLogin('silent', 'timed out') }),
      /^Not tried: BDS-102 could not be looked at/,
    ],
    [
      '104: a login prints something',
      ({ server }) => ({ server: { ...server, survey: { ...server.survey, noise: 'hello\n' } } }),
      /^Not tried: BDS-104 is not met/,
    ],
    ['201: another owner', onServer({ directory: `yes\td\troot\troot\t755\t/var/lib/one/datastores` }), /^Not tried: BDS-201 is not met/],
    ['201: no answer', onServer({ directory: undefined }), /^Not tried: BDS-201 could not be looked at/],
    [
      '203: on the root',
      onServer({ devices: '65024\t/\n65024\t/var/lib/one/datastores\n65024\t/var/lib/one/datastores/100' }),
      /^Not tried: BDS-203 is not met/,
    ],
    ['301: no rsync on the server', onServer({ rsync: { exitCode: 127, stderr: 'rsync: not found' } }), /^Not tried: BDS-301 is not met/],
    [
      '303: no rsync on its host',
      onHost('kvm01.example.net', {}, { rsync: { exitCode: 127, stderr: 'rsync: not found' } }),
      /^Not tried: BDS-303 is not met/,
    ],
    [
      '303: no rsync on another host, where the next test may run',
      onHost('kvm02.example.net', {}, { rsync: { exitCode: 127, stderr: 'rsync: not found' } }),
      /^Not tried: BDS-303 is not met/,
    ],
    ['402: another driver', saved({ dsMad: 'restic' }), /^Not tried: BDS-402 is not met/],
    ['402: no such datastore', frontend({ datastores: { value: [] } }), /^Not tried: BDS-402 is not met/],
    [
      '403: another user',
      saved({ template: { ...(datastore().template as object), RSYNC_USER: ['root'] } }),
      /^Not tried: BDS-403 is not met/,
    ],
    ['405: no capacity', saved({ totalMb: 0, freeMb: 0 }), /^Not tried: BDS-405 is not met/],
  ];
  for (const [what, change, reason] of barriers) {
    test(what, () => {
      const audited = { ...chained(), ...change(chained()) };
      const barrier = drill.drillBarrier(audited);
      assert.match(barrier?.reason ?? '', reason);
      for (const id of ['501', '502', '503', '504', '601', '602']) {
        // Whatever was tried before, and whatever it came to.
        for (const drilled of [nothing, { ...whole, chain: chain() }]) {
          const judgement = judge(id, audited, drilled);
          assert.deepEqual([judgement.outcome, judgement.reason], ['blocked', barrier?.reason], `BDS-${id}`);
          assert.deepEqual(judgement.evidence, [], 'it says where to look instead');
        }
      }
    });
  }

  test('a login to another host is not needed', () => {
    const audited = { ...cloud(), ...onHost('kvm02.example.net', { login: noLogin('refused', 'Permission denied') })(cloud()) };
    assert.equal(drill.drillBarrier(audited), undefined);
  });

  test('another host that cannot be reached is no barrier, though its programs could not be looked at', () => {
    const shut = failure('refused', 'Connection refused');
    const hypervisors = cloud().hypervisors.map(({ login: access, ...facts }) =>
      facts.host.name === 'kvm02.example.net'
        ? { ...facts, survey: { ...facts.survey, failure: shut } }
        : { ...facts, ...(access && { login: access }) },
    );
    assert.equal(drill.drillBarrier({ ...cloud(), hypervisors }), undefined);
  });

  test('what is not applicable is no barrier', () => {
    const audited = cloud();
    const site = { ...audited.site, datastore: { ...audited.site.datastore, mounted: false } };
    assert.equal(drill.drillBarrier({ ...audited, site }), undefined);
  });

  const same = 'OpenNebula by its command line';
  for (const [what, change, cause, says] of [
    [
      'the front-end lets nobody in',
      (audited) => ({ frontend: { ...audited.frontend, survey: { ...audited.frontend.survey, failure: silent } } }),
      'the front-end',
      /expected to be let in/,
    ],
    [
      'the virtual machines cannot be listed',
      frontend({ virtualMachines: { fault: 'onevm list -x ended with exit 255: no' } }),
      same,
      /list its virtual machines.*exit 255/,
    ],
    [
      'another virtual machine has the id',
      frontend({ virtualMachines: { value: [virtualMachine({ name: 'production' })] } }),
      'the test virtual machine',
      /no virtual machine backup-probe \(0\)/,
    ],
    [
      'another id has the name',
      frontend({ virtualMachines: { value: [virtualMachine({ id: '1', name: 'backup-probe' })] } }),
      'the test virtual machine',
      /no virtual machine backup-probe \(0\)/,
    ],
    ['none is declared', ({ site: { test_vm: _none, ...site } }) => ({ site }), 'the test virtual machine', /declares no test_vm/],
  ] as readonly (readonly [string, Change, string, RegExp])[]) {
    test(`${what}: nothing is begun, for one and the same cause`, () => {
      const audited = { ...cloud(), ...change(cloud()) };
      for (const id of ['501', '502', '503', '601', '602']) {
        const judgement = judge(id, audited, whole);
        assert.deepEqual([judgement.outcome, judgement.cause], ['undetermined', cause], `BDS-${id}: ${judgement.reason}`);
        assert.match(judgement.reason, says);
        const asked = cause === 'the front-end' ? 'all of frontend01.example.net' : 'virtual-machines';
        assert.deepEqual(commandsOf(judgement), [asked]);
      }
    });
  }

  test('a host that OpenNebula shows OFFLINE is no barrier by itself', () => {
    const audited = cloud({ host: 'kvm03.example.net' });
    const hosts = {
      value: [audited.site.hosts]
        .flat()
        .map((name, id) => host(String(id), name))
        .concat(host('3', 'kvm03.example.net', 'off')),
    };
    assert.equal(drill.drillBarrier({ ...audited, ...frontend({ hosts })(audited) }), undefined);
  });

  test('a virtual machine that was never on a host cannot be backed up', () => {
    assert.match(drill.drillBarrier(cloud({ host: '' }))?.reason ?? '', /BDS-102 could not be looked at/);
  });
});

interface Row {
  readonly id: string;
  readonly when: string;
  readonly audited?: Cloud;
  readonly change: Partial<Drilled>;
  readonly outcome: Outcome;
  readonly says?: readonly RegExp[];
  /** The whole reason, as a person reads it. */
  readonly reads?: string;
  readonly note?: string;
  readonly cause?: string;
  /** Nobody was asked, so there is nothing to show. */
  readonly unasked?: true;
}

const increments = (last: Backup): Partial<Drilled> => {
  const { image: _none, files: _files, flattened: _flattened, ...rest } = chain({ increments: [backup(), last] });
  return { chain: rest };
};
const flattened = (changes: Partial<Image>, inTime = true) => ({
  chain: chain({ flattened: { value: chainImage(changes), evidence: asked(), inTime } }),
});
const lost = { fault: 'oneimage show -x 1: no answer within 30 s', evidence: asked(), inTime: false };
const notRunning = "timeout: failed to run command 'qemu-img': No such file or directory";
const broken = { exitCode: 2, stdout: 'ERROR cluster 7 refcount=1 reference=2\n'.repeat(1000), stderr: '' };

const rows: readonly Row[] = [
  // 202
  {
    id: '202',
    when: 'the login is refused meanwhile',
    change: { probe: probed('', { exitCode: 255, failure: failure('refused', 'Permission denied') }) },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected oneadmin to create, sync, rename and delete a file in /var/lib/one/datastores, found no answer (Permission denied). Run it again.`,
  },
  {
    id: '202',
    when: 'the connection breaks half way',
    change: { probe: probed('created synced', { exitCode: null, failure: failure('lost', 'Connection reset') }) },
    outcome: 'undetermined',
    says: [/Connection reset/],
  },
  {
    id: '202',
    when: 'it was interrupted',
    change: { probe: probed('created', { exitCode: null, failure: failure('interrupted', 'the run was interrupted') }) },
    outcome: 'undetermined',
    says: [/interrupted/],
  },
  {
    id: '202',
    when: 'the journal cannot be written',
    change: { probe: { fault: 'the journal could not be written: No space left' } },
    outcome: 'undetermined',
    cause: 'the test backup',
    unasked: true,
    says: [/could not begin: the journal could not be written/],
  },
  {
    id: '202',
    when: 'another gate is under way',
    change: { probe: { fault: 'another gate or clean-up of this datastore is under way' } },
    outcome: 'undetermined',
    cause: 'the test backup',
    unasked: true,
    reads: `backup01.example.net: expected oneadmin to create, sync, rename and delete a file in /var/lib/one/datastores, but could not begin: another gate or clean-up of this datastore is under way.`,
  },
  {
    id: '202',
    when: 'there is no such directory',
    change: { probe: probed('', { exitCode: 1, stderr: 'bash: line 1: cd: /var/lib/one/datastores: No such file or directory\n' }) },
    outcome: 'not-met',
    says: [/could not be created: “bash: line 1: cd/, /findmnt -T .*\/100; df -h/],
  },
  {
    id: '202',
    when: 'it cannot be synced',
    change: { probe: probed('created', { exitCode: 1, stderr: 'sync: error syncing: Input/output error\n' }) },
    outcome: 'not-met',
    reads: `backup01.example.net: expected oneadmin to create, sync, rename and delete a file in /var/lib/one/datastores, found that a file could not be synced: “sync: error syncing: Input/output error”. Look at the directory and its file system: findmnt -T /var/lib/one/datastores/100; df -h /var/lib/one/datastores/100`,
  },
  {
    id: '202',
    when: 'it cannot be renamed',
    change: { probe: probed('created synced', { exitCode: 1, stderr: '\n line one\n\tline two\n\n' }) },
    outcome: 'not-met',
    says: [/could not be renamed: “line one line two”/],
  },
  {
    id: '202',
    when: 'it cannot be deleted',
    change: { probe: probed('created synced renamed', { exitCode: 1 }) },
    outcome: 'not-met',
    says: [/could not be deleted: “exit 1”/],
  },
  {
    id: '202',
    when: 'a step is told of that was not the last',
    change: { probe: probed('created renamed deleted', { exitCode: 1, stderr: 'sync: no' }) },
    outcome: 'not-met',
    says: [/could not be synced/],
  },
  {
    id: '202',
    when: 'a signal ends it',
    change: { probe: probed('created', { exitCode: null, signal: 'SIGKILL' }) },
    outcome: 'undetermined',
    says: [/no answer \(ended by SIGKILL\)/],
  },
  {
    id: '202',
    when: 'something else is printed',
    change: { probe: probed('xcreated createdx deleted-not', { exitCode: 0 }) },
    outcome: 'not-met',
    says: [/could not be created/],
  },
  // 501
  {
    id: '501',
    when: 'it could not begin',
    change: { made: { fault: 'another gate of this datastore is under way' } },
    outcome: 'undetermined',
    cause: 'the test backup',
    unasked: true,
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, but could not begin: another gate of this datastore is under way.`,
  },
  {
    id: '501',
    when: 'no answer came',
    change: { made: made(without('unseen', 'frontend01.example.net: no answer within 30 s', { started: false })) },
    outcome: 'undetermined',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found: frontend01.example.net: no answer within 30 s. Run it again.`,
  },
  {
    id: '501',
    when: 'the answer ends in a question',
    change: { made: made(without('unseen', 'onevm show -x 0 did not answer in time. Is oned overloaded?', { started: false })) },
    outcome: 'undetermined',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found: onevm show -x 0 did not answer in time. Is oned overloaded? Run it again.`,
  },
  {
    id: '501',
    when: 'the answer is a whole sentence',
    change: { made: made(without('unseen', 'onevm show -x 0 is no XML. Look at it.', { started: false })) },
    outcome: 'undetermined',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found: onevm show -x 0 is no XML. Look at it. Run it again.`,
  },
  {
    id: '501',
    when: 'it is refused',
    change: { made: made(without('refused', '[one.vm.backup] Not enough free space on target datastore', { started: false })) },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found the request refused: “[one.vm.backup] Not enough free space on target datastore”. Mend what it says, then run the gate again.`,
  },
  {
    id: '501',
    when: 'it is refused without a word',
    change: { made: made(without('refused', '', { started: false })) },
    outcome: 'not-met',
    says: [/refused: “no word”/],
  },
  {
    id: '501',
    when: 'it is rejected',
    change: { made: made(without('rejected', 'Datastore needs to be of type BACKUP', { started: false })) },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found it rejected: “Datastore needs to be of type BACKUP”. OpenNebula would try it again for ever; it was removed from the queue. Mend what it says, then run the gate again.`,
  },
  {
    id: '501',
    when: 'it waits',
    change: { made: made(without('waiting', '', { started: false })) },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found it still waiting; ours was removed from the queue. Is the scheduler running, and are other backups using up its limit (MAX_BACKUPS)? Look at /var/log/one/oned.log.`,
  },
  {
    id: '501',
    when: 'it waits, and cannot be taken back',
    change: { made: made(without('waiting', '', { started: false, kept: { id: '5', why: 'Not authorized.' } })) },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found it still waiting; ours could not be removed from the queue (Not authorized): onevm sched-delete 0 5. Is the scheduler running, and are other backups using up its limit (MAX_BACKUPS)? Look at /var/log/one/oned.log.`,
  },
  {
    id: '501',
    when: 'it is rejected, and cannot be taken back',
    change: { made: made(without('rejected', 'no such datastore', { started: false, kept: { id: '5', why: 'Not authorized' } })) },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found it rejected: “no such datastore”. OpenNebula would try it again for ever; it could not be removed from the queue (Not authorized): onevm sched-delete 0 5. Mend what it says, then run the gate again.`,
  },
  {
    id: '501',
    when: 'it waits behind others',
    change: {
      made: made(
        without('waiting', '', {
          started: false,
          inTheWay: [scheduledBackup({ id: '4', message: 'No datastore' }), scheduledBackup({ id: '5' })],
        }),
      ),
    },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found it still waiting; ours was removed from the queue. It waits behind scheduled backup 4 (rejected: No datastore), 5, which is not ours and was left as it is: onevm sched-delete 0 4`,
  },
  { id: '501', when: 'it began, and then we could not look', change: { made: made(without('unseen', 'no answer')) }, outcome: 'met' },
  { id: '501', when: 'it began and failed', change: { made: made(without('failed', 'backup: no')) }, outcome: 'met' },
  // 502
  {
    id: '502',
    when: '501 is not met',
    change: { made: made(without('refused', 'no', { started: false })) },
    outcome: 'blocked',
    says: [/^Not tried: BDS-501 is not met, see there\.$/],
  },
  {
    id: '502',
    when: '501 is undetermined',
    change: { made: made(without('unseen', 'no', { started: false })) },
    outcome: 'blocked',
    says: [/BDS-501 could not be looked at/],
  },
  {
    id: '502',
    when: 'we could not look',
    change: { made: made(without('unseen', 'onevm show -x 0: no answer within 30 s')) },
    outcome: 'undetermined',
    reads: `frontend01.example.net: expected a backup of backup-probe (0) to complete within 600 s, found: onevm show -x 0: no answer within 30 s. Run it again.`,
  },
  {
    id: '502',
    when: 'it does not end',
    change: { made: made(without('running', 'after 600 s the virtual machine is still in BACKUP')) },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected a backup of backup-probe (0) to complete within 600 s, found that after 600 s the virtual machine is still in BACKUP. OpenNebula waits without end for a backup server that does not answer. Look at backup01.example.net; then give the backup up: onevm backup-cancel 0 (which waits for the server, too), and run: npx backup-compliance cleanup`,
  },
  {
    id: '502',
    when: 'it failed',
    change: { made: made(without('failed', 'backup: Host key verification failed.')) },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected a backup of backup-probe (0) to complete within 600 s, found that it failed: “backup: Host key verification failed.”. The whole story stands in /var/log/one/0.log. If it failed before data was transferred, recheck the login without a password from every hypervisor host to backup01.example.net: npx backup-compliance audit --only BDS-102`,
  },
  { id: '502', when: 'it says done and has no image', change: { made: made(without('done', 'no image')) }, outcome: 'not-met' },
  ...(['locked', 'error', 'delete', 'other'] as const).map((state) => ({
    id: '502',
    when: `the image is ${state}`,
    change: { made: made(backup({ image: image({ state, error: state === 'error' ? 'gone' : '' }) })) },
    outcome: 'not-met' as const,
    reads: `frontend01.example.net: expected the image of the backup to be READY, found image 1 in state ${state.toUpperCase()}${state === 'error' ? ': gone' : ''}. Look at /var/log/one/oned.log.`,
  })),
  // 503
  {
    id: '503',
    when: '502 is not met',
    change: { made: made(without('failed', 'no')) },
    outcome: 'blocked',
    says: [/^Not tried: BDS-502 is not met/],
  },
  {
    id: '503',
    when: '502 is undetermined',
    change: { made: made(without('unseen', 'no')) },
    outcome: 'blocked',
    says: [/BDS-502 could not/],
  },
  {
    id: '503',
    when: 'the files were not looked at',
    change: { files: undefined },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, but they were not looked at. Run the gate again.`,
    unasked: true,
  },
  {
    id: '503',
    when: 'the server does not let us in',
    change: { files: { ...files(), survey: survey('backup01.example.net', {}, { failure: silent }) } },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, found no answer: no answer within 30 s. Log in and look: ssh backup01.example.net`,
  },
  {
    id: '503',
    when: 'the sizes are not answered',
    change: { files: files([disk('0')], { sizes: undefined }) },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, found no answer: none to the question for their sizes. Log in and look: ssh backup01.example.net`,
  },
  {
    id: '503',
    when: 'the sizes cannot be asked',
    change: { files: files([disk('0')], { sizes: { exitCode: 1, stderr: 'stat: Stale file handle\n' } }) },
    outcome: 'undetermined',
    says: [/Stale file handle/],
  },
  {
    id: '503',
    when: 'the sizes are answered too late',
    change: { files: files([disk('0')], { sizes: { exitCode: 124 } }) },
    outcome: 'undetermined',
  },
  {
    id: '503',
    when: 'a disk is missing',
    change: { files: files([disk('0')], { sizes: `4096 ${vmXml}` }) },
    outcome: 'not-met',
    says: [/backup01.*disk\.0\.0 is missing/],
  },
  {
    id: '503',
    when: 'a disk is empty',
    change: { files: files([disk('0')], { sizes: `${size(disk('0'), 0)}\n4096 ${vmXml}` }) },
    outcome: 'not-met',
    says: [/disk\.0\.0 is empty/],
  },
  {
    id: '503',
    when: 'a size is none',
    change: { files: files([disk('0')], { sizes: `big ${disk('0').path}\n4096 ${vmXml}` }) },
    outcome: 'not-met',
  },
  {
    id: '503',
    when: 'no file is there',
    change: { files: files([disk('0')], { sizes: '' }) },
    outcome: 'not-met',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, found: /var/lib/one/datastores/100/0/5de970/disk.0.0 is missing; /var/lib/one/datastores/100/0/5de970/vm.xml is missing. Look at the disk they lie on, then run the gate again.`,
  },
  {
    id: '503',
    when: 'qemu-img check is not answered in time',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 124 } }) },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, found no answer about /var/lib/one/datastores/100/0/5de970/disk.0.0 in time. Look at the disk it lies on, then run the gate again.`,
  },
  {
    id: '503',
    when: 'qemu-img check does not end when it is told to, and is killed',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 137 } }) },
    outcome: 'undetermined',
    says: [/no answer about .*disk\.0\.0 in time/],
  },
  {
    id: '503',
    when: 'it was not asked any more',
    change: { files: files([disk('0')], { 'disk-0': undefined }) },
    outcome: 'undetermined',
    says: [/no answer about .*disk\.0\.0 in time/],
  },
  {
    id: '503',
    when: 'one disk is missing and another not answered for',
    change: { files: files([disk('0'), disk('1')], { sizes: `${size(disk('0'))}\n4096 ${vmXml}`, 'disk-0': { exitCode: 124 } }) },
    outcome: 'not-met',
    says: [/disk\.1\.0 is missing/],
  },
  {
    id: '503',
    when: 'one disk is answered for and another not',
    change: { files: files([disk('0'), disk('1')], { 'disk-1': undefined }) },
    outcome: 'undetermined',
    says: [/disk\.1\.0/],
  },
  {
    id: '503',
    when: 'qemu-img is not there',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 127, stderr: notRunning } }) },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, but qemu-img could not say whether /var/lib/one/datastores/100/0/5de970/disk.0.0 is: “timeout: failed to run command 'qemu-img': No such file or directory”. See BDS-302.`,
  },
  {
    id: '503',
    when: 'qemu-img cannot be started',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 126 } }) },
    outcome: 'undetermined',
    says: [/“exit 126”/],
  },
  {
    id: '503',
    when: 'timeout itself cannot begin',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 125, stderr: 'timeout: fork system call failed' } }) },
    outcome: 'undetermined',
    says: [/qemu-img could not say.*“timeout: fork system call failed”/],
  },
  {
    id: '503',
    when: 'a signal ends it, and no exit code is told',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: null, signal: 'SIGKILL', stderr: 'Killed' } }) },
    outcome: 'undetermined',
    says: [/qemu-img could not say.*“Killed”/],
  },
  {
    id: '503',
    when: 'qemu-img crashes',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 139 } }) },
    outcome: 'undetermined',
    says: [/“exit 139”/],
  },
  {
    id: '503',
    when: 'qemu-img does not know how',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 63, stderr: 'This image format does not support checks' } }) },
    outcome: 'undetermined',
  },
  {
    id: '503',
    when: 'a disk is broken',
    change: { files: files([disk('0')], { 'disk-0': broken }) },
    outcome: 'not-met',
    says: [/qemu-img check says “ERROR cluster 7.* … .*”/, /run the gate again/],
  },
  {
    id: '503',
    when: 'qemu-img check fails without a word',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 1 } }) },
    outcome: 'not-met',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, found: /var/lib/one/datastores/100/0/5de970/disk.0.0: qemu-img check says “exit 1”. Look at the disk they lie on, then run the gate again.`,
  },
  {
    id: '503',
    when: 'what qemu-img says fits on a line or two',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 1, stderr: 'x'.repeat(300) } }) },
    outcome: 'not-met',
    says: [/“x{300}”/],
  },
  {
    id: '503',
    when: 'what qemu-img says does not',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 1, stderr: `${'b'.repeat(121)}${'e'.repeat(180)}` } }) },
    outcome: 'not-met',
    says: [/“b{120} … e{160}”/],
  },
  {
    id: '503',
    when: 'a disk is no qcow2',
    change: { files: files([disk('0')], { 'disk-0': { exitCode: 1, stderr: '\nqemu-img: Image is not in qcow2 format\n' } }) },
    outcome: 'not-met',
    says: [/qemu-img check says “qemu-img: Image is not in qcow2 format”/],
  },
  {
    id: '503',
    when: 'qemu-img check finds nothing wrong, and says nothing',
    change: { files: files([disk('0')], { 'disk-0': '' }) },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, but qemu-img check did not say that ${disk('0').path} is: “no word”. See BDS-302.`,
  },
  ...['hello', 'All is well: No errors were found on the image.', 'No errors were found on the image. Or were they?'].map((stdout) => ({
    id: '503',
    when: `qemu-img check says “${stdout}”`,
    change: { files: files([disk('0')], { 'disk-0': stdout }) },
    outcome: 'undetermined' as const,
    says: [/did not say that .* is: “/],
  })),
  {
    id: '503',
    when: 'an increment’s description ends as if clusters were leaked',
    change: { files: files([disk('0'), disk('0', '1', 'eff4d3', false)], { 'disk-1': { exitCode: 3, stdout: 'file format: qcow2' } }) },
    outcome: 'not-met',
    says: [/qemu-img info says “file format: qcow2”/],
  },
  {
    id: '503',
    when: 'clusters are leaked',
    change: { files: files([disk('0')], { 'disk-0': leaked }) },
    outcome: 'met',
    note: `${disk('0').path} has clusters that nobody uses.`,
  },
  {
    id: '503',
    when: 'clusters are leaked in two disks',
    change: { files: files([disk('0'), disk('1')], { 'disk-0': leaked, 'disk-1': leaked }) },
    outcome: 'met',
    note: `${disk('0').path} has clusters that nobody uses. ${disk('1').path} has clusters that nobody uses.`,
  },
  {
    id: '503',
    when: 'the description is somebody else’s',
    change: { files: files([disk('0')], { 'vm.xml': '<VM><ID>7</ID></VM>' }) },
    outcome: 'not-met',
    says: [/vm\.xml is that of virtual machine 7/],
  },
  ...['', 'no XML at all', '<IMAGE><ID>0</ID></IMAGE>', '<VM><NAME>x</NAME></VM>', '<VM><ID>0</ID>', '<VM><ID/></VM>'].map((text) => ({
    id: '503',
    when: `the description is “${text.slice(0, 24)}”`,
    change: { files: files([disk('0')], { 'vm.xml': text }) },
    outcome: 'not-met' as const,
    says: [/vm\.xml does not hold a virtual machine/],
  })),
  {
    id: '503',
    when: 'the description cannot be decoded',
    change: { files: files([disk('0')], { 'vm.xml': { exitCode: 1, stdout: description, stderr: 'base64: invalid input' } }) },
    outcome: 'not-met',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, found: /var/lib/one/datastores/100/0/5de970/vm.xml cannot be decoded: “base64: invalid input”. Look at the disk they lie on, then run the gate again.`,
  },
  {
    id: '503',
    when: 'the description cannot be decoded, without a word',
    change: { files: files([disk('0')], { 'vm.xml': { exitCode: 1, stdout: description } }) },
    outcome: 'not-met',
    says: [/vm\.xml cannot be decoded: “exit 1”/],
  },
  {
    id: '503',
    when: 'the program that decodes the description crashes',
    change: { files: files([disk('0')], { 'vm.xml': { exitCode: 139 } }) },
    outcome: 'undetermined',
    says: [/vm\.xml could not be decoded there: “exit 139”/],
  },
  {
    id: '503',
    when: 'the program that decodes the description is not there',
    change: { files: files([disk('0')], { 'vm.xml': { exitCode: 127, stderr: 'base64: No such file or directory' } }) },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, but /var/lib/one/datastores/100/0/5de970/vm.xml could not be decoded there: “base64: No such file or directory”. Log in and look: ssh backup01.example.net`,
  },
  {
    id: '503',
    when: 'the description is missing',
    change: { files: files([disk('0')], { sizes: size(disk('0')), 'vm.xml': { exitCode: 1, stderr: 'cat: no' } }) },
    outcome: 'not-met',
    says: [/vm\.xml is missing/],
  },
  {
    id: '503',
    when: 'the description is not answered for',
    change: { files: files([disk('0')], { 'vm.xml': undefined }) },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, found no answer about /var/lib/one/datastores/100/0/5de970/vm.xml in time. Look at the disk it lies on, then run the gate again.`,
  },
  {
    id: '503',
    when: 'the description is read too slowly',
    change: { files: files([disk('0')], { 'vm.xml': { exitCode: 124 } }) },
    outcome: 'undetermined',
  },
  {
    id: '503',
    when: 'the description has line breaks',
    change: { files: files([disk('0')], { 'vm.xml': description.replaceAll('><', '>\n<') }) },
    outcome: 'met',
  },
  { id: '503', when: 'the backup names no disk', change: { files: files([]) }, outcome: 'not-met', says: [/names no disk/] },
  {
    id: '503',
    when: 'an increment is no qcow2',
    change: { files: files([disk('0'), disk('0', '1', 'eff4d3', false)], { 'disk-1': 'file format: raw\n' }) },
    outcome: 'not-met',
    says: [/eff4d3\/disk\.0\.1 is no qcow2 file/],
  },
  {
    id: '503',
    when: 'an increment is no qcow2, though what it rests on was',
    change: {
      files: files([disk('0'), disk('0', '1', 'eff4d3', false)], { 'disk-1': 'file format: qed\nbacking file format: qcow2\n' }),
    },
    outcome: 'not-met',
    says: [/disk\.0\.1 is no qcow2 file/],
  },
  {
    id: '503',
    when: 'an increment cannot be read',
    change: { files: files([disk('0'), disk('0', '1', 'eff4d3', false)], { 'disk-1': { exitCode: 3, stderr: 'no' } }) },
    outcome: 'not-met',
    says: [/qemu-img info says “no”/],
  },
  // 504
  {
    id: '504',
    when: 'none are kept',
    audited: cloud(),
    change: {},
    outcome: 'not-applicable',
    reads: `backup-probe (0) keeps no increments: each of its backups is whole. To have them looked at, set BACKUP_CONFIG = [ MODE = INCREMENT, KEEP_LAST = 3 ] with onevm updateconf 0, or declare another test_vm.`,
    unasked: true,
  },
  {
    id: '504',
    when: 'none are kept, though nothing could be tried',
    audited: cloud(),
    change: nothing,
    outcome: 'not-applicable',
    unasked: true,
  },
  { id: '504', when: '502 is not met', change: { made: made(without('failed', 'no')) }, outcome: 'blocked', says: [/BDS-502 is not met/] },
  {
    id: '504',
    when: 'nothing was tried',
    change: { chain: undefined },
    outcome: 'undetermined',
    reads: `backup-probe (0): expected increments on top of the test backup, flattened beyond 2, but nothing was tried. Run the gate again.`,
    unasked: true,
  },
  {
    id: '504',
    when: 'we could not look',
    change: { chain: { increments: [backup()], fault: 'onevm show -x 0: no answer' } },
    outcome: 'undetermined',
    reads: `backup-probe (0): expected increments on top of the test backup, flattened beyond 2, found: onevm show -x 0: no answer. Run it again.`,
  },
  {
    id: '504',
    when: 'an increment is refused',
    change: increments(without('refused', 'wrong state', { started: false })),
    outcome: 'not-met',
    says: [/expected OpenNebula's scheduler.*refused: “wrong state”/],
  },
  {
    id: '504',
    when: 'an increment waits',
    change: increments(without('waiting', '', { started: false })),
    outcome: 'not-met',
    says: [/still waiting/],
  },
  {
    id: '504',
    when: 'an increment was asked for without an answer',
    change: increments(without('unseen', 'no answer', { started: false })),
    outcome: 'undetermined',
  },
  {
    id: '504',
    when: 'an increment fails',
    change: increments(without('failed', 'prebackup_live: nbdinfo: not found')),
    outcome: 'not-met',
    says: [/expected increment 2 of backup-probe \(0\) to complete/, /nbdinfo: not found/],
  },
  {
    id: '504',
    when: 'the first increment fails already',
    change: { chain: { increments: [without('failed', 'prebackup_live: nbdinfo: not found')] } },
    outcome: 'not-met',
    says: [/^frontend01\.example\.net: expected increment 1 of backup-probe \(0\) to complete/],
  },
  { id: '504', when: 'an increment was lost sight of', change: increments(without('unseen', 'no answer')), outcome: 'undetermined' },
  {
    id: '504',
    when: 'an increment does not end',
    change: increments(without('running', 'after 600 s still in BACKUP')),
    outcome: 'not-met',
  },
  {
    id: '504',
    when: 'the flattening cannot be seen',
    change: { chain: chain({ flattened: lost }) },
    outcome: 'undetermined',
    reads: `backup-probe (0): expected increments on top of the test backup, flattened beyond 2, found: oneimage show -x 1: no answer within 30 s. Run it again.`,
  },
  {
    id: '504',
    when: 'the flattening fails',
    change: flattened({ error: 'Error flattening backup increments: jq: command not found' }),
    outcome: 'not-met',
    reads: `backup-probe (0): expected increments on top of the test backup, flattened beyond 2, found that image 1 says: “Error flattening backup increments: jq: command not found”. Its chain may be destroyed, though OpenNebula shows it as READY. Mend what it says on backup01.example.net (BDS-304), then begin a new chain for every virtual machine that was flattened since: onevm backup --reset`,
  },
  {
    id: '504',
    when: 'the image is in ERROR without a word',
    change: flattened({ state: 'error' }),
    outcome: 'not-met',
    reads: `backup-probe (0): expected increments on top of the test backup, flattened beyond 2, found that image 1 is in state ERROR. Its chain may be destroyed. Look at /var/log/one/oned.log for why, then begin a new chain for every virtual machine that was flattened since: onevm backup --reset`,
  },
  {
    id: '504',
    when: 'it is not flattened in time',
    change: flattened({ increments: links }, false),
    outcome: 'not-met',
    reads: `backup-probe (0): expected increments on top of the test backup, flattened beyond 2, found 3 links in image 1 after 600 s. Look at /var/log/one/oned.log.`,
  },
  {
    id: '504',
    when: 'what is left is broken',
    change: { chain: chain({ files: files([disk('0')], { 'disk-0': broken }) }) },
    outcome: 'not-met',
    says: [/qemu-img check says/],
  },
  {
    id: '504',
    when: 'what is left cannot be asked for',
    change: { chain: chain({ files: files([disk('0')], { 'disk-0': undefined }) }) },
    outcome: 'undetermined',
  },
  {
    id: '504',
    when: 'what is left was not looked at',
    change: { chain: { increments: [backup()], image: chainImage(), flattened: { value: chainImage(), evidence: asked(), inTime: true } } },
    outcome: 'undetermined',
    reads: `backup01.example.net: expected the files of the test backup, sound and complete, but they were not looked at. Run the gate again.`,
  },
  { id: '504', when: 'no increment was made', change: { chain: { increments: [] } }, outcome: 'undetermined', unasked: true },
  {
    id: '504',
    when: 'the limit is out of reach',
    audited: cloud({ keepsIncrements: true, keepLast: 11 }),
    change: { chain: neverFlattened() },
    outcome: 'not-applicable',
    reads: `An increment of backup-probe (0) came about; its chain is flattened beyond 11 increments, and a drill makes 10 at most. Declare a test_vm with a KEEP_LAST of 10 or less.`,
  },
  {
    id: '504',
    when: 'the limit is out of reach and an increment is broken',
    audited: cloud({ keepsIncrements: true, keepLast: 11 }),
    change: { chain: neverFlattened({ files: files([disk('0')], { 'disk-0': broken }) }) },
    outcome: 'not-met',
  },
  {
    id: '504',
    when: 'there is no limit',
    audited: cloud({ keepsIncrements: true, keepLast: 0 }),
    change: { chain: neverFlattened() },
    outcome: 'met',
    note: 'backup-probe (0) keeps all increments (KEEP_LAST is not set), so its chain is never flattened.',
  },
  { id: '504', when: 'the chain is new, and is flattened at its limit', change: {}, outcome: 'met' },
  {
    id: '504',
    when: 'there was a chain before',
    change: { made: made(backup(), { lastIncrement: 4 }) },
    outcome: 'met',
    note: 'The virtual machine had a chain of its own, which stays; its next backup begins a new one.',
  },
  {
    id: '504',
    when: 'there was a chain before that had no increment yet',
    change: { made: made(backup(), { lastIncrement: 0 }) },
    outcome: 'met',
    note: 'The virtual machine had a chain of its own, which stays; its next backup begins a new one.',
  },
  {
    id: '504',
    when: 'there was a chain before, and there is no limit',
    audited: cloud({ keepsIncrements: true, keepLast: 0 }),
    change: { made: made(backup(), { lastIncrement: 4 }), chain: neverFlattened() },
    outcome: 'met',
    note: 'The virtual machine had a chain of its own, which stays; its next backup begins a new one. backup-probe (0) keeps all increments (KEEP_LAST is not set), so its chain is never flattened.',
  },
  // 601
  { id: '601', when: '502 is not met', change: { made: made(without('failed', 'no')) }, outcome: 'blocked', says: [/BDS-502 is not met/] },
  {
    id: '601',
    when: 'the chain is broken',
    change: { ...flattened({ error: 'no' }), restoration: undefined },
    outcome: 'blocked',
    says: [/BDS-504 is not met/],
  },
  {
    id: '601',
    when: 'the chain could not be looked at',
    change: { chain: chain({ flattened: lost }), restoration: undefined },
    outcome: 'blocked',
    says: [/BDS-504 could not be looked at/],
  },
  {
    id: '601',
    when: 'nothing was tried',
    audited: cloud(),
    change: { restoration: undefined },
    outcome: 'undetermined',
    reads: `frontend01.example.net: expected the test backup to be restored into the datastore “default”, equal to its files, but nothing was tried. Run the gate again.`,
    unasked: true,
  },
  {
    id: '601',
    when: 'nothing was tried, though the chain is sound',
    change: { restoration: undefined },
    outcome: 'undetermined',
    says: [/but nothing was tried/],
    unasked: true,
  },
  {
    id: '601',
    when: 'there is no room',
    change: { restoration: restored({ stage: 'unseen', found: '/var/tmp on frontend01 has 1 MiB free', comparisons: [] }) },
    outcome: 'undetermined',
    reads: `frontend01.example.net: expected the test backup to be restored into the datastore “default”, equal to its files, found: /var/tmp on frontend01 has 1 MiB free. Run it again.`,
  },
  {
    id: '601',
    when: 'it is refused',
    change: { restoration: restored({ stage: 'refused', found: '[one.image.restore] no', comparisons: [] }) },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected the test backup to be restored into the datastore “default”, equal to its files, found: “[one.image.restore] no”. Look at /var/log/one/oned.log for the step that failed; a backup that does not come back is none.`,
  },
  {
    id: '601',
    when: 'it is late',
    change: { restoration: restored({ stage: 'late', found: 'after 600 s: image 4 locked', comparisons: [] }) },
    outcome: 'not-met',
    says: [/image 4 locked/],
  },
  {
    id: '601',
    when: 'it ends in ERROR',
    change: {
      restoration: restored({ stage: 'error', found: `image 4 in state ERROR: ${'script '.repeat(100)}\n jq: not found`, comparisons: [] }),
    },
    outcome: 'not-met',
    says: [/image 4 in state ERROR/, / … .*jq: not found”/],
  },
  {
    id: '601',
    when: 'a disk differs',
    change: { restoration: restored({ comparisons: [compared({ content: 'different', found: 'Content mismatch at offset 0!' })] }) },
    outcome: 'not-met',
    says: [/disk 0 differs: Content mismatch at offset 0!/, /Do not rely/],
  },
  {
    id: '601',
    when: 'two disks differ',
    change: {
      restoration: restored({
        comparisons: [compared({ content: 'different', found: 'x' }), compared({ disk: '1', content: 'different', found: 'y' })],
      }),
    },
    outcome: 'not-met',
    reads: `frontend01.example.net: expected the test backup to be restored into the datastore “default”, equal to its files, found that disk 0 differs: x; disk 1 differs: y. Do not rely on the backups of this datastore before it is known why.`,
  },
  {
    id: '601',
    when: 'a disk differs and another was not compared',
    change: {
      restoration: restored({
        comparisons: [compared({ content: 'unseen', found: 'x' }), compared({ disk: '1', content: 'different', found: 'y' })],
      }),
    },
    outcome: 'not-met',
    says: [/disk 1 differs: y/],
  },
  {
    id: '601',
    when: 'a disk was not compared',
    change: {
      restoration: restored({ comparisons: [compared(), compared({ disk: '1', content: 'unseen', found: 'the image cannot be read' })] }),
    },
    outcome: 'undetermined',
    reads: `frontend01.example.net: expected the test backup to be restored into the datastore “default”, equal to its files; it was restored, but not compared: the image cannot be read. Run the gate again.`,
  },
  {
    id: '601',
    when: 'no disk was compared',
    change: { restoration: restored({ comparisons: [] }) },
    outcome: 'undetermined',
    reads: `frontend01.example.net: expected the test backup to be restored into the datastore “default”, equal to its files; it was restored, but not compared: nothing is known of disk 0. Run the gate again.`,
  },
  {
    id: '601',
    when: 'one of two disks was compared',
    change: { made: made(backup({ image: image({ disks: ['0', '2'] }) })) },
    outcome: 'undetermined',
    says: [/nothing is known of disk 2/],
  },
  {
    id: '601',
    when: 'one of three disks was compared',
    change: { made: made(backup({ image: image({ disks: ['0', '2', '3'] }) })) },
    outcome: 'undetermined',
    says: [/nothing is known of disk 2, 3\. Run/],
  },
  {
    id: '601',
    when: 'the backup names no disk',
    change: { made: made(backup({ image: image({ disks: [] }) })) },
    outcome: 'undetermined',
    says: [/names no disk/],
  },
  // 602
  {
    id: '602',
    when: 'it could not begin',
    change: { cleaned: { fault: 'another gate of this datastore is under way' } },
    outcome: 'undetermined',
    cause: 'the test backup',
    unasked: true,
    reads: `datastore “rsync Backups”: expected nothing of the drill to be left behind, but could not begin: another gate of this datastore is under way.`,
  },
  {
    id: '602',
    when: 'something is left',
    change: {
      cleaned: { value: [cleanUp({ undone: ['a'] }), cleanUp({ left: ['image 4: remove it with oneimage delete 4', 'template 2'] })] },
    },
    outcome: 'not-met',
    reads: `datastore “rsync Backups”: expected nothing of the drill to be left behind, found: image 4: remove it with oneimage delete 4; template 2. What can be removed later is removed by: npx backup-compliance cleanup`,
  },
  {
    id: '602',
    when: 'we could not look',
    change: { cleaned: { value: [cleanUp({ fault: 'onevm show -x 0: no answer' })] } },
    outcome: 'undetermined',
    reads: `datastore “rsync Backups”: expected nothing of the drill to be left behind, but could not look: onevm show -x 0: no answer. Run: npx backup-compliance cleanup`,
  },
  {
    id: '602',
    when: 'all is well with one run, and of another we could not look',
    change: { cleaned: { value: [cleanUp(), cleanUp({ fault: 'x' })] } },
    outcome: 'undetermined',
    says: [/could not look: x\./],
  },
  {
    id: '602',
    when: 'something is left, and elsewhere we could not look',
    change: { cleaned: { value: [cleanUp({ fault: 'x' }), cleanUp({ left: ['y'] })] } },
    outcome: 'not-met',
    says: [/found: y\./],
  },
  {
    id: '602',
    when: 'nothing was there',
    change: { cleaned: { value: [cleanUp()] } },
    outcome: 'met',
    note: 'Removed: nothing was there.',
  },
  {
    id: '602',
    when: 'two runs left something that is removed',
    change: { cleaned: { value: [cleanUp({ undone: ['image 4', 'template 2'] }), cleanUp({ undone: ['backup image 1'] })] } },
    outcome: 'met',
    note: 'Removed: image 4; template 2; backup image 1.',
  },
  { id: '602', when: 'all is removed', change: {}, outcome: 'met', note: 'Removed: backup image 1 “0 23-Nov 05.00.46”.' },
];

describe('each check', () => {
  for (const { id, when, audited = chained(), change, outcome, says = [], reads, note, cause, unasked = false } of rows) {
    test(`BDS-${id}, ${when}: ${outcome}`, () => {
      const judgement = judge(id, audited, { ...whole, chain: chain(), ...change });
      assert.equal(judgement.outcome, outcome, judgement.reason);
      for (const text of says) assert.match(judgement.reason, text);
      if (reads !== undefined) assert.equal(judgement.reason, reads);
      assert.equal(judgement.reason === '', outcome === 'met', 'only what is met needs no reason');
      assert.doesNotMatch(judgement.reason, /undefined|NaN|null|\[object|\n| {2}|“”|: \.|\(\)/, 'a person is to read it');
      assert.ok(judgement.reason.length < 1000, 'a person is to read it');
      assert.deepEqual([judgement.cause, 'cause' in judgement], [cause, cause !== undefined]);
      assert.deepEqual([judgement.note, 'note' in judgement], [note, note !== undefined]);
      assert.equal(judgement.evidence.length > 0, outcome !== 'blocked' && !unasked, 'it rests on what was asked');
      for (const each of judgement.evidence) assert.equal(typeof each.command, 'string');
    });
  }

  const said = (command: string) => [asked({ command })];
  for (const [id, what, drilled, commands] of [
    ['503', 'the answers about the files', whole, ['sizes', 'vm.xml', 'disk-0']],
    [
      '503',
      'the whole conversation, where no question was answered',
      { ...whole, files: { ...files(), survey: survey('backup01.example.net', {}, { failure: silent }) } },
      ['all of backup01.example.net'],
    ],
    [
      '504',
      'each increment, the flattening, and the files that are left',
      {
        ...whole,
        chain: chain({
          increments: [backup({ evidence: said('first') }), backup({ evidence: said('second') })],
          flattened: { value: chainImage(), evidence: asked({ command: 'flattened' }), inTime: true },
        }),
      },
      ['first', 'second', 'flattened', 'sizes', 'vm.xml', 'disk-0', 'disk-1'],
    ],
    [
      '504',
      'each increment and the flattening that failed',
      {
        ...whole,
        chain: chain({
          increments: [backup({ evidence: said('first') }), backup({ evidence: said('second') })],
          flattened: { value: chainImage({ error: 'no' }), evidence: asked({ command: 'flattened' }), inTime: true },
        }),
      },
      ['first', 'second', 'flattened'],
    ],
    [
      '601',
      'the restore and each comparison',
      {
        ...whole,
        restoration: restored({
          evidence: said('restore'),
          comparisons: [compared({ evidence: said('compare 0') }), compared({ disk: '1', evidence: said('compare 1') })],
        }),
      },
      ['restore', 'compare 0', 'compare 1'],
    ],
    [
      '602',
      'what was removed of each run',
      { ...whole, cleaned: { value: [cleanUp({ evidence: said('rm a') }), cleanUp({ evidence: said('rm b') })] } },
      ['rm a', 'rm b'],
    ],
  ] as readonly (readonly [id: string, what: string, drilled: Drilled, commands: readonly string[]])[]) {
    test(`BDS-${id} shows ${what}`, () => assert.deepEqual(commandsOf(judge(id, chained(), drilled)), commands));
  }

  test('every check has a row for not met, undetermined and, but for the first, blocked', () => {
    for (const id of ids) {
      const outcomes = rows.filter((row) => row.id === id).map((row) => row.outcome);
      for (const outcome of ['not-met', 'undetermined'] as const) assert.ok(outcomes.includes(outcome), `BDS-${id} ${outcome}`);
    }
  });

  test('the door of the backup server blocks the probe file by 101, whatever it came to', () => {
    const shut = { ...cloud(), ...(({ server }) => ({ server: { ...server, login: noLogin('refused', 'no') } }))(cloud()) };
    const judgement = judge('202', shut, whole);
    assert.equal(judgement.outcome, 'blocked');
    assert.match(judgement.reason, /BDS-101/);
  });

  test('what is left is told of even where the drill is pointless', () => {
    const audited = { ...cloud(), ...saved({ totalMb: 0 })(cloud()) };
    const left: Drilled = { ...nothing, cleaned: { value: [cleanUp({ left: ['x'] })] } };
    assert.equal(judge('602', audited, left).outcome, 'not-met');
    assert.equal(judge('602', audited, { ...nothing, cleaned: { value: [cleanUp({ fault: 'x' })] } }).outcome, 'undetermined');
    assert.equal(judge('602', audited, { ...nothing, cleaned: { value: [cleanUp()] } }).outcome, 'blocked');
  });
});

test('a survey that was cut short is no proof of anything', () => {
  // Whatever answers are missing, what was met does not come to not met.
  const all = files([disk('0'), disk('1')]);
  const names = [...all.survey.answers.keys()];
  for (let mask = 1; mask < 1 << names.length; mask += 1) {
    const answers = Object.fromEntries(names.filter((_, at) => mask & (1 << at)).map((name) => [name, undefined]));
    const cut: Survey = changed(all.survey, answers);
    const { outcome } = judge('503', cloud(), { ...whole, files: { ...all, survey: cut } });
    assert.equal(outcome, 'undetermined', Object.keys(answers).join(' '));
  }
});

test('garbage about the files meets nothing: what is met was said in so many words', () => {
  const disks = [disk('0'), disk('1')];
  const good = files(disks).survey.answers;
  const truths: Readonly<Record<string, (text: string) => boolean>> = {
    sizes: (text) => [...disks.map(({ path }) => path), vmXml].every((path) => text.split('\n').some((line) => isSize(line, path))),
    'disk-0': (text) => /(^|\n)(No errors|\d+ leaked clusters) were found on the image\./.test(text),
    'vm.xml': (text) => /<VM>.*<ID>0<\/ID>/s.test(text.replaceAll(/\s/g, '')),
  };
  const isSize = (line: string, path: string) => line.endsWith(` ${path}`) && Number(line.slice(0, -path.length - 1)) >= 0;
  for (const [name, isTrue] of Object.entries(truths)) {
    fc.assert(
      fc.property(garbling, (garble) => {
        const text = garble(good.get(name)?.stdout ?? '');
        const judgement = judge('503', cloud(), { ...whole, files: files(disks, { [name]: text }) });
        assert.ok(judgement.outcome !== 'met' || isTrue(text), `met by ${JSON.stringify(text)}`);
      }),
      { numRuns: 300 },
    );
  }
});
