import { subjectOf } from '../facts/host.ts';
import { type Broken, backupServerPrograms, frontendPrograms, hostPrograms, type Installed, type Program } from '../facts/programs.ts';
import { compareVersions } from '../facts/release.ts';
import type { Sender } from '../facts/transfer.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Looked } from '../outcome/evidence.ts';
import { count } from '../outcome/figures.ts';
import { expecting, firstFew, type Judgement, withoutStop } from '../outcome/judgement.ts';
import { worst } from '../outcome/outcome.ts';
import type { Subject } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';
import { check } from './check.ts';

/** BDS-301: rsync is on the backup server. */
export const rsyncOnBackupServer = check('BDS-301', ['server'], ({ server, site }) => judgeRsync(server.name, server.rsync, site));

/** BDS-302: qemu-img is on the backup server. */
export const qemuImgOnBackupServer = check('BDS-302', ['server'], ({ server, site }) => judgeQemuImg(server.name, server.qemuImg, site));

export const judgeRsync = (machine: string, found: Looked<Installed>, { programs }: Site) =>
  judgeProgram(machine, found, { program: 'rsync', packageName: 'rsync', least: programs.rsync });
const judgeQemuImg = (machine: string, found: Looked<Installed>, { programs }: Site) =>
  judgeProgram(machine, found, { program: 'qemu-img', packageName: 'qemu-utils', least: programs.qemu_img });

interface Wanted {
  readonly program: string;
  readonly packageName: string;
  /** The oldest version that will do. */
  readonly least: string;
}

/** A program is there when it runs and says a version that is new enough. */
function judgeProgram(machine: string, looked: Looked<Installed>, { program, packageName, least }: Wanted): Judgement {
  const expected = expecting(machine, `${program} ${least} or newer`);
  if ('fault' in looked) return expected.unseen(looked);
  const { value, evidence } = looked;
  if (value.state === 'absent')
    return expected.notMet({ found: 'none: command not found', fix: `Install the package ${packageName} on ${machine}.`, evidence });
  const fix = `Repair or upgrade the package ${packageName} on ${machine}.`;
  if (value.state === 'broken')
    return expected.notMet({ found: value.how, fix: `${fix} See what is started: type -a ${program}.`, evidence });
  const measured = `${program} ${value.version} (needs ${least})`;
  if (compareVersions(value.version, least) < 0) return expected.notMet({ found: value.version, fix, measured, evidence });
  return expected.met({ measured, evidence });
}

/** BDS-303: rsync and qemu-img are on every host, and rsync is one. Where that is not answered, it is another requirement that says why. */
export const programsOnHosts = check('BDS-303', ['hosts'], ({ hosts, bridges, site }) =>
  hosts.map((facts) => {
    const { host, rsync, qemuImg } = facts;
    const programs = [judgeRsync(host.name, rsync, site), judgeQemuImg(host.name, qemuImg, site)];
    // Where bridge hosts send the backups, theirs is the rsync that counts: BDS-107.
    const needed = bridges.length > 0 ? programs.slice(1) : [...programs, ...judgeHandshake(facts, 'BDS-102')];
    return together(needed, subjectOf(host));
  }),
);

/** What the rsync that the driver starts came to. */
export function judgeHandshake({ subject: { name }, login, handshake }: Sender, id: string): Judgement[] {
  if (!login || 'fault' in handshake) return [];
  const { value, evidence } = handshake;
  const expected = expecting(name, `rsync to log in to ${login.to}`);
  if (value.state === 'pretended')
    return [
      expected.notMet({
        found: `one that ends as if all were well, logs in nowhere and says ${value.said}`,
        fix: `See what it is (type -a rsync), and put the package rsync in its place. Then try it there: ${value.command}`,
        evidence,
      }),
    ];
  if (login.failure || value.state === 'answered' || value.state === 'cut') return [];
  const note = `${name}: rsync is there, and ${login.to} does not answer it: ${id} says why, or names the requirement that does.`;
  return [expected.met({ evidence: [], note })];
}

/** One judgement of several about one subject: the worst, with what all that share it say. */
export function together(judgements: readonly Judgement[], subject: Subject): Judgement {
  const outcome = worst(judgements.map((judgement) => judgement.outcome));
  const said = judgements.filter((judgement) => judgement.outcome === outcome);
  const fix = [...new Set(said.flatMap((judgement) => judgement.fix ?? []))].join(' ');
  const measured = judgements.flatMap((judgement) => judgement.measured ?? []).join(', ');
  const note = said.flatMap((judgement) => judgement.note ?? []).join(' ');
  return {
    outcome,
    subject,
    reason: said.flatMap(({ reason }) => reason || []).join(' '),
    ...(fix !== '' && { fix }),
    ...(measured !== '' && { measured }),
    ...(note !== '' && { note }),
    evidence: judgements.flatMap(({ evidence }) => evidence),
  };
}

