import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AllureReport, resolveConfig } from '@allurereport/core';
import { leaks, scrub } from './redact.ts';

/** Nothing may be asked of the network, whatever the report is told to show. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; style-src 'unsafe-inline' data:; img-src data: blob:; font-src data:; media-src data: blob:; connect-src data: blob:; worker-src blob: data:; frame-src data: blob:; base-uri 'none'; form-action 'none'";

interface Heading {
  readonly title: string;
  /** Shown above the results, in this order. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Allure's report of the results in `folder`/allure-results, as one file: `folder`/index.html.
 * @throws Error when Allure wrote none, or one that would ask something of the network.
 */
export async function writeReport(folder: string, { title, variables }: Heading): Promise<string> {
  const output = await mkdtemp(join(folder, '.allure-'));
  const config = await resolveConfig({
    name: title,
    output,
    variables,
    hideLabels: ['language', 'framework', 'package', 'thread', 'host', 'testId', /^ALLURE/],
    plugins: { awesome: { options: { reportName: title, singleFile: true, reportLanguage: 'en', theme: 'light', groupBy: ['feature'] } } },
  });
  const report = new AllureReport(config);
  await report.start();
  await report.readDirectory(join(folder, 'allure-results'));
  await report.done();
  const html = await readFile(join(output, 'index.html'), 'utf8').catch(() => readFile(join(output, 'awesome', 'index.html'), 'utf8'));
  const file = join(folder, 'index.html');
  await writeFile(file, offline(html));
  await rm(output, { recursive: true });
  return file;
}

/** The report without the analytics that Allure builds in (allure3 #476), under a policy that would stop any. */
export function offline(html: string): string {
  const quiet = html
    .replace(/<script[^>]*\bsrc="https?:[^>]*><\/script>/g, '')
    .replace(/<script>(?:(?!<\/script>)[\s\S])*?\bgtag\((?:(?!<\/script>)[\s\S])*?<\/script>/g, '')
    .replace(/<head>/, `<head>\n<meta http-equiv="Content-Security-Policy" content="${policy}">`);
  if (!quiet.includes('Content-Security-Policy') || /googletagmanager|<(script|link|img|iframe)[^>]*\s(src|href)="https?:/.test(quiet))
    throw new Error('the report would ask something of the network, so it was not written');
  return leaks(quiet) === 0 ? quiet : scrub(quiet);
}
