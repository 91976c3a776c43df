import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Requirement, VerdictFile } from '../../support/verdict/schema.ts';

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
formats.default(ajv);
const validateAs = (name: string) => ajv.compile(JSON.parse(readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')));
const schemas = { verdict: validateAs('verdict.schema.json'), merged: validateAs('merged.schema.json') };

/** Where a verdict.json is not as its JSON Schema in docs says, or not as no schema can say it: nothing when it is. */
export function schemaFaults(file: object, name: keyof typeof schemas = 'verdict'): string[] {
  const validate = schemas[name];
  const faults = validate(file) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  const { requirements = [] } = file as Partial<VerdictFile>;
  return [
    ...faults,
    ...requirements.flatMap((each) => [each, ...(each.subjects ?? []).map((of) => ({ ...of, id: `${each.id}: ${of.name}` }))]).flatMap(odd),
  ];
}

/** What is met needs no reason, all else has one; a waiver is in force where it waives, and else expired. */
function odd({
  id,
  outcome,
  reason,
  fix,
  waiver,
  trueOutcome,
}: Pick<Requirement, 'id' | 'outcome' | 'reason' | 'fix' | 'waiver' | 'trueOutcome'>): string[] {
  const isWaived = outcome === 'waived';
  return [
    ...((outcome === 'met') === (reason === '') ? [] : [`${id} is ${outcome}, reason: ${reason}`]),
    ...(outcome === 'met' && fix !== undefined ? [`${id} is met, and has a fix`] : []),
    ...(isWaived === (trueOutcome !== undefined) && (waiver ? waiver.expired !== isWaived : !isWaived)
      ? []
      : [`${id} is ${outcome}, waiver: ${JSON.stringify(waiver)}`]),
  ];
}
