import { failing, quick } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

export default {
  ...failing('qemu-img on backup01 is built without the check of this format', {
    of: ['qemu-img', 'backup01'],
    when: 'check*',
    tried: 'qemu-img check --help',
    says: 'qemu-img: This image format does not support checks',
    exit: 63,
  }),
  profile: 'gate',
  site: quick,
  flips: undetermined('503'),
  reasons: { 'BDS-503': [server, /could not say whether .*does not support checks/] },
} satisfies World;
