import { intercepted, onedDiesAt, slow } from '../../lab/faults/calls.ts';
import { type Fault, prints, together } from '../../lab/faults/fault.ts';
import { datastore, known } from '../../lab/faults/opennebula.ts';
import { files, sshdStopped } from '../../lab/faults/ssh.ts';
import { scripts } from '../../lab/faults/storage.ts';
import { TEMPLATE_TEXT, templateThere, unregistered } from './faults.ts';
import { every, onBoth } from './world.ts';

const AUTH = '/var/lib/one/.one/one_auth';

/** Nothing was registered before, and something else is broken. */
const anew = (fault: Fault) => together(fault.what, [unregistered, fault]);

const setup = { profile: 'setup' } as const;

export default every(setup, {
  'create-hangs.undetermined': {
    fault: anew(
      slow('OpenNebula does not answer who creates a datastore', 'frontend01', {
        of: 'onedatastore',
        when: 'create*',
        tried: 'onedatastore create /nothing',
      }),
    ),
    site: { deadlines: { command: 4 } },
    reasons: [/whether it was done is not known: onedatastore create .*4 s/, /wrote the template.*Run setup again/],
  },
  'created-and-not-there.not-met': {
    fault: anew(
      intercepted('OpenNebula answers a number, and creates nothing', 'frontend01', {
        of: 'onedatastore',
        when: 'create*',
        act: 'echo "ID: 100"; exit 0',
        tried: 'onedatastore create /nothing',
        looks: /^ID: 100\nexit 0/,
      }),
    ),
    site: { deadlines: { command: 6 } },
    reasons: /does not list it after it was created/,
  },
  'datastore-has-more.not-met': {
    fault: 'template-drift',
    reasons: [/datastore 100: RSYNC_ARGS is “-aS --bwlimit=1000”/, /onedatastore update/],
  },
  'datastore-names-other-server.not-met': {
    fault: 'datastore-other-host',
    reasons: /datastore 100: RSYNC_HOST is “frontend01\.example\.net”, expected “backup01\.example\.net”/,
  },
  'datastore-names-other-user.not-met': {
    fault: datastore('the datastore is registered for another account (backup)', { RSYNC_USER: 'backup' }),
    reasons: [/datastore 100: RSYNC_USER is “backup”, expected “oneadmin”/, /Nothing was changed/],
  },
  'name-is-of-image-datastore.not-met': {
    fault: known(
      'the declared name is that of an image datastore',
      ({ datastores }) => {
        const backups = datastores.find(({ ID }) => ID === '100');
        const images = datastores.find(({ ID }) => ID === '1');
        Object.assign(backups ?? {}, { NAME: 'other' });
        Object.assign(images ?? {}, { NAME: 'rsync Backups' });
      },
      prints('frontend01', 'onedatastore show -x 1', /<ID>1<\/ID>.*<NAME>(<!\[CDATA\[)?rsync Backups/s),
      'all',
    ),
    reasons: [/datastore 1: TYPE is “img”, expected “bck”; datastore 1: DS_MAD is “fs”, expected “rsync”/, /Nothing was changed/],
  },
  'not-allowed-to-create.not-met': {
    fault: anew(
      files('the account on the front-end is an ordinary user of OpenNebula, and may create no datastore', 'frontend01', {
        files: [AUTH],
        script: `oneuser create clerk secret && echo clerk:secret > ${AUTH}`,
        looks: prints(
          'frontend01',
          'printf "NAME = a\nDS_MAD = rsync\n" > /tmp/ds; onedatastore create /tmp/ds; rm /tmp/ds',
          /Not authorized to perform CREATE DATASTORE/,
        ),
      }),
    ),
    site: { deadlines: { command: 6 } },
    reasons: [
      /refused: “onedatastore create .*Not authorized to perform CREATE DATASTORE/,
      /What was done before stands: wrote the template/,
    ],
  },
  'oned-dies-at-create.undetermined': {
    fault: anew(
      onedDiesAt('OpenNebula stops when the datastore is created', {
        of: 'onedatastore',
        when: 'create*',
        tried: 'touch /tmp/none; onedatastore create /tmp/none; rm /tmp/none',
      }),
    ),
    site: { deadlines: { command: 6 } },
    reasons: [/whether it was done is not known: .*Failed to open TCP connection/, /wrote the template/],
  },
  'oned-down-at-setup.undetermined': {
    fault: 'oned-down',
    site: { deadlines: { command: 6 } },
    reasons: [/onedatastore list -x ended with exit 255.*Connection refused/, /Start OpenNebula/],
  },
  'oned-garbage-at-setup.undetermined': {
    fault: 'oned-garbage',
    site: { deadlines: { command: 6 } },
    reasons: /answered something that is not the pool/,
  },
  'saved-otherwise.not-met': {
    fault: anew(
      intercepted('OpenNebula saves a datastore with a limit of its own', 'frontend01', {
        of: 'onedatastore',
        when: 'create*',
        act: `more=$(mktemp); trap 'rm -f $more' EXIT; { cat "$2"; echo LIMIT_TRANSFER_BW = 10M; } > $more
$real create $more; code=$?; [ "$2" != /dev/null ] || cat $more; exit $code`,
        tried: 'onedatastore create /dev/null',
        looks: /LIMIT_TRANSFER_BW = 10M/,
      }),
    ),
    site: { deadlines: { command: 6 } },
    reasons: [/datastore 100 saved otherwise: LIMIT_TRANSFER_BW is “10M”/, /onedatastore show 100/],
  },
  'template-folder-read-only.not-met': {
    fault: scripts('the directory that the template is to be written to is read-only', 'frontend01', {
      make: 'mkdir -m 555 ~/datastore-templates',
      undo: 'rmdir ~/datastore-templates',
      looks: 'test -d ~/datastore-templates -a ! -w ~/datastore-templates',
    }),
    site: { datastore: { template_file: '~/datastore-templates/ds.txt' } },
    reasons: [/refused: “.*datastore-templates\/ds\.txt.*Permission denied”/, /run setup again/],
  },
  'template-garbled.not-met': {
    fault: templateThere('the template file holds something else', 'name: rsync Backups\nuser: oneadmin\n'),
    reasons: /ds_rsync_backup\.txt: it is not a list of NAME = "value"/,
  },
  'template-lacks-driver.not-met': {
    fault: templateThere(
      'the template file names no driver, and a limit',
      `${TEMPLATE_TEXT.replace('DS_MAD = "rsync"\n', '')}LIMIT_MB = 100\n`,
    ),
    reasons: [/DS_MAD is missing, expected “rsync”/, /LIMIT_MB is “100”, expected none/],
  },
  'template-names-other-server.not-met': {
    fault: templateThere('the template file names another server', TEMPLATE_TEXT.replace('backup01', 'old-backup')),
    reasons: [/ds_rsync_backup\.txt: RSYNC_HOST is “old-backup\.example\.net”, expected “backup01\.example\.net”/, /or the template file/],
  },
  'template-unreadable.undetermined': {
    fault: templateThere('the template file cannot be read', TEMPLATE_TEXT, '0'),
    reasons: /ds_rsync_backup\.txt: Permission denied/,
  },
  ...onBoth({
    'server-down-at-setup.not-met': {
      fault: anew(sshdStopped('backup01', 'the datastore is new, and its server down')),
      site: { deadlines: { command: 4 } },
      reasons: [/datastore 100 registered, but without capacity \(TOTAL_MB 0\) after 4 s/, /backup-compliance audit/],
    },
  }),
});
