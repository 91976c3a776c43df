import { readdirSync, readFileSync } from 'node:fs';
import { AstBuilder, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin';
import { type GherkinDocument, IdGenerator, type Tag } from '@cucumber/messages';
import { UsageError } from '../outcome/errors.ts';
import { isId } from '../outcome/outcome.ts';
import { didYouMean } from '../outcome/similar.ts';
import { root } from '../suite.ts';
import { type Control, controls, type Relation, readRelation } from '../verdict/controls.ts';

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
 * A requirement by its id, in capitals or not.
 * @throws UsageError when there is no such requirement.
 */
export function statementNamed(id: string): Statement {
  const all = statements();
  const found = all.find((statement) => statement.id === id.toUpperCase());
  if (!found) {
    const ids = all.map((statement) => statement.id).toSorted();
    const meant = didYouMean(/^\d{3}$/.test(id) ? `BDS-${id}` : id, ids);
    throw new UsageError(`${id}: unknown requirement.${meant || ` Known: ${ids.join(', ')}`}\nList all: backup-compliance explain`);
  }
  return found;
}
