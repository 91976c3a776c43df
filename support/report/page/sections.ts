import { count } from '../../outcome/figures.ts';
import { partsOf } from '../../outcome/judgement.ts';
import type { Action } from '../../outcome/outcome.ts';
import { isoInUtc } from '../../outcome/period.ts';
import { notCertified } from '../../verdict/not-certified.ts';
import type { JudgedSubject, Requirement, VerdictFile } from '../../verdict/schema.ts';
import { unwaived } from '../../verdict/waivers.ts';
import { headlineOf, numberOf, waiversIn } from '../headline.ts';
import { keptProofLine } from '../proofs.ts';
import { scopeLines } from '../scope.ts';
import type { Judged } from './findings.ts';
import { html, type Shown } from './html.ts';
import { daysLeft, moment } from './times.ts';
import { pairs, word } from './words.ts';

/** A table of which a narrow screen makes a list. */
export function table(heads: readonly string[], rows: readonly (readonly Shown[])[]): Shown {
  return html`<table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
    <tbody>${rows.map((cells) => html`<tr>${cells.map((cell, at) => html`<td data-label=${heads[at]}>${cell}</td>`)}</tr>`)}</tbody></table>`;
}

/** Who accepts what until when; and waivers that cover nothing, or no more. */
export function waivers({ requirements, prefix, finishedAt }: Judged, unused: readonly string[]): Shown {
  const inForce = waiversIn(requirements);
  if (inForce.length + unused.length === 0) return undefined;
  return html`<section id=${`${prefix}waivers`}><h2>Waivers in force (${inForce.length})</h2>
    ${
      inForce.length > 0 &&
      table(
        ['Requirement', 'Owner', 'Reason', 'Ticket', 'Days left'],
        inForce.map(({ requirement, waiver: { owner, reason, ticket, expires }, subjects }) => [
          html`<a href=${`#${prefix}${requirement.id}`}>${requirement.id}</a> ${requirement.title}${subjects.length > 0 && ` (${firstNames(subjects)})`}<br/><span class="quiet">${partsOf(unwaived(waivedIn(requirement))).found}</span>`,
          ...[owner, reason, ticket ?? 'none', `${daysLeft(expires, finishedAt)} (until ${expires})`],
        ]),
      )
    }
    ${unused.length > 0 && html`<h3>Unused</h3><ul>${unused.map((note) => html`<li>${note}</li>`)}</ul>`}
  </section>`;
}

const firstNames = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');

/** What is waived, in the words of the first subject it is waived of. */
const waivedIn = (requirement: Requirement): JudgedSubject | Requirement =>
  requirement.subjects?.find(({ outcome }) => outcome === 'waived') ?? requirement;

const STATES: Readonly<Record<Action['state'], string>> = { changed: 'Made', undone: 'Cleaned up', left: 'Left behind' };

/** What a gate proves beyond an audit, what it measured, and what became of what it made. Of a set-up what it changed. */
export function restoreTest(
  { profile, requirements, finishedAt, actions = [] }: VerdictFile,
  isOfGate: (id: string) => boolean,
  testVm: string | undefined,
  pictures: Shown,
): Shown {
  if (profile !== 'gate' && profile !== 'demo' && actions.length === 0) return undefined;
  const proven = requirements.filter(({ id }) => isOfGate(id));
  const hosts = keptProofLine({ requirements, finishedAt });
  const title = proven.length > 0 ? 'Restore test' : 'What was changed';
  return html`<section id="restore-test"><h2>${title}</h2>
    ${proven.length > 0 && testVm !== undefined && html`<p>Test VM: ${testVm}.</p>`}
    ${
      proven.length > 0 &&
      table(
        ['Requirement', 'Outcome', 'Measured'],
        proven.map(({ id, title: of, outcome, measured, note, subjects = [] }) => [
          html`<a href=${`#${id}`}>${id}</a> ${of}`,
          word(outcome),
          measured ?? [...subjects.flatMap(figuresOf), ...(note === undefined ? [] : [note])].map((line) => html`<div>${line}</div>`),
        ]),
      )
    }
    ${hosts !== undefined && html`<p>${hosts}.</p>`}
    ${pictures}
    ${
      actions.length > 0 &&
      html`<h3>What was made, and what became of it</h3>
      <ul>${actions.map(({ what, state }) => html`<li><b>${STATES[state]}:</b> ${what}</li>`)}</ul>`
    }
  </section>`;
}

