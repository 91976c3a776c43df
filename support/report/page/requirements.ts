import { partsOf } from '../../outcome/judgement.ts';
import { relationLines, type Statement } from '../../verdict/requirements.ts';
import type { Requirement } from '../../verdict/schema.ts';
import { type Finding, grouped } from '../grouped.ts';
import type { Judged } from './findings.ts';
import { html, type Shown } from './html.ts';
import { day } from './times.ts';
import { linked, word } from './words.ts';

/** Every requirement in one line, by feature; unfolded: rationale, steps, and what was found where. */
export function allRequirements(judged: Judged, statements: readonly Statement[]): Shown {
  const { requirements, prefix } = judged;
  const stated = new Map(statements.map((statement) => [statement.id, statement]));
  const groups = Map.groupBy(requirements, ({ id }) => stated.get(id)?.group ?? 'Other');
  return html`<section id=${`${prefix}all`}><h2>All requirements (${requirements.length})</h2>
    ${[...groups].map(([group, members]) => html`<h3>${group}</h3>${members.map((each) => line(each, stated.get(each.id), judged))}`)}
  </section>`;
}

function line(requirement: Requirement, statement: Statement | undefined, judged: Judged): Shown {
  const { id, title, severity, outcome, since, note } = requirement;
  const found = grouped(requirement);
  const measured = outcome === 'met' ? measuredIn(requirement, found) : '';
  // What is not met is evidence of nothing.
  const relations = (statement?.relations ?? []).filter(({ relation }) => relation === 'supports' || outcome === 'met');
  const known = new Set(judged.requirements.map((each) => each.id));
  return html`<details class="requirement" id=${`${judged.prefix}${id}`}>
    <summary><b>${id}</b><span class="title">${title}${measured !== '' && html`<small>${measured}</small>`}${
      measured === '' && note !== undefined && outcome === 'met' && html`<small>With a note.</small>`
    }</span>${word(outcome)}<span class="since">${since !== undefined && `since ${day(since)}`}</span><span class="controls">${[...new Set(relations.map(({ control }) => control.name))].join(', ')}</span></summary>
    <div>
      <p class="quiet">${severity}. ${statement?.why}</p>
      ${statement && html`<ul class="steps quiet">${statement.steps.map((step) => html`<li>${step}</li>`)}</ul>`}
      ${found.map(
        (finding) => html`<div>
        ${told(finding, outcome)}${(finding.outcome === 'met' || finding.outcome === 'waived') && judged.evidence(requirement)(finding)}
      </div>`,
      )}
      ${note !== undefined && html`<p>Note: ${linked(note, known, judged.prefix)}</p>`}
      ${statement && relationLines({ relations }).map((each) => html`<p class="quiet">${each}</p>`)}
    </div>
  </details>`;
}

/** One line of what was found where; findings stand in full further up. */
function told({ where, outcome, reason, measured, alike, subjects }: Finding, of: Requirement['outcome']): Shown {
  if (where === '' && outcome === 'met' && measured === undefined) return undefined;
  const each = !alike && subjects.some((subject) => subject.measured !== undefined || subject.reason !== '');
  // Where the figures differ, those of the first are not those of all.
  const text = each ? undefined : (measured ?? (outcome === 'met' ? undefined : partsOf(reason).found));
  return html`<p>${(where !== '' || outcome !== of) && html`${word(outcome)} `}${where !== '' && `${where}${text === undefined ? '' : ': '}`}${text}</p>
    ${each && html`<details class="fold"><summary>Each of the ${subjects.length}</summary><ul>${subjects.map(({ name, measured: own, reason: why }) => html`<li>${name}: ${own ?? partsOf(why).found}</li>`)}</ul></details>`}`;
}

/** What was measured, in a line: of several subjects what the first of the largest group has. */
function measuredIn({ measured }: Requirement, found: readonly Finding[]): string {
  if (measured !== undefined) return measured;
  const first = found.find((finding) => finding.outcome === 'met' && finding.measured !== undefined);
  if (first?.measured === undefined) return '';
  const others = found.reduce((sum, { subjects }) => sum + subjects.length, 0) - first.subjects.length;
  if (first.alike) return `${first.where}: ${first.measured}${others > 0 ? `; ${others} more below` : ''}`;
  return `${first.subjects[0]?.name}: ${first.measured}; ${first.subjects.length + others - 1} more below`;
}
