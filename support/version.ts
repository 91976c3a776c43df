import { readFileSync } from 'node:fs';

/** The suite's own version, off package.json. */
export const suiteVersion: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
