/** Every call of OpenNebula that the suite makes or tells people to make has a recording, which the stand-in answers alike. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SessionName } from './not-replayed.ts';
import { Recordings } from './recordings.ts';

/** By call, its recordings in each session. */
const RECORDED: Record<string, Partial<Record<SessionName, string>>> = {
  'onebackupjob backup': { '7.4.0/second': 'q-backup-jobs/09-backup-now q-backup-jobs/13-sched-now q-backup-jobs/14-sched-weekly' },
  'onebackupjob cancel': { '7.4.0/second': 'q-backup-jobs/23' },
  'onebackupjob list': {
    '7.4.0/second': 'q-backup-jobs/01-list-empty-x q-backup-jobs/06-list-x',
    '7.4.0/third': 'b-jobs-that-fail/16',
    '6.10.5/calls': '071',
  },
  'onebackupjob retry': { '7.4.0/second': 'q-backup-jobs/20' },
  'onebackupjob show': {
    '7.4.0/second': 'q-backup-jobs/07-show-x q-backup-jobs/15-show-x-scheduled q-backup-jobs/25',
    '7.4.0/third': 'b-jobs-that-fail/04 b-jobs-that-fail/12',
    '6.10.5/calls': '072',
  },
  'onedatastore create': {
    '7.4.0/calls': '021 030 031 032 033 035 036 037 039 040 045 046 050',
    '6.10.5/calls': '020 021 022 023 024 026 027',
  },
  'onedatastore list': { '7.4.0/calls': '020 022 064 312-ds-list', '6.10.5/calls': '010 011 012 013' },
  'onedatastore show': { '7.4.0/calls': '072 073 075 077', '6.10.5/calls': '014 015' },
  'onehost create': { '7.4.0/calls': '001 002 392' },
  'onehost delete': { '7.4.0/calls': '395' },
  'onehost enable': { '7.4.0/calls': '390 405' },
  'onehost list': { '7.4.0/calls': '010 381 386', '6.10.5/calls': '003' },
  'oneimage delete': { '7.4.0/calls': '350 353 358', '6.10.5/calls': '064' },
  'oneimage list': { '7.4.0/calls': '209-oneimage-list-x', '7.4.0/second': 's-disks/06 s-disks/09 s-disks/17', '6.10.5/calls': '040' },
  'oneimage restore': {
    ...{
      '7.4.0/calls': '261 270 271 273 274 275 276 277 356 400',
      '7.4.0/third': 'e-restored-vm/02 e-restored-vm/20 f-restore-changes-files/01',
    },
    '6.10.5/calls': '060 061 062',
  },
  'oneimage show': { '7.4.0/calls': '206 254 355 402', '6.10.5/calls': '041 042' },
  'onetemplate create': { '7.4.0/second': 'r-vm-lifecycle/01' },
  'onetemplate delete': { '7.4.0/second': 'r-vm-lifecycle/27', '7.4.0/third': 'e-restored-vm/13' },
  'onetemplate instantiate': {
    ...{ '7.4.0/calls': '103 107', '7.4.0/second': 'r-vm-lifecycle/03 r-vm-lifecycle/14 r-vm-lifecycle/22' },
    '7.4.0/third': 'e-restored-vm/05 e-restored-vm/06',
  },
  'onetemplate show': { '7.4.0/third': 'e-restored-vm/04-onetemplate-show-x-3 e-restored-vm/04-onetemplate-show-x-4' },
  'oneuser quota': { '7.4.0/second': 's-disks/25' },
  'oneuser show': { '7.4.0/second': 's-disks/26' },
  'onevm backup': {
    ...{ '7.4.0/calls': '202 220 221 222 223 226 228 250 406', '7.4.0/second': 'a0-list-extended/10 b-due-while-in-backup/02 s-disks/21' },
    ...{ '7.4.0/third': 'd-limit-mb/03 c-quota/02', '6.10.5/calls': '031 050 052 054 055 056 080' },
  },
  'onevm backup-cancel': { '7.4.0/calls': '372' },
  'onevm deploy': { '7.4.0/second': 'r-vm-lifecycle/07' },
  'onevm list': { '7.4.0/calls': '211', '7.4.0/second': 'a0-list-extended/03 a0-list-extended/04', '6.10.5/calls': '030 033 058' },
  'onevm lock': { '7.4.0/second': 's-disks/20' },
  'onevm recover': { '7.4.0/calls': '106' },
  'onevm resume': { '7.4.0/second': 's-disks/30' },
  'onevm sched-delete': { '7.4.0/calls': '238 239 240', '6.10.5/calls': '059' },
  'onevm show': { '7.4.0/calls': '204 236 374', '7.4.0/second': 'a0-list-extended/07 s-disks/11', '6.10.5/calls': '032 035 057 081' },
  'onevm terminate': { '7.4.0/second': 'r-vm-lifecycle/10 r-vm-lifecycle/11 r-vm-lifecycle/19 r-vm-lifecycle/24' },
  'onevm unlock': { '7.4.0/second': 's-disks/23' },
  'onevm updateconf': { '7.4.0/second': 's-disks/07 s-disks/10 s-disks/14' },
};

