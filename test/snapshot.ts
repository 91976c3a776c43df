/** All that somebody could change in a lab: every file that is a machine's own, and what OpenNebula has. A line each, to compare two moments. */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { STATE_FILE } from '../lab/machines/cloud.ts';
import type { Lab } from '../lab/machines/lab.ts';
import type { State } from '../lab/opennebula/state.ts';
import { quote } from '../support/machines/quote.ts';

const HOME = '/var/lib/one';

/** What is written though nobody changes the machine, or is none of its own. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'the kernel’s, no files': ['/proc', '/sys', '/dev/pts'],
  'lent by the machine that the lab runs on; nobody in the lab may write there': [
    ...['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/srv', '/opt/suite', '/opt/node'],
    ...['/etc/alternatives', '/etc/ssl', '/etc/profile', '/etc/services', '/etc/localtime', '/etc/ld.so.*'],
  ],
  'sshd notes every login, and makes a socket for an agent that is lent, which it takes away when the session has ended': [
    '/var/log/sshd.log',
    '/tmp/ssh-*',
  ],
  'oned’s own: it notes who asked; what it keeps is compared as `openNebula` has it': ['/var/log/one/oned.log', dirname(STATE_FILE)],
  'compiled code that Node keeps, of the suite and of the stand-ins for OpenNebula’s commands': [`${HOME}/.cache`],
  'where a run writes its report': [`${HOME}/reports`],
};

/** Where ssh keeps the sockets of logins that others share. One whose ControlPersist is over goes by itself. */
const MASTERS = '/run/one/ssh-socks';

/** Their content is compared, but sockets come and go in them: sshd makes one below /tmp for an agent that is lent to it. */
const TIMES_LEFT_OUT = ['/tmp', MASTERS];

/** What a gate changes and may not undo. Its own marks apart, no time is as it was: it makes and removes files. */
const LEFT_OUT_AFTER_GATE = ['/run', '/var/log', '/usr', `${HOME}/datastores/0/*/disk.0`];

/** Of larger files times and size have to tell. */
const SUMMED = '-size -16M';

/** Names, kinds, modes, owners, sums, and all times but that of the last look. */
export function files(lab: Lab, reports: string): Promise<string[]> {
  const times = `\\( ${anyOf(TIMES_LEFT_OUT)} \\) -printf '/%P %y %m %U %G %l\\n' -o -printf '/%P %y %m %U %G %l %i %s %T@ %C@\\n'`;
  return find(lab, () => [reports], `\\( ${times} \\) -type f ${SUMMED} -exec md5sum {} +`);
}

/** The same without what a gate cannot put back: names, kinds, modes, owners and sums. */
export function lastingFiles(lab: Lab, reports: string): Promise<string[]> {
  // On the backup server such a path would be a backup.
  const leftOut = (machine: string) => [reports, ...LEFT_OUT_AFTER_GATE.slice(0, machine === 'backup01' ? 3 : undefined)];
  return find(lab, leftOut, String.raw`-printf '/%P %y %m %U %G %l\n' -type f -exec md5sum {} +`);
}

async function find(lab: Lab, more: (machine: string) => readonly string[], look: string): Promise<string[]> {
  const ofMachine = async (name: string) => {
    const leftOut = [...Object.values(LEFT_OUT).flat(), ...more(name)];
    // Of the system's programs, only those in /usr/local are the machine's.
    const script = `find . \\( -path './usr/*' ! -path './usr/local*' -o ${anyOf(leftOut)} \\) -prune -o ${look}`;
    const { stdout, stderr } = await lab.beside(name, script);
    if (!stdout.includes('/etc d ')) throw new Error(`${name}: its files could not be checked: ${stderr}`);
    // A session that just ends takes its socket away while we look. All else that cannot be looked at is to stay so.
    const faults = stderr.split('\n').filter((line) => !line.endsWith('No such file or directory'));
    const lines = [...stdout.split('\n'), ...faults].filter(Boolean);
    return lines.sort().map((line) => `${name}: ${line}`);
  };
  return (await Promise.all(lab.machines.map(({ name }) => ofMachine(name)))).flat();
}

const anyOf = (paths: readonly string[]) => paths.map((path) => `-path ${quote([`.${path}`])}`).join(' -o ');

/** What OpenNebula has, but for what oned does in its own time: it asks for the capacity of datastores, and writes down when it last tried a backup in vain. */
function openNebula(cloud: State): string[] {
  const oneds = (key: string, value: unknown) => {
    if (key === 'MESSAGE' && typeof value === 'string') return value.replace(/^\w+ \w+ +\d+ [\d:]+ \d+ : /, '');
    return /^(TOTAL|FREE|USED)_MB$/.test(key) ? undefined : value;
  };
  return Object.entries(cloud).flatMap(([kind, objects]) => [objects].flat().map((object) => `${kind} ${JSON.stringify(object, oneds)}`));
}

/** All of it. */
export async function snapshot(lab: Lab, reports: string): Promise<string[]> {
  const [cloud, lines] = await Promise.all([lab.openNebula(), files(lab, reports)]);
  return [...openNebula(cloud), ...lines];
}

/** What is there no more, and what is there now. */
export function changes(before: readonly string[], now: readonly string[]): string[] {
  const [old, known] = [new Set(before), new Set(now)];
  return [
    ...before.filter((line) => !known.has(line) && !line.includes(`: ${MASTERS}/`)).map((line) => `- ${line}`),
    ...now.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}

/** That all is as it was. */
export function assertSame(now: readonly string[], before: readonly string[], said: string): void {
  const found = changes(before, now);
  assert.deepEqual(found, [], `not as it was before:\n${found.join('\n')}\n${said}`);
}