const figuresOf = ({ name, measured }: JudgedSubject): string[] => (measured === undefined ? [] : [`${name}: ${measured}`]);

/** What the verdict is about, and what it is not. */
export function scope(
  { cloud, requirements, scope: production }: VerdictFile,
  datastore: { readonly name: string; readonly rsync_user: string; readonly rsync_host: string; readonly path: string },
): Shown {
  const hosts = [
    ...new Set(requirements.flatMap(({ subjects = [] }) => subjects.flatMap(({ kind, name }) => (kind === 'host' ? name : [])))),
  ];
  return html`<section id="scope"><h2>Scope</h2>
    ${pairs([
      ['Front-end', cloud.frontend],
      ['Hypervisor hosts', hosts.length === 0 ? 'none was checked' : `${count(hosts.length, 'host')}: ${firstNames(hosts)}`],
      ['Backup server', datastore.rsync_host],
      ['Datastore', `${datastore.name}: ${datastore.rsync_user}@${datastore.rsync_host}:${datastore.path}`],
      ...(production
        ? [['Production', scopeLines(production).map((line) => html`<div>${line.replace(/^Production: /, '')}</div>`)] as const]
        : []),
    ])}
    <p>${notCertified}</p>
  </section>`;
}

/** A run before this one, as the trend has it. */
export type Earlier = Pick<VerdictFile, 'run' | 'startedAt' | 'verdict' | 'requirements' | 'runFaults'>;

/** This run and those before it, the newest first. */
export function trend(runs: readonly Earlier[]): Shown {
  if (runs.length < 2) return undefined;
  return html`<section id="trend"><h2>The last ${runs.length} runs</h2>
    ${table(
      ['Began', 'Verdict', 'Not met', 'Not checked', 'Waived', 'Run'],
      runs.map((run) => [
        isoInUtc(run.startedAt),
        html`<span class=${{ compliant: 'met', 'not-compliant': 'not-met', undetermined: 'unsure', 'nothing-evaluated': 'unsure' }[run.verdict]}>${headlineOf(run)}</span>`,
        ...[
          numberOf(run.requirements, 'not-met'),
          numberOf(run.requirements, 'undetermined', 'blocked'),
          numberOf(run.requirements, 'waived'),
        ],
        run.run,
      ]),
    )}
  </section>`;
}

/** What binds this page, on paper too, to the files of its run. */
export interface Sealed {
  /** SHA-256 of the manifest's lines of all other files; undefined where they could not be read. */
  readonly manifest: string | undefined;
  /** The key that signs the manifest. */
  readonly key: string | undefined;
}

export function seal({ run, suite, validUntil }: VerdictFile, { manifest, key }: Sealed, zone: string): Shown {
  return html`<section id="seal"><h2>Seal</h2>
    ${pairs([
      ['Run', html`${run}, suite ${suite}`],
      ...(validUntil === undefined ? [] : [['Valid until', moment(validUntil, zone)] as const]),
      [
        'Manifest',
        manifest === undefined
          ? 'The files of the run were not sealed.'
          : html`SHA-256 of SHA256SUMS without this page: <code>${manifest}</code><br/><span class="quiet">Compare, in the folder of the run: <code>grep -v '  index.html$' SHA256SUMS | sha256sum</code></span>`,
      ],
      [
        'Signature',
        key === undefined
          ? 'Not signed (evidence.sign_with in the site file).'
          : html`SHA256SUMS.sig, by ${key}. <span class="quiet">Check: <code>backup-compliance verify-evidence</code></span>`,
      ],
    ])}
  </section>`;
}

/** Room for those who answer for it, on paper. */
export const signOff = (): Shown => html`<div class="sign"><div>Reviewer</div><div>Date</div><div>Signature</div></div>`;
