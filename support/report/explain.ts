import { readFileSync } from 'node:fs';
import { root } from '../suite.ts';
import { relationLines, statementNamed, statements } from '../verdict/requirements.ts';

/**
 * What a requirement asks, why, how it is looked at, what to do, and which controls it serves: the feature's words, then those of docs/requirements.md.
 * @throws UsageError when there is no such requirement.
 */
export function explain(id: string): string {
  const { title, why, steps, feature, ...statement } = statementNamed(id);
  const related = relationLines(statement).join('\n');
  return `${[`${statement.id}  ${title}`, why, steps.join('\n'), detailsOf(statement.id), related, `Stated in ${feature}.`].join('\n\n')}\n`;
}

/** Every requirement, a line each, under the title of its feature. */
export function listing(): string {
  const groups = Map.groupBy(statements(), ({ group }) => group);
  return [...groups].map(([group, members]) => `${group}\n${members.map(({ id, title }) => `  ${id}  ${title}\n`).join('')}`).join('\n');
}

/** The sections of a requirement in docs/requirements.md, each by its label: Checks, Passes when, Remediation. */
export function sectionsOf(id: string): ReadonlyMap<string, string> {
  const parts = detailsIn(id)
    .split(/^\*\*([A-Z][a-z ]+):?\*\*:?/m)
    .slice(1);
  return new Map(
    parts.flatMap((label, at) =>
      at % 2 === 0 ? [[label, (parts[at + 1] ?? '').replace(/^,/, '').replaceAll('**', '').trim()] as const] : [],
    ),
  );
}

/** The requirement's section of docs/requirements.md, without its heading. */
export function detailsOf(id: string): string {
  return detailsIn(id).replaceAll('**', '');
}

function detailsIn(id: string): string {
  const document = readFileSync(new URL('docs/requirements.md', root), 'utf8');
  const section = document.split(/^## /m).find((part) => part.startsWith(`${id}\n`)) ?? '';
  return section.slice(id.length).trim();
}
