import type { Audited } from '../facts/audited.ts';
import { type BackupFiles, type GateFacts, LONGEST_CHAIN, testVm } from '../facts/gate.ts';
import { quote } from '../machines/quote.ts';
import { causeIn } from '../opennebula/causes.ts';
import { expecting, type Judgement, notApplicable, withoutStop } from '../outcome/judgement.ts';
import type { Site } from '../site/schema.ts';
import { check } from './check.ts';
import { again, judgeFilesOf, judgeRestored, notBegun, notTried, remedied } from './restored.ts';

/** BDS-202: RSYNC_USER can create, sync, rename and delete a file in storage. */
export const storageTakesFiles = check('BDS-202', ['probe'], ({ site, gate: { probe } }) => {
  const { rsync_user: user, rsync_host: server, path } = site.datastore;
  const expected = expecting(server, `${user} to create, sync, rename and delete a file in ${path}`);
  if (!probe) return expected.undetermined(notTried);
  if ('fault' in probe) return expected.undetermined(notBegun(probe));
  const { folder, missed, evidence } = probe.value;
  if (!missed) return expected.met({ evidence });
  if (missed.isLost) return expected.undetermined({ found: `no answer (${missed.found})`, fix: again(undefined), evidence });
  const fix = `Look at the directory and its file system: findmnt -T ${folder}; df -h ${folder}`;
  return expected.notMet({ found: `that a file could not be ${missed.step}: “${missed.found}”`, fix, evidence });
});

/** BDS-501: a test backup is scheduled through OpenNebula's scheduler, which takes it up. */
export const backupIsScheduled = check('BDS-501', ['backup'], (cloud) => judgeStart(cloud, cloud.gate.backup));

function judgeStart({ frontend, site }: Audited, made: GateFacts['backup']): Judgement {
  const what = `OpenNebula's scheduler to begin a backup of ${nameOf(site)} within ${site.deadlines.schedule} s`;
  const expected = expecting(frontend.name, what);
  if (!made) return expected.undetermined(notTried);
  if ('fault' in made) return expected.undetermined(notBegun(made));
  const { before, backup } = made.value;
  const { stage, started, found, inTheWay, waitsFor, kept, evidence } = backup;
  const notMet = (seen: string, fix = 'Mend what it says, then run the gate again.') => expected.notMet({ found: seen, fix, evidence });
  if (started) return expected.met({ evidence });
  if (stage === 'unfit')
    return expecting(nameOf(site), 'a virtual machine that a test backup does not harm').undetermined({
      ...{ found, evidence },
      ...(backup.fix !== undefined && { fix: backup.fix }),
    });
  if (stage === 'unseen') return expected.unseen({ fault: found, fix: again(backup.fix), evidence });
  if (stage === 'refused') return notMet(`the request refused: “${found}”`);
  const removed = kept
    ? `could not be removed from the queue (${withoutStop(kept.why)}): onevm sched-delete ${before.id} ${kept.id}`
    : 'was removed from the queue';
  if (stage === 'rejected') return notMet(`it rejected: “${found}”. OpenNebula would try it again for ever; it ${removed}`);
  if (waitsFor !== undefined) {
    const seen = `it still waiting: ${waitsFor}; ours ${removed}`;
    return expected.undetermined({
      found: seen,
      fix: 'Run the gate again when no other backups run, or with a longer deadlines.schedule.',
      evidence,
    });
  }
  const [first] = inTheWay;
  const others = inTheWay.map(({ id, message }) => `${id}${message && ` (rejected: ${message})`}`).join(', ');
  // What is due again and again may be as it should be.
  const look = first && quote(first.repeats ? ['onevm', 'show', before.id] : ['onevm', 'sched-delete', before.id, first.id]);
  return notMet(
    `it still waiting; ours ${removed}`,
    first
      ? `It waits behind scheduled backup ${others}, which is not ours and was left as it is: ${look}`
      : 'Is the scheduler running, and are other backups using up its limit (MAX_BACKUPS)? Look at /var/log/one/oned.log.',
  );
}

/** BDS-502: that backup completes within its deadline. */
export const backupCompletes = check('BDS-502', ['backup'], (cloud) => judgeEnd(cloud, cloud.gate.backup));

function judgeEnd({ frontend, site }: Audited, made: GateFacts['backup'], what = `a backup of ${nameOf(site)}`): Judgement {
  const { datastore, deadlines } = site;
  const expected = expecting(frontend.name, `${what} to complete within ${deadlines.backup} s`);
  if (!made || 'fault' in made) return expected.undetermined(notTried);
  const { stage, found, fix, evidence, image, seconds } = made.value.backup;
  const { id } = made.value.before;
  if (image && image.state !== 'ready')
    return expecting(frontend.name, 'the image of the backup to be READY').notMet({
      found: `image ${image.id} in state ${image.state.toUpperCase()}${image.error && `: ${image.error}`}`,
      fix: 'Look at /var/log/one/oned.log.',
      evidence,
    });
  if (image) return expected.met({ measured: `${image.sizeMb} MiB in ${seconds} s (limit ${deadlines.backup} s)`, evidence });
  if (stage === 'unseen') return expected.unseen({ fault: found, fix: again(fix), evidence });
  if (stage === 'running')
    return expected.notMet({
      found: `that ${found}`,
      fix: `Look whether ${datastore.rsync_host} answers. If so, the transfer is slow: raise deadlines.backup in the site file. If not, OpenNebula may wait for it without end: mend it, then onevm backup-cancel ${id} (which waits for it, too), and run: backup-compliance cleanup`,
      evidence,
    });
  return expected.notMet({
    found: `that it failed: “${found}”`,
    fix: remedied(found, { frontend, site }, made.value.before, `The whole story stands in /var/log/one/${id}.log on ${frontend.name}.`),
    evidence,
  });
}

