import type { Asked, Audited } from '../facts/audited.ts';
import type { BackupServerFacts } from '../facts/backup-server.ts';
import { bridgeFor } from '../facts/bridge.ts';
import { registeredDatastore, releaseOf } from '../facts/frontend.ts';
import { numberlessOf } from '../facts/libvirt.ts';
import { vmsOf } from '../facts/missing.ts';
import { BRIDGES_SINCE, sendsByBridges } from '../facts/release.ts';
import type { Sender } from '../facts/transfer.ts';
import { MiB } from '../machines/shell.ts';
import type { Datastore } from '../opennebula/pools.ts';
import { readRsyncArgs, STOCK_ARGS } from '../opennebula/rsync-args.ts';
import { declaredAttributes, driftOf, OF_EMPTY_TMP, savedOf, tmpDirectoryOf, watched } from '../opennebula/template.ts';
import { text } from '../opennebula/xml.ts';
import { count } from '../outcome/figures.ts';
import { blockedBy, expecting, firstFew, type Judgement, withoutStop } from '../outcome/judgement.ts';
import { atAnotherMachine, sendersOf } from './access.ts';
import { check } from './check.ts';

const STAT_ON = 'STAT on proves nothing by itself: OpenNebula shows it for a server that is gone, too.';

/** BDS-402: the list shows the datastore as TYPE bck, DS rsync, TM -, STAT on. */
export const listedAsRsyncBackup = check('BDS-402', [], ({ frontend, site }) => {
  const { name } = site.datastore;
  const { datastores } = frontend;
  const expected = expecting(frontend.name, `a datastore “${name}” with TYPE bck, DS rsync, TM -, STAT on`);
  if ('fault' in datastores) return expected.unseen(datastores);
  const { value, evidence } = datastores;
  const [datastore, ...same] = value.filter((candidate) => candidate.name === name);
  if (datastore && same.length > 0) {
    // Names are unique to their owners only.
    const all = [datastore, ...same];
    const found = `${all.length} datastores of that name${all.some(isWanted) ? ', and cannot tell which is meant' : ', none as it should be'}: ${all.map((each) => `${each.id} (${asListed(each)})`).join(', ')}`;
    const next = { found, fix: `Rename one: onedatastore rename ${same[0]?.id} NEW_NAME`, evidence };
    return all.some(isWanted) ? expected.undetermined(next) : expected.notMet(next);
  }
  if (!datastore) {
    const others = value.filter(({ type }) => type === 'bck').map((other) => `“${other.name}”`);
    const found = others.length === 0 ? 'no backup datastore at all' : `backup datastores ${others.join(', ')}`;
    const next = others.length === 0 ? 'Register it' : 'If one of these is meant, correct its name in the site file. Else register it';
    return expected.notMet({
      found,
      fix: `${next}: backup-compliance setup, or by hand from a template: onedatastore create`,
      evidence,
    });
  }
  if (isWanted(datastore)) return expected.met({ measured: `datastore ${datastore.id}: ${asListed(datastore)}`, evidence, note: STAT_ON });
  const found = `datastore ${datastore.id} with ${asListed(datastore)}`;
  return expected.notMet({ found, fix: `Look at it: onedatastore show ${datastore.id}`, evidence });
});

const isWanted = ({ type, dsMad, tmMad, state }: Datastore) => type === 'bck' && dsMad === 'rsync' && tmMad === '-' && state === 'on';
const asListed = ({ type, dsMad, tmMad, state }: Datastore) => `TYPE ${type}, DS ${dsMad}, TM ${tmMad}, STAT ${state}`;

/** A requirement of the declared datastore, which BDS-402 finds. */
export const ofDatastore = (
  id: string,
  asks: readonly Asked[],
  judge: (datastore: Datastore, cloud: Audited) => Judgement | readonly Judgement[],
) =>
  check(id, asks, (cloud) => {
    const datastore = registeredDatastore(cloud);
    return datastore ? judge(datastore, cloud) : blockedBy('BDS-402', `finds no rsync backup datastore “${cloud.site.datastore.name}”`);
  });

