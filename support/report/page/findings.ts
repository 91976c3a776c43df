import { count } from '../../outcome/figures.ts';
import { partsOf } from '../../outcome/judgement.ts';
import { SEVERITIES } from '../../outcome/outcome.ts';
import type { JudgedSubject, Requirement } from '../../verdict/schema.ts';
import { overview } from '../findings.ts';
import { type Finding, grouped, type NotTried, namedBy, notTried } from '../grouped.ts';
import { inWords } from '../words.ts';
import type { Evidence } from './evidence.ts';
import { html, type Shown } from './html.ts';
import { day } from './times.ts';
import { linked, styleFor } from './words.ts';

/** What of a run or a cloud its page is made of. */
export interface Judged {
  readonly requirements: readonly Requirement[];
  readonly runFaults: readonly string[];
  /** When it ended. */
  readonly finishedAt: string;
  /** Evidence of a requirement; none where it stands elsewhere. */
  readonly evidence: (requirement: Requirement) => Evidence;
  /** The requirement that is the cause of another. */
  readonly because: ReadonlyMap<string, string>;
  /** What does not count, by --fail-on. */
  readonly below: readonly string[];
  /** Before the ids of all that is on the page: of several clouds each has its own. */
  readonly prefix: string;
}

const known = ({ requirements }: Judged): ReadonlySet<string> => new Set(requirements.map(({ id }) => id));

/** The causes that findings name, by the requirement that they keep from being met. */
export const causesIn = (of: Parameters<typeof overview>[0]): ReadonlyMap<string, string> =>
  new Map(overview(of).toDo.flatMap(({ requirement: { id }, because }) => (because === undefined ? [] : [[id, because] as const])));

/** What is not met, a card each, by severity. */
export function findings(judged: Judged): Shown {
  const { requirements, prefix } = judged;
  const unmet = requirements.filter(({ outcome }) => outcome === 'not-met');
  const isAll = requirements.every(({ outcome }) => outcome !== 'undetermined' && outcome !== 'blocked');
  if (unmet.length === 0)
    return html`<section id=${`${prefix}findings`}><h2>Findings</h2><p>None${isAll ? '' : ' among what could be checked'}.</p></section>`;
  return html`<section id=${`${prefix}findings`}><h2>Findings (${unmet.length})</h2>
    ${SEVERITIES.map((severity) => {
      const members = unmet.filter((each) => each.severity === severity);
      return members.length > 0 && html`<h3 class="severity">${severity}</h3>${members.map((each) => card(each, judged))}`;
    })}
  </section>`;
}

/** A requirement of which something is to do: each of its findings with its four parts. */
function card(requirement: Requirement, judged: Judged): Shown {
  const { id, title, outcome, since, severity } = requirement;
  const { finishedAt, prefix, requirements, below } = judged;
  const because = judged.because.get(id);
  const isOld = since !== undefined && day(since) < day(finishedAt);
  const waiting = notTried(requirements).find(({ cause }) => cause === id);
  return html`<article class=${styleFor(outcome)}>
    <h4><a class="id" href=${`#${prefix}${id}`}>${id}</a> ${title}</h4>
    <p class="quiet">${inWords(outcome)}, ${severity}${below.includes(id) && ', does not count'}${isOld && `, since ${day(since)}`}${
      waiting && html`; <a href=${`#${prefix}behind-${id}`}>${count(waiting.blocked.length, 'requirement')} not checked because of it</a>`
    }</p>
    ${because !== undefined && html`<p>Because of <a class="id" href=${`#${prefix}${because}`}>${because}</a>: fix that first.</p>`}
    ${grouped(requirement)
      .filter((finding) => finding.outcome === outcome)
      .map((finding) => parts(finding, requirement, judged))}
  </article>`;
}

/** Found, Expected, Fix, Recheck. */
function parts(finding: Finding, requirement: Requirement, judged: Judged): Shown {
  const { where, reason, fix, recheck, subjects, alike } = finding;
  const { found: whole, expected } = partsOf(reason);
  const [subject, ...more] = subjects;
  // The line above names it.
  const found =
    subject && more.length === 0 && whole.startsWith(`${namedBy(subject)}: `)
      ? sentenceOf(whole.slice(namedBy(subject).length + 2))
      : whole;
  const text = (said: string) => linked(said, known(judged), judged.prefix);
  return html`
    ${where !== '' && html`<p class="on">${where}</p>`}
    <dl class="parts">
      <dt>Found</dt><dd>${text(found)}${!alike && ' The figures of the others differ.'}</dd>
      ${expected !== undefined && html`<dt>Expected</dt><dd>${text(sentenceOf(expected))}</dd>`}
      ${fix !== undefined && html`<dt>Fix</dt><dd>${text(fix)}</dd>`}
      ${recheck !== undefined && html`<dt>Recheck</dt><dd><code>${recheck}</code></dd>`}
    </dl>
    ${!alike && html`<details class="fold"><summary>Each of the ${subjects.length}</summary><ul>${subjects.map((each) => html`<li>${partsOf(each.reason).found}</li>`)}</ul></details>`}
    ${subjects.length > 3 && alike && html`<details class="fold"><summary>All ${subjects.length} names</summary><p>${subjects.map(calledBy).join(', ')}</p></details>`}
    ${judged.evidence(requirement)(finding)}`;
}

const calledBy = ({ name, id, kind }: JudgedSubject): string => (kind === 'host' || id === undefined ? name : `${name} (${id})`);

const sentenceOf = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** One of which some subjects are behind one cause, and some behind another, is counted behind both. */
const partly = (blocked: NotTried['blocked']): string => {
  const parts = blocked.filter(({ where }) => where !== '').length;
  return parts === 0 ? '' : `, ${parts === blocked.length ? '' : `${parts} of them `}in part`;
};

/** What nobody could look at: first what is to be fixed, then what waits for it, folded under its cause. */
export function notChecked(judged: Judged): Shown {
  const { requirements, runFaults, prefix } = judged;
  const undetermined = requirements.filter(({ outcome }) => outcome === 'undetermined');
  const behind = notTried(requirements);
  const blocked = requirements.filter(({ outcome }) => outcome === 'blocked').length;
  if (undetermined.length + runFaults.length + behind.length === 0) return undefined;
  const titles = new Map(requirements.map(({ id, title }) => [id, title]));
  return html`<section id=${`${prefix}not-checked`}><h2>Not checked (${undetermined.length + blocked})</h2>
    ${runFaults.map((fault) => html`<article class="unsure"><h4>The run itself</h4><dl class="parts"><dt>Found</dt><dd>${fault}</dd></dl></article>`)}
    ${undetermined.map((each) => card(each, judged))}
    ${behind.map(
      ({ cause, blocked: them }) => html`<details class="fold" id=${`${prefix}behind-${cause}`}>
        <summary>${them.length} not checked because of ${cause}${partly(them)}</summary>
        <p class="quiet"><a class="id" href=${`#${prefix}${cause}`}>${cause}</a> ${titles.get(cause)}</p>
        <ul>${them.map(({ requirement: { id, title }, where }) => html`<li><a class="id" href=${`#${prefix}${id}`}>${id}</a> ${title}${where !== '' && `: ${where}`}</li>`)}</ul>
      </details>`,
    )}
  </section>`;
}
