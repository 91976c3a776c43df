import type { Audited } from '../facts/audited.ts';
import { type BackupFiles, LONGEST_CHAIN, PROBED, testVm } from '../facts/gate.ts';
import { choosesDisks } from '../facts/scope.ts';
import { quote } from '../machines/quote.ts';
import { causeIn } from '../opennebula/causes.ts';
import { count, inSeconds } from '../outcome/figures.ts';
import { expecting, firstFew, type Judgement, notApplicable } from '../outcome/judgement.ts';
import type { Site } from '../site/schema.ts';
import { check } from './check.ts';
import { storedElsewhere } from './datastore.ts';
import { disksMissing, owedDisks } from './restore-points.ts';
import { again, judgeEnd, judgeFilesOf, judgeRestored, judgeStart, notBegun, notTried, remedied } from './restored.ts';

/** BDS-202: RSYNC_USER can create, sync, rename and delete a file in storage. */
export const storageTakesFiles = check('BDS-202', ['probe'], ({ site, gate: { probe } }) => {
  const { rsync_user: user, rsync_host: server, path } = site.datastore;
  const expected = expecting(server, `${user} to create, sync, rename and delete a file in ${path}`);
  if (!probe) return expected.undetermined(notTried);
  if ('fault' in probe) return expected.undetermined(notBegun(probe));
  const { folder, missed, evidence } = probe.value;
  if (!missed) return expected.met({ measured: `a file ${PROBED.join(', ')} in ${inSeconds(evidence)}`, evidence });
  if (missed.isLost) return expected.undetermined({ found: `no answer (${missed.found})`, fix: again(undefined), evidence });
  const fix = `Look at the directory and its file system: findmnt -T ${folder}; df -h ${folder}`;
  return expected.notMet({ found: `that a file could not be ${missed.step}: “${missed.found}”`, fix, evidence });
});

/** BDS-501: a test backup is scheduled through OpenNebula's scheduler, which takes it up. */
export const backupIsScheduled = check('BDS-501', ['backup'], (cloud) => judgeStart(cloud, cloud.gate.backup, nameOf(cloud.site)));

/** BDS-502: that backup completes within its deadline. */
export const backupCompletes = check('BDS-502', ['backup'], (cloud) =>
  judgeEnd(cloud, cloud.gate.backup, `a backup of ${nameOf(cloud.site)}`),
);

/** BDS-503: its files are on the backup server, and sound, and of all disks of the VM. */
export const filesAreSound = check('BDS-503', ['backup', 'files'], (cloud) => {
  const judged = judgeFiles(cloud, cloud.gate.files);
  return judged.outcome === 'not-met' ? judged : (lacksDisks(cloud) ?? judged);
});

const ofTestBackup = ({ site }: Audited) => expecting(site.datastore.rsync_host, 'the files of the test backup, sound and complete');

function judgeFiles(cloud: Audited, files: BackupFiles | undefined): Judgement {
  return storedElsewhere(cloud) ?? judgeFilesOf(testVm(cloud) ?? { id: String(cloud.site.test_vm?.id) }, files, ofTestBackup(cloud));
}

/** Which disks of the test VM its backup is to hold and lacks; undefined where it lacks none. */
function lacksDisks(cloud: Audited): Judgement | undefined {
  const { backup } = cloud.gate;
  if (!backup || 'fault' in backup) return undefined;
  const { before, backup: made } = backup.value;
  const { image, evidence } = made;
  if (!image) return undefined;
  const missing = disksMissing(owedDisks(before, choosesDisks(cloud, before)), before, image);
  const [first] = missing;
  if (!first) return undefined;
  const configure = quote(['onevm', 'updateconf', before.id]);
  return ofTestBackup(cloud).notMet({
    found: `that image ${image.id} lacks ${firstFew(missing.map(({ says }) => says))}`,
    fix: first.isLeftOut
      ? `Take DISK_IDS out of its backup settings: ${configure}. Or declare disks: selected in protect.classes.`
      : `Look at its disks, or declare another test_vm: ${quote(['onevm', 'show', before.id])}`,
    evidence,
  });
}

