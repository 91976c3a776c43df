/** Templates that are given to a command: in a file, on stdin, or in an editor. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context, Option } from '../options.ts';
import { OneErrorOnStdout } from '../tree.ts';

export function readStdin(): Promise<string> {
  return new Promise((resolve) => {
    if (process.stdin.isTTY) return resolve('');
    let input = '';
    // Like OpenNebula: input that is not there yet is no input.
    const patience = setTimeout(() => {
      process.stdin.destroy();
      resolve('');
    }, 200);
    process.stdin.setEncoding('utf8').on('data', (chunk: string) => {
      clearTimeout(patience);
      input += chunk;
    });
    process.stdin.on('end', () => {
      clearTimeout(patience);
      resolve(input);
    });
    process.stdin.on('error', () => resolve(''));
  });
}

export const APPEND: Option = {
  name: 'append',
  short: '-a',
  long: '--append',
  description: 'Append new attributes to the current template',
};

/** What is typed into an editor that has the contents to begin with. */
export function edited(contents: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'one_cli-'));
  const file = join(folder, 'template');
  try {
    writeFileSync(file, contents);
    const { status } = spawnSync('sh', ['-c', `${process.env.EDITOR ?? '/usr/bin/vi'} '${file}'`], { stdio: 'inherit' });
    if (status !== 0) throw new OneErrorOnStdout('Editor not defined');
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A new template: from the file, else from stdin, else from an editor, to which `contents` go unless it is to be appended. */
export async function newContents({ values, args }: Context, contents: () => Promise<string>): Promise<string> {
  if (typeof args[1] === 'string') return readFileSync(args[1], 'utf8');
  const piped = await readStdin();
  if (piped !== '') return piped;
  return edited(values.append === true ? '' : await contents());
}
