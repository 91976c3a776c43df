import type { Audited } from '../facts/audited.ts';
import { declaredDatastore, type FrontendFacts } from '../facts/frontend.ts';
import { type HostFacts, leftOut, subjectOf } from '../facts/host.ts';
import { type Login, mostFrequent } from '../facts/login.ts';
import { commonType, type Sender } from '../facts/transfer.ts';
import { BUSY, DROPPED } from '../machines/openssh.ts';
import type { Failure, ShownKey } from '../machines/shell.ts';
import { inQuotes } from '../machines/words.ts';
import type { Host } from '../opennebula/pools.ts';
import type { Evidence } from '../outcome/evidence.ts';
import { count, inSeconds } from '../outcome/figures.ts';
import { blockedBy, comesFirst, expecting, firstFew, type Judgement, notApplicable, withoutStop } from '../outcome/judgement.ts';
import { isNamed, type Subject } from '../outcome/subject.ts';
import { type Check, check } from './check.ts';
import { judgeRsync, rsyncOnBackupServer } from './programs.ts';
import { storageBelongsToUser } from './storage.ts';

/** BDS-101: the front-end logs in to the backup server as RSYNC_USER without a password. */
export const frontendLogsIn = check('BDS-101', ['server'], ({ server, site }) =>
  judgeLogin(server.login, site.datastore.rsync_user, { measured: oneLogin(server.asked) }),
);

/** How long the one login took by which a machine was asked all there was to ask, whether it answered all of that or not. */
const oneLogin = (asked: readonly Evidence[]): string => `1 login in ${inSeconds(asked)}`;

/** The machines that send backups to the backup server. */
export const sendersOf = ({ hosts, bridges }: Audited): readonly Sender[] => (bridges.length > 0 ? bridges : hosts);

/**
 * BDS-102: every host does, over the path OpenNebula's driver takes, by the rsync that the driver starts; one that did not let the front-end in is
 * judged by that, and so are all where bridge hosts send the backups.
 */
export const hostsLogIn = check('BDS-102', ['server', 'hosts'], (cloud) =>
  cloud.hosts.map((facts) => {
    const { host, login, failure = silent, lent } = facts;
    if (cloud.bridges.length > 0 && 'value' in lent) return noted(staysHere(facts, cloud), host);
    if (!login && host.state === 'off') return offline(host, failure, cloud.frontend);
    return noted(judgeSender(facts, cloud), host);
  }),
);

/** A host that lets the front-end in, and sends nothing. */
const staysHere = ({ host, asked }: HostFacts, { bridges, site }: Audited): Judgement =>
  expecting(host.name, 'a login from the front-end').met({
    subject: subjectOf(host),
    evidence: asked,
    measured: oneLogin(asked),
    note: `The front-end logs in to ${host.name}. Its login to ${site.datastore.rsync_host} is not asked: BRIDGE_LIST has ${firstFew(bridges.map(({ subject }) => subject.name))} send the backups, see BDS-107.`,
  });

/** How a machine gets through to the backup server that is to send backups there; one that did not let the front-end in is judged by that. */
export function judgeSender(facts: Sender, cloud: Audited): Judgement {
  const { subject, login, failure = silent, asked } = facts;
  const { account, datastore } = cloud.site;
  if (!login) return judgeLogin({ from: cloud.frontend.name, to: subject.name, failure, evidence: asked }, account, { subject });
  if (login.failure) return judgeLogin(login, datastore.rsync_user, { subject, key: () => lentKey(facts, cloud) });
  return judgeTransfer(facts, login, cloud);
}

/** What is met of a host in ERROR, with what OpenNebula does to its VMs. */
const noted = (judgement: Judgement, { name, state }: Host): Judgement =>
  judgement.outcome === 'met' && state === 'err'
    ? { ...judgement, note: `${name} is in ERROR in OpenNebula: its VMs go UNKNOWN, and their backups are refused.` }
    : judgement;

