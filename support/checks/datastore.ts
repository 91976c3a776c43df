import type { BackupServerFacts } from '../facts/backup-server.ts';
import type { FrontendFacts } from '../facts/frontend.ts';
import type { HypervisorFacts } from '../facts/hypervisor.ts';
import type { Login } from '../facts/login.ts';
import { readSpace } from '../facts/space.ts';
import type { Datastore } from '../opennebula/pools.ts';
import { children, text } from '../opennebula/xml.ts';
import { firstFew, type Judgement, met, withoutStop } from '../outcome/judgement.ts';
import { worst } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';
import { answersOf, notLetIn, poolOf, registered } from './barriers.ts';
import { unanswered } from './programs.ts';

const STAT_ON = 'STAT on proves nothing by itself: OpenNebula shows it for a server that is gone, too.';

/** BDS-402: the list shows the datastore as TYPE bck, DS rsync, TM -, STAT on. */
export function listedAsRsyncBackup(frontend: FrontendFacts, site: Site): Judgement {
  const pool = poolOf(frontend, site, frontend.datastores, 'datastores');
  if ('barrier' in pool) return pool.barrier;
  const { name } = site.datastore;
  const evidence = answersOf(frontend, 'datastores');
  const expected = `${frontend.hostname}: expected a datastore “${name}” with TYPE bck, DS rsync, TM -, STAT on`;
  const datastore = pool.value.find((candidate) => candidate.name === name);
  if (!datastore) {
    const others = pool.value.filter(({ type }) => type === 'bck').map((other) => `“${other.name}”`);
    const found = others.length === 0 ? 'no backup datastore at all' : `backup datastores ${others.join(', ')}`;
    const next = others.length === 0 ? 'Register it' : 'If one of these is meant, correct its name in the site file. Else register it';
    return {
      outcome: 'not-met',
      reason: `${expected}, found ${found}. ${next}: npx backup-compliance setup, or by hand from a template: onedatastore create`,
      evidence,
    };
  }
  const { id, type, dsMad, tmMad, state } = datastore;
  if (type === 'bck' && dsMad === 'rsync' && tmMad === '-' && state === 'on') return met({ evidence, note: STAT_ON });
  return {
    outcome: 'not-met',
    reason: `${expected}, found datastore ${id} with TYPE ${type}, DS ${dsMad}, TM ${tmMad}, STAT ${state}. Look at it: onedatastore show ${id}`,
    evidence,
  };
}

/** BDS-403: the saved template names the declared user and server. */
export function templateNamesServer(
  frontend: FrontendFacts,
  server: BackupServerFacts,
  hypervisors: readonly HypervisorFacts[],
  site: Site,
): Judgement {
  const found = registered(frontend, site);
  if ('barrier' in found) return found.barrier;
  const { id, template } = found.value;
  const evidence = answersOf(frontend, 'datastores');
  const [user, host] = [text(template, 'RSYNC_USER'), text(template, 'RSYNC_HOST')];
  const { rsync_user: declaredUser, rsync_host: declaredHost } = site.datastore;
  const expected = `datastore ${id}: expected RSYNC_USER “${declaredUser}” and RSYNC_HOST “${declaredHost}” as declared`;
  const next = `Correct the one that is wrong: onedatastore update ${id}, or the site file.`;
  const wrong = (found: string): Judgement => ({ outcome: 'not-met', reason: `${expected}, found ${found}. ${next}`, evidence });
  if (user !== declaredUser) return wrong(user === '' ? 'no RSYNC_USER' : `RSYNC_USER “${user}”`);
  if (host === '') return wrong('no RSYNC_HOST');
  if (host.includes(':'))
    return {
      outcome: 'not-met',
      reason: `${expected}, found the IPv6 literal “${host}”, which rsync and ssh want written in different ways. Give the server a name: onedatastore update ${id}`,
      evidence,
    };
  if (host === declaredHost) return met({ evidence });
  const { savedHost, login } = server;
  const both = [...evidence, ...[savedHost, ...hypervisors.map(({ savedLogin }) => savedLogin)].flatMap((saved) => saved?.evidence ?? [])];
  const other = otherServer(savedHost, login);
  // Hypervisors send the data there by that name, each as it knows it.
  const astray = other ? [] : hypervisors.flatMap((hypervisor) => strayed(hypervisor, login));
  if (astray.length > 0) {
    const outcome = worst(astray.map((one) => one.outcome));
    const reason = `${expected}, found RSYNC_HOST “${host}”, which is the same server to the front-end, but ${outcome === 'not-met' ? '' : 'perhaps '}not to every hypervisor: ${firstFew(astray.map((one) => one.found))}. Make the name known there as on the front-end (getent hosts ${host}), or save the declared one: onedatastore update ${id}`;
    return { outcome, reason, evidence: both };
  }
  if (other === undefined)
    return met({ evidence: both, note: `OpenNebula has it saved as “${host}”, which shows the same host key as ${declaredHost}.` });
  return { outcome: other.outcome, reason: `${expected}, found RSYNC_HOST “${host}”, ${other.found}. ${next}`, evidence: both };
}

