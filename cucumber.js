// Cucumber's profiles, one for each profile of the suite: `npx cucumber-js -p audit` runs what `backup-compliance audit` runs.
const suite = (profile, tags) => ({
  paths: ['features/*.feature'],
  import: ['support/world.ts', 'support/hooks.ts', 'steps/*.ts'],
  plugin: ['./support/plugin.ts'],
  pluginOptions: { compliance: { profile } },
  format: ['./support/report/allure.ts'],
  tags,
});

export default {};
export const audit = suite('audit', '@audit');
export const setup = suite('setup', '@setup');
export const gate = suite('gate', '@audit or @gate');
// The whole journey on a cloud without datastore, in one report.
export const demo = suite('demo', '@setup or @audit or @gate');