/** Calls that nobody has recorded, or that need a whole lab: where it is seen that they are answered as OpenNebula does. */
const ELSEWHERE: Record<string, string> = {
  'onebackupjob sched-delete': 'BackupJob::sched_delete, as that of “onevm”; nobody has recorded it',
  'onebackupjob update': 'OpenNebulaHelper.update_template_helper; nobody has recorded it',
  'onedatastore rename': 'DatastoreAPI::rename; test/lab/opennebula/datastores.test.ts',
  'onehost sync': 'second/d-var-tmp-one-removed 04 and 05; test/lab/backup.test.ts',
  'onedatastore update': 'Datastore::post_update_template; test/lab/opennebula/datastores.test.ts',
  'oneimage enable': 'ImageAPI::enable; nobody has recorded it; advice alone names it',
  'onetemplate update': 'OpenNebulaHelper.update_template_helper; test/lab/opennebula/vms.test.ts',
  'onevm deploy --enforce': 'RequestManagerVirtualMachine::check_host; nobody has recorded it; test/lab/opennebula/vms.test.ts',
  'onevm release': 'DispatchManager::release; lab/opennebula/vms.ts',
  'onevm update': 'VirtualMachineAPI::update; advice alone names it; lab/opennebula/vms.ts',
  'onetemplate list': 'recorded for people only (calls 262, 281); its elements are those of “onetemplate show -x”, second/r and third/e',
};

const root = join(import.meta.dirname, '../../..');
const texts = ['support', 'features', 'steps', 'docs/requirements.md', 'docs/operators.md'].flatMap((path) =>
  path.endsWith('.md')
    ? [readFileSync(join(root, path), 'utf8')]
    : readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(ts|feature)$/.test(file))
        .map((file) => readFileSync(join(root, path, file), 'utf8')),
);
/** `['onevm', 'show', …]` in code, and `onevm show 7` in words. */
const CALL = /\b(one(?:vm|host|image|datastore|template|backupjob|user|group|cluster|vnet))(?:', '| )([a-z][a-z-]*[a-z])\b(?!:)/g;
/** Words that follow a program’s name where no call is meant. */
const WORDS = ['and', 'or', 'alone', 'is', 'of', 'on'];
const made = new Set(
  texts.flatMap((text) =>
    [...text.matchAll(CALL)].flatMap(([, program, word = '']) => (WORDS.includes(word) ? [] : [`${program} ${word}`])),
  ),
);

test('every call has recordings, or is known to have none', () => {
  const known = Object.keys(RECORDED);
  assert.deepEqual([...made].filter((call) => !known.includes(call) && !(call in ELSEWHERE)).sort(), [], 'calls without a recording');
  assert.deepEqual(
    known.filter((call) => !made.has(call)),
    [],
    'calls that nobody makes',
  );
  const none = known.filter((call) => Object.keys(RECORDED[call] ?? {}).length === 0 && !(call in ELSEWHERE));
  assert.deepEqual(none, [], 'calls whose recordings are none');
});

test('the recordings are of that call, and are replayed', () => {
  for (const [call, sessions] of Object.entries(RECORDED)) {
    for (const [session, names] of Object.entries(sessions)) {
      const recordings = new Recordings(session as SessionName);
      const others = recordings.notReplayed();
      for (const name of names.split(' ').map((one) => recordings.full(one))) {
        assert.ok(
          recordings.get(name).command.startsWith(`${call} `) || recordings.get(name).command === call,
          `${session} ${name}: ${call}`,
        );
        assert.ok(!others.includes(name), `${session} ${name} is not replayed`);
      }
    }
  }
});