/** Undefined when the saved host shows the host key of the declared one; else what it shows, and whether that settles it. */
function otherServer(saved: Login | undefined, declared: Login): (Pick<Judgement, 'outcome'> & { found: string }) | undefined {
  // No host key and no failure: ssh was not given what is saved, as it is no name of a machine.
  if (!saved?.hostKey) {
    if (!saved?.failure) return { outcome: 'not-met', found: 'which is no name of a machine' };
    const said = withoutStop(saved.failure.message);
    if (saved.failure.kind === 'refused') return { outcome: 'not-met', found: `which does not show the same host key: ${said}` };
    return { outcome: 'undetermined', found: `whose host key could not be looked at: ${said}` };
  }
  if (!declared.hostKey)
    return { outcome: 'undetermined', found: `and no host key of ${declared.to} to compare that one's with, see BDS-101` };
  if (saved.hostKey.fingerprint === declared.hostKey.fingerprint) return undefined;
  if (saved.hostKey.type !== declared.hostKey.type) {
    const found = `which shows a key of type ${saved.hostKey.type}, where ${declared.to} shows one of type ${declared.hostKey.type}: whether they are the same server cannot be told`;
    return { outcome: 'undetermined', found };
  }
  return { outcome: 'not-met', found: 'which does not show the same host key' };
}

/** What a hypervisor found by the saved name, unless it is the declared server: that shows it, or the front-end, the same key. */
function strayed({ savedLogin: saved, login }: HypervisorFacts, declared: Login): (Pick<Judgement, 'outcome'> & { found: string })[] {
  if (!saved) return [];
  const { from, to, failure, hostKey } = saved;
  if (failure)
    return [{ outcome: failure.kind === 'refused' ? 'not-met' : 'undetermined', found: `${from}: ${withoutStop(failure.message)}` }];
  const alike = [login, declared].flatMap((one) => (hostKey && one?.hostKey?.type === hostKey.type ? one.hostKey : []));
  if (alike.length === 0)
    return [{ outcome: 'undetermined', found: `${from}: ${to} shows no host key that could be compared with ${declared.to}'s` }];
  if (alike.some(({ fingerprint }) => fingerprint === hostKey?.fingerprint)) return [];
  return [{ outcome: 'not-met', found: `${from}: ${to} shows another host key` }];
}

/** Attributes that change what the driver does, and what they are where nobody sets them. */
export const watched: Readonly<Record<string, string>> = {
  TM_MAD: '-',
  RSYNC_ARGS: '',
  RSYNC_TMP_DIR: '',
  RSYNC_SPARSIFY: '',
  LIMIT_MB: '',
  LIMIT_TRANSFER_BW: '',
  BRIDGE_LIST: '',
  SAFE_DIRS: '/var/tmp',
  RESTRICTED_DIRS: '/',
};

/** BDS-404: nothing else in the saved template has drifted. */
export function templateHasNotDrifted(frontend: FrontendFacts, site: Site): Judgement {
  const found = registered(frontend, site);
  if ('barrier' in found) return found.barrier;
  const { id } = found.value;
  const evidence = answersOf(frontend, 'datastores');
  const drift = driftOf(found.value, { ...watched, ...site.datastore.template });
  if (drift.length === 0) return met({ evidence });
  return {
    outcome: 'not-met',
    reason: `datastore ${id}: ${drift.join('; ')}. Correct it (onedatastore update ${id}), or declare it under datastore.template in the site file.`,
    evidence,
  };
}

/** The attributes of a saved template that are not as wanted, each in words; an empty wanted one is to be missing. */
export function driftOf(datastore: Datastore, wanted: Readonly<Record<string, string>>): string[] {
  return Object.entries(wanted).flatMap(([attribute, value]) => {
    const saved = savedAttribute(datastore, attribute);
    // OpenNebula takes a template without TM_MAD and uses “-” all the same.
    if (saved === value || (attribute === 'TM_MAD' && saved === '')) return [];
    return [`${attribute} is ${saved === '' ? 'missing' : `“${saved}”`}, expected ${value === '' ? 'none' : `“${value}”`}`];
  });
}

