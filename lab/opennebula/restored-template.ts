/** The template that a backup's vm.xml is restored to: the virtual machine without all that belonged to its first life. */
import { XMLParser } from 'fast-xml-parser';
import { withAttributes } from './template.ts';
import { type Node, type Tree, text, trees } from './tree.ts';

const words = (text: string): string[] => text.split(' ');

// What is left out of each part (tm/lib/backup.rb).
const ATTRIBUTES = words(
  'AUTOMATIC_DS_REQUIREMENTS AUTOMATIC_NIC_REQUIREMENTS AUTOMATIC_REQUIREMENTS VMID TEMPLATE_ID TM_MAD_SYSTEM SECURITY_GROUP_RULE ERROR',
);
const DISK = words(
  'ALLOW_ORPHANS CLONE CLONE_TARGET CLUSTER_ID DATASTORE DATASTORE_ID DISK_SNAPSHOT_TOTAL_SIZE DISK_TYPE DRIVER IMAGE IMAGE_STATE ' +
    'IMAGE_UID IMAGE_UNAME LN_TARGET OPENNEBULA_MANAGED ORIGINAL_SIZE PERSISTENT READONLY SAVE SOURCE TARGET TM_MAD FORMAT',
);
const NIC = words('AR_ID BRIDGE BRIDGE_TYPE CLUSTER_ID NAME NETWORK_ID NIC_ID TARGET VLAN_ID VN_MAD VLAN_TAGGED_ID PHYDEV');
const ADDRESSES = words('IP IP6 IP6_ULA IP6_GLOBAL MAC');
const PCI = words('ADDRESS BUS DOMAIN FUNCTION NUMA_NODE PCI_ID SLOT VM_ADDRESS VM_BUS VM_DOMAIN VM_FUNCTION VM_SLOT SHORT_ADDRESS');
const OTHERS: Record<string, string[]> = {
  GRAPHICS: ['PORT'],
  NUMA_NODE: ['CPUS', 'MEMORY_NODE_ID', 'NODE_ID'],
  OS: ['UUID'],
  PCI: [...NIC, ...PCI],
};

const PARSER = new XMLParser({ parseTagValue: false, ignoreAttributes: true, htmlEntities: true });

/** The virtual machine in a vm.xml, which is XML in base64; undefined when it is anything else. */
export function parseVm(base64: string): Tree | undefined {
  try {
    const { VM } = PARSER.parse(Buffer.from(base64, 'base64').toString()) as { VM?: Node };
    return typeof VM === 'object' && !Array.isArray(VM) ? VM : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The template's attributes, as OpenNebula keeps them: by name, none empty. `images` are the restored images' ids by
 * the ids of their disks.
 */
export function restoredTemplate(vm: Tree, images: Map<string, string>, options: { noIp?: boolean; noNic?: boolean }): Tree {
  const all = without({ ...trees(vm, 'TEMPLATE')[0], ...trees(vm, 'USER_TEMPLATE')[0] }, ATTRIBUTES);
  const template: Tree = {};
  for (const name of Object.keys(all)) {
    if (name === 'NIC' && options.noNic) continue;
    const value = all[name] ?? '';
    const parts = [value].flat().map((part) => (typeof part === 'string' ? part : restoredPart(name, part, images, options)));
    const kept = parts.filter((part) => Object.keys(part).length > 0);
    if (kept.length > 0) template[name] = kept.length === 1 && kept[0] !== undefined ? kept[0] : kept;
  }
  return withAttributes(template, {});
}

function restoredPart(name: string, part: Tree, images: Map<string, string>, options: { noIp?: boolean }): Tree {
  if (name === 'DISK') return tidy(restoredDisk(part, images));
  if (name === 'NIC') return tidy(restoredNic(without(part, options.noIp ? [...NIC, ...ADDRESSES] : NIC)));
  if (name === 'CONTEXT')
    return tidy(
      without(
        part,
        Object.keys(part).filter((key) => key === 'DISK_ID' || /ETH|PCI/.test(key)),
      ),
    );
  return tidy(without(part, OTHERS[name] ?? []));
}

function restoredDisk(disk: Tree, images: Map<string, string>): Tree {
  const { DISK_ID: _id, ...rest } = without(disk, DISK);
  const type = text(disk, 'TYPE').toUpperCase();
  const image = images.get(text(disk, 'DISK_ID'));
  const { TYPE: _type, SIZE: _size, ...plain } = rest;
  if (type.endsWith('CDROM')) return plain; // it keeps its image
  if (image !== undefined) return { ...plain, IMAGE_ID: image };
  return type === 'FS' ? without(rest, ['IMAGE_ID']) : rest; // a volatile disk comes up empty
}

/** A NIC asks for one of its addresses only. */
function restoredNic(nic: Tree): Tree {
  if (text(nic, 'IP') !== '') return without(nic, ['MAC', 'IP6', 'IP6_ULA', 'IP6_GLOBAL']);
  return text(nic, 'IP6') !== '' ? without(nic, ['MAC']) : nic;
}

function without(tree: Tree, names: string[]): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !names.includes(name)));
}

const tidy = (part: Tree): Tree =>
  withAttributes(Object.fromEntries(Object.entries(part).filter(([, value]) => Object.keys(value).length > 0)), {});
