import { count } from '../../outcome/figures.ts';
import { isoInUtc } from '../../outcome/period.ts';
import type { CloudVerdict, MergedVerdict } from '../../verdict/merged.ts';
import type { Statement } from '../../verdict/requirements.ts';
import { headlineOf, numberOf } from '../headline.ts';
import { mergedHeadline, worstFirst } from '../merged.ts';
import { causesIn, findings, type Judged, notChecked } from './findings.ts';
import { documentOf, html, type Shown } from './html.ts';
import { allRequirements } from './requirements.ts';
import { signOff, table, waivers } from './sections.ts';
import { styleOf } from './style.ts';
import { moment } from './times.ts';
import { counts, legend } from './words.ts';

interface MergedPage {
  readonly merged: MergedVerdict;
  readonly statements: readonly Statement[];
  readonly mergedAt: string;
  readonly zone: string;
  /** Where a cloud's own page is, seen from this one; undefined where it has none. */
  readonly pageOf: (cloud: CloudVerdict) => string | undefined;
  readonly hasAllure: boolean;
}

/** As toPage, of many clouds: a row each, the worst first, then what is to be seen of each. */
export function toMergedPage({ merged, statements, mergedAt, zone, pageOf, hasAllure }: MergedPage): string {
  const { clouds, faults, notes } = merged;
  const ordered = worstFirst(clouds);
  const title = mergedHeadline(merged);
  return documentOf(
    `${title} · merged ${mergedAt}`,
    styleOf(`merged ${mergedAt.slice(0, 19)}Z`),
    html`<header>
        <h1 class=${merged.verdict}>${title}<small>${count(clouds.length, 'cloud')}, merged ${moment(mergedAt, zone)}</small></h1>
      </header>
      <main>
        <section id="clouds"><h2>Clouds</h2>
          ${table(
            ['Cloud', 'Verdict', 'OpenNebula', 'Profile', 'Ended', 'Not met', 'Not checked', 'Waived', 'Report'],
            ordered.map((cloud, at) => row(cloud, at, pageOf(cloud))),
          )}
          ${hasAllure && html`<p class="screen"><a href="allure.html">Allure report: every step</a></p>`}
        </section>
        ${faults.length > 0 && html`<section id="merge"><h2>The merge itself</h2><ul>${faults.map((fault) => html`<li>${fault}</li>`)}</ul></section>`}
        ${notes.length > 0 && html`<section id="notes"><h2>Notes</h2><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul></section>`}
        ${ordered.map((cloud, at) => ofCloud(cloud, at, statements))}
        ${legend()}
        ${signOff()}
      </main>
      <footer>The same for machines: <a href="verdict.json">verdict.json</a>, <a href="summary.md">summary.md</a>, <a href="junit.xml">junit.xml</a>.</footer>`,
  );
}

function row(cloud: CloudVerdict, at: number, page: string | undefined): readonly Shown[] {
  const style = { compliant: 'met', 'not-compliant': 'not-met', undetermined: 'unsure', 'nothing-evaluated': 'unsure' }[cloud.verdict];
  return [
    html`<a href=${`#cloud-${at}`}>${cloud.name}</a>`,
    html`<b class=${style}>${headlineOf(cloud)}</b>`,
    ...[cloud.openNebula ?? 'unknown', cloud.profile, html`<span class="moment">${isoInUtc(cloud.finishedAt)}</span>`],
    ...[
      numberOf(cloud.requirements, 'not-met'),
      numberOf(cloud.requirements, 'undetermined', 'blocked'),
      numberOf(cloud.requirements, 'waived'),
    ],
    page === undefined ? cloud.run : html`<a href=${page}>${cloud.run}</a>`,
  ];
}

/** A cloud as its own page has it, but for evidence, which is there. */
function ofCloud(cloud: CloudVerdict, at: number, statements: readonly Statement[]): Shown {
  const { name, requirements, runFaults, finishedAt, verdict, frontend, below = [] } = cloud;
  const because = causesIn({ requirements, cloud });
  const judged: Judged = {
    ...{ requirements, runFaults, finishedAt, because, below },
    ...{ evidence: () => () => undefined, prefix: `cloud-${at}-` },
  };
  return html`<section id=${`cloud-${at}`} class="cloud"><h2>${name}: ${headlineOf(cloud)}</h2>
    <p class="quiet">Front-end ${frontend}.</p>
    ${counts(requirements)}
    ${verdict !== 'compliant' && [findings(judged), notChecked(judged)]}
    ${waivers(judged, [])}
    <details class="fold screen"><summary>All requirements of ${name}</summary>${allRequirements(judged, statements)}</details>
    <p class="paper quiet">All requirements of ${name}, a line each, are on the page of its own run.</p>
  </section>`;
}
