import { isToDo } from '../outcome/outcome.ts';
import type { CloudVerdict, MergedVerdict } from '../verdict/merged.ts';
import type { Statement } from '../verdict/requirements.ts';
import type { Requirement, VerdictFile } from '../verdict/schema.ts';
import { said } from './words.ts';

/** What titles the suites: a feature by its file. */
type Titles = readonly Pick<Statement, 'feature' | 'group'>[];

/** The verdict as JUnit XML: one suite for each feature, one case for each requirement. */
export function toJUnit(file: VerdictFile, titles: Titles): string {
  const { cloud, profile, startedAt, finishedAt, runFaults = [] } = file;
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  const name = `name="${xml(`${cloud.name} ${profile}`)}" ${timing(seconds, startedAt)}`;
  return document(name, [...suitesOf(file, titles), ...suiteOfFaults('run', runFaults)]);
}

/** As toJUnit, of many clouds: one suite for each cloud and feature. Each case has the name of its cloud. */
export function toMergedJUnit({ clouds, faults }: MergedVerdict, titles: Titles): string {
  const suites = clouds.flatMap((cloud) => [...suitesOf(cloud, titles, cloud.name), ...suiteOfFaults('run', cloud.runFaults, cloud.name)]);
  return document('name="merged"', [...suites, ...suiteOfFaults('merge', faults)]);
}

function document(attributes: string, suites: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes}>\n${suites.join('\n')}\n</testsuites>\n`;
}

function suitesOf({ requirements, startedAt }: Pick<CloudVerdict, 'requirements' | 'startedAt'>, titles: Titles, cloud?: string): string[] {
  const features = Map.groupBy(requirements, ({ feature }) => feature.replace(/:\d+$/, ''));
  return [...features].map(([file, cases]) => {
    const title = titles.find(({ feature }) => feature === file)?.group ?? file;
    const name = cloud === undefined ? title : `${cloud}: ${title}`;
    const seconds = cases.reduce((sum, each) => sum + (each.seconds ?? 0), 0);
    const open = `  <testsuite name="${xml(name)}" ${counts(cases)} ${timing(seconds, startedAt)}>`;
    return `${open}\n${cases.map((each) => testCase(each, cloud)).join('\n')}\n  </testsuite>`;
  });
}

/** JUnit's schema has no time zone and no fractions of a second in a timestamp: it is UTC. */
const timing = (seconds: number, startedAt: string): string => `time="${asSeconds(seconds)}" timestamp="${startedAt.slice(0, 19)}"`;

const asSeconds = (seconds: number): string => seconds.toFixed(3);

function suiteOfFaults(what: 'run' | 'merge', faults: readonly string[], cloud?: string): string[] {
  if (faults.length === 0) return [];
  const of = (name: string) => xml(cloud === undefined ? name : `${cloud} ${name}`);
  return [
    `  <testsuite name="${of(`the ${what}`)}" tests="1" failures="1" errors="0" skipped="0">\n    <testcase classname="${of(what)}" name="The ${what} itself"><failure type="undetermined" message="${xml(faults.join('; '))}"/></testcase>\n  </testsuite>`,
  ];
}

function counts(cases: readonly Requirement[]): string {
  const failures = cases.filter(({ outcome }) => isToDo(outcome)).length;
  const passed = cases.filter(({ outcome }) => outcome === 'met').length;
  return `tests="${cases.length}" failures="${failures}" errors="0" skipped="${cases.length - failures - passed}"`;
}

function testCase(requirement: Requirement, cloud?: string): string {
  const { id, title, feature, outcome, seconds } = requirement;
  const time = seconds === undefined ? '' : ` time="${asSeconds(seconds)}"`;
  const open = `    <testcase classname="${xml(cloud === undefined ? id : `${cloud} ${id}`)}" name="${xml(`${id} ${title}`)}" file="${xml(feature)}"${time}`;
  if (outcome === 'met') return `${open}/>`;
  const text = xml(said(requirement));
  const result = isToDo(outcome) ? `<failure type="${outcome}" message="${text}"/>` : `<skipped message="${outcome}: ${text}"/>`;
  return `${open}>${result}</testcase>`;
}

/** Characters that XML 1.0 does not allow at all, tab and line ends aside. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

function xml(text: string): string {
  return text.replace(forbidden, '\ufffd').replace(/[&<>"\n]/g, (character) => entities[character] ?? character);
}
