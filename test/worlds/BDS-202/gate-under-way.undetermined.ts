import type { Lab } from '../../../lab/machines/lab.ts';
import { sh } from '../../../lab/worlds/tools.ts';
import { quick, theDrill } from '../drills.ts';
import { server, undetermined, type World } from '../world.ts';

const FOLDER = '$HOME/.backup-compliance/rsync-Backups-$(printf "rsync Backups" | sha256sum | cut -c 1-8)';

export default {
  ...{
    what: 'another gate of this datastore is under way',
    break: (lab: Lab) => sh(lab, 'frontend01', `mkdir -p ${FOLDER}; cd ${FOLDER}; setsid flock . sleep 600 > /dev/null 2>&1 & echo $!`),
    repair: (lab: Lab, pid: string) => sh(lab, 'frontend01', `kill -- -${pid.trim()}; cd; rmdir ${FOLDER} ~/.backup-compliance`),
    isBroken: async (lab: Lab) =>
      (await lab.shell('frontend01', ['bash', '-c', `[ ! -e ${FOLDER} ] || flock -n ${FOLDER} true`])).exitCode === 1,
  },
  profile: 'gate',
  site: quick,
  flips: { ...undetermined('202'), ...theDrill },
  reasons: { 'BDS-202': [server, /another gate or clean-up of this datastore is under way/, /Wait until it has ended/] },
} satisfies World;
