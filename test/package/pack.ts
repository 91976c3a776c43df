import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const modules = join(checkout, 'node_modules');
const notPacked = ['node_modules', '.git', 'reports', 'dist', 'test', 'bench', '.stryker-tmp'].map((name) => join(checkout, name));

/** Packs a copy of the checkout, since others run from the checkout itself meanwhile. Returns the tarball, in `folder`. */
export async function pack(folder: string): Promise<string> {
  const copy = join(folder, 'checkout');
  cpSync(checkout, copy, { recursive: true, filter: (path) => !notPacked.includes(path) });
  symlinkSync(modules, join(copy, 'node_modules'));
  const { stdout } = await execa({ cwd: copy, preferLocal: true })`npm pack --silent --pack-destination ${folder}`;
  return join(folder, stdout.trim().split('\n').at(-1) ?? '');
}

/** What npm makes of a tarball in an empty folder, but with links to what is installed here. Returns the package's folder. */
export async function unpack(tarball: string, folder: string): Promise<string> {
  const own = 'opennebula-backup-compliance';
  const installed = join(folder, 'node_modules');
  mkdirSync(join(installed, own), { recursive: true });
  await execa`tar -xzf ${tarball} -C ${join(installed, own)} --strip-components=1`;
  for (const name of readdirSync(modules)) {
    if (name !== own && !name.startsWith('.')) symlinkSync(join(modules, name), join(installed, name));
  }
  return join(installed, own);
}

/** npm puts node_modules/.bin of this project before all else, and with it another Node.js. */
export function withoutOurs(): string {
  return (process.env.PATH ?? '')
    .split(':')
    .filter((folder) => !folder.includes('node_modules'))
    .join(':');
}
