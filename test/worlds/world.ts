/** What a table of worlds says, and the words that tables share. */
import type { Fault } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import type { ReleaseName } from '../../lab/opennebula/releases.ts';
import { checks } from '../../support/checks/all.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { blockedBehind, needsOf } from '../../support/verdict/blocking.ts';
import { statements } from '../../support/verdict/requirements.ts';

/** Patterns that a reason must hold: the right outcome for another reason is a wrong answer. */
type Words = RegExp | readonly RegExp[];
type Outcomes = Readonly<Record<string, Outcome>>;

/** A world, as far as it does not follow from its table and its key. What is not named stays as it is in a whole cloud. */
export interface Row {
  /** What is broken, or unusual; or the name of what the lab's own command breaks. */
  readonly fault: Fault | string;
  /** What runs; an audit unless it says otherwise. */
  readonly profile?: 'audit' | 'gate' | 'setup';
  /** The release of OpenNebula that the lab speaks; the newest unless it says otherwise. */
  readonly release?: ReleaseName;
  /** Whether the lab has VMs of production, with backups; it has none unless it says so. */
  readonly production?: boolean;
  /** How many bridge hosts the lab has; none unless it says so. */
  readonly bridges?: number;
  /** Settings that the site file has in this world, besides the lab's own; blocks are merged. */
  readonly site?: Readonly<Record<string, unknown>>;
  /** What flips besides the table's requirement, blocked ones included. */
  readonly also?: Outcomes;
  /** The machines that come to the key's outcome, where not all do; a hypervisor host that is not among them is met. */
  readonly only?: string | readonly string[];
  /** Outcomes of single machines otherwise. */
  readonly machines?: Readonly<Record<string, Outcomes>>;
  /** Of the table's requirement alone, or by numbers. */
  readonly reasons?: Words | Readonly<Record<number, Words>>;
  /** Kept in the report of a met requirement. */
  readonly notes?: Readonly<Record<number, RegExp>>;
}

/**
 * The worlds of a requirement, `BDS-204.ts`: a key `'disk-full.not-met'` says what that requirement comes to in a world. Of `benign-….ts` each
 * world is unusual, and nothing flips.
 */
export type Table = Readonly<Record<`${string}.${Outcome}`, Row>>;

/** A world with all that it says. */
export interface World extends Pick<Row, 'profile' | 'release' | 'production' | 'bridges' | 'site'> {
  readonly name: string;
  /** The table's requirement, or benign. */
  readonly group: string;
  /** What the table's requirement comes to. */
  readonly outcome: Outcome;
  readonly fault: Fault;
  /** Its name for the lab's own command, if it has one. */
  readonly faultName?: string;
  readonly flips: Outcomes;
  readonly machines: Readonly<Record<string, Outcomes>>;
  readonly reasons: Readonly<Record<string, readonly RegExp[]>>;
  readonly notes: Readonly<Record<string, RegExp>>;
}

const isWords = (reasons: NonNullable<Row['reasons']>): reasons is Words => reasons instanceof RegExp || Array.isArray(reasons);

const byId = <T, U>(numbers: Readonly<Record<number, T>>, to: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(numbers).map(([number, value]) => [`BDS-${number}`, to(value as T)]));

export function worldOf(group: string, key: string, row: Row): World {
  const { fault, also = {}, only, reasons = {}, notes = {}, ...rest } = row;
  const [name, outcome] = key.split('.') as [string, Outcome];
  return {
    ...rest,
    name,
    group,
    outcome,
    ...(typeof fault === 'string' ? { fault: faultNamed(fault), faultName: fault } : { fault }),
    flips: withBlocked(group === 'benign' ? also : { [group]: outcome, ...also }),
    machines: only === undefined ? (rest.machines ?? {}) : { [group]: alone([only].flat(), outcome) },
    reasons: isWords(reasons) ? { [group]: [reasons].flat() } : byId(reasons, (words) => [words].flat()),
    notes: byId(notes, (note) => note),
  };
}

/** With what requirements of the audit block that have flipped, of those whose tables do not say it. */
function withBlocked(flips: Outcomes): Outcomes {
  const bars = ['201', '203', '403', '405'].filter((id) => ['not-met', 'undetermined'].includes(flips[`BDS-${id}`] ?? ''));
  return { ...Object.assign({}, ...bars.map((id) => behind(id, 'audit'))), ...flips };
}

export const fqdn = (machine: string) => `${machine}.example.net`;
export const kvm01 = fqdn('kvm01');
export const kvm02 = fqdn('kvm02');
export const server = /backup01\.example\.net/;

