import type { Host } from '../opennebula/pools.ts';
import { clientFailure, clientOptions } from '../shell/openssh.ts';
import { quote } from '../shell/quote.ts';
import type { Shell } from '../shell/shell.ts';
import type { Site } from '../site/schema.ts';
import { type Login, readLogin } from './login.ts';
import { expand, type Probe, type Survey, survey } from './survey.ts';

/** What a hypervisor says, asked the way OpenNebula's driver reaches it. */
export interface HypervisorFacts {
  readonly host: Host;
  readonly survey: Survey;
  /** Its login to the backup server, through the forwarded agent; undefined when the host itself could not be asked. */
  readonly login?: Login;
}

/** Asks a hypervisor by one script: it starts the rsync that the driver starts, but only lists. */
export async function surveyHypervisor(shell: Shell, host: Host, site: Site): Promise<HypervisorFacts> {
  const { rsync_user: user, rsync_host: server, path } = site.datastore;
  const { connect } = site.deadlines;
  const options = quote(clientOptions(connect));
  const probes: Probe[] = [
    {
      name: 'handshake',
      argv: [
        'rsync',
        '-d',
        '--list-only',
        '--protect-args',
        '-e',
        expand('"ssh $options -o \'UserKnownHostsFile=/dev/null $known\'"'),
        `${user}@${server}:${path}/`,
      ],
      deadline: connect + 15,
      login: true,
      typed: `rsync -d --list-only -e 'ssh -o BatchMode=yes' ${quote([`${user}@${server}:${path}/`])}`,
    },
    {
      // A handshake that waited in vain has told enough; asking again would cost the same wait.
      name: 'login',
      when: `[ $code != 0 ] && [ $SECONDS -lt ${connect} ]`,
      argv: ['ssh', expand('$options'), '-o', expand('"UserKnownHostsFile=/dev/null $known"'), '-l', user, server, 'hostname'],
      deadline: connect + 5,
      login: true,
      typed: `ssh -o BatchMode=yes -l ${user} ${server} hostname`,
    },
  ];
  const setup = [
    `options=${quote([options])}`,
    `known=$(ssh -G -l ${quote([user])} ${quote([server])} 2>/dev/null | sed -n 's/^userknownhostsfile //p')`,
    'known=${known:-~/.ssh/known_hosts}',
    'SECONDS=0',
  ].join('\n');
  const facts = await survey(shell, probes, { deadline: connect * 3 + site.deadlines.command, setup });
  const login = readDriverLogin(facts, host.name, server);
  return { host, survey: facts, ...(login && { login }) };
}

/** The handshake proves the login; when it fails, the plain login decides, and where that was not tried, what ssh said through rsync. */
function readDriverLogin(facts: Survey, from: string, to: string): Login | undefined {
  const handshake = facts.answers.get('handshake');
  const plain = facts.answers.get('login');
  if (!handshake) return undefined;
  const evidence = plain ? [handshake, plain] : [handshake];
  if (handshake.exitCode === 0) return { from, to, evidence };
  const failure = plain ? readLogin(plain) : (clientFailure(handshake.stderr) ?? { kind: 'silent' as const, message: 'no answer in time' });
  return { from, to, evidence, ...(failure && { failure }) };
}
