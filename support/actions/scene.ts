import { posix } from 'node:path';
import type { Machines } from '../facts/cloud.ts';
import { readZone, zoneProbe } from '../facts/zone.ts';
import { spoken } from '../machines/openssh.ts';
import { type CommandResult, MiB } from '../machines/shell.ts';
import { type Probe, survey } from '../machines/survey.ts';
import { readAnswer } from '../opennebula/ask.ts';
import { readOffset } from '../opennebula/clock.ts';
import { type Image, parseImages } from '../opennebula/images.ts';
import { keptOf } from '../opennebula/kept.ts';
import { judgedLines } from '../opennebula/log.ts';
import { peekAtImages, SLOW } from '../opennebula/pages.ts';
import { parseTemplates, parseVirtualMachine, type Template, type VirtualMachine } from '../opennebula/pools.ts';
import type { Looked, Read } from '../outcome/evidence.ts';
import type { Target } from './journal.ts';

/** OpenNebula as it is at one moment, as far as a restore test goes. */
export interface Scene {
  /** When we began to look, and when we had: seconds since the epoch, by the front-end's clock. */
  readonly from: number;
  readonly now: number;
  /** Seconds that OpenNebula's clock, by which it writes logs, is ahead of UTC. */
  readonly utcOffset: number;
  /** The same of the login's clock, by which OpenNebula's commands read times. */
  readonly localOffset: number;
  readonly vm: VirtualMachine;
  readonly images: readonly Image[];
  readonly templates: readonly Template[];
  /** Bytes of the VM's log. */
  readonly logSize: number;
}

const logOf = (vm: string) => `/var/log/one/${vm}.log`;
const poolCap = 64 * MiB;

/** Asks OpenNebula for all of it, by one call; for more images than one call tells, page by page. */
export async function lookAround({ onFrontend, site }: Machines, { vm: id }: Target): Promise<Looked<Scene>> {
  const { command: deadline } = site.deadlines;
  const ask = (probes: readonly Probe[]) => survey(onFrontend, probes, { deadline: deadline * 4, cap: poolCap });
  const end: readonly Probe[] = [
    { name: 'templates', argv: ['onetemplate', 'list', '-x'], deadline },
    // Last, since what is done next is told by its time.
    { name: 'now', argv: ['date', '+%s %z'], deadline },
  ];
  const first = await ask([
    zoneProbe(deadline),
    { name: 'from', argv: ['date', '+%s %z'], deadline },
    { name: 'log', argv: ['stat', '-c', '%s', logOf(id)], deadline },
    { name: 'vm', argv: ['onevm', 'show', '-x', id], deadline },
    { name: 'images', argv: ['oneimage', 'list', '-x'], deadline },
    ...end,
  ]);
  const { asked, failure } = first;
  const paged = asked.truncated ? await peekAtImages(onFrontend, (all) => all, Math.max(deadline, SLOW)) : undefined;
  const answers = new Map([...first.answers, ...(paged ? (await ask(end)).answers : [])]);
  const evidence = [...(answers.size === 0 ? [asked] : answers.values()), ...(paged?.evidence ?? [])].map((answer) => keptOf(answer));
  const read = <T>(name: string, parse: (xml: string) => T): Read<T> => {
    const answer = answers.get(name);
    return answer ? readAnswer(answer, parse) : { fault: failure?.message ?? `no answer to the question for ${name}` };
  };
  const [vm, templates] = [read('vm', parseVirtualMachine), read('templates', parseTemplates)];
  const images = paged ?? read('images', parseImages);
  if ('fault' in vm) return { ...vm, evidence };
  if ('fault' in images) return { ...images, evidence };
  if ('fault' in templates) return { ...templates, evidence };
  const [begun, clock] = ['from', 'now'].map((name) => readClock(answers.get(name)?.stdout ?? ''));
  const zone = readZone(answers.get('zone')?.stdout ?? '');
  if (!begun || !clock || !zone) return { fault: `no answer to what time it is on ${asked.machine}`, evidence };
  return {
    value: {
      ...{ ...clock, utcOffset: zone.offset, from: begun.now, logSize: Number(answers.get('log')?.stdout) || 0 },
      ...{ vm: vm.value, images: images.value, templates: templates.value },
    },
    evidence,
  };
}

/** Reads `date '+%s %z'`. */
export function readClock(text: string): Pick<Scene, 'now' | 'localOffset'> | undefined {
  const [, now, ahead = ''] = /^(\d{1,12}) (\S+)$/.exec(text) ?? [];
  const localOffset = readOffset(ahead);
  return now === undefined || localOffset === undefined ? undefined : { now: Number(now), localOffset };
}

/** What was written to the VM's log since it had that many bytes, as far as it is judged; empty where it cannot be read. */
export async function logSince({ onFrontend, site }: Machines, { vm }: Target, size: number): Promise<CommandResult> {
  // A log that is shorter than it was is a new one.
  const script = 'size=$(stat -c %s -- "$1") || exit; [ "$size" -ge "$2" ] || set -- "$1" 0; tail -c "+$(($2 + 1))" -- "$1"';
  const answer = await onFrontend.run({
    argv: ['sh', '-c', script, 'sh', logOf(vm), String(size)],
    deadline: site.deadlines.command,
    typed: `tail -n 40 ${logOf(vm)}`,
  });
  return { ...answer, stdout: judgedLines(answer.stdout) };
}

/** The directories below the datastore's own on the backup server, by their path from there; none where it is not there yet. */
export async function directories({ onBackupServer, site }: Machines, { own, vm }: Target): Promise<Looked<string[]>> {
  const script =
    'echo; cd -- "$1" 2> /dev/null || exit 0; find . -mindepth 1 -maxdepth 1 -type d -name "$2" -printf "%P\\n"; [ ! -d "$2" ] || find "./$2" -mindepth 1 -maxdepth 1 -type d -printf "$2/%P\\n"';
  const answer = await onBackupServer.run({
    argv: ['sh', '-c', script, 'sh', own, vm],
    deadline: site.deadlines.command,
    typed: `ls -d ${posix.join(own, vm)} ${posix.join(own, vm)}/*`,
  });
  const { machine, failure, exitCode, stdout, stderr } = answer;
  const evidence = [answer];
  if (failure || exitCode !== 0)
    return { fault: `${machine}: the directories of the backups could not be listed: ${failure?.message ?? spoken(stderr)}`, evidence };
  // A login may print what it likes before.
  return { value: stdout.split('\n').filter((line) => line === vm || line.startsWith(`${vm}/`)), evidence };
}
