/** Hypervisor hosts, each proven by a VM that a gate makes there, backs up, restores and removes. */
import type { Audited } from '../facts/audited.ts';
import { type Canaries, type Canary, type CanaryHost, type Trial, testVm } from '../facts/gate.ts';
import { leftOut, subjectOf } from '../facts/host.ts';
import type { Host } from '../opennebula/pools.ts';
import { expecting, firstFew, type Judgement, notApplicable } from '../outcome/judgement.ts';
import { inPeriods } from '../outcome/period.ts';
import { isNamed } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import { check } from './check.ts';
import {
  again,
  isAllBlank,
  judgeEnd,
  judgeFilesOf,
  judgeRestored,
  judgeStart,
  notBegun,
  notCounted,
  notTried,
  placeAdvice,
} from './restored.ts';

/** Why no canary is made on a host, ever; undefined where it is to be proven. */
export function leftOutOf(host: Host, { restore: { canary } }: Pick<Site, 'restore'>): string | undefined {
  const unused = leftOut(host);
  if (unused !== undefined) return unused;
  if (host.state === 'off') return `${host.name} is OFFLINE in OpenNebula: nothing can be started there.`;
  const isWanted = !canary || canary.hosts === 'all' || canary.hosts.some((name) => isNamed(host.name, name));
  return isWanted ? undefined : `The site file leaves ${host.name} out: restore.canary.hosts.`;
}

/** States in which OpenNebula starts VMs on a host, or does so for one who names it. */
const STARTING = ['on', 'update', 'dsbl'];

/** Whether a canary can be made there now. */
export const isReady = ({ host, barrier }: CanaryHost): boolean => barrier === undefined && STARTING.includes(host.state);

/** The requirement that canaries meet. */
export const PROVEN = 'BDS-604';

/** BDS-604: on every hypervisor host a backup was made and restored, in this gate or not long ago. */
export const everyHostIsProven = check(PROVEN, ['server', 'hosts', 'backups', 'canaries'], (cloud) => {
  const { site, frontend, gate } = cloud;
  if (!site.restore.canary) {
    const host = testVm(cloud)?.host;
    const proven = host ? `the backups of the test VM prove ${host} alone` : 'a test VM proves one host alone';
    return notApplicable(`The site file declares no restore.canary: ${proven}. Declare one to have every hypervisor host proven.`);
  }
  const expected = expecting(frontend.name, 'a VM to be backed up and restored on every hypervisor host');
  const { canaries } = gate;
  if (!canaries) return expected.undetermined(notTried);
  if ('fault' in canaries) return expected.undetermined(notBegun(canaries));
  const listed = 'value' in frontend.hosts ? frontend.hosts.value : [];
  return listed.map((host) => ({ ...judgeHost(cloud, host, canaries.value), subject: subjectOf(host) }));
});

