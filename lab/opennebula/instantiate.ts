/** `onetemplate instantiate`: a virtual machine from a template. There are no networks, so that nothing with a NIC can be made. */
import { randomUUID } from 'node:crypto';
import { type Call, type Cloud, mayUse, requireAdmin } from './cloud.ts';
import { now } from './format.ts';
import { IMAGE } from './images.ts';
import { release } from './releases.ts';
import { imageDisk, ownership } from './state.ts';
import { parseTemplate, withAttributes } from './template.ts';
import { find, idList, ids, int, OneError, type Tree, text, trees } from './tree.ts';
import { backupConfig } from './vms.ts';

/** What of a template OpenNebula takes for a part of the machine; the rest is its user's. */
const PARTS =
  'CONTEXT CPU CPU_MODEL DISK FEATURES GRAPHICS INPUT MEMORY NIC_DEFAULT NUMA_NODE OS PCI RAW SUBMIT_ON_HOLD TOPOLOGY VCPU VIDEO'.split(
    ' ',
  );

const refused = (why: string) => new OneError(`Error allocating a new virtual machine template. ${why}`);

/** Makes it, pending or held, and returns its id. Attributes of `extra` take the place of the template's. */
export function instantiateTemplate({ cloud, user }: Call, id: number, name: string, hold: boolean, extra: string): number {
  const template = cloud.get('templates', id);
  if (!mayUse(user, 'templates', template)) requireAdmin(user, `USE TEMPLATE [${id}]`);
  const whole = withAttributes(template.TEMPLATE as Tree, parseTemplate(extra));
  if (trees(whole, 'NIC').length > 0) throw refused('Cannot get IP/MAC lease from virtual network 0.');
  const images = trees(whole, 'DISK').map((disk) => imageOf(cloud, disk, user.name));
  const vmId = cloud.newId('vms');
  const [uuid, now_] = [randomUUID(), String(now())];
  const state = { STATE: hold ? '2' : '1', LCM_STATE: '0', PREV_STATE: hold ? '2' : '1', PREV_LCM_STATE: '0' };
  const parts = Object.fromEntries(Object.entries(whole).filter(([part]) => PARTS.includes(part)));
  const disks = trees(whole, 'DISK').map((disk, index) => diskOf(disk, images[index], index));
  const context = trees(whole, 'CONTEXT').map((one) => withAttributes({ TARGET: 'hda', ...one }, { DISK_ID: String(disks.length) }));
  const vm: Tree = {
    ...ownership(vmId, name || `${text(template, 'NAME')}-${vmId}`, { user }),
    ...{ LAST_POLL: '0', ...state, RESCHED: '0', STIME: now_, ETIME: '0', DEPLOY_ID: '', MONITORING: {}, SCHED_ACTIONS: {} },
    TEMPLATE: withAttributes(parts, {
      ...{ AUTOMATIC_DS_REQUIREMENTS: '("CLUSTERS/ID" @> 0)', AUTOMATIC_NIC_REQUIREMENTS: '("CLUSTERS/ID" @> 0)' },
      AUTOMATIC_REQUIREMENTS: release().requirements,
      ...(disks.length > 0 && { DISK: disks }),
      ...(context.length > 0 && { CONTEXT: context }),
      OS: withAttributes({ MACHINE: 'q35', ...trees(whole, 'OS')[0] }, { UUID: uuid }),
      ...(hold && { SUBMIT_ON_HOLD: 'YES' }),
      ...{ TEMPLATE_ID: String(id), VMID: String(vmId) },
    }),
    USER_TEMPLATE: Object.fromEntries(
      Object.entries(whole).filter(([part]) => !PARTS.includes(part) && part !== 'BACKUP_CONFIG' && part !== 'NAME'),
    ),
    ...{ HISTORY_RECORDS: {}, BACKUPS: { BACKUP_CONFIG: {}, BACKUP_IDS: {} } },
  };
  (vm.BACKUPS as Tree).BACKUP_CONFIG = backupConfig(vm, whole, false);
  for (const image of images) use(image, String(vmId));
  cloud.state.vms.push(vm);
  return vmId;
}

/** The image that a disk names by id, or by name and owner; none of a volatile one. */
function imageOf(cloud: Cloud, disk: Tree, caller: string): Tree | undefined {
  const [id, name] = [find(disk, 'IMAGE_ID'), find(disk, 'IMAGE')];
  if (id === undefined && name === undefined) return undefined;
  const owner = text(disk, 'IMAGE_UNAME') || caller;
  const found = cloud.state.images.find((image) =>
    id === undefined ? text(image, 'NAME') === name && text(image, 'UNAME') === owner : text(image, 'ID') === id,
  );
  if (!found) throw refused(id === undefined ? `User ${owner} does not own an image with name: ${name} .` : `Error getting image [${id}].`);
  if (![IMAGE.READY, IMAGE.USED].includes(text(found, 'STATE')))
    throw refused(`Cannot acquire image ${text(found, 'ID')}, it is not READY.`);
  return found;
}

function diskOf(disk: Tree, image: Tree | undefined, index: number): Tree {
  if (!image) return withAttributes(disk, { DISK_ID: String(index), TARGET: targetOf(index) });
  return withAttributes({ ...imageDisk(image, release()), ...disk }, { DISK_ID: String(index), TARGET: targetOf(index) });
}

const targetOf = (index: number) => `vd${String.fromCharCode('a'.charCodeAt(0) + index)}`;

/** An image is in use by one machine more. */
function use(image: Tree | undefined, vm: string): void {
  if (!image) return;
  const running = String(int(image, 'RUNNING_VMS') + 1);
  Object.assign(image, { VMS: idList([...ids(image, 'VMS'), vm]), RUNNING_VMS: running, STATE: IMAGE.USED, PREV_STATE: IMAGE.USED });
}