/** A host that was taken away on purpose, while VMs are on it. */
function offline({ id, name, vms }: Host, { message }: Failure, { virtualMachines }: FrontendFacts): Judgement {
  const known = 'value' in virtualMachines ? virtualMachines.value : [];
  const names = vms.map((vm) => `${known.find((each) => each.id === vm)?.name ?? 'VM'} (${vm})`);
  return notApplicable(`${name} is OFFLINE in OpenNebula, and the front-end cannot log in to it: ${withoutStop(message)}.`, {
    subject: { kind: 'host', name, id },
    note: `${name} is OFFLINE, and no backup can be made of what is on it: ${firstFew(names)}.`,
  });
}

const silent: Failure = { kind: 'stuck', message: 'accepted the login, but did not answer' };

interface Way {
  readonly subject?: Subject;
  /** What there is to do where no key is accepted; that of the front-end is to be, unless this says more. */
  readonly key?: () => string | undefined;
  /** What was measured of a login that succeeds. */
  readonly measured?: string;
}

export function judgeLogin({ from, to, failure, hostKey, evidence }: Login, user: string, { subject, key, measured }: Way = {}): Judgement {
  const expected = expecting(`${from} → ${to}`, `a login as ${user} without a password`);
  const more = { evidence, ...(subject && { subject }) };
  if (!failure) return expected.met({ ...more, ...(measured !== undefined && { measured }) });
  const told = (failure.reason === 'denied' ? key?.() : undefined) ?? advice(failure, from, to, user);
  const fix = hostKey?.standing === 'refused' ? comesFirst('BDS-105', told) : told;
  const found = { ...more, found: `“${withoutStop(failure.message)}”`, fix };
  return failure.kind === 'refused' ? expected.notMet(found) : expected.undetermined(found);
}

/** What to do next. */
function advice({ kind, reason, name = '' }: Failure, from: string, to: string, user: string): string {
  switch (reason) {
    case 'host-key':
      return `Compare the key ${to} shows with the one in known_hosts on ${from}. If ${to} was reinstalled, run on ${from}: ssh-keygen -R ${to}. If none is known there yet, log in from ${from} once by hand: ssh ${to}`;
    case 'denied':
      return `Add the front-end's public key to ~${user}/.ssh/authorized_keys on ${to}.`;
    case 'port-closed':
      return `Start sshd on ${to}: systemctl start ssh`;
    case 'unknown-name': {
      // The name that is not known may be that of another machine, on the way.
      const elsewhere = name === to.toLowerCase() ? '' : ` It is not ${to} itself: the settings of ssh on ${from} name it (ssh -G ${to}).`;
      return `Make the name ${name} known on ${from}, in DNS or /etc/hosts.${elsewhere}`;
    }
    case 'dropped':
      return `${to} ended the connection before the login, three times. Check that its sshd accepts so many logins at once (MaxStartups and PerSourceMaxStartups in its sshd_config), then try it on ${from}: ssh ${user}@${to} hostname`;
  }
  if (kind === 'silent') return `Check that ${to} is up, and that no firewall keeps ${from} from its port 22.`;
  if (kind === 'interrupted') return 'Run it again.';
  if (kind === 'stuck') return `Log in by hand and look: ssh ${to}`;
  return `Try it on ${from}: ssh ${user}@${to} hostname`;
}

/** What lets a machine use the front-end's key. */
const forwardTo = (name: string, account: string): string =>
  `Allow agent forwarding on ${name}: in its sshd_config, set AllowAgentForwarding yes and DisableForwarding no; in ~${account}/.ssh/authorized_keys there, remove no-agent-forwarding and restrict before the front-end's key.`;

/** What there is to do first where a machine is lent no key of the front-end; undefined where it is lent one. */
export function lendKey({ subject: { name }, lent }: Sender, cloud: Audited): string | undefined {
  const agent = judgeAgent(cloud);
  if (agent.outcome === 'not-met') return comesFirst('BDS-103', agent.fix ?? '');
  return 'value' in lent && lent.value ? undefined : forwardTo(name, cloud.site.account);
}

