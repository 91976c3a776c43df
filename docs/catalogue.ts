/** `npm run catalogue`: writes docs/catalogue.md off the features' tags. */

import { writeFileSync } from 'node:fs';
import { type Control, controls, type Relation } from '../support/verdict/controls.ts';
import { type Statement, statements } from '../support/verdict/requirements.ts';

/** Which requirement has to do with which control, as Markdown. */
export function catalogue(): string {
  const all = statements();
  return `# The requirements and the controls they serve

Written by \`npm run catalogue\` off the tags in [features/](../features/). What each requirement looks at and what decides it stands in
[requirements.md](requirements.md).

A requirement **evidences** a control where it does itself what the control asks for, if only for a sample: where it is met, the report of that run is a record of it.
It **supports** a control where the control cannot be relied on without it; that it is met shows no more than that this one obstacle is not there. A login that works
supports backups, and is evidence of none.

So a control that asks for a *test* can be evidenced by a gate, which makes a backup and restores it. One that asks for *backups of what matters* cannot: its evidence
is the records of these backups. An audit looks and does nothing, and is evidence of no control. What is not met, or waived, is evidence of nothing.

## Requirement by requirement

**E** evidences, s supports. The columns, by framework: ${frameworks((control) => control.name)}.

| requirement | run | ${controls.map(({ name }) => name).join(' | ')} |
|---|---|${'---|'.repeat(controls.length)}
${all.map(row).join('\n')}

## Control by control

${controls.map((control) => section(control, all)).join('\n')}
## Controls that are not covered

Of the same frameworks, and near: no requirement has to do with these.

${beyond.map((line) => `- ${line}`).join('\n')}

And no run says that production virtual machines have recent backups; the suite certifies no Ceph, LVM or \`BRIDGE_LIST\` layouts, and no OpenNebula before 6.6.
`;
}

const beyond = [
  'NIST SP 800-53 rev. 5: CP-2 and CP-4 (contingency plan and its tests), CP-6 (alternate storage site), CP-9(3), CP-9(5) and CP-9(8) (separate storage, transfer to another site, cryptographic protection).',
  'ISO/IEC 27001:2022: A.8.14 (redundancy), A.5.29 and A.5.30 (disruption and continuity).',
  'CIS Controls v8: 11.1 (a data recovery process), 11.4 (an isolated instance of recovery data).',
  'SOC 2: A1.1 (capacity of the system).',
];

function frameworks(shown: (control: Control) => string): string {
  const groups = Map.groupBy(controls, ({ framework }) => framework);
  return [...groups].map(([framework, members]) => `${framework} (${members.map(shown).join(', ')})`).join('; ');
}

const relationOf = ({ relations }: Statement, control: Control): Relation | undefined =>
  relations.find((related) => related.control === control)?.relation;

function row(statement: Statement): string {
  const letters = { evidences: '**E**', supports: 's' } as const;
  const cells = controls.map((control) => {
    const relation = relationOf(statement, control);
    return relation ? letters[relation] : '';
  });
  return `| ${statement.id} ${statement.title} | ${statement.profile} | ${cells.join(' | ')} |`;
}

function section(control: Control, all: readonly Statement[]): string {
  const related = (relation: Relation) =>
    all
      .filter((statement) => relationOf(statement, control) === relation)
      .map(({ id, profile }) => `${id}${profile === 'audit' ? '' : ` (${profile})`}`)
      .join(', ') || 'none';
  return `### ${control.framework}, ${control.name}: ${control.title}

| | |
|---|---|
| asks for | ${control.asks} |
| evidenced by | ${related('evidences')} |
| supported by | ${related('supports')} |
| not covered | ${control.notCovered} |
`;
}

if (import.meta.main) writeFileSync(new URL('catalogue.md', import.meta.url), catalogue());
