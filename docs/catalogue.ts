/** `npm run catalogue`: writes docs/catalogue.md from the features' tags, and the JSON Schemas from what the suite writes and reads. */

import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { checks } from '../support/checks/all.ts';
import { blockedBehind, needsOf } from '../support/verdict/blocking.ts';
import { type Control, controls, type Relation } from '../support/verdict/controls.ts';
import { mergedFile } from '../support/verdict/merged.ts';
import { notCertified } from '../support/verdict/not-certified.ts';
import { type Statement, statements } from '../support/verdict/requirements.ts';
import { SCHEMA, verdictFile } from '../support/verdict/schema.ts';

/** Which requirement has to do with which control, as Markdown. */
export function catalogue(): string {
  const all = statements();
  return `# The requirements and the controls they serve

Written by \`npm run catalogue\` from the tags in [features/](../features/). [requirements.md](requirements.md) says what each requirement checks and when it passes.

A requirement **evidences** a control if it does itself what the control asks for, at least for a sample. Where it is met, the report of that run is a record of it.
It **supports** a control if the control cannot be relied on without it. That it is met shows only that this one obstacle is absent: a login that works
supports backups, and is evidence of none.

A gate evidences controls that ask for a *test*: it makes a backup and restores it. An audit evidences controls that ask for *backups of what matters*: BDS-701 and BDS-703 read
the records of the backups of all VMs that the site file declares as production. BDS-601 tests one VM on one host, so it only supports CP-9(2) and CP-10; BDS-604 and
BDS-605 test a sample of all hosts and of production. A requirement that is not met, or waived, is evidence of nothing.

## Requirement by requirement

**E** evidences, s supports. The columns, by framework: ${frameworks((control) => control.name)}.

| requirement | run | ${controls.map(({ name }) => name).join(' | ')} |
|---|---|${'---|'.repeat(controls.length)}
${all.map(row).join('\n')}

## Control by control

${controls.map((control) => section(control, all)).join('\n')}
## What blocks what

If a requirement is not met or undetermined, others are not checked: they are *blocked*, and name it. With \`*\`: only for the host or machine concerned.

| requirement | blocks |
|---|---|
${checks.flatMap(({ id }) => blocks(id)).join('\n')}

## Controls that are not covered

These are related controls of the same frameworks. No requirement supports or evidences them.

${beyond.map((line) => `- ${line}`).join('\n')}

${notCertified}
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

/** What a requirement blocks, by the table that the suite goes by. */
function blocks(id: string): string[] {
  const behind = blockedBehind(id).map((other) => `${other}${isInPart(id, other) ? '*' : ''}`);
  return behind.length === 0 ? [] : [`| ${id} | ${behind.join(', ')} |`];
}

const isInPart = (id: string, other: string): boolean =>
  checks.some(
    (check) => check.id === other && needsOf(check).some((need) => need === `${id} of each host` || need === `${id} of the backup server`),
  );

/** docs/verdict.schema.json and docs/merged.schema.json, by name. */
export function schemas(): Readonly<Record<string, string>> {
  const schema = (what: string, says: string, type: z.ZodType) => {
    const { $schema, ...rest } = z.toJSONSchema(type, { io: 'input', override: ({ jsonSchema }) => inShort(jsonSchema) });
    const title = `${what} of opennebula-backup-compliance, schema ${SCHEMA}`;
    return `${JSON.stringify({ $schema, title, description: `${says} Readers ignore keys they do not know.`, ...rest }, null, 2)}\n`;
  };
  return {
    'verdict.schema.json': schema('verdict.json', 'What a run came to.', verdictFile),
    'merged.schema.json': schema('merged/verdict.json', 'What the runs of many clouds came to together.', mergedFile),
  };
}

/** What zod says at length, of times and whole numbers, the format and the type say as well. */
function inShort(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.format === 'date-time') schema.pattern = 'Z$';
  if (schema.type !== 'integer') return;
  delete schema.minimum;
  delete schema.maximum;
}

if (import.meta.main)
  for (const [name, text] of Object.entries({ 'catalogue.md': catalogue(), ...schemas() }))
    writeFileSync(new URL(name, import.meta.url), text);
