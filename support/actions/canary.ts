import { posix } from 'node:path';
import pLimit from 'p-limit';
import type { Machines } from '../facts/cloud.ts';
import type { Canaries, Canary, CanaryChoice } from '../facts/gate.ts';
import { stopped } from '../machines/shell.ts';
import { shortened } from '../machines/words.ts';
import { unheard } from '../opennebula/ask.ts';
import type { Host } from '../opennebula/pools.ts';
import type { Evidence } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import { adviceOf, makeBackup } from './backup.ts';
import { inspectFiles } from './files.ts';
import { canaryNamesOf, type RunJournal, type Target } from './journal.ts';
import { asCanary, restore } from './restore.ts';
import { madeIn, untilRuns } from './running.ts';
import { directories, lookAround } from './scene.ts';
import { startOf } from './start.ts';

interface Request {
  readonly choice: CanaryChoice;
  readonly journal: RunJournal;
  readonly signal: AbortSignal;
  /** Why a backup of the VM of that id cannot be sent; undefined where nothing is known to be in its way. */
  readonly barrierOf: (vm: string) => string | undefined;
  /** Takes away all that was made on the host of that id. */
  readonly takeAway: (host: string) => Promise<void>;
}

/** On each chosen host, several at a time: makes a canary, backs it up, restores and compares it, and removes everything before the next. */
export async function makeCanaries(cloud: Machines, { choice, takeAway, ...request }: Request): Promise<Canaries> {
  const few = pLimit(choice.atOnce);
  const one = async (host: Host) => {
    const made = await makeCanary(cloud, host, { ...request, template: choice.template });
    await takeAway(host.id);
    return made;
  };
  return { ...choice, tried: await Promise.all(choice.chosen.map(({ host }) => few(one, host))) };
}

/** Seconds that so many canaries may take, made so many at a time. */
export function canaryTime({ restore, deadlines }: Site, hosts: number, atOnce: number): number {
  if (!restore.canary) return 0;
  const { boot, schedule, backup, restore: restored, cleanup } = deadlines;
  return Math.ceil(hosts / atOnce) * (boot + schedule + 2 * (backup + restored) + cleanup);
}

/** The file that pins a VM to a host is gone again when it is made. */
const PINNED = `export LC_ALL=C.UTF-8
mkdir -m 700 -- "$1" && printf 'SCHED_REQUIREMENTS="ID=%s"\\n' "$2" > "$1/pinned" || exit 99
onetemplate instantiate "$3" "$1/pinned" --name "$4"; code=$?
rm -r -- "$1"; exit $code`;
const UNWRITTEN = 99;

/** How OpenNebula refuses to deploy on a host that is full. Source: OpenNebula 6.10, RequestManagerVirtualMachine::check_host; no recording has it. */
const HAS_NO_ROOM = /does not fit in host/;

/** OpenNebula starts nothing by itself on a host that is disabled; one who names it can, and is to ask whether there is room. */
const isDisabled = ({ state }: Host) => state === 'dsbl';

/** Somebody migrated it, or rescheduling did. */
const movedTo = (host: string) => `that it was moved to ${host}, before its backup or meanwhile`;

async function makeCanary(
  cloud: Machines,
  host: Host,
  { template, journal, signal, barrierOf }: Pick<Request, 'journal' | 'signal' | 'barrierOf'> & { template: string },
): Promise<Canary> {
  const { site } = cloud;
  const { command: deadline } = site.deadlines;
  const { restored: name, temporary } = canaryNamesOf(journal.run, host.id);
  const change = { change: 'canary', name, host: host.id } as const;
  const evidence: Evidence[] = [];
  let seen: Partial<Canary> = {};
  const came = (stage: Canary['stage'], found: string, more: Partial<Canary> = {}): Canary => ({
    ...{ host, stage, found, ended: new Date().toISOString(), evidence },
    ...seen,
    ...more,
  });
  if (signal.aborted) return came('unseen', stopped(signal).message, { unasked: true });
  const began = Date.now();
  const folder = posix.join(site.restore.tmp_dir, temporary);
  const asked = isDisabled(host)
    ? await journal.record([change], { argv: ['onetemplate', 'instantiate', template, '--name', name, '--hold'], deadline })
    : await journal.record([change, { change: 'temporary', path: folder }], {
        argv: ['bash', '-c', PINNED, 'bash', folder, host.id, template, name],
        deadline,
        typed: `echo 'SCHED_REQUIREMENTS="ID=${host.id}"' > pinned; onetemplate instantiate ${template} pinned --name ${name}`,
      });
  evidence.push(asked);
  const missed = unheard(asked);
  if (missed !== undefined) return came('unseen', missed);
  if (asked.exitCode === UNWRITTEN) return came('unseen', `${folder} could not be made: ${shortened(asked.stderr)}`, { unasked: true });
  const id = madeIn(asked.stdout);
  if (asked.exitCode !== 0 || id === undefined) return came('refused', shortened(asked.stderr || asked.stdout) || 'no word');
  seen = { vm: id };
  const written = await journal.record(
    [{ ...change, vm: id }],
    isDisabled(host) ? { argv: ['onevm', 'deploy', '--enforce', id, host.id], deadline } : undefined,
  );
  if (isDisabled(host)) evidence.push(written);
  const lost = unheard(written);
  if (lost !== undefined) return came('unseen', lost);
  if (written.exitCode !== 0) {
    const words = shortened(written.stderr || written.stdout);
    return came(HAS_NO_ROOM.test(words) ? 'unplaced' : 'refused', words || 'no word');
  }

  const running = await untilRuns(cloud, id, { began, signal });
  evidence.push(...running.evidence);
  if (running.stage !== 'runs') return came(running.stage, running.found, adviceOf(running));
  if (running.host !== host.name) return came('unseen', `that OpenNebula started it on ${running.host}`);
  seen = { vm: id, ...(running.seconds !== undefined && { seconds: running.seconds }) };
  const barrier = barrierOf(id);
  if (barrier !== undefined) return came('barred', barrier);

  const target: Target = { ...journal.opening, vm: id };
  const scene = await lookAround(cloud, target);
  evidence.push(...scene.evidence);
  if ('fault' in scene) return came('unseen', scene.fault, adviceOf(scene));
  const { host: before } = scene.value.vm;
  if (before !== host.name) return came('unseen', movedTo(before));
  // A VM of another OpenNebula, or of one that was set up anew, may have had this id.
  const existed = await directories(cloud, target);
  evidence.push(...existed.evidence);
  if ('fault' in existed) return came('unseen', existed.fault, adviceOf(existed));
  const noted = unheard(await journal.record([{ ...change, vm: id, directories: existed.value }]));
  if (noted !== undefined) return came('unseen', noted);
  // All that there is of this VM is ours, which was written down when it was made.
  const told: Pick<RunJournal, 'record'> = { record: (_changes, command) => journal.record([], command) };
  const backup = await makeBackup(cloud, { target, scene: scene.value, ...startOf(scene.value), journal: told, signal });
  // What came of it elsewhere says nothing of this host.
  if (backup.host !== undefined && backup.host !== host.name) {
    evidence.push(...backup.evidence);
    return came('unseen', movedTo(backup.host));
  }
  seen = { ...seen, before: scene.value.vm, backup };
  if (!backup.image) return came('runs', '');
  const files = await inspectFiles(cloud, target, backup.image);
  const restoration = await restore(cloud, { backup: backup.image, files, journal, signal, as: asCanary(journal.run, host.id, id) });
  return came('runs', '', { files, restore: restoration });
}
