/** What was restored of the test VM, started. */
import { testVm, WATCHED } from '../facts/gate.ts';
import { choosesDisks } from '../facts/scope.ts';
import { quote } from '../machines/quote.ts';
import { expecting, notApplicable } from '../outcome/judgement.ts';
import { check } from './check.ts';
import { again, notTried, placeAdvice } from './restored.ts';

/** BDS-603: a VM that is made of the restored backup runs, and goes on running. */
export const restoredVmStarts = check('BDS-603', ['boot'], (cloud) => {
  const { boot } = cloud.gate;
  const { frontend, site } = cloud;
  const { restore, deadlines, test_vm: vm } = site;
  if (!restore.boot) return notApplicable('The site file says restore.boot: false. Nothing that is restored is started.');
  const name = vm ? `${vm.name} (${vm.id})` : 'the test VM';
  const where = boot?.host || frontend.name;
  const expected = expecting(where, `the restored copy of ${name} to run within ${deadlines.boot} s, and still ${WATCHED} s later`);
  if (!boot) return expected.undetermined(notTried);
  const { stage, found, evidence, seconds, notes, agentAnswers } = boot;
  const note = notes.length > 0 ? { note: notes.join(' ') } : {};
  const log = `/var/log/one/${boot.vm}.log on ${frontend.name} names the step that failed.`;
  const notMet = (seen: string, fix: string) => expected.notMet({ found: seen, fix, evidence, ...note });
  switch (stage) {
    case 'runs': {
      const agent = agentAnswers ? '; its guest agent answers' : '';
      return expected.met({ measured: `RUNNING after ${seconds} s (limit ${deadlines.boot} s)${agent}`, evidence, ...note });
    }
    case 'unseen':
      return expected.unseen({ fault: found, fix: again(boot.fix), evidence });
    case 'unplaced':
      return expected.undetermined({
        found: `no host for it: ${found}`,
        fix: `${placeAdvice(found, {
          at: `a host that SCHED_REQUIREMENTS of ${name} names`,
          besides: `the hosts that SCHED_REQUIREMENTS of ${name} names: whether they are enabled, and have a system datastore that meets its SCHED_DS_REQUIREMENTS`,
        })} Then run the gate again.`,
        evidence,
      });
    case 'foreign': {
      const listed = testVm(cloud);
      const chosen = listed && choosesDisks(cloud, listed) ? listed.chosenDisks : [];
      if (chosen.length > 0 && boot.foreign?.every((disk) => !chosen.includes(disk)))
        return notApplicable(
          `The backups of ${name} leave out disks on purpose (DISK_IDS), and a VM of them starts with those of the original: ${found}. Nothing was started. Declare a test_vm that is backed up whole to have it checked.`,
        );
      return notMet(
        `that it would start with a disk that is not of the backup: ${found}. Nothing was started`,
        `Look which disks its backups hold (BDS-503), and take DISK_IDS out of its backup settings: ${quote(['onevm', 'updateconf', String(vm?.id)])}`,
      );
    }
    case 'refused':
      return notMet(`that OpenNebula made no VM of it: “${found}”`, 'Fix what it says, then run the gate again.');
    case 'late':
      return notMet(`it still in ${found}`, `${log} If starting takes long here, raise deadlines.boot in the site file.`);
    case 'failed':
      return notMet(found, log);
    case 'died':
      return notMet(
        `that it ran, and ${WATCHED} s later no more: ${found}`,
        `Restore the backup by hand with oneimage restore --no_nic, start it, and watch its screen on ${where}.`,
      );
    case 'silent':
      return notMet(
        `that its guest agent does not answer: “${found}”`,
        'Look at the agent of the original. Or restore the backup by hand, and watch its screen.',
      );
  }
});
