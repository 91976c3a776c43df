import type { Backup } from '../actions/backup.ts';
import { type Chain, LONGEST } from '../actions/chain.ts';
import type { TestBackup } from '../actions/drill.ts';
import { type BackupFiles, diskProbe, sizesOf } from '../actions/files.ts';
import { PROBED, type ProbeFile } from '../actions/probe.ts';
import type { Restoration } from '../actions/restore.ts';
import type { CleanUp } from '../actions/undo.ts';
import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import { spoken } from '../machines/openssh.ts';
import type { Read } from '../opennebula/ask.ts';
import { type Image, parseVirtualMachine, type VirtualMachine } from '../opennebula/pools.ts';
import { type Judgement, met, withoutStop } from '../outcome/judgement.ts';
import { type Evidence, worst } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import { frontendLogsIn, hypervisorsLogIn, loginIsQuiet } from './access.ts';
import { answersOf, notLetIn, poolOf } from './barriers.ts';
import { capacityIsReal, listedAsRsyncBackup, templateNamesServer } from './datastore.ts';
import { hangs, rsyncOnBackupServer } from './programs.ts';
import { storageBelongsToUser, storageIsMounted } from './storage.ts';
import { programsOnHypervisors } from './transfer.ts';

/** All that the audit learned. */
export interface Audited {
  readonly frontend: FrontendFacts;
  readonly server: BackupServerFacts;
  readonly hypervisors: readonly HypervisorFacts[];
  readonly site: Site;
}

/** The declared test virtual machine as OpenNebula lists it; undefined where id and name do not both match. */
export function testVm({ virtualMachines }: FrontendFacts, { test_vm: declared }: Site): VirtualMachine | undefined {
  if ('fault' in virtualMachines || !declared) return undefined;
  return virtualMachines.value.find(({ id, name }) => id === String(declared.id) && name === declared.name);
}

/** The requirement that makes a test backup pointless to try, if there is one: OUTCOMES, "Blocked by". */
export function drillBarrier(audited: Audited): Judgement | undefined {
  const { frontend, server, hypervisors, site } = audited;
  const pool = poolOf(frontend, site, frontend.virtualMachines, 'virtual-machines');
  if ('barrier' in pool) return pool.barrier;
  const vm = testVm(frontend, site);
  if (!vm) return noTestVm(audited);
  const { host } = vm;
  const ofItsHost = hypervisorsLogIn(frontend, hypervisors, site).filter(({ machine }) => machine === host);
  // What is blocked on another host says nothing of this one, whose login comes before.
  const programs = programsOnHypervisors(frontend, server, hypervisors, site).filter(({ outcome }) => outcome !== 'blocked');
  const needed: readonly (readonly [id: string, judged: Judgement | readonly Judgement[]])[] = [
    ['BDS-101', frontendLogsIn(frontend, server, site)],
    ['BDS-102', ofItsHost],
    ['BDS-104', loginIsQuiet(frontend, server, hypervisors, site)],
    ['BDS-201', storageBelongsToUser(frontend, server, site)],
    ['BDS-203', storageIsMounted(frontend, server, site)],
    ['BDS-301', rsyncOnBackupServer(frontend, server, site)],
    ['BDS-303', programs],
    ['BDS-402', listedAsRsyncBackup(frontend, site)],
    ['BDS-403', templateNamesServer(frontend, server, hypervisors, site)],
    ['BDS-405', capacityIsReal(frontend, server, site)],
  ];
  for (const [id, judged] of needed) {
    const outcome = worst([judged].flat().map((judgement) => judgement.outcome));
    if (outcome !== 'met' && outcome !== 'not-applicable')
      return blockedBy(id, outcome === 'not-met' ? 'is not met' : 'could not be looked at');
  }
  return undefined;
}

