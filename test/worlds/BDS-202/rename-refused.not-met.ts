import { failing, quick } from '../drills.ts';
import { notMet, server, type World } from '../world.ts';

export default {
  ...failing('no file on backup01 can be renamed, as on storage that keeps what was once written', {
    of: ['mv', 'backup01'],
    when: '*',
    tried: 'mv -- /nothing /something',
    says: 'mv: cannot move: Operation not permitted',
  }),
  profile: 'gate',
  site: quick,
  flips: notMet('202'),
  reasons: { 'BDS-202': [server, /could not be renamed: “.*Operation not permitted/] },
} satisfies World;
