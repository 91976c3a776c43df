import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFiles } from '../../support/actions/files.ts';
import { readProbe } from '../../support/actions/probe.ts';
import type { Check } from '../../support/checks/check.ts';
import * as gate from '../../support/checks/gate.ts';
import { registeredFromTemplate } from '../../support/checks/registration.ts';
import type { Audited } from '../../support/facts/audited.ts';
import type { Backup, BackupFiles, Chain, CleanUp, Comparison, GateFacts, Registration, Restoration } from '../../support/facts/gate.ts';
import type { CommandResult, Failure } from '../../support/machines/shell.ts';
import type { Survey } from '../../support/machines/survey.ts';
import type { Image } from '../../support/opennebula/images.ts';
import type { Datastore, VirtualMachine } from '../../support/opennebula/pools.ts';
import type { Evidence } from '../../support/outcome/evidence.ts';
import type { Cause, Judgement } from '../../support/outcome/judgement.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import type { Protect } from '../../support/site/schema.ts';
import fc, { garbling } from '../fuzz.ts';
import { backup01, datastore, evidence, image, link, scheduledBackup, virtualMachine, disk as vmDisk, wholeCloud } from '../made.ts';

const all: readonly Check[] = [...Object.values(gate), registeredFromTemplate];
const checks: Readonly<Record<string, Check>> = Object.fromEntries(all.map((check) => [check.id.slice(4), check]));
const ids = Object.keys(checks).toSorted();
const judge = (id: string, cloud: Audited): Judgement => (checks[id] ?? assert.fail(id)).judge(cloud) as Judgement;
const probeVm = (changes: Partial<VirtualMachine> = {}) => virtualMachine({ name: 'backup-probe', ...changes });

/** A cloud whose audit is met, with a test VM, and what the gate saw. */
function cloud(seen: GateFacts, vm: Partial<VirtualMachine> = {}): Audited {
  const { site, frontend, ...whole } = wholeCloud();
  const virtualMachines = { value: [virtualMachine({ id: '7', name: 'vm7' }), probeVm(vm)], evidence: [] };
  return {
    ...whole,
    site: { ...site, test_vm: { id: 0, name: 'backup-probe', max_size: 10_240 } },
    frontend: { ...frontend, virtualMachines },
    gate: seen,
  };
}
const owed: Protect = {
  ...{ vms: 'all', except: [], rpo: 93_600, restore_points: 2, keep_for: 604_800, rto: undefined, quiesced: false },
  ...{ datastores: 'declared', disks: 'all', classes: [] },
};
const chained = { keepsIncrements: true, keepLast: 2 };

const asked = (command = 'onevm show -x 0') => evidence({ machine: 'frontend01.example.net', command });
const backup = (changes: Partial<Backup> = {}): Backup => ({
  ...{ stage: 'done', started: true, found: '', inTheWay: [], image: image(), waited: 21, seconds: 14, evidence: [asked()] },
  ...changes,
});
/** One that came to no image. */
function without(stage: Backup['stage'], found: string, changes: Partial<Backup> = {}): Backup {
  const { image: _none, seconds: _never, ...rest } = backup({ stage, found, ...changes });
  return rest;
}
const waits = (stage: Backup['stage'], found = '', changes: Partial<Backup> = {}) => without(stage, found, { started: false, ...changes });
const made = (of: Backup = backup(), vm: Partial<VirtualMachine> = {}) => ({ backup: { value: { before: probeVm(vm), backup: of } } });

const own = '/var/lib/one/datastores/100';
const disk = (name: string, link = '0', directory = '5de970', whole = true) => ({
  ...{ disk: name, whole },
  path: `${own}/0/${directory}/disk.${name}.${link}`,
});
const increment = disk('0', '1', 'eff4d3', false);
const MADE = probeVm().made;
const describedWith = (disks: string) => `<VM><ID>0</ID><NAME>backup-probe</NAME><STIME>${MADE}</STIME><TEMPLATE>${disks}</TEMPLATE></VM>`;
const hasDisk = (id: string, mib: string) => `<DISK><DISK_ID>${id}</DISK_ID><SIZE>${mib}</SIZE></DISK>`;
const description = describedWith(hasDisk('0', '256') + hasDisk('1', '256'));
const size = ({ path }: { path: string }, bytes = 44_040_192) => `${bytes} ${path}`;
const vmXml = `${own}/0/5de970/vm.xml`;
const noErrors = 'No errors were found on the image.\n';
/** Of a disk without data it says no more. */
const blank = `${noErrors}Image end offset: 262144\n`;
const wellKept = `${noErrors}640/4096 = 15.62% allocated, 0.00% fragmented, 0.00% compressed clusters\nImage end offset: 42270720\n`;
/** What qemu-img info says of a disk of so many MiB, and of the file below it. */
const holding = (mib: number) =>
  JSON.stringify({ children: [{ name: 'file', info: { 'virtual-size': 44_040_192 } }], 'virtual-size': mib * 2 ** 20, format: 'qcow2' });

type Answers = Readonly<Record<string, string | Partial<Evidence> | undefined>>;
const survey = (answers: Answers, failed?: Failure): Survey => ({
  ...{ machine: backup01, noise: '', asked: evidence({ command: `all of ${backup01}`, stdout: '' }), ...(failed && { failure: failed }) },
  answers: new Map(
    Object.entries(answers).flatMap(([command, answer]) =>
      answer === undefined
        ? []
        : [[command, evidence({ command, stdout: '', ...(typeof answer === 'string' ? { stdout: answer } : answer) })]],
    ),
  ),
});

/** What the backup server says of files; `answers` takes the place of its own. */
function answered(disks = [disk('0')], answers: Answers = {}): Survey {
  const onDisks = disks.map((_, at) => [`disk-${at}`, wellKept]);
  const held = disks.flatMap(({ disk: name }, at) =>
    disks.slice(at + 1).some((other) => other.disk === name) ? [] : [[`holds-${at}`, holding(256)]],
  );
  const sizes = [...disks.map((each) => size(each)), `4096 ${vmXml}`].join('\n');
  return survey({ sizes, 'vm.xml': description, ...Object.fromEntries([...onDisks, ...held]), ...answers });
}
const files = (disks = [disk('0')], answers: Answers = {}): BackupFiles => readFiles(answered(disks, answers), { disks, vmXml });
const oneDisk = (answer: string | Partial<Evidence> | undefined) => ({ files: files([disk('0')], { 'disk-0': answer }) });
const described = (answer: string | Partial<Evidence> | undefined) => ({ files: files([disk('0')], { 'vm.xml': answer }) });
const holds = (answer: string | Partial<Evidence> | undefined) => ({ files: files([disk('0')], { 'holds-0': answer }) });
const sized = (answer: string | Partial<Evidence> | undefined) => ({ files: files([disk('0')], { sizes: answer }) });

