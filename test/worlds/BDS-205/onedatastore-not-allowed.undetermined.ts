import { command } from '../faults.ts';
import { behind402, blocked, undetermined, type World } from '../world.ts';

export default {
  ...command(
    'oneadmin may not list datastores',
    'onedatastore',
    'echo "[one.datastorepool.info] User [2] : Not authorized to perform INFO DATASTORE" >&2; exit 255',
    /Not authorized/,
  ),

  flips: { ...undetermined('205'), ...blocked('402'), ...behind402 },
  reasons: { 'BDS-205': [/Not authorized/, /grant/] },
} satisfies World;
