import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AllureReport, resolveConfig } from '@allurereport/core';
import { TREND } from '../archive/history.ts';
import { leaks, scrub } from '../outcome/secrets.ts';

/** Nothing may be asked of the network, whatever the report is told to show. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; style-src 'unsafe-inline' data:; img-src data: blob:; font-src data:; media-src data: blob:; connect-src data: blob:; worker-src blob: data:; frame-src data: blob:; base-uri 'none'; form-action 'none'";

/** What is not met comes apart by why; what Allure would call product errors and test errors says nothing to an auditor. */
const outcomes = [
  ['Not met', 'not-met'],
  ['Undetermined', 'undetermined'],
  ['Blocked', 'blocked'],
  ['Not applicable', 'not-applicable'],
  ['Waived', 'waived'],
] as const;

/** Allure's others speak to developers. */
const charts = [
  { type: 'currentStatus', title: 'This run' },
  { type: 'statusDynamics', title: 'The runs before', limit: TREND },
];

interface Heading {
  readonly title: string;
  /** Shown above the results, in this order. */
  readonly variables: Readonly<Record<string, string>>;
  /** HTML for print, put at the end of the page. */
  readonly paper: string;
  /** Allure's history of the runs before, to show and to add this run to. */
  readonly history?: string | undefined;
  /** The labels by which the results are grouped. */
  readonly groupBy?: readonly string[];
}

/**
 * Allure's report of the results in `folder`/allure-results, as one file: `folder`/index.html.
 * @throws Error when Allure wrote none, or one that would ask something of the network.
 */
export async function writeReport(folder: string, heading: Heading): Promise<string> {
  const results = join(folder, 'allure-results');
  await scrubAll(results);
  const output = await mkdtemp(join(folder, '.allure-'));
  try {
    const file = join(folder, 'index.html');
    await writeFile(file, offline(await generate(results, output, heading), heading.paper));
    return file;
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

/** Allure's own page of some results, made in the folder `output`. */
async function generate(results: string, output: string, { title, variables, history, groupBy = ['feature'] }: Heading): Promise<string> {
  const config = await resolveConfig({
    name: title,
    output,
    variables,
    ...(history !== undefined && { historyPath: history, historyLimit: TREND }),
    hideLabels: ['language', 'framework', 'package', 'thread', 'host', 'testId', /^ALLURE/],
    categories: outcomes.map(([name, outcome]) => ({ name, matchers: { labels: { outcome } }, groupByMessage: false })),
    plugins: {
      awesome: {
        options: {
          reportName: title,
          singleFile: true,
          reportLanguage: 'en',
          theme: 'light',
          groupBy,
          sections: ['charts'],
          charts,
        },
      },
    },
  });
  const report = new AllureReport(config);
  await report.start();
  await report.readDirectory(results);
  await report.done();
  return readFile(join(output, 'index.html'), 'utf8').catch(() => readFile(join(output, 'awesome', 'index.html'), 'utf8'));
}

/** Allure packs its results into the report in a form that no search finds a secret in, so they are searched before. */
async function scrubAll(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    if (leaks(text) > 0) await writeFile(join(folder, name), scrub(text));
  }
}

const ANALYTICS =
  /<script[^>]*\bsrc="https?:[^>]*><\/script>|<script>(?:(?!<\/script>)[\s\S])*?\bgtag\((?:(?!<\/script>)[\s\S])*?<\/script>/g;

/** What a page may not hold: it would be fetched when the page is shown. */
const FETCHED = /googletagmanager|<(script|link|img|iframe)[^>]*\s(src|href)="https?:/;

/**
 * The report without the analytics that Allure builds in (allure3 #476), under a policy that would stop any, and with the paper at its end.
 * In pieces: each is a part of `html` in memory, while every change of the whole would be one more as large as that.
 * @throws Error when it would ask something of the network.
 */
export function offline(html: string, paper = ''): string[] {
  const [head, end] = [html.indexOf('<head>'), html.lastIndexOf('</body>')];
  const edits = [
    { from: head + '<head>'.length, to: head + '<head>'.length, text: `\n<meta http-equiv="Content-Security-Policy" content="${policy}">` },
    ...Array.from(html.matchAll(ANALYTICS), ({ index, 0: { length } }) => ({ from: index, to: index + length, text: '' })),
    { from: end, to: end, text: `${paper}\n` },
  ].toSorted((a, b) => a.from - b.from);
  let at = 0;
  const pieces = edits.flatMap(({ from, to, text }) => {
    const before = html.slice(at, from);
    at = to;
    return [before, text];
  });
  pieces.push(html.slice(at));
  if (head < 0 || end < 0 || FETCHED.test(pieces.join('')))
    throw new Error('the report would ask something of the network, so it was not written');
  return pieces;
}
