/** `-x` and `-j`: any object or pool, from its tree. */
import type { Node, Tree } from './tree.ts';
import { yaml } from './yaml.ts';

/** Elements whose text oned escapes as CDATA wherever they stand. */
const CDATA_ELEMENTS = new Set(['DS_MAD', 'TM_MAD', 'IM_MAD', 'VM_MAD', 'BASE_PATH', 'SOURCE', 'PATH', 'FORMAT', 'FS']);

/** Elements that oned writes from a template: everything below is CDATA. */
const TEMPLATES = new Set([
  'TEMPLATE',
  'USER_TEMPLATE',
  'MONITORING',
  'BACKUP_CONFIG',
  'SNAPSHOTS',
  'INCREMENT',
  'NUMA_NODES',
  'PCI_DEVICES',
]);

/** The short form of a virtual machine, as lists have it, differs from the whole one here. */
const SHORT_VM = new Map([
  ['TEMPLATE/CPU', false],
  ['TEMPLATE/MEMORY', false],
  ['TEMPLATE/VCPU', false],
  ['HISTORY/HOSTNAME', true],
  ['HISTORY/ACTION', true],
]);

function isCdata(path: string[], shortVms: boolean): boolean {
  const name = path.at(-1) ?? '';
  if (shortVms && path.includes('VM')) {
    const special = SHORT_VM.get(path.slice(-2).join('/'));
    if (special !== undefined) return special;
  }
  if (path.includes('SCHED_ACTION') || /^HOST\/MONITORING\/(TIMESTAMP|ID)$/.test(path.join('/'))) return false;
  if (CDATA_ELEMENTS.has(name)) return true;
  const above = path.slice(0, -1);
  return above.some((element) => TEMPLATES.has(element)) || (above.includes('HOST_SHARE') && above.includes('DATASTORES'));
}

// libxml2 writes text in ASCII; what does not fit becomes a numeric reference.
function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[^\n\t\x20-\x7e]/gu, (char) => `&#x${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()};`);
}

/** The XML of one object or pool, as `-x` prints it. */
export function renderXml(root: string, tree: Tree, shortVms = false): string {
  return xmlLines(root, tree, shortVms).join('\n');
}

/** The XML of one object, as oned hands it to its drivers: without anything between elements. */
export function compactXml(root: string, tree: Tree): string {
  return xmlLines(root, tree, false)
    .map((line) => line.trimStart())
    .join('');
}

function xmlLines(root: string, tree: Tree, shortVms: boolean): string[] {
  const lines: string[] = [];
  const write = (path: string[], node: Node): void => {
    const name = path.at(-1);
    const indent = '  '.repeat(path.length - 1);
    if (Array.isArray(node)) {
      for (const item of node) write(path, item);
    } else if (typeof node === 'string') {
      const content = isCdata(path, shortVms) ? `<![CDATA[${node}]]>` : escapeXml(node);
      lines.push(content === '' ? `${indent}<${name}/>` : `${indent}<${name}>${content}</${name}>`);
    } else if (Object.keys(node).length === 0) {
      lines.push(`${indent}<${name}/>`);
    } else {
      lines.push(`${indent}<${name}>`);
      for (const [child, value] of Object.entries(node)) write([...path, child], value);
      lines.push(`${indent}</${name}>`);
    }
  };
  write([root], tree);
  return lines;
}

// OpenNebula makes arrays of single elements where its XML schema lets them repeat, provided that they have siblings
// in the schema; hence HISTORY and INCREMENT stay objects.
const REPEATING = [
  /^VM_POOL\/VM$/,
  /^VM_POOL\/VM\/TEMPLATE\/(DISK|NIC)$/,
  /^VM\/MONITORING\/DISK_SIZE$/,
  /^VM\/TEMPLATE\/(DISK|NIC|NIC_ALIAS|SECURITY_GROUP_RULE|SNAPSHOT|VMGROUP|SCHED_ACTION)$/,
  /^VM\/SNAPSHOTS$/,
  /^(HOST_POOL\/)?HOST\/HOST_SHARE\/DATASTORES\/DS$/,
  /^(IMAGE_POOL\/)?IMAGE\/SNAPSHOTS\/SNAPSHOT$/,
];

/** An object or pool as the hash that OpenNebula's Ruby makes of its XML. */
function toHash(root: string, tree: Tree, shortVms: boolean): Tree {
  const convert = (path: string[], node: Node): Node => {
    if (Array.isArray(node)) return node.map((item) => convert(path, item) as string | Tree);
    // An element without content is an empty hash to Ruby; only an empty CDATA section is an empty string.
    if (typeof node === 'string') return node !== '' || isCdata(path, shortVms) ? node : {};
    const members = Object.entries(node)
      .filter(([, value]) => !(Array.isArray(value) && value.length === 0))
      .map(([name, value]): [string, Node] => {
        const below = [...path, name];
        const lone = Array.isArray(value) && value.length === 1 ? (value[0] ?? '') : value;
        const repeats = REPEATING.some((pattern) => pattern.test(below.join('/')));
        return [name, convert(below, repeats && !Array.isArray(lone) ? [lone] : lone)];
      });
    return Object.fromEntries(members);
  };
  return convert([], { [root]: tree }) as Tree;
}

/** The JSON of one object or pool, as `-j` prints it. */
export function renderJson(root: string, tree: Tree, shortVms = false): string {
  const render = (node: Node, indent: string): string => {
    if (Array.isArray(node)) {
      const items = node.map((item) => `${indent}  ${render(item, `${indent}  `)}`);
      return `[\n${items.join(',\n')}\n${indent}]`;
    }
    if (typeof node === 'string') return JSON.stringify(node);
    const members = Object.entries(node).map(([name, value]) => `${indent}  ${JSON.stringify(name)}: ${render(value, `${indent}  `)}`);
    return members.length === 0 ? `{\n${indent}}` : `{\n${members.join(',\n')}\n${indent}}`;
  };
  return render(toHash(root, tree, shortVms), '');
}

/** The YAML of one object or pool, as `-y` prints it. */
export function renderYaml(root: string, tree: Tree, shortVms = false): string {
  return yaml(toHash(root, tree, shortVms));
}
