/** What a run's files say, each read by itself and in its own language: OUTCOMES.md, "One outcome, five languages". */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Envelope, TestStepResultStatus } from '@cucumber/messages';
import { XMLParser } from 'fast-xml-parser';
import { contextualizeEvaluation, convertFile } from 'inspecjs';
import { messageOf } from '../../support/outcome/errors.ts';
import { OUTCOMES, type Outcome } from '../../support/outcome/outcome.ts';
import type { VerdictFile } from '../../support/verdict/schema.ts';

export type Outcomes = Readonly<Record<string, Outcome>>;

/** What stands in junit.xml, back to the outcome it must have come from. */
export function junitOutcomes(text: string): Outcomes {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name) => name === 'testsuite' || name === 'testcase',
  });
  interface Case {
    classname: string;
    failure?: { type: string };
    skipped?: { message: string };
  }
  const suites: { testcase: Case[]; tests: string; failures: string; skipped: string }[] =
    parser.parse(text, true).testsuites?.testsuite ?? [];
  for (const { testcase, tests, failures, skipped } of suites) {
    const count = (key: 'failure' | 'skipped') => String(testcase.filter((each) => key in each).length);
    assert.deepEqual([tests, failures, skipped], [String(testcase.length), count('failure'), count('skipped')]);
  }
  return Object.fromEntries(
    suites
      .flatMap(({ testcase }) => testcase)
      .map(({ classname, failure, skipped }) => [classname, (failure?.type ?? skipped?.message.replace(/:.*/s, '') ?? 'met') as Outcome]),
  );
}

const allureLanguage: Readonly<Record<Outcome, string>> = {
  met: 'passed',
  'not-met': 'failed',
  undetermined: 'broken',
  blocked: 'skipped',
  'not-applicable': 'skipped',
  waived: 'skipped',
};

interface AllureResult {
  readonly testCaseId: string;
  readonly status: string;
  readonly start: number;
  readonly statusDetails: { readonly message?: string; readonly trace?: string };
  readonly labels: readonly { readonly name: string; readonly value: string }[];
}

