import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadConfiguration, runCucumber } from '@cucumber/cucumber/api';
import type { Envelope, Feature, Pickle, Scenario } from '@cucumber/messages';
import { messageOf } from '../support/outcome/errors.ts';
import { controls, readRelation } from '../support/verdict/controls.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** All that Cucumber says of features and step definitions in a dry run. */
async function messagesOf(paths: readonly string[], steps: readonly string[]): Promise<Envelope[]> {
  const messages: Envelope[] = [];
  const { runConfiguration } = await loadConfiguration(
    {
      file: false,
      provided: {
        paths: [...paths],
        import: ['support/run/world.ts', 'support/run/hooks.ts', ...steps],
        dryRun: true,
        format: ['progress'],
      },
    },
    { cwd: root },
  );
  const stdout = new PassThrough().resume();
  await runCucumber(runConfiguration, { cwd: root, stdout, stderr: new PassThrough().resume() }, (envelope) => messages.push(envelope));
  return messages;
}

const profiles = /^@(audit|gate|setup)$/;
const severities = /^@severity:(blocker|critical|normal|minor)$/;

/** Whatever is wrong with the features and their steps, a line each. */
function faultsOf(messages: readonly Envelope[]): string[] {
  const all = <K extends keyof Envelope>(kind: K) => messages.flatMap((envelope) => envelope[kind] ?? []) as NonNullable<Envelope[K]>[];
  const features = all('gherkinDocument').flatMap(({ feature, uri }) => (feature ? [{ feature, uri: uri ?? '?' }] : []));
  const pickles = all('pickle');
  const tagsOf = (pickle: Pickle, pattern: RegExp) => pickle.tags.filter(({ name }) => pattern.test(name)).map(({ name }) => name);
  const place = ({ uri, location }: Pickle) => `${uri.replace(/.*\//, '')}:${location?.line}`;

  const ofTags = pickles.flatMap((pickle) => {
    const one = (what: string, pattern: RegExp, allowed: RegExp) => {
      const found = tagsOf(pickle, pattern);
      return found.length === 1 && allowed.test(found[0] ?? '')
        ? []
        : [`${place(pickle)}: expected one ${what}, found ${found.join(' ') || 'none'}`];
    };
    return [
      ...one('id', /BDS/i, /^@BDS-\d{3}$/),
      ...one('severity', /^@severity/, severities),
      ...one('profile', profiles, profiles),
      ...relationsOf(pickle).map((fault) => `${place(pickle)}: ${fault}`),
    ];
  });
  const twice = (what: string, keys: readonly (readonly [key: string, place: string])[]) =>
    [...Map.groupBy(keys, ([key]) => key)]
      .filter(([, at]) => at.length > 1)
      .map(([key, at]) => `${at.map(([, where]) => where).join(', ')}: the same ${what}: ${key}`);
  const ids = pickles.flatMap((pickle) => tagsOf(pickle, /^@BDS-/).map((tag) => [tag, place(pickle)] as const));
  const titles = pickles.map((pickle) => [pickle.name, place(pickle)] as const);

  const ofText = features.flatMap(({ feature, uri }) => {
    const at = uri.replace(/.*\//, '');
    const silent = scenariosOf(feature).filter(({ description }) => description.trim() === '');
    return [
      ...(feature.description.trim() === '' ? [`${at}: the feature has no description`] : []),
      ...silent.map(({ location }) => `${at}:${location.line}: the scenario has no description`),
      ...scenariosOf(feature)
        .filter(({ steps }) => steps.length === 0)
        .map(({ location }) => `${at}:${location.line}: the scenario has no steps`),
    ];
  });

  const used = new Set<string>();
  const pickleById = new Map(pickles.map((pickle) => [pickle.id, pickle]));
  const ofSteps = all('testCase').flatMap(({ pickleId, testSteps }) => {
    const pickle = pickleById.get(pickleId) as Pickle;
    return testSteps.flatMap(({ pickleStepId, stepDefinitionIds = [] }) => {
      if (pickleStepId === undefined) return [];
      for (const id of stepDefinitionIds) used.add(id);
      const text = pickle.steps.find(({ id }) => id === pickleStepId)?.text;
      return stepDefinitionIds.length === 1 ? [] : [`${place(pickle)}: ${stepDefinitionIds.length} definitions of: ${text}`];
    });
  });
  const unused = all('stepDefinition')
    .filter(({ id }) => !used.has(id))
    .map(
      ({ pattern, sourceReference }) =>
        `${sourceReference.uri?.replace(/.*\//, '')}:${sourceReference.location?.line}: no scenario uses: ${pattern.source}`,
    );
  const unread = all('parseError').map(({ source, message }) => `${source.uri}: ${message}`);
  return [...unread, ...ofTags, ...twice('id', ids), ...twice('title', titles), ...ofText, ...ofSteps, ...unused];
}

/** Audits that look at the records of the backups themselves, not at what could be in their way. */
const records = ['@BDS-701', '@BDS-703'];

/** What is wrong with what a requirement says of controls: it serves one at least, each once, and is evidence of one where it does, or reads, what that asks for. */
function relationsOf({ tags }: Pickle): string[] {
  const faults: string[] = [];
  const related = tags.flatMap(({ name }) => {
    try {
      return readRelation(name) ?? [];
    } catch (error) {
      faults.push(messageOf(error));
      return [];
    }
  });
  if (related.length + faults.length === 0) faults.push('expected a control that it supports or evidences, found none');
  for (const [{ tag }, several] of Map.groupBy(related, ({ control }) => control))
    if (several.length > 1) faults.push(`expected each control once, found ${tag} twice`);
  const evidenced = related.filter(({ relation }) => relation === 'evidences').map(({ control }) => control.tag);
  if (evidenced.length > 0 && !tags.some(({ name }) => name === '@gate' || records.includes(name)))
    faults.push(`expected evidence of a gate, or of records of backups, found it of ${evidenced.join(', ')}`);
  return faults;
}

function scenariosOf({ children }: Feature): Scenario[] {
  return children.flatMap(({ scenario, rule }) => [
    ...(scenario ? [scenario] : []),
    ...(rule?.children.flatMap((child) => child.scenario ?? []) ?? []),
  ]);
}

test('every requirement has its id, severity, profile, words and steps, and every step definition is used', async () => {
  const messages = await messagesOf(['features/*.feature'], ['steps/*.ts']);
  assert.deepEqual(faultsOf(messages), []);
  assert.ok(messages.filter(({ pickle }) => pickle).length >= 4, 'the features were found');
  assert.ok(messages.filter(({ stepDefinition }) => stepDefinition).length >= 4, 'the steps were found');
});

test('each fault is seen', async () => {
  const folder = mkdtempSync(join(root, 'test', '.gherkin-'));
  const write = (name: string, ...lines: string[]) => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
    return join(folder, name);
  };
  try {
    const one = write(
      'one.feature',
      '@supports:CIS-v8:11.5',
      'Feature: One',
      '  @BDS-101 @audit @severity:blocker',
      '  Scenario: Same',
      '    It says why.',
      '',
      '    Given it is defined',
      '  @BDS-101 @audit @gate @severity:huge @supports:NIST-800-53:CP-99 @evidence:SOC-2:A1.3 @Supports:SOC-2:A1.2',
      '  Scenario: Same',
      '    Given it is ambiguous',
      '  @BDS-7 @BDS-103 @evidences:CIS-v8:11.5',
      '  Scenario: Other',
      '    Why.',
      '',
      '    Given nobody defined it',
      '  @bds-104 @setup @severity:minor',
      '  Scenario: No steps',
      '    Why.',
    );
    const steps = write(
      'steps.mjs',
      "import { Given } from '@cucumber/cucumber';",
      "Given('it is defined', () => {});",
      "Given('it is ambiguous', () => {});",
      'Given(/^it is ambiguous$/, () => {});',
      "Given('nobody uses it', () => {});",
    );
    const known = `@supports: or @evidences: and one of ${controls.map(({ tag }) => tag).join(', ')}`;
    assert.deepEqual(faultsOf(await messagesOf([one], [steps])), [
      'one.feature:9: expected one severity, found @severity:huge',
      'one.feature:9: expected one profile, found @audit @gate',
      `one.feature:9: @supports:NIST-800-53:CP-99: unknown control. Expected ${known}`,
      `one.feature:9: @evidence:SOC-2:A1.3: unknown control. Expected ${known}`,
      `one.feature:9: @Supports:SOC-2:A1.2: unknown control. Expected ${known}`,
      'one.feature:12: expected one id, found @BDS-7 @BDS-103',
      'one.feature:12: expected one severity, found none',
      'one.feature:12: expected one profile, found none',
      'one.feature:12: expected each control once, found CIS-v8:11.5 twice',
      'one.feature:12: expected evidence of a gate, or of records of backups, found it of CIS-v8:11.5',
      'one.feature:17: expected one id, found @bds-104',
      'one.feature:4, one.feature:9: the same id: @BDS-101',
      'one.feature:4, one.feature:9: the same title: Same',
      'one.feature: the feature has no description',
      'one.feature:9: the scenario has no description',
      'one.feature:17: the scenario has no steps',
      'one.feature:9: 2 definitions of: it is ambiguous',
      'one.feature:12: 0 definitions of: nobody defined it',
      'steps.mjs:5: no scenario uses: nobody uses it',
    ]);
    const unrelated = write(
      'two.feature',
      'Feature: x',
      '  y',
      '  @BDS-101 @audit @severity:minor',
      '  Scenario: z',
      '    w',
      '',
      '    Given it is defined',
    );
    assert.deepEqual(faultsOf(await messagesOf([unrelated], [steps])).slice(0, 1), [
      'two.feature:4: expected a control that it supports or evidences, found none',
    ]);
    const broken = write('broken.feature', 'Feature: x', '  Scenario: y', '    Given z', '    Whenever w');
    assert.match(faultsOf(await messagesOf([broken], [])).join('\n'), /broken\.feature: \(4:5\): expected/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
