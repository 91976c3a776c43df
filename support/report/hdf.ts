import { createHash } from 'node:crypto';
import type { Outcome, Severity } from '../outcome/outcome.ts';
import type { Statement } from '../verdict/requirements.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import { sectionsOf } from './explain.ts';
import { inWords, said } from './words.ts';

/** InSpec's words. A result is what inspecjs reads a control's status from; impact 0 says that the control does not apply. */
const statuses: Readonly<Record<Outcome, 'passed' | 'failed' | 'error' | 'skipped'>> = {
  met: 'passed',
  'not-met': 'failed',
  undetermined: 'error',
  blocked: 'skipped',
  'not-applicable': 'skipped',
  waived: 'skipped',
};

/** Where InSpec's severities begin that are nearest to ours. */
const severities: Readonly<Record<Severity, { readonly impact: number; readonly severity: string }>> = {
  blocker: { impact: 1, severity: 'critical' },
  critical: { impact: 0.7, severity: 'high' },
  normal: { impact: 0.5, severity: 'medium' },
  minor: { impact: 0.3, severity: 'low' },
};

/** A fault of the run itself stands among the controls as one of its own. */
const theRun = { id: 'run', title: 'The run itself', severity: 'blocker', feature: 'run', outcome: 'undetermined' } as const;

/** A run as Heimdall Data Format, which is InSpec's exec-json: one control for each requirement, with one result, and the controls of NIST it evidences. */
export function toHdf(file: VerdictFile, statements: readonly Stated[]): string {
  const { suite, profile, cloud, startedAt, finishedAt, requirements, runFaults = [] } = file;
  const all = runFaults.length === 0 ? requirements : [...requirements, { ...theRun, reason: runFaults.join('; ') }];
  const features = Map.groupBy(all, ({ feature }) => feature.replace(/:\d+$/, ''));
  const hdf = {
    platform: { name: 'opennebula', release: cloud.openNebula ?? 'unknown', target_id: cloud.name },
    version: suite,
    statistics: { duration: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 },
    profiles: [
      {
        name: 'opennebula-backup-compliance',
        title: `${cloud.name}: ${profile}`,
        version: suite,
        // Of what was asked, as InSpec's is of a profile's content: runs that ask the same have the same.
        sha256: createHash('sha256')
          .update(JSON.stringify([suite, profile, requirements.map(({ id, title }) => [id, title])]))
          .digest('hex'),
        supports: [],
        attributes: [],
        groups: [...features].map(([id, controls]) => ({ id, controls: controls.map((each) => each.id) })),
        controls: all.map((requirement) =>
          control(
            requirement,
            startedAt,
            statements.find(({ id }) => id === requirement.id),
          ),
        ),
      },
    ],
  };
  return `${JSON.stringify(hdf, null, 2)}\n`;
}

type Stated = Pick<Statement, 'id' | 'relations' | 'why' | 'steps'>;

function control(requirement: Requirement, startedAt: string, { relations, why, steps }: Omit<Stated, 'id'> = unstated) {
  const { id, title, severity, feature, outcome, reason, subjects = [], measured, note, waiver, seconds } = requirement;
  // What only supports a control would pass for evidence of it there.
  const nist = relations.filter(({ relation, control: { tag } }) => relation === 'evidences' && tag.startsWith('NIST-800-53:'));
  const [, ref = feature, line = '0'] = /^(.*):(\d+)$/.exec(feature) ?? [];
  const told = subjects.map((subject) =>
    [`${subject.name}: ${inWords(subject.outcome)}.`, said(subject), subject.measured].filter(Boolean).join(' '),
  );
  // Each subject says what to do about itself.
  const message = [said({ ...requirement, subjects: [] }), note, ...told].filter(Boolean).join('\n');
  const status = statuses[outcome];
  return {
    id,
    title,
    // Where a control does not apply, Heimdall shows this as the justification.
    desc: outcome === 'not-applicable' ? [reason, why].filter(Boolean).join('\n\n') : why || title,
    descriptions: descriptions(id, steps, requirement.fix),
    impact: outcome === 'not-applicable' ? 0 : severities[severity].impact,
    tags: { severity: severities[severity].severity, nist: nist.map((each) => each.control.name) },
    refs: [],
    source_location: { ref, line: Number(line) },
    results: [
      {
        status,
        // Of what passed, inspecjs tells no more than this.
        code_desc: measured === undefined ? title : `${title}; ${measured}`,
        start_time: startedAt,
        ...(seconds !== undefined && { run_time: seconds }),
        // The outcome itself, where InSpec has one word for several.
        ...(status === 'skipped' ? { skip_message: `${outcome}: ${message}` } : { message }),
      },
    ],
    ...(outcome === 'waived' && {
      waiver_data: {
        // The result is given as skipped, and by this alone Heimdall knows a waiver; the check itself was run.
        skipped_due_to_waiver: true,
        run: true,
        justification: waiver ? `${waiver.reason} (${waiver.owner})` : reason,
        ...(waiver && { expiration_date: waiver.expires }),
        message,
      },
    }),
  };
}

const unstated = { relations: [], why: '', steps: [] } as const;

/** What Heimdall shows under Check and Fix: the scenario's steps and the words of docs/requirements.md; of an own requirement what the run says to do. */
function descriptions(id: string, steps: readonly string[], fix: string | undefined): { label: string; data: string }[] {
  const sections = sectionsOf(id);
  const passes = sections.get('Passes when');
  const check = [steps.join('\n'), sections.get('Checks'), passes && `Passes when: ${passes}`].filter(Boolean).join('\n\n');
  const remediation = sections.get('Remediation') ?? fix;
  return [...(check ? [{ label: 'check', data: check }] : []), ...(remediation === undefined ? [] : [{ label: 'fix', data: remediation }])];
}