/** BDS-403: the saved template names the declared user and server. Hosts are concerned where another name is saved. */
export const templateNamesServer = ofDatastore('BDS-403', ['server', 'hosts by another name'], (datastore, cloud) => {
  const { frontend, server, site } = cloud;
  const senders = sendersOf(cloud);
  const { id, template } = datastore;
  const [user, host] = [text(template, 'RSYNC_USER'), text(template, 'RSYNC_HOST')];
  const { rsync_user: declaredUser, rsync_host: declaredHost } = site.datastore;
  const expected = expecting(`datastore ${id}`, `RSYNC_USER “${declaredUser}” and RSYNC_HOST “${declaredHost}” as declared`);
  const { evidence } = frontend.datastores;
  const fix = `Correct the one that is wrong: onedatastore update ${id}, or the site file.`;
  const twice = ['RSYNC_USER', 'RSYNC_HOST'].filter((name) => savedOf(datastore, name).length > 1);
  if (twice.length > 0) {
    const found = twice.map(
      (name) =>
        `${name} twice, ${savedOf(datastore, name)
          .map((value) => `“${value}”`)
          .join(' and ')}`,
    );
    return expected.notMet({ found: found.join('; '), fix: `Leave one of each: onedatastore update ${id}`, evidence });
  }
  if (user !== declaredUser) return expected.notMet({ found: user === '' ? 'no RSYNC_USER' : `RSYNC_USER “${user}”`, fix, evidence });
  if (host === '') return expected.notMet({ found: 'no RSYNC_HOST', fix, evidence });
  if (host.includes(':'))
    return expected.notMet({
      found: `the IPv6 literal “${host}”, which rsync and ssh want written in different ways`,
      fix: `Give the server a name: onedatastore update ${id}`,
      evidence,
    });
  const measured = `${user}@${host}`;
  if (host === declaredHost) return expected.met({ measured, evidence });
  const saved = [server.savedLogin, ...senders.map((each) => each.savedLogin)];
  const all = [...evidence, ...saved.flatMap((each) => each?.evidence ?? [])];
  const doubtful = ({ isSure, found }: Doubt, next: string) =>
    expected[isSure ? 'notMet' : 'undetermined']({ found: `RSYNC_HOST “${host}”, ${found}`, fix: next, evidence: all });
  const other = otherServer(server);
  if (other) return doubtful(other, fix);
  // Hosts send the data there by that name, each as it knows it.
  const astray = senders.flatMap((each) => strayed(each, server));
  if (astray.length > 0) {
    const isSure = astray.some((doubt) => doubt.isSure);
    const found = `which is the same server to the front-end, but ${isSure ? '' : 'perhaps '}not to every ${cloud.bridges.length > 0 ? 'bridge host' : 'hypervisor host'}: ${firstFew(astray.map((doubt) => doubt.found))}`;
    const next = `Make the name known there as on the front-end (getent hosts ${host}), or save the declared one: onedatastore update ${id}`;
    return doubtful({ isSure, found }, next);
  }
  return expected.met({
    measured,
    evidence: all,
    note: `OpenNebula has it saved as “${host}”, which shows the same host key as ${declaredHost}.`,
  });
});

/** The server that backups are on where it is not the declared one, which is the one that is looked at, whoever answers for that. */
function otherBackupServer(cloud: Audited): string | undefined {
  const { server, site } = cloud;
  const host = text(registeredDatastore(cloud)?.template, 'RSYNC_HOST');
  return host === site.datastore.rsync_host || !otherServer(server) ? undefined : `“${host}”`;
}

/** Nothing is known of backups on a server where nobody has looked; undefined where they are on the one that is looked at. */
export function storedElsewhere(cloud: Audited): Judgement | undefined {
  const { frontend, server } = cloud;
  const other = otherBackupServer(cloud);
  if (other === undefined) return undefined;
  return expecting(server.name, 'the server that OpenNebula has the backups on').undetermined({
    found: `RSYNC_HOST ${other} saved, where nobody has looked`,
    fix: `Correct the one that is wrong: onedatastore update ${registeredDatastore(cloud)?.id}, or the site file.`,
    evidence: frontend.datastores.evidence,
  });
}

