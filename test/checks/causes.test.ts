import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { remedies, remedyFor } from '../../support/checks/causes.ts';
import { statementsOf } from '../../support/verdict/requirements.ts';
import { failures } from '../recorded-failures.ts';

const concerned = { frontend: 'frontend01', server: 'backup01', user: 'oneadmin', host: 'kvm01', vm: '7' };

/** Causes beside those that were recorded, as the programs word them; what there is to do, or a part of it. */
const others: readonly (readonly [remedy: keyof typeof remedies, cause: string, fix: RegExp])[] = [
  ['nothing listens', 'Unable to list backup files: ssh: connect to host b port 22: Connection refused', /^Start .* on b\. .*BDS-101$/],
  ['the key is not accepted', 'prebackup: oneadmin@kvm01: Permission denied (publickey,password).', /~oneadmin\/.* on kvm01\. .*BDS-102$/],
  [
    'the key is not accepted',
    'make_dst_path: oneadmin@backup01: Permission denied (publickey).',
    /authorized_keys on backup01\. .*BDS-101$/,
  ],
  ['the host key is not the known one', 'make_dst_path: Host key verification failed.', /the one that frontend01 has stored/],
  ['no way leads there', 'make_dst_path: ssh: connect to host b port 22: No route to host', /from frontend01 to port 22 of backup01/],
  ['no way leads there', 'backup: ssh: connect to host b port 22: Connection timed out', /from kvm01/],
  ['the connection was dropped before the login', 'backup: kex_exchange_identification: read: Connection reset by peer', /MaxStartups/],
  ['the connection was dropped before the login', 'backup: Connection closed by 10.0.0.3 port 22', /MaxStartups/],
  ['the transfer broke', 'backup: rsync: [sender] read error: Connection reset by peer (104)', /mid-transfer.*BDS-102/],
  ['rsync does not take its arguments', 'backup: rsync: --no-such: unknown option', /RSYNC_ARGS/],
  ['a key may not write', 'backup: /usr/bin/rrsync error: sending to read-only server is not allowed', /command= in ~oneadmin/],
  ['storage is full', "make_dst_path: mkdir: cannot create directory '/x/100/0/1': No space left on device", /room on backup01/],
  ['no room to stage', 'prebackup_live: qemu-img: error while writing at byte 0: No space left on device', /room on kvm01/],
  ['a quota is used up', 'make_dst_path: mkdir: cannot create directory: Disk quota exceeded', /quota of oneadmin on backup01/],
  [
    'a directory may not be written',
    "Unable to prepare image: mkdir: cannot create directory '/var/tmp/1f': Permission denied",
    /write to \/var\/tmp on backup01\. .*206/,
  ],
  ['a file may not be so large', 'backup: rsync: [receiver] write failed on "/x/disk.0.0": File too large (27)', /ulimit -f/],
  ['a file system is read-only', "make_dst_path: mkdir: cannot create directory '/x/1': Read-only file system", /read-write on backup01/],
  ['a disk is broken', 'prebackup_live: qemu-img: error while writing: Input/output error', /disk of kvm01/],
  ['a disk is broken', 'backup: rsync: [receiver] write failed on "/x": Input/output error (5)', /disk of backup01/],
  ['scripts are missing', 'prebackup_live: bash: line 9: /var/tmp/one/tm/lib/backup_qcow2.rb: Permission denied', /onehost sync --force/],
  [
    'scripts are missing',
    "prebackup_live: /var/tmp/one/tm/lib/backup_qcow2.rb:25:in `require_relative': cannot load such file -- /var/tmp/one/tm/lib/backup_kvm (LoadError)",
    /onehost sync --force, as oneadmin on frontend01.*\. If BDS-305 names frontend01.*, reinstall OpenNebula's packages there first\. .*BDS-305$/,
  ],
  ['no rsync on the server', 'backup: bash: line 1: rsync: command not found', /^Install rsync on backup01\. .*BDS-301$/],
  ['libvirt accepts no login', 'prebackup_live: error: failed to connect to the hypervisor', /^Start libvirt on kvm01/],
  ['no guest agent', 'prebackup_live: error: argument unsupported: QEMU guest agent is not configured', /VM 7/],
  [
    'a library is missing',
    'backup: jq: error while loading shared libraries: libjq.so.1: cannot open shared object file',
    /^Install jq anew/,
  ],
  ['a program is missing', "prebackup_live: /usr/bin/env: 'ruby': No such file or directory", /^Install ruby on kvm01/],
  ['a program is missing', 'prebackup_live: sh: 1: nbdinfo: not found', /^Install nbdinfo on kvm01\. .*BDS-304$/],
  ['a program is missing', 'Unable to flatten increments: bash: line 11: jq: command not found', /^Install jq on backup01\. .*BDS-304$/],
  [
    'a program is missing',
    'Unable to prepare image: bash: line 9: qemu-img: command not found',
    /^Install qemu-img on backup01\. .*BDS-302$/,
  ],
  ['a program is missing', 'deploy: bash: line 1: xorriso: command not found', /^Install xorriso on kvm01/],
  [
    'a file of the chain is gone',
    "Unable to prepare image: qemu-img: Could not open '/x/100/1/b4/disk.0.5': Could not open backing file: Could not open '/x/100/1/30/disk.0.2': No such file or directory",
    /Begin a new chain/,
  ],
  ['somebody cancelled it', 'Backup cancelled: f59e74', /Ask who cancelled it/],
];
const recorded = Object.entries(failures).flatMap(([name, { cause, remedy }]) => (cause === undefined ? [] : [{ name, cause, remedy }]));
const all = [...recorded, ...others.map(([remedy, cause]) => ({ name: cause, cause, remedy }))];

