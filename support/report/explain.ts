import { readFileSync } from 'node:fs';
import { root } from '../suite.ts';
import { relationLines, statementNamed, statements } from '../verdict/requirements.ts';
import { plainText } from './markdown.ts';
import { hang } from './terminal.ts';

/**
 * What a requirement asks, why, how it is looked at, what to do, and which controls it serves: the feature's words, then those of docs/requirements.md.
 * @throws UsageError when there is no such requirement.
 */
export function explain(id: string, width: number): string {
  const { title, why, steps, feature, ...statement } = statementNamed(id);
  const lines = (...texts: readonly string[]) => texts.flatMap((text) => hang(text, '', width)).join('\n');
  const parts = [
    hang(title, ' '.repeat(9), width, `${statement.id}  `).join('\n'),
    lines(why.replaceAll('\n', ' ')),
    lines(...steps),
    wrapped(detailsIn(statement.id), width),
    lines(...relationLines(statement)),
    `Checked by ${statement.profile}. Stated in ${feature}.`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Markdown as a terminal shows it: paragraphs and items of lists within the width; code that stands apart stays as it is. */
function wrapped(markdown: string, width: number): string {
  const blocks = markdown.split(/\n{2,}/).map((block) => {
    if (block.startsWith('```')) return block.replace(/^```.*\n|\n```$/g, '').replace(/^/gm, '  ');
    const items = block.split(/\n(?=- |\d+\. )/).map((item) => plainText(item.replace(/\s*\n\s*/g, ' ')));
    return items
      .flatMap((item) => {
        const [mark = ''] = /^(?:-|\d+\.) /.exec(item) ?? [];
        return hang(item.slice(mark.length), ' '.repeat(mark.length), width, mark);
      })
      .join('\n');
  });
  return blocks.join('\n\n');
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
      at % 2 === 0
        ? [
            [
              label,
              plainText(parts[at + 1] ?? '')
                .replace(/^,/, '')
                .trim(),
            ] as const,
          ]
        : [],
    ),
  );
}

/** The requirement's section of docs/requirements.md, without its heading. */
function detailsIn(id: string): string {
  const document = readFileSync(new URL('docs/requirements.md', root), 'utf8');
  const section = document.split(/^## /m).find((part) => part.startsWith(`${id} `)) ?? '';
  return section.replace(/^.*/, '').trim();
}