/** It matched when the run began, unless OpenNebula could not be asked then. */
function noTestVm(audited: Audited): Judgement {
  const { frontend, site } = audited;
  const declared = site.test_vm ? `no virtual machine ${nameOf(audited)}` : 'that the site file declares no test_vm';
  const reason = `${frontend.hostname}: expected a virtual machine to back up whose id and name are both as declared, found ${declared}. Correct test_vm in the site file.`;
  return { outcome: 'undetermined', cause: 'the test virtual machine', reason, evidence: answersOf(frontend, 'virtual-machines') };
}

function blockedBy(id: string, why: string): Judgement {
  return { outcome: 'blocked', reason: `Not tried: ${id} ${why}, see there.`, evidence: [] };
}

const notBegun = 'the test backup';
const undetermined = (reason: string, evidence: Judgement['evidence'], cause?: string): Judgement => ({
  outcome: 'undetermined',
  reason,
  evidence,
  ...(cause !== undefined && { cause }),
});
const unmet = (reason: string, evidence: Judgement['evidence']): Judgement => ({ outcome: 'not-met', reason, evidence });

/** BDS-202: RSYNC_USER can create, sync, rename and delete a file in storage. */
export function storageTakesFiles({ frontend, server, site }: Audited, probe: Read<ProbeFile> | undefined): Judgement {
  const barrier = notLetIn(frontend, server, site);
  if (barrier) return barrier;
  const { rsync_user: user, path } = site.datastore;
  const { machine } = server.survey;
  const expected = `${machine}: expected ${user} to create, sync, rename and delete a file in ${path}`;
  if (!probe) return undetermined(`${expected}, but nothing was tried. Run the gate again.`, []);
  if ('fault' in probe) return undetermined(`${expected}, but could not begin: ${ended(probe.fault)}`, [], notBegun);
  const { failure, ...evidence } = probe.value.answer;
  const done = evidence.stdout.split('\n');
  const next = PROBED.find((step) => !done.includes(step));
  if (next === undefined) return met({ evidence: [evidence] });
  const lost = failure?.message ?? (evidence.exitCode === null ? `ended by ${evidence.signal}` : undefined);
  if (lost !== undefined) return undetermined(`${expected}, found no answer (${lost}). Run it again.`, [evidence]);
  const found = shortened(spoken(evidence.stderr)) || `exit ${evidence.exitCode}`;
  return unmet(
    `${expected}, found that a file could not be ${next}: “${found}”. Look at the directory and its file system: findmnt -T ${probe.value.folder}; df -h ${probe.value.folder}`,
    [evidence],
  );
}

/** BDS-501: a test backup is scheduled through OpenNebula's scheduler, which takes it up. */
export function backupIsScheduled(audited: Audited, made: Read<TestBackup> | undefined): Judgement {
  const barrier = drillBarrier(audited);
  if (barrier) return barrier;
  const { frontend, site } = audited;
  const expected = `${frontend.hostname}: expected OpenNebula's scheduler to begin a backup of ${nameOf(audited)} within ${site.deadlines.schedule} s`;
  if (!made) return undetermined(`${expected}, but nothing was tried. Run the gate again.`, []);
  if ('fault' in made) return undetermined(`${expected}, but could not begin: ${ended(made.fault)}`, [], notBegun);
  const { stage, started, found, inTheWay, kept, evidence } = made.value.backup;
  if (started) return met({ evidence });
  if (stage === 'unseen') return undetermined(`${expected}, found: ${ended(found)} Run it again.`, evidence);
  if (stage === 'refused')
    return unmet(
      `${expected}, found the request refused: “${shortened(found) || 'no word'}”. Mend what it says, then run the gate again.`,
      evidence,
    );
  const removed = kept
    ? `could not be removed from the queue (${withoutStop(shortened(kept.why))}): onevm sched-delete ${declaredVm(audited).id} ${kept.id}`
    : 'was removed from the queue';
  if (stage === 'rejected')
    return unmet(
      `${expected}, found it rejected: “${found}”. OpenNebula would try it again for ever; it ${removed}. Mend what it says, then run the gate again.`,
      evidence,
    );
  const [first] = inTheWay;
  const others = inTheWay.map(({ id, message }) => `${id}${message && ` (rejected: ${message})`}`).join(', ');
  const next = first
    ? `It waits behind scheduled backup ${others}, which is not ours and was left as it is: onevm sched-delete ${declaredVm(audited).id} ${first.id}`
    : 'Is the scheduler running, and are other backups using up its limit (MAX_BACKUPS)? Look at /var/log/one/oned.log.';
  return unmet(`${expected}, found it still waiting; ours ${removed}. ${next}`, evidence);
}

