/** The files of backups that were made before a lab came up. */
import { type Stored, stored } from '../opennebula/backup-images.ts';
import { description } from '../opennebula/description.ts';
import type { State } from '../opennebula/state.ts';
import { text } from '../opennebula/tree.ts';

/** A small disk as it lies on a hypervisor, or in a full backup: so little data that many take no time; and an increment of it. */
const SIZE = '256M';
export const SMALL = { create: ['create', '-q', '-f', 'qcow2'], size: SIZE, fill: 'write -q -P 0x5a 0 64k' };
const CHANGE = 'write -q -P 0x5b 64k 64k';

/** What an increment's disk is read from while it is made; that is gone afterwards. */
const socketOf = (vm: string) => `nbd+unix:///vda?socket=/var/lib/one//datastores/0/${vm}/backup.socket`;

/** A script, for the folder that is the backup server's root, that makes what OpenNebula has of backups and what is not there yet. */
export function storing(state: State): string {
  const all = stored(state);
  const byVm = Map.groupBy(all, ({ vm }) => text(vm, 'ID'));
  return `set -e; umask 022; made=$(mktemp -d); trap 'rm -r "$made"' EXIT
    qemu-img ${SMALL.create.join(' ')} $made/full ${SIZE}; qemu-io -f qcow2 -c '${SMALL.fill}' $made/full
    ${[...byVm].map(([vm, backups]) => storingOf(vm, backups)).join('\n')}`;
}

function storingOf(vm: string, backups: readonly Stored[]): string {
  const [first] = backups;
  const increment = `qemu-img ${SMALL.create.join(' ')} $made/increment ${SIZE}; qemu-io -f qcow2 -c '${CHANGE}' $made/increment
    qemu-img rebase -q -u -f qcow2 -F raw -b '${socketOf(vm)}' $made/increment`;
  return `echo '${first ? description(first.vm) : ''}' > $made/vm.xml
    ${backups.some((backup) => backup.increment > 0) ? increment : ''}
    ${backups.map(storingOne).join('\n')}`;
}

const storingOne = ({ folder, disks, increment, time }: Stored): string => {
  const files = disks.map((disk) => `cp $made/${increment > 0 ? 'increment' : 'full'} .${folder}/disk.${disk}.${increment}`);
  return `[ -d .${folder} ] || { mkdir -p .${folder}; cp $made/vm.xml .${folder}; ${files.join('; ')}; touch -d @${time} .${folder}/* .${folder}; }`;
};