/** Why a host is denied: what the agent's own requirement, the front-end's login and the host rule out is not offered. */
function lentKey({ subject: { name }, lent }: Sender, cloud: Audited): string {
  const { server, site } = cloud;
  const { rsync_user: user, rsync_host: to } = site.datastore;
  const agent = judgeAgent(cloud);
  if (agent.outcome === 'not-met') return comesFirst('BDS-103', agent.fix ?? '');
  const keys = `~${user}/.ssh/authorized_keys on ${to}`;
  const forward = forwardTo(name, site.account);
  const use = `Look at what ssh on ${name} does with the agent it is lent (ssh -G ${to}: identityagent, identitiesonly, pubkeyauthentication), and at what stands before the key in ${keys} (from=).`;
  if (agent.outcome !== 'met' || server.agentLogin.failure)
    return `Add the front-end's public key to ${keys}, start opennebula-ssh-agent on the front-end, or: ${forward}`;
  if ('fault' in lent) return `${forward} ${use}`;
  return lent.value ? use : forward;
}

/** A machine that is let in: whether its rsync is. What keeps that out is judged here, unless another requirement says it of this machine. */
function judgeTransfer(facts: Sender, { from, to }: Login, cloud: Audited): Judgement {
  const { handshake, subject } = facts;
  const { rsync_user: user } = cloud.site.datastore;
  const expected = expecting(`${from} → ${to}`, `rsync to log in as ${user} without a password and get an answer from rsync`);
  if ('fault' in handshake) return expected.unseen(handshake, { subject });
  const { value, evidence } = handshake;
  const more = { subject, evidence };
  const measured = `rsync got an answer in ${inSeconds(evidence)}`;
  if (value.state === 'answered') {
    const directory = value.absent ? ownDirectory(cloud) : undefined;
    const seen =
      directory === undefined ? undefined : [hostKeyIsKnown.judge(cloud)].flat().find((each) => each.subject?.name === subject.name);
    if (seen && seen.outcome !== 'met')
      return expected.met({ ...more, measured, note: `${from} may be at another server: see ${hostKeyIsKnown.id}.` });
    if (directory !== undefined)
      return expected.notMet({
        found: `that it is shown no ${directory} there, which the front-end is shown`,
        fix: `Let the driver's paths hold for hypervisor hosts, too: look on ${to} at rrsync's directory (command= in authorized_keys) and ChrootDirectory (sshd_config).`,
        ...more,
      });
    const note = `rrsync on ${to} accepts one transfer at a time, and this one had to wait: when two hosts send backups at once, one fails. Start rrsync with -no-lock.`;
    return expected.met({ ...more, measured, ...(value.waited && { note }) });
  }
  const explained = explanation(facts, cloud);
  if (explained !== undefined) {
    const note = `${from}: a login to ${to} succeeds, and rsync does not get through all the same: see ${explained}.`;
    return expected.met({ ...more, note });
  }
  const { said, command } = value;
  if (value.state === 'cut') {
    const busy = said.includes(BUSY) ? `rrsync on ${to} accepts one transfer at a time: start it with -no-lock. ` : '';
    const full = DROPPED.some((words) => said.includes(words))
      ? `Check that sshd on ${to} accepts so many logins at once (MaxStartups in its sshd_config). `
      : '';
    return expected.undetermined({ found: withoutStop(said), fix: `${busy}${full}Try it on ${from}: ${command}`, ...more });
  }
  return expected.notMet({
    found: `“${withoutStop(said)}”, though a plain login succeeds`,
    fix: transferAdvice(said, facts, cloud),
    ...more,
  });
}

