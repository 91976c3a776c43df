import { readFileSync } from 'node:fs';
import { root } from './root.ts';

/** The suite's own version, off package.json. */
export const suiteVersion: string = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version;
