import type { Audited } from '../facts/audited.ts';
import { type BridgeFacts, bridgesOf, isName, savedBridges } from '../facts/bridge.ts';
import { releaseOf } from '../facts/frontend.ts';
import type { HostFacts } from '../facts/host.ts';
import { bridgePrograms } from '../facts/programs.ts';
import { BRIDGES_SINCE } from '../facts/release.ts';
import { isAbsent, type Place, type Shared } from '../facts/shared.ts';
import { stagingOf } from '../facts/staging.ts';
import { quote } from '../machines/quote.ts';
import { inSeconds } from '../outcome/figures.ts';
import { expecting, firstFew, type Judgement, notApplicable } from '../outcome/judgement.ts';
import type { Subject } from '../outcome/subject.ts';
import { judgeLogin, judgeSender, lendKey } from './access.ts';
import { ofDatastore } from './datastore.ts';
import { judgeLimits } from './driver.ts';
import { judgeHandshake, judgeLacks, judgeRsync, together } from './programs.ts';

/** BDS-107: every bridge host of the datastore logs in where it must, has what a transfer needs, and sees what the hypervisor hosts stage. */
export const bridgesCanSend = ofDatastore('BDS-107', ['server', 'hosts'], ({ id }, cloud) => {
  const { frontend, bridges, site } = cloud;
  if (savedBridges(cloud).length === 0)
    return notApplicable(`Datastore ${id} has no BRIDGE_LIST: hypervisor hosts send their backups themselves.`);
  if (bridgesOf(cloud).length === 0)
    return notApplicable(
      `OpenNebula ${releaseOf(frontend)} does not read BRIDGE_LIST of an rsync datastore: hypervisor hosts send their backups themselves. It counts from ${BRIDGES_SINCE} on.`,
    );
  if ('fault' in frontend.hosts)
    return expecting(frontend.name, 'OpenNebula to list its hosts').unseen(frontend.hosts, { cause: 'OpenNebula by its command line' });
  return bridges.map((bridge) => {
    const { subject, login, rsync } = bridge;
    if (!isName(subject.name)) return judgeName(subject, id, cloud);
    const toServer = judgeSender(bridge, cloud);
    // Where the front-end does not get in nothing else was asked.
    if (!login && bridge.failure) return toServer;
    return together(
      [
        toServer,
        judgeBack(bridge, cloud),
        judgeRsync(subject.name, rsync, site),
        ...judgeHandshake(bridge, 'BDS-107'),
        judgeLacks(bridge, bridgePrograms, { subject, keepers: [] }),
        ...judgeLimits(bridge),
        judgeShared(bridge, id, cloud),
      ],
      subject,
    );
  });
});

