import type { Outcome } from '../outcome/outcome.ts';
import type { MergedVerdict } from '../verdict/merged.ts';
import { notCertified } from '../verdict/not-certified.ts';
import { relationLines, type Statement } from '../verdict/requirements.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import type { Heading } from './page.ts';
import { inWords, said } from './words.ts';

const colours: Readonly<Record<Outcome, string>> = {
  met: '#1a7f37',
  'not-met': '#c62828',
  undetermined: '#9a6700',
  blocked: '#9a6700',
  'not-applicable': '#57606a',
  waived: '#0969da',
};

const style = `
@media screen { #document { display: none } }
@media print {
  html, body { height: auto !important; overflow: visible !important; background: #fff !important }
  body > *:not(#document) { display: none !important }
  #document { display: block; font: 10pt/1.4 sans-serif; color: #000 }
  #document h1 { font-size: 18pt; margin: 0 0 6pt }
  #document h2 { font-size: 13pt; margin: 16pt 0 4pt; border-bottom: 1px solid #999; break-after: avoid }
  #document h3 { font-size: 10.5pt; margin: 8pt 0 2pt; break-after: avoid }
  #document article { break-inside: avoid-page; margin-bottom: 6pt }
  #document p { margin: 0 0 3pt }
  #document dl { display: grid; grid-template-columns: max-content 1fr; gap: 1pt 12pt; margin: 0 }
  #document dt { font-weight: bold } #document dd { margin: 0 }
  #document .why { color: #444 }
  #document ul { margin: 2pt 0; padding-left: 14pt }
  #document li { overflow-wrap: anywhere }
}`;

/** The report as a paper: the same verdict, requirement by requirement, for print alone. On a screen Allure's own pages show. */
export function toDocument(heading: Heading, { requirements, runFaults = [] }: VerdictFile, statements: readonly Statement[]): string {
  const groups = Map.groupBy(requirements, (requirement) => statements.find(({ id }) => id === requirement.id)?.group ?? 'Other');
  const sections = [...groups].map(
    ([group, members]) => `<h2>${html(group)}</h2>\n${members.map((each) => article(each, statements)).join('\n')}`,
  );
  return page(heading, [...faultsOf('run', runFaults), ...sections]);
}

/** As toDocument, of many clouds: one section each. */
export function toMergedDocument(heading: Heading, { faults, notes, clouds }: MergedVerdict, statements: readonly Statement[]): string {
  const sections = clouds.flatMap(({ name, verdict, requirements, runFaults }) => [
    `<h2>${html(name)}: ${inWords(verdict)}</h2>`,
    ...faultsOf('run', runFaults),
    ...requirements.map((each) => article(each, statements)),
  ]);
  return page(heading, [...faultsOf('merge', faults), ...notes.map((note) => `<p>${html(note)}</p>`), ...sections]);
}

function page({ title, variables }: Heading, body: readonly string[]): string {
  const facts = Object.entries(variables).map(([name, value]) => `<dt>${html(name)}</dt><dd>${html(value)}</dd>`);
  return `<style>${style}</style>\n<section id="document">\n<h1>${html(title)}</h1>\n<dl>${facts.join('')}</dl>\n${body.join('\n')}\n<p>${notCertified}</p>\n</section>`;
}

function faultsOf(what: 'run' | 'merge', faults: readonly string[]): string[] {
  return faults.map((fault) => `<p>The ${what} itself: ${html(fault)}</p>`);
}

/** How many subjects a requirement names that it is met on. */
const NAMED = 20;

function article(requirement: Requirement, statements: readonly Statement[]): string {
  const { id, title, severity, outcome, note, since, subjects = [], subjectsMet = 0 } = requirement;
  const word = `<span style="color:${colours[outcome]}">${inWords(outcome)}</span>`;
  const statement = statements.find((candidate) => candidate.id === id);
  const related = statement ? relationLines(statement).map((line) => `<p class="why">${html(line)}</p>`) : [];
  const told = subjects.filter((subject) => subject.outcome !== 'met').map((subject) => `<li>${html(said(subject))}</li>`);
  const well = subjects.filter((subject) => subject.outcome === 'met').map(({ name }) => html(name));
  const more = Math.max(well.length - NAMED, 0) + subjectsMet;
  const names = well.length > 0 ? `${well.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}` : `${more}`;
  const metOn = well.length + more > 0 ? `<p class="why">Met on ${names}.</p>` : '';
  const text = said(requirement);
  const reasons = told.length > 0 ? `<ul>${told.join('')}</ul>` : text && `<p>${html(text)}</p>`;
  const dated = since === undefined ? '' : `, since ${html(since.slice(0, 10))}`;
  return `<article><h3>${html(id)} ${html(title)}: ${word} (${severity}${dated})</h3>\n<p class="why">${html(statement?.why ?? '')}</p>${reasons}${metOn}${note ? `<p>Note: ${html(note)}</p>` : ''}${related.join('')}</article>`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function html(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
