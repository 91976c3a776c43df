import { whole } from './members.ts';
import { children, parseRoot, text } from './xml.ts';

/** A template of VMs, as far as it tells what one of it would use. */
export interface VmTemplate {
  readonly id: string;
  readonly name: string;
  /** What of it reaches beyond the VM: NIC, PCI; or may do so, in words that OpenNebula hands to libvirt: RAW. */
  readonly reaches: readonly string[];
  readonly disks: readonly TemplateDisk[];
}

export interface TemplateDisk {
  /** The id or else the name of its image; empty of a volatile one. */
  readonly image: string;
  /** CDROM, or fs or swap of a volatile one; empty where the template leaves that to the image. */
  readonly type: string;
  /** MB that the template asks for; NaN where it leaves that to the image. */
  readonly sizeMb: number;
}

/** What of a template would reach beyond its VM: its networks, and devices of the host. */
export const REACHES: readonly string[] = ['NIC', 'NIC_ALIAS', 'PCI'];

/** The words for libvirt of a template are its DATA. */
export const RAW = 'RAW';

/** @throws Error when the text is no template. */
export function parseVmTemplate(xml: string): VmTemplate {
  const element = parseRoot(xml, 'VMTEMPLATE');
  const template = children(element, 'TEMPLATE')[0];
  return {
    id: text(element, 'ID'),
    name: text(element, 'NAME'),
    reaches: [
      ...REACHES.filter((name) => children(template, name).length > 0),
      ...(children(template, RAW).some((raw) => text(raw, 'DATA').trim() !== '') ? [RAW] : []),
    ],
    disks: children(template, 'DISK').map((disk) => ({
      image: text(disk, 'IMAGE_ID') || text(disk, 'IMAGE'),
      type: text(disk, 'TYPE').toUpperCase(),
      sizeMb: whole(text(disk, 'SIZE')),
    })),
  };
}

/** An image that disks are made of. */
export interface DiskImage {
  readonly id: string;
  readonly name: string;
  readonly isCdrom: boolean;
  /** One VM at a time writes to it. */
  readonly isPersistent: boolean;
  /** MB. */
  readonly sizeMb: number;
}

/** include/Image.h: ImageType. */
const CDROM = '1';

/** @throws Error when the text is no image. */
export function parseDiskImage(xml: string): DiskImage {
  const element = parseRoot(xml, 'IMAGE');
  const sizeMb = whole(text(element, 'SIZE'));
  const isPersistent = text(element, 'PERSISTENT') !== '0';
  return { id: text(element, 'ID'), name: text(element, 'NAME'), isCdrom: text(element, 'TYPE') === CDROM, isPersistent, sizeMb };
}
