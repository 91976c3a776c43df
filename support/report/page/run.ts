import { EXIT } from '../../outcome/exit-codes.ts';
import type { Statement } from '../../verdict/requirements.ts';
import type { Requirement, VerdictFile } from '../../verdict/schema.ts';
import { asideOf, headlineOf } from '../headline.ts';
import { type Answers, evidenceOf } from './evidence.ts';
import { causesIn, findings, type Judged, notChecked } from './findings.ts';
import { documentOf, html, type Shown } from './html.ts';
import { allRequirements } from './requirements.ts';
import { type Earlier, restoreTest, type Sealed, scope, seal, signOff, trend, waivers } from './sections.ts';
import { styleOf } from './style.ts';
import { moment } from './times.ts';
import { counts, legend } from './words.ts';

/** All that a run's page is made of. */
export interface RunPage {
  readonly file: VerdictFile;
  readonly statements: readonly Statement[];
  readonly answers: ReadonlyMap<string, readonly Answers[]>;
  /** A picture among the evidence. */
  readonly picture: (name: string) => Buffer;
  readonly datastore: Parameters<typeof scope>[1];
  /** The VM that is backed up and restored. */
  readonly testVm: string | undefined;
  /** The runs before this one, the newest first. */
  readonly earlier: readonly Earlier[];
  readonly sealed: Sealed;
  /** Allure's report is beside it. */
  readonly hasAllure: boolean;
  /** Where local time is taken. */
  readonly zone: string;
}

/** The report of a run: one file that asks nothing of any other. */
export function toPage({ file, statements, answers, picture, datastore, testVm, earlier, sealed, hasAllure, zone }: RunPage): string {
  const { requirements, runFaults = [], waiverNotes = [], profile, cloud } = file;
  const evidence = (requirement: Requirement) => evidenceOf(answers.get(requirement.feature) ?? [], picture);
  const judged: Judged = {
    requirements,
    runFaults,
    finishedAt: file.finishedAt,
    evidence,
    because: causesIn(file),
    below: file.below ?? [],
    prefix: '',
  };
  const isOfGate = (id: string) => statements.some((statement) => statement.id === id && statement.profile === 'gate');
  const sections: readonly (readonly [id: string, name: string, shown: Shown])[] = [
    ['findings', 'Findings', findings(judged)],
    ['not-checked', 'Not checked', notChecked(judged)],
    ['waivers', 'Waivers', waivers(judged, waiverNotes)],
    ['restore-test', 'Restore test', restoreTest(file, isOfGate, testVm, pictures(requirements, answers, picture))],
    ['all', 'All requirements', allRequirements(judged, statements)],
    ['scope', 'Scope', scope(file, datastore)],
    ['trend', 'Trend', trend([file, ...earlier])],
    ['legend', 'Legend', legend()],
    ['seal', 'Seal', seal(file, sealed, zone)],
  ];
  const title = headlineOf(file);
  const aside = asideOf(file);
  return documentOf(
    `${title} · ${cloud.name} · ${file.run}`,
    styleOf(file.run),
    html`<header>
        <h1 class=${file.verdict}>${title}<small>${cloud.name}, ${profile}${file.exitCode === EXIT.interrupted && ', interrupted'}${aside !== undefined && `; ${aside}`}</small></h1>
        ${facts(file, zone)}
      </header>
      <main>
        ${counts(requirements)}
        <nav aria-label="Sections"><ul>
          ${sections.filter(([, , shown]) => shown !== undefined).map(([id, name]) => html`<li><a href=${`#${id}`}>${name}</a></li>`)}
          ${hasAllure && html`<li><a href="allure.html">Allure report: every step</a></li>`}
        </ul></nav>
        ${sections.map(([, , shown]) => shown)}
        ${signOff()}
      </main>
      <footer>opennebula-backup-compliance ${file.suite}, ${profile} of ${cloud.name}. The same verdict for machines: <a href="verdict.json">verdict.json</a>, <a href="summary.md">summary.md</a>, <a href="junit.xml">junit.xml</a>, <a href="hdf.json">hdf.json</a>.</footer>`,
  );
}

function facts({ cloud, startedAt, finishedAt, run, validUntil }: VerdictFile, zone: string): Shown {
  // A clock may be set back meanwhile.
  const seconds = Math.max(0, Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000));
  const all: readonly (readonly [string, string])[] = [
    ['OpenNebula', cloud.openNebula ?? 'unknown'],
    ['Front-end', cloud.frontend],
    ['Began', moment(startedAt, zone)],
    ['Took', `${seconds} s`],
    ['Valid until', validUntil === undefined ? 'not said' : moment(validUntil, zone)],
    ['Run', run],
  ];
  return html`<dl class="facts">${all.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** What the screens of restored machines showed, once each. */
function pictures(requirements: readonly Requirement[], answers: RunPage['answers'], picture: RunPage['picture']): Shown {
  const all = requirements.flatMap(({ id, feature }) =>
    (answers.get(feature) ?? []).flatMap(({ exhibits }) =>
      exhibits.flatMap(({ picture: name }) => (name === undefined ? [] : [{ id, name }])),
    ),
  );
  return [...new Map(all.map((each) => [each.name, each])).values()].map(
    ({ id, name }) =>
      html`<figure><img alt=${`Console of the restored VM (${id})`} src=${`data:image/png;base64,${picture(name).toString('base64')}`} /><figcaption class="quiet">Console of the restored VM (${id})</figcaption></figure>`,
  );
}