/** What BRIDGE_LIST holds in place of a name: nobody was asked. */
function judgeName(subject: Subject, datastore: string, { frontend, site: { account } }: Audited): Judgement {
  const { name } = subject;
  const expected = expecting(`datastore ${datastore}`, 'names of machines in BRIDGE_LIST');
  const save = `onedatastore update ${datastore}`;
  const more = { subject, evidence: frontend.datastores.evidence };
  if (/[,;'"]/.test(name))
    return expected.notMet({
      found: `that ${name} is no name`,
      fix: `Separate the names in BRIDGE_LIST by blanks, without quotes: ${save}`,
      ...more,
    });
  const [, user, host = ''] = /^([\w.-]+)@(.+)$/.exec(name) ?? [];
  if (user !== undefined && isName(host))
    return expected.undetermined({
      found: `${name}, a login as ${user}, where only ${account} is tried`,
      fix: `Write ${host} in BRIDGE_LIST, and have it let ${account} in: ${save}`,
      ...more,
    });
  return expected.undetermined({
    found: `that ${name} is no name that ssh can safely be given`,
    fix: `Write a name or an address: ${save}`,
    ...more,
  });
}

/** Its login to the front-end. */
function judgeBack(bridge: BridgeFacts, cloud: Audited): Judgement {
  const { subject, back, backAt, asked } = bridge;
  const { frontend, site } = cloud;
  const { name } = frontend;
  const expected = expecting(`${subject.name} → ${name}`, `a login as ${site.account} without a password`);
  if (!back) {
    const found = isName(name) ? 'no answer' : 'that the front-end calls itself by no name';
    return expected.undetermined({ found, fix: `Try it on ${subject.name}: ssh ${site.account}@${name} hostname`, evidence: asked });
  }
  if (back.failure || backAt === undefined || backAt === name)
    return judgeLogin(back, site.account, { key: () => lendKey(bridge, cloud), measured: `login back in ${inSeconds(back.evidence)}` });
  return expected.notMet({
    found: `that ${backAt} answers to that name`,
    fix: `Make the name ${name} known on ${subject.name} as the front-end's, in DNS or /etc/hosts.`,
    evidence: back.evidence,
  });
}

/** Seconds: what changed so shortly before may be seen as it is now on one machine, and as it was on another. Where no fraction of a second is kept it proves nothing. */
const JUST_NOW = 300;

/** A directory as a host has it, and as a bridge host does. */
interface Pair {
  readonly host: string;
  readonly at: string;
  readonly here: Exclude<Place, { readonly said: string }>;
  readonly there: Place;
  /** What the host had there after the bridge host had nothing; undefined where that could not be looked at. */
  readonly still: Place | undefined;
}

/** gone: a VM that ended meanwhile took its folder along. */
function standing({ here, there, still }: Pair, isRecent: (seconds: number) => boolean): 'same' | 'other' | 'unsure' | 'gone' {
  if (isAbsent(there)) {
    if (still && isAbsent(still)) return 'gone';
    return still && 'inode' in still && still.inode === here.inode ? 'other' : 'unsure';
  }
  if ('said' in there || there.inode !== here.inode) return 'other';
  // The root of a file system is one inode everywhere, and many are changed within a second by one playbook.
  if (there.changed === here.changed && !(Number.isInteger(here.changed) && isRecent(here.changed))) return 'same';
  return isRecent(Math.max(here.changed, there.changed)) ? 'unsure' : 'other';
}

/** Whether it has what the hypervisor hosts have, at the same path. Of its own nothing is to be compared, if it is one. */
function judgeShared({ subject, shared, still }: BridgeFacts, datastore: string, { frontend, hosts, site }: Audited): Judgement {
  const { name } = subject;
  const expected = expecting(name, 'the system datastores of the hypervisor hosts at the same paths as there');
  if ('fault' in shared) return expected.unseen(shared);
  const { value, evidence } = shared;
  const others = hosts.filter(({ host, failure }) => failure === undefined && host.id !== subject.id);
  const isRecent = (seconds: number) => 'value' in frontend.now && seconds > frontend.now.value - JUST_NOW;
  const pairs = Map.groupBy(
    others.flatMap((facts) => pairsOf(facts, value, still)),
    (pair) => standing(pair, isRecent),
  );
  const { same = [], other: wrong = [], unsure = [] } = Object.fromEntries(pairs);
  const fix = `Mount the system datastores on ${name} as on the hypervisor hosts, from the same shared storage. Or take ${name} out of BRIDGE_LIST: onedatastore update ${datastore}`;
  if (wrong.length > 0) return expected.notMet({ found: firstFew(wrong.map(different)), fix, evidence });
  if (unsure.length > 0) return expected.undetermined({ found: firstFew(unsure.map(doubtful)), fix: 'Run it again.', evidence });
  const unread = others.find((facts) => 'fault' in facts.shared)?.shared;
  if (unread && 'fault' in unread) return expected.unseen(unread);
  if (same.length > 0) {
    const left = uncompared(same, subject, { frontend, hosts });
    const measured = `${same.length} of the hypervisor hosts' directories compared, the same on ${name}`;
    const note = `${name} was not compared with ${firstFew(left)}: no folder of a VM could be compared there. The backup of one there proves it.`;
    return expected.met({ measured, evidence, ...(left.length > 0 && { note }) });
  }
  const [said, ...more] = others.flatMap(unlookedOn);
  if (said)
    return expected.undetermined({
      found: `nothing to compare with: ${firstFew([said, ...more].map(({ host, at, words }) => `${at} on ${host}: “${words}”`))}`,
      fix: `Run it again once ${site.account} can do this on ${said.host}: ${quote(['cd', said.at])}`,
      evidence,
    });
  const unasked = hosts.filter(({ host, failure }) => failure !== undefined && host.vms.length > 0 && host.id !== subject.id);
  if (unasked.length > 0)
    return expected.undetermined({
      found: `that ${firstFew(unasked.map(({ host }) => host.name))} could not be asked what is there`,
      fix: 'BDS-102 comes first.',
      evidence,
    });
  const note = `${name}: no VM is on a hypervisor host to compare its folder. That it sees the system datastores a gate proves.`;
  return expected.met({ evidence, note });
}

/** What a host has, and could be compared. */
function pairsOf({ host, shared }: HostFacts, there: Shared, still: BridgeFacts['still']): Pair[] {
  const again = still?.get(host.id);
  const own = 'value' in shared ? [...shared.value] : [];
  return own.flatMap(([at, here]) => {
    const other = there.get(at);
    return 'said' in here || other === undefined
      ? []
      : [{ host: host.name, at, here, there: other, still: again && 'value' in again ? again.value.get(at) : undefined }];
  });
}

/** What a host has by OpenNebula, and could not look at itself, with its words. */
const unlookedOn = ({ host, shared }: HostFacts) =>
  'value' in shared ? [...shared.value].flatMap(([at, here]) => ('said' in here ? [{ host: host.name, at, words: here.said }] : [])) : [];

/** Where hypervisor hosts stage backups, as far as nothing of it was compared with a bridge host. */
function uncompared(same: readonly Pair[], bridge: Subject, { frontend, hosts }: Pick<Audited, 'frontend' | 'hosts'>): string[] {
  const known = Map.groupBy(same, ({ host }) => host);
  const left = hosts.flatMap(({ host }) => {
    if (host.id === bridge.id) return [];
    const seen = known.get(host.name) ?? [];
    const isSeen = (place: string) => seen.some(({ at }) => at === place || at.startsWith(`${place}/`));
    return stagingOf(frontend, host).flatMap((place) => (isSeen(place.replace(/\/$/, '')) ? [] : [{ host: host.name, place }]));
  });
  const byPlace = Map.groupBy(left, ({ place }) => place);
  return [...byPlace].map(
    ([place, on]) =>
      `${place} of ${firstFew(
        on.map(({ host }) => host),
        ', ',
      )}`,
  );
}

const different = ({ host, at, there }: Pair): string =>
  'said' in there ? `${at}, which is on ${host}: “${there.said}”` : `${at}, which is another directory than on ${host}`;

const doubtful = ({ host, at, there }: Pair): string =>
  'said' in there
    ? `that ${at}, which was on ${host}, is missing (“${there.said}”), and whether ${host} still has it could not be looked at`
    : `that ${at} of ${host} changed just now, and whether it is the same is unknown`;
