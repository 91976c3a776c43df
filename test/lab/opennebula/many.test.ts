/** What is scheduled for many virtual machines, asked for as the suite asks, of the stand-in. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { schedule } from '../../../lab/faults/opennebula.ts';
import { surveyBackups } from '../../../support/facts/backups.ts';
import { type Schedules, surveySchedules } from '../../../support/facts/schedules.ts';
import { LocalShell } from '../../../support/machines/local.ts';
import type { Shell } from '../../../support/machines/shell.ts';
import { parseVirtualMachines } from '../../../support/opennebula/pools.ts';
import { readResponse } from '../../../support/opennebula/xmlrpc.ts';
import { datastore, looked, wholeCloud } from '../../made.ts';
import { quietCloud, type TestCloud } from './harness.ts';

const local = new LocalShell();
const password = 'a&b<c"d\\e';

/** A cloud in which each of so many virtual machines has a backup scheduled for tomorrow. */
const cloudOf = (count: number) => (t: Parameters<typeof quietCloud>[0]) =>
  quietCloud(t, (state, cloud) => {
    const [model = {}] = state.vms;
    for (let id = 1; id < count; id += 1) state.vms.push({ ...structuredClone(model), ID: String(id), NAME: `vm${id} <&>` });
    for (const id of state.vms.keys()) schedule(id, [String(id), -1440])(state);
    for (const user of state.users) if (user.name === 'oneadmin') user.password = password;
    writeFileSync(cloud.authFile, `oneadmin:${password}\n`);
  });

const shellOf = (cloud: TestCloud): Shell => ({
  ...{ machine: 'frontend01', account: 'oneadmin', hop: (to) => local.hop(to) },
  run: (command) => local.run({ ...command, env: { ...command.env, ...cloud.env() } }),
});

/** The ids of what is scheduled for each, or why they are not known. */
async function ask(cloud: TestCloud, listed?: string): Promise<Schedules> {
  const shell = shellOf(cloud);
  const { site, frontend } = wholeCloud();
  const list = async () => (await shell.run({ argv: ['onevm', 'list', '-x', '--extended'], deadline: 60, cap: 2 ** 26 })).stdout;
  return surveySchedules(shell, site, { ...frontend, virtualMachines: looked(parseVirtualMachines(listed ?? (await list())), 'vms') });
}
const found = ({ machines }: Schedules) =>
  machines.map((vm) => ('value' in vm ? vm.value.backupActions.map(({ id }) => `${vm.listed.id}:${id}`).join() : vm.fault));

test('forty are asked for by one process, and told as the command line tells them', async (t) => {
  const cloud = await cloudOf(40)(t);
  const schedules = await ask(cloud);
  assert.deepEqual(
    found(schedules),
    Array.from({ length: 40 }, (_, id) => `${id}:${id}`),
  );
  const all = schedules.evidence.filter(({ command }) => command.includes('onevm'));
  assert.equal(all.length, 1, 'in one piece of evidence');
  assert.match(all[0]?.command ?? '', /^for vm in 0 1 2 .* 39; do onevm show -x \$vm; done$/);
  assert.match(all[0]?.stdout ?? '', /<NAME>vm39 &lt;&amp;&gt;<\/NAME>/);
  const text = JSON.stringify(schedules);
  assert.doesNotMatch(text, /GRAPHICS|PERMISSIONS|methodCall/, 'no more than is judged');
  for (const secret of [password, 'a&amp;b']) assert.ok(!text.includes(JSON.stringify(secret).slice(1, -1)), 'nor the session');
});

test('what does not come through is told of each', async (t) => {
  const cloud = await cloudOf(31)(t);
  const listed = `<VM_POOL>${Array.from({ length: 31 }, (_, id) => `<VM><ID>${id}</ID></VM>`).join('')}</VM_POOL>`;
  writeFileSync(cloud.authFile, 'oneadmin:wrong\n');
  const unknown = found(await ask(cloud, listed));
  assert.equal(unknown.length, 31);
  for (const each of unknown) assert.match(each, /couldn't be authenticated/);
  await cloud.stop();
  for (const each of found(await ask(cloud, listed))) assert.match(each, /^curl: .*(refused|connect)/i);
});

test('forty jobs are asked for by one process, a large pool of images in pages', async (t) => {
  const cloud = await quietCloud(t, (state) => {
    const action = {
      ID: '7',
      PARENT_ID: '0',
      TYPE: 'BACKUPJOB',
      ACTION: 'backup',
      ARGS: '',
      TIME: '1795971590',
      REPEAT: '0',
      DAYS: '1',
      DONE: '-1',
    };
    state.jobs = Array.from({ length: 40 }, (_, id) => ({
      ...{ ID: String(id), UID: '0', GID: '0', UNAME: 'oneadmin', GNAME: 'oneadmin', NAME: `job${id}`, PERMISSIONS: {} },
      ...{ PRIORITY: '50', LAST_BACKUP_TIME: '0', LAST_BACKUP_DURATION: '0', SCHED_ACTIONS: { ID: '7' } },
      ...{ UPDATED_VMS: {}, OUTDATED_VMS: {}, BACKING_UP_VMS: {}, ERROR_VMS: {} },
      TEMPLATE: { BACKUP_VMS: '0', DATASTORE_ID: '100', SCHED_ACTION: { ...action, PARENT_ID: String(id) } },
    }));
    const [model = {}] = state.images;
    state.images = Array.from({ length: 1500 }, (_, id) => ({ ...model, ID: String(id), TYPE: '6', DATASTORE_ID: '100' }));
  });
  const datastores = looked([datastore({ images: Array.from({ length: 1500 }, (_, id) => String(id)) })], 'datastores');
  const { site, frontend } = wholeCloud();
  const { shownJobs, images } = await surveyBackups(shellOf(cloud), site, { ...frontend, datastores });
  assert.equal('value' in images && images.value.length, 1500, 'fault' in images ? images.fault : '');
  assert.equal(images.evidence[0]?.command, 'oneimage list -x');
  assert.deepEqual(
    shownJobs.map((job) => ('value' in job ? job.value.actions.map(({ id }) => `${job.listed.id}:${id}`).join() : job.fault)).toSorted(),
    Array.from({ length: 40 }, (_, id) => `${id}:7`).toSorted(),
  );
  assert.match(shownJobs[0]?.evidence[0]?.command ?? '', /^for job in (\d+ ){39}\d+; do onebackupjob show -x \$job; done$/);
});

test('answers as OpenNebula 7.4.0 gave them', () => {
  const read = (name: string) =>
    readResponse(
      readFileSync(new URL(`../../recordings/7.4.0/third/h-xmlrpc/${name}.response`, import.meta.url), 'utf8').replace(/\s*200$/, ''),
    );
  const good = read('01-vm-info');
  assert.ok('document' in good);
  assert.match(good.document, /^<VM><ID>1<\/ID>.*<\/VM>$/s);
  assert.deepEqual(read('02-vm-info-unknown'), { refused: '[one.vm.info] Error getting virtual machine [999].' });
  assert.deepEqual(read('07-wrong-session'), { refused: "[one.vm.info] User couldn't be authenticated, aborting call." });
  assert.throws(() => readResponse('<methodResponse><fault/></methodResponse>'), /no answer in it/);
});