/** BDS-502: that backup completes within its deadline. */
export function backupCompletes(audited: Audited, made: Read<TestBackup> | undefined): Judgement {
  const before = backupIsScheduled(audited, made);
  if (before.outcome !== 'met') return drillBarrier(audited) ?? blockedBy('BDS-501', whyOf(before));
  const { backup } = testBackup(made);
  const { image, evidence } = backup;
  if (image && image.state !== 'ready')
    return unmet(
      `${audited.frontend.hostname}: expected the image of the backup to be READY, found image ${image.id} in state ${image.state.toUpperCase()}${image.error && `: ${image.error}`}. Look at /var/log/one/oned.log.`,
      evidence,
    );
  return judgeBackup(audited, backup, `a backup of ${nameOf(audited)}`);
}

/** What was made: without it, `backupIsScheduled` is not met. */
const testBackup = (made: Read<TestBackup> | undefined): TestBackup => (made as { readonly value: TestBackup }).value;

function judgeBackup(audited: Audited, { stage, found, evidence, image }: Backup, what: string): Judgement {
  const { frontend, site } = audited;
  const vm = declaredVm(audited).id;
  const expected = `${frontend.hostname}: expected ${what} to complete within ${site.deadlines.backup} s`;
  if (image) return met({ evidence });
  if (stage === 'unseen') return undetermined(`${expected}, found: ${ended(found)} Run it again.`, evidence);
  if (stage === 'running')
    return unmet(
      `${expected}, found that ${found}. OpenNebula waits without end for a backup server that does not answer. Look at ${site.datastore.rsync_host}; then give the backup up: onevm backup-cancel ${vm} (which waits for the server, too), and run: npx backup-compliance cleanup`,
      evidence,
    );
  return unmet(
    `${expected}, found that it failed: “${found}”. The whole story stands in /var/log/one/${vm}.log. If it failed before data was transferred, recheck the login without a password from every hypervisor host to ${site.datastore.rsync_host}: npx backup-compliance audit --only BDS-102`,
    evidence,
  );
}

/** BDS-503: its files are on the backup server, and sound. */
export function filesAreSound(audited: Audited, made: Read<TestBackup> | undefined, files: BackupFiles | undefined): Judgement {
  const before = backupCompletes(audited, made);
  if (before.outcome !== 'met') return drillBarrier(audited) ?? blockedBy('BDS-502', whyOf(before));
  return judgeFiles(audited, files);
}

