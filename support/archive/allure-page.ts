import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Heading, offline, pageConfig, TREND } from '../report/allure-page.ts';

interface Page extends Heading {
  /** Allure's history of the runs before, to show and to add this run to. */
  readonly history?: string | undefined;
  /** The labels by which the results are grouped. */
  readonly groupBy?: readonly string[];
}

/**
 * Allure's page of the results in `folder`/allure-results, as one file: `folder`/allure.html. Allure packs them in a form that no search finds a
 * secret in, so none may stand in them.
 * @throws Error when Allure wrote none, or one that would ask something of the network.
 */
export async function writeAllurePage(folder: string, { history, groupBy = ['feature'], ...heading }: Page): Promise<void> {
  // Half a second to load, which no other command needs.
  const { AllureReport, resolveConfig } = await import('@allurereport/core');
  const output = await mkdtemp(join(folder, '.allure-'));
  try {
    const trend = history === undefined ? {} : { historyPath: history, historyLimit: TREND };
    const report = new AllureReport(await resolveConfig({ ...pageConfig(heading, groupBy), output, ...trend }));
    await report.start();
    await report.readDirectory(join(folder, 'allure-results'));
    await report.done();
    const html = await readFile(join(output, 'index.html'), 'utf8').catch(() => readFile(join(output, 'awesome', 'index.html'), 'utf8'));
    await writeFile(join(folder, 'allure.html'), offline(html));
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}
