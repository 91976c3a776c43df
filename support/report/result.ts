import { styleText } from 'node:util';
import { EXIT } from '../outcome/exit-codes.ts';
import { count } from '../outcome/figures.ts';
import { firstFew, withoutStop } from '../outcome/judgement.ts';
import { type Action, OUTCOMES, type Outcome } from '../outcome/outcome.ts';
import { cleaned } from '../outcome/secrets.ts';
import type { JudgedSubject, OverallVerdict, Requirement, VerdictFile } from '../verdict/schema.ts';
import { type Overview, overview, type ToDo, type Told } from './findings.ts';
import type { NotTried } from './grouped.ts';
import { verdictLine, waiversIn } from './headline.ts';
import { scopeLines } from './scope.ts';
import { hang, printable, wrap } from './terminal.ts';
import { inWords } from './words.ts';

type Style = Parameters<typeof styleText>[0];

const outcomeStyles = {
  met: 'green',
  'not-met': 'red',
  undetermined: 'yellow',
  blocked: 'yellow',
  'not-applicable': 'gray',
  waived: 'cyan',
} as const satisfies Readonly<Record<Outcome, Style>>;

const verdictStyles = {
  compliant: 'green',
  'not-compliant': 'red',
  undetermined: 'yellow',
  'nothing-evaluated': 'yellow',
} as const satisfies Readonly<Record<OverallVerdict, Style>>;

/** How much of a run is told: the verdict line alone, or what is met as well. */
export type Detail = 'quiet' | 'normal' | 'verbose';

interface Shown {
  /** Where the page is. */
  readonly report: string;
  /** What else is to be said of the run's files. */
  readonly remarks: readonly string[];
  readonly detail?: Detail;
  /** What the commands of a recheck must be told besides: --site east.yaml. */
  readonly options?: string;
}

/** What a person reads at the end of a run: findings first, then what else is worth a word, the verdict, the counts, and the one command to run. */
export function toResult(told: VerdictFile, { report, remarks, detail = 'normal', options = '' }: Shown, width: number): string {
  const file = cleaned(told, printable);
  const verdict = styleText(['bold', verdictStyles[file.verdict]], verdictLine(file));
  if (detail === 'quiet') return `${verdict}\n`;
  const { cloud, profile, requirements, runFaults = [], waiverNotes = [], actions = [], scope } = file;
  const room = Math.max(width, 40);
  const seen = overview(file);
  const { toDo, barred, cut } = seen;
  const at = { file, width: room, told: new Map<string, string>() };
  const plain = (texts: readonly string[], style?: Style) => texts.flatMap((text) => styled(hang(text, '', room), style));
  const sections = [
    plain([`${profile} of ${cloud.name}, front-end ${cloud.frontend}`]),
    ...toDo.map((each) => found(each, at)),
    barred.flatMap((each) => barredBy(each, requirements, room)),
    cut.length === 0 ? [] : fitted(`Not checked, since the run was interrupted: ${count(cut.length, 'requirement')}`, idsOf(cut), '', room),
    detail === 'verbose' ? requirements.flatMap((each) => whole(each, room)) : [],
    waived(requirements, room),
    [
      ...plain(
        runFaults.map((fault) => `The run itself: ${fault}`),
        'yellow',
      ),
      ...plain(waiverNotes, 'cyan'),
    ],
    plain(scope ? scopeLines(scope) : []),
    acted(actions, profile, room, detail === 'verbose'),
    [
      ...wrap(verdictLine(file), room).map((line) => styleText(['bold', verdictStyles[file.verdict]], line)),
      ...plain([countsOf(requirements)]),
      ...next(file, seen, options),
      `Report: ${printable(report)}`,
      ...plain(remarks),
    ],
  ];
  return `\n${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')}`;
}

/** How many requirements came to each outcome. */
export const countsOf = (requirements: readonly Requirement[]): string =>
  OUTCOMES.map((outcome) => `${requirements.filter((each) => each.outcome === outcome).length} ${inWords(outcome)}`).join(', ');