function judgeFiles(audited: Audited, files: BackupFiles | undefined): Judgement {
  const { survey, login } = audited.server;
  const expected = `${survey.machine}: expected the files of the test backup, sound and complete`;
  if (!files) return undetermined(`${expected}, but they were not looked at. Run the gate again.`, []);
  const { answers, failure, asked } = files.survey;
  const evidence = answers.size === 0 ? [asked] : [...answers.values()];
  const sizes = answers.get('sizes');
  if (failure || !sizes || sizes.exitCode !== 0) {
    const found = failure?.message ?? (shortened(spoken(sizes?.stderr || asked.stderr)) || 'none to the question for their sizes');
    return undetermined(`${expected}, found no answer: ${found}. Log in and look: ssh ${login.to}`, evidence);
  }
  const known = sizesOf(files);
  const faults: string[] = [];
  const unseen: string[] = [];
  const notes: string[] = [];
  for (const [index, { path, whole }] of files.disks.entries()) {
    const answer = answers.get(diskProbe(index));
    if (!((known.get(path) ?? 0) > 0)) faults.push(`${path} is ${known.has(path) ? 'empty' : 'missing'}`);
    else if (!answer || hangs(answer))
      unseen.push(`found no answer about ${path} in time. Look at the disk it lies on, then run the gate again.`);
    // 63: there is no check of this format.
    else if (isSilent(answer) || answer.exitCode === 63)
      unseen.push(
        `but qemu-img could not say whether ${path} is: “${shortened(answer.stderr) || `exit ${answer.exitCode}`}”. See BDS-302.`,
      );
    else if (answer.exitCode !== 0 && !(whole && answer.exitCode === LEAKED))
      faults.push(
        `${path}: ${whole ? 'qemu-img check' : 'qemu-img info'} says “${shortened(answer.stderr || answer.stdout) || `exit ${answer.exitCode}`}”`,
      );
    else if (!whole && !answer.stdout.split('\n').includes('file format: qcow2')) faults.push(`${path} is no qcow2 file`);
    else if (whole && !answer.stdout.split('\n').some((line) => SOUND.test(line)))
      unseen.push(`but qemu-img check did not say that ${path} is: “${shortened(answer.stdout) || 'no word'}”. See BDS-302.`);
    else if (answer.exitCode === LEAKED) notes.push(`${path} has clusters that nobody uses.`);
  }
  const description = answers.get('vm.xml');
  if (!known.has(files.vmXml)) faults.push(`${files.vmXml} is missing`);
  else if (!description || hangs(description))
    unseen.push(`found no answer about ${files.vmXml} in time. Look at the disk it lies on, then run the gate again.`);
  else if (isSilent(description))
    unseen.push(
      `but ${files.vmXml} could not be decoded there: “${shortened(description.stderr) || `exit ${description.exitCode}`}”. Log in and look: ssh ${login.to}`,
    );
  else if (description.exitCode !== 0)
    faults.push(`${files.vmXml} cannot be decoded: “${shortened(description.stderr) || `exit ${description.exitCode}`}”`);
  else {
    const owner = machineIn(description.stdout);
    if (owner !== String(declaredVm(audited).id))
      faults.push(`${files.vmXml} ${owner === undefined ? 'does not hold a virtual machine' : `is that of virtual machine ${owner}`}`);
  }
  if (files.disks.length === 0) faults.push('the backup names no disk');
  if (faults.length > 0)
    return unmet(`${expected}, found: ${faults.join('; ')}. Look at the disk they lie on, then run the gate again.`, evidence);
  if (unseen[0] !== undefined) return undetermined(`${expected}, ${unseen[0]}`, evidence);
  return met({ evidence, ...(notes.length > 0 && { note: notes.join(' ') }) });
}

/** The exit code for clusters that nobody uses, which cost room and no data. Source: qemu-img(1), check. */
const LEAKED = 3;
/** What qemu-img check says of an image whose data is sound. Source: qemu-img.c, dump_human_image_check. */
const SOUND = /^(No errors|\d+ leaked clusters) were found on the image\.$/;

/** The program did not say: it is not there, cannot be started, or was ended by a signal. Source: timeout(1). */
function isSilent({ exitCode }: Evidence): boolean {
  return exitCode === null || exitCode >= 125;
}

/** The id of the virtual machine in a backup's vm.xml; undefined where it holds none. */
function machineIn(xml: string): string | undefined {
  try {
    return parseVirtualMachine(xml).id || undefined;
  } catch {
    return undefined;
  }
}

