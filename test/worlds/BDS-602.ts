import { arriving, cutAt, failing, intercepted, onedDiesAt, slow } from '../../lab/faults/calls.ts';
import { andThen, sh, together } from '../../lab/faults/fault.ts';
import { text } from '../../lab/opennebula/tree.ts';
import { every, gate, quicker } from './world.ts';

const STORE = '/var/lib/one/datastores/100';

/** Somebody else backs the VM up, once, at the moment of a call, and it takes a while. */
const othersBackUp = (what: string, call: { of: string; when: string; tried: string }) =>
  andThen(
    together(what, [
      slow('', 'kvm01', { of: 'rsync', when: '-aS*', tried: 'rsync -aS --version', seconds: 5 }),
      intercepted('', 'frontend01', {
        ...call,
        act: '[ -e /run/one/seen ] || { touch /run/one/seen; onevm backup -d 100 0; sleep 2; }',
        tried: `touch /run/one/seen; ${call.tried}; rm /run/one/seen; grep -c run/one/seen /usr/local/bin/${call.of}`,
        looks: /^1/m,
      }),
    ]),
    async (lab) => {
      // The clean-up does not wait for it.
      await sh(lab, 'frontend01', 'timeout 30 sh -c \'until onevm show -x 0 | grep -q "<LCM_STATE>3<"; do sleep 0.2; done\'');
      // Theirs is there, whole, in OpenNebula and on the server.
      const { images } = await lab.openNebula();
      const [theirs, ...more] = images.filter(({ TYPE }) => TYPE === '6');
      if (theirs?.STATE !== '1' || more.length > 0)
        throw new Error(`the backup of somebody else is not there alone: ${images.map((image) => text(image, 'NAME')).join()}`);
      await sh(lab, 'backup01', `test -s ${STORE}/0/${text(theirs, 'SOURCE')}/disk.0.0`);
      await sh(lab, 'frontend01', `rm /run/one/seen; oneimage delete ${text(theirs, 'ID')}`);
      await sh(lab, 'backup01', `until rmdir ${STORE}/0; do sleep 0.2; done 2> /dev/null`);
    },
  );

export default every(gate, {
  'action-cannot-be-deleted.not-met': {
    fault: failing('OpenNebula lets the account delete no scheduled action', 'frontend01', {
      of: 'onevm',
      when: 'sched-delete*',
      tried: 'onevm sched-delete 0 999',
      says: '[one.vm.scheddelete] User [2] : Not authorized to perform MANAGE VM [0].',
      exit: 255,
    }),
    reasons: /found scheduled backup \d+: remove it with onevm sched-delete 0 \d+/,
  },
  'another-backup-after-templates.met': {
    fault: othersBackUp('somebody else backs the VM up while the clean-up deletes the template', {
      of: 'onetemplate',
      when: 'delete*',
      tried: 'onetemplate delete 999',
    }),
  },
  'another-backup-before-directories.met': {
    fault: othersBackUp('somebody else backs the VM up while the clean-up deletes images', {
      of: 'oneimage',
      when: 'delete*',
      tried: 'oneimage delete 999',
    }),
  },
  'connection-cut-at-deletion.undetermined': {
    fault: cutAt('backup01 drops its connections when a directory is removed', {
      of: 'rmdir',
      when: '*datastores/100/*',
      tried: 'rmdir /var/lib/one/datastores/100/none',
    }),
    reasons: /could not look: backup01\.example\.net: Connection to backup01\.example\.net closed/,
  },
  'copies-stay.not-met': {
    fault: failing('copies of disks on the front-end cannot be deleted', 'frontend01', {
      of: 'rm',
      when: '*/backup-compliance-*',
      tried: 'rm -rf /var/tmp/backup-compliance-none',
      says: 'rm: cannot remove: Operation not permitted',
    }),
    reasons: /\/var\/tmp\/backup-compliance-.* on frontend01\.example\.net: rm: cannot remove: Operation not permitted\. Remove it: rm -rf/,
  },
  'files-stay.not-met': {
    fault: andThen(
      intercepted('rm on backup01 says that it deleted, and did not', 'backup01', {
        of: 'rm',
        when: '*datastores/100/0/*',
        act: 'exit 0',
        tried: 'mkdir -p /tmp/datastores/100/0/x; rm -rf /tmp/datastores/100/0/x; ls /tmp/datastores/100/0; rm -r /tmp/datastores',
        looks: /^x$/m,
      }),
      // No image tells whose they are any more: this is for a person to do, as the reason says.
      (lab) => sh(lab, 'backup01', 'rm -rf /var/lib/one/datastores/100/0'),
    ),
    reasons: [/datastores\/100\/0\/[0-9a-f]{6} on backup01\.example\.net belongs to no image/, /rm -r \/var\/lib\/one\/datastores\/100\/0/],
  },
  'image-cannot-be-deleted.not-met': {
    fault: failing('OpenNebula lets the account delete no image', 'frontend01', {
      of: 'oneimage',
      when: 'delete*',
      tried: 'oneimage delete 999',
      says: '[one.image.delete] User [2] : Not authorized to perform MANAGE IMAGE [1].',
      exit: 255,
    }),
    reasons: /image \d+: remove it with oneimage delete \d+; image \d+: remove it/,
  },
  'oned-dies-at-deletion.undetermined': {
    fault: onedDiesAt('OpenNebula stops when an image is deleted', { of: 'oneimage', when: 'delete*', tried: 'oneimage delete 999' }),
    site: quicker({}),
    reasons: [/could not look: .*Connection refused/, /Run: backup-compliance cleanup/],
  },
  'something-beside-the-backup.not-met': {
    fault: andThen(
      arriving('somebody puts a file beside each backup', { script: 'touch ../lost', looks: 'test -e ../lost && rm ../lost' }),
      (lab) => sh(lab, 'backup01', 'rm -f /var/lib/one/datastores/100/0/lost'),
    ),
    reasons: /datastores\/100\/0 on backup01\.example\.net belongs to no image\. Look at it/,
  },
  'storage-keeps-all.not-met': {
    fault: failing('no backup on backup01 can be deleted, as on storage that keeps what was once written', 'backup01', {
      of: 'rm',
      when: '*datastores/100/0/*',
      tried: 'rm -rf /var/lib/one/datastores/100/0/none',
      says: 'rm: cannot remove: Operation not permitted',
    }),
    reasons: [/image \d+ \(.*Error removing image from datastore.*\): remove it with oneimage delete \d+/, /backup-compliance cleanup/],
  },
  'template-cannot-be-deleted.not-met': {
    fault: failing('OpenNebula lets the account delete no template', 'frontend01', {
      of: 'onetemplate',
      when: 'delete*',
      tried: 'onetemplate delete 999',
      says: '[one.template.delete] User [2] : Not authorized to perform MANAGE TEMPLATE [1].',
      exit: 255,
    }),
    reasons: /found template \d+: remove it with onetemplate delete \d+/,
  },
});