/** The one command to run: the recheck of what comes first. */
export function nextOf(
  file: Pick<VerdictFile, 'profile' | 'requirements' | 'exitCode' | 'cloud'>,
  { toDo, barred, cut }: Overview = overview(file),
): string | undefined {
  const { profile, exitCode } = file;
  const [first] = toDo;
  if (first) {
    const { requirement, findings } = first;
    const recheck = requirement.recheck ?? findings[0]?.recheck;
    const whole = findings.length > 1 ? recheck?.replace(/ --only .*/, ` --only ${requirement.id}`) : recheck;
    return whole ?? `backup-compliance explain ${requirement.id}`;
  }
  if (barred[0]) return `backup-compliance explain ${barred[0].cause}`;
  return cut.length > 0 || exitCode === EXIT.interrupted ? `backup-compliance ${profile}` : undefined;
}

function next(file: VerdictFile, seen: Overview, options: string): string[] {
  const command = nextOf(file, seen);
  if (command === undefined) return [];
  // A command that is copied stands in one line.
  return [`Next: ${styleText('bold', command.includes(' explain ') ? command : `${command}${options}`)}`];
}

const styled = (lines: readonly string[], style: Style | undefined): string[] =>
  lines.map((line) => (style ? styleText(style, line) : line));

/** Under an id. */
const INDENT = '         ';
const BODY = '  ';
/** How many groups of one requirement are told of; the report tells of all. */
const TOLD = 8;

/** What else a finding is told by. */
interface Around {
  readonly file: VerdictFile;
  readonly width: number;
  /** Fixes that were told, nameless, with the requirement where. */
  readonly told: Map<string, string>;
}

/** A finding: what it is, what was found and expected, what to do, and what could not be checked because of it. */
function found({ requirement, findings, because, barred }: ToDo, { file, width, told }: Around): string[] {
  const { startedAt, below = [] } = file;
  const { id, title, outcome, severity, since = '' } = requirement;
  const dated = since < startedAt && since !== '' ? `, since ${since.slice(0, 10)}` : '';
  const word = outcome === 'not-met' ? 'NOT MET' : inWords(outcome).toUpperCase();
  const aside = below.includes(id) ? ', does not count' : '';
  const [head = '', ...rest] = hang(`${word} (${severity}${dated}${aside}): ${title}`, INDENT, width, `${id}  `);
  const byFix = Map.groupBy(findings.slice(0, TOLD), ({ alike }) => alike);
  return [
    [head.replace(word, styleText(['bold', outcomeStyles[outcome]], word)), ...rest],
    [...byFix].flatMap(([alike, members]) => {
      const texts = members.map((each) => words(each, because));
      const fix = because === undefined ? (members[0]?.fix ?? '') : '';
      const before = told.get(alike);
      told.set(alike, before ?? id);
      if (fix === '') return texts.flatMap((text) => hang(text, BODY, width));
      if (before === undefined) return [...texts, `Fix: ${fix}`].flatMap((text) => hang(text, BODY, width));
      return texts.flatMap((text, at) => hang(at < texts.length - 1 ? text : `${text} Fix: as for ${before}.`, BODY, width));
    }),
    findings.length > TOLD ? [`${BODY}… and ${findings.length - TOLD} more, see the report.`] : [],
    barredLines(barred, 'because of it', BODY, width),
  ].flat();
}

/** What was found and expected. */
function words({ where, found: seen, expected }: Told, because: string | undefined): string {
  const parts = [where && `${where}.`, because && `Because of ${because}.`, `Found: ${seen}`, expected && `Expected: ${expected}`];
  return parts.filter(Boolean).join(' ');
}

const idsOf = (requirements: readonly Requirement[]): string[] => requirements.map(({ id }) => id);

/** What is blocked, in one line. */
function barredLines(barred: NotTried['blocked'], why: string, indent: string, width: number): string[] {
  if (barred.length === 0) return [];
  const those = new Set(barred.map(({ requirement }) => requirement.id));
  const [where = '', ...others] = new Set(barred.map((each) => each.where));
  const at = where === '' || others.length > 0 ? '' : ` on ${where}`;
  return fitted(`Not checked ${why}: ${count(those.size, 'requirement')}${at}`, [...those], indent, width);
}

