import { failing, quick } from '../drills.ts';
import { notMet, type World } from '../world.ts';

export default {
  ...failing('OpenNebula lets the account delete no template', {
    of: ['onetemplate', 'frontend01'],
    when: 'delete*',
    tried: 'onetemplate delete 999',
    says: '[one.template.delete] User [2] : Not authorized to perform MANAGE TEMPLATE [1].',
    exit: 255,
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('602'),
  reasons: { 'BDS-602': [/found: template \d+: remove it with onetemplate delete \d+/] },
} satisfies World;