const failure = (kind: Failure['kind'], message: string): Failure => ({ kind, message });
const silent = survey({}, failure('silent', 'no answer within 30 s'));
const probed = (steps: string, changes: Partial<CommandResult> = {}) => ({
  probe: { value: readProbe(own, { ...evidence({ stdout: steps.replaceAll(' ', '\n') }), ...changes }) },
});
const compared = (content: Comparison['content'] = 'equal', found = '', name = '0'): Comparison => ({
  ...{ disk: name, content, found, bytes: 44_040_192, evidence: [asked(`compare ${name}`)] },
});
const restored = (...comparisons: Comparison[]): { restore: Restoration } => ({
  restore: { stage: 'ready', found: '', seconds: 4, comparisons, evidence: [asked('restore')] },
});
const unrestored = (stage: Restoration['stage'], found: string, fix?: string): { restore: Restoration } => ({
  restore: { stage, found, comparisons: [], evidence: [asked()], ...(fix !== undefined && { fix }) },
});
const cleanUp = (changes: Partial<CleanUp> = {}): CleanUp => ({ run: 'r', undone: [], left: [], evidence: [asked()], ...changes });
const cleaned = (...results: Partial<CleanUp>[]) => ({ cleanUp: { value: results.map(cleanUp) } });

const links = ['5de970', 'eff4d3', '3055af'].map((source, id) => link(String(id), source, 1_795_410_046));
const chainImage = (changes: Partial<Image> = {}) => image({ increments: links.slice(1), ...changes });
const flat = (changes: Partial<Image> = {}, inTime = true) => ({ value: chainImage(changes), evidence: [asked('flattened')], inTime });
const chainFiles = files([disk('0', '1', 'eff4d3'), disk('0', '2', '3055af', false)]);
/** A chain of two increments that was flattened once. */
const chain = (changes: Partial<Chain> = {}): { chain: Chain } => ({
  chain: { increments: [backup(), backup()], image: chainImage(), flattened: flat(), files: chainFiles, ...changes },
});
const neverFlattened = (changes: Partial<Chain> = {}) => ({
  chain: { increments: [backup(), backup()], image: chainImage(), files: chainFiles, ...changes },
});
const ending = (...increments: Backup[]): { chain: Chain } => ({ chain: { increments } });
const unseenChain = chain({ flattened: { fault: 'oneimage show -x 1: no answer within 30 s', evidence: [asked()], inTime: false } });

const listed = (changes: Partial<Datastore> = {}) => ({ value: datastore(changes), evidence: [asked()] });
const unlisted = { fault: 'onedatastore list -x ended with exit 255: no', evidence: [asked()] };
const stands = { file: '/var/lib/one/ds.txt', template: { value: 'NAME = "x"', evidence: [asked()] }, datastore: listed() };
/** What a set-up came to before it looked again. */
const registration = (changes: Partial<Registration> = {}): { registration: Registration } => ({
  registration: { before: stands, drift: [], done: [], evidence: [asked()], ...changes },
});
const did = (...what: string[]) => ({ done: what.map((each) => ({ what: each, state: 'changed' as const })) });

const whole: GateFacts = {
  ...registration({ after: listed() }),
  ...probed('created synced renamed deleted'),
  ...made(),
  ...chain(),
  ...restored(compared()),
  files: files(),
  ...cleaned({ undone: ['backup image 1 “0 23-Nov 05.00.46”'] }),
};

test('a whole gate meets every requirement, with what was measured; that of chains is not applicable to a VM without one', () => {
  for (const id of ids) {
    const { outcome, reason, evidence: shown } = judge(id, cloud(whole));
    assert.equal(outcome, id === '504' ? 'not-applicable' : 'met', `BDS-${id}: ${reason}`);
    if (outcome === 'met') assert.ok(reason === '' && shown.length > 0, `BDS-${id}`);
    assert.equal(judge(id, cloud(whole, chained)).outcome, 'met', `BDS-${id}`);
  }
  assert.deepEqual(
    ids.map((id) => judge(id, cloud(whole, chained)).measured),
    [
      'a file created, synced, renamed, deleted in 0.3 s',
      'datastore 100: TOTAL_MB 258020',
      'begun 21 s after the request (limit 60 s)',
      '42 MiB in 14 s, 3.0 MiB/s (limit 600 s)',
      'disk.0.0: 42 MiB',
      '2 increments, flattened to 2 links',
      'disk 0: 42 MiB restored in 4 s (10.5 MiB/s), identical',
      '1 item removed',
    ],
  );
});

test('where nothing was tried, nothing is met, and nothing not met', () => {
  for (const vm of [{}, chained])
    for (const id of ids) {
      const { outcome, reason, evidence: shown } = judge(id, cloud({}, vm));
      assert.equal(outcome, id === '504' && vm !== chained ? 'not-applicable' : 'undetermined', `BDS-${id}: ${reason}`);
      assert.notEqual(reason, '');
      assert.deepEqual(shown, [], 'nobody was asked');
    }
});

const broken = { exitCode: 2, stdout: 'ERROR cluster 7 refcount=1 reference=2\n'.repeat(1000), stderr: '' };
const leaked = {
  exitCode: 3,
  stdout:
    '12 leaked clusters were found on the image.\nThis means waste of disk space, but no harm to data.\n640/4096 = 15.62% allocated, 0.00% fragmented, 0.00% compressed clusters\n',
};
/** The same of so many clusters, beside so many that are used: of none it says nothing. */
const leaking = (clusters: number, used: number) => ({
  exitCode: 3,
  stdout: `\n${clusters} leaked clusters were found on the image.\nThis means waste of disk space, but no harm to data.\n${used === 0 ? '' : `${used}/4096 = 15.62% allocated, 0.00% fragmented\n`}Image end offset: 42270720\n`,
  stderr: 'Leaked cluster 4 refcount=1 reference=0\n',
});
const busy = { fault: 'another gate of this datastore is under way', fix: 'Wait until it has ended.', ofAll: true } as const;
const ofItsOwn = 'The VM had a chain of its own, which stays; its next backup begins a new one.';
const keepsAll = 'backup-probe (0) keeps all increments (KEEP_LAST is not set), so its chain is never flattened.';
const path0 = disk('0').path;

/** What is found after “expected …”, and what to do, as a person reads it; or words of all of it. */
type Says = string | readonly RegExp[];
interface More {
  readonly vm?: Partial<VirtualMachine>;
  readonly note?: string;
  readonly cause?: Cause;
  /** Nobody was asked, so there is nothing to show. */
  readonly unasked?: true;
}
type Row = readonly [seen: GateFacts, says?: Says, more?: More];
/** By the outcome that each comes to, and when. */
type Rows = Partial<Readonly<Record<Outcome, Readonly<Record<string, Row>>>>>;
const each = <T>(of: readonly T[], row: (of: T) => [when: string, row: Row]) => Object.fromEntries(of.map(row));
const notBegun: More = { cause: 'the test backup', unasked: true };
const notListed: More = { cause: 'OpenNebula by its command line' };
/** Without a step that the whole gate has. */
const lacking = (step: keyof GateFacts): GateFacts => ({ [step]: undefined });