function judgeHost(cloud: Audited, host: Host, canaries: Canaries): Judgement {
  const why = leftOutOf(host, cloud.site);
  if (why !== undefined) return notApplicable(why);
  const one = [...canaries.queue, ...canaries.others].find((each) => each.host.id === host.id) ?? { host };
  const proof = one.before?.proven;
  const tried = canaries.tried.find((canary) => canary.host.id === host.id);
  const known = { ...(proof !== undefined && { proven: proof }) };
  const uncounted = notCounted(one.uncounted);
  // One whose turn came to nothing keeps it.
  const turn = tried && isAsked(tried) ? { tried: tried.ended } : {};
  const judged = tried ? { ...judgeCanary(cloud, tried), ...turn } : judgeBefore(cloud, one, canaries);
  if (tried && judged.outcome === 'met') return { ...judged, proven: tried.ended };
  // A failure stays one until there is a proof, whatever keeps it from being tried again.
  if (tried && judged.outcome === 'undetermined' && one.before?.outcome === 'not-met') {
    const note = [`Not proven anew: ${judged.reason}`, ...uncounted].join(' ');
    return { ...failedBefore(cloud, host, one.before), ...known, ...turn, evidence: judged.evidence, note };
  }
  // Blank disks, and a backup that has no end and lets none be begun there: an older proof says nothing of them.
  const isKnown = (tried?.files && isAllBlank(tried.files)) || tried?.backup?.behindHung !== undefined;
  const young = judged.outcome === 'undetermined' && !isKnown ? youngProof(cloud, one, canaries) : undefined;
  // What could not be checked now was proven not long ago.
  if (young !== undefined) {
    const { outcome: _outcome, fix: _fix, reason, ...rest } = judged;
    return { ...rest, ...known, outcome: 'met', reason: '', measured: young, note: [`Not proven anew: ${reason}`, ...uncounted].join(' ') };
  }
  const isByThem = !tried && (judged.outcome === 'met' || judged.outcome === 'not-met');
  // What keeps it from being tried says nothing of why an older proof does not count.
  const since = judged.outcome === 'undetermined' && (tried || !isReady(one)) ? sinceThen(one).map((found) => `There is ${found}.`) : [];
  const notes = isByThem || since.length > 0 ? [...since, ...uncounted] : [];
  return { ...judged, ...known, ...(notes.length > 0 && { note: notes.join(' ') }) };
}

const isAsked = ({ unasked }: Canary): boolean => unasked !== true;

/** What earlier gates have proven. */
function judgeBefore(cloud: Audited, one: CanaryHost, canaries: Canaries): Judgement {
  const { host, before, barrier } = one;
  const { canary } = cloud.site.restore;
  if (barrier !== undefined) return { outcome: 'blocked', reason: barrier, evidence: [] };
  if (before?.outcome === 'not-met') return failedBefore(cloud, host, before);
  const expected = expectingProof(cloud, host);
  const young = youngProof(cloud, one, canaries);
  const { evidence } = cloud.frontend.hosts;
  if (!isReady(one))
    return expected.undetermined({
      found: `it in state ${host.state === 'init' ? 'INIT' : 'ERROR'} in OpenNebula`,
      fix: `Look why OpenNebula cannot monitor ${host.name}, and fix that. Then run the gate again.`,
      evidence,
    });
  if (young !== undefined) return expected.met({ measured: young });
  const waiting = canaries.queue.filter((each) => !canaries.tried.some((tried) => tried.host.id === each.host.id && isAsked(tried)));
  const gates = Math.floor(waiting.findIndex((each) => each.host.id === host.id) / (canary?.per_run ?? 1)) + 1;
  const last = before?.proven === undefined ? 'none so far' : `the last one on ${dayOf(before.proven)}`;
  const since = sinceThen(one);
  return expected.undetermined({
    found: [[last, ...since].join(', and '), ...notCounted(one.uncounted)].join('. '),
    fix: `${since.length > 0 ? 'Look at the report of that run. ' : ''}Its turn comes with ${gates === 1 ? 'one more gate' : `${gates} more gates`}. Or prove all hosts at once: backup-compliance gate --all-hosts`,
    evidence,
  });
}

/** The runs that prove nothing, and say that it failed after its last proof: whether it still is proven, nobody knows. */
function sinceThen({ before, uncounted = [] }: CanaryHost): readonly string[] {
  const runs = uncounted.filter(({ saysFailed }) => saysFailed).map(({ run }) => run);
  return runs.length === 0 || before?.proven === undefined
    ? []
    : [`a failure since then, in a run that is not counted: ${firstFew(runs, ', ')}`];
}

const expectingProof = ({ site }: Audited, { name }: Host) =>
  expecting(name, `a backup made there and restored, not longer than ${inPeriods(site.restore.canary?.proven_within ?? 0)} ago`);