/**
 * The machine that sends the backups of a VM, where they go, or may go, to another server than the one that is looked at, and the
 * requirement that says so; undefined where it does not. Of a VM on no host that is known, all such machines.
 */
export function astray(cloud: Audited, vm: string): { readonly id: string; readonly names: string } | undefined {
  const here = cloud.server.login.hostKey?.fingerprint;
  const host = vmsOf(cloud.frontend).find(({ id }) => id === vm)?.host;
  const own = cloud.bridges.length > 0 ? bridgeFor(cloud, vm)?.name : host;
  const senders = sendersOf(cloud);
  const isKnown = senders.some(({ subject }) => subject.name === own);
  const found = senders.filter((sender) => {
    if (isKnown && sender.subject.name !== own) return false;
    const { login, comparedLogin, savedLogin } = sender;
    // One that does not get in sends nothing anywhere.
    if ((savedLogin ?? login)?.failure) return false;
    const keys = (savedLogin ? [savedLogin] : [login, comparedLogin]).flatMap((each) => each?.hostKey ?? []);
    const isShown = keys.some(({ fingerprint }) => fingerprint === here);
    if (savedLogin && isShown) return otherMachine(sender, cloud.server) !== undefined;
    return (keys.length > 0 && !isShown) || (!savedLogin && atAnotherMachine(sender, cloud)?.outcome === 'not-met');
  });
  const names = firstFew(found.map(({ subject }) => subject.name));
  return found.length === 0 ? undefined : { id: found.some(({ savedLogin }) => savedLogin) ? 'BDS-403' : 'BDS-105', names };
}

/** Why a machine may not be the declared server. */
interface Doubt {
  /** That settles it. */
  readonly isSure: boolean;
  readonly found: string;
}

/** Undefined when the saved host shows the host key of the declared one; else what it shows. */
function otherServer(server: BackupServerFacts): Doubt | undefined {
  const { savedLogin: saved, login: declared } = server;
  // No host key and no failure: ssh was not given what is saved, as it is no name of a machine.
  if (!saved?.hostKey) {
    if (!saved?.failure) return { isSure: true, found: 'which is no name of a machine' };
    const said = withoutStop(saved.failure.message);
    if (saved.failure.kind === 'refused') return { isSure: true, found: `which the front-end does not get through to: ${said}` };
    return { isSure: false, found: `whose host key could not be checked: ${said}` };
  }
  if (!declared.hostKey) return { isSure: false, found: `and no host key of ${declared.to} to compare that one's with, see BDS-101` };
  if (saved.hostKey.fingerprint === declared.hostKey.fingerprint) {
    const doubt = otherMachine(server, server);
    return doubt && { ...doubt, found: `which shows ${doubt.found}` };
  }
  if (saved.hostKey.type !== declared.hostKey.type) {
    const found = `which shows a key of type ${saved.hostKey.type}, where ${declared.to} shows one of type ${declared.hostKey.type}: whether they are the same server is unknown`;
    return { isSure: false, found };
  }
  return { isSure: true, found: 'which does not show the same host key' };
}

/** Machines that were cloned show the same host key. Undefined where the saved name leads to the declared server, or to the same address; else what is known of it. */
function otherMachine(
  { savedLogin, savedIdentity, login }: Pick<Sender, 'savedLogin' | 'savedIdentity' | 'login'>,
  server: BackupServerFacts,
): Doubt | undefined {
  const unseen = [savedIdentity, server.identity].find((each) => each && 'fault' in each);
  if (savedIdentity && 'value' in savedIdentity && 'value' in server.identity)
    return savedIdentity.value === server.identity.value ? undefined : { isSure: true, found: 'the same host key, and is another machine' };
  const address = savedLogin?.hostKey?.address;
  if (address !== undefined && [login, server.login].some((each) => each?.hostKey?.address === address)) return undefined;
  const why = unseen && 'fault' in unseen ? unseen.fault : 'it was not asked';
  return { isSure: false, found: `the same host key, and whether it is the same machine could not be looked at: ${withoutStop(why)}` };
}

