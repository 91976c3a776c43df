import { readdirSync, readFileSync } from 'node:fs';
import { AstBuilder, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import { type GherkinDocument, IdGenerator, type Tag } from '@cucumber/messages';
import { type Control, controls, type Relation, readRelation } from './controls.ts';
import { UsageError } from './outcome.ts';
import { root } from './root.ts';

/** A requirement as its feature states it. */
export interface Statement {
  readonly id: string;
  /** audit, setup or gate. */
  readonly profile: string;
  readonly title: string;
  readonly why: string;
  readonly steps: readonly string[];
  /** What it has to do with the controls of frameworks. */
  readonly relations: readonly { readonly relation: Relation; readonly control: Control }[];
  /** The feature's file, and its title. */
  readonly feature: string;
  readonly group: string;
}

/** How ids of requirements look: the suite's own begin with BDS-. */
export const isId = (name: string): boolean => /^(BDS-\d{3}|(?!BDS-)[A-Z][A-Z0-9]*-\d{3,})$/.test(name);

/** The id among a scenario's tags: the first that looks like one. */
export function idAmong(tags: readonly Pick<Tag, 'name'>[]): string | undefined {
  return tags.map(({ name }) => name.slice(1)).find(isId);
}

/** All requirements that our features state, in their order. */
export function statements(): Statement[] {
  const parser = new Parser(new AstBuilder(IdGenerator.incrementing()), new GherkinClassicTokenMatcher());
  const features = readdirSync(new URL('features/', root)).filter((name) => name.endsWith('.feature'));
  return features.toSorted().flatMap((name) => {
    const uri = `features/${name}`;
    return statementsIn({ ...parser.parse(readFileSync(new URL(uri, root), 'utf8')), uri });
  });
}

/** The requirements that a feature states. What a tag says of controls is read of the suite's own. */
export function statementsIn({ feature, uri = '' }: GherkinDocument): Statement[] {
  return (feature?.children ?? []).flatMap(({ scenario }) => {
    const id = idAmong(scenario?.tags ?? []);
    if (!scenario || id === undefined) return [];
    const tags = [...(feature?.tags ?? []), ...scenario.tags].map(({ name }) => name);
    return [
      {
        id,
        profile: ['audit', 'setup', 'gate'].find((profile) => tags.includes(`@${profile}`)) ?? '',
        title: scenario.name,
        why: scenario.description.replaceAll(/^\s+/gm, ''),
        steps: scenario.steps.map(({ keyword, text }) => keyword + text),
        relations: id.startsWith('BDS-') ? tags.flatMap((tag) => readRelation(tag) ?? []) : [],
        feature: uri,
        group: feature?.name ?? '',
      },
    ];
  });
}

/** Those that a run of a profile looks at: a gate audits first, a demo does everything. */
export function statementsOf(profile: string): Statement[] {
  const parts = { audit: ['audit'], setup: ['setup'], gate: ['audit', 'gate'] }[profile];
  return statements().filter((statement) => parts?.includes(statement.profile) ?? true);
}

/**
 * The requirement, and perhaps the machine, that a run is to look at alone: BDS-102, BDS-102@kvm01.
 * @throws UsageError when that is no requirement of the profile, or no name of a machine.
 */
export function parseOnly(only: string, profile: string): { readonly id: string; readonly machine?: string } {
  const [name = '', ...machines] = only.split('@');
  const { id, profile: own } = statementNamed(name);
  const [machine] = machines;
  if (machine !== undefined && (machines.length > 1 || !/^[\w.:-]+$/.test(machine)))
    throw new UsageError(`--only ${only}: expected the name of a machine behind the @, such as ${id}@kvm01`);
  if (!statementsOf(profile).some((candidate) => candidate.id === id))
    throw new UsageError(`--only ${only}: ${id} is looked at by another command: npx backup-compliance ${own}`);
  return { id, ...(machine !== undefined && { machine }) };
}

/** The controls that a requirement evidences, and those that it only supports, a line each; none where there are none. */
export function relationLines({ relations }: Pick<Statement, 'relations'>): string[] {
  const list = (wanted: Relation) => {
    const related = controls.filter((control) => relations.some((each) => each.relation === wanted && each.control === control));
    const frameworks = Map.groupBy(related, ({ framework }) => framework);
    return [...frameworks].map(([framework, members]) => `${framework} ${members.map(({ name }) => name).join(', ')}`).join('; ');
  };
  const [evidenced, supported] = [list('evidences'), list('supports')];
  return [...(evidenced ? [`Evidences, where met: ${evidenced}.`] : []), ...(supported ? [`Supports: ${supported}.`] : [])];
}

/**
 * What a requirement asks, why, how it is looked at, what to do, and which controls it serves: the feature's words, then those of docs/requirements.md.
 * @throws UsageError when there is no such requirement.
 */
export function explain(id: string): string {
  const { title, why, steps, feature, ...statement } = statementNamed(id);
  const related = relationLines(statement).join('\n');
  return `${[`${statement.id}  ${title}`, why, steps.join('\n'), detailsOf(statement.id), related, `Stated in ${feature}.`].join('\n\n')}\n`;
}

/**
 * A requirement by its id, in capitals or not.
 * @throws UsageError when there is no such requirement.
 */
export function statementNamed(id: string): Statement {
  const all = statements();
  const found = all.find((statement) => statement.id === id.toUpperCase());
  if (!found) throw new UsageError(`${id}: there is no such requirement. There are: ${all.map((statement) => statement.id).join(', ')}`);
  return found;
}

/** Every requirement, a line each, under the title of its feature. */
export function listing(): string {
  const groups = Map.groupBy(statements(), ({ group }) => group);
  return [...groups].map(([group, members]) => `${group}\n${members.map(({ id, title }) => `  ${id}  ${title}\n`).join('')}`).join('\n');
}

/** The requirement's section of docs/requirements.md, without its heading. */
export function detailsOf(id: string): string {
  const document = readFileSync(new URL('docs/requirements.md', root), 'utf8');
  const section = document.split(/^## /m).find((part) => part.startsWith(`${id}\n`)) ?? '';
  return section.slice(id.length).trim().replaceAll('**', '');
}
