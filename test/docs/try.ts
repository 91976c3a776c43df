/**
 * Tries what the documents say to type, the long way: `npm run try-docs`. Takes every line of every block of shell commands out of README.md and
 * docs/, and every command in their text, as it stands, and runs it where a reader would: in a fresh clone on this machine, on the front-end of a lab,
 * or on one that systemd has booted. Then runs the examples for systemd and for CI. What has no trial in trials.ts fails.
 */

import assert from 'node:assert/strict';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { breakFault, repairFault } from '../../lab/faults/index.ts';
import { Lab, type LabOptions } from '../../lab/machines/lab.ts';
import { latest } from '../rig.ts';
import { github, type Pipeline, VERDICT } from './ci.ts';
import { auditInContainer } from './container.ts';
import { type Said, whatDocumentsSay } from './documents.ts';
import { Gitlab } from './gitlab.ts';
import { Machine } from './machine.ts';
import { here, type Place, Places } from './places.ts';
import { everyTrialIsSaid, trialOf } from './said.ts';
import { inText, type Trial } from './trials.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const work = realpathSync(mkdtempSync(join(tmpdir(), 'try-docs-')));
const checkout = join(work, 'checkout');
const WORLD = 'noisy-bashrc-on-backup';
const noSystemd = Machine.hindrance();