/** What a host found by the saved name, unless it is the declared server: that shows it, or the front-end, the same key. */
function strayed(sender: Sender, server: BackupServerFacts): Doubt[] {
  const { savedLogin: saved, login } = sender;
  const declared = server.login;
  if (!saved) return [];
  const { from, to, failure, hostKey } = saved;
  if (failure) return [{ isSure: failure.kind === 'refused', found: `${from}: ${withoutStop(failure.message)}` }];
  const alike = [login, declared].flatMap((one) => (hostKey && one?.hostKey?.type === hostKey.type ? one.hostKey : []));
  if (alike.length === 0)
    return [{ isSure: false, found: `${from}: ${to} shows no host key that could be compared with ${declared.to}'s` }];
  if (alike.some(({ fingerprint }) => fingerprint === hostKey?.fingerprint)) {
    const doubt = otherMachine(sender, server);
    return doubt ? [{ ...doubt, found: `${from}: ${to} shows ${doubt.found}` }] : [];
  }
  return [{ isSure: true, found: `${from}: ${to} shows another host key` }];
}

/** BDS-404: nothing else in the saved template has drifted, and the driver's rsync works with what is saved. Hosts are concerned where arguments are. */
export const templateHasNotDrifted = ofDatastore('BDS-404', ['server', 'hosts'], (datastore, cloud) => {
  const { frontend, site } = cloud;
  const { id } = datastore;
  const expected = expecting(`datastore ${id}`, 'a saved template as the site file declares it, with which rsync works');
  const wanted = { ...watched, ...declaredAttributes(site) };
  const drift = driftOf(datastore, wanted, site.account);
  const release = releaseOf(frontend);
  // Declared or not, an earlier driver does not read it.
  const ignored = sendsByBridges(release) ? [] : drift.filter((each) => each.startsWith('BRIDGE_LIST '));
  const drifted = drift.filter((each) => !ignored.includes(each));
  const aliases = aliasTrouble(cloud);
  const trouble: readonly Trouble[] = [
    ...limitTrouble(datastore, cloud),
    ...tmpTrouble(datastore),
    ...argumentTrouble(datastore, cloud),
    ...aliases,
  ];
  const evidence = [
    ...frontend.datastores.evidence,
    ...(trouble.length === 0 ? [] : sendersOf(cloud).flatMap(({ handshake }) => handshake.evidence)),
    ...aliases.flatMap(({ evidence: said }) => said),
    ...(trouble.some(({ onServer }) => onServer) ? (cloud.server.otherRsync?.evidence ?? []) : []),
  ];
  const [bridges] = ignored;
  const note = bridges && { note: `${bridges}: OpenNebula ${release} ignores it; from ${BRIDGES_SINCE} on backups would take that way.` };
  const measured = `${count(Object.keys(wanted).length, 'attribute')} compared`;
  if (drifted.length === 0 && trouble.length === 0) return expected.met({ measured, evidence, ...note });
  const declare = drifted.some((each) => each.startsWith('BRIDGE_LIST ')) ? 'datastore.bridge_list' : 'datastore.template';
  const restore = `Correct it (onedatastore update ${id}), or declare it under ${declare} in the site file.`;
  const fix = [...new Set([...trouble.map((each) => each.fix), ...(drifted.length > 0 ? [restore] : [])])].join(' ');
  const found = [...drifted, ...trouble.map((each) => each.found)].join('; ');
  const isSure = drifted.length > 0 || trouble.some(({ kind }) => kind !== 'untold');
  return expected[isSure ? 'notMet' : 'undetermined']({ found: `that ${found}`, fix, evidence, ...note });
});

/** Limits that are no numbers. The driver reads them with Ruby's Integer, which ends it: src/tm_mad/lib/datastore.rb. */
function limitTrouble(datastore: Datastore, { frontend }: Audited): Trouble[] {
  const { sure, unsure } = numberlessOf(datastore, releaseOf(frontend));
  const fix = `Save a whole number, or remove the attribute: onedatastore update ${datastore.id}`;
  const found = (some: readonly string[]) => `${some.join(' and ')}, which is no whole number`;
  return [
    ...(sure.length > 0 ? [{ kind: 'fails' as const, found: `${found(sure)}: the driver ends there, and so does every backup`, fix }] : []),
    ...(unsure.length > 0 ? [{ kind: 'untold' as const, found: found(unsure), fix }] : []),
  ];
}