/** BDS-504: an increment follows, and the chain is flattened when its limit is reached. */
export function chainIsFlattened(audited: Audited, made: Read<TestBackup> | undefined, chain: Chain | undefined): Judgement {
  const { frontend, site } = audited;
  const vm = testVm(frontend, site);
  if (vm && !vm.keepsIncrements)
    return {
      outcome: 'not-applicable',
      reason: `${nameOf(audited)} keeps no increments: each of its backups is whole. To have them looked at, set BACKUP_CONFIG = [ MODE = INCREMENT, KEEP_LAST = 3 ] with onevm updateconf ${vm.id}, or declare another test_vm.`,
      evidence: [],
    };
  const before = backupCompletes(audited, made);
  if (before.outcome !== 'met' || !vm) return drillBarrier(audited) ?? blockedBy('BDS-502', whyOf(before));
  const expected = `${nameOf(audited)}: expected increments on top of the test backup, flattened beyond ${vm.keepLast}`;
  if (!chain) return undetermined(`${expected}, but nothing was tried. Run the gate again.`, []);
  const evidence = chain.increments.flatMap((increment) => increment.evidence);
  if (chain.fault !== undefined) return undetermined(`${expected}, found: ${ended(chain.fault)} Run it again.`, evidence);
  const last = chain.increments.at(-1);
  if (last && last.stage !== 'done') {
    if (!last.started) return { ...backupIsScheduled(audited, { value: { ...testBackup(made), backup: last } }), evidence };
    return judgeBackup(audited, last, `increment ${chain.increments.length} of ${nameOf(audited)}`);
  }
  const { flattened, files } = chain;
  if (flattened) {
    const seen = [...evidence, flattened.evidence];
    if ('fault' in flattened) return undetermined(`${expected}, found: ${ended(flattened.fault)} Run it again.`, seen);
    const { error, id, state, increments } = flattened.value;
    if (error !== '' || state === 'error') {
      const next = error === '' ? 'Look at /var/log/one/oned.log for why' : `Mend what it says on ${site.datastore.rsync_host} (BDS-304)`;
      return unmet(
        `${expected}, found that image ${id} ${error === '' ? 'is in state ERROR' : `says: “${shortened(error)}”`}. Its chain may be destroyed${state === 'ready' ? ', though OpenNebula shows it as READY' : ''}. ${next}, then begin a new chain for every virtual machine that was flattened since: onevm backup --reset`,
        seen,
      );
    }
    if (!flattened.inTime)
      return unmet(
        `${expected}, found ${increments.length} links in image ${id} after ${site.deadlines.backup} s. Look at /var/log/one/oned.log.`,
        seen,
      );
  }
  const sound = judgeFiles(audited, files);
  if (sound.outcome !== 'met') return { ...sound, evidence: [...evidence, ...sound.evidence] };
  if (!flattened && vm.keepLast > 0)
    return {
      outcome: 'not-applicable',
      reason: `An increment of ${nameOf(audited)} came about; its chain is flattened beyond ${vm.keepLast} increments, and a drill makes ${LONGEST} at most. Declare a test_vm with a KEEP_LAST of ${LONGEST} or less.`,
      evidence,
    };
  const renewed = testBackup(made).before.vm.lastIncrement >= 0;
  const notes = [
    renewed ? 'The virtual machine had a chain of its own, which stays; its next backup begins a new one.' : '',
    vm.keepLast === 0 ? `${nameOf(audited)} keeps all increments (KEEP_LAST is not set), so its chain is never flattened.` : '',
  ].filter(Boolean);
  return met({
    evidence: [...evidence, ...(flattened ? [flattened.evidence] : []), ...sound.evidence],
    ...(notes.length > 0 && { note: notes.join(' ') }),
  });
}

