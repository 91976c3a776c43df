import { type Datastore, type Host, parseDatastores, parseHosts, parseVirtualMachines, type VirtualMachine } from '../opennebula/pools.ts';
import { messageOf } from '../outcome.ts';
import type { Shell } from '../shell/shell.ts';
import { MiB } from '../shell/shell.ts';
import type { Site } from '../site/schema.ts';
import { frontendPrograms, missingPrograms } from './programs.ts';
import { type Probe, type Survey, survey } from './survey.ts';

/** What the front-end says of itself and of the cloud. */
export interface FrontendFacts {
  readonly survey: Survey;
  /** Its own full name; empty when it did not say. */
  readonly hostname: string;
  /** The account we look as. */
  readonly account: string;
  readonly hosts: Read<readonly Host[]>;
  readonly datastores: Read<readonly Datastore[]>;
  readonly virtualMachines: Read<readonly VirtualMachine[]>;
  /** Its clock when it was asked, seconds since the epoch. */
  readonly now: number;
}

/** A value read off an answer, or the sentence that says why there is none. */
export type Read<T> = { readonly value: T } | { readonly fault: string };

/** A pool of 3,000 hosts is 14 MB of XML, one of 10,000 virtual machines 50 MB. */
const poolCap = 256 * MiB;

/** Asks the front-end: one script, three calls of OpenNebula's command line, which take 0.4 s each. */
export async function surveyFrontend(shell: Shell, site: Site): Promise<FrontendFacts> {
  const deadline = site.deadlines.command;
  // An oned that hangs costs its deadline once.
  const answered = '[ $code != 124 ] && [ $code != 137 ]';
  const probes: Probe[] = [
    { name: 'hostname', argv: ['hostname', '-f'], deadline },
    { name: 'account', argv: ['id', '-un'], deadline },
    { name: 'now', argv: ['date', '+%s'], deadline },
    { name: 'agent', argv: ['env', `SSH_AUTH_SOCK=${site.ssh_agent_socket}`, 'ssh-add', '-l'], deadline },
    missingPrograms(frontendPrograms, deadline),
    { name: 'hosts', argv: ['onehost', 'list', '-x'], deadline },
    { name: 'datastores', argv: ['onedatastore', 'list', '-x'], deadline, when: answered },
    { name: 'virtual-machines', argv: ['onevm', 'list', '-x', '--extended'], deadline, when: answered },
  ];
  const answers = await survey(shell, probes, { deadline: deadline * probes.length, cap: poolCap });
  return {
    survey: answers,
    hostname: answers.answers.get('hostname')?.stdout || shell.machine,
    account: answers.answers.get('account')?.stdout ?? '',
    hosts: readPool(answers, 'hosts', (xml) => parseHosts(xml).toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))),
    datastores: readPool(answers, 'datastores', parseDatastores),
    virtualMachines: readPool(answers, 'virtual-machines', parseVirtualMachines),
    now: Number(answers.answers.get('now')?.stdout ?? Number.NaN),
  };
}

function readPool<T>(survey: Survey, name: string, parse: (xml: string) => T): Read<T> {
  const answer = survey.answers.get(name);
  if (!answer) return { fault: survey.failure?.message ?? 'the front-end did not get as far as this question' };
  const { command, exitCode, stdout, stderr } = answer;
  if (exitCode === 127)
    return { fault: `${command}: command not found. Is this the front-end, and is OpenNebula's command line in the PATH?` };
  if (exitCode === 124 || exitCode === 137)
    return { fault: `${command} did not answer in time. Is oned (systemctl status opennebula) overloaded or hanging?` };
  if (exitCode !== 0) return { fault: `${command} ended with exit ${exitCode}: ${(stderr || stdout).trim()}${hint(stderr)}` };
  try {
    return { value: parse(stdout) };
  } catch (error) {
    const shown = stdout.length > 60 ? `“${stdout.slice(0, 40).trim()} … ${stdout.slice(-15).trim()}”` : `“${stdout.trim()}”`;
    return {
      fault: `${command} answered something that is not the pool, or not all of it: ${shown} (${messageOf(error)}). Run it on the front-end and look.`,
    };
  }
}

function hint(stderr: string): string {
  if (/Failed to open TCP connection|Connection refused/.test(stderr)) return ' Start OpenNebula: systemctl start opennebula.';
  if (/couldn't be authenticated/.test(stderr)) return ' Correct ~/.one/one_auth of the account we look as.';
  if (/Not authorized/.test(stderr)) return ' Look as oneadmin, or grant the account the right to list.';
  return '';
}
