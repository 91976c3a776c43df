import type { Machines } from '../facts/cloud.ts';
import { type Backup, type Chain, LONGEST_CHAIN } from '../facts/gate.ts';
import { stopped } from '../machines/shell.ts';
import { look, waitUntil } from '../opennebula/ask.ts';
import { type Image, parseImage } from '../opennebula/images.ts';
import { adviceOf, makeBackup, type Request } from './backup.ts';
import { inspectFiles } from './files.ts';
import { lookAround } from './scene.ts';

/** Backs the VM up again and again, as often as it takes until its chain is flattened; once where it never is. */
export async function growChain(
  cloud: Machines,
  { target, journal, signal }: Pick<Request, 'target' | 'journal' | 'signal'>,
  first: Image,
  keepLast: number,
): Promise<Chain> {
  const increments: Backup[] = [];
  const reachesLimit = keepLast > 0 && keepLast <= LONGEST_CHAIN;
  let image = first;
  for (let number = 0; number < (reachesLimit ? keepLast : 1); number += 1) {
    const scene = await lookAround(cloud, target);
    if ('fault' in scene) return { increments, fault: scene.fault, ...adviceOf(scene) };
    const backup = await makeBackup(cloud, { target, journal, signal, scene: scene.value, reset: false, chain: image });
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
  return { increments, image, files: await inspectFiles(cloud, target, image), ...(flattened && { flattened }) };
}

/** Every increment came about, and where the limit was reached, the chain was flattened. */
export function isWhole({ image, fault, flattened }: Chain): boolean {
  if (!image || fault !== undefined) return false;
  return flattened === undefined || ('value' in flattened && flattened.inTime && flattened.value.error === '');
}
