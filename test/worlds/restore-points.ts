/** Words for worlds of production: what is seen of it by OpenNebula's own command line. */
import { type Looks, prints } from '../../lab/faults/fault.ts';
import { type Edit, inState, production, userTemplate, vm } from '../../lab/faults/protection.ts';
import { trees } from '../../lab/opennebula/tree.ts';
import type { Row } from './world.ts';

export const shown = (name: string, looks: RegExp): Looks => prints('frontend01', `onevm show -x ${name}`, looks);
export const imagesShown = (looks: RegExp): Looks => prints('frontend01', 'oneimage list -x', looks);

/** The newest restore point of a VM is so many whole hours old, whatever state its image is in. */
export const newestIs = (name: string, hours: number): Looks =>
  prints(
    'frontend01',
    `newest=$(for image in $(onevm show -x ${name} | sed -n '/<BACKUP_IDS>/,/<.BACKUP_IDS>/s/.*<ID>\\([0-9]*\\).*/\\1/p'); do
      oneimage show -x $image | grep -oE '<(DATE|REGTIME)>[^0-9]*[0-9]+' | grep -oE '[0-9]+$'
    done | sort -n | tail -1)
    echo "hours: $(( ($(date +%s) - \${newest:-0}) / 3600 ))"`,
    new RegExp(`^hours: ${hours}$`, 'm'),
  );
/** It has no restore point. */
export const noneOf = (name: string): Looks => shown(name, /<BACKUP_IDS(\/>|>\s*<\/BACKUP_IDS>)/);

/** A backup of it runs, for ten minutes. */
export const inBackup = (name: string): readonly Edit[] => [
  inState(name, 'BACKUP'),
  vm(name, (found) => {
    const time = String(Math.floor(Date.now() / 1000) - 600);
    Object.assign(trees(found, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {}, { STIME: time, RSTIME: time, ETIME: '0', ACTION: '0' });
  }),
];

/** Nothing differs but what the site file asks for. */
export const asked = (what: string, protect: Readonly<Record<string, unknown>>): Pick<Row, 'fault' | 'site'> => ({
  fault: production(what, shown('web01', /as the site file asks/), userTemplate('web01', { NOTE: 'as the site file asks' })),
  site: { protect },
});