/** BDS-503: its files are on the backup server, and sound. */
export const filesAreSound = check('BDS-503', ['files'], ({ site, gate }) => judgeFiles(site, gate.files));

function judgeFiles(site: Site, files: BackupFiles | undefined): Judgement {
  const expected = expecting(site.datastore.rsync_host, 'the files of the test backup, sound and complete');
  return judgeFilesOf(String(site.test_vm?.id), files, expected);
}

/** BDS-504: an increment follows, and the chain is flattened when its limit is reached. */
export const chainIsFlattened = check('BDS-504', ['backup', 'chain'], (cloud) => {
  const { site, gate } = cloud;
  const { chain, backup } = gate;
  const name = nameOf(site);
  const vm = testVm(cloud);
  if (!vm?.keepsIncrements)
    return notApplicable(
      `${name} keeps no increments: each of its backups is whole. To have them looked at, set BACKUP_CONFIG = [ MODE = INCREMENT, KEEP_LAST = 3 ] with onevm updateconf ${site.test_vm?.id}, or declare another test_vm.`,
    );
  const { keepLast } = vm;
  const expected = expecting(name, `increments on top of the test backup, flattened beyond ${keepLast}`);
  const before = backup && 'value' in backup ? backup.value.before : undefined;
  if (!chain && before?.incrementMode === 'SNAPSHOT')
    return notApplicable(
      `${name} keeps increments in SNAPSHOT mode, in which it can have one chain only: the test backup ${before.lastIncrement < 0 ? 'began it' : 'added to it'}, and nothing more is asked of it. To have chains looked at, declare a test_vm with INCREMENT_MODE = CBT.`,
    );
  if (!chain) return expected.undetermined(notTried);
  const { increments, flattened, files, fault } = chain;
  const evidence = increments.flatMap((increment) => increment.evidence);
  if (fault !== undefined) return expected.unseen({ fault, fix: again(chain.fix), evidence });
  const last = increments.at(-1);
  if (last && last.stage !== 'done') {
    const made = { value: { before: vm, backup: last } };
    const judged = last.started ? judgeEnd(cloud, made, `increment ${increments.length} of ${name}`) : judgeStart(cloud, made);
    return { ...judged, evidence };
  }
  evidence.push(...(flattened?.evidence ?? []));
  if (flattened && 'fault' in flattened) return expected.unseen({ ...flattened, fix: again(flattened.fix), evidence });
  const notMet = (found: string, fix: string) => expected.notMet({ found, fix, evidence });
  if (flattened) {
    const { error, id, state, increments: links } = flattened.value;
    const all =
      'begin a new chain for every virtual machine that was flattened since: onevm backup --reset (one in SNAPSHOT mode needs INCREMENT_MODE=CBT first, by onevm updateconf)';
    if (error !== '') {
      const cause = causeIn(error);
      return notMet(
        `that image ${id} says: “${cause}”. Its chain may be destroyed${state === 'ready' ? ', though OpenNebula shows it as READY' : ''}`,
        remedied(cause, cloud, vm, `When that is mended, ${all}`),
      );
    }
    if (state === 'error')
      return notMet(`that image ${id} is in state ERROR. Its chain may be destroyed`, `Look at /var/log/one/oned.log for why, then ${all}`);
    if (!flattened.inTime)
      return notMet(`${links.length} links in image ${id} after ${site.deadlines.backup} s`, 'Look at /var/log/one/oned.log.');
  }
  const sound = judgeFiles(site, files);
  evidence.push(...sound.evidence);
  if (sound.outcome !== 'met') return { ...sound, evidence };
  if (!flattened && keepLast > 0)
    return notApplicable(
      `An increment of ${name} came about; its chain is flattened beyond ${keepLast} increments, and a drill makes ${LONGEST_CHAIN} at most. Declare a test_vm with a KEEP_LAST of ${LONGEST_CHAIN} or less.`,
    );
  const renewed = before && before.lastIncrement >= 0;
  const notes = [
    ...(renewed ? ['The virtual machine had a chain of its own, which stays; its next backup begins a new one.'] : []),
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
  const undone = cleanUp.value.flatMap((result) => result.undone).join('; ');
  const kept = cleanUp.value.flatMap((result) => result.kept ?? []).join('; ');
  return expected.met({ note: `Removed: ${undone || 'nothing was there'}.${kept && ` Kept: ${kept}.`}`, evidence });
});

const nameOf = ({ test_vm: vm }: Site): string => (vm ? `${vm.name} (${vm.id})` : 'the test virtual machine');
