import { setTimeout as sleep } from 'node:timers/promises';
import type { Machines } from '../facts/cloud.ts';
import { libvirtSetup } from '../facts/libvirt.ts';
import { MiB } from '../machines/shell.ts';
import { expand, type Probe, survey } from '../machines/survey.ts';
import { firstLine } from '../machines/words.ts';
import type { Evidence } from '../outcome/evidence.ts';

/** What the host of a VM tells of it. */
export interface Guest {
  /** Why it is no more, in libvirt's words; absent where it is there, or that could not be asked. */
  readonly gone?: string;
  /** none: it has none that is connected. silent: it has one, which does not answer; see `said`. */
  readonly agent: 'answers' | 'none' | 'silent';
  readonly said: string;
  /** What could not be asked, or is not there, a sentence each. */
  readonly notes: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** States of a domain in which its guest works. Source: libvirt, tools/virsh-domain-monitor.c. */
const ALIVE = ['running', 'idle', 'blocked'];

/** An agent may be starting just then. */
const TRIES = 3;

/** Seconds that libvirt waits for an agent. */
const PATIENCE = 5;

/** The screen of a VM, without a file on its host: the pipe is opened by its name. */
const SCREENSHOT = 'virsh --connect "$1" screenshot "$2" /dev/stdout | base64 -w 0';

const libvirt = expand('"$libvirt"');

function probes(domain: string, deadline: number): Probe[] {
  const ping = '{"execute":"guest-ping"}';
  return [
    { name: 'state', argv: ['virsh', '--connect', libvirt, 'domstate', domain], deadline, typed: `virsh domstate ${domain}` },
    {
      ...{ name: 'agent', deadline, typed: `virsh qemu-agent-command ${domain} '${ping}'` },
      argv: ['virsh', '--connect', libvirt, 'qemu-agent-command', domain, ping, '--timeout', String(PATIENCE)],
    },
    {
      ...{ name: 'screen', deadline, typed: `virsh screenshot ${domain} screen.png` },
      argv: ['sh', '-c', SCREENSHOT, 'sh', libvirt, domain],
    },
  ];
}

/** Asks libvirt on the host whether the guest is there, its agent for an answer, and for a picture of its screen. */
export async function askGuest({ onFrontend, site }: Machines, { host, id }: { host: string; id: string }): Promise<Guest> {
  const { connect: connectTimeout, command: deadline } = site.deadlines;
  const shell = onFrontend.hop({ host, connectTimeout });
  const domain = `one-${id}`;
  for (let turn = 1; ; turn += 1) {
    const { answers, asked } = await survey(shell, probes(domain, deadline), {
      deadline: 3 * deadline,
      cap: 16 * MiB,
      setup: libvirtSetup,
    });
    const guest = readGuest(answers);
    if (guest.agent !== 'silent' || turn === TRIES) return answers.size === 0 ? { ...guest, evidence: [asked] } : guest;
    await sleep(2000);
  }
}

/** Reads what libvirt said. */
export function readGuest(answers: ReadonlyMap<string, Evidence>): Guest {
  const [state, agent, screen] = ['state', 'agent', 'screen'].map((name) => answers.get(name));
  const picture = screen && pictureIn(screen.stdout);
  const said = saidBy(agent);
  const isThere = agent?.exitCode === 0 && /"return"/.test(agent.stdout);
  const isSilent = /Guest agent is not responding/.test(said) && !/is not connected/.test(said);
  const gone = goneBy(state);
  const isKnown = gone !== undefined || (state?.exitCode === 0 && ALIVE.includes(state.stdout.trim()));
  return {
    ...(gone !== undefined && { gone }),
    ...{ agent: isThere ? 'answers' : isSilent ? 'silent' : 'none', said },
    notes: [
      ...(isKnown ? [] : [`libvirt on the host of the restored VM could not be asked about it: ${saidBy(state)}.`]),
      ...(isThere || isSilent ? [] : [withoutAgent(said, picture !== undefined)]),
      ...(picture === undefined ? [`No picture of the restored VM's screen: ${saidBy(screen)}.`] : []),
    ],
    evidence: [state, agent, screen && { ...screen, stdout: '', ...(picture !== undefined && { picture }) }].flatMap((each) => each ?? []),
  };
}

/** What it means that nobody inside was asked: the machine runs, and what runs in it is not known. */
const withoutAgent = (said: string, hasPicture: boolean): string =>
  `No guest agent of the restored VM could be asked (${said.replace('Guest agent is not responding: ', '')}). OpenNebula says that the VM runs. ${hasPicture ? 'The picture of its screen shows whether its operating system started' : 'Whether its operating system started is not known'}.`;

/** Why the domain is no more; undefined where it is, or nobody can tell. */
function goneBy(state: Evidence | undefined): string | undefined {
  if (!state) return undefined;
  if (/failed to get domain|Domain not found/.test(state.stderr)) return `that libvirt no longer has it: ${firstLine(state.stderr)}`;
  const word = state.stdout.trim();
  return state.exitCode === 0 && /^[a-z ]+$/.test(word) && !ALIVE.includes(word) ? `that libvirt calls it “${word}”` : undefined;
}

const saidBy = (answer: Evidence | undefined): string =>
  answer ? firstLine(answer.stderr).replace(/^error: /, '') || `exit ${answer.exitCode}` : 'no answer';

/** A PNG in base64, without what virsh says behind it; undefined where it is none, or not whole. */
function pictureIn(base64: string): string | undefined {
  const bytes = Buffer.from(base64, 'base64');
  const end = bytes.indexOf(Buffer.from([0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]));
  const isPng = bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  return isPng && end > 0 ? bytes.subarray(0, end + 8).toString('base64') : undefined;
}
