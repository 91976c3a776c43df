/**
 * The driver's plain command beside the suite's own: in a world of logins or transfers it is run as OpenNebula runs it, with nothing of ours added, and
 * who gets through by it is held against the verdict.
 */
import { AGENT } from '../../lab/faults/fault.ts';
import type { Lab } from '../../lab/machines/lab.ts';
import { find, type Tree, text } from '../../lab/opennebula/tree.ts';
import type { Verdict } from './judge.ts';
import { fqdn, type World } from './world.ts';

const OF_THE_ROAD = ['BDS-101', 'BDS-102', 'BDS-103', 'BDS-104', 'BDS-105', 'BDS-303', 'BDS-404'];

/** Whether a world is one in which the driver's command is run, too. Of those that are benign only the named ones are. */
export const isOfTheRoad = ({ group, name, profile }: Pick<World, 'group' | 'name' | 'profile'>): boolean =>
  profile === undefined &&
  (OF_THE_ROAD.includes(group) || /^(mux|shared|rrsync|rsync-args|server-banner|other-key|local-command|function)/.test(name));

/** What a transfer leaves, and where it comes from. */
const BESIDE = 'beside';
/** Some say nothing for as long as TCP does. */
const PATIENCE = 12;

/** `ssh` as the driver types it, with a script for the bash at its end. Source: OpenNebula 7.4.0, src/datastore_mad/remotes/rsync/backup. */
async function remote(lab: Lab, to: string, script: string, options: readonly string[] = []): Promise<number> {
  const preamble = 'export LANG=C\nexport LC_ALL=C\nexport PATH=$PATH:/usr/sbin:/sbin\n';
  const ssh = ['ssh', '-o', 'ControlMaster=no', '-o', 'ControlPath=none', ...options, to, 'bash', '-s'];
  const argv = ['timeout', String(PATIENCE), 'env', `SSH_AUTH_SOCK=${AGENT}`, ...ssh];
  return (await lab.shell('frontend01', argv, { input: `${preamble}${script}\n` })).exitCode;
}

/** The hosts whose transfer arrives, of those that were tried. A host is named as OpenNebula lists it. */
async function whoGetsThrough(lab: Lab, hosts: readonly string[]): Promise<ReadonlyMap<string, boolean>> {
  const { datastores } = await lab.openNebula();
  const datastore = datastores.find(({ NAME }) => NAME === 'rsync Backups') as Tree;
  const server = `${text(datastore, 'TEMPLATE/RSYNC_USER')}@${text(datastore, 'TEMPLATE/RSYNC_HOST')}`;
  const args = find(datastore, 'TEMPLATE/RSYNC_ARGS') ?? '-aS';
  const to = `${text(datastore, 'BASE_PATH')}/${BESIDE}`;
  const machines = ['frontend01', ...hosts];
  const asOneadmin = (machine: string, script: string) => lab.shell(machine, ['sh', '-c', script]);
  // The driver's own logins keep the keys that are new to them.
  for (const machine of machines) await asOneadmin(machine, 'rm -rf /tmp/keys-before; [ ! -e ~/.ssh ] || cp -a ~/.ssh /tmp/keys-before');
  const arrived = new Map<string, boolean>();
  try {
    for (const host of hosts) {
      await asOneadmin(host, `mkdir -p /tmp/${BESIDE}; echo data > /tmp/${BESIDE}/disk.0`);
      const made = await remote(lab, server, `mkdir -p ${to}`);
      const script = `set -e -o pipefail\nrsync ${args} /tmp/${BESIDE}/ ${server}:${to}/${host}/ > /dev/null`;
      const sent = made === 0 ? await remote(lab, fqdn(host), script, ['-o', 'ForwardAgent=yes']) : made;
      const there = await asOneadmin('backup01', `cat ${to}/${host}/disk.0`);
      arrived.set(host, sent === 0 && there.stdout === 'data\n');
      await asOneadmin(host, `rm -rf /tmp/${BESIDE}`);
    }
  } finally {
    await asOneadmin('backup01', `rm -rf ${to}`);
    for (const machine of machines) {
      await asOneadmin(
        machine,
        '[ -e /tmp/keys-before/known_hosts ] && cp -a /tmp/keys-before/known_hosts ~/.ssh/ || rm -f ~/.ssh/known_hosts; rm -rf /tmp/keys-before',
      );
    }
  }
  return arrived;
}

/** What lets nothing of a host's transfer through when it is not met, though BDS-102 is. */
const OTHERS = ['BDS-101', 'BDS-104', 'BDS-105', 'BDS-201', 'BDS-301', 'BDS-303', 'BDS-403', 'BDS-404'];

/** Where the driver's plain command and the verdict do not agree on who gets through. */
export async function driverDisagrees(lab: Lab, { requirements }: Verdict): Promise<string[]> {
  const hosts = lab.machines.map(({ name }) => name).filter((name) => name.startsWith('kvm'));
  const outcomeOf = (id: string, host: string) => {
    const found = requirements.find((requirement) => requirement.id === id);
    return found?.machines.get(fqdn(host)) ?? found?.outcome;
  };
  const arrived = await whoGetsThrough(lab, hosts);
  return [...arrived].flatMap(([host, isThrough]) => {
    const door = outcomeOf('BDS-102', host);
    const shut = ['BDS-101', 'BDS-102'].filter((id) => outcomeOf(id, host) === 'not-met');
    if (isThrough && shut.length > 0) return [`${host}: the driver's plain command gets through, and ${shut.join(', ')} says not met`];
    if (isThrough || door !== 'met') return [];
    const said = OTHERS.some((id) => ['not-met', 'undetermined'].includes(outcomeOf(id, host) ?? ''));
    return said ? [] : [`${host}: the driver's plain command does not get through, and nothing says so`];
  });
}