/** What to do about rsync's own way in. */
function transferAdvice(said: string, sender: Sender, { server, site }: Audited): string {
  const {
    handshake,
    localCommand,
    subject: { name },
  } = sender;
  const { rsync_host: to } = site.datastore;
  const command = 'value' in handshake && handshake.value.state !== 'answered' ? handshake.value.command : '';
  if (server.login.failure?.reason === 'no-commands')
    return comesFirst('BDS-101', 'The account runs no commands for the front-end, either.');
  if (isGreeted(sender) && localCommand !== '') return silenced(localCommand, name);
  if (/unix_listener|muxserver|ControlPath|ControlSocket/i.test(said))
    return `Make the folder of ControlPath on ${name}, short enough and writable, or set ControlMaster no there: ssh -G ${to} tells both.`;
  if (/read-only server/.test(said))
    return `Take -ro from rrsync in the authorized_keys of ${to}, or give the key to hypervisor hosts without it.`;
  return `Look for what ${to} runs in place of rsync (ForceCommand, ChrootDirectory, command= in authorized_keys), and at the settings of ssh and rsync on ${name} (ssh -G ${to}; echo $RSYNC_RSH); then try it there: ${command}`;
}

/** The directory that a transfer goes to, if the front-end is shown one there. */
function ownDirectory({ frontend, server: { login, storage }, site }: Audited): string | undefined {
  if (login.failure) return undefined;
  const registered = declaredDatastore({ frontend, site });
  const { own, directory } = storage;
  const there = registered ? ('value' in own ? own.value[0] : own.seen?.[0]) : 'value' in directory ? directory.value : undefined;
  return typeof there === 'object' && 'path' in there && there.type === 'd' ? there.path : undefined;
}

/** The requirement that says why rsync of a host that is let in came to no answer: its outcome must be for this very reason. */
function explanation({ subject, rsync, handshake, behind, localCommand }: Sender, cloud: Audited): string | undefined {
  if ('fault' in handshake) return undefined;
  const { value } = handshake;
  if (value.state === 'answered') return undefined;
  const isMissed = ({ judge }: Pick<Check, 'judge'>) => [judge(cloud)].flat().some(({ outcome }) => outcome === 'not-met');
  if (value.state === 'greeted') return localCommand === '' && isMissed(loginIsQuiet) ? loginIsQuiet.id : undefined;
  if (value.state === 'refused') return 'BDS-404';
  if (value.state === 'pretended' || judgeRsync(subject.name, rsync, cloud.site).outcome === 'not-met')
    return cloud.bridges.length > 0 ? 'BDS-107' : 'BDS-303';
  if (behind?.runs && !behind.rsync && isMissed(rsyncOnBackupServer)) return rsyncOnBackupServer.id;
  // What the other side says of it may be lost; 3 is how rsync ends then (rsync(1), EXIT VALUES).
  const isOfDirectory = /\bdestination\b|change_dir|^exit 3$/.test(value.said);
  return isOfDirectory && isMissed(storageBelongsToUser) ? storageBelongsToUser.id : undefined;
}

/** BDS-103: the front-end's SSH agent is there and holds a key that the backup server accepts. Where every host has a key of its own, it is not used. */
export const agentHoldsKey = check('BDS-103', ['server', 'hosts'], (cloud) => {
  const judged = judgeAgent(cloud);
  if (judged.outcome !== 'not-met') return judged;
  const { frontend, bridges, site } = cloud;
  const senders = sendersOf(cloud);
  // An agent whose keys are accepted of nobody may be lent all the same: then it is the client that tells by whose key it got in.
  const mayLend = 'value' in frontend.agent && frontend.agent.value.state === 'keys';
  const isIn = (sender: Sender) => judgeSender(sender, cloud).outcome === 'met' && (!mayLend || sender.login?.key === 'file');
  const own = senders.flatMap((sender) => (isIn(sender) ? [sender.subject.name] : []));
  const names = firstFew(own);
  if (own.length > 0 && own.length === senders.length)
    return notApplicable(
      `Every ${bridges.length > 0 ? 'bridge' : 'hypervisor'} host logs in to ${site.datastore.rsync_host} with a key of its own (${names}), so the agent is not needed. It offers none: ${judged.reason}`,
    );
  if (own.length === 0) return judged;
  return { ...judged, reason: `${withoutStop(judged.reason)}; ${names} got in with a key of their own, the others depend on the agent.` };
});

