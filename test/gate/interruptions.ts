/**
 * Kills gates in a cloud full of other people's objects, each a moment after it has written down a step, cleans up, and sees that all is as it was before.
 * Then runs gates beside somebody else who uses the same VM, and sees that nothing of his is touched.
 * Usage: npm run interruptions [-- --rounds N --beside N --seed S]. A round that fails can be had again by its seed. A step at which no gate was killed is a
 * failure of the whole.
 */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { int, text, trees } from '../../lab/opennebula/tree.ts';
import { messageOf } from '../../support/outcome/errors.ts';
import { mulberry32 } from '../random.ts';
import { Rig, VICTIMS, type Victim } from '../rig.ts';

/** What a gate writes down before it does it, in this order: what is changed in storage, a backup, its restore, what is started of it, canaries, and what is restored of the other VM. */
const STEPS = {
  probe: '"change":"probe"',
  schedule: '"change":"schedule"',
  restore: '"change":"restore"',
  temporary: '"change":"temporary","path":"[^"]*-[0-9a-f]{4}"',
  boot: '"change":"boot"',
  start: '"change":"start"',
  canary: '"change":"canary"',
  sample: '"change":"sample"',
  'temporary of the sample': '"change":"temporary","path":"[^"]*-vm[0-9]+"',
} as const;
type Step = keyof typeof STEPS;
const ALL = Object.keys(STEPS) as readonly Step[];
/** What is over in less than a second. */
const BRIEF: readonly Step[] = ['probe', 'temporary', 'temporary of the sample'];
/** It starts what it restored, makes canaries, and restores a backup of the other VM. */
const SAMPLED = 's/^restore:.*/restore: { sample: { vms: 1 }, canary: { template: backup-canary } }/';
/** Seconds that a gate may take until it comes to a step, on a busy machine. */
const PATIENCE = 240;

interface Interruption {
  readonly vm: 0 | 1;
  readonly victim: Victim;
  /** The gate is killed so many seconds after it has written this down for the n-th time. */
  readonly step: Step;
  readonly nth: number;
  readonly after: number;
  /** What sweeps up: the command, or the next gate. */
  readonly by: 'cleanup' | 'gate';
  /** Somebody else backs the VM up before it is swept. */
  readonly othersAfter: boolean;
}

/** Interruptions at random, the same for the same seed. */
function* atRandom(seed: number, rounds: number): Generator<Interruption> {
  const random = mulberry32(seed);
  const oneOf = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  for (let round = 0; round < rounds; round += 1) {
    const [step, vm] = [ALL[round % ALL.length] as Step, oneOf([0, 1] as const)];
    // The one that keeps increments is backed up four times.
    const nth = step === 'schedule' && vm === 1 ? oneOf([1, 2, 3, 4]) : 1;
    const by = random() < 0.8 ? 'cleanup' : 'gate';
    yield {
      vm,
      victim: oneOf(VICTIMS),
      step,
      nth,
      after: random() * (BRIEF.includes(step) ? 0.1 : 1.5),
      by,
      othersAfter: vm === 0 && random() < 0.3,
    };
  }
}

const inWords = ({ vm, victim, step, nth, after, by, othersAfter }: Interruption) =>
  `gate of VM ${vm}, ${victim} killed ${after.toFixed(2)} s after ${step}${nth > 1 ? ` ${nth}` : ''}${othersAfter ? ', then a backup by somebody else' : ''}, swept by ${by}`;

const JOURNAL = 'cat .backup-compliance/*/*.jsonl 2> /dev/null || true';

/** The last step that a journal holds. */
const lastIn = (journal: string): Step | undefined =>
  journal
    .split('\n')
    .flatMap((line) => ALL.find((step) => new RegExp(STEPS[step]).test(line)) ?? [])
    .at(-1);