const tables: Readonly<Record<string, { expected: string; vm?: Partial<VirtualMachine>; rows: Rows }>> = {
  202: {
    expected: 'backup01.example.net: expected oneadmin to create, sync, rename and delete a file in /var/lib/one/datastores, found ',
    rows: {
      'not-met': {
        'there is no such directory': [
          probed('', { exitCode: 1, stderr: 'bash: line 1: cd: /var/lib/one/datastores: No such file or directory\n' }),
          [/could not be created: “bash: line 1: cd/, /findmnt -T .*\/100; df -h/],
        ],
        'it cannot be synced': [
          probed('created', { exitCode: 1, stderr: 'sync: error syncing: Input/output error\n' }),
          'that a file could not be synced: “sync: error syncing: Input/output error”. Look at the directory and its file system: findmnt -T /var/lib/one/datastores/100; df -h /var/lib/one/datastores/100',
        ],
        'it cannot be renamed': [
          probed('created synced', { exitCode: 1, stderr: '\n line one\n\tline two\n\n' }),
          [/could not be renamed: “line one line two”/],
        ],
        'it cannot be deleted': [probed('created synced renamed', { exitCode: 1 }), [/could not be deleted: “exit 1”/]],
        'a step is told of that was not the last': [
          probed('created renamed deleted', { exitCode: 1, stderr: 'sync: no' }),
          [/could not be synced/],
        ],
        'something else is printed': [probed('xcreated createdx deleted-not'), [/could not be created/]],
      },
      undetermined: {
        'nothing was tried': [lacking('probe'), 'that nothing was tried. Run the gate again.', { unasked: true }],
        'the login is refused meanwhile': [
          probed('', { exitCode: 255, failure: failure('refused', 'Permission denied') }),
          'no answer (Permission denied). Run it again.',
        ],
        'the connection breaks half way': [
          probed('created synced', { exitCode: null, failure: failure('lost', 'Connection reset') }),
          [/Connection reset/],
        ],
        'it was interrupted': [
          probed('created', { exitCode: null, failure: failure('interrupted', 'the run was interrupted') }),
          [/interrupted/],
        ],
        'the journal cannot be written': [
          { probe: { fault: 'the journal could not be written: No space left' } },
          [/could not begin: the journal could not be written/],
          { unasked: true },
        ],
        'another gate is under way': [{ probe: busy }, `that it could not begin: ${busy.fault}. Wait until it has ended.`, notBegun],
        'a signal ends it': [probed('created', { exitCode: null, signal: 'SIGKILL' }), [/no answer \(ended by SIGKILL\)/]],
      },
    },
  },
  401: {
    expected: 'frontend01.example.net: expected the datastore “rsync Backups” to be registered from its template file, found ',
    rows: {
      'not-met': {
        'something differs': [
          registration({ drift: ['a is b', 'c is d'] }),
          'that what exists differs from what is declared: a is b; c is d. Nothing was changed. Correct the site file, or what exists (onedatastore update, or the template file).',
        ],
        'it is refused': [
          registration({ refused: 'onedatastore create x: RSYNC_HOST is missing' }),
          'that it was refused: “onedatastore create x: RSYNC_HOST is missing”. Fix what it says, then run setup again.',
        ],
        'it is refused after the file was written': [
          registration({ refused: 'no', ...did('wrote it') }),
          'that it was refused: “no”. What was done before stands: wrote it. Fix what it says, then run setup again.',
        ],
        'it is not listed after that': [
          registration({ after: { value: undefined, evidence: [asked()] } }),
          'that OpenNebula does not list it after it was created. Look at it: onedatastore list',
        ],
        'nothing is known of it after that': [registration()],
        'it was saved otherwise': [
          registration({ after: listed({ type: 'img', dsMad: 'restic' }) }),
          'datastore 100 saved otherwise: TYPE is “img”, expected “bck”; DS_MAD is “restic”, expected “rsync”. Look at it: onedatastore show 100',
        ],
        'it has no capacity': [
          registration({ after: listed({ totalMb: 0 }) }),
          'datastore 100 registered, but without capacity (TOTAL_MB 0) after 30 s: OpenNebula does not reach the backup server. Run the audit, which says why: backup-compliance audit',
        ],
        'its capacity is no number': [registration({ after: listed({ totalMb: Number.NaN }) })],
      },
      undetermined: {
        'nothing was tried': [lacking('registration'), 'that nothing was tried. Run setup again.', { unasked: true }],
        'the datastores cannot be listed': [registration({ before: { ...stands, datastore: unlisted } }), [/exit 255: no/], notListed],
        'the file cannot be read, whatever differs': [
          registration({ before: { ...stands, template: unlisted }, drift: ['TYPE is “img”'] }),
          [/exit 255: no/],
          notListed,
        ],
        'it cannot be looked at afterwards': [registration({ after: unlisted }), `${unlisted.fault}.`, notListed],
        'no answer came after two steps': [
          registration({ unheard: 'onedatastore create x: no answer within 30 s', ...did('wrote the template', 'created it') }),
          'that whether it was done is not known: onedatastore create x: no answer within 30 s. What was done before stands: wrote the template; created it. Run setup again: it does what is missing.',
        ],
      },
      met: {
        'it was there': [{}, [], { note: 'Datastore 100: already registered as declared, nothing was changed.' }],
        'it was made': [registration({ after: listed(), ...did('a', 'b') }), [], { note: 'Datastore 100: a; b.' }],
      },
    },
  },
  501: {
    expected: "frontend01.example.net: expected OpenNebula's scheduler to begin a backup of backup-probe (0) within 60 s, found ",
    rows: {
      'not-met': {
        'it is refused': [
          made(waits('refused', '[one.vm.backup] Not enough free space on target datastore')),
          'the request refused: “[one.vm.backup] Not enough free space on target datastore”. Fix what it says, then run the gate again.',
        ],
        'it is rejected': [
          made(waits('rejected', 'Datastore needs to be of type BACKUP')),
          'it rejected: “Datastore needs to be of type BACKUP”. OpenNebula would try it again for ever; it was removed from the queue. Fix what it says, then run the gate again.',
        ],
        'it waits': [
          made(waits('waiting')),
          'it still waiting; ours was removed from the queue. Check that the scheduler runs (/var/log/one/oned.log), and that other backups do not use up its limit (MAX_BACKUPS).',
        ],
        'it waits, and cannot be taken back': [
          made(waits('waiting', '', { kept: { id: '5', why: 'Not authorized.' } })),
          'it still waiting; ours could not be removed from the queue (Not authorized): onevm sched-delete 0 5. Check that the scheduler runs (/var/log/one/oned.log), and that other backups do not use up its limit (MAX_BACKUPS).',
        ],
        'it is rejected, and cannot be taken back': [
          made(waits('rejected', 'no such datastore', { kept: { id: '5', why: 'Not authorized' } })),
          'it rejected: “no such datastore”. OpenNebula would try it again for ever; it could not be removed from the queue (Not authorized): onevm sched-delete 0 5. Fix what it says, then run the gate again.',
        ],
        'it waits behind one that repeats, which is not to be deleted': [
          made(waits('waiting', '', { inTheWay: [scheduledBackup({ id: '4', message: 'No room', repeats: true })] })),
          'it still waiting; ours was removed from the queue. It waits behind scheduled backup 4 (rejected: No room), which is not ours and was left as it is: onevm show 0',
        ],
        'it waits behind others': [
          made(waits('waiting', '', { inTheWay: [scheduledBackup({ id: '4', message: 'No datastore' }), scheduledBackup({ id: '5' })] })),
          'it still waiting; ours was removed from the queue. It waits behind scheduled backup 4 (rejected: No datastore), 5, which is not ours and was left as it is: onevm sched-delete 0 4',
        ],
      },
      undetermined: {
        'it would harm the VM': [
          made(waits('unfit', 'that its chain is gone', { fix: 'Declare another test_vm.' })),
          [
            /^backup-probe \(0\): expected a VM that a test backup does not harm, found that its chain is gone\. Declare another test_vm\.$/,
          ],
        ],
        'other backups run': [
          made(waits('waiting', '', { waitsFor: 'another backup of it is under way' })),
          'it still waiting: another backup of it is under way; ours was removed from the queue. Run the gate again when no other backups run, or with a longer deadlines.schedule.',
        ],
        'it could not begin': [{ backup: busy }, `that it could not begin: ${busy.fault}. Wait until it has ended.`, notBegun],
        'OpenNebula could not be checked before': [
          { backup: { fault: 'onevm show -x 0 ended with exit 255: no' } },
          'that it could not begin: onevm show -x 0 ended with exit 255: no. Run the gate again.',
          { unasked: true },
        ],
        'no answer came': [
          made(waits('unseen', 'frontend01.example.net: no answer within 30 s')),
          'frontend01.example.net: no answer within 30 s. Run it again.',
        ],
        'it is known what to do about that': [
          made(waits('unseen', 'onevm show -x 0 is no XML.', { fix: 'Look at it.' })),
          'onevm show -x 0 is no XML. Look at it. Run it again.',
        ],
      },
      met: {
        'it began, and then we could not look': [made(without('unseen', 'no answer'))],
        'it began and failed': [made(without('failed', 'backup: no'))],
      },
    },
  },
  502: {
    expected: 'frontend01.example.net: expected a backup of backup-probe (0) to complete within 600 s, found ',
    rows: {
      'not-met': {
        'it does not end': [
          made(without('running', 'after 600 s the VM is still in BACKUP')),
          'that after 600 s the VM is still in BACKUP. Look whether backup01.example.net answers. If so, the transfer is slow: raise deadlines.backup in the site file. If not, OpenNebula may wait for it without end: fix it, then onevm backup-cancel 0 (which waits for it, too), and run: backup-compliance cleanup',
        ],
        'it failed': [
          made(without('failed', 'backup: Host key verification failed.')),
          'that it failed: “backup: Host key verification failed.”. Compare the host key that backup01.example.net shows (ssh oneadmin@backup01.example.net) with the one that kvm01.example.net has stored. The whole story stands in /var/log/one/0.log on frontend01.example.net. Recheck: backup-compliance audit --only BDS-105',
        ],
        'it says done and has no image': [made(without('done', 'no image'))],
        ...each(['locked', 'error', 'delete', 'disabled', 'unknown'] as const, (state) => {
          const says = `frontend01\\.example\\.net: expected the image of the backup to be READY, found image 1 in state ${state.toUpperCase()}${state === 'error' ? ': gone' : ''}\\. Look at /var/log/one/oned\\.log\\.`;
          const seen = made(backup({ image: image({ state, error: state === 'error' ? 'gone' : '' }) }));
          return [`the image is ${state}`, [seen, [new RegExp(`^${says}$`)]]];
        }),
      },
      undetermined: {
        'we could not look': [
          made(without('unseen', 'onevm show -x 0: no answer within 30 s')),
          'onevm show -x 0: no answer within 30 s. Run it again.',
        ],
      },
    },
  },
  503: {
    expected: 'backup01.example.net: expected the files of the test backup, sound and complete, found ',
    rows: {
      'not-met': {
        'a disk is missing': [sized(`4096 ${vmXml}`), [/backup01.*disk\.0\.0 is missing/]],
        'a disk is empty': [sized(`${size(disk('0'), 0)}\n4096 ${vmXml}`), [/disk\.0\.0 is empty/]],
        'a size is none': [sized(`big ${path0}\n4096 ${vmXml}`)],
        'no file is there': [
          sized(''),
          `${path0} is missing; ${vmXml} is missing. Check the storage they lie on, then run the gate again, which makes a new backup.`,
        ],
        'one disk is missing and another not answered for': [
          { files: files([disk('0'), disk('1')], { sizes: `${size(disk('0'))}\n4096 ${vmXml}`, 'disk-0': { exitCode: 124 } }) },
          [/disk\.1\.0 is missing/],
        ],
        'a disk is broken': [oneDisk(broken), [/qemu-img check says “… ERROR cluster 7.* reference=2”/, /run the gate again/]],
        'a disk is broken in many places': [
          oneDisk({
            exitCode: 2,
            stdout: '\n7 errors were found on the image.\nData may be corrupted, or further writes to the image may corrupt it.\n',
            stderr: 'ERROR cluster 5 refcount=0 reference=1\nERROR cluster 6 refcount=0 reference=1\n',
          }),
          [/says “ERROR cluster 6 refcount=0 reference=1; 7 errors were found on the image\.”/],
        ],
        'qemu-img check fails without a word': [
          oneDisk({ exitCode: 1 }),
          `${path0}: qemu-img check says “exit 1”. Check the storage they lie on, then run the gate again, which makes a new backup.`,
        ],
        'what qemu-img says fits on a line or two': [oneDisk({ exitCode: 1, stderr: 'x'.repeat(300) }), [/“x{300}”/]],
        'what qemu-img says does not': [oneDisk({ exitCode: 1, stderr: `${'begin '.repeat(100)}end` }), [/“… begin (begin )*end”/]],
        'the table of a disk was zeroed': [
          oneDisk(leaking(641, 0)),
          `${path0} has 641 clusters that none of its tables names, and 0 that one does: most of what it holds cannot be read. Check the storage they lie on, then run the gate again, which makes a new backup.`,
        ],
        'more is leaked than used': [oneDisk(leaking(3, 2)), [/3 clusters that none of its tables names, and 2 that one does/]],
        'a disk is no qcow2': [
          oneDisk({ exitCode: 1, stderr: '\nqemu-img: Image is not in qcow2 format\n' }),
          [/qemu-img check says “qemu-img: Image is not in qcow2 format”/],
        ],
        'the table of an increment was zeroed': [
          { files: files([disk('0'), increment], { 'disk-1': leaking(17, 0) }) },
          [/eff4d3\/disk\.0\.1 has 17 clusters that none of its tables names, and 0 that one does: most of what it holds cannot be read/],
        ],
        'the description is somebody else’s': [described('<VM><ID>7</ID></VM>'), [/vm\.xml is that of VM 7/]],
        ...each(['', `<STIME>${MADE + 1}</STIME>`, '<STIME>soon</STIME>'], (made) => [
          `the description is that of another VM of that id: ${made}`,
          [described(`<VM><ID>0</ID><NAME>x</NAME>${made}</VM>`), [/vm\.xml is that of another VM 0, by its STIME/]],
        ]),
        ...each(
          ['', 'no XML at all', '<IMAGE><ID>0</ID></IMAGE>', '<VM><NAME>x</NAME></VM>', '<VM><ID>0</ID>', '<VM><ID/></VM>'],
          (text) => [`the description is “${text}”`, [described(text), [/vm\.xml does not hold a VM/]]],
        ),
        'the description cannot be decoded': [
          described({ exitCode: 1, stdout: description, stderr: 'base64: invalid input' }),
          `${vmXml} cannot be decoded: “base64: invalid input”. Check the storage they lie on, then run the gate again, which makes a new backup.`,
        ],
        'the description cannot be decoded, without a word': [
          described({ exitCode: 1, stdout: description }),
          [/vm\.xml cannot be decoded: “exit 1”/],
        ],
        'the description is missing': [
          { files: files([disk('0')], { sizes: size(disk('0')), 'vm.xml': { exitCode: 1, stderr: 'cat: no' } }) },
          [/vm\.xml is missing/],
        ],
        'a disk of the VM is left out by DISK_IDS': [
          made(backup(), { disks: [vmDisk(), vmDisk({ id: '1', image: 'data' })], chosenDisks: ['0'] }),
          'that image 1 lacks disk 1 (data), left out by DISK_IDS. Take DISK_IDS out of its backup settings: onevm updateconf 0. Or declare disks: selected in protect.classes.',
        ],
        'a disk of the VM is not in it': [
          made(backup(), { disks: [vmDisk(), vmDisk({ id: '1', image: 'data' })] }),
          'that image 1 lacks disk 1 (data), attached after that backup. Look at its disks, or declare another test_vm: onevm show 0',
        ],
        'a disk is smaller than that of the VM': [
          holds(holding(16)),
          `${path0} holds a disk of 16 MiB, and disk 0 of the VM had 256 MiB by vm.xml. Check the storage they lie on, then run the gate again, which makes a new backup.`,
        ],
        'a disk is smaller by more than what is rounded': [
          { files: files([disk('0'), disk('1')], { 'holds-1': holding(255 - 1 / 2048) }) },
          [/disk\.1\.0 holds a disk of 254 MiB, and disk 1 of the VM had 256 MiB/],
        ],
        'an increment is smaller than the disk has become': [
          {
            files: files([disk('0'), increment], {
              'holds-1': holding(256),
              'vm.xml': describedWith(hasDisk('1', '64') + hasDisk('0', '512')),
            }),
          },
          [/eff4d3\/disk\.0\.1 holds a disk of 256 MiB, and disk 0 of the VM had 512 MiB/],
        ],
        'a disk holds nothing at all': [holds(holding(0)), [/holds a disk of 0 MiB/]],
        'the backup names no disk': [{ files: files([]) }, [/names no disk/]],
        'an increment is no qcow2': [
          { files: files([disk('0'), increment], { 'disk-1': { exitCode: 1, stderr: 'Image is not in qcow2 format' } }) },
          [/eff4d3\/disk\.0\.1: qemu-img check says “Image is not in qcow2 format”/],
        ],
      },
      undetermined: {
        'the files were not checked': [lacking('files'), 'that they were not checked. Run the gate again.', { unasked: true }],
        'the server does not let us in': [
          { files: readFiles(silent, { disks: [disk('0')], vmXml }) },
          'no answer: no answer within 30 s. Log in and look: ssh backup01.example.net',
        ],
        'the sizes are not answered': [
          sized(undefined),
          'no answer: none to the question for their sizes. Log in and look: ssh backup01.example.net',
        ],
        'the sizes cannot be asked': [sized({ exitCode: 1, stderr: 'stat: Stale file handle\n' }), [/Stale file handle/]],
        'the sizes are answered too late': [sized({ exitCode: 124 })],
        'qemu-img check is not answered in time': [
          oneDisk({ exitCode: 124 }),
          `no answer about ${path0} in time. Look at the disk it lies on, then run the gate again.`,
        ],
        'qemu-img check does not end when it is told to, and is killed': [
          oneDisk({ exitCode: 137 }),
          [/no answer about .*disk\.0\.0 in time/],
        ],
        'it was not asked any more': [oneDisk(undefined), [/no answer about .*disk\.0\.0 in time/]],
        'one disk is answered for and another not': [{ files: files([disk('0'), disk('1')], { 'disk-1': undefined }) }, [/disk\.1\.0/]],
        'qemu-img is not there': [
          oneDisk({ exitCode: 127, stderr: "timeout: failed to run command 'qemu-img': No such file or directory" }),
          `that qemu-img could not say whether ${path0} is: “timeout: failed to run command 'qemu-img': No such file or directory”. See BDS-302.`,
        ],
        'qemu-img cannot be started': [oneDisk({ exitCode: 126 }), [/“exit 126”/]],
        'timeout itself cannot begin': [
          oneDisk({ exitCode: 125, stderr: 'timeout: fork system call failed' }),
          [/qemu-img could not say.*“timeout: fork system call failed”/],
        ],
        'a signal ends it, and no exit code is told': [
          oneDisk({ exitCode: null, signal: 'SIGKILL', stderr: 'Killed' }),
          [/qemu-img could not say.*“Killed”/],
        ],
        'qemu-img crashes': [oneDisk({ exitCode: 139 }), [/“exit 139”/]],
        'how large the disk is, is not answered': [holds(undefined), [/no answer about .*disk\.0\.0 in time/]],
        'how large the disk is, is not answered in time': [holds({ exitCode: 124 }), [/no answer about .*disk\.0\.0 in time/]],
        'qemu-img cannot tell how large the disk is': [
          holds({ exitCode: 1, stdout: holding(256), stderr: 'qemu-img: Input/output error' }),
          `that qemu-img could not say how large the disk in ${path0} is: “qemu-img: Input/output error”. See BDS-302.`,
        ],
        ...each(
          ['', '7', '[]', '{}', '{"virtual-size":"268435456"}', '{"virtual-size":-1}', '{"virtual-size":1e400}', holding(256).slice(0, -1)],
          (stdout) => [`qemu-img info says “${stdout}”`, [holds(stdout), [/could not say how large the disk in/]]],
        ),
        'qemu-img does not know how': [oneDisk({ exitCode: 63, stderr: 'This image format does not support checks' })],
        'it holds no data': [
          oneDisk(blank),
          'no data in any disk: a backup that lost them looks the same. If the VM has data on its disks, look at qemu-img on kvm01.example.net: its convert makes the files. If it has none, declare another that has: nothing is proven by this one.',
        ],
        'no data are in any of two disks': [
          { files: files([disk('0'), disk('1')], { 'disk-0': blank, 'disk-1': blank }) },
          [/no data in any/],
        ],
        'there are data in its increment alone': [{ files: files([disk('0'), increment], { 'disk-0': blank }) }, [/no data in any disk/]],
        'qemu-img check finds nothing wrong, and says nothing': [
          oneDisk(''),
          `that qemu-img check did not say that ${path0} is: “no word”. See BDS-302.`,
        ],
        ...each(
          ['hello', 'All is well: No errors were found on the image.', 'No errors were found on the image. Or were they?'],
          (stdout) => [`qemu-img check says “${stdout}”`, [oneDisk(stdout), [/did not say that .* is: “/]]],
        ),
        'a cluster is leaked': [
          oneDisk(leaking(1, 640)),
          `${path0} has 1 cluster that none of its tables names, and 640 that one does: whether they were data is not known. Make a new full backup, then run the gate again. If that one leaks, too, look at qemu-img on the host that made it.`,
        ],
        'clusters are leaked': [
          oneDisk(leaking(17, 640)),
          `${path0} has 17 clusters that none of its tables names, and 640 that one does: whether they were data is not known. Make a new full backup, then run the gate again. If that one leaks, too, look at qemu-img on the host that made it.`,
        ],
        'as many are leaked as are used': [oneDisk(leaking(16, 16)), [/16 clusters that none of its tables names, and 16 that one does/]],
        'an increment is not checked': [
          { files: files([disk('0'), increment], { 'disk-1': { exitCode: 63, stderr: 'This image format does not support checks' } }) },
          [/qemu-img could not say whether .*eff4d3\/disk\.0\.1 is/],
        ],
        'an increment is checked without a word': [
          { files: files([disk('0'), increment], { 'disk-1': 'file format: qcow2\n' }) },
          [/qemu-img check did not say that .*eff4d3\/disk\.0\.1 is/],
        ],
        'a cluster of an increment is leaked': [
          { files: files([disk('0'), increment], { 'disk-1': leaking(1, 20) }) },
          [/eff4d3\/disk\.0\.1 has 1 cluster that none of its tables names, and 20 that one does/],
        ],
        'qemu-img check says that clusters are leaked, and ends well': [oneDisk(leaked.stdout), [/did not say that .* is: “/]],
        'the program that decodes the description crashes': [
          described({ exitCode: 139 }),
          [/vm\.xml could not be decoded there: “exit 139”/],
        ],
        'the program that decodes the description is not there': [
          described({ exitCode: 127, stderr: 'base64: No such file or directory' }),
          `that ${vmXml} could not be decoded there: “base64: No such file or directory”. Log in and look: ssh backup01.example.net`,
        ],
        'the description is not answered for': [
          described(undefined),
          `no answer about ${vmXml} in time. Look at the disk it lies on, then run the gate again.`,
        ],
        'the description is read too slowly': [described({ exitCode: 124 })],
      },
      met: {
        'one disk of two holds no data': [
          { files: files([disk('0'), disk('1')], { 'disk-1': blank }) },
          [],
          { note: 'No data in disk.1.0.' },
        ],
        'what is not in it is volatile, swap, a CD-ROM, or only read': [
          made(backup(), {
            disks: [
              vmDisk(),
              ...[{ isVolatile: true }, { type: 'swap' }, { type: 'CDROM' }, { isReadOnly: true }].map((each, at) =>
                vmDisk({ id: `${at + 1}`, ...each }),
              ),
            ],
          }),
        ],
        'its increment holds no data': [{ files: files([disk('0'), increment], { 'disk-1': blank }) }],
        'the description has line breaks': [described(description.replaceAll('><', '>\n<'))],
        'a disk is smaller by what is rounded': [holds(holding(255))],
        'a disk is larger than that of the VM': [holds(holding(300))],
        ...each(['', hasDisk('1', '256'), hasDisk('0', ''), hasDisk('0', 'large'), '<DISK><SIZE>256</SIZE></DISK>'], (disks) => [
          `the description tells no size of the disk: “${disks}”`,
          [{ files: files([disk('0')], { 'vm.xml': describedWith(disks), 'holds-0': holding(16) }) }],
        ]),
        'the disk has grown since the full backup': [
          {
            files: files([disk('0'), increment], {
              ...{ 'holds-0': holding(256), 'holds-1': holding(512) },
              'vm.xml': describedWith(hasDisk('0', '512')),
            }),
          },
        ],
      },
    },
  },
  504: {
    expected: 'backup-probe (0): expected increments on top of the test backup, flattened beyond 2, found ',
    vm: chained,
    rows: {
      'not-met': {
        'an increment is refused': [
          ending(backup(), waits('refused', 'wrong state')),
          [/expected OpenNebula's scheduler.*refused: “wrong state”/],
        ],
        'an increment waits': [ending(backup(), waits('waiting')), [/still waiting/]],
        'an increment fails': [
          ending(backup(), without('failed', 'prebackup_live: nbdinfo: not found')),
          [/expected increment 2 of backup-probe \(0\) to complete/, /nbdinfo: not found/],
        ],
        'the first increment fails already': [
          ending(without('failed', 'prebackup_live: nbdinfo: not found')),
          [/^frontend01\.example\.net: expected increment 1 of backup-probe \(0\) to complete/],
        ],
        'an increment does not end': [ending(backup(), without('running', 'after 600 s still in BACKUP'))],
        'the flattening fails': [
          chain({ flattened: flat({ error: 'Error flattening backup increments: jq: command not found' }) }),
          'that image 1 says: “Error flattening backup increments: jq: command not found”. Its chain may be destroyed, though OpenNebula shows it as READY. Install jq on backup01.example.net. Once that is fixed, begin a new chain for every VM that was flattened since: onevm backup --reset (one in SNAPSHOT mode needs INCREMENT_MODE=CBT first, by onevm updateconf) Recheck: backup-compliance audit --only BDS-304',
        ],
        'the image is in ERROR without a word': [
          chain({ flattened: flat({ state: 'error' }) }),
          'that image 1 is in state ERROR. Its chain may be destroyed. Look at /var/log/one/oned.log for why, then begin a new chain for every VM that was flattened since: onevm backup --reset (one in SNAPSHOT mode needs INCREMENT_MODE=CBT first, by onevm updateconf)',
        ],
        'it is not flattened in time': [
          chain({ flattened: flat({ increments: links }, false) }),
          '3 links in image 1 after 600 s. Look at /var/log/one/oned.log.',
        ],
        'its flatten has no end': [
          chain({ flattened: flat({ increments: links, state: 'locked' }, false) }),
          [
            /3 links in image 1, which is LOCKED: its flatten has not ended 600 s after the last increment\. Look on backup01\S* whether it goes on: ps -C/,
          ],
        ],
        'what is left is broken': [chain(oneDisk(broken)), [/qemu-img check says/]],
        'the limit is out of reach and an increment is broken': [neverFlattened(oneDisk(broken)), [], { vm: { ...chained, keepLast: 11 } }],
      },
      undetermined: {
        'nothing was tried': [lacking('chain'), 'that nothing was tried. Run the gate again.', { unasked: true }],
        'we could not look': [
          { chain: { increments: [backup()], fault: 'onevm show -x 0: no answer' } },
          'onevm show -x 0: no answer. Run it again.',
        ],
        'an increment was asked for without an answer': [ending(backup(), waits('unseen', 'no answer'))],
        'an increment was lost sight of': [ending(backup(), without('unseen', 'no answer'))],
        'the flattening cannot be seen': [unseenChain, 'oneimage show -x 1: no answer within 30 s. Run it again.'],
        'what is left cannot be asked for': [chain(oneDisk(undefined))],
        'what is left was not checked': [
          { chain: { increments: [backup()], image: chainImage(), flattened: flat() } },
          [/^backup01\.example\.net: expected the files of the test backup, sound and complete, found that they were not checked\. Run/],
        ],
        'no increment was made': [ending(), [], { unasked: true }],
      },
      met: {
        'there is no limit': [neverFlattened(), [], { vm: { ...chained, keepLast: 0 }, note: keepsAll }],
        'the chain is new, and is flattened at its limit': [{}],
        'there was a chain before': [made(backup(), { lastIncrement: 4 }), [], { note: ofItsOwn }],
        'there was a chain before that had no increment yet': [made(backup(), { lastIncrement: 0 }), [], { note: ofItsOwn }],
        'there was a chain before, and there is no limit': [
          { ...made(backup(), { lastIncrement: 4 }), ...neverFlattened() },
          [],
          { vm: { ...chained, keepLast: 0 }, note: `${ofItsOwn} ${keepsAll}` },
        ],
      },
      'not-applicable': {
        'it can have one chain only, which the test backup began, or added to': [
          { ...made(backup(), { ...chained, incrementMode: 'SNAPSHOT' }), chain: undefined },
          [
            /^backup-probe \(0\) keeps increments in SNAPSHOT mode, in which it can have one chain only: the test backup began it, and nothing more/,
          ],
          { unasked: true },
        ],
        'the same with a chain that it had': [
          { ...made(backup(), { ...chained, incrementMode: 'SNAPSHOT', lastIncrement: 3 }), chain: undefined },
          [/the test backup added to it/],
          { unasked: true },
        ],
        'none are kept': [
          {},
          [
            /^backup-probe \(0\) keeps no increments: each of its backups is whole\. To have them checked, set BACKUP_CONFIG = \[ MODE = INCREMENT, KEEP_LAST = 3 \] with onevm updateconf 0, or declare another test_vm\.$/,
          ],
          { vm: {}, unasked: true },
        ],
        'the limit is out of reach': [
          neverFlattened(),
          [
            /^An increment of backup-probe \(0\) was made; its chain is flattened beyond 11 increments, and a restore test makes 10 at most\. Declare a test_vm with a KEEP_LAST of 10 or less\.$/,
          ],
          { vm: { ...chained, keepLast: 11 }, unasked: true },
        ],
      },
    },
  },
  601: {
    expected: 'frontend01.example.net: expected the test backup to be restored into the datastore “default”, equal to its files, found ',
    rows: {
      'not-met': {
        'it is refused': [
          unrestored('refused', '[one.image.restore] no'),
          '“[one.image.restore] no”. /var/log/one/oned.log on frontend01.example.net names the step that failed.',
        ],
        'it is late': [unrestored('late', 'after 600 s: image 4 locked'), [/image 4 locked/]],
        'it ends in ERROR': [unrestored('error', 'image 4 in state ERROR: jq: not found'), [/image 4 in state ERROR: jq/]],
        'the template differs': [
          {
            restore: {
              ...restored(compared()).restore,
              template: { value: ['MEMORY 64, expected 128', 'VCPU none, expected 2'], evidence: [asked('onetemplate')] },
            },
          },
          'the restored template to differ from the VM that was backed up: MEMORY 64, expected 128; VCPU none, expected 2. Do not rely on restored templates before it is known why: compare onetemplate show with vm.xml beside the backup.',
        ],
        'a disk differs': [
          restored(compared('different', 'Content mismatch at offset 0!')),
          [/disk 0 differs: Content mismatch at offset 0!/, /Do not rely/],
        ],
        'two disks differ': [
          restored(compared('different', 'x'), compared('different', 'y', '1')),
          'that disk 0 differs: x; disk 1 differs: y. Do not rely on the backups of this datastore before it is known why.',
        ],
        'a disk differs and another was not compared': [
          restored(compared('unseen', 'x'), compared('different', 'y', '1')),
          [/disk 1 differs: y/],
        ],
      },
      undetermined: {
        'the template cannot be looked at': [
          { restore: { ...restored(compared()).restore, template: { fault: 'onetemplate show -x 2: no answer', evidence: [] } } },
          'onetemplate show -x 2: no answer.',
        ],
        'nothing was tried': [lacking('restore'), 'that nothing was tried. Run the gate again.', { unasked: true }],
        'there is no room': [
          unrestored('unseen', '/var/tmp on frontend01 has 1 MiB free', 'Make room.'),
          '/var/tmp on frontend01 has 1 MiB free. Make room. Run it again.',
        ],
        'a disk was not compared': [
          restored(compared(), compared('unseen', 'the image cannot be read', '1')),
          'that it was restored, but not compared: the image cannot be read. Run the gate again.',
        ],
        'no disk was compared': [restored(), 'that it was restored, but not compared: nothing is known of disk 0. Run the gate again.'],
        ...each([['0', '2'], ['0', '2', '3'], []], (disks) => [
          `one disk was compared of ${disks.join(', ') || 'none'}`,
          [
            made(backup({ image: image({ disks }) })),
            [disks.length === 0 ? /names no disk/ : new RegExp(`nothing is known of disk ${disks.slice(1).join(', ')}\\. Run`)],
          ],
        ]),
      },
    },
  },
  602: {
    expected: 'datastore “rsync Backups”: expected nothing of the restore test to be left behind, found ',
    rows: {
      'not-met': {
        'something is left': [
          cleaned({ undone: ['a'] }, { left: ['image 4: remove it with oneimage delete 4', 'template 2'] }),
          'image 4: remove it with oneimage delete 4; template 2. What can be removed later is removed by: backup-compliance cleanup',
        ],
        'something is left, and elsewhere we could not look': [cleaned({ fault: 'x' }, { left: ['y'] }), [/found y\./]],
      },
      undetermined: {
        'nothing was tried': [lacking('cleanUp'), 'that nothing was tried. Run the gate again.', { unasked: true }],
        'it could not begin': [{ cleanUp: busy }, `that it could not begin: ${busy.fault}. Wait until it has ended.`, notBegun],
        'we could not look': [
          cleaned({ fault: 'onevm show -x 0: no answer' }),
          'that we could not look: onevm show -x 0: no answer. Run: backup-compliance cleanup',
        ],
        'all is well with one run, and of another we could not look': [cleaned({}, { fault: 'x' }), [/could not look: x\./]],
      },
      met: {
        'nothing was there': [cleaned({}), [], { note: 'Removed: nothing was there.' }],
        'two runs left something that is removed': [
          cleaned({ undone: ['image 4', 'template 2'] }, { undone: ['backup image 1'] }),
          [],
          { note: 'Removed: image 4; template 2; backup image 1.' },
        ],
        'something is kept, since the VM needs it': [
          cleaned({ undone: ['image 4'], kept: ['backup image 1'] }),
          [],
          { note: 'Removed: image 4. Kept: backup image 1.' },
        ],
        'all is removed': [{}, [], { note: 'Removed: backup image 1 “0 23-Nov 05.00.46”.' }],
      },
    },
  },
};

for (const [id, { expected, vm = {}, rows }] of Object.entries(tables)) {
  const all = Object.entries(rows).flatMap(([outcome, some]) => Object.entries(some).map((row) => [outcome, ...row] as const));
  for (const [outcome, when, [seen, says = [], more = {}]] of all) {
    test(`BDS-${id}, ${when}: ${outcome}`, () => {
      const { note, cause, unasked = false } = more;
      const judgement = judge(id, cloud({ ...whole, ...seen }, more.vm ?? vm));
      const read = [judgement.reason, judgement.fix].filter((part) => part !== undefined).join(' ');
      assert.equal(judgement.outcome, outcome, read);
      if (typeof says === 'string') assert.equal(read, `${expected}${says}`);
      else for (const text of says) assert.match(read, text);
      assert.equal(judgement.reason === '', outcome === 'met', 'only what is met needs no reason');
      assert.doesNotMatch(read, /undefined|NaN|null|\[object|\n| {2}|“”|: \.|\(\)|\.\./, 'a person is to read it');
      assert.ok(read.length < 1000, 'a person is to read it');
      assert.equal(judgement.cause, cause);
      assert.deepEqual([judgement.note, 'note' in judgement], [note, note !== undefined]);
      assert.equal(judgement.evidence.length > 0, !unasked, 'it rests on what was asked');
    });
  }
  test(`BDS-${id}: not met and undetermined are both tried`, () => assert.ok(rows['not-met'] && rows.undetermined));
}

const commandsOf = ({ evidence: shown }: Judgement) => shown.map(({ command }) => command);
const twoLinks = [backup({ evidence: [asked('first')] }), backup({ evidence: [asked('second')] })];
const shows: readonly (readonly [id: string, what: string, seen: GateFacts, commands: readonly string[]])[] = [
  ['503', 'the answers about the files', {}, ['sizes', 'vm.xml', 'disk-0', 'holds-0']],
  [
    '503',
    'the whole conversation, where no question was answered',
    { files: readFiles(silent, { disks: [disk('0')], vmXml }) },
    ['all of backup01.example.net'],
  ],
  [
    '504',
    'each increment, the flattening, and the files that are left',
    chain({ increments: twoLinks }),
    ['first', 'second', 'flattened', 'sizes', 'vm.xml', 'disk-0', 'disk-1', 'holds-1'],
  ],
  [
    '504',
    'each increment and the flattening that failed',
    chain({ increments: twoLinks, flattened: flat({ error: 'no' }) }),
    ['first', 'second', 'flattened'],
  ],
  ['601', 'the restore and each comparison', restored(compared(), compared('equal', '', '1')), ['restore', 'compare 0', 'compare 1']],
  ['602', 'what was removed of each run', cleaned({ evidence: [asked('rm a')] }, { evidence: [asked('rm b')] }), ['rm a', 'rm b']],
];
for (const [id, what, seen, commands] of shows)
  test(`BDS-${id} shows ${what}`, () => assert.deepEqual(commandsOf(judge(id, cloud({ ...whole, ...seen }, chained))), commands));

test('of the description nothing is shown but whose it is, however it was answered', () => {
  const full = '<VM><ID>0</ID><NAME>backup-probe</NAME><TEMPLATE><CONTEXT><ROOT_PW>hunter2</ROOT_PW></CONTEXT></TEMPLATE></VM>';
  for (const answer of [
    full,
    `${full} hunter2`,
    { exitCode: 1, stdout: full },
    { exitCode: 124, stdout: full },
    { exitCode: 139, stdout: full },
  ])
    for (const { stdout } of described(answer).files.evidence) assert.doesNotMatch(stdout, /hunter2/);
  const shown = described(full).files.evidence.find(({ command }) => command === 'vm.xml');
  assert.match(shown?.stdout ?? '', /<ID>0<\/ID>.*backup-probe/s);
});

test('a survey that was cut short is no proof of anything: whatever answers are missing, what was met does not come to not met', () => {
  const disks = [disk('0'), disk('1')];
  const names = [...answered(disks).answers.keys()];
  for (let mask = 1; mask < 1 << names.length; mask += 1) {
    const cut = Object.fromEntries(names.filter((_, at) => mask & (1 << at)).map((name) => [name, undefined]));
    assert.equal(judge('503', cloud({ ...whole, files: files(disks, cut) })).outcome, 'undetermined', Object.keys(cut).join(' '));
  }
});

test('a disk of the test VM that is left out on purpose is not missed; one that was chosen is', () => {
  const { site } = wholeCloud();
  const of = (chosenDisks: readonly string[]) => {
    const vm = probeVm({ disks: [vmDisk(), vmDisk({ id: '1' })], chosenDisks });
    const protect = { ...owed, classes: [{ name: vm.name, disks: 'selected' as const }] };
    const seen = { ...whole, ...made(backup(), vm) };
    return judge('503', { ...cloud(seen, vm), site: { ...site, test_vm: { id: 0, name: vm.name, max_size: 10_240 }, protect } }).outcome;
  };
  assert.deepEqual([of(['0']), of(['0', '1']), of([])], ['met', 'not-met', 'not-met']);
});

test('garbage about the files meets nothing: what is met was said in so many words', () => {
  const disks = [disk('0'), disk('1')];
  const good = answered(disks).answers;
  const isSize = (line: string, path: string) => line.endsWith(` ${path}`) && Number(line.slice(0, -path.length - 1)) >= 0;
  const truths: Readonly<Record<string, (text: string) => boolean>> = {
    sizes: (text) => [...disks.map(({ path }) => path), vmXml].every((path) => text.split('\n').some((line) => isSize(line, path))),
    'disk-0': (text) => /(^|\n)No errors were found on the image\./.test(text),
    'holds-0': (text) => JSON.parse(text)['virtual-size'] >= 255 * 2 ** 20,
    'vm.xml': (text) => /<VM>.*<ID>0<\/ID>/s.test(text.replaceAll(/\s/g, '')),
  };
  for (const [name, isTrue] of Object.entries(truths)) {
    fc.assert(
      fc.property(garbling, (garble) => {
        const text = garble(good.get(name)?.stdout ?? '');
        const { outcome } = judge('503', cloud({ ...whole, files: files(disks, { [name]: text }) }));
        assert.ok(outcome !== 'met' || isTrue(text), `met by ${JSON.stringify(text)}`);
      }),
      { numRuns: 300 },
    );
  }
});