/** An RSYNC_TMP_DIR that is not what it says. */
function tmpTrouble(datastore: Datastore): Trouble[] {
  if (tmpDirectoryOf(datastore) !== OF_EMPTY_TMP) return [];
  const found =
    'RSYNC_TMP_DIR is saved empty, which is not the same as none: increments are put together in a directory “{}” in the home of RSYNC_USER';
  return [{ kind: 'works', found, fix: `Remove it, and they are put together in /var/tmp: onedatastore update ${datastore.id}` }];
}

/** What is wrong with the saved RSYNC_ARGS, RSYNC_TMP_DIR or limits. fails: every transfer fails, or copies nothing. works: transfers may work. untold: an audit cannot tell. */
interface Trouble {
  readonly kind: 'fails' | 'works' | 'untold';
  readonly found: string;
  readonly fix: string;
  readonly onServer?: boolean;
}

function argumentTrouble(datastore: Datastore, cloud: Audited): Trouble[] {
  const { server, site } = cloud;
  const senders = sendersOf(cloud);
  const [saved] = savedOf(datastore, 'RSYNC_ARGS');
  if (saved === undefined) return [];
  const correct = `Remove RSYNC_ARGS, and OpenNebula uses ${STOCK_ARGS}: onedatastore update ${datastore.id}. Or save others that rsync takes, and declare them under datastore.template.`;
  const fails = (found: string): Trouble => ({ kind: 'fails', found, fix: correct });
  const empty = (found: string): Trouble => ({
    kind: 'fails',
    found,
    fix: `${correct} Backups made meanwhile hold nothing: make them again.`,
  });
  const untold = (found: string): Trouble => ({
    kind: 'untold',
    found,
    fix: 'Take it out, or see by a restore test whether backups work with it: backup-compliance gate',
  });
  const idle = 'rsync copies nothing, and OpenNebula calls the backup READY';
  if (saved.trim() === '') return [empty(`RSYNC_ARGS is saved empty, which is not the same as none: ${idle}`)];
  const { run, shell, program, idle: without, others } = readRsyncArgs(saved);
  const refused = senders.flatMap(({ subject, handshake }) =>
    'value' in handshake && handshake.value.state === 'refused' ? [`${subject.name}: “${withoutStop(handshake.value.said)}”`] : [],
  );
  const isWhole = others.length === 0 && shell === undefined;
  const copied = senders.flatMap(({ handshake }) =>
    'value' in handshake && handshake.value.state === 'answered' ? [handshake.value.copies] : [],
  );
  const to = site.datastore.rsync_host;
  return [
    ...(without.length > 0 ? [empty(`RSYNC_ARGS has ${without.join(' ')}, with which ${idle}`)] : []),
    ...(refused.length > 0 ? [fails(`rsync refuses RSYNC_ARGS “${run.join(' ')}” (${firstFew(refused)})`)] : []),
    ...(isWhole && copied.includes(false) && without.length === 0 ? [empty(`with RSYNC_ARGS “${saved}” ${idle}`)] : []),
    ...(isWhole && copied.includes(undefined) ? [untold(`with RSYNC_ARGS “${saved}” rsync does not say what it would copy`)] : []),
    ...(shell === undefined
      ? []
      : [
          {
            kind: 'works' as const,
            found: `RSYNC_ARGS has “${shell}”, by which rsync alone would log in: all other steps of the driver use plain ssh`,
            fix: `Put what it says into ~/.ssh/config on the front-end and on each hypervisor host, under Host ${to}, and take it out of RSYNC_ARGS (onedatastore update ${datastore.id}).`,
          },
        ]),
    ...(program === undefined ? [] : programTrouble(program, server, to, correct)),
    ...(others.length > 0 ? [untold(`RSYNC_ARGS has “${others.join(' ')}”, which an audit does not run`)] : []),
  ];
}

