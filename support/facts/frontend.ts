import type { Shell } from '../machines/shell.ts';
import { MiB } from '../machines/shell.ts';
import { type Probe, type Survey, survey } from '../machines/survey.ts';
import { type Read, readAnswer } from '../opennebula/ask.ts';
import { type Datastore, type Host, parseDatastores, parseHosts, parseVirtualMachines, type VirtualMachine } from '../opennebula/pools.ts';
import type { Site } from '../site/schema.ts';
import { frontendPrograms, missingPrograms } from './programs.ts';

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
  /** Its clock when it was asked, seconds since the epoch; NaN when it did not say. */
  readonly now: number;
}

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
    missingPrograms(frontendPrograms),
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
    // Nothing at all would read as 0, and no backup was ever overdue in 1970.
    now: Number(/^\d+$/.exec(answers.answers.get('now')?.stdout ?? '')?.[0] ?? Number.NaN),
  };
}

function readPool<T>(survey: Survey, name: string, parse: (xml: string) => T): Read<T> {
  const answer = survey.answers.get(name);
  if (!answer) return { fault: survey.failure?.message ?? 'the front-end did not get as far as this question' };
  return readAnswer(answer, parse);
}