function savedAttribute({ template }: Datastore, name: string): string {
  return children(template, name)
    .map((element) => (typeof element === 'string' ? element : ''))
    .join(' ');
}

const MiB = 1024 * 1024;
const TOTAL_TOLERANCE = 0.01;
const FREE_TOLERANCE = 0.05;
const FREE_TOLERANCE_MB = 1024;

/** BDS-405: its monitored capacity is real. */
export function capacityIsReal(frontend: FrontendFacts, server: BackupServerFacts, site: Site): Judgement {
  const found = registered(frontend, site);
  if ('barrier' in found) return found.barrier;
  const barrier = notLetIn(frontend, server, site);
  if (barrier) return barrier;
  const { id, totalMb, freeMb } = found.value;
  const answer = server.survey.answers.get('space');
  const space = readSpace(answer)?.[0];
  const { machine } = server.survey;
  const expected = `datastore ${id}: expected the capacity that OpenNebula monitors to be that of ${machine}`;
  if (!answer || !space) return unanswered(server.survey, expected, answer);
  const evidence = [...answersOf(frontend, 'datastores'), answer];
  const [realTotal, realFree] = [Math.round(space.totalBytes / MiB), Math.round(space.availableBytes / MiB)];
  const next = `OpenNebula asks every 300 s; if it stays so, read the monitoring of the datastore in /var/log/one/oned.log.`;
  const unnumbered = Object.entries({ TOTAL_MB: totalMb, FREE_MB: freeMb }).flatMap(([name, value]) => (Number.isNaN(value) ? name : []));
  if (unnumbered.length > 0)
    return { outcome: 'not-met', reason: `${expected}, found no number for ${unnumbered.join(' and ')}. ${next}`, evidence };
  if (totalMb <= 0)
    return {
      outcome: 'not-met',
      reason: `${expected}, found TOTAL_MB ${totalMb}: its monitoring does not reach the server, though the list says “on”. ${next}`,
      evidence,
    };
  if (Math.abs(totalMb - realTotal) > Math.max(TOTAL_TOLERANCE * realTotal, 1))
    return { outcome: 'not-met', reason: `${expected}, found TOTAL_MB ${totalMb} where the server has ${realTotal}. ${next}`, evidence };
  if (freeMb < 0 || Math.abs(freeMb - realFree) > Math.max(FREE_TOLERANCE * realFree, FREE_TOLERANCE_MB))
    return { outcome: 'not-met', reason: `${expected}, found FREE_MB ${freeMb} where the server has ${realFree}. ${next}`, evidence };
  return met({ evidence });
}

const OVERDUE = 15 * 60;

/** BDS-406: no scheduled backup to it is stuck. */
export function noBackupIsStuck(frontend: FrontendFacts, site: Site): Judgement {
  const found = registered(frontend, site);
  if ('barrier' in found) return found.barrier;
  const pool = poolOf(frontend, site, frontend.virtualMachines, 'virtual-machines');
  if ('barrier' in pool) return pool.barrier;
  const evidence = answersOf(frontend, 'virtual-machines', 'now');
  if (Number.isNaN(frontend.now))
    return unanswered(
      frontend.survey,
      `${frontend.hostname}: expected the time, to tell whether a scheduled backup is overdue`,
      frontend.survey.answers.get('now'),
    );
  const stuck = pool.value.flatMap((vm) =>
    vm.backupActions
      .filter(
        ({ datastoreId, dispatched, message, time }) =>
          datastoreId === found.value.id && !dispatched && (message !== '' || frontend.now - time > OVERDUE),
      )
      .map((action) => {
        const why =
          action.message === ''
            ? `overdue by ${Math.round((frontend.now - action.time) / 60)} minutes`
            : `rejected: ${withoutStop(action.message)}`;
        return { text: `${vm.name} (${vm.id}), action ${action.id}: ${why}`, command: `onevm sched-delete ${vm.id} ${action.id}` };
      }),
  );
  const [first] = stuck;
  if (!first) return met({ evidence });
  return {
    outcome: 'not-met',
    reason: `datastore ${found.value.id}: expected no scheduled backup to be stuck, found ${firstFew(stuck.map((each) => each.text))}. It blocks all later ones of its virtual machine. Remove it, then schedule it anew: ${first.command}`,
    evidence,
  };
}
