import { readFileSync } from 'node:fs';
import { UsageError, whyNot } from '../outcome/errors.ts';
import { type Site, siteSchema } from './schema.ts';
import { parseYaml } from './yaml.ts';

/**
 * The site file, validated and with all defaults filled in.
 * @throws UsageError naming file:line:column, what is wrong there and what is allowed, one line for each fault.
 */
export function loadSite(file: string): Site {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: the site file cannot be read: ${whyNot(error)}\nWrite one with: backup-compliance init --site ${file}`);
  }
  return parseSite(source, file);
}

/** As loadSite, of text that is already here; `file` is what messages name. */
export function parseSite(source: string, file: string): Site {
  return parseYaml({ schema: siteSchema, name: 'the site file', empty: {} }, source, file);
}
