import { overHostSays, prints, together } from '../../lab/faults/fault.ts';
import { keepLast, known, set } from '../../lab/faults/opennebula.ts';
import { bashrc, files } from '../../lab/faults/ssh.ts';
import { scripts } from '../../lab/faults/storage.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { poweredOff } from './faults.ts';
import { every, gate, onBoth, quick, withIncrements } from './world.ts';

const KEYS = '/var/lib/one/.ssh/authorized_keys';

export default every(gate, {
  'gate-after-old-error.met': {
    fault: known(
      'an earlier backup of the VM failed, as OpenNebula never forgets',
      ({ vms }) => Object.assign((vms[0]?.USER_TEMPLATE as Tree) ?? {}, { ERROR: 'Mon Nov 23 05:08:52 2026: BACKUP: of long ago' }),
      prints('frontend01', 'onevm show -x 0', /of long ago/),
      'all',
    ),
  },
  'gate-beside-others.met': {
    fault: scripts('backups and files of others lie where the gate works', 'backup01', {
      make: 'mkdir -p $own/0/abcdef $own/7/aaaaaa $own/stray/empty; date | tee $own/0/note $own/0/abcdef/disk.0.0 $own/7/aaaaaa/disk.0.0 $own/stray/file > /dev/null',
      undo: 'rm -r $own/0 $own/7 $own/stray',
      looks: 'test -e $own/0/abcdef/disk.0.0 -a -e $own/stray/file',
    }),
  },
  'gate-in-turkish.met': {
    fault: bashrc('all machines have a Turkish locale and a time zone of their own', ['frontend01', 'kvm01', 'backup01'], {
      line: 'export LANG=tr_TR.utf8 LC_ALL=tr_TR.utf8 TZ=Asia/Kathmandu',
    }),
  },
  'gate-over-noisy-host.met': {
    fault: bashrc('oneadmin is greeted on kvm01, by commands, too', 'kvm01', { line: 'echo Welcome; echo to you >&2' }),
  },
  'hosts-may-rsync-only.met': {
    fault: files('the key lets the front-end do all, and hypervisor hosts no more than rsync', 'backup01', {
      files: [KEYS],
      script: `key=$(cat ${KEYS}); printf '%s\\n' "from=\\"198.18.1.1\\" $key" "restrict,command=\\"rrsync /\\" $key" > ${KEYS}`,
      looks: overHostSays('kvm01', /rrsync/, 'id'),
    }),
    site: {},
  },
  'increments-powered-off.met': {
    fault: together('files01 keeps one increment, and is powered off', [keepLast(1), poweredOff]),
    site: withIncrements,
  },
  'keeps-all.met': {
    fault: keepLast(0),
    site: withIncrements,
    notes: { 504: /keeps all increments \(KEEP_LAST is not set\), so its chain is never flattened/ },
  },
  'keeps-two.met': { fault: keepLast(2), site: withIncrements },
  'restored-elsewhere.met': {
    fault: known(
      'there is a second image datastore, and test backups are restored into that',
      ({ datastores }) => {
        const images = datastores.find(({ ID }) => ID === '1');
        datastores.push({ ...structuredClone(images ?? {}), ID: '120', NAME: 'for restores', BASE_PATH: '/run/one/restores', IMAGES: {} });
      },
      prints('frontend01', 'onedatastore list -x', /for restores/),
      'all',
    ),
    site: { ...quick, restore: { datastore: 'for restores' } },
  },
  ...onBoth({
    'gate-of-powered-off.met': {
      fault: known(
        'the VM is powered off',
        set('vms', 0, { STATE: '8', LCM_STATE: '0' }),
        prints('frontend01', 'onevm show -x 0', /<STATE>8</),
        'all',
      ),
    },
    'keeps-one.met': { fault: keepLast(1), site: withIncrements },
  }),
});
