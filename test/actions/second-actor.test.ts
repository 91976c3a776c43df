/** Gates and clean-ups, killed or not, beside somebody else who uses the same VM: by turns that a seed tells, without a clock. */
import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import { after, mock, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanUpAfterOthers, RestoreTest } from '../../support/actions/restore-test.ts';
import type { Cloud, Machines } from '../../support/facts/cloud.ts';
import type { CleanUp } from '../../support/facts/gate.ts';
import { datastore, looked } from '../made.ts';
import { mulberry32 } from '../random.ts';
import { Model, OWN, SITUATIONS } from './second-actor.ts';

const ROUNDS = 200;
/** A round that failed is had again by its seed, and TRACE=1 shows all there was: SEED=17 TRACE=1 node --test … */
const seeds = process.env.SEED ? [Number(process.env.SEED)] : Array.from({ length: ROUNDS }, (_none, seed) => seed);

/** Time begins anew: what one round has left to wait for is none of the next one's. */
function beginTime(): void {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_795_410_030_000 });
  syncBuiltinESMExports();
}
after(() => {
  mock.timers.reset();
  syncBuiltinESMExports();
});

/** Lets the model's time pass until something has come about, at most `seconds`. */
async function pass(isOver: () => boolean, seconds = 3600): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; !isOver(); ) {
    if (Date.now() > end) return false;
    await new Promise<void>((resolve) => setImmediate(resolve));
    mock.timers.tick(200);
  }
  return true;
}

/** What a process of ours came to before it was killed; undefined where it was. */
async function finished<T>(work: Promise<T>, seconds: number): Promise<T | undefined> {
  let result: { value: T } | undefined;
  void work.then((value) => {
    result = { value };
  });
  await pass(() => result !== undefined, seconds);
  return result?.value;
}

const cloudOf = (machines: Machines): Cloud =>
  ({ ...machines, patient: machines, frontend: async () => ({ datastores: looked([datastore()], 'datastores') }) }) as unknown as Cloud;

async function gate(model: Model, killedAfter: number): Promise<readonly CleanUp[] | undefined> {
  let isKilled = false;
  const run = new RestoreTest(cloudOf(model.machines(() => isKilled)), {
    run: `r${model.now}`,
    vm: '0',
    signal: new AbortController().signal,
  });
  const whole = (async () => {
    await run.probe();
    await run.backup();
    await run.files();
    await run.chain();
    await run.restore();
    return run.cleanUp();
  })();
  const ended = await finished(whole, killedAfter);
  isKilled = true;
  model.unlock();
  return ended && 'value' in ended ? ended.value : undefined;
}

async function cleanUp(model: Model, killedAfter: number): Promise<readonly CleanUp[] | undefined> {
  let isKilled = false;
  const ended = await finished(cleanUpAfterOthers(model.machines(() => isKilled)), killedAfter);
  isKilled = true;
  model.unlock();
  return ended && 'value' in ended ? ended.value : undefined;
}

/** What is ours and there, in the words by which it is named. */
function ours({ images, templates, actions, directories, isSnapshot }: Model, wasKilled = false): string[] {
  const linked = images.flatMap(({ links }) => links.map(({ source }) => source));
  return [
    ...images
      .filter(({ by, links }) => by === 'us' || links.some((link) => link.by === 'us'))
      .filter(({ by, isChain }) => !(wasKilled && isChain && (isSnapshot || by === 'him')))
      .map(({ id }) => `image ${id}`),
    ...templates.filter(({ by }) => by === 'us').map(({ id }) => `template ${id}`),
    ...actions.filter(({ by }) => by === 'us').map(({ id }) => `scheduled backup ${id}`),
    ...[...directories].flatMap(([path, { by }]) =>
      by === 'us' && path.includes('/') && !linked.includes(path.slice(2)) ? [`${OWN}/${path}`] : [],
    ),
  ];
}