/** BDS-304: the other programs the driver calls are where it calls them; on the backup server where it lets us in. */
export const otherPrograms = check('BDS-304', ['server', 'hosts'], ({ frontend, server, hosts }) => {
  const { virtualMachines: machines } = frontend;
  if ('fault' in machines) return expecting(frontend.name, 'OpenNebula to list its VMs').unseen(machines);
  const keepers = machines.value.filter(({ keepsIncrements }) => keepsIncrements);
  return [
    judgeLacks(frontend, frontendPrograms, { subject: { kind: 'machine', name: frontend.name }, keepers }),
    ...hosts.map((facts) => judgeLacks(facts, hostPrograms, { subject: subjectOf(facts.host), keepers })),
    ...(server.login.failure
      ? []
      : [judgeLacks(server, backupServerPrograms, { subject: { kind: 'machine', name: server.name }, keepers })]),
  ];
});

/** What a machine was found to lack. */
interface Lacks {
  readonly missing: Looked<readonly Program[]>;
  readonly broken: Looked<readonly Broken[]>;
}

interface Calling {
  readonly subject: Subject;
  /** The VMs that keep increments. */
  readonly keepers: readonly ListedVirtualMachine[];
}

/** Whether a machine has, and can run, the programs that the driver calls there. */
export function judgeLacks({ missing, broken }: Lacks, programs: readonly Program[], { subject, keepers }: Calling): Judgement {
  const { name: machine } = subject;
  const expected = expecting(machine, 'the programs that the driver calls there');
  if ('fault' in missing) return expected.unseen(missing, { subject });
  const tracked = keepers.filter(({ incrementMode }) => incrementMode === 'CBT');
  const needing: Readonly<Record<NonNullable<Program['only']>, readonly ListedVirtualMachine[]>> = {
    increments: keepers,
    'increments by changed blocks': tracked,
    'powered-off increments': tracked.filter(({ poweredOff }) => poweredOff),
  };
  const isNeeded = ({ only }: Program) => only === undefined || needing[only].length > 0;
  const named = ({ name, packageName, step }: Program) => `${name} (package ${packageName}; ${step})`;
  const defective = 'value' in broken ? broken.value : [];
  const [absent, defects] = [missing.value.filter(isNeeded), defective.filter(({ program }) => isNeeded(program))];
  const evidence = [...missing.evidence, ...broken.evidence];
  const needed = [...absent, ...defects.map(({ program }) => program)];
  if (needed.length > 0) {
    const found = [
      absent.length > 0 && `missing: ${absent.map(named).join(', ')}`,
      defects.length > 0 &&
        `there, but not running: ${defects.map(({ program, said }) => `${named(program)}: “${withoutStop(said)}”`).join(', ')}`,
    ];
    const who = new Set(needed.flatMap(({ only }) => (only ? needing[only] : [])));
    const kept = who.size > 0 ? ` Increments are kept by ${firstFew([...who].map(({ name, id }) => `${name} (${id})`))}.` : '';
    const repair =
      defects.length > 0 ? `Repair or reinstall ${defects.map(({ program }) => program.packageName).join(', ')} on ${machine}.` : '';
    const fix = [absent.length > 0 && `Install them on ${machine}.`, repair].filter(Boolean).join(' ') + kept;
    return expected.notMet({ found: found.filter(Boolean).join('; '), fix, subject, evidence });
  }
  if ('fault' in broken) return expected.unseen(broken, { subject });
  const unneeded = [...missing.value, ...defective.map(({ program }) => program)];
  const once =
    keepers.length === 0
      ? 'a VM keeps increments'
      : tracked.length === 0
        ? 'one keeps increments by changed blocks (INCREMENT_MODE CBT)'
        : 'one that keeps increments is powered off';
  const note = `${machine}: missing${defective.length > 0 ? ' or not running' : ''}, but needed only once ${once}: ${unneeded.map(named).join(', ')}.`;
  const measured = `${programs.length - unneeded.length} of ${count(programs.length, 'program')} run`;
  return expected.met({ subject, evidence, measured, ...(unneeded.length > 0 && { note }) });
}
