import { behind501, believing, quick } from '../drills.ts';
import { prints } from '../faults.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...believing(
    'OpenNebula believes that less is free on the backup volume than the virtual machine may take',
    ({ datastores }) => Object.assign(datastores.find(({ ID }) => ID === '100') ?? {}, { FREE_MB: '120' }),
    prints('frontend01', /<FREE_MB>120</, 'onedatastore', 'show', '-x', '100'),
  ),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('501'), ...behind501 },
  reasons: { 'BDS-501': [/found it rejected: “.*Not enough free space on target datastore/] },
} satisfies World;
