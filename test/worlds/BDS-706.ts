import { failing } from '../../lab/faults/calls.ts';
import { prints } from '../../lab/faults/fault.ts';
import { backupDatastore } from '../../lab/faults/opennebula.ts';
import { agedBackup, backupConfig, type Edit, image, imageFailed, inState, production } from '../../lab/faults/protection.ts';
import { type Tree, trees } from '../../lab/opennebula/tree.ts';
import { alone, noCommand } from './faults.ts';
import { blocked, notMet, onlyVm, type Row, type Table } from './world.ts';

const listed = (words: RegExp) => prints('frontend01', 'oneimage list -x', words);
const FLATTEN = 'Error flattening backup increments: Command failed: jq: command not found';

/** The chain of web02, whose links are changed. */
const chain = (change: (links: Tree[]) => Tree[]): Edit =>
  image('web02', (found) =>
    Object.assign(found, { BACKUP_INCREMENTS: { INCREMENT: change(trees(found, 'BACKUP_INCREMENTS/INCREMENT')) } }),
  );
const linkIs = (at: number, attributes: Tree) => (links: Tree[]) =>
  links.map((each, index) => (index === at ? { ...each, ...attributes } : each));

const broken = (what: string, words: RegExp, change: (links: Tree[]) => Tree[], reasons: RegExp): Row => ({
  fault: production(what, listed(words), chain(change)),
  production: true,
  reasons,
});

const inError = (what: string, words: string, state: string, reasons: Row['reasons'] & object): Row => ({
  fault: production(what, listed(new RegExp(words)), imageFailed('web02', words, 0, state)),
  production: true,
  reasons,
});

/** OpenNebula does not list its images: without them nothing is known of their files either. */
const unlisted = (fault: Row['fault'], reasons: RegExp): Row => ({ fault, also: blocked('707'), reasons });

/** Another backup datastore, on the same server. */
const another: Edit = (cloud) => {
  const model = backupDatastore(cloud);
  cloud.datastores.push({
    ...structuredClone(model),
    ID: '101',
    NAME: 'other backups',
    IMAGES: {},
    BASE_PATH: '/var/lib/one//datastores/101',
  });
};

