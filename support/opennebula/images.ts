import { identified, ids, members, whole } from './members.ts';
import { children, type Element, parseRoot, text } from './xml.ts';

/** An image as `oneimage show -x` and `oneimage list -x` show it. */
export interface Image {
  readonly id: string;
  readonly name: string;
  /** BK for a backup; else another kind of image. */
  readonly isBackup: boolean;
  readonly state: (typeof imageStates)[number] | 'unknown';
  readonly datastoreId: string;
  /** A path on the front-end, or of a backup the name of its directory. Of a chain it may be that of one long deleted. */
  readonly source: string;
  /** qcow2, raw; of a backup it says nothing. */
  readonly format: string;
  /** MB. */
  readonly sizeMb: number;
  /** When it was registered, seconds since the epoch. */
  readonly registered: number;
  /** When the newest of its increments was made; of a full backup when it was registered. */
  readonly newest: number;
  /** The VMs that use it, or that it is a backup of. */
  readonly vms: readonly string[];
  /** The numbers of the disks that a backup holds. */
  readonly disks: readonly string[];
  /** Of a chain, oldest first; none of a full backup. */
  readonly increments: readonly Increment[];
  /** TEMPLATE/ERROR. */
  readonly error: string;
}

/** A link of a chain of increments. The first is whole, whatever it was once. */
export interface Increment {
  readonly id: string;
  /** The number of the link that it rests on; -1 of the first. */
  readonly parent: string;
  readonly isFull: boolean;
  /** MB, of what was sent. */
  readonly sizeMb: number;
  /** The name of its directory. */
  readonly source: string;
  /** When the backup that made it ended, seconds since the epoch. */
  readonly date: number;
}

/** include/Image.h: ImageState. */
const imageStates = [
  'init',
  'ready',
  'used',
  'disabled',
  'locked',
  'error',
  'clone',
  'delete',
  'used_pers',
  'locked_used',
  'locked_used_pers',
] as const;
/** include/Image.h: ImageType BACKUP. */
const BACKUP = '6';

/** @throws Error when the text is not a pool of images. */
export function parseImages(xml: string): Image[] {
  return members(xml, 'IMAGE_POOL', 'IMAGE', image);
}

/** @throws Error when the text is not one image. */
export function parseImage(xml: string): Image {
  return image(identified(parseRoot(xml, 'IMAGE')));
}

function image(element: Element): Image {
  const increments = children(children(element, 'BACKUP_INCREMENTS')[0], 'INCREMENT');
  const registered = whole(text(element, 'REGTIME'));
  return {
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    isBackup: text(element, 'TYPE') === BACKUP,
    state: imageStates[whole(text(element, 'STATE'))] ?? 'unknown',
    datastoreId: text(element, 'DATASTORE_ID'),
    source: text(element, 'SOURCE'),
    format: text(element, 'FORMAT'),
    sizeMb: whole(text(element, 'SIZE')),
    registered,
    newest: Math.max(registered, ...increments.map((increment) => whole(text(increment, 'DATE'))).filter((date) => !Number.isNaN(date))),
    vms: ids(element, 'VMS'),
    disks: ids(element, 'BACKUP_DISK_IDS'),
    increments: increments.map((increment) => ({
      id: text(increment, 'ID'),
      parent: text(increment, 'PARENT_ID'),
      isFull: text(increment, 'TYPE') === 'FULL',
      sizeMb: whole(text(increment, 'SIZE')),
      source: text(increment, 'SOURCE'),
      date: whole(text(increment, 'DATE')),
    })),
    error: text(element, 'TEMPLATE', 'ERROR'),
  };
}
