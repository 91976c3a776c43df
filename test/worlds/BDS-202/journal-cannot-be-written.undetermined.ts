import { behind501, quick } from '../drills.ts';
import { scripts } from '../ways.ts';
import { server, undetermined, type World } from '../world.ts';

const FOLDER = '$HOME/.backup-compliance/rsync-Backups-$(printf "rsync Backups" | sha256sum | cut -c 1-8)';

export default {
  ...scripts('the folder of journals on the front-end cannot be written to', ['frontend01'], {
    make: `mkdir -p ${FOLDER}; chmod 555 ${FOLDER}`,
    undo: `rm -rf ${FOLDER}; [ ! -d ~/.backup-compliance ] || rmdir ~/.backup-compliance`,
    looks: `test -d ${FOLDER} -a ! -w ${FOLDER}`,
  }),
  profile: 'gate',
  site: quick,
  flips: { ...undetermined('202', '501'), ...behind501 },
  reasons: { 'BDS-202': [server, /the journal .* could not be written: .*Permission denied/], 'BDS-501': [/could not be written/] },
} satisfies World;
