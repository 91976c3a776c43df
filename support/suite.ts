import { readFileSync } from 'node:fs';

/** In a checkout TypeScript runs as it is; in the package it is compiled, a folder deeper. */
const compiled = import.meta.url.endsWith('.js');

/** The folder of the suite, checkout or package, where features, docs and what else is no code lie. */
export const root = new URL(compiled ? '../..' : '..', import.meta.url);

/** The file that runs of a source file, below `root`: dist/lab/demo.js of lab/demo.ts. */
export function codeOf(source: string): string {
  return compiled ? `dist/${source.replace(/\.ts$/, '.js')}` : source;
}

/** Where commands of this machine start: the folder that we were started in may be closed to the account, as root's home is after "sudo -u oneadmin". */
export const OPEN_FOLDER = '/';

/** The suite's own version, off package.json. */
export const suiteVersion: string = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version;
