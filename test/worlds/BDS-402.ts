import { prints } from '../../lab/faults/fault.ts';
import { known, set } from '../../lab/faults/opennebula.ts';
import type { Tree } from '../../lab/opennebula/tree.ts';
import { behind402, type Table } from './world.ts';

const registered = (what: string, attributes: Tree, looks: RegExp) =>
  known(what, set('datastores', 100, attributes), prints('frontend01', 'onedatastore list -x', looks));

/** There is another datastore of the declared name. */
const twice = (what: string, attributes: Tree) =>
  known(
    what,
    ({ datastores }) =>
      datastores.push({ ...structuredClone(datastores.find(({ ID }) => ID === '100') ?? {}), ID: '101', UID: '2', ...attributes }),
    prints('frontend01', 'onedatastore list -x', /<NAME>rsync Backups<.*<NAME>rsync Backups</s),
  );

export default {
  'datastore-missing.not-met': { fault: 'datastore-missing', also: behind402, reasons: [/rsync Backups/, /onedatastore create/] },
  'datastore-of-files.not-met': {
    fault: registered(
      'the datastore of the declared name is one for files',
      { TYPE: '2', DS_MAD: 'fs', TM_MAD: 'local' },
      /<NAME>rsync Backups(?:(?!<DATASTORE>).)*<TYPE>2/s,
    ),
    also: behind402,
    reasons: /TYPE fil/,
  },
  'datastore-of-images.not-met': {
    fault: registered(
      'the datastore of the declared name is one for images',
      { TYPE: '0', DS_MAD: 'fs', TM_MAD: 'local' },
      /rsync Backups.*<TYPE><!\[CDATA\[0|<NAME>rsync Backups(?:(?!<DATASTORE>).)*<TYPE>0/s,
    ),
    also: behind402,
    reasons: [/TYPE img, DS fs, TM local/, /onedatastore show 100/],
  },
  'datastore-of-system.not-met': {
    fault: registered(
      'the datastore of the declared name is a system datastore',
      { TYPE: '1', DS_MAD: '-', TM_MAD: 'ssh' },
      /<NAME>rsync Backups(?:(?!<DATASTORE>).)*<TYPE>1/s,
    ),
    also: behind402,
    reasons: /TYPE sys, DS -, TM ssh/,
  },
  'datastore-off.not-met': {
    fault: registered('the backup datastore is off', { STATE: '1' }, /rsync Backups.*<STATE>1/s),
    reasons: /STAT off/,
  },
  'datastore-other-tm.not-met': {
    fault: registered('the backup datastore has a transfer driver', { TM_MAD: 'ssh' }, /rsync Backups.*<TM_MAD>(<!\[CDATA\[)?ssh/s),
    reasons: /TM ssh/,
  },
  'datastore-renamed.not-met': {
    fault: registered('OpenNebula has the backup datastore under another name', { NAME: 'rsync backups' }, /rsync backups/s),
    also: behind402,
    reasons: [/“rsync Backups”/, /backup datastores “rsync backups”/],
  },
  'datastore-restic.not-met': {
    fault: registered(
      'the datastore of the declared name is a backup datastore of another driver',
      { DS_MAD: 'restic' },
      /<DS_MAD>(<!\[CDATA\[)?restic/s,
    ),
    also: behind402,
    reasons: /TYPE bck, DS restic/,
  },
  'datastore-twice.undetermined': {
    fault: twice('two users have an rsync backup datastore of the declared name', {}),
    also: behind402,
    reasons: [/2 datastores of that name, and cannot tell which is meant: 101 \(TYPE bck.*, 100 \(TYPE bck/, /onedatastore rename/],
  },
  'datastore-twice-once-of-images.undetermined': {
    fault: twice('an image datastore has the name of the declared one', { TYPE: '0', DS_MAD: 'fs', TM_MAD: 'local' }),
    also: behind402,
    reasons: /2 datastores of that name, and cannot tell which is meant: 101 \(TYPE img/,
  },
  'datastore-unknown-type.not-met': {
    fault: registered('the datastore of the declared name is of a type nobody knows', { TYPE: '9' }, /<TYPE>9/s),
    also: behind402,
    reasons: /TYPE unknown \(9\)/,
  },
} satisfies Table;
