import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { messageOf } from '../outcome/errors.ts';
import { inHome, sshKeygen } from './ssh-keygen.ts';

/** The sums of all files of a run's folder, and the signature over them; `sha256sum -c SHA256SUMS` reads it, too. */
export const MANIFEST = 'SHA256SUMS';
export const SIGNATURE = 'SHA256SUMS.sig';

/** Bytes. */
const CHUNK = 65_536;

/** What stands under a name: a file with its SHA-256 sum, something that is no file, or a file that cannot be read. */
export type Found = { readonly sum: string } | { readonly is: string } | { readonly unreadable: string };

/**
 * Everything in a folder and below it, by its name relative to the folder. No symbolic link is followed.
 * @throws Error when a folder cannot be read.
 */
export async function contentsOf(folder: string): Promise<ReadonlyMap<string, Found>> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  // Its namesake that waits follows symbolic links.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.map((entry): [string, Found] => {
    const path = join(entry.parentPath, entry.name);
    const is = entry.isFile() ? undefined : kindOf(entry);
    return [relative(folder, path), is === undefined ? sumOf(path, chunk) : { is }];
  });
  return new Map(found);
}

function kindOf(entry: { isDirectory(): boolean; isSymbolicLink(): boolean }): string {
  if (entry.isDirectory()) return 'a folder';
  return entry.isSymbolicLink() ? 'a symbolic link' : 'a device, pipe or socket';
}

/** In chunks: a file may be larger than the memory. A thousand small files are read four times as fast as by promises. */
function sumOf(path: string, chunk: Buffer): Found {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const hash = createHash('sha256');
      for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) hash.update(chunk.subarray(0, bytes));
      return { sum: hash.digest('hex') };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return { unreadable: messageOf(error) };
  }
}

/**
 * Writes the manifest of a run's folder: every file but itself and its signature. To be called when all else is written.
 * @throws Error when a file cannot be read, or something is no file: it would not be sealed.
 */
export async function seal(folder: string): Promise<void> {
  await writeFile(join(folder, MANIFEST), await manifestOf(folder));
}

/** The SHA-256 sum of the manifest as it will be without one of its files, which is still to be written; undefined where it cannot be told. */
export async function sumOfOthers(folder: string, name: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await manifestOf(folder, name))
      .digest('hex');
  } catch {
    return undefined;
  }
}

async function manifestOf(folder: string, without?: string): Promise<string> {
  const lines = [...(await contentsOf(folder))].flatMap(([name, found]) => {
    if ([MANIFEST, SIGNATURE, without].includes(name) || ('is' in found && found.is === 'a folder')) return [];
    if (!('sum' in found)) throw new Error(`${name}: expected a file, found ${'is' in found ? found.is : found.unreadable}`);
    return [{ name, line: manifestLine(name, found.sum) }];
  });
  const sorted = lines.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(({ line }) => `${line}\n`).join('');
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };

/** As sha256sum writes it: a backslash before the line says that the name is escaped. */
function manifestLine(name: string, sum: string): string {
  const escaped = name.replace(/[\\\n\r]/g, (character) => escapes[character] ?? character);
  return `${escaped === name ? '' : '\\'}${sum}  ${escaped}`;
}

/**
 * Signs the manifest with a private key's file, or by the ssh-agent with the private half of a public one. Nobody is asked for a passphrase.
 * @throws Error saying what ssh-keygen found, and what to do.
 */
export async function sign(folder: string, key: string): Promise<void> {
  const { exitCode, said } = await sshKeygen('sign', ['-f', inHome(key), join(folder, MANIFEST)]);
  if (exitCode !== 0)
    throw new Error(
      `${key}: expected a signature, found “${said}”. Load the key into the ssh-agent (ssh-add ${key.replace(/\.pub$/, '')}), name another one under evidence in the site file, or take sign_with out of it`,
    );
}