/** What popt adds to the options of rsync, of machines that answer: it may leave out files, and rsync says nothing of it. */
function aliasTrouble(cloud: Audited): (Trouble & Pick<Judgement, 'evidence'>)[] {
  return sendersOf(cloud).flatMap(({ subject: { name }, handshake, aliases }) => {
    if ('fault' in handshake || ('value' in aliases && aliases.value.length === 0)) return [];
    const found =
      'fault' in aliases
        ? `whether rsync has aliases on ${name} is not known: ${withoutStop(aliases.fault)}`
        : `rsync has aliases on ${name}, which an audit does not follow: “${firstFew(aliases.value)}”`;
    const fix = `On ${name}, remove the lines about rsync from ~/.popt and /etc/popt, or see by a restore test whether backups work with them: backup-compliance gate`;
    return [{ kind: 'untold' as const, found, fix, evidence: aliases.evidence }];
  });
}

/** --rsync-path: what is started there must be a rsync. */
function programTrouble(program: string, { otherRsync }: Audited['server'], to: string, fix: string): Trouble[] {
  const what = `RSYNC_ARGS starts “${program}” on ${to}`;
  if (!otherRsync || 'fault' in otherRsync)
    return [
      { kind: 'untold', found: `${what}, which could not be checked: ${otherRsync?.fault ?? 'it was not asked'}`, fix, onServer: true },
    ];
  const { value } = otherRsync;
  if (value.state === 'runs') return [];
  return [{ kind: 'fails', found: `${what}, where there is ${value.state === 'absent' ? 'none' : value.how}`, fix, onServer: true }];
}

/** Whether what is saved makes every transfer fail, or copy nothing. */
export function failsByArguments(cloud: Audited): boolean {
  const datastore = registeredDatastore(cloud);
  return (
    datastore !== undefined &&
    [...limitTrouble(datastore, cloud), ...argumentTrouble(datastore, cloud)].some(({ kind }) => kind === 'fails')
  );
}

/** How far OpenNebula's figures may be from the server's: parts, and MiB. */
const TOLERANCE = { total: 0.01, rounded: 1, free: 0.05, freeMb: 1024 };

/** BDS-405: OpenNebula's capacity figures match the backup server; of another one, which BDS-403 finds, nothing is known. */
export const capacityIsReal = ofDatastore(
  'BDS-405',
  ['server', 'hosts by another name'],
  ({ id, totalMb, freeMb }, { frontend, server: { name, space } }) => {
    const expected = expecting(`datastore ${id}`, `the capacity that OpenNebula monitors to be that of ${name}`);
    if ('fault' in space) return expected.unseen(space);
    const { totalBytes, availableBytes } = space.value.storage;
    const [realTotal, realFree] = [Math.round(totalBytes / MiB), Math.round(availableBytes / MiB)];
    const measured = `TOTAL_MB ${totalMb} (server ${realTotal}), FREE_MB ${freeMb} (server ${realFree})`;
    const evidence = [...frontend.datastores.evidence, ...space.evidence];
    const fix = `OpenNebula asks every 300 s; if it stays so, read the monitoring of the datastore in /var/log/one/oned.log.`;
    const wrong = (found: string) => expected.notMet({ found, fix, measured, evidence });
    const unnumbered = Object.entries({ TOTAL_MB: totalMb, FREE_MB: freeMb }).flatMap(([figure, value]) =>
      Number.isNaN(value) ? figure : [],
    );
    if (unnumbered.length > 0) return expected.notMet({ found: `no number for ${unnumbered.join(' and ')}`, fix, evidence });
    if (totalMb <= 0) return wrong(`TOTAL_MB ${totalMb}: its monitoring does not reach the server, though the list says “on”`);
    if (Math.abs(totalMb - realTotal) > Math.max(TOLERANCE.total * realTotal, TOLERANCE.rounded))
      return wrong(`TOTAL_MB ${totalMb} where the server has ${realTotal}`);
    // A gibibyte more or less is nothing, unless there is hardly more than that: of what is left it is never more than half.
    const tolerated = Math.max(Math.min(Math.max(TOLERANCE.free * realFree, TOLERANCE.freeMb), realFree / 2), TOLERANCE.rounded);
    if (freeMb < 0 || Math.abs(freeMb - realFree) > tolerated) return wrong(`FREE_MB ${freeMb} where the server has ${realFree}`);
    return expected.met({ measured, evidence });
  },
);
