import { impatient } from '../faults.ts';
import { hostile } from '../hostile.ts';
import type { World } from '../world.ts';

export default { ...hostile.lingers.fault('kvm01'), site: impatient, flips: {}, reasons: {} } satisfies World;
