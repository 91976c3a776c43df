/** OpenNebula's drivers on their way to hypervisors: a host gets them when it begins to be monitored, or by `onehost sync`. */
import { readFileSync } from 'node:fs';
import type { Client } from './client.ts';
import { run } from './drivers.ts';
import { OneError, type Tree, text } from './tree.ts';

const REMOTES = '/var/lib/one/remotes';
const COPY = `set -o pipefail; tar -C ${REMOTES} -cf - . | ssh "$1" "mkdir -p '$2' && tar -C '$2' -xpf -"`;

/** Copies the front-end's drivers to a folder of a host. */
export const copyDrivers = (host: string, folder: string): ReturnType<typeof run> => run('bash', ['-c', COPY, 'bash', host, folder]);

/**
 * What `onehost sync` does and prints: hosts of another version than the front-end's drivers are brought up to date, with `force` all
 * of them. Whether the drivers are still there is not asked. Source: onehost_helper.rb, sync.
 */
export async function sync(client: Client, ids: number[], force: boolean): Promise<string> {
  const { SCRIPTS_REMOTE_DIR } = await client.call<{ SCRIPTS_REMOTE_DIR: string }>('system.config');
  const version = readFileSync(`${REMOTES}/VERSION`, 'utf8').trim();
  const hosts = (await client.call<Tree[]>('hostpool.info')).reverse();
  const named = hosts.filter((host) => ids.length === 0 || ids.includes(Number(text(host, 'ID'))));
  const old = named.filter((host) => force || text(host, 'TEMPLATE/VERSION') !== version).map((host) => text(host, 'NAME'));
  if (old.length === 0) return 'No hosts are going to be updated.';
  const failed: string[] = [];
  for (const name of old) if ((await copyDrivers(name, SCRIPTS_REMOTE_DIR)).code !== 0) failed.push(name);
  const added = old.map((name) => `* Adding ${name} to upgrade\n`).join('');
  const progress = old.map((name, index) => bar(index + 1, old.length, name)).join('\r');
  if (failed.length === 0) return `${added}${progress}\nAll hosts updated successfully.`;
  throw new OneError(['Failed to update the following hosts:', ...failed.map((name) => `* ${name}`)].join('\n'));
}

/** A line of 80 characters, `[====----] 1/2 kvm01.example.net`. */
function bar(done: number, of: number, name: string): string {
  const filled = Math.floor((done / of) * 40);
  return `[${'='.repeat(filled)}${'-'.repeat(40 - filled)}] ${done}/${of} ${name}`.slice(0, 80).padEnd(80);
}
