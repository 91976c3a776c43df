/**
 * How recordings are replayed: a cloud is brought into the state that one was made in, the recorded call is made, and stdout, stderr and
 * exit code are compared, to the letter; of what holds volatile values a part.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { NEWEST, type ReleaseName } from '../../../lab/opennebula/releases.ts';
import { freshCloud, type State } from '../../../lab/opennebula/state.ts';
import { all, find, idList, int, type Tree, text, trees } from '../../../lab/opennebula/tree.ts';
import { renderXml } from '../../../lab/opennebula/xml.ts';
import { type RunOptions, TestCloud } from './harness.ts';
import { parseXml, type Recordings } from './recordings.ts';

/** A recording to replay, `202 @05:00:33` at the time it was made where that shows; or something that happened between two of them. */
export type Step =
  | string
  | { stockAuth: string }
  | { edit: (state: State, cloud: TestCloud) => void }
  | { run: string }
  | { ssh: string }
  | { until: (state: State) => boolean }
  /** The recording is one of these elements of what `-x` prints, but for the children named. */
  | { part: string; of: string; but?: string };

export interface Scenario {
  prior: State;
  /** What time it is for oned. */
  at?: string;
  steps: Step[];
}

export const is =
  (pool: 'hosts' | 'images' | 'vms', id: number, element: 'STATE' | 'LCM_STATE', value: string | undefined) =>
  (state: State): boolean =>
    find(state[pool].find((object) => int(object, 'ID') === id) ?? {}, element) === value;

