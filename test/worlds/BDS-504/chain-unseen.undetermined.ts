import { intercepted, keepLast, quicker, withIncrements } from '../drills.ts';
import { together } from '../faults.ts';
import { blocked, undetermined, type World } from '../world.ts';

// The first look is at the increment.
const hides = intercepted('', {
  of: ['oneimage', 'frontend01'],
  when: "'show -x'*",
  act: 'if [ -e /run/one/seen ]; then echo "[one.image.info] busy" >&2; exit 255; fi; touch /run/one/seen',
  tried: 'touch /run/one/seen; oneimage show -x 999; rm -f /run/one/seen',
  looks: /busy/,
});

export default {
  ...together('OpenNebula does not answer who asks for the chain when it is flattened', [keepLast(1), hides], hides.isBroken),
  profile: 'gate',
  site: { ...withIncrements, ...quicker({ backup: 12 }) },
  flips: { ...undetermined('504'), ...blocked('601') },
  reasons: { 'BDS-504': [/oneimage show -x \d+ ended with exit 255: .*busy/] },
} satisfies World;
