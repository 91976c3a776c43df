import { identified, ids, whole } from './members.ts';
import { children, type Element, parseRoot, text } from './xml.ts';

/** What a user may have in a datastore, and has: images, and MB together. Infinity where there is no limit. */
export interface Quota {
  readonly images: number;
  readonly imagesUsed: number;
  readonly sizeMb: number;
  readonly sizeUsedMb: number;
}

/** include/Quota.h: DEFAULT, UNLIMITED. */
const [DEFAULT, UNLIMITED] = ['-1', '-2'];

/** A user of OpenNebula's. */
export interface User {
  readonly id: string;
  readonly name: string;
  /** Of all users' objects it is shown all: it is oneadmin, or of that group. Source: OpenNebula 7.4.0, src/um/UserPool.cc. */
  readonly seesAll: boolean;
}

/** Reads `oneuser show -x`. @throws Error when it is no user. */
export function parseUser(xml: string): User {
  const element = identified(parseRoot(xml, 'USER'));
  const groups = [text(element, 'GID'), ...ids(element, 'GROUPS')];
  const id = text(element, 'ID');
  return { id, name: text(element, 'NAME'), seesAll: id === ADMIN || groups.includes(ADMIN) };
}

/** The number of oneadmin, and of its group. */
const ADMIN = '0';

/** Reads what `oneuser show -x` says of a datastore. @throws Error when it is another user, or has no number where it should. */
export function parseQuota(xml: string, user: string, datastore: string): Quota {
  const element = identified(parseRoot(xml, 'USER'));
  if (text(element, 'ID') !== user) throw new Error(`found user ${text(element, 'ID')}, not ${user}`);
  const own = quotaOf(element, datastore);
  const byDefault = quotaOf(children(element, 'DEFAULT_USER_QUOTAS')[0], datastore);
  const limit = (name: string) => {
    const given = text(own, name) || DEFAULT;
    return given === DEFAULT ? text(byDefault, name) || DEFAULT : given;
  };
  const quota = {
    images: limited(limit('IMAGES')),
    imagesUsed: whole(text(own, 'IMAGES_USED') || '0'),
    sizeMb: limited(limit('SIZE')),
    sizeUsedMb: whole(text(own, 'SIZE_USED') || '0'),
  };
  if (Object.values(quota).some(Number.isNaN)) throw new Error(`found no number in a quota of datastore ${datastore}`);
  return quota;
}

const quotaOf = (element: Element | undefined, datastore: string): Element | undefined =>
  children(children(element, 'DATASTORE_QUOTA')[0], 'DATASTORE').find((each) => text(each, 'ID') === datastore);

const limited = (limit: string): number => ([DEFAULT, UNLIMITED].includes(limit) ? Number.POSITIVE_INFINITY : whole(limit));
