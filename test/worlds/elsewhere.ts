/** Backups on another server than the declared one, for which somebody answers. */
import { andThen, sh, together } from '../../lab/faults/fault.ts';
import { datastore } from '../../lab/faults/opennebula.ts';
import { scripts } from '../../lab/faults/storage.ts';

/** Beside the site file of a world that has settings of its own. */
const WAIVERS = '/run/one/waivers.yaml';

export const elsewhereAccepted = andThen(
  together('the backup datastore names another server than the declared one, and that is waived', [
    datastore('', { RSYNC_HOST: 'frontend01.example.net' }),
    scripts('', 'frontend01', {
      make: `printf '%s\\n' '- requirement: BDS-403' '  owner: Jo' '  reason: it moves' "  expires: $(date -u -d tomorrow +%F)" > ${WAIVERS}`,
      undo: `rm ${WAIVERS}`,
      looks: `test -e ${WAIVERS}`,
    }),
  ]),
  // What backups leave there.
  (lab) => sh(lab, 'frontend01', 'rm -rf /var/lib/one/datastores/100'),
);

export const ELSEWHERE = /RSYNC_HOST “frontend01\.example\.net” saved, where nobody has looked/;