function judgeAgent({ frontend, server, site }: Audited): Judgement {
  const { agent } = frontend;
  const { to } = server.login;
  const socket = site.ssh_agent_socket;
  const expected = expecting(frontend.name, `an SSH agent on ${socket} with a key that ${to} accepts`);
  if ('fault' in agent) return expected.unseen(agent);
  const unmet = (found: string, fix: string) => expected.notMet({ found, fix, evidence: agent.evidence });
  if (agent.value.state === 'empty') return unmet('an agent that holds no key', `Add it: SSH_AUTH_SOCK=${socket} ssh-add`);
  if (agent.value.state === 'absent') return unmet(`none: ${agent.value.said}`, 'Start it: systemctl start opennebula-ssh-agent');
  const { failure, evidence: answers } = server.agentLogin;
  if (failure?.reason === 'denied')
    return unmet(
      `an agent with keys, none of which is accepted: ${failure.message}`,
      `Add one of them to ~${site.datastore.rsync_user}/.ssh/authorized_keys on ${to}.`,
    );
  const evidence = [...agent.evidence, ...answers];
  const measured = count(agent.value.keys, 'key');
  // The key was taken; that the account runs no commands after that is BDS-101's.
  if (!failure || failure.reason === 'no-commands')
    return expected.met({ evidence, measured: `${measured}; a login with the agent's keys alone in ${inSeconds(answers)}` });
  // That nobody gets in at all is BDS-101's.
  if (server.login.failure)
    return expected.met({
      evidence,
      measured,
      note: `The agent holds a key; whether ${to} accepts it could not be asked (${failure.message}).`,
    });
  const found = `that it could not be asked whether it accepts the agent's: ${withoutStop(failure.message)}`;
  return expected.undetermined({ found, fix: advice(failure, frontend.name, to, site.datastore.rsync_user), evidence });
}

/** BDS-104: a login to the backup server prints nothing of its own. */
export const loginIsQuiet = check('BDS-104', ['server', 'hosts'], (cloud) => {
  const { frontend, server, hosts, bridges, site } = cloud;
  const { name, noise } = server;
  const expected = expecting(name, `a login as ${site.datastore.rsync_user} without a terminal to print nothing of its own`);
  if ('fault' in noise) return expected.unseen(noise);
  const fix = `rsync takes every such word for a part of its protocol, and the backup fails. Print it for terminals only: put this line at the top of ~/.bashrc on ${name}: case $- in *i*) ;; *) return ;; esac`;
  const { localCommand } = frontend;
  if (noise.value !== '' && localCommand !== '')
    return expected.notMet({
      found: `${inQuotes(noise.value)}, where ssh on ${frontend.name} runs a LocalCommand, “${localCommand}”`,
      fix: `${silenced(localCommand, frontend.name)} A restore takes every such word for a part of the backup. If a login prints still, look at ~/.bashrc on ${name}.`,
      evidence: noise.evidence,
    });
  if (noise.value !== '') return expected.notMet({ found: inQuotes(noise.value), fix, evidence: noise.evidence });
  // One that greets itself is judged by BDS-102.
  const greeted = sendersOf(cloud).filter((sender) => isGreeted(sender) && sender.localCommand === '');
  const names = (of: readonly Sender[]) => of.map(({ subject }) => subject.name).join(', ');
  if (greeted.length > 0) {
    const found = `that rsync from ${names(greeted)} was greeted with something else`;
    return expected.notMet({ found, fix, evidence: greeted.flatMap(({ handshake }) => handshake.evidence) });
  }
  const noisy = [...hosts, ...bridges].filter((each) => each.noise !== '');
  const note = `${names(noisy)}: a login prints text of its own there, too. Backups succeed all the same.`;
  return expected.met({ measured: '0 bytes', evidence: noise.evidence, ...(noisy.length > 0 && { note }) });
});

