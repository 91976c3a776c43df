import { kvm01, notMet, type World } from '../world.ts';

export default {
  lab: 'curl-missing-on-frontend',
  flips: notMet('304'),
  machines: { 'BDS-304': { [kvm01]: 'met', 'frontend01.example.net': 'not-met' } },
  reasons: { 'BDS-304': [/frontend01.*curl \(package curl; .*downloader fetches/] },
} satisfies World;
