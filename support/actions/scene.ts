import { posix } from 'node:path';
import type { Cloud } from '../facts/cloud.ts';
import { spoken } from '../machines/openssh.ts';
import { MiB } from '../machines/shell.ts';
import { type Survey, survey } from '../machines/survey.ts';
import { type Looked, type Read, readAnswer } from '../opennebula/ask.ts';
import { type Image, parseImages, parseTemplates, parseVirtualMachine, type Template, type VirtualMachine } from '../opennebula/pools.ts';

/** What a drill has to do with: one datastore, one virtual machine. */
export interface Subject {
  readonly datastore: { readonly id: string; readonly name: string };
  /** The virtual machine's id. */
  readonly vm: string;
  /** The datastore's directory on the backup server. */
  readonly own: string;
}

/** OpenNebula as it is at one moment, as far as a drill goes. */
export interface Scene {
  /** Seconds since the epoch, by the front-end's clock. */
  readonly now: number;
  /** Seconds that the front-end's local time, in which logs are written, is ahead of UTC. */
  readonly utcOffset: number;
  readonly vm: VirtualMachine;
  readonly images: readonly Image[];
  readonly templates: readonly Template[];
  /** Bytes of the virtual machine's log. */
  readonly logSize: number;
}

const logOf = (vm: string) => `/var/log/one/${vm}.log`;
const poolCap = 64 * MiB;

/** Asks OpenNebula for all of it, by one call. */
export async function lookAround({ onFrontend, site }: Cloud, { vm }: Subject): Promise<Read<Scene> & { readonly survey: Survey }> {
  const { command: deadline } = site.deadlines;
  const asked = await survey(
    onFrontend,
    [
      { name: 'log', argv: ['stat', '-c', '%s', logOf(vm)], deadline },
      { name: 'vm', argv: ['onevm', 'show', '-x', vm], deadline },
      { name: 'images', argv: ['oneimage', 'list', '-x'], deadline },
      { name: 'templates', argv: ['onetemplate', 'list', '-x'], deadline },
      // Last, since what is done next is told by its time.
      { name: 'now', argv: ['date', '+%s %z'], deadline },
    ],
    { deadline: deadline * 4, cap: poolCap },
  );
  const read = <T>(name: string, parse: (xml: string) => T): Read<T> => {
    const answer = asked.answers.get(name);
    return answer ? readAnswer(answer, parse) : { fault: asked.failure?.message ?? `no answer to the question for ${name}` };
  };
  const [machine, images, templates] = [read('vm', parseVirtualMachine), read('images', parseImages), read('templates', parseTemplates)];
  for (const each of [machine, images, templates]) if ('fault' in each) return { survey: asked, fault: each.fault };
  const clock = readClock(asked.answers.get('now')?.stdout ?? '');
  if (!clock) return { survey: asked, fault: `no answer to what time it is on ${asked.machine}` };
  const logSize = Number(asked.answers.get('log')?.stdout) || 0;
  return {
    survey: asked,
    value: {
      ...{ ...clock, logSize },
      vm: (machine as { value: VirtualMachine }).value,
      images: (images as { value: Image[] }).value,
      templates: (templates as { value: Template[] }).value,
    },
  };
}

/** Reads `date '+%s %z'`. */
export function readClock(text: string): Pick<Scene, 'now' | 'utcOffset'> | undefined {
  const [, now, sign = '+', hours, minutes] = /^(\d{1,12}) ([+-])(\d\d)(\d\d)$/.exec(text) ?? [];
  if (now === undefined) return undefined;
  return { now: Number(now), utcOffset: Number(`${sign}1`) * (Number(hours) * 3600 + Number(minutes) * 60) };
}

/** What was written to the virtual machine's log since it had that many bytes; empty where it cannot be read. */
export async function logSince({ onFrontend, site }: Cloud, { vm }: Subject, size: number) {
  // A log that is shorter than it was is a new one.
  const script = 'size=$(stat -c %s -- "$1") || exit; [ "$size" -ge "$2" ] || set -- "$1" 0; tail -c "+$(($2 + 1))" -- "$1"';
  return onFrontend.run({
    argv: ['sh', '-c', script, 'sh', logOf(vm), String(size)],
    deadline: site.deadlines.command,
    typed: `tail -n 40 ${logOf(vm)}`,
  });
}

/** The directories below the datastore's own on the backup server, by their path from there; none where it is not there yet. */
export async function directories({ onBackupServer, site }: Cloud, { own, vm }: Subject): Promise<Looked<string[]>> {
  const script =
    'echo; cd -- "$1" 2> /dev/null || exit 0; find . -mindepth 1 -maxdepth 1 -type d -name "$2" -printf "%P\\n"; [ ! -d "$2" ] || find "./$2" -mindepth 1 -maxdepth 1 -type d -printf "$2/%P\\n"';
  const { failure, ...evidence } = await onBackupServer.run({
    argv: ['sh', '-c', script, 'sh', own, vm],
    deadline: site.deadlines.command,
    typed: `ls -d ${posix.join(own, vm)} ${posix.join(own, vm)}/*`,
  });
  if (failure || evidence.exitCode !== 0) {
    const fault = `${evidence.machine}: the directories of the backups could not be listed: ${failure?.message ?? spoken(evidence.stderr)}`;
    return { evidence, fault };
  }
  // A login may print what it likes before.
  const isDirectory = (line: string) => line === vm || line.startsWith(`${vm}/`);
  return { evidence, value: evidence.stdout.split('\n').filter(isDirectory) };
}