/** BDS-504: an increment follows, and the chain is flattened when its limit is reached. */
export const chainIsFlattened = check('BDS-504', ['backup', 'chain'], (cloud) => {
  const { site, gate } = cloud;
  const { chain, backup } = gate;
  const name = nameOf(site);
  const vm = testVm(cloud);
  if (!vm?.keepsIncrements)
    return notApplicable(
      `${name} keeps no increments: each of its backups is whole. To have them checked, set BACKUP_CONFIG = [ MODE = INCREMENT, KEEP_LAST = 3 ] with onevm updateconf ${site.test_vm?.id}, or declare another test_vm.`,
    );
  const { keepLast } = vm;
  const expected = expecting(name, `increments on top of the test backup, flattened beyond ${keepLast}`);
  const before = backup && 'value' in backup ? backup.value.before : undefined;
  if (!chain && before?.incrementMode === 'SNAPSHOT')
    return notApplicable(
      `${name} keeps increments in SNAPSHOT mode, in which it can have one chain only: the test backup ${before.lastIncrement < 0 ? 'began it' : 'added to it'}, and nothing more is asked of it. To have chains checked, declare a test_vm with INCREMENT_MODE = CBT.`,
    );
  if (!chain) return expected.undetermined(notTried);
  const { increments, flattened, files, fault } = chain;
  const evidence = increments.flatMap((increment) => increment.evidence);
  if (fault !== undefined) return expected.unseen({ fault, fix: again(chain.fix), evidence });
  const last = increments.at(-1);
  if (last && last.stage !== 'done') {
    const made = { value: { before: vm, backup: last } };
    const judged = last.started ? judgeEnd(cloud, made, `increment ${increments.length} of ${name}`) : judgeStart(cloud, made, name);
    return { ...judged, evidence };
  }
  evidence.push(...(flattened?.evidence ?? []));
  if (flattened && 'fault' in flattened) return expected.unseen({ ...flattened, fix: again(flattened.fix), evidence });
  const notMet = (found: string, fix: string) => expected.notMet({ found, fix, evidence });
  if (flattened) {
    const { error, id, state, increments: links } = flattened.value;
    const all =
      'begin a new chain for every VM that was flattened since: onevm backup --reset (one in SNAPSHOT mode needs INCREMENT_MODE=CBT first, by onevm updateconf)';
    if (error !== '') {
      const cause = causeIn(error);
      return notMet(
        `that image ${id} says: “${cause}”. Its chain may be destroyed${state === 'ready' ? ', though OpenNebula shows it as READY' : ''}`,
        remedied(cause, cloud, vm, `Once that is fixed, ${all}`),
      );
    }
    if (state === 'error')
      return notMet(`that image ${id} is in state ERROR. Its chain may be destroyed`, `Look at /var/log/one/oned.log for why, then ${all}`);
    if (!flattened.inTime)
      return notMet(
        state === 'locked'
          ? `${links.length} links in image ${id}, which is LOCKED: its flatten has not ended ${site.deadlines.backup} s after the last increment`
          : `${links.length} links in image ${id} after ${site.deadlines.backup} s`,
        state === 'locked'
          ? `Look on ${site.datastore.rsync_host} whether it goes on: ps -C qemu-img -o pid,etime,args. Until it ends, no backup of ${name} can begin. If it is well and slow, raise deadlines.backup in the site file.`
          : 'Look at /var/log/one/oned.log.',
      );
  }
  const sound = judgeFiles(cloud, files);
  evidence.push(...sound.evidence);
  if (sound.outcome !== 'met') return { ...sound, evidence };
  if (!flattened && keepLast > 0)
    return notApplicable(
      `An increment of ${name} was made; its chain is flattened beyond ${keepLast} increments, and a restore test makes ${LONGEST_CHAIN} at most. Declare a test_vm with a KEEP_LAST of ${LONGEST_CHAIN} or less.`,
    );
  const renewed = before && before.lastIncrement >= 0;
  const notes = [
    ...(renewed ? ['The VM had a chain of its own, which stays; its next backup begins a new one.'] : []),
    ...(keepLast === 0 ? [`${name} keeps all increments (KEEP_LAST is not set), so its chain is never flattened.`] : []),
  ];
  const measured = `${increments.length} increments${flattened ? `, flattened to ${flattened.value.increments.length} links` : ''}`;
  return expected.met({ measured, ...(notes.length > 0 && { note: notes.join(' ') }), evidence });
});

/** BDS-601: the backup restores, and the restored disk equals the one backed up. */
export const restoredEqualsBackup = check('BDS-601', ['backup', 'chain', 'restore'], (cloud) => {
  const { frontend, site, gate } = cloud;
  const what = `the test backup to be restored into the datastore “${site.restore.datastore}”, equal to its files`;
  const expected = expecting(frontend.name, what);
  if (!gate.restore) return expected.undetermined(notTried);
  const made = gate.backup && 'value' in gate.backup ? gate.backup.value : undefined;
  return judgeRestored(expected, cloud, { restore: gate.restore, vm: made?.before, disks: made?.backup.image?.disks ?? [] });
});

/** BDS-602: nothing of the restore test is left behind. */
export const nothingIsLeft = check('BDS-602', ['cleanUp'], ({ site, gate: { cleanUp } }) => {
  const expected = expecting(`datastore “${site.datastore.name}”`, 'nothing of the restore test to be left behind');
  if (!cleanUp) return expected.undetermined(notTried);
  if ('fault' in cleanUp) return expected.undetermined(notBegun(cleanUp));
  const evidence = cleanUp.value.flatMap((result) => result.evidence);
  const left = cleanUp.value.flatMap((result) => result.left).join('; ');
  const blind = cleanUp.value.find(({ fault }) => fault !== undefined);
  if (left) return expected.notMet({ found: left, fix: 'What can be removed later is removed by: backup-compliance cleanup', evidence });
  const fix = again(blind?.fix, 'Run: backup-compliance cleanup');
  if (blind) return expected.undetermined({ found: `that we could not look: ${blind.fault}`, fix, evidence });
  const undone = cleanUp.value.flatMap((result) => result.undone);
  const kept = cleanUp.value.flatMap((result) => result.kept ?? []).join('; ');
  const note = `Removed: ${undone.join('; ') || 'nothing was there'}.${kept && ` Kept: ${kept}.`}`;
  return expected.met({ measured: `${count(undone.length, 'item')} removed`, note, evidence });
});

const nameOf = ({ test_vm: vm }: Site): string => (vm ? `${vm.name} (${vm.id})` : 'the test VM');
