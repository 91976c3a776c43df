import { type Command, MiB, type Shell } from '../machines/shell.ts';
import { answerTo, survey } from '../machines/survey.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import type { Site } from '../site/schema.ts';
import { IDENTITY, identityIn, identityOf, identityProbe } from './identity.ts';
import { type Inherited, inheritedProbe, readInherited } from './inherited.ts';
import { type Login, loginOf } from './login.ts';
import {
  type Broken,
  backupServerPrograms,
  brokenOf,
  brokenPrograms,
  type Installed,
  installed,
  missingOf,
  missingPrograms,
  type Program,
  versionProbe,
  versionProbes,
} from './programs.ts';
import { readSpace, type Space, spaceProbe } from './space.ts';
import { readStorage, readWanted, type StorageFacts, storageProbes, type Wanted, wantedProbe } from './storage.ts';
import { brief, listingTime, readStored, type Stored, storedProbe } from './stored.ts';

/** What the backup server says to the front-end, logged in as RSYNC_USER. */
export interface BackupServerFacts {
  /** As the site file calls it. */
  readonly name: string;
  /** The whole conversation. */
  readonly asked: readonly Evidence[];
  readonly login: Login;
  /** A second login that offers the keys of OpenNebula's agent only. */
  readonly agentLogin: Login;
  /** The same login to the server that OpenNebula has saved, where that is not the declared one. */
  readonly savedLogin?: Login;
  /** Which machine that login leads to. */
  readonly savedIdentity?: Looked<string>;
  /** Which machine it is. */
  readonly identity: Looked<string>;
  /** What the login itself prints on stdout. */
  readonly noise: Looked<string>;
  /** How RSYNC_USER is shown there: of an account with several names the first. */
  readonly user: Looked<string>;
  /** Its primary group. */
  readonly group: Looked<string>;
  readonly inherited: Looked<Inherited>;
  readonly rsync: Looked<Installed>;
  readonly qemuImg: Looked<Installed>;
  /** What the saved RSYNC_ARGS start there in place of rsync, where they do. */
  readonly otherRsync?: Looked<Installed>;
  /** Those of backupServerPrograms that it does not have. */
  readonly missing: Looked<readonly Program[]>;
  /** Those that it has, and that do not run. */
  readonly broken: Looked<readonly Broken[]>;
  readonly storage: StorageFacts;
  /** Where increments are put together. */
  readonly tmp: Looked<Wanted>;
  /** What lies below the datastore's directory, where that was asked for. */
  readonly stored?: Looked<Stored>;
  /** In storage, and where increments are merged. */
  readonly space: Looked<{ readonly storage: Space; readonly tmp: Space }>;
}

/** Where things lie on the backup server. */
export interface Places {
  /** The storage directory. */
  readonly path: string;
  /** The datastore's own directory below it; the storage directory itself where the datastore is not registered. */
  readonly own: string;
  /** RSYNC_TMP_DIR. */
  readonly tmp: string;
}

/** Logins from the front-end to the backup server: the driver's, one with the agent's keys only, and one to the server that OpenNebula has saved, if it differs. */
export interface Ways {
  readonly driver: Shell;
  readonly byAgent: Shell;
  readonly saved?: Shell | undefined;
}

/** Asks the backup server by one script, over the login the driver makes from the front-end. */
export async function surveyBackupServer(
  { driver, byAgent, saved }: Ways,
  site: Site,
  from: string,
  {
    program,
    sbin,
    stored,
    ...places
  }: Places & { readonly program?: string | undefined; readonly sbin: boolean; readonly stored: boolean },
): Promise<BackupServerFacts> {
  const { command: deadline } = site.deadlines;
  const { first, last } = storageProbes(places, deadline);
  const probes = [
    { name: 'hostname', argv: ['hostname'] as const, deadline },
    { name: 'user', argv: ['id', '-un'] as const, deadline },
    { name: 'group', argv: ['id', '-gn'] as const, deadline },
    inheritedProbe,
    identityProbe(deadline),
    ...versionProbes(deadline, true),
    ...(program === undefined ? [] : [versionProbe('other-rsync', program.split(' '), deadline)]),
    missingPrograms(backupServerPrograms),
    brokenPrograms(backupServerPrograms, deadline),
    wantedProbe('tmp', places.tmp, deadline),
    ...first,
    spaceProbe('space', [places.own, places.tmp], deadline),
    ...last,
    // It may take minutes, and comes when all else is told.
    ...(stored ? [storedProbe(places.own, listingTime(site))] : []),
  ];
  const onlyIn: Command = { argv: ['true'], deadline };
  const [told, agentAnswer, savedAnswer] = await Promise.all([
    survey(driver, probes, { deadline: deadline * 7 + (stored ? listingTime(site) : 0), cap: 256 * MiB, sbin }),
    byAgent.run(onlyIn),
    saved?.run({ argv: IDENTITY, deadline }),
  ]);
  const to = site.datastore.rsync_host;
  const { answers, failure, noise, machine } = told;
  const listed = answers.get('stored');
  const asked = listed ? { ...told.asked, stdout: told.asked.stdout.replace(listed.stdout, () => brief(listed).stdout) } : told.asked;
  const word = (question: string) => answerTo(told, question, ({ stdout }) => stdout || undefined);
  return {
    name: machine,
    asked: [asked],
    login: {
      from,
      to,
      evidence: [answers.get('hostname') ?? asked],
      ...(asked.hostKey && { hostKey: asked.hostKey }),
      ...(failure && failure.kind !== 'stuck' && { failure }),
    },
    agentLogin: loginOf(agentAnswer, from, to),
    ...(savedAnswer && { savedLogin: loginOf(savedAnswer, from, savedAnswer.machine), savedIdentity: identityOf(savedAnswer) }),
    // Of a login that prints nothing of its own, all that it did print is the proof.
    noise: { ...answerTo(told, 'hostname', () => noise), evidence: [asked] },
    identity: identityIn(told),
    user: word('user'),
    group: word('group'),
    inherited: answerTo(told, 'inherited', readInherited),
    rsync: installed(told, 'rsync', deadline),
    qemuImg: installed(told, 'qemu-img', deadline),
    ...(program !== undefined && { otherRsync: installed(told, 'rsync', deadline, 'other-rsync') }),
    missing: missingOf(told, backupServerPrograms),
    broken: brokenOf(told, backupServerPrograms),
    storage: readStorage(told, places),
    ...(stored && { stored: readStored(told, places.own) }),
    tmp: answerTo(told, 'tmp', (answer) => readWanted(answer, places.tmp)),
    space: answerTo(told, 'space', (answer) => {
      const [storage, tmp, ...more] = readSpace(answer) ?? [];
      return storage && tmp && more.length === 0 ? { storage, tmp } : undefined;
    }),
  };
}
