import { clientOptions, ownOptions, ownSettings, readOnlySsh } from '../machines/openssh.ts';
import { quote } from '../machines/quote.ts';
import type { Shell } from '../machines/shell.ts';
import { expand, type Probe, type Survey, survey } from '../machines/survey.ts';
import type { Host } from '../opennebula/pools.ts';
import type { Site } from '../site/schema.ts';
import { type Login, readLogin } from './login.ts';
import { hypervisorPrograms, missingPrograms } from './programs.ts';
import { spaceProbe } from './space.ts';

/** What a hypervisor says, asked the way OpenNebula's driver reaches it. */
export interface HypervisorFacts {
  readonly host: Host;
  readonly survey: Survey;
  /** Its login to the backup server, through the forwarded agent; undefined when the host itself could not be asked. */
  readonly login?: Login;
  /** The same by the name that OpenNebula has saved, where that is not the declared one. */
  readonly savedLogin?: Login;
}

/**
 * Asks a hypervisor by one script: it starts the rsync that the driver starts, but only lists.
 * `staging` are the directories of its system datastores, `saved` the name of the server that OpenNebula has saved, if it is another one.
 */
export async function surveyHypervisor(
  shell: Shell,
  host: Host,
  site: Site,
  { staging, saved }: { staging: readonly string[]; saved?: string | undefined },
): Promise<HypervisorFacts> {
  const { rsync_user: user, rsync_host: server, path } = site.datastore;
  const { connect, command: deadline } = site.deadlines;
  const handshake = connect + Math.min(15, deadline);
  const probes: Probe[] = [
    { name: 'rsync', argv: ['rsync', '--version'], deadline },
    { name: 'qemu-img', argv: ['qemu-img', '--version'], deadline },
    missingPrograms(hypervisorPrograms),
    spaceProbe('staging', staging, deadline),
    {
      name: 'keys',
      argv: ['inline', 'for key in ~/.ssh/id_*; do [ ! -e "$key" ] || [ "$key" != "${key%.pub}" ] || echo "$key"; done'],
      typed: 'ls ~/.ssh/id_*',
    },
    {
      name: 'handshake',
      argv: [
        'rsync',
        '-d',
        '--list-only',
        // Not where it can be done without: rrsync, for one, lets no such option through.
        ...(quote([path]) === path ? [] : ['--protect-args']),
        '-e',
        // The driver leaves it to rsync what to log in with.
        expand(`"\${RSYNC_RSH:-ssh} $options -o '${ownOptions.known}' ${ownOptions.kex}"`),
        `${user}@${server}:${path}/`,
      ],
      deadline: handshake,
      login: true,
      typed: `rsync -d --list-only -e 'ssh -o BatchMode=yes' ${quote([`${user}@${server}:${path}/`])}`,
    },
    {
      // A handshake that waited in vain has told enough; asking again would cost the same wait.
      name: 'login',
      when: `[ $code != 0 ] && [ $((SECONDS - began)) -lt ${connect} ]`,
      argv: ['ssh', expand('$options'), '-o', expand(`"${ownOptions.known}"`), expand(ownOptions.kex), '-l', user, server, 'hostname'],
      deadline: connect + 5,
      login: true,
      typed: `ssh -o BatchMode=yes -l ${user} ${server} hostname`,
    },
  ];
  if (saved !== undefined) {
    const destination = `${user}@${saved}`;
    probes.push({
      name: 'saved',
      when: '[ $code = 0 ]',
      argv: ['sh', '-c', readOnlySsh, 'ssh', destination, ...clientOptions(connect), '--', destination, 'hostname'],
      deadline: connect + 5,
      login: true,
      typed: `ssh -o BatchMode=yes -l ${user} ${saved} hostname`,
    });
  }
  const setup = [
    `options=${quote([quote(clientOptions(connect))])}`,
    ownSettings(`-l ${quote([user])} ${quote([server])}`),
    'began=$SECONDS',
  ].join('\n');
  const facts = await survey(shell, probes, { deadline: handshake + connect * (saved === undefined ? 1 : 2) + deadline, setup });
  const login = readDriverLogin(facts, host.name, server);
  const answer = facts.answers.get('saved');
  return {
    ...{ host, survey: facts },
    ...(login && { login }),
    ...(saved !== undefined && answer && { savedLogin: readLogin(host.name, saved, answer) }),
  };
}

/** The handshake tells; where it did not get in, the plain login, if that was tried, has the last word. */
function readDriverLogin(facts: Survey, from: string, to: string): Login | undefined {
  const [handshake, plain] = ['handshake', 'login']
    .flatMap((name) => facts.answers.get(name) ?? [])
    .map((answer) => readLogin(from, to, answer));
  if (!handshake || !plain) return handshake;
  return { ...plain, evidence: [...handshake.evidence, ...plain.evidence] };
}