/** That run may itself say so of one before it. */
const failedBefore = (cloud: Audited, host: Host, { ended, run }: Trial): Judgement =>
  expectingProof(cloud, host).notMet({
    found: `that it was not met on ${dayOf(ended)} (run ${run}), and was not proven since`,
    fix: 'Look at the report of that run, fix what it says, then try this host again.',
  });

/** When it was proven, if that is not too long ago, nor to come: by a clock that was wrong. */
function youngProof({ site }: Audited, one: CanaryHost, { at }: Canaries): string | undefined {
  const [within, proof] = [site.restore.canary?.proven_within ?? 0, one.before?.proven];
  if (proof === undefined || sinceThen(one).length > 0) return undefined;
  const age = Math.floor((Date.parse(at) - Date.parse(proof)) / 1000);
  return age >= 0 && age <= within ? `proven on ${dayOf(proof)}, ${inPeriods(age)} ago (limit ${inPeriods(within)})` : undefined;
}

const dayOf = (time: string): string => time.slice(0, 10);

/** What came of the canary of this run. */
function judgeCanary(cloud: Audited, canary: Canary): Judgement {
  const { frontend, site } = cloud;
  const { host, stage, found, fix, vm, seconds, before, backup, files, restore, evidence } = canary;
  const template = `“${site.restore.canary?.template}”`;
  const expected = expecting(host.name, `a VM of the template ${template} to run within ${site.deadlines.boot} s`);
  const log = `Look on ${host.name} at what keeps a VM from starting: libvirt, memory, the system datastore (virsh list; free -m; df -h). /var/log/one/${vm}.log on ${frontend.name} names the step that failed.`;
  switch (stage) {
    case 'unseen':
      return expected.unseen({ fault: found, fix: again(fix), evidence });
    case 'refused':
      return expected.notMet({
        found: `that OpenNebula refused it: “${found}”`,
        fix: 'Fix what it says, then run the gate again.',
        evidence,
      });
    case 'unplaced':
      return expected.undetermined({
        found: `that OpenNebula does not place it there: ${found}`,
        fix: `${placeAdvice(found, {
          at: host.name,
          smaller: ', or use a smaller template',
          besides: `the cluster of ${host.name}, which must have the datastores of the template's images and a system datastore that meets its SCHED_DS_REQUIREMENTS`,
        })} Then run the gate again.`,
        evidence,
      });
    case 'late':
      return expected.notMet({
        found: `it still in ${found}`,
        fix: `${log} If starting takes long here, raise deadlines.boot in the site file.`,
        evidence,
      });
    case 'failed':
      return expected.notMet({ found, fix: log, evidence });
    case 'barred':
      return { outcome: 'blocked', reason: found, evidence };
    case 'runs':
      break;
  }
  if (!backup || !before || !vm) return expected.undetermined({ ...notTried, evidence });
  const name = `the canary on ${host.name} (${vm})`;
  const made = { value: { before, backup } };
  const backedUp = backup.started ? judgeEnd(cloud, made, `a backup of ${name}`) : judgeStart(cloud, made, name);
  if (backedUp.outcome !== 'met') return { ...backedUp, evidence: [...evidence, ...backedUp.evidence] };
  const sound = judgeFilesOf(before, files, expecting(site.datastore.rsync_host, `the files of the backup of ${name}, sound and complete`));
  const restored = restore
    ? judgeRestored(expecting(host.name, `the backup of ${name} to restore, equal to its files`), cloud, {
        restore,
        vm: before,
        disks: backup.image?.disks ?? [],
      })
    : expected.undetermined(notTried);
  const judged = sound.outcome === 'not-met' || restored.outcome === 'met' ? sound : restored;
  const all = [...evidence, ...backedUp.evidence, ...sound.evidence, ...restored.evidence];
  if (judged.outcome !== 'met' || restored.outcome !== 'met') return { ...judged, evidence: all };
  const measured = `RUNNING after ${seconds} s; backup ${backedUp.measured}; ${restored.measured}`;
  return { ...restored, measured, evidence: all };
}