/** Kills a gate, sweeps up, and compares. Resolves to the step at which it was killed, and to what the sweeper said. */
async function interrupt(
  rig: Rig,
  { vm, victim, step, nth, after, by, othersAfter }: Interruption,
): Promise<{ hit: Step | undefined; said: string }> {
  const site = await rig.site(`vm${vm}.yaml`, `${vm === 0 ? '' : 's/^test_vm.*/test_vm: { id: 1, name: files01 }/\n'}${SAMPLED}`);
  const before = await rig.everything();
  const { ended, signal } = await rig.begin('gate', site);
  const seen = async () => Number(await rig.on('frontend01', `{ ${JOURNAL}; } | grep -cE '${STEPS[step]}' || true`)) >= nth || undefined;
  const come = rig.until(`the gate comes to ${step}`, seen, PATIENCE);
  const early = await Promise.race([ended, come]);
  assert.equal(early, true, `the gate ended before it came to ${step}:\n${JSON.stringify(early)}`);
  await sleep(after * 1000);
  await signal('KILL', victim);
  await ended;
  const journal = await rig.on('frontend01', JOURNAL);
  if (othersAfter) await rig.settled();
  const others = othersAfter ? await rig.othersBackup(vm) : undefined;
  const { exitCode, stdout, stderr } = await rig.suite(by, site);
  const said = `${journal}${stdout}${stderr}`;
  assert.equal(exitCode, 0, said);
  if (others !== undefined) {
    const kept = await rig.lab.openNebula();
    assert.ok(
      kept.images.some((image) => text(image, 'ID') === others),
      `the image of somebody else, ${others}, is gone\n${said}`,
    );
    await rig.on('frontend01', `oneimage delete ${others}`);
    await rig.until('it is deleted', async () => !(await rig.lab.openNebula()).images.some((image) => text(image, 'ID') === others));
  }
  await rig.assertSame(before, said);
  return { hit: lastIn(journal), said };
}

/** What he restores, and when he has a backup made that he waits for no more. */
const HIS = 'restored by somebody else';
const LATER = '2032-02-02 00:00:00 UTC';

/** Somebody else who uses VM 0 until he is told to stop; his backups that are still there, by their images' ids, with their files' sums. */
async function secondActor(rig: Rig, random: () => number, isOver: () => boolean): Promise<ReadonlyMap<string, string>> {
  const his = new Map<string, string>();
  const one = (...argv: string[]) => rig.lab.shell('frontend01', argv);
  const backups = async () => (await rig.lab.openNebula()).images.filter(({ TYPE }) => TYPE === '6');
  const sums = async (source: string) => rig.on('backup01', `cd /var/lib/one/datastores/100/0/${source} && md5sum *`);
  const backsUp = async () => {
    if ((await one('onevm', 'backup', '-d', '100', '0')).exitCode !== 0) return;
    // One backup at a time: what is new first is his.
    const before = new Set((await backups()).map((image) => text(image, 'ID')));
    await rig.until('his backup has ended', async () => (await rig.lab.openNebula()).vms[0]?.LCM_STATE === '3');
    // A gate's may have begun, and ended, before the end of his was seen.
    const [first] = (await backups()).filter((image) => !before.has(text(image, 'ID'))).toSorted((a, b) => int(a, 'ID') - int(b, 'ID'));
    if (first) his.set(text(first, 'ID'), await sums(text(first, 'SOURCE')));
  };
  const deletes = async () => {
    const [id] = his.keys();
    if (id === undefined) return;
    his.delete(id);
    await one('oneimage', 'delete', id);
  };
  const restores = async () => {
    const [id] = his.keys();
    if (id !== undefined) await one('oneimage', 'restore', id, '-d', 'default', '--name', HIS);
  };
  const schedules = () => one('onevm', 'backup', '--schedule', LATER, '-d', '100', '0');
  while (!isOver()) {
    await sleep(random() * 6000);
    const deed = random();
    await (deed < 0.6 ? backsUp() : deed < 0.75 ? deletes() : deed < 0.9 ? restores() : schedules());
  }
  return his;
}

