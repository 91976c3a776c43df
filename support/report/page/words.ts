import { OUTCOMES, type Outcome, SEVERITIES, type Severity } from '../../outcome/outcome.ts';
import type { Requirement } from '../../verdict/schema.ts';
import { inWords } from '../words.ts';
import { html, type Shown } from './html.ts';

/** The class of style for an outcome; that of the verdict “undetermined” has its own. */
export const styleFor = (outcome: Outcome): string => (outcome === 'undetermined' ? 'unsure' : outcome);

export const word = (outcome: Outcome): Shown => html`<span class=${`word ${styleFor(outcome)}`}>${inWords(outcome)}</span>`;

const MEANINGS: Readonly<Record<Outcome, string>> = {
  met: 'checked, and it holds',
  'not-met': 'checked, and it does not hold: a finding',
  undetermined: 'could not be checked: neither met nor not met',
  blocked: 'not checked, because a prerequisite failed; the reason names it',
  'not-applicable': 'does not apply to this cloud; the reason is given',
  waived: 'not met, and a named owner accepts the risk until a set date',
};

const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  blocker: 'backups or restores fail',
  critical: 'some backups fail, or what they need is about to run out',
  normal: 'backups work, but something is not as declared',
  minor: 'worth knowing',
};

export const legend = (): Shown => html`<section id="legend"><h2>Legend</h2>
  <dl class="plain">
    ${OUTCOMES.map((outcome) => html`<dt>${word(outcome)}</dt><dd>${MEANINGS[outcome]}</dd>`)}
    ${SEVERITIES.map((severity) => html`<dt>${severity}</dt><dd>${SEVERITY_WORDS[severity]}</dd>`)}
    <dt>evidence</dt><dd>the commands behind an outcome, as you can type them. Where a script asked for exceptions only, an empty answer means that there was none (docs/commands.md). Other terms: docs/glossary.md of the suite</dd>
  </dl>
</section>`;

/** How many requirements came to each outcome. */
export const counts = (requirements: readonly Requirement[]): Shown => html`<ul class="counts" aria-label="Requirements by outcome">
  ${OUTCOMES.map((outcome) => {
    const number = requirements.filter((each) => each.outcome === outcome).length;
    return html`<li class=${number === 0 ? 'none' : styleFor(outcome)}><b>${number}</b>${inWords(outcome)}</li>`;
  })}
</ul>`;

/** A text in which every requirement that stands on this page is a link to it. */
export function linked(text: string, known: ReadonlySet<string>, prefix = ''): Shown {
  return text.split(/\b([A-Z][A-Z0-9]*-\d{3,})\b/).map((piece, at) => {
    if (at % 2 === 0 || !known.has(piece)) return piece;
    return html`<a class="id" href=${`#${prefix}${piece}`}>${piece}</a>`;
  });
}

/** A list of names and values as the page has them in its sections. */
export const pairs = (of: readonly (readonly [name: string, value: Shown])[]): Shown =>
  html`<dl class="plain">${of.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
