/** `-x`: any object or pool, from its tree. */
import type { Node, Tree } from './tree.ts';

/** Elements whose text oned escapes as CDATA wherever they stand. */
const CDATA_ELEMENTS = ['DS_MAD', 'TM_MAD', 'IM_MAD', 'VM_MAD', 'BASE_PATH', 'SOURCE', 'PATH', 'FORMAT', 'FS', 'PASSWORD', 'AUTH_DRIVER'];

/** Elements that oned writes from a template: everything below is CDATA. */
const TEMPLATES = [
  'TEMPLATE',
  'USER_TEMPLATE',
  'MONITORING',
  'BACKUP_CONFIG',
  'SNAPSHOTS',
  'INCREMENT',
  'PCI_DEVICES',
  'NUMA_NODES',
  'DATASTORE_QUOTA',
];

/** Virtual machines as lists have them differ from whole ones in these: plain there, and CDATA there. */
const SHORT_PLAIN = ['TEMPLATE/CPU', 'TEMPLATE/MEMORY', 'TEMPLATE/VCPU'];
const SHORT_CDATA = ['HISTORY/HOSTNAME', 'HISTORY/ACTION'];

function isCdata(path: string[], shortVms: boolean): boolean {
  const last = path.slice(-2).join('/');
  if (shortVms && SHORT_PLAIN.includes(last)) return false;
  if (shortVms && SHORT_CDATA.includes(last)) return true;
  if (path.includes('SCHED_ACTION') || /^HOST\/MONITORING\/(TIMESTAMP|ID)$/.test(path.join('/'))) return false;
  if (CDATA_ELEMENTS.includes(path.at(-1) ?? '')) return true;
  const above = path.slice(0, -1);
  return above.some((element) => TEMPLATES.includes(element)) || (above.includes('HOST_SHARE') && above.includes('DATASTORES'));
}

// libxml2 writes text in ASCII; what does not fit becomes a numeric reference.
function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[^\n\t\x20-\x7e]/gu, (char) => `&#x${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()};`);
}

/** The XML of one object or pool, as `-x` prints it; `shortVms` where virtual machines are as lists have them. */
export function renderXml(root: string, tree: Tree, shortVms = false): string {
  return xmlLines([root], tree, shortVms).join('\n');
}

/** The XML of one object, as oned hands it to its drivers: without anything between elements. */
export function compactXml(root: string, tree: Tree): string {
  return xmlLines([root], tree, false)
    .map((line) => line.trimStart())
    .join('');
}

/** The same as oned hands it to those who ask it: what is empty is opened and closed, but for a machine that is told nothing of backups. */
export function onedXml(root: string, tree: Tree): string {
  return xmlLines([root], tree, false)
    .map((line) => line.trimStart().replace(/^<(?!BACKUP_CONFIG)(\w+)\/>$/, '<$1></$1>'))
    .join('');
}

function xmlLines(path: string[], node: Node, shortVms: boolean): string[] {
  if (Array.isArray(node)) return node.flatMap((item) => xmlLines(path, item, shortVms));
  const name = path.at(-1);
  const indent = '  '.repeat(path.length - 1);
  const content =
    typeof node !== 'string'
      ? Object.entries(node).flatMap(([child, value]) => xmlLines([...path, child], value, shortVms))
      : isCdata(path, shortVms)
        ? `<![CDATA[${node}]]>`
        : escapeXml(node);
  if (content.length === 0) return [`${indent}<${name}/>`];
  if (typeof content === 'string') return [`${indent}<${name}>${content}</${name}>`];
  return [`${indent}<${name}>`, ...content, `${indent}</${name}>`];
}
