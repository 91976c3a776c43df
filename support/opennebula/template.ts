import { isDeepStrictEqual } from 'node:util';
import type { Site } from '../site/schema.ts';
import type { Datastore } from './pools.ts';
import { children } from './xml.ts';

/** The attributes of the declared datastore's template, in the order of the guide. */
export function templateAttributes(site: Site): Readonly<Record<string, string>> {
  const { name, rsync_user, rsync_host } = site.datastore;
  const fixed = { NAME: name, TYPE: 'BACKUP_DS', DS_MAD: 'rsync', TM_MAD: '-', RSYNC_USER: rsync_user, RSYNC_HOST: rsync_host };
  return { ...fixed, ...declaredAttributes(site) };
}

/** Those of them that a datastore works without. */
export const declaredAttributes = ({ datastore: { bridge_list: bridges = [], template } }: Site): Readonly<Record<string, string>> => ({
  ...(bridges.length > 0 && { BRIDGE_LIST: bridges.join(' ') }),
  ...template,
});

/** The template file, in OpenNebula's syntax. */
export function templateText(site: Site): string {
  const lines = Object.entries(templateAttributes(site)).map(([name, value]) => `${name} = "${value.replaceAll('"', '\\"')}"\n`);
  return lines.join('');
}

/**
 * How a template file that is there differs from the declared one, attribute by attribute; nothing where it says the same in another
 * form. A file that is not in template syntax differs as a whole.
 */
export function templateDrift(found: string, site: Site): string[] {
  const has = readTemplate(found);
  if (!has) return ['it is not a list of NAME = "value"'];
  const wanted = templateAttributes(site);
  const names = new Set([...Object.keys(wanted), ...has.keys()]);
  return [...names].flatMap((name) => {
    const [is, value] = [has.get(name), wanted[name]];
    if (is === value) return [];
    return [`${name} is ${is === undefined ? 'missing' : `“${is}”`}, expected ${value === undefined ? 'none' : `“${value}”`}`];
  });
}

/** Attributes of a template of plain values; undefined where it holds something else. Source: OpenNebula 7.4.0, src/parsers/template_parser.l. */
function readTemplate(source: string): Map<string, string> | undefined {
  const line = /[ \t]*(?:#[^\n]*|([A-Za-z0-9_]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\"|\\)*)"|([^\s=#,[\]"]+))[ \t]*(?:#[^\n]*)?)?(?:\n|$)/y;
  const attributes = new Map<string, string>();
  while (line.lastIndex < source.length) {
    const match = line.exec(source);
    if (!match) return undefined;
    const [, name, quoted, plain] = match;
    if (name === undefined) continue;
    const value = quoted?.replaceAll('\\"', '"') ?? plain ?? '';
    const earlier = attributes.get(name.toUpperCase());
    // OpenNebula keeps both.
    attributes.set(name.toUpperCase(), earlier === undefined ? value : `${earlier}”, “${value}`);
  }
  return attributes;
}

/** Attributes that change what the driver does, and what they are where nobody sets them. */
export const watched: Readonly<Record<string, string>> = {
  TM_MAD: '-',
  RSYNC_ARGS: '',
  RSYNC_TMP_DIR: '',
  RSYNC_SPARSIFY: '',
  RSYNC_NICE: '',
  RSYNC_IONICE: '',
  RSYNC_CPU_QUOTA: '',
  RSYNC_MEMORY_MAX_MB: '',
  RSYNC_MAX_RIOPS: '',
  RSYNC_MAX_WIOPS: '',
  LIMIT_MB: '',
  LIMIT_TRANSFER_BW: '',
  BRIDGE_LIST: '',
  SAFE_DIRS: '/var/tmp',
  RESTRICTED_DIRS: '/',
};

/**
 * What is saved of an attribute: nothing where it is not there, an empty text where it is there and empty, several where it is there twice. One
 * that has parts of its own has no text.
 */
export const savedOf = ({ template }: Pick<Datastore, 'template'>, attribute: string): string[] =>
  children(template, attribute).filter((element) => typeof element === 'string');

/**
 * What OpenNebula makes of an empty RSYNC_TMP_DIR, in the home of RSYNC_USER: to Ruby an element without a text is a hash. Source: OpenNebula 7.4.0,
 * src/datastore_mad/remotes/rsync_downloader.rb, src/oca/ruby/opennebula/xml_element.rb; no recording has it.
 */
export const OF_EMPTY_TMP = './{}';

/** Where increments are put together on the backup server. */
export function tmpDirectoryOf(datastore: Pick<Datastore, 'template'> | undefined): string {
  const [saved = '/var/tmp'] = datastore ? savedOf(datastore, 'RSYNC_TMP_DIR') : [];
  return saved === '' ? OF_EMPTY_TMP : saved;
}

/** The names in BRIDGE_LIST: OpenNebula splits it at blanks, and its account logs in where none is named. */
export const namesOfBridges = (list: string, account: string): string[] =>
  list
    .split(/\s+/)
    .filter(Boolean)
    .map((name) => (name.startsWith(`${account}@`) ? name.slice(account.length + 1) : name));

/** The attributes of a saved template that are not as wanted, each in words; an empty wanted one is to be missing. Of bridge hosts neither order nor case counts. */
export function driftOf(datastore: Pick<Datastore, 'template'>, wanted: Readonly<Record<string, string>>, account: string): string[] {
  const bridges = (list: string) => namesOfBridges(list, account).map((name) => name.toLowerCase());
  return Object.entries(wanted).flatMap(([attribute, value]) => {
    const texts = savedOf(datastore, attribute);
    const joined = texts.join(' ');
    const saved = attribute === 'BRIDGE_LIST' ? joined.split(/\s+/).filter(Boolean).join(' ') : joined;
    if (attribute === 'BRIDGE_LIST' && isDeepStrictEqual(bridges(saved).toSorted(), bridges(value).toSorted()) && saved !== '') return [];
    // OpenNebula takes a template without TM_MAD and uses “-” all the same.
    if (saved === value || (attribute === 'TM_MAD' && saved === '')) return [];
    const is = saved === '' ? (texts.length === 0 ? 'missing' : 'empty') : `“${saved}”`;
    return [`${attribute} is ${is}, expected ${value === '' ? 'none' : `“${value}”`}`];
  });
}
