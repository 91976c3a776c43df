import type { Cloud } from '../facts/cloud.ts';
import { stopped } from '../machines/shell.ts';
import { type Looked, look, waitUntil } from '../opennebula/ask.ts';
import { type Image, parseImage } from '../opennebula/pools.ts';
import { type Backup, makeBackup, type Request } from './backup.ts';
import { type BackupFiles, inspectFiles } from './files.ts';
import { lookAround } from './scene.ts';

/** A longer chain is not brought to its limit: each link is a backup more. */
export const LONGEST = 10;

/** A chain that grew increment by increment, until its limit was reached and OpenNebula flattened it. */
export interface Chain {
  /** The increments that were tried, the last of which may have failed. */
  readonly increments: readonly Backup[];
  /** How the chain was in the end; undefined where no increment came about. */
  readonly image?: Image;
  /** What OpenNebula did at the limit; undefined where the chain was not brought to it. */
  readonly flattened?: Looked<Image> & { readonly inTime: boolean };
  readonly files?: BackupFiles;
  /** Why we could not look. */
  readonly fault?: string;
}

/** Backs the virtual machine up again and again, as often as it takes until its chain is flattened; once where it never is. */
export async function growChain(
  cloud: Cloud,
  { subject, journal, signal }: Pick<Request, 'subject' | 'journal' | 'signal'>,
  first: Image,
  keepLast: number,
): Promise<Chain> {
  const increments: Backup[] = [];
  const reachesLimit = keepLast > 0 && keepLast <= LONGEST;
  let image = first;
  for (let number = 0; number < (reachesLimit ? keepLast : 1); number += 1) {
    const scene = await lookAround(cloud, subject);
    if ('fault' in scene) return { increments, fault: scene.fault };
    const backup = await makeBackup(cloud, { subject, journal, signal, scene: scene.value, reset: false, chain: image });
    increments.push(backup);
    if (!backup.image) return { increments };
    image = backup.image;
  }
  const { backup: deadline, command } = cloud.site.deadlines;
  const lookAtImage = () => look(cloud.onFrontend, ['oneimage', 'show', '-x', image.id], parseImage, command);
  const isOver = ({ state, error, increments: links }: Image) =>
    state !== 'locked' && (state === 'error' || error !== '' || links.length <= keepLast);
  const flattened = reachesLimit ? await waitUntil(lookAtImage, isOver, { deadline, signal }) : undefined;
  if (flattened && !flattened.inTime && signal.aborted) return { increments, fault: stopped(signal).message };
  if (flattened && 'value' in flattened) image = flattened.value;
  return { increments, image, files: await inspectFiles(cloud, subject, image), ...(flattened && { flattened }) };
}

/** Every increment came about, and where the limit was reached, the chain was flattened. */
export function isWhole({ image, fault, flattened }: Chain): boolean {
  if (!image || fault !== undefined) return false;
  return flattened === undefined || ('value' in flattened && flattened.inTime && flattened.value.error === '');
}