const saidOf = (cause: string) => Object.values(remedyFor(cause, concerned) ?? {}).join(' ');

describe('what to do about a cause', () => {
  for (const { name, cause, remedy } of all)
    test(`is said once, and is no other's: ${name}`, () => {
      const matching = Object.entries(remedies).filter(([, { when }]) => when.test(cause));
      assert.deepEqual(
        matching.map(([each]) => each),
        [remedy],
      );
      assert.ok(remedyFor(cause, concerned));
    });

  test('is there for each remedy, which has a cause', () =>
    assert.deepEqual(new Set(all.map(({ remedy }) => remedy)), new Set(Object.keys(remedies))));

  for (const [remedy, cause, fix] of others) test(`${remedy}: ${cause}`, () => assert.match(saidOf(cause), fix));

  test('a login is looked at again only where a login was the cause', () => {
    for (const { name, cause, remedy } of recorded) {
      const isLogin = /key is not accepted|nothing listens|no address|the transfer broke/.test(remedy ?? '');
      assert.equal(/BDS-10[12]/.test(saidOf(cause)), isLogin, name);
    }
  });

  test('names requirements that an audit looks at', () => {
    const known = statementsOf('audit').map(({ id }) => id);
    for (const { cause } of all) for (const [id] of saidOf(cause).matchAll(/BDS-\d+/g)) assert.ok(known.includes(id), `${id}: ${cause}`);
  });

  test('is unknown where nobody knows, and names no host where it is on none', () => {
    assert.equal(remedyFor('neither an image nor an error', concerned), undefined);
    assert.equal(remedyFor('prebackup_live: ended without a word in: /driver', concerned), undefined);
    assert.match(
      remedyFor('backup: a: Permission denied (publickey).', { ...concerned, host: '' })?.fix ?? '',
      /^Lend the hypervisor host /,
    );
  });
});

test('where a bridge host sends, it is the one to look at; the host where it stages, still', () => {
  const bridged = { ...concerned, bridge: 'bridge01' };
  for (const [cause, fix, recheck] of [
    ['backup: oneadmin@backup01: Permission denied (publickey).', /^Lend bridge01 the front-end's key/, 'BDS-107'],
    ['backup: bash: line 8: rsync: command not found', /^Install rsync on bridge01\.$/, 'BDS-107'],
    ['backup: ssh: Could not resolve hostname bridge01: Name or service not known', /an address on frontend01\.$/, 'BDS-107'],
    ['backup: ssh: Could not resolve hostname backup01: Name or service not known', /an address on bridge01\.$/, 'BDS-107'],
    ["backup: du: cannot access '/var/lib/one/datastores/0/0/backup': No such file or directory", /^Take BRIDGE_LIST out/, 'BDS-107'],
    ['prebackup_live: bash: line 9: qemu-img: command not found', /^Install qemu-img on kvm01\.$/, 'BDS-303'],
    ['make_dst_path: oneadmin@backup01: Permission denied (publickey).', /on backup01\.$/, 'BDS-101'],
  ] as const) {
    const remedy = remedyFor(cause, bridged);
    assert.match(remedy?.fix ?? '', fix, cause);
    assert.equal(remedy?.recheck, `Recheck: backup-compliance audit --only ${recheck}`, cause);
  }
});
