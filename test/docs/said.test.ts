import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whatDocumentsSay } from './documents.ts';
import { everyTrialIsSaid } from './said.ts';

test('what the documents say to type has a trial, and each trial is of what they say', () => {
  everyTrialIsSaid(whatDocumentsSay(fileURLToPath(new URL('../..', import.meta.url))));
});
