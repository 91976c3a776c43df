import { datastore } from '../faults.ts';
import type { World } from '../world.ts';

export default {
  ...datastore(
    'the backup datastore has an attribute that no driver reads',
    (_, template) => Object.assign(template, { CONTACT: 'storage team' }),
    /<CONTACT>/,
  ),

  flips: {},
  reasons: {},
} satisfies World;
