import { createHash } from 'node:crypto';
import type { VerdictFile } from '../verdict/schema.ts';
import { proofsIn } from './proofs.ts';
import type { ProtectionLine } from './protection.ts';

const prefix = 'opennebula_backup_compliance';

/** What a verdict does not tell. */
export interface Besides {
  readonly protection?: readonly ProtectionLine[];
  /** When the newest run that restored the test backup ended. */
  readonly restoreTest?: string | undefined;
}

/** A run in Prometheus' text format, for node_exporter's textfile collector. Series of different clouds and profiles have no name in common. */
export function toMetrics(
  { cloud, profile, verdict, exitCode, startedAt, finishedAt, requirements }: VerdictFile,
  { protection = [], restoreTest }: Besides = {},
): string {
  const own = { cloud: cloud.name, profile };
  const [begun, ended] = [Date.parse(startedAt) / 1000, Date.parse(finishedAt) / 1000];
  return [
    metric('requirement', 'The outcome of a requirement in the last run, as a label; always 1.', [
      ...requirements.map(({ id, severity, outcome }) => ({ labels: { ...own, id, severity, outcome }, value: 1 })),
    ]),
    metric('verdict', 'The verdict of the last run, as a label; always 1.', [{ labels: { ...own, verdict }, value: 1 }]),
    metric('exit_code', 'The exit code of the last run: 0 is compliant.', [{ labels: own, value: exitCode }]),
    metric('run_timestamp_seconds', 'When the last run ended, in seconds since the epoch.', [{ labels: own, value: ended }]),
    metric('run_duration_seconds', 'How long the last run took.', [{ labels: own, value: Math.round((ended - begun) * 1000) / 1000 }]),
    metric('restore_test_age_seconds', 'How old the newest met restore test was at the last run; +Inf where there is none.', [
      { labels: own, value: restoreTest === undefined ? Number.POSITIVE_INFINITY : Math.round(ended - Date.parse(restoreTest) / 1000) },
    ]),
    ...ofWaivers(requirements, own, ended),
    ...ofHosts(requirements, own, ended),
    ...ofProduction(protection, own),
  ].join('');
}

/** The waivers in force, if there are any: one holds to the end of its last day in UTC. */
function ofWaivers(requirements: VerdictFile['requirements'], own: Sample['labels'], ended: number): string[] {
  const waivers = requirements.flatMap(({ waiver, subjects = [] }) => [waiver, ...subjects.map((subject) => subject.waiver)]);
  const ends = waivers.flatMap((waiver) => (waiver && !waiver.expired ? Date.parse(waiver.expires) / 1000 + DAY : []));
  if (ends.length === 0) return [];
  const days = Math.round(((Math.min(...ends) - ended) / DAY) * 100) / 100;
  return [
    metric('waiver_days_left', 'Days from the last run until the first of its waivers in force expires.', [{ labels: own, value: days }]),
  ];
}

const DAY = 86_400;

/** Of each hypervisor host that gates prove how old its newest proof is. */
function ofHosts(requirements: VerdictFile['requirements'], own: Sample['labels'], ended: number): string[] {
  const samples = proofsIn(requirements).map(({ host, proven }) => ({
    labels: { ...own, host },
    value: proven === undefined ? Number.POSITIVE_INFINITY : Math.max(0, Math.round(ended - Date.parse(proven) / 1000)),
  }));
  if (samples.length === 0) return [];
  return [
    metric('host_proven_age_seconds', 'How old the newest proof of a backup on a hypervisor host was; +Inf where there is none.', samples),
  ];
}

/** How many VMs have series: two each. */
const MOST = 2500;

/** The age of the newest restore point of each production VM, and its limit; if there are too many, of those nearest to their limit. */
function ofProduction(lines: readonly ProtectionLine[], own: Sample['labels']): string[] {
  if (lines.length === 0) return [];
  const share = ({ age = Number.POSITIVE_INFINITY, rpo }: ProtectionLine) => age / rpo;
  const shown = lines.toSorted((a, b) => (share(a) === share(b) ? 0 : share(b) - share(a))).slice(0, MOST);
  const of = ({ id, name, of: named }: ProtectionLine) => ({ ...own, vm: name, vm_id: id, class: named });
  return [
    metric(
      'restore_point_age_seconds',
      'How old the newest restore point of a production VM was; +Inf where it has none.',
      shown.map((line) => ({ labels: of(line), value: line.age ?? Number.POSITIVE_INFINITY })),
    ),
    metric(
      'restore_point_objective_seconds',
      'How old the newest restore point of a production VM may be: its RPO.',
      shown.map((line) => ({ labels: of(line), value: line.rpo })),
    ),
  ];
}

/** The name of their file, unlike that of any other cloud or profile: the safe form of a name alone might be another's, too. */
export function metricsName({ cloud, profile }: VerdictFile): string {
  const safe = cloud.name.replace(/[^A-Za-z0-9-]+/g, '_').slice(0, 60);
  return `${prefix}_${profile}_${safe}_${createHash('sha256').update(cloud.name).digest('hex').slice(0, 8)}.prom`;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function metric(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${prefix}_${name}{${pairs.join(',')}} ${value === Number.POSITIVE_INFINITY ? '+Inf' : value}\n`;
  });
  return `# HELP ${prefix}_${name} ${help}\n# TYPE ${prefix}_${name} gauge\n${lines.join('')}`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => escapes[character] ?? character);
}
