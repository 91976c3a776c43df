import type { Envelope } from '@cucumber/messages';
import type { Subject } from '../../outcome/subject.ts';
import { type Exhibit, FINDINGS, type Findings } from '../../verdict/findings.ts';
import { placeOf } from '../../verdict/verdict.ts';
import type { Finding } from '../grouped.ts';
import { html, type Shown } from './html.ts';
import { clock } from './times.ts';

/** The answers that one judgement rests on. */
export interface Answers {
  readonly subject?: Subject | undefined;
  readonly exhibits: readonly Exhibit[];
}

/** What each requirement rests on, by the place where it is stated; of one that was tried again what came last. */
export function answersIn(messages: Iterable<Envelope>): ReadonlyMap<string, readonly Answers[]> {
  const places = new Map<string, string>();
  const answers = new Map<string, readonly Answers[]>();
  for (const { pickle, testCase, testCaseStarted, attachment } of messages) {
    if (pickle) places.set(pickle.id, placeOf(pickle));
    if (testCase) places.set(testCase.id, places.get(testCase.pickleId) ?? '');
    if (testCaseStarted) places.set(testCaseStarted.id, places.get(testCaseStarted.testCaseId) ?? '');
    const place = attachment?.mediaType === FINDINGS ? places.get(attachment.testCaseStartedId ?? '') : undefined;
    if (!attachment || place === undefined) continue;
    const { judgements } = JSON.parse(attachment.body) as Findings;
    answers.set(
      place,
      judgements.map(({ subject, exhibits }) => ({ subject, exhibits })),
    );
  }
  return answers;
}

/** Of how many subjects of a finding the answers are shown; where the others' are is said. */
const SHOWN = { toDo: 2, met: 1 };

export type Evidence = (finding: Finding) => Shown;

/** The evidence of a finding, folded: command, machine, account, time, exit code, output. `picture` reads one from the run's folder. */
export function evidenceOf(answers: readonly Answers[], picture: (name: string) => Buffer): Evidence {
  return (finding) => {
    const { subjects, outcome } = finding;
    const most = outcome === 'met' || outcome === 'not-applicable' ? SHOWN.met : SHOWN.toDo;
    const members = subjects.length === 0 ? [undefined] : subjects.slice(0, most);
    const exhibits = members.flatMap((subject) => answers.filter((each) => isOf(each, subject)).flatMap((each) => each.exhibits));
    const unique = [...new Map(exhibits.map((exhibit) => [exhibit.file, exhibit])).values()];
    if (unique.length === 0) return undefined;
    const others = subjects.length - members.length;
    return html`<details class="fold evidence"><summary>Evidence: ${unique.length} ${unique.length === 1 ? 'answer' : 'answers'}${others > 0 ? ` (${members.length} of ${subjects.length} subjects)` : ''}</summary>
      ${unique.map((exhibit) => answer(exhibit, picture))}
      ${others > 0 && html`<p class="quiet">The evidence of the ${others === 1 ? 'other subject' : `${others} other subjects`} is in the folder evidence/, listed in verdict.json.</p>`}
    </details>`;
  };
}

const isOf = (answers: Answers, subject: Finding['subjects'][number] | undefined): boolean =>
  subject === undefined ||
  (answers.subject?.kind === subject.kind && answers.subject.name === subject.name && answers.subject.id === subject.id);

function answer({ command, file, inline, picture: name, on, as, ended, start, stop }: Exhibit, picture: (name: string) => Buffer): Shown {
  // What stands above the answer is told here in other words; of a long one there may be no more than that.
  const [, said = ''] = /\n\n(?!\[)([\s\S]*)$/.exec(inline) ?? [];
  return html`<div class="answer">
    <code>${command}</code>
    <p class="quiet">on ${on} as ${as}, ${clock(start)}, took ${((stop - start) / 1000).toFixed(3)} s, ${ended}. <a href=${file}>Full answer</a></p>
    ${name !== undefined && html`<img alt=${`Picture: ${command}`} src=${`data:image/png;base64,${picture(name).toString('base64')}`} />`}
    ${said !== '' && html`<pre>${said}</pre>`}
  </div>`;
}
