import { createHash } from 'node:crypto';
import type { Outcome, Severity } from '../outcome/outcome.ts';
import type { Statement } from '../verdict/requirements.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
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
export function toHdf(file: VerdictFile, statements: readonly Pick<Statement, 'id' | 'relations'>[]): string {
  const relationsOf = (id: string) => statements.find((statement) => statement.id === id)?.relations ?? [];
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
        controls: all.map((requirement) => control(requirement, startedAt, relationsOf(requirement.id))),
      },
    ],
  };
  return `${JSON.stringify(hdf, null, 2)}\n`;
}

function control(requirement: Requirement, startedAt: string, relations: Statement['relations']) {
  const { id, title, severity, feature, outcome, reason, subjects = [], note, waiver } = requirement;
  // What only supports a control would pass for evidence of it there.
  const nist = relations.filter(({ relation, control: { tag } }) => relation === 'evidences' && tag.startsWith('NIST-800-53:'));
  const [, ref = feature, line = '0'] = /^(.*):(\d+)$/.exec(feature) ?? [];
  const told = subjects.map((subject) => `${subject.name}: ${inWords(subject.outcome)}. ${said(subject)}`.trim());
  // Each subject says what to do about itself.
  const message = [said({ ...requirement, subjects: [] }), note, ...told].filter(Boolean).join('\n');
  const status = statuses[outcome];
  return {
    id,
    title,
    // Heimdall shows it as why a control does not apply.
    desc: outcome === 'not-applicable' ? reason : title,
    impact: outcome === 'not-applicable' ? 0 : severities[severity].impact,
    tags: { severity: severities[severity].severity, nist: nist.map((each) => each.control.name) },
    refs: [],
    source_location: { ref, line: Number(line) },
    results: [
      {
        status,
        code_desc: title,
        start_time: startedAt,
        // The outcome itself, where InSpec has one word for several.
        ...(status === 'skipped' ? { skip_message: `${outcome}: ${message}` } : { message }),
      },
    ],
    ...(outcome === 'waived' && {
      waiver_data: {
        skipped_due_to_waiver: true,
        run: false,
        justification: waiver ? `${waiver.reason} (${waiver.owner})` : reason,
        ...(waiver && { expiration_date: waiver.expires }),
      },
    }),
  };
}