/** The latest result of each requirement; earlier ones are attempts. */
export function allureResults(folder: string): ReadonlyMap<string, AllureResult> {
  const results = readdirSync(folder)
    .filter((name) => name.endsWith('-result.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as AllureResult)
    .sort((a, b) => a.start - b.start);
  return new Map(results.map((result) => [result.testCaseId, result]));
}

export function allureOutcomes(results: ReadonlyMap<string, AllureResult>): Outcomes {
  return Object.fromEntries(
    [...results].map(([id, { status, labels }]) => {
      const outcome = (labels.find(({ name }) => name === 'outcome')?.value ?? 'met') as Outcome;
      assert.equal(status, allureLanguage[outcome], `${id}: Allure's status is that of ${outcome}`);
      return [id, outcome];
    }),
  );
}

/** What a person reads on our own page of each requirement. What the run itself is blamed for stands there, too. */
export function pageOutcomes(html: string): Outcomes {
  const lines = html.matchAll(/<details class="requirement" id="([^"]+)"><summary>.*?<span class="word [\w-]+">([\w ]+)<\/span>/gs);
  return {
    ...Object.fromEntries(Array.from(lines, ([, id, word = '']) => [id, word.replace(' ', '-') as Outcome])),
    ...(html.includes('<h4>The run itself</h4>') && { run: 'undetermined' }),
  };
}

/** The verdict as it stands first on our own page: the words, and the colour. */
export function bannerOf(html: string): { readonly words: string; readonly verdict: string } {
  const [, verdict = '', words = ''] = /<body><header><h1 class="([\w-]+)">([^<]*)</.exec(html) ?? [];
  return { words, verdict };
}

/** What Allure's own page has packed of each requirement. */
export function allurePageOutcomes(html: string): Outcomes {
  const packed = html.matchAll(/data\/test-results\/[0-9a-f-]+\.json["'],\s*["']([A-Za-z0-9+/=]+)/g);
  const results = Array.from(packed, ([, base64 = '']) => JSON.parse(Buffer.from(base64, 'base64').toString()));
  const told = results
    .filter(({ isRetry }) => !isRetry)
    .map(({ name, ...result }) => [/^[A-Z]+-\d+/.exec(name)?.[0] ?? name.split(' ')[1], result] as const);
  return allureOutcomes(new Map(told));
}

/** The verdict's outcomes in Heimdall's language. */
export const heimdallLanguage: Readonly<Record<Outcome, string>> = {
  met: 'Passed',
  'not-met': 'Failed',
  undetermined: 'Profile Error',
  blocked: 'Not Reviewed',
  'not-applicable': 'Not Applicable',
  waived: 'Not Applicable',
};

/** What Heimdall makes of hdf.json: a status for each requirement. */
export function heimdallStatuses(text: string): Readonly<Record<string, string>> {
  const { '1_0_ExecJson': evaluation } = convertFile(text);
  assert.ok(evaluation, 'hdf.json is of its schema');
  const controls = contextualizeEvaluation(evaluation).contains.flatMap((profile) => profile.contains);
  return Object.fromEntries(controls.map(({ hdf }) => [hdf.wraps.id, hdf.status]));
}

/** What a person sees on the terminal: the word of each finding, and how many requirements came to each outcome. */
export function terminalSays(text: string): { readonly found: Outcomes; readonly counts: string; readonly cut: number } {
  const words = [...text.matchAll(/^([A-Z]+-\d+) {2}(NOT MET|UNDETERMINED) \(/gm)];
  const [counts = ''] = /^\d+ met, \d+ not met, \d+ undetermined, \d+ blocked, \d+ not applicable, \d+ waived$/m.exec(text) ?? [];
  const [, cut = '0'] = /^Not checked, since the run was interrupted: (\d+) /m.exec(text) ?? [];
  return {
    found: Object.fromEntries(words.map(([, id, word]) => [id, word?.toLowerCase().replace(' ', '-') as Outcome])),
    counts,
    cut: Number(cut),
  };
}

/** The same as it must be by a verdict. What an interrupted run did not come to is a number, and no finding. */
export function terminalShould(verdict: Outcomes, { found, cut }: ReturnType<typeof terminalSays>): ReturnType<typeof terminalSays> {
  const counts = OUTCOMES.map(
    (outcome) => `${Object.values(verdict).filter((each) => each === outcome).length} ${outcome.replace('-', ' ')}`,
  );
  const toDo = Object.entries(verdict).filter(
    ([id, outcome]) => ['not-met', 'undetermined'].includes(outcome) && (cut === 0 || id in found),
  );
  return { found: Object.fromEntries(toDo), counts: counts.join(', '), cut };
}

type Language = 'passed' | 'failed' | 'broken' | 'skipped';

/** What Cucumber's messages say of each requirement: the worst of its steps; what fails by no assertion is broken. */
function cucumberLanguage(ndjson: string): Readonly<Record<string, Language>> {
  const messages = ndjson
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Envelope);
  const idOfPickle = new Map(
    messages.flatMap(({ pickle }) =>
      pickle ? [[pickle.id, pickle.tags.find(({ name }) => /^@[A-Z]+-\d+$/.test(name))?.name.slice(1) ?? '']] : [],
    ),
  );
  const pickleOfCase = new Map(messages.flatMap(({ testCase }) => (testCase ? [[testCase.id, testCase.pickleId]] : [])));
  const caseOfStart = new Map(
    messages.flatMap(({ testCaseStarted }) => (testCaseStarted ? [[testCaseStarted.id, testCaseStarted.testCaseId]] : [])),
  );
  const said: Record<string, Language> = {};
  const rank: readonly Language[] = ['passed', 'skipped', 'broken', 'failed'];
  for (const { testStepFinished } of messages) {
    if (!testStepFinished) continue;
    const { status, exception } = testStepFinished.testStepResult;
    const id = idOfPickle.get(pickleOfCase.get(caseOfStart.get(testStepFinished.testCaseStartedId) ?? '') ?? '') ?? '';
    const failure = exception?.type === 'AssertionError' ? 'failed' : 'broken';
    const now = status === TestStepResultStatus.PASSED ? 'passed' : status === TestStepResultStatus.SKIPPED ? 'skipped' : failure;
    said[id] = rank[Math.max(rank.indexOf(said[id] ?? 'passed'), rank.indexOf(now))] ?? 'broken';
  }
  return said;
}

/** Where Cucumber's messages, Allure's files, both pages, junit.xml, hdf.json, the terminal and the exit code of a whole run do not say what verdict.json says. */
export function disagreements(
  folder: string,
  { file, exitCode, stdout }: { file: VerdictFile; exitCode: number; stdout: string },
): string[] {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const verdict = Object.fromEntries(file.requirements.map(({ id, outcome }) => [id, outcome]));
  const inAllure = Object.fromEntries(Object.entries(verdict).map(([id, outcome]) => [id, allureLanguage[outcome]]));
  const inHeimdall = Object.fromEntries(Object.entries(verdict).map(([id, outcome]) => [id, heimdallLanguage[outcome]]));
  const same = (who: string, says: () => object, wanted: object): string[] => {
    try {
      assert.deepEqual(says(), wanted);
      return [];
    } catch (error) {
      return [`${who} says otherwise than verdict.json: ${messageOf(error)}`];
    }
  };
  return [
    ...same("Cucumber's messages", () => cucumberLanguage(read('messages.ndjson')), inAllure),
    ...same('Allure', () => allureOutcomes(allureResults(join(folder, 'allure-results'))), verdict),
    ...same('junit.xml', () => junitOutcomes(read('junit.xml')), verdict),
    ...same('hdf.json', () => heimdallStatuses(read('hdf.json')), inHeimdall),
    ...same('index.html', () => pageOutcomes(read('index.html')), verdict),
    ...same('allure.html', () => allurePageOutcomes(read('allure.html')), verdict),
    ...same('the banner of index.html', () => ({ verdict: bannerOf(read('index.html')).verdict }), { verdict: file.verdict }),
    ...same('the terminal', () => terminalSays(stdout), terminalShould(verdict, terminalSays(stdout))),
    ...(file.exitCode === exitCode ? [] : [`the process ended with ${exitCode}, verdict.json says ${file.exitCode}`]),
  ];
}