const started = performance.now();
const say = (what: string) => console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${what}`);
const notRun: string[] = [];
/** Commands in the text that were tried: once is enough. */
const tried = new Set<string>();

const undo: (() => Promise<unknown>)[] = [async () => rmSync(work, { recursive: true })];
let documents: Said[] = [];
let places: Places;
try {
  await execa`git clone -q ${project} ${checkout}`;
  const { stdout: changes } = await execa({ cwd: project })`git status --porcelain`;
  if (changes !== '') say(`what is not committed is not tried:\n${changes}`);
  documents = whatDocumentsSay(checkout);
  everyTrialIsSaid(documents);
  const frontend = await labOf('frontend', {});
  const bare = await labOf('bare', { datastore: false });
  const machine = noSystemd === undefined ? await Machine.boot(frontend, work) : undefined;
  if (machine) undo.push(() => machine.down());
  places = new Places(work, { frontend, bare }, machine);
  // That of a block in README.md, if it came no further.
  undo.push(() => here(`cd ${checkout} && npm run -s lab -- down`, { TMPDIR: work }));
  for (const said of documents) await (said.inText ? tryInText(said) : tryBlock(said));
  if (machine) await brokenService(frontend);
  await cron(frontend);
  await containerfile(frontend);
  await pipelines(frontend, bare);
  for (const line of notRun) console.log(`not run whole: ${line}`);
  say(`${documents.length} blocks and commands, ${documents.flatMap(({ lines }) => lines).length} lines`);
} finally {
  for (const each of undo.toReversed()) await each();
}

async function labOf(name: string, options: LabOptions): Promise<Lab> {
  const lab = await Lab.up({ ...options, name: `try-docs-${name}-${process.pid}`, reports: work });
  undo.push(() => lab.down());
  return lab;
}

/** Whether it can be run at all; said otherwise. */
function hasPlace(where: Place, what: string): boolean {
  if (where === 'systemd' && noSystemd !== undefined) notRun.push(`${what} (${noSystemd})`);
  return where !== 'systemd' || noSystemd === undefined;
}

async function tryBlock({ place, lines }: Said): Promise<void> {
  const trial = trialOf(lines[0] ?? '') as Trial;
  if (!hasPlace(trial.where, `${place}  ${lines[0]}`)) return;
  const { folder = 'checkout', before, holds, newerNode } = trial;
  if (!folder.startsWith('/')) mkdirSync(join(work, folder), { recursive: true });
  const state = join(work, `state-${place.replaceAll(/\W/g, '-')}`);
  // A block is one sitting: where a line has gone and what it has exported outlast it.
  const resumed = `${entry(folder, newerNode)}; [ ! -e ${state} ] || { . ${state}; cd "$PWD_BEFORE"; }`;
  const kept = `{ PWD_BEFORE=$PWD; declare -p PWD_BEFORE; export -p | grep BACKUP_COMPLIANCE; } > ${state}`;
  if (before) await holdsAt(place, trial.where, `${entry(folder, newerNode)}; ${before}`);
  for (const line of lines) {
    const { at = trial.where, ...expected } = trial.lines?.find(({ line: begin }) => line.startsWith(begin)) ?? {};
    await tryCommand(place, line, expected, (command) => places.run(at, `${resumed}; ${command}\ncode=$?; ${kept}; exit $code`));
  }
  if (holds) await holdsAt(place, trial.where, `${entry(folder, newerNode)}; ${holds}`);
}

async function tryInText({ place, lines: [command = ''] }: Said): Promise<void> {
  const trial = inText[command];
  if (!trial || tried.has(command) || !hasPlace(trial.where, `${place}  ${command}`)) return;
  tried.add(command);
  const { where, folder = 'checkout', newerNode, holds } = trial;
  await tryCommand(place, command, trial, (typed) => places.run(where, `${entry(folder, newerNode)}; ${typed}`));
  if (holds) await holdsAt(place, where, `${entry(folder, newerNode)}; ${holds}`);
}

/** Goes there, with the Node.js that is asked for. */
function entry(folder: string, newerNode = false): string {
  return `cd ${resolve(work, folder)} || exit${newerNode ? `; export PATH=${dirname(process.execPath)}:$PATH` : ''}`;
}

type Expected = NonNullable<Trial['lines']>[number];

async function tryCommand(
  place: string,
  line: string,
  { exitCode: expected = 0, as, not, prints }: Partial<Expected>,
  run: (command: string) => ReturnType<Places['run']>,
): Promise<void> {
  if (not) {
    notRun.push(`${line} (${not})`);
    isScript(place, line);
    if (as === undefined) return;
  }
  const { exitCode, said } = await run(as ?? line);
  assert.equal(exitCode, expected, `${place}: “${line}” ended with ${exitCode}, expected ${expected}:\n${said}`);
  if (prints) assert.match(said, prints, `${place}: “${line}” printed:\n${said}`);
  say(`${place}  ${line}`);
}

/** What is not run is there, at least. */
function isScript(place: string, line: string): void {
  const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const [, name] = /^npm run (\S+)/.exec(line) ?? [];
  assert.ok(name === undefined || name in scripts, `${place}: expected a script of package.json, found “${line}”`);
}

async function holdsAt(place: string, where: Place, script: string): Promise<void> {
  const { exitCode, said } = await places.run(where, script);
  assert.equal(exitCode, 0, `${place}: around it, “${script}” ended with ${exitCode}:\n${said}`);
}

/** Of a cloud that is broken the unit fails, with the exit code of the audit. */
async function brokenService(frontend: Lab): Promise<void> {
  await breakFault(frontend, WORLD);
  const script = `systemctl start backup-compliance 2> /dev/null; systemctl is-failed backup-compliance
    systemctl show -P Result -P ExecMainStatus backup-compliance`;
  const { said } = await places.run('systemd', script);
  await repairFault(frontend, WORLD);
  assert.equal(said, 'failed\nexit-code\n1');
  const { requirements } = latest(join(work, 'machine/var/lib/backup-compliance/reports'));
  assert.deepEqual(
    requirements.filter(({ outcome }) => outcome === 'not-met').map(({ id }) => id),
    ['BDS-104'],
  );
  say('examples/backup-compliance.service  fails where the cloud is broken');
}

/** The cron line, as cron runs it: it prints nothing of a compliant cloud, and the summary of another. */
async function cron(frontend: Lab): Promise<void> {
  const line = readFileSync(join(checkout, 'examples/backup-compliance.cron'), 'utf8').split('\n').findLast(Boolean) ?? '';
  const [, user, command = ''] = /^(?:\S+ ){5}(\w+) (.*)$/.exec(line) ?? [];
  assert.equal(user, 'oneadmin');
  const typed = command
    .replaceAll('/opt/opennebula-backup-compliance', checkout)
    .replace('/etc/backup-compliance/site.yaml', `${checkout}/site.yaml`)
    .replace('/var/lib/backup-compliance/reports', `${work}/cron`);
  assert.deepEqual(await places.run('frontend', typed), { exitCode: 0, said: '' });
  await breakFault(frontend, WORLD);
  const { exitCode, said } = await places.run('frontend', typed);
  await repairFault(frontend, WORLD);
  assert.equal(exitCode, 1, said);
  assert.equal(said, readFileSync(join(work, 'cron/latest/summary.md'), 'utf8'));
  say('examples/backup-compliance.cron');
}

async function containerfile(frontend: Lab): Promise<void> {
  const [archive = ''] = globSync(join(work, '**/backup-compliance-*-linux-x64.tar.gz'), { exclude: ['**/node_modules'] });
  const {
    exitCode,
    stdout,
    stderr,
    notRun: left,
  } = await auditInContainer(join(checkout, 'examples/Containerfile'), archive, frontend, work);
  assert.equal(exitCode, 0, stdout + stderr);
  assert.match(stdout, /^COMPLIANT /m);
  notRun.push(...left.map((line) => `examples/Containerfile: ${line} (no container engine)`));
  say('examples/Containerfile');
}

/** The examples for CI, with clouds of which some are broken. */
async function pipelines(frontend: Lab, bare: Lab): Promise<void> {
  await inGitlab(frontend, bare);
  await breakFault(bare, WORLD);
  const one = (lab: Lab) => ({ work, repository: repository({ site: lab }), labOf: () => lab });
  const many = {
    work,
    repository: repository({ east: frontend, west: bare }),
    labOf: (site?: string) => (site === 'west' ? bare : frontend),
  };
  const example = (name: string) => join(checkout, 'examples', name);
  published(await github(example('github-actions.yml'), one(frontend)), { audit: 0 }, 'backup-compliance');
  published(await github(example('github-actions.yml'), one(bare)), { audit: 1 }, 'backup-compliance');
  say('examples/github-actions.yml');
  const all = await github(example('github-actions-many.yml'), many);
  published(all, { list: 0, 'audit east': 0, 'audit west': 1, merge: 1 }, 'cloud-east', 'cloud-west', 'all-clouds');
  say('examples/github-actions-many.yml');
}

/** Five labs: all sound, then one of each kind. What was cut off half-way is missed, though its cache holds a run. */
async function inGitlab(frontend: Lab, bare: Lab): Promise<void> {
  const more = await Promise.all(['north', 'south', 'centre'].map((name) => labOf(name, { hosts: 1 })));
  const [north, south, centre] = more as [Lab, Lab, Lab];
  const gitlab = await Gitlab.of({ east: frontend, west: bare, north, south, centre }, join(checkout, 'examples/gitlab-ci.yml'), work);
  undo.push(async () => gitlab.down());
  const sound = await gitlab.run();
  assert.deepEqual(
    sound.exitCodes,
    { 'audit east': 0, 'audit west': 0, 'audit north': 0, 'audit south': 0, 'audit centre': 0, merge: 0 },
    sound.said,
  );
  assert.deepEqual(sound.published, ['clouds/centre', 'clouds/east', 'clouds/north', 'clouds/south', 'clouds/west', 'merged']);
  await breakFault(bare, WORLD);
  await breakFault(north, 'server-frozen');
  const { exitCodes, said, published: reports } = await gitlab.run('south');
  const KILLED = 137;
  assert.deepEqual(
    exitCodes,
    { 'audit east': 0, 'audit west': 1, 'audit north': 2, 'audit south': KILLED, 'audit centre': 0, merge: 1 },
    said,
  );
  assert.deepEqual(reports, ['clouds/centre', 'clouds/east', 'clouds/north', 'clouds/west', 'merged']);
  assert.match(said, /^merge .*clouds\/south: expected the folder of a run/m);
  assert.match(said, VERDICT);
  await repairFault(bare, WORLD);
  say('examples/gitlab-ci.yml');
}

function published({ exitCodes, artifacts }: Pipeline, expected: Record<string, number>, ...folders: string[]): void {
  assert.deepEqual(exitCodes, expected);
  for (const folder of folders) assert.ok(existsSync(join(artifacts, folder, 'index.html')), `expected ${folder}/index.html, found none`);
}

/** What a reader has beside the example: `site.yaml`, or one for each cloud in sites/. */
function repository(sites: Record<string, Lab>): string {
  const folder = mkdtempSync(join(work, 'repository-'));
  for (const [name, lab] of Object.entries(sites)) {
    const file = join(folder, name === 'site' ? 'site.yaml' : `sites/${name}.yaml`);
    mkdirSync(dirname(file), { recursive: true });
    cpSync(join(lab.dir, 'operator/site.yaml'), file);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^name: .*/m, `name: ${name}`));
  }
  return folder;
}
