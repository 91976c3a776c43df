/** The faults that the lab's command and a demo offer; `npm run verdicts` breaks and repairs each, and sees that nothing of it is left. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FAULTS, faultNamed } from '../../lab/faults/index.ts';

/** Their names are a contract: none goes away. */
const NAMES = `
  agent-empty agent-stopped authkeys-missing-on-backup backup-files-gone backup-stuck bridge-no-login bridge-other-path bridge-tool-missing
  canary-fails-on-host capacity-stale capacity-zero chain-broken
  curl-missing-on-frontend datastore-missing datastore-other-host datastore-other-user dir-is-file dir-missing dir-not-writable
  dir-wrong-owner disk-full disk-left-out dsparent-not-writable find-missing-on-backup host-no-agent-forwarding
  host-no-sshconfig-unknown-key host-own-key-agent-stopped host-rsync-pretends host-sshd-down hostkey-changed-on-host
  image-in-error inodes-exhausted job-failing jq-missing-on-backup last-backup-failed libvirt-down-on-host libvirt-old-on-host
  mux-broken-on-host nbdinfo-missing-on-host no-room-for-a-vm no-user-bus-on-host noisy-bashrc-on-backup noisy-bashrc-on-host
  not-mounted one-auth-wrong oned-down oned-garbage oned-truncated qemuimg-missing-on-backup qemuimg-missing-on-host
  qemuio-missing-on-host qemunbd-missing-on-host rarely-scheduled restored-vm-dies rpo-missed rrsync-read-only-on-backup rsync-args-empty
  rsync-args-refused rsync-missing-on-backup rsync-missing-on-host rto-missed ruby-missing-on-frontend ruby-missing-on-host sample-corrupt
  scripts-missing-on-host scripts-not-executable-on-host scripts-old-on-host server-filtered server-frozen server-rekeyed
  sshd-down staging-full-on-host template-drift tmp-full-on-backup tmpdir-not-writable-on-backup too-few-points
  virsh-missing-on-host volume-read-only`;

it('has every name that was ever promised', () => {
  assert.deepEqual(Object.keys(FAULTS).sort(), NAMES.trim().split(/\s+/));
});

it('says of each in one line of its own what is broken', () => {
  const lines = Object.values(FAULTS).map(({ what }) => what);
  assert.deepEqual(
    lines.filter((line) => !/^\S.*\S$/.test(line)),
    [],
  );
  assert.equal(new Set(lines).size, lines.length);
});

it('lists the choices where there is no such fault', () => {
  assert.throws(() => faultNamed('weather'), /^Error: unknown fault 'weather'\. Faults: sshd-down, .*canary-fails-on-host$/);
  assert.throws(() => faultNamed('constructor'), /unknown fault/);
});