/** BDS-601: the backup restores, and the restored disk equals the one backed up. */
export function restoredEqualsBackup(
  audited: Audited,
  made: Read<TestBackup> | undefined,
  chain: Judgement,
  restoration: Restoration | undefined,
): Judgement {
  const before = backupCompletes(audited, made);
  if (before.outcome !== 'met') return drillBarrier(audited) ?? blockedBy('BDS-502', whyOf(before));
  const { frontend, site } = audited;
  const expected = `${frontend.hostname}: expected the test backup to be restored into the datastore “${site.restore.datastore}”, equal to its files`;
  if (!restoration) {
    if (chain.outcome !== 'met' && chain.outcome !== 'not-applicable') return blockedBy('BDS-504', whyOf(chain));
    return undetermined(`${expected}, but nothing was tried. Run the gate again.`, []);
  }
  const { stage, found, comparisons } = restoration;
  const evidence = [...restoration.evidence, ...comparisons.flatMap((comparison) => comparison.evidence)];
  if (stage === 'unseen') return undetermined(`${expected}, found: ${ended(found)} Run it again.`, evidence);
  if (stage !== 'ready')
    return unmet(
      `${expected}, found: “${shortened(found)}”. Look at /var/log/one/oned.log for the step that failed; a backup that does not come back is none.`,
      evidence,
    );
  const different = comparisons.filter(({ content }) => content === 'different');
  if (different.length > 0)
    return unmet(
      `${expected}, found that ${different.map((one) => `disk ${one.disk} differs: ${one.found}`).join('; ')}. Do not rely on the backups of this datastore before it is known why.`,
      evidence,
    );
  const missed = comparisons.find(({ content }) => content === 'unseen')?.found ?? notCompared(testBackup(made).backup, comparisons);
  if (missed !== undefined)
    return undetermined(`${expected}; it was restored, but not compared: ${ended(missed)} Run the gate again.`, evidence);
  return met({ evidence });
}

function notCompared({ image }: Backup, comparisons: Restoration['comparisons']): string | undefined {
  const disks = (image as Image).disks;
  if (disks.length === 0) return 'the backup names no disk';
  const left = disks.filter((disk) => !comparisons.some((comparison) => comparison.disk === disk));
  return left.length === 0 ? undefined : `nothing is known of disk ${left.join(', ')}`;
}

/** BDS-602: nothing of the drill is left behind. */
export function nothingIsLeft(audited: Audited, cleaned: Read<readonly CleanUp[]> | undefined): Judgement {
  const barrier = drillBarrier(audited);
  const expected = `datastore “${audited.site.datastore.name}”: expected nothing of the drill to be left behind`;
  if (!cleaned) return barrier ?? undetermined(`${expected}, but nothing was tried. Run the gate again.`, []);
  if ('fault' in cleaned) return barrier ?? undetermined(`${expected}, but could not begin: ${ended(cleaned.fault)}`, [], notBegun);
  const results = cleaned.value;
  const evidence = results.flatMap((result) => result.evidence);
  const left = results.flatMap((result) => result.left);
  if (left.length > 0)
    return unmet(
      `${expected}, found: ${left.join('; ')}. What can be removed later is removed by: npx backup-compliance cleanup`,
      evidence,
    );
  const fault = results.find((result) => result.fault !== undefined)?.fault;
  if (fault !== undefined)
    return undetermined(`${expected}, but could not look: ${ended(fault)} Run: npx backup-compliance cleanup`, evidence);
  if (barrier) return barrier;
  const undone = results.flatMap((result) => result.undone);
  return met({ evidence, note: `Removed: ${undone.join('; ') || 'nothing was there'}.` });
}

/** A sentence that another one follows. */
const ended = (text: string): string => (text.endsWith('?') ? text : `${withoutStop(text)}.`);

/** As the site file has it: without one, `drillBarrier` lets nothing come this far. */
const declaredVm = ({ site }: Audited) => site.test_vm as NonNullable<Site['test_vm']>;

function nameOf(audited: Audited): string {
  const { id, name } = declaredVm(audited);
  return `${name} (${id})`;
}

const whyOf = ({ outcome }: Judgement): string => (outcome === 'not-met' ? 'is not met' : 'could not be looked at');

/** A message in one line, without the script it may quote: how it begins, and what went wrong in the end. */
function shortened(message: string): string {
  const line = message.replace(/\s+/g, ' ').trim();
  return line.length <= 300 ? line : `${line.slice(0, 120)} … ${line.slice(-160)}`;
}
