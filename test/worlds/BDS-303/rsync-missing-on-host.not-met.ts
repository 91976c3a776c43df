import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  lab: 'rsync-missing-on-host',

  flips: notMet('303'),
  machines: onlyKvm01('303'),
  reasons: { 'BDS-303': [/kvm01/, /rsync/, /command not found/] },
} satisfies World;