export default {
  'chain-broken.not-met': {
    fault: 'chain-broken',
    production: true,
    reasons: [/increment 3, which rests on 2, after increment 1/, /onevm backup -d 100 --reset \d/],
  },
  'chain-counted-with-gap.not-met': {
    ...broken(
      'the last increment of a chain is numbered two more than the one before',
      /<INCREMENT>(?:(?!<\/INCREMENT>).)*<ID><!\[CDATA\[77\]\]>/s,
      (links) => linkIs(links.length - 1, { ID: '77' })(links),
      /./,
    ),
    also: notMet('707'),
    reasons: { 706: /increment 77 after increment \d/, 707: /disk\.0\.77 is not there/ },
  },
  'chain-of-two-fulls.not-met': broken(
    'the second increment of a chain says that it is a full backup',
    /<TYPE><!\[CDATA\[FULL\]\]><\/TYPE>\s*<\/INCREMENT>\s*<INCREMENT>(?:(?!<\/INCREMENT>).)*<TYPE><!\[CDATA\[FULL/s,
    linkIs(1, { TYPE: 'FULL' }),
    /increment 1 of type FULL in the middle of its chain/,
  ),
  'chain-parent-other.not-met': broken(
    'the last increment of a chain rests on the first',
    /<PARENT_ID><!\[CDATA\[0\]\]>(?:(?!<\/BACKUP_INCREMENTS>).)*<PARENT_ID><!\[CDATA\[0\]\]>/s,
    (links) => linkIs(links.length - 1, { PARENT_ID: '0' })(links),
    /which rests on 0, after increment \d/,
  ),
  'chain-without-first.not-met': broken(
    'a chain lacks the full backup that it began with',
    /<BACKUP_INCREMENTS>\s*<INCREMENT>(?:(?!<\/INCREMENT>).)*<ID><!\[CDATA\[1\]\]>/s,
    (links) => links.slice(1),
    /a chain that begins with increment 1, which is no full backup/,
  ),
  'flatten-failed.not-met': inError('a flatten failed, and its image is READY', FLATTEN, '1', [
    /though its state is not ERROR: “.*jq: command not found”/,
    /Make a new full backup: take it out of its backup job .*, onevm backup -d 100 --reset/,
  ]),
  'flatten-hangs.not-met': {
    fault: production(
      'a flatten of the chain of web02 does not end since nine hours',
      listed(/<STATE>4</),
      imageFailed('web02', '', 0, '4'),
      backupConfig('web02', { ACTIVE_FLATTEN: 'YES' }),
    ),
    production: true,
    site: onlyVm('db01'),
    reasons: [/LOCKED by a flatten for 9 h.* \(deadlines\.job: 6 h\)/, /oned\.log says of the flatten/],
  },
  'image-not-deleted.not-met': {
    fault: 'image-in-error',
    production: true,
    reasons: [/state ERROR: “.*Error removing image/, /oneimage delete \d+/],
  },
  'image-in-error-without-words.not-met': {
    fault: production('a backup image is in ERROR, and says nothing', listed(/<STATE>5</), imageFailed('db01', '', 4)),
    production: true,
    reasons: /found state ERROR\. Look at it: oneimage show \d+/,
  },
  'image-of-gone-machine-in-error.not-met': {
    fault: production(
      'a backup image of a VM that is gone is in ERROR',
      listed(/<STATE>5</),
      imageFailed('web01', 'Error removing image from datastore. Retry the operation', 3),
      inState('web01', 'DONE'),
    ),
    production: true,
    reasons: /state ERROR/,
    notes: { 706: /Of VMs that are gone: 17 images, \d+ MiB, the oldest of 20/ },
  },
  'chain-flattened.met': {
    fault: production(
      'a chain was flattened: it begins with number 2, and its image has the SOURCE of a folder long gone',
      listed(
        /<PARENT_ID><!\[CDATA\[-1\]\]><\/PARENT_ID>(?:(?!<\/INCREMENT>).)*<\/INCREMENT>\s*<INCREMENT>(?:(?!<\/INCREMENT>).)*<ID><!\[CDATA\[3\]/s,
      ),
      chain((links) => links.slice(2).map((link, index) => (index === 0 ? { ...link, PARENT_ID: '-1', TYPE: 'FULL' } : link))),
    ),
    production: true,
  },
  'image-elsewhere-in-error.met': {
    fault: production(
      'a backup image in another backup datastore is in ERROR',
      listed(/<STATE>5</),
      another,
      agedBackup('db01', 40, '101'),
      imageFailed('db01', 'Error removing image from datastore'),
    ),
    production: true,
  },
  'image-locked.met': {
    fault: production('a backup image is LOCKED', listed(/<STATE>4</), imageFailed('db01', '', 4, '4')),
    production: true,
    notes: { 706: /Image \d+ is LOCKED: a backup, flatten or restore of it is under way, or stuck/ },
  },
  'machine-gone.met': {
    fault: production(
      'a VM is gone, and its backups are there',
      prints('frontend01', 'onevm list -x', /^(?!.*web01)/s),
      inState('web01', 'DONE'),
    ),
    production: true,
    notes: { 706: /Of VMs that are gone: 17 images/ },
  },
  'oneimage-empty-with-error.undetermined': unlisted(alone('oneimage', 'prints an empty pool, and an error'), /said “execution expired”/),
  'oneimage-halved.undetermined': unlisted(alone('oneimage', 'prints half of what it should'), /not the pool, or not all of it/),
  'oneimage-missing.undetermined': unlisted(noCommand('oneimage'), /oneimage list -x: command not found/),
  'oneimage-refused.undetermined': unlisted(
    failing('OpenNebula lets us list no images', 'frontend01', {
      ...{ of: 'oneimage', when: "'list -x'", tried: 'oneimage list -x' },
      ...{ says: '[one.imagepool.info] User [2] : Not authorized to perform LIST IMAGE.', exit: 255 },
    }),
    /Not authorized/,
  ),
} satisfies Table;
