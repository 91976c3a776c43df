import type { Audited } from '../facts/audited.ts';
import { type Cloud, storagePlaces } from '../facts/cloud.ts';
import { declaredDatastore } from '../facts/frontend.ts';
import { type CanaryHost, LONGEST_CHAIN, type Sample, type Trial, testVm, WATCHED } from '../facts/gate.ts';
import { EXIT, type Said } from '../outcome/exit-codes.ts';
import { inPeriods } from '../outcome/period.ts';
import type { Site } from '../site/schema.ts';
import { stepBarrier } from '../verdict/blocking.ts';
import { canaryTime } from './canary.ts';
import { chooseCanaries } from './canary-choice.ts';
import { requireCanary } from './canary-template.ts';
import { deadlineOf } from './sample.ts';
import { chooseSample } from './sample-choice.ts';
import { requireTestVm } from './test-vm.ts';
import { sentence, withCloud } from './with-cloud.ts';

/** MiB/s, of which a plan says how long things take: a restore, and the same bytes again to compare them. */
const ASSUMED = 50;

/** Later than every run there is. */
const NEXT = '9999';

/** What `gate` would make, restore and take away, a line each; 2 when we could not look. Changes nothing anywhere. */
export const planGate = (file: string, { reports, allHosts = false }: { reports: string; allHosts?: boolean }): Promise<Said> =>
  withCloud(file, async (cloud) => {
    await requireTestVm(cloud);
    await requireCanary(cloud, allHosts);
    const known = await audited(cloud);
    const canaries = await planCanaries(cloud, known, { reports, id: NEXT, allHosts });
    const production = await planSample(known, reports);
    const lines = [
      'gate would audit first, which changes nothing, and then do as much of this as the audit finds possible:',
      ...[...planTest(known), ...canaries.lines, ...production.lines].map((line) => `- ${line}`),
      'A gate deletes all that it makes. If one is cut off, run: backup-compliance cleanup',
    ];
    return { lines, exitCode: Math.max(canaries.exitCode, production.exitCode) };
  });

/** All that front-end and backup server know; of hosts, where it is to be told on which of them canaries are made. */
async function audited(cloud: Cloud): Promise<Audited> {
  const { site } = cloud;
  cloud.listsStored = true;
  const [frontend, server, schedules, backups, quotas, missing, hosts, bridges] = await Promise.all([
    cloud.frontend(),
    cloud.backupServer(),
    cloud.schedules(),
    cloud.backups(),
    cloud.quotas(),
    cloud.missing(),
    site.restore.canary ? cloud.hosts() : [],
    site.restore.canary ? cloud.bridges() : [],
  ]);
  return { site, frontend, server, schedules, backups, quotas, missing, hosts, bridges, gate: {} };
}

/** What it would do with the test VM. */
export function planTest(known: Audited): string[] {
  const { site, frontend } = known;
  const vm = testVm(known);
  const { own } = storagePlaces(declaredDatastore(known), site);
  const { rsync_host: server, name } = site.datastore;
  const probe = `create, rename and delete a small file in ${own} on ${server}`;
  if (!vm) return [probe];
  const more = vm.keepsIncrements ? `, with up to ${Math.min(vm.keepLast || 1, LONGEST_CHAIN)} increments` : '';
  const disks = `disks of ${vm.diskMb} MiB together`;
  return [
    probe,
    `back up the test VM ${vm.name} (${vm.id}), ${disks}${more}, into the datastore “${name}”: ${howLong(vm.diskMb)}, at most ${inPeriods(site.deadlines.backup)} each`,
    `restore that backup into the datastore “${site.restore.datastore}”, and compare it in ${site.restore.tmp_dir} on ${frontend.name}: ${howLong(2 * vm.diskMb)}, at most ${inPeriods(site.deadlines.restore)}`,
    site.restore.boot
      ? `restore it once more without network, start a VM from it on a host that OpenNebula chooses, watch it for ${WATCHED} s, and remove it: at most ${inPeriods(site.deadlines.restore + site.deadlines.boot)}`
      : 'start nothing: the site file says restore.boot: false',
  ];
}

