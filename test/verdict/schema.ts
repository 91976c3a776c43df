import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(new URL('../../docs/verdict.schema.json', import.meta.url), 'utf8')));

/** Where a verdict.json is not as docs/verdict.schema.json says: nothing when it is. */
export function schemaFaults(file: object): string[] {
  return validate(file) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
