// Cucumber's profiles, one for each profile of the suite: `npx cucumber-js -p audit` runs what `backup-compliance audit` runs.
// All paths are absolute, so that a cucumber.js elsewhere can take a profile and add to it: docs/contributing.md.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = import.meta.dirname;
// A package brings the code compiled, a checkout as it is.
const [code, type] = existsSync(join(root, 'support')) ? ['.', 'ts'] : ['dist', 'js'];
const file = (name) => join(root, code, `${name}.${type}`);

const suite = (profile, tags) => ({
  paths: [join(root, 'features/*.feature')],
  import: [file('support/run/world'), file('support/run/hooks'), file('steps/*')],
  plugin: [file('support/run/plugin')],
  pluginOptions: { compliance: { profile } },
  format: [file('support/run/silent')],
  tags,
});

export default {};
export const audit = suite('audit', '@audit');
export const setup = suite('setup', '@setup');
export const gate = suite('gate', '@audit or @gate');
// The whole journey on a cloud without datastore, in one report.
export const demo = suite('demo', '@setup or @audit or @gate');