/** BDS-105: the host key the backup server shows is the one that is known, on each machine that looks, and the same for all. */
export const hostKeyIsKnown = check('BDS-105', ['server', 'hosts'], (cloud) => {
  const { server, hosts, bridges } = cloud;
  const senders = sendersOf(cloud);
  const [id, others] = bridges.length > 0 ? (['BDS-107', hosts] as const) : (['BDS-102', []] as const);
  const type = commonType(server, senders);
  const keyOf = (logins: readonly (Login | undefined)[]) =>
    logins.flatMap((login) => login?.hostKey ?? []).find((key) => key.type === type);
  const keys = [keyOf([server.login]), ...senders.map(({ login, comparedLogin }) => keyOf([login, comparedLogin]))];
  const common = mostFrequent(keys.flatMap((key) => key?.fingerprint ?? []));
  const onSenders = senders.map((sender, at) => {
    const { subject, login, comparedLogin } = sender;
    if (!login) return blockedBy(id, `got no answer from ${subject.name}`, { subject });
    return atAnotherMachine(sender, cloud) ?? judgeHostKey(login, { common, type, compared: keys[at + 1], by: comparedLogin, id }, subject);
  });
  const unasked = others.filter(({ host }) => !senders.some(({ subject }) => subject.id === host.id));
  return [
    judgeHostKey(server.login, { common, type, compared: keys[0], id: 'BDS-101' }, { kind: 'machine', name: server.login.from }),
    ...onSenders,
    ...unasked.map(({ subject }) => notApplicable(`${subject.name} sends no backups: bridge hosts do.`, { subject })),
  ];
});

const isGreeted = ({ handshake }: Sender): boolean => 'value' in handshake && handshake.value.state === 'greeted';

/** What to do where it is the client itself that has something run after a login. */
const silenced = (localCommand: string, machine: string): string =>
  `Send what “${localCommand}” prints on ${machine} to stderr (LocalCommand in ~/.ssh/config or /etc/ssh/ssh_config, append >&2), or set PermitLocalCommand no.`;

/** Where a machine is shown the front-end's host key by another machine than the front-end, or perhaps; undefined where nothing says so. */
export function atAnotherMachine({ identity, login, subject }: Sender, { server }: Audited): Judgement | undefined {
  // Where the front-end is not let in there is nothing to compare with; BDS-101 says so.
  if (!identity || !login || server.login.failure) return undefined;
  const { from, to, hostKey } = login;
  const expected = expecting(`${from} → ${to}`, `the machine that ${server.login.from} logs in to`);
  const evidence = [...login.evidence, ...identity.evidence, ...server.identity.evidence];
  const at = `${hostKey?.fingerprint}, the same host key, at ${hostKey?.address ?? 'an address that is not told'}`;
  if ('fault' in identity || 'fault' in server.identity) {
    const [unseen] = [identity, server.identity].flatMap((each) => ('fault' in each ? each : []));
    const found = `${at}, and whether it is that machine could not be looked at: ${withoutStop(unseen?.fault ?? '')}`;
    return expected.undetermined({ found, fix: `Compare, on ${from} and on ${server.login.from}: getent hosts ${to}`, evidence, subject });
  }
  if (identity.value === server.identity.value) return undefined;
  return expected.notMet({
    found: `${at}, and another machine there`,
    fix: `Let ${to} lead to the same machine everywhere: getent hosts ${to}. Then give one of the two another host key: clones share it (ssh-keygen -A, after rm /etc/ssh/ssh_host_*).`,
    evidence,
    subject,
  });
}