export function canSandbox(): boolean {
  try {
    execFileSync('bwrap', ['--dev-bind', '/', '/', '--tmpfs', '/var/lib', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A file where OpenNebula has its own of that name: the last place the client looks for one. */
export const stock = (file: string, name: 'one_auth' | 'one_endpoint'): string[] => {
  const place = ['--tmpfs', '/var/lib', '--dir', '/var/lib/one/.one', '--ro-bind', file, `/var/lib/one/.one/${name}`];
  return ['bwrap', '--dev-bind', '/', '/', ...place, '--'];
};

interface Session {
  recordings: Recordings;
  /** When they were made: `2026-11-23`. */
  date: string;
  /** Files that recorded calls read, by their names; they lie in the cloud's own directory. */
  files: Record<string, string>;
}

/** A cloud of the second look and later ones: with the guide's datastore and these virtual machines, in which oned does nothing by itself. */
export function cloudWith(vms: Tree[], change: (state: State) => void = () => {}, release: ReleaseName = NEWEST): State {
  const hosts = ['kvm01.example.net', 'kvm02.example.net'];
  const state = freshCloud({ release, hosts, backupDatastore: { host: 'backup01.example.net' } });
  Object.assign(state.settings, { MONITORING_INTERVAL_DATASTORE: 0, MANAGER_TIMER: 0 });
  Object.assign(state.datastores[3] ?? {}, { TOTAL_MB: '1946', FREE_MB: '1500', USED_MB: '446' });
  Object.assign(state.datastores[1] ?? {}, { TOTAL_MB: '258020', FREE_MB: '74694', USED_MB: '29205' });
  state.vms = vms.toSorted((one, other) => int(one, 'ID') - int(other, 'ID'));
  change(state);
  return state;
}

/** The scheduler's rounds come, and the next action gets that id. */
export const scheduling = (id: number) => (state: State) => {
  state.settings.MANAGER_TIMER = 0.1;
  state.nextId.actions = id;
};

/** A round or two of the scheduler. */
export const ROUND: Step = { run: 'sleep 0.6' };
/** Servers that take their time. */
export const HANGS: Step = { ssh: 'exec sleep 60' };
/** Drivers that fail. */
export const FAILS: Step = { ssh: 'exit 255' };

/** Hosts that take what is brought to them. */
export const TAKES: Step = { ssh: 'cat > /dev/null' };
/** Images have files. */
export const withFiles: Step = {
  edit: (state, cloud) => {
    cloud.file('image', 'a disk');
    for (const image of state.images) image.SOURCE = `${cloud.dir}/image`;
  },
};
export const runs = (id: number): Step => ({ until: is('vms', id, 'LCM_STATE', '3') });
/** A virtual machine as it was made, but for its UUID and the place of its images. */
export const made = (part: string): Step[] => [
  { part, of: 'VM/STATE' },
  { part, of: 'VM/LCM_STATE' },
  { part, of: 'VM/TEMPLATE', but: 'DISK OS' },
  { part, of: 'VM/TEMPLATE/DISK', but: 'SOURCE' },
  { part, of: 'VM/USER_TEMPLATE' },
  { part, of: 'VM/BACKUPS' },
];
/** The same once it has got to its host. */
export const born = (part: string): Step[] => [
  ...made(part),
  { part, of: 'VM/HISTORY_RECORDS/HISTORY', but: 'STIME PSTIME PETIME RSTIME' },
];

/** A virtual machine as it was before its last action was scheduled: running, unless it was held. */
export function unscheduled(vm: Tree): Tree {
  const { SCHED_ACTION: _all, ...template } = vm.TEMPLATE as Tree;
  const actions = trees(vm, 'TEMPLATE/SCHED_ACTION').slice(0, -1);
  return {
    ...vm,
    ...(text(vm, 'LCM_STATE') === '69' && { LCM_STATE: '3', PREV_LCM_STATE: '3' }),
    SCHED_ACTIONS: idList(actions.map((action) => text(action, 'ID'))),
    TEMPLATE: actions.length > 0 ? { ...template, SCHED_ACTION: actions } : template,
  };
}

/** The files of a backup image lie on a backup server, with the description of that virtual machine; disks are restored into the cloud's own directory. */
export const onServer = (image: Tree, vm: Tree): Step => ({
  edit: (state, cloud) => {
    Object.assign(state.datastores[1] ?? {}, { BASE_PATH: `${cloud.dir}/images` });
    cloud.backupServer();
    // What is scheduled is not written down with a backup.
    const { SCHED_ACTION: _actions, ...template } = vm.TEMPLATE as Tree;
    const description = Buffer.from(renderXml('VM', { ...vm, TEMPLATE: template })).toString('base64');
    const increments = trees(image, 'BACKUP_INCREMENTS/INCREMENT').map((one) => [text(one, 'SOURCE'), text(one, 'ID')]);
    for (const [source, id] of increments.length > 0 ? increments : [[text(image, 'SOURCE'), '0']]) {
      const folder = `server/100/${text(image, 'VMS/ID')}/${source}`;
      cloud.file(`${folder}/disk.0.${id}`, 'a disk');
      cloud.file(`${folder}/vm.xml`, description);
    }
  },
});

/** Replays the recordings of a session, and keeps account of which agree. */
export class Replay {
  readonly agreed = new Set<string>();
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  /** The epoch of a moment on the day the recordings were made. */
  at(clock: string): number {
    return Date.parse(`${this.session.date}T${clock}Z`) / 1000;
  }

  async cloud(t: TestContext, prior: State, clock?: string): Promise<TestCloud> {
    const cloud = new TestCloud(t);
    for (const [file, content] of Object.entries(this.session.files)) cloud.file(file, content);
    await cloud.start(prior, clock === undefined ? 0 : this.at(clock));
    return cloud;
  }

  /** What the stand-in says to a recorded call. */
  answer(cloud: TestCloud, name: string, options: RunOptions = {}) {
    return cloud.run(this.session.recordings.get(name).command.replaceAll(/(\/var)?\/tmp\b/g, cloud.dir), options);
  }

  private async exact(
    t: TestContext,
    cloud: TestCloud,
    step: string,
    options: RunOptions = {},
    skip: string | false = false,
  ): Promise<void> {
    const [recorded = '', time] = step.split(' @');
    const name = this.session.recordings.full(recorded);
    const clock: RunOptions = time === undefined ? {} : { at: this.at(time) };
    await t.test(name, { skip }, async () => {
      const { stdout, stderr, exitCode } = this.session.recordings.get(name);
      assert.deepEqual(await this.answer(cloud, name, { ...clock, ...options }), { stdout, stderr, exitCode });
    });
    this.agreed.add(name);
  }

  private async part(t: TestContext, cloud: TestCloud, { part, of, but = '' }: { part: string; of: string; but?: string }): Promise<void> {
    const name = this.session.recordings.full(part);
    await t.test(`${name}: ${of}`, async () => {
      const parts = (xml: string) =>
        all(parseXml(xml), of).map((each) =>
          typeof each === 'string' ? each : Object.fromEntries(Object.entries(each).filter(([child]) => !but.split(' ').includes(child))),
        );
      assert.deepEqual(parts((await this.answer(cloud, name)).stdout), parts(this.session.recordings.get(name).stdout));
    });
    this.agreed.add(name);
  }

  run(scenarios: Record<string, Scenario>): void {
    describe('as recorded', { concurrency: 2 }, () => {
      for (const [name, { prior, at: clock, steps }] of Object.entries(scenarios)) {
        test(name, async (t) => {
          const cloud = await this.cloud(t, prior, clock);
          for (const step of steps) {
            if (typeof step === 'string') await this.exact(t, cloud, step);
            else if ('stockAuth' in step)
              await this.exact(t, cloud, step.stockAuth, { inside: stock(cloud.authFile, 'one_auth') }, !canSandbox() && 'no sandbox here');
            else if ('part' in step) await this.part(t, cloud, step);
            else if ('edit' in step) await cloud.edit((state) => step.edit(state, cloud), clock === undefined ? 0 : this.at(clock));
            else if ('run' in step) assert.equal((await cloud.run(step.run)).exitCode, 0, step.run);
            else if ('ssh' in step) cloud.ssh(step.ssh);
            else await cloud.until(step.until);
          }
        });
      }
    });
  }

  /** Objects and pools whose recordings are read and written again, the same: those that are named, or all of some elements. */
  readBack(...names: string[]): void {
    for (const recorded of names) {
      const name = this.session.recordings.full(recorded);
      test(`${name} is written as it was read`, () => {
        const { command, stdout } = this.session.recordings.get(name);
        const [[element, object] = ['', {}]] = Object.entries(parseXml(stdout));
        const short = element === 'VM_POOL' && !command.includes('--extended');
        assert.equal(`${renderXml(element, object as Tree, short)}\n`, stdout);
        this.agreed.add(name);
      });
    }
  }

  readBackAll(elements: RegExp): void {
    const { recordings } = this.session;
    this.readBack(...recordings.names.filter((name) => elements.test(/^<(\w+)\/?>/.exec(recordings.get(name).stdout)?.[1] ?? '')));
  }

  /** What is not replayed is refused aloud, or is not for a reason. */
  rest(prior: State): void {
    const { recordings } = this.session;
    test('what is not replayed is refused aloud', async (t) => {
      const cloud = await this.cloud(t, prior);
      const commands = new Map(recordings.notReplayed('refused').map((name) => [recordings.get(name).command, name]));
      await Promise.all(
        [...commands.values()].map(async (name) => {
          const { exitCode, stdout, stderr } = await this.answer(cloud, name);
          assert.deepEqual({ exitCode, stdout, said: stderr !== '' }, { exitCode: 255, stdout: '', said: true }, name);
        }),
      );
    });

    test('every recording is replayed, or is not for a reason', (t) => {
      t.diagnostic(`${this.agreed.size} of ${recordings.names.length} recordings agree`);
      assert.deepEqual([...this.agreed, ...recordings.notReplayed()].sort(), recordings.names);
    });
  }
}
