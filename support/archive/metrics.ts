import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../outcome/errors.ts';
import { type Besides, metricsName, toMetrics } from '../report/prometheus.ts';
import type { VerdictFile } from '../verdict/schema.ts';

/**
 * Writes the metrics into a folder that node_exporter reads, in one go: it never sees half a file.
 * @throws Error naming the folder when it cannot be written.
 */
export async function writeMetrics(folder: string, file: VerdictFile, besides?: Besides): Promise<void> {
  const path = join(folder, metricsName(file));
  // node_exporter reads what ends in .prom only.
  const temporary = `${path}.${file.run}`;
  try {
    {
      await using handle = await open(temporary, 'wx', 0o644);
      // Whatever the umask: node_exporter runs as another account.
      await handle.chmod(0o644);
      await handle.writeFile(toMetrics(file, besides));
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new Error(
      `${folder}: expected a folder that this account can write to, found “${messageOf(error)}”. Make it one, or correct outputs.prometheus in the site file`,
    );
  }
}