interface Comparison {
  /** The type of key by which machines are compared, and the fingerprint that most of them see. */
  readonly type: string | undefined;
  readonly common: string | undefined;
  /** The key of that type that this machine was shown. */
  readonly compared: ShownKey | undefined;
  /** The login that asked for one. */
  readonly by?: Login | undefined;
  /** The requirement that looks at this login. */
  readonly id: string;
}

function judgeHostKey(login: Login, { type, common, compared, by, id }: Comparison, subject: Subject): Judgement {
  const { from, to, hostKey } = login;
  const evidence = [...login.evidence, ...(by?.evidence ?? [])];
  if (!hostKey) return blockedBy(id, `did not get from ${from} as far as ${to}'s host key`, { subject });
  const where = `${from} → ${to}`;
  if (hostKey.standing === 'refused')
    return expecting(where, `the host key that is known on ${from}`).notMet({
      found: `another one, ${hostKey.type} ${hostKey.fingerprint}`,
      fix: `Compare it on ${to}: ssh-keygen -lf <(cat /etc/ssh/ssh_host_*_key.pub). If it is right, replace the old one on ${from}: ssh-keygen -R ${to}`,
      subject,
      evidence,
    });
  const fix = `Compare on these machines to which server ${to} resolves: getent hosts ${to}`;
  const expected = expecting(where, `the host key that the other machines see, ${common}`);
  if (!compared) {
    const why = by?.failure ? `: ${withoutStop(by.failure.message)}` : '';
    const found = `one of type ${hostKey.type}, ${hostKey.fingerprint}, and none of type ${type} to compare${why}`;
    return expected.undetermined({ found, fix, subject, evidence });
  }
  if (compared.fingerprint !== common) return expected.notMet({ found: compared.fingerprint, fix, subject, evidence });
  const note = `${from} does not have ${to}'s key yet; its settings take a new one unseen. OpenNebula's first login stores it.`;
  const measured = `${hostKey.type} ${hostKey.fingerprint}`;
  return expected.met({ subject, measured, evidence, ...(hostKey.standing === 'new' && { note }) });
}

/** BDS-106: OpenNebula's hypervisor hosts are the declared ones, both ways. */
export const hostsAreDeclared = check('BDS-106', [], ({ frontend: { name: machine, hosts }, site: { hosts: declared } }) => {
  if (declared === 'all')
    return notApplicable('The site file declares no list of hosts (hosts: all), so there is nothing to compare with.');
  if ('fault' in hosts) return expecting(machine, 'OpenNebula to list its hosts').unseen(hosts);
  const { value, evidence } = hosts;
  const judged = value.map((host): Judgement => {
    const { name } = host;
    const subject = subjectOf(host);
    const expected = expecting(name, 'only hosts that the site file declares');
    if (declared.includes(name))
      return noted(expected.met({ subject, evidence, measured: `listed as host ${host.id}, state ${host.state}` }), host);
    const unused = leftOut(host);
    if (unused !== undefined) return notApplicable(unused, { subject });
    const short = declared.find((other) => isNamed(name, other));
    const fix =
      short === undefined
        ? `Add it to the site file, or remove it (onehost delete ${name}).`
        : `The site file calls it ${short}: write ${name} there.`;
    return expected.notMet({ found: 'this one, too', fix, subject, evidence });
  });
  const listed = value.map(({ name }) => name);
  const missing = declared.filter((name) => !listed.includes(name));
  const absent = missing.map((name): Judgement => {
    const whole = listed.find((other) => isNamed(other, name));
    const fix =
      whole === undefined
        ? `Add it (onehost create ${name}), or take it out of the site file.`
        : `OpenNebula calls it ${whole}: let the site file do so, too.`;
    const expected = expecting(name, "in OpenNebula's list of hosts, as the site file declares");
    return expected.notMet({ found: 'it missing', fix, subject: { kind: 'host', name }, evidence });
  });
  return [...judged, ...absent];
});