function alone(machines: readonly string[], outcome: Outcome): Outcomes {
  const other = ['kvm01', 'kvm02'].find((host) => !machines.includes(host));
  return { ...(other && { [fqdn(other)]: 'met' as const }), ...Object.fromEntries(machines.map((name) => [fqdn(name), outcome])) };
}

/** Outcomes of another requirement where kvm01 alone is concerned. */
export const onlyKvm01 = (id: string, outcome: Outcome = 'not-met') => ({ [`BDS-${id}`]: alone(['kvm01'], outcome) });

const all =
  (outcome: Outcome) =>
  (...ids: string[]): Record<string, Outcome> =>
    Object.fromEntries(ids.map((id) => [`BDS-${id}`, outcome]));

export const met = all('met');
export const blocked = all('blocked');
export const notMet = all('not-met');
export const undetermined = all('undetermined');
export const notApplicable = all('not-applicable');

/** What is judged of production. Where nobody has declared it, as in a lab without, nothing blocks these: they are not applicable. */
export const ofProduction = checks.filter((check) => needsOf(check).includes('production')).map(({ id }) => id);

/** What a requirement that is not met blocks, by the table that the product itself goes by; 504 says nothing of a machine that keeps no increments, 603 where nothing is to be started, as in a lab, 604 and 605 where no canary and no sample is declared. */
const behind = (id: string, profile: 'audit' | 'gate') =>
  Object.fromEntries(
    blockedBehind(`BDS-${id}`)
      .filter((other) => !['BDS-504', 'BDS-603', 'BDS-604', 'BDS-605'].includes(other) && !ofProduction.includes(other))
      .filter((other) => statements().some((statement) => statement.id === other && statement.profile === profile))
      .map((other) => [other, 'blocked' as const]),
  );

/** What lies behind the backup server's door. */
export const behind101 = behind('101', 'audit');
/** What lies behind it, where not even its name leads there. */
export const behindName = { ...behind101, ...blocked('105') };
/** What is asked of hypervisor hosts. */
export const behind102 = behind('102', 'audit');
export const behind402 = behind('402', 'audit');
/** What the list of datastores is needed for. */
const behindPool = { ...blocked('402'), ...behind402 };
/** That list is needed by 107 first. */
export const withoutDatastores = { ...behindPool, ...undetermined('107') };
/** The command line is needed by 102 first, and by all that follow but those that ask the backup server alone. */
export const withoutCommandLine = { ...undetermined('102'), ...behind102, ...behindPool };
export const behind501 = behind('501', 'gate');
export const behind502 = behind('502', 'gate');
/** The whole restore test. */
export const theDrill = behind('402', 'gate');

/** For worlds in which somebody is silent: nobody waits long. */
export const impatient = { deadlines: { connect: 1, command: 2 } };
/** In a drill nothing waits as long as it may by default, and a busy machine has the time that it needs. */
export const quick = { deadlines: { connect: 5, command: 15, schedule: 15, backup: 40, restore: 40, cleanup: 30 } };
/** For drills in which somebody is silent, or a deadline passes. A clean-up cannot wait less. */
export const quicker = (deadlines: Readonly<Record<string, number>>) => ({
  deadlines: { connect: 2, command: 8, schedule: 8, backup: 20, restore: 20, cleanup: 10, ...deadlines },
});
/** The drill is of the lab's other VM, which keeps increments. */
export const withIncrements = { ...quick, test_vm: { id: 1, name: 'files01' } };

/** Of production these machines alone. */
export const onlyVm = (...names: string[]) => ({ protect: { vms: names.map((name) => ({ name })), except: [], classes: [] } });

/** What the requirements of hypervisor hosts say where there is none: why. */
export const ofHosts = (why: RegExp) => ({
  102: [/expected at least one hypervisor host/, why],
  105: why,
  205: why,
  303: why,
  304: why,
  305: why,
  306: why,
});

export const gate = { profile: 'gate', site: quick } as const;

/** A table whose worlds have this in common, unless they say otherwise. */
export const every = (common: Partial<Row>, table: Table): Table =>
  Object.fromEntries(Object.entries(table).map(([key, row]) => [key, { ...common, ...row }]));

/** The worlds of a table, and each of them once more on the older release, as `NAME-older.OUTCOME`. */
export const onBoth = (table: Table): Table => {
  const older = Object.entries(table).map(([key, row]): [string, Row] => [key.replace('.', '-older.'), { ...row, release: '6.10.5' }]);
  return { ...table, ...Object.fromEntries(older) };
};
