import { failing, slow } from '../../lab/faults/calls.ts';
import { prints, together } from '../../lab/faults/fault.ts';
import { known, set } from '../../lab/faults/opennebula.ts';
import { image, imageFailed } from '../../lab/faults/protection.ts';
import { grown } from '../../lab/faults/restores.ts';
import { every, gate, notMet, onlyVm, quick, undetermined } from './world.ts';

const GiB = 1024;
/** A backup that is large enough to measure by, and is sampled. */
const measurable = grown('web01', 1100);
const large = (name: string, mb: number) => together(`the newest backups of web01 and ${name} are large`, [measurable, grown(name, mb)]);
/** Of production these alone, which are owed a restore within a time. */
const owed = (rto: string, ...names: string[]) => {
  const { protect } = onlyVm(...names);
  const restore = { sample: { vms: 6, max_size: '10 GiB' } };
  return { ...quick, deadlines: { ...quick.deadlines, restore: 120 }, restore, protect: { ...protect, rto } };
};

export default every(
  { ...gate, production: true, site: owed('10m', 'web01', 'db01') },
  {
    'rto-missed.not-met': {
      fault: 'rto-missed',
      site: { ...quick, deadlines: { ...quick.deadlines, restore: 120 } },
      reasons: [
        /db01 \(3\): expected its backup of 2097152 MiB \(image \d+\), the largest of the class label Gold, to restore within 10 min, found that it takes/,
        /Look what slows restores down/,
      ],
    },
    'rto-slow.not-met': {
      fault: together('backup01 hands disks of web01 out half a minute late, and db01 has a backup of 100 GiB', [
        large('db01', 100 * GiB),
        slow('', 'backup01', { of: 'cat', when: '/*/2/*disk.0.*', tried: 'cat /tmp/2/disk.0.0', seconds: 15 }),
      ]),
      reasons: /db01 \(3\): .* found that it takes .* as measured on the restore of web01 \(2\): 1100 MiB in \d+ s/,
    },
    // The backup in ERROR is small, and nothing restores from it.
    'rto-newest-in-error.not-met': {
      fault: together('the newest backup of db01 is in ERROR, and the one before it is of 2 TiB', [
        measurable,
        known(
          '',
          (cloud) => {
            imageFailed('db01', 'Error removing image from datastore')(cloud);
            image('db01', (found) => Object.assign(found, { SIZE: String(2 ** 21) }), 1)(cloud);
          },
          prints('frontend01', 'oneimage list -x', /<SIZE>2097152</),
          'all',
        ),
      ]),
      also: notMet('706', '707'),
      reasons: { 606: /db01 \(3\): expected its backup of 2097152 MiB/, 706: /state ERROR/, 707: /./ },
    },
    'rto-of-class.not-met': {
      fault: large('db01', 2 ** 21),
      site: {
        ...owed('10m', 'web01', 'db01', 'mail01'),
        protect: { ...onlyVm('web01', 'db01', 'mail01').protect, rto: '10m', classes: [{ name: 'db*', rto: '1h' }] },
      },
      machines: { 'BDS-606': { db01: 'not-met', web01: 'met' } },
      reasons: /the largest of the class name db\*, to restore within 1 h/,
    },
    'rto-nothing-measured.undetermined': {
      fault: grown('db01', 20 * GiB),
      reasons: /db01 \(3\): .* found no restore of 1024 MiB or more in this run.* max_size of at least 20 GiB/,
    },
    'rto-size-untold.undetermined': {
      fault: together('OpenNebula does not tell how large the newest backup of db01 is', [
        measurable,
        known(
          '',
          image('db01', (found) => Object.assign(found, { SIZE: '' })),
          prints('frontend01', 'oneimage list -x', /<SIZE><\/SIZE>|<SIZE\/>/),
          'all',
        ),
      ]),
      reasons: /db01 \(3\): expected the size of its backup, image \d+, found none/,
    },
    'rto-not-restored.blocked': {
      fault: known(
        'OpenNebula believes that the image datastore is full, and nothing can be restored',
        set('datastores', 1, { FREE_MB: '10' }),
        prints('frontend01', 'onedatastore show -x 1', /<FREE_MB>10</),
        'scheduler',
      ),
      also: { ...notMet('601'), ...undetermined('605') },
      reasons: { 601: /Not enough space/, 605: /has 10 MiB free/, 606: /BDS-601 and BDS-605 are both not tried or not met/ },
    },
    'rto-by-sample-alone.met': {
      fault: together('OpenNebula restores nothing but samples, and web01 has a large backup', [
        measurable,
        failing('', 'frontend01', {
          of: 'oneimage',
          when: 'restore*-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]',
          tried: 'oneimage restore 0 -d default --name backup-compliance-x-00ff',
          says: '[one.image.restore] Internal error.',
          exit: 255,
        }),
      ]),
      also: notMet('601'),
      site: owed('4h', 'web01'),
      reasons: { 601: /Internal error/ },
    },
    'rto-kept.met': { fault: large('db01', 20 * GiB), site: owed('4h', 'web01', 'db01') },
    'rto-kept-by-little-ones.met': { fault: measurable, site: owed('4h', 'web01', 'mail01') },
  },
);