/** A gate of VM 0 and its clean-up, killed or not, beside somebody else. Resolves to what was said. */
async function beside(rig: Rig, seed: number): Promise<string> {
  const random = mulberry32(seed);
  const before = await rig.everything();
  let isOver = false;
  const other = secondActor(rig, random, () => isOver);
  const { ended, signal } = await rig.begin('gate');
  if (random() < 0.5) {
    await Promise.race([ended, rig.untilNoted()]);
    await sleep(random() * 20_000);
    await signal('KILL', 'group');
  }
  const gate = await ended;
  const swept = await rig.suite('cleanup');
  isOver = true;
  const his = await other;
  await rig.settled();
  const last = await rig.suite('cleanup');
  const said = [gate, swept, last].map(({ stdout, stderr }) => stdout + stderr).join('\n');
  const named = [...last.stdout.matchAll(/backup image (\d+) “[^”]*”: made in the time of the run/g)].flatMap(([, id = '']) => id);
  const images = new Map((await rig.lab.openNebula()).images.map((image) => [text(image, 'ID'), image]));
  for (const [id, sums] of his) {
    assert.equal(images.get(id)?.STATE, '1', `the image of somebody else, ${id}, is gone\n${said}`);
    assert.equal(
      await rig.on('backup01', `cd /var/lib/one/datastores/100/0/${text(images.get(id) ?? {}, 'SOURCE')} && md5sum *`),
      sums,
      said,
    );
    assert.doesNotMatch(said, new RegExp(`oneimage delete ${id}\\b`), said);
  }
  assert.ok(last.exitCode === 0 || named.length > 0, said);
  // His own he takes away, and what was left to him.
  for (const id of new Set([...his.keys(), ...named])) await rig.on('frontend01', `oneimage delete ${id} || true`);
  const { vms, templates } = await rig.lab.openNebula();
  const scheduled = trees(vms[0] ?? {}, 'TEMPLATE/SCHED_ACTION').filter(
    (action) => text(action, 'TIME') === String(Date.parse(LATER) / 1000),
  );
  for (const action of scheduled) await rig.on('frontend01', `onevm sched-delete 0 ${text(action, 'ID')}`);
  if (templates.some(({ NAME }) => NAME === HIS)) await rig.on('frontend01', `onetemplate delete '${HIS}' --recursive`);
  await rig.until('all of it is gone', async () => {
    const left = (await rig.lab.openNebula()).images.map((image) => text(image, 'ID'));
    return ![...his.keys(), ...named].some((id) => left.includes(id));
  });
  await rig.suite('cleanup');
  await rig.assertSame(before, said);
  return said;
}

const options = {
  rounds: { type: 'string', default: '24' },
  beside: { type: 'string', default: '20' },
  seed: { type: 'string', default: String(Date.now() % 100_000) },
} as const;
const { values } = parseArgs({ options });
console.log(`seed ${values.seed}`);
const rig = await new Rig().up();
const hits = new Map<Step, number>(ALL.map((step) => [step, 0]));
let [round, failed] = [0, 0];
try {
  await rig.plantOthers();
  for (const interruption of atRandom(Number(values.seed), Number(values.rounds))) {
    round += 1;
    const started = Date.now();
    try {
      const { hit, said } = await interrupt(rig, interruption);
      if (hit) hits.set(hit, (hits.get(hit) ?? 0) + 1);
      const removed = said.split('\n').filter((line) => /^ {2}removed:|^Cleaned up/.test(line)).length;
      const seconds = Math.round((Date.now() - started) / 1000);
      console.log(`${round}: ${inWords(interruption)}: hit ${hit ?? 'nothing'}, as before (${removed} removed, ${seconds} s)`);
    } catch (error) {
      failed += 1;
      console.log(`${round}: ${inWords(interruption)}: NOT as before\n${messageOf(error)}`);
      await rig.suite('cleanup');
    }
  }
  for (const last = round + Number(values.beside); round < last; ) {
    round += 1;
    const of = Number(values.seed) + round;
    const failure = await beside(rig, of).then(() => undefined, messageOf);
    console.log(`${round}: beside somebody else, seed ${of}: ${failure === undefined ? 'his is as he left it' : `NOT so\n${failure}`}`);
    if (failure !== undefined) failed += 1;
  }
} finally {
  await rig.down();
}
const missed = Number(values.rounds) === 0 ? [] : ALL.filter((step) => hits.get(step) === 0);
if (missed.length > 0) console.log(`no gate was killed at: ${missed.join(', ')}`);
console.log(`killed at: ${[...hits].map(([step, times]) => `${step} ${times}`).join(', ')}`);
console.log(failed === 0 ? `${round} interruptions, nothing left behind` : `${failed} of ${round} interruptions left something behind`);
process.exitCode = failed === 0 && missed.length === 0 ? 0 : 1;
