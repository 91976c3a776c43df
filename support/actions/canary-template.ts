import type { Cloud, Machines } from '../facts/cloud.ts';
import { look } from '../opennebula/ask.ts';
import { parseTemplates } from '../opennebula/pools.ts';
import { type DiskImage, parseDiskImage, parseVmTemplate, type VmTemplate } from '../opennebula/vm-template.ts';
import { UsageError } from '../outcome/errors.ts';
import type { Evidence, Looked } from '../outcome/evidence.ts';
import { isNamed } from '../outcome/subject.ts';
import type { Site } from '../site/schema.ts';

/** The template that canaries are made of. */
export interface CanaryTemplate {
  /** Empty where there is none of the declared name. */
  readonly id: string;
  /** MiB of its disks together. */
  readonly sizeMb: number;
  /** What is wrong with it, in words; undefined where canaries can be made of it. */
  readonly unfit?: string;
}

/** MiB, where the site file declares no restore.sample. */
const MOST = 50 * 1024;

/** Looks at the declared template, and at the images of its disks. */
export async function canaryTemplate({ onFrontend, site }: Machines): Promise<Looked<CanaryTemplate>> {
  const { command: deadline } = site.deadlines;
  const wanted = site.restore.canary?.template;
  const listed = await look(onFrontend, ['onetemplate', 'list', '-x'], parseTemplates, deadline);
  if ('fault' in listed) return listed;
  const named = listed.value.filter(({ name }) => name === wanted);
  const [first] = named;
  const evidence: Evidence[] = [...listed.evidence];
  const none = (unfit: string) => ({ value: { id: '', sizeMb: 0, unfit }, evidence });
  if (!first) return none('found no template of that name in OpenNebula. Create one (onetemplate create), or correct the name');
  if (named.length > 1)
    return none(`found ${named.length} templates of that name in OpenNebula: ${named.map(({ id }) => id).join(', ')}. Rename one`);
  const shown = await look(onFrontend, ['onetemplate', 'show', '-x', first.id], parseVmTemplate, deadline);
  evidence.push(...shown.evidence);
  if ('fault' in shown) return { ...shown, evidence };
  const images = new Map<string, DiskImage>();
  for (const image of new Set(shown.value.disks.map((disk) => disk.image).filter((name) => name !== ''))) {
    const found = await look(onFrontend, ['oneimage', 'show', '-x', image], parseDiskImage, deadline);
    evidence.push(...found.evidence);
    if ('fault' in found) return { ...found, evidence };
    images.set(image, found.value);
  }
  return { value: fitness(shown.value, images, site), evidence };
}

/** Whether canaries can be made of a template: all at once, without touching anything that others use. */
export function fitness({ id, disks, reaches }: VmTemplate, images: ReadonlyMap<string, DiskImage>, { restore }: Site): CanaryTemplate {
  const most = restore.sample?.max_size ?? MOST;
  const sizes = disks.map(({ image, sizeMb }) => Math.max(sizeMb || 0, images.get(image)?.sizeMb || 0));
  const sizeMb = sizes.reduce((sum, size) => sum + size, 0);
  const persistent = [...images.values()].find(({ isPersistent }) => isPersistent);
  const unfit =
    reaches.length > 0
      ? `expected a template without network, devices and RAW, found ${reaches.join(', ')} in it. Remove it`
      : persistent
        ? `expected images that are not persistent, found image ${persistent.id} “${persistent.name}”, which is. Use another image`
        : images.size === 0
          ? 'expected a disk that is made of an image, found none in it. Without one there is nothing to back up'
          : sizeMb > most
            ? `expected disks of at most ${most} MiB together (restore.sample.max_size), found ${sizeMb} MiB. Use a smaller image, or raise it`
            : undefined;
  return { id, sizeMb, ...(unfit !== undefined && { unfit }) };
}

/**
 * Sees that canaries can be made as declared. Where OpenNebula cannot be asked, the run begins all the same, and says so.
 * @throws UsageError naming the setting that is wrong.
 */
export async function requireCanary(cloud: Cloud, allHosts: boolean): Promise<void> {
  const { canary } = cloud.site.restore;
  try {
    if (allHosts && !canary) throw new UsageError('--all-hosts: expected restore.canary in the site file, found none. Declare it.');
    if (!canary) return;
    const { hosts } = await cloud.frontend();
    const listed = 'value' in hosts ? hosts.value : undefined;
    const unknown =
      canary.hosts === 'all' || !listed ? [] : canary.hosts.filter((name) => !listed.some((host) => isNamed(host.name, name)));
    if (unknown.length > 0)
      throw new UsageError(
        `restore.canary.hosts: expected names of hosts as OpenNebula lists them, found ${unknown.join(', ')}. Correct the site file.`,
      );
    const template = await canaryTemplate(cloud);
    if ('value' in template && template.value.unfit !== undefined)
      throw new UsageError(`restore.canary.template “${canary.template}”: ${template.value.unfit}.`);
  } catch (error) {
    cloud.close();
    throw error;
  }
}
