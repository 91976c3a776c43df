import { behind502, intercepted, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...intercepted('OpenNebula shows every new backup in state ERROR', {
    of: ['oneimage', 'frontend01'],
    when: "'list -x'",
    act: `$real list -x | sed -z 's#\\(<TYPE>6</TYPE>.\\{0,300\\}<STATE>\\)1<#\\15<#g'; exit`,
    tried: 'grep -c STATE /usr/local/bin/oneimage',
    looks: /^1/,
  }),
  profile: 'gate',
  site: quick,
  flips: { ...notMet('502'), ...behind502 },
  reasons: { 'BDS-502': [/expected the image of the backup to be READY, found image \d+ in state ERROR/, /oned\.log/] },
} satisfies World;