/** What is blocked by something that is no finding: it is waived, or was not asked for. */
function barredBy({ cause, blocked }: NotTried, requirements: readonly Requirement[], width: number): string[] {
  const outcome = requirements.find(({ id }) => id === cause)?.outcome;
  return barredLines(blocked, `because of ${cause}${outcome === undefined ? '' : ` (${inWords(outcome)})`}`, '', width);
}

/** A line with as many of the names behind it as there is room for. */
function fitted(text: string, names: readonly string[], indent: string, width: number): string[] {
  for (let shown = names.length; shown > 0; shown -= 1) {
    const more = shown < names.length ? ', …' : '';
    const line = `${indent}${text} (${names.slice(0, shown).join(', ')}${more})`;
    if (line.length <= width) return [styleText('yellow', line)];
  }
  return styled(hang(text, indent, width), 'yellow');
}

/** The waivers in force, a line or two each. */
function waived(requirements: readonly Requirement[], width: number): string[] {
  return waiversIn(requirements).flatMap(({ requirement: { id, title }, waiver, subjects }) => {
    const { owner, reason, ticket, expires } = waiver;
    const on = subjects.length === 0 ? '' : ` on ${firstFew(subjects, ', ')}`;
    const why = `${withoutStop(reason)}${ticket === undefined ? '' : `, ${ticket}`}`;
    return styled(hang(`waived until ${expires} by ${owner}${on} (${why}): ${title}`, INDENT, width, `${id}  `), 'cyan');
  });
}

/** A requirement with what was measured, each login included. */
function whole(requirement: Requirement, width: number): string[] {
  const { id, title, outcome, measured, note, reason, subjects = [], subjectsMet = 0 } = requirement;
  const [head = '', ...rest] = hang(`${inWords(outcome)}: ${title}`, INDENT, width, `${id}  `);
  const figures = measured === undefined ? [] : hang(measured, INDENT, width);
  const why = outcome === 'not-applicable' ? hang(reason, INDENT, width) : [];
  const isSaid = subjectsMet === 0 || (subjects.length === 0 && measured !== undefined);
  const more = isSaid ? [] : [`${INDENT}${subjects.length > 0 ? `${subjectsMet} more` : `All ${subjectsMet}`}: met`];
  const notes = note === undefined || subjects.length > 0 ? [] : hang(`Note: ${note}`, INDENT, width);
  return [
    head.replace(inWords(outcome), styleText(outcomeStyles[outcome], inWords(outcome))),
    ...styled([...rest, ...figures, ...why, ...subjects.flatMap((each) => one(each, width)), ...more, ...notes], 'dim'),
  ];
}

/** A note that begins with the subject's name says it once. */
function one({ name, outcome, measured, note }: JudgedSubject, width: number): string[] {
  const said = [measured, note?.startsWith(`${name}: `) ? note.slice(name.length + 2) : note]
    .filter((each) => each !== undefined)
    .join('. ');
  return hang(`${name}: ${inWords(outcome)}${said === '' ? '' : `, ${said}`}`, `${INDENT}  `, width, INDENT);
}

const states = { changed: 'Done', undone: 'Cleaned up', left: 'Still there' } as const;

/** What the run changed on the machines, a line each; of much that is cleaned up, the number. */
function acted(actions: readonly Action[], profile: string, width: number, isWhole: boolean): string[] {
  if (actions.length === 0) return profile === 'setup' ? ['Nothing was changed on any machine.'] : [];
  const undone = actions.filter(({ state }) => state === 'undone');
  const isMuch = undone.length > TOLD && !isWhole;
  const shown = isMuch ? actions.filter((action) => !undone.includes(action)) : actions;
  const all = isMuch
    ? [...shown, { what: `${undone.length} items that the run had made, listed in the report`, state: 'undone' as const }]
    : shown;
  return all.flatMap(({ what, state }) =>
    styled(hang(`${states[state]}: ${what}`, '  ', width, ''), state === 'left' ? 'yellow' : undefined),
  );
}
