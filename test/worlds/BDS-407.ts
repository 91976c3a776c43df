import { failing } from '../../lab/faults/calls.ts';
import { prints, together } from '../../lab/faults/fault.ts';
import { capacity, datastore } from '../../lab/faults/opennebula.ts';
import { backupConfig, diskAttached, diskIs, inState, production, quota } from '../../lab/faults/protection.ts';
import { answeringAs } from './faults.ts';
import type { Row, Table } from './world.ts';

const shown = (vm: string, words: RegExp) => prints('frontend01', `onevm show -x ${vm}`, words);

/** The saved datastore has a limit, which the site file declares. */
const limit = (LIMIT_MB: string, reasons: RegExp): Row => ({
  fault: datastore(`the datastore has LIMIT_MB ${LIMIT_MB}`, { LIMIT_MB }),
  site: { datastore: { template: { LIMIT_MB } } },
  reasons,
});

const of = (what: string, vm: string, words: RegExp, ...edits: Parameters<typeof production>[2][]) => ({
  fault: production(what, shown(vm, words), ...edits),
  production: true,
});

/** Releases before 6.10. */
const unlooked = (release: string) => new RegExp(`OpenNebula ${release} does not look for room before it begins a backup`);

const LARGE = /<SIZE><!\[CDATA\[90000\]\]>/;
/** Of no image. */
const EMPTY = { IMAGE: '', IMAGE_ID: '' };
const OWNED = /<UNAME>owner-of-db01</;

export default {
  'disk-of-all-types.met': of(
    'db01 has large disks that are not backed up: swap, and one that begins empty',
    'db01',
    LARGE,
    diskAttached('db01', { TYPE: 'swap', SIZE: '90000', ...EMPTY }),
    diskAttached('db01', { TYPE: 'fs', SIZE: '90000', ...EMPTY }),
  ),
  'disk-volatile-backed-up.not-met': {
    ...of(
      'db01 has a large disk that begins empty, and is backed up',
      'db01',
      LARGE,
      diskAttached('db01', { TYPE: 'fs', SIZE: '90000', ...EMPTY }),
      backupConfig('db01', { BACKUP_VOLATILE: 'YES' }),
    ),
    also: { 'BDS-708': 'not-met' },
    reasons: { 407: /found that its disks may grow to \d{5} MiB, \d+ MiB are free\./, 708: /./ },
  },
  'disk-without-size.undetermined': {
    ...of(
      'OpenNebula shows no size of the disk of db01',
      'db01',
      /<SIZE>(<!\[CDATA\[\]\]>)?<\/SIZE>|<SIZE\/>/,
      diskIs('db01', 0, { SIZE: '' }),
    ),
    reasons: /db01 \(\d+\): expected room .* found no SIZE of its disk 0/,
  },
  'limit-below-need.not-met': limit('100', /100 MiB are free of LIMIT_MB 100, of which 0 are used\. Raise or remove LIMIT_MB/),
  'limit-of-nothing.not-met': limit('0', / 0 MiB are free of LIMIT_MB 0, .*0 leaves nothing/),
  'limit-large-enough.met': {
    fault: datastore('the datastore has LIMIT_MB 700', { LIMIT_MB: '700' }),
    site: { datastore: { template: { LIMIT_MB: '700' } } },
  },
  'limit-used-unknown.undetermined': {
    fault: together('the datastore has a limit, and OpenNebula does not know how much is used', [
      capacity('', { USED_MB: '' }),
      datastore('', { LIMIT_MB: '700' }),
    ]),
    site: { datastore: { template: { LIMIT_MB: '700' } } },
    reasons: /found a LIMIT_MB, and no number for USED_MB/,
  },
  'machine-large-and-gone.met': {
    fault: production(
      'a VM whose disk is larger than the backup volume is gone',
      prints('frontend01', 'onevm list -x', /^(?!.*db01)/s),
      diskIs('db01', 0, { SIZE: '90000' }),
      inState('db01', 'DONE'),
    ),
    production: true,
  },
  'no-room-for-a-vm.not-met': {
    fault: 'no-room-for-a-vm',
    production: true,
    reasons: [/^(?!.*files01)/s, /db01 \(\d+\): expected room for a backup in datastore 100, found that its disks may grow to 65536 MiB/],
  },
  // Of these releases nothing else flips.
  'opennebula-6-6.not-applicable': { fault: answeringAs('6.6.3'), reasons: unlooked('6.6.3') },
  'opennebula-6-8.not-applicable': { fault: answeringAs('6.8.0'), reasons: unlooked('6.8.0') },
  'quota-of-images-used-up.not-met': {
    ...of('the owner of db01 may have no more images than there are', 'db01', OWNED, quota('db01', { IMAGES: '17' })),
    reasons: /its owner, user \d+, has used up the quota of that datastore: 17 of 17 images\. Raise it: oneuser quota \d/,
  },
  'quota-of-size-used-up.not-met': {
    ...of('the owner of db01 may have 20 MB in the datastore', 'db01', OWNED, quota('db01', { SIZE: '20' })),
    reasons: /17 of 20 MiB, where its disks may grow to \d+ MiB/,
  },
  'quota-large-enough.met': of('the owner of db01 may have more', 'db01', OWNED, quota('db01', { IMAGES: '30', SIZE: '9000' })),
  'quota-unread.met': {
    fault: together('the owner of db01 has a quota that cannot be read', [
      production('', shown('db01', OWNED), quota('db01', { IMAGES: '17' })),
      failing('', 'frontend01', {
        ...{ of: 'oneuser', when: "'show -x '*", tried: 'oneuser show -x 2' },
        ...{ says: '[one.user.info] User [5] : Not authorized to perform USE USER [2].', exit: 255 },
      }),
    ]),
    production: true,
    notes: { 407: /the quota of its owner, user \d+, was not checked: .*Not authorized/ },
  },
} satisfies Table;
