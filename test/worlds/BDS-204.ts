import { prints, together } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import { backupDatastore, known } from '../../lab/faults/opennebula.ts';
import { instead } from '../../lab/faults/programs.ts';
import { halfFull, scripts, smallVolume } from '../../lab/faults/storage.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { fileSystemHangs, fileSystemUnreadable } from './faults.ts';
import { notMet, server, type Table, undetermined } from './world.ts';

export default {
  'all-full.not-met': {
    fault: together('storage and /var/tmp on backup01 are full', [faultNamed('disk-full'), faultNamed('tmp-full-on-backup')]),
    also: notMet('405'),
    reasons: { 204: [server, /datastores\/100 has 0\.0 % free/, /\/var\/tmp has 0\.0 % free/], 405: /FREE_MB \d+ where the server has 0/ },
  },
  'disk-full.not-met': {
    fault: 'disk-full',
    // OpenNebula has not looked since.
    also: notMet('405'),
    reasons: { 204: [server, / free, expected at least 10 %/], 405: /FREE_MB \d+ where the server has 0/ },
  },
  'inodes-below-threshold.not-met': {
    fault: scripts('500 of the 4096 inodes of the backup volume are in use', 'backup01', {
      make: 'mkdir $storage/filler; cd $storage/filler; seq 500 | xargs touch',
      undo: 'rm -r $storage/filler',
      looks: 'test -e $storage/filler/500',
    }),
    site: { free_percent: { storage_inodes: 90 } },
    reasons: [server, /has 87\.\d % of its inodes free, expected at least 90 %/, /df -i/],
  },
  'inodes-exhausted.not-met': { fault: 'inodes-exhausted', reasons: [server, /inodes free/] },
  'other-tmp-dir-full.not-met': {
    fault: together('RSYNC_TMP_DIR is declared, and lies on a volume that is full', [
      smallVolume('/media on backup01 is full', 'backup01', { at: '/media', mode: '1777', fresh: true }),
      known(
        'RSYNC_TMP_DIR is /media',
        (cloud) => Object.assign(backupDatastore(cloud).TEMPLATE as Tree, { RSYNC_TMP_DIR: '/media' }),
        prints('frontend01', 'onedatastore show -x 100', /\/media/),
        'all',
      ),
    ]),
    site: { datastore: { template: { RSYNC_TMP_DIR: '/media' } } },
    reasons: [server, /\/media has 0\.0 % free/],
  },
  // Its capacity is not what OpenNebula saw last, either.
  'own-volume-full.not-met': {
    fault: smallVolume("a small volume is mounted on the datastore's own directory, and full", 'backup01', { at: '$own' }),
    also: notMet('405'),
    reasons: { 204: [server, /datastores\/100 has 0\.0 % free/], 405: /TOTAL_MB 768 where the server has 1\b/ },
  },
  'stat-f-fails.undetermined': {
    fault: instead('stat', 'backup01', fileSystemUnreadable),
    also: undetermined('405'),
    reasons: { 204: [server, /Input\/output error/], 405: /Input\/output error/ },
  },
  'stat-f-garbage.undetermined': {
    fault: instead('stat', 'backup01', {
      what: 'knows no -c together with -f',
      script: 'case "$*" in -f*) echo "File: /var/tmp ID: 0 Namelen: 255"; exit;; esac\nexec $real "$@"',
      asked: 'stat -f /var/tmp',
      looks: /^exit 0 File: \/var\/tmp ID: 0/,
    }),
    also: undetermined('405'),
    reasons: { 204: [server, /Namelen/], 405: /Namelen/ },
  },
  'stat-f-hangs.undetermined': {
    fault: instead('stat', 'backup01', fileSystemHangs),
    site: { deadlines: { command: 3 } },
    also: undetermined('405'),
    reasons: { 204: [server, /none within 3 s/], 405: /none within 3 s/ },
  },
  'storage-below-threshold.not-met': {
    fault: scripts('a quarter of the backup volume is in use', 'backup01', {
      make: 'head -c 192M /dev/zero > $storage/filler',
      undo: 'rm $storage/filler',
      looks: 'test -s $storage/filler',
    }),
    site: { free_percent: { storage: 75.1 } },
    reasons: [server, /datastores\S* has 75\.0 % free, expected at least 75\.1 %/],
  },
  'tmp-below-threshold.not-met': {
    fault: halfFull('half of /var/tmp on backup01 is in use', 'backup01', '/var/tmp'),
    site: { free_percent: { rsync_tmp_dir: 51 } },
    reasons: [server, /\/var\/tmp has 50\.0 % free, expected at least 51 %/],
  },
  'tmp-full.not-met': { fault: 'tmp-full-on-backup', reasons: [server, /\/var\/tmp has 0\.0 % free, expected at least 5 %/] },
} satisfies Table;