/** What somebody is told to remove that is not ours. */
function badAdvice(model: Model, said: readonly string[]): string[] {
  const his = (id: string | undefined) =>
    model.images.some((image) => image.id === id && (image.by === 'him' || image.links.some(({ by }) => by === 'him'))) ||
    [...model.templates, ...model.actions].some((each) => each.id === id && each.by === 'him');
  return said.filter((line) => {
    const [, path] = /\brm(?:dir)?(?: -\w+)* (\S+)/.exec(line) ?? [];
    const below = path && [...model.directories].some(([name, { by }]) => by === 'him' && `${OWN}/${name}/`.startsWith(`${path}/`));
    return below || his(/(?:image delete|template delete|sched-delete \d+) (\d+)/.exec(line)?.[1]);
  });
}

/** Images that are said to hold a backup of ours, and do not. While one was taken back, or where the log cannot be read, nobody can tell. */
function wronglyKept({ images, wasTakenBack, isLogUnread }: Model, kept: readonly string[]): string[] {
  return kept.filter((line) => {
    const [, id] = /^backup image (\d+)/.exec(line) ?? [];
    return !wasTakenBack && !isLogUnread && images.some((image) => image.id === id && !image.holdsOurs);
  });
}

async function round(seed: number): Promise<Model> {
  beginTime();
  const random = mulberry32(seed);
  const model = new Model(random, (seconds) => sleep(seconds * 1000));
  let isOver = false;
  void model.rounds();
  void model.him(() => isOver);
  await pass(() => false, random() * 30);
  let results = await gate(model, random() < 0.4 ? 3600 : random() * 120);
  const said: string[] = [];
  /** Perhaps when it had taken away what tells ours, and before it had told of a chain that stays: nobody tells of that any more. */
  let wasKilled = false;
  const hear = (found: readonly CleanUp[] | undefined) => {
    wasKilled ||= found === undefined;
    const all = found ?? [];
    assert.deepEqual(
      wronglyKept(
        model,
        all.flatMap(({ kept = [] }) => kept),
      ),
      [],
      'what is said to hold a backup of ours does',
    );
    said.push(...all.flatMap(({ left, kept = [] }) => [...left, ...kept]));
  };
  hear(results);
  for (let kills = Math.floor(random() * 3); kills > 0; kills -= 1) {
    await pass(() => false, random() * 20);
    hear(await cleanUp(model, random() * 40));
  }
  isOver = true;
  // What a killed process had begun comes to its end.
  await pass(() => false, 3);
  if (process.env.TRACE) after(() => console.log(model.trace()));
  assert.ok(await pass(() => !model.isBusy && !model.actions.some(({ done }) => done < 0), 900), 'he comes to an end');
  assert.deepEqual(badAdvice(model, said), [], 'nothing of his is to be removed');
  results = await cleanUp(model, 3600);
  assert.ok(results, 'a clean-up that nobody kills comes to an end');
  const last = results.flatMap(({ left, kept = [] }) => [...left, ...kept]);
  for (const { fault } of results) assert.equal(fault, undefined);
  assert.deepEqual(badAdvice(model, last), [], 'nothing of his is to be removed');
  assert.deepEqual(model.harm, [], 'nothing of his is removed or broken');
  // What stays in a chain of his is named once, by whoever struck the run off.
  const isNamed = (name: string) => [...said, ...last].some((line) => new RegExp(`${name}\\b`).test(line));
  const unnamed = ours(model, wasKilled).filter((name) => !isNamed(name));
  assert.deepEqual(unnamed, [], `nothing of ours stays unnamed: ${last.join('; ')}`);
  if (model.isClear) assert.deepEqual(ours(model), [], `nothing of ours stays where nothing is in doubt: ${last.join('; ')}`);
  return model;
}

test(`${seeds.length} rounds`, { timeout: 600_000 }, async () => {
  let clear = 0;
  const met = new Map<string, number>();
  for (const seed of seeds) {
    const ended = await round(seed).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
    if (ended.isClear) clear += 1;
    for (const [situation, times] of ended.met) met.set(situation, (met.get(situation) ?? 0) + times);
  }
  if (seeds.length !== ROUNDS) return;
  assert.deepEqual(
    SITUATIONS.filter((situation) => (met.get(situation) ?? 0) < 5),
    [],
    'the rounds come to all that they are to prove',
  );
  assert.ok(clear > ROUNDS / 5, `in ${clear} rounds all of ours had to go`);
});