async function planCanaries(cloud: Cloud, known: Audited, runs: { reports: string; id: string; allHosts: boolean }): Promise<Said> {
  const { site } = known;
  const { canary } = site.restore;
  if (!canary) return { lines: ['prove no other hypervisor host: the site file declares no restore.canary'], exitCode: EXIT.compliant };
  const barrier = stepBarrier('canaries', known);
  if (barrier) return { lines: [`make no canaries now: ${barrier.reason}`], exitCode: EXIT.undetermined };
  const choice = await chooseCanaries(cloud, known, runs);
  if ('fault' in choice) return { lines: [`make canaries, it is not known where: ${sentence(choice)}`], exitCode: EXIT.undetermined };
  const { chosen, queue, others, atOnce, sizeMb } = choice.value;
  const made = chosen.map((one) => canaryLine(site, one, sizeMb));
  const later = queue.length - chosen.length;
  return {
    lines: [
      ...(made.length > 0 ? [...made, `do that on ${atOnce} hosts at a time`] : ['make no canaries: there is no host for one now']),
      ...(later > 0 ? [`leave ${later} hypervisor hosts for later gates; gate --all-hosts takes all of them`] : []),
      ...others.map(({ host, barrier }) => `make none on ${host.name}: ${barrier ?? 'OpenNebula cannot start VMs there now'}`),
    ],
    exitCode: EXIT.compliant,
  };
}

/** What it would do on a host, with disks of so many MiB together. */
export const canaryLine = (site: Site, { host, before }: Pick<CanaryHost, 'host' | 'before'>, sizeMb: number): string =>
  `make a VM of the template “${site.restore.canary?.template}” on ${host.name}${host.state === 'dsbl' ? ', which is disabled,' : ''} ${lastOf(before)}, back it up, restore that, compare, and remove all of it: ${howLong(4 * sizeMb)}, at most ${inPeriods(canaryTime(site, 1, 1))}`;

const lastOf = (before: Trial | undefined): string =>
  before?.proven === undefined ? '(never proven before)' : `(proven last on ${before.proven.slice(0, 10)})`;

async function planSample(known: Audited, reports: string): Promise<Said> {
  const { site } = known;
  if (!site.restore.sample)
    return { lines: ['restore no backup of production: the site file declares no restore.sample'], exitCode: EXIT.compliant };
  const barrier = stepBarrier('sample', known);
  if (barrier) return { lines: [`restore no backup of production now: ${barrier.reason}`], exitCode: EXIT.undetermined };
  const choice = await chooseSample(known, { reports, id: NEXT });
  if ('fault' in choice)
    return { lines: [`restore backups of production, it is not known which: ${sentence(choice)}`], exitCode: EXIT.undetermined };
  const { chosen, leftOut } = choice.value;
  const planned = chosen.map((sample) => sampleLine(known, sample));
  const chains = chosen.some(({ image }) => image.increments.length > 1);
  return {
    lines: [
      ...(planned.length > 0 ? planned : ['restore no backup of production: none can be restored now']),
      ...(chains
        ? [
            'let OpenNebula write the names of backing files into the qcow2 headers of those chains on the backup server, as it does in each restore of a chain; nothing else of them changes',
          ]
        : []),
      ...leftOut.map(({ vm, why }) => `not restore a backup of ${vm.name} (${vm.id}): ${why}`),
    ],
    exitCode: EXIT.compliant,
  };
}

/** What it would do with a backup of production. */
export const sampleLine = ({ site, frontend }: Pick<Audited, 'site' | 'frontend'>, sample: Sample): string =>
  `restore ${whatOf(sample)} into the datastore “${site.restore.datastore}” as an image that is not started, and compare it in ${site.restore.tmp_dir} on ${frontend.name}: ${howLong(2 * sample.sizeMb)}, at most ${inPeriods(deadlineOf(site, sample.sizeMb))}`;

function whatOf({ vm, image, sizeMb, proven }: Sample): string {
  const kind = image.increments.length > 1 ? `a chain of ${image.increments.length}` : 'a full backup';
  const last = proven === undefined ? 'never restored by a gate before' : `restored by a gate last on ${proven.slice(0, 10)}`;
  return `the newest backup of ${vm.name} (${vm.id}), image ${image.id}, ${kind} of ${sizeMb} MiB, ${last},`;
}

const howLong = (mb: number): string => `about ${inPeriods(Math.max(Math.ceil(mb / ASSUMED), 1))} at ${ASSUMED} MiB/s`;
