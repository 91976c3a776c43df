/** A cloud of nothing but memory and a clock of its own, with somebody in it who backs up, restores, schedules and deletes beside a gate. */
import type { Machines } from '../../support/facts/cloud.ts';
import type { Command, CommandResult, HoldingShell } from '../../support/machines/shell.ts';
import { byXmlRpc, xmlRpcOf } from '../answers.ts';
import { evidence, wholeCloud } from '../made.ts';
import type { mulberry32 } from '../random.ts';

type By = 'us' | 'him';
interface Action {
  readonly id: string;
  readonly by: By;
  readonly time: number;
  readonly reset: boolean;
  done: number;
  message: string;
}
interface Image {
  readonly id: string;
  readonly by: By;
  readonly name: string;
  readonly isBackup: boolean;
  readonly registered: number;
  readonly isChain: boolean;
  /** A backup of ours is in it, though it may be flattened. */
  holdsOurs: boolean;
  state: 'ready' | 'locked' | 'deleted';
  links: { id: number; source: string; by: By; date: number }[];
}
interface Running {
  readonly by: By;
  readonly source: string;
  readonly chain: Image | undefined;
  isHurried: boolean;
}

/** What rounds must come to, or they prove nothing. */
export const SITUATIONS = [
  'ours was begun while it was taken back',
  'his was begun while ours was taken back',
  'a scheduled backup of ours could not be taken back',
  'ours was under way when we looked',
  'his was under way when we looked',
  'his ended in the second in which ours began',
  'he added to our chain',
  'we added to his chain',
  'ours was made, and nobody could read the log',
] as const;
type Situation = (typeof SITUATIONS)[number];

/** Answers of the machines: what was printed, and the exit code. */
type Said = readonly [stdout: string, code?: number];

/** Seconds that a round of the scheduler takes. */
const ROUND = 15;
const VM = '0';
export const OWN = '/var/lib/one/datastores/100';

/** The words of a line as POSIX quotes them. */
const words = (line: string): string[] =>
  (line.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? []).map((word) => word.replace(/'([^']*)'|\\(.)/g, (_all, quoted, one) => quoted ?? one));

export class Model {
  readonly images: Image[] = [];
  readonly templates: { id: string; by: By; name: string }[] = [];
  readonly actions: Action[] = [];
  /** Below the datastore's own directory, by path: whose it is, and whether anything lies in it. */
  readonly directories = new Map<string, { by: By; full: boolean }>();
  readonly journals = new Map<string, string>();
  /** What was done to him. */
  readonly harm: string[] = [];
  /** What was done, and when. */
  readonly deeds: string[] = [];
  /** A request of ours was taken back at some time. */
  wasTakenBack = false;
  /** How often each situation came about. */
  readonly met = new Map<Situation, number>();
  readonly isLogUnread: boolean;
  readonly increments: boolean;
  /** One chain, which nobody can do without. */
  readonly isSnapshot: boolean;
  #running: Running | undefined;
  #log = '';
  #chain = '';
  #last = -1;
  #error = '';
  #id = 10;
  #hisLast = 0;
  #locked = false;
  readonly #random: () => number;
  readonly #sleep: (seconds: number) => Promise<void>;

  constructor(random: ReturnType<typeof mulberry32>, sleep: (seconds: number) => Promise<void>) {
    this.#random = random;
    this.#sleep = sleep;
    this.increments = random() < 0.6;
    this.isSnapshot = this.increments && random() < 0.3;
    this.isLogUnread = random() < 0.2;
    if (random() < 0.5) this.directories.set(VM, { by: 'him', full: false });
  }

  get now(): number {
    return Math.floor(Date.now() / 1000);
  }

  get isBusy(): boolean {
    return this.#running !== undefined || this.images.some(({ state }) => state !== 'ready');
  }

  get #isTakenBack(): boolean {
    return [...this.journals.values()].some((lines) => lines.lastIndexOf('"withdraw"') > lines.lastIndexOf('"withdrawn"'));
  }

  /** Nothing came about for which anything of ours may have to stay. */
  get isClear(): boolean {
    const harmless: readonly Situation[] = ['ours was under way when we looked', 'his was under way when we looked'];
    return !this.wasTakenBack && !this.isSnapshot && !this.isLogUnread && [...this.met.keys()].every((met) => harmless.includes(met));
  }

  #meet(situation: Situation, isMet: boolean): void {
    if (isMet) this.met.set(situation, (this.met.get(situation) ?? 0) + 1);
  }

  #between(least: number, most: number): number {
    return least + this.#random() * (most - least);
  }

  #newId(): string {
    this.#id += 1;
    return String(this.#id);
  }

  #note(deed: string): void {
    this.deeds.push(`${Date.now() / 1000} ${deed}`);
  }

  #write(line: string): void {
    const clock = new Date(Date.now()).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4');
    this.#log += `${clock} [Z0]${line}\n`;
  }

  /** All there is, for whoever looks for what went wrong. */
  trace(): string {
    const { images, templates, actions, directories, journals, deeds, harm } = this;
    const all = { images, templates, actions, directories: [...directories], journals: [...journals], deeds, harm };
    return `${JSON.stringify(all, null, 1)}\n${this.isLogUnread ? 'The log cannot be read.\n' : ''}${this.#log}`;
  }

  /** OpenNebula's rounds, for ever. */
  async rounds(): Promise<never> {
    await this.#sleep(this.#between(0, ROUND));
    for (;;) {
      this.#round();
      await this.#sleep(ROUND);
    }
  }

  #round(): void {
    const due = this.actions.find(({ done, time }) => done < 0 && time <= this.now);
    if (due && this.#running) due.message = 'wrong state BACKUP.';
    else if (due) {
      Object.assign(due, { done: this.now, message: '' });
      void this.#backUp(due.by, due.reset);
    }
  }

  /** The rarest moments are those that matter: more happens in them than chance would have. */
  async #soon(deed: () => void): Promise<void> {
    if (this.#random() < 0.5) return;
    await this.#sleep(this.#between(0, 2));
    deed();
  }

  async #backUp(by: By, reset: boolean): Promise<void> {
    const source = Math.floor(this.#between(0x100000, 0xffffff)).toString(16);
    if (reset) this.#reset();
    const chain = this.#last < 0 ? undefined : this.images.find(({ id }) => id === this.#chain);
    const running: Running = { by, source, chain: this.increments ? chain : undefined, isHurried: false };
    this.#running = running;
    this.#note(`${by}: backup ${source} begins`);
    this.#meet('his was begun while ours was taken back', by === 'him' && this.#isTakenBack);
    this.#meet('his ended in the second in which ours began', by === 'us' && this.#hisLast === this.now);
    this.#write('[VM][I]: New LCM state is BACKUP');
    await this.#sleep(this.#between(0.5, 3));
    const made = [VM, `${VM}/${source}`].filter((path) => !this.directories.has(path));
    for (const path of made) this.directories.set(path, { by, full: path !== VM });
    // Some take longer than a clean-up waits.
    const end = Date.now() + 1000 * (this.#random() < 0.2 ? this.#between(20, 120) : this.#between(2, 12));
    const least = Date.now() + 2000;
    while (Date.now() < least || (Date.now() < end && !running.isHurried))
      await this.#sleep(Math.min(1, (Math.max(end, least) - Date.now()) / 1000));
    const directory = this.directories.get(`${VM}/${source}`);
    const isBroken = !directory || (running.chain && !this.images.includes(running.chain));
    if (isBroken && by === 'him') this.harm.push(`his backup ${source} was broken`);
    if (isBroken || this.#random() < 0.25) {
      if (directory) directory.full = this.#random() < 0.3;
      this.#write(`[VMM][E]: backup:   [STDERR] "mkdir: ${OWN}/${VM}/${source}/: no"`);
      this.#write('[VMM][I]: Failed to execute datastore driver operation: backup.');
      this.#error = `${this.now}: BACKUP: failed`;
    } else {
      this.#keep(running);
      if (by === 'him') this.#hisLast = this.now;
      this.#meet('ours was made, and nobody could read the log', by === 'us' && this.isLogUnread);
      this.#write('[VMM][I]: VM backup successfully created.');
    }
    this.#running = undefined;
    this.#note(`${by}: backup ${source} ends`);
    this.#write('[VM][I]: New LCM state is RUNNING');
    if (by === 'him' && this.#random() < 0.3) this.#round();
  }

  #reset(): void {
    [this.#chain, this.#last] = ['', -1];
  }

  #keep({ by, source, chain }: Running): void {
    this.#last = this.increments ? this.#last + 1 : -1;
    const link = { id: Math.max(this.#last, 0), source, by, date: this.now };
    if (chain) {
      this.#meet('he added to our chain', by === 'him' && chain.by === 'us');
      this.#meet('we added to his chain', by === 'us' && chain.by === 'him');
      chain.links.push(link);
      chain.holdsOurs ||= by === 'us';
      if (chain.links.length > 3) void this.#flatten(chain);
      return;
    }
    const id = this.#newId();
    this.images.push({
      id,
      by,
      name: `0 ${id}`,
      isBackup: true,
      registered: this.now,
      isChain: this.increments,
      holdsOurs: by === 'us',
      state: 'ready',
      links: [link],
    });
    if (this.increments) this.#chain = id;
  }

  async #flatten(image: Image): Promise<void> {
    image.state = 'locked';
    await this.#sleep(this.#between(1, 4));
    const [first, second, ...rest] = image.links;
    if (first && second) {
      this.directories.delete(`${VM}/${first.source}`);
      image.links = [{ ...second, by: first.by === second.by ? second.by : 'him' }, ...rest];
    }
    image.state = 'ready';
  }

  async #delete(image: Image, by: By): Promise<void> {
    if (by === 'us' && (image.by === 'him' || image.links.some((link) => link.by === 'him')))
      this.harm.push(`image ${image.id} is deleted`);
    if (by === 'us' && this.#running?.by === 'him' && this.#running.chain === image)
      this.harm.push(`image ${image.id} is deleted in his backup`);
    if (this.isSnapshot && this.#chain === image.id) this.harm.push(`image ${image.id}, the only chain there can be, is deleted`);
    image.state = 'deleted';
    if (this.#chain === image.id) this.#reset();
    await this.#sleep(this.#between(0.2, 2));
    for (const { source } of image.links) this.directories.delete(`${VM}/${source}`);
    this.images.splice(this.images.indexOf(image), 1);
  }

  async #restore(name: string, by: By): Promise<Said> {
    const [template, image] = [this.#newId(), this.#newId()];
    this.templates.push({ id: template, by, name });
    const restored: Image = {
      id: image,
      by,
      name: `${name}-disk-0`,
      isBackup: false,
      registered: this.now,
      isChain: false,
      holdsOurs: false,
      state: 'locked',
      links: [],
    };
    this.images.push(restored);
    void this.#sleep(this.#between(0.5, 4)).then(() => {
      if (restored.state === 'locked') restored.state = 'ready';
    });
    return [`VM Template: ${template}\nImages: ${image}\n`];
  }

  /** Somebody else, who does with his own what he likes. */
  async him(until: () => boolean): Promise<void> {
    while (!until()) {
      await this.#sleep(this.#between(0.5, 25));
      if (until()) return;
      const mine = this.images.filter(
        (image) => image.by === 'him' && image.state === 'ready' && image.links.every((link) => link.by === 'him'),
      );
      const free = mine.filter((image) => this.#running?.chain !== image && !this.isSnapshot);
      const deeds = [
        () => this.#backsUp(),
        () => this.#backsUp(),
        () => this.#schedules(this.now),
        () => this.#schedules(this.now + Math.floor(this.#between(5, 60))),
        () => void this.actions.splice(0, this.actions.length, ...this.actions.filter((each) => each.by === 'us' || each.done < 0)),
        () => free[0] && this.#delete(free[0], 'him'),
        () => mine[0] && this.#restore(`0-${mine[0].id}`, 'him'),
        () => {
          this.#error = `${this.now}: [resume] not now`;
        },
        () =>
          this.directories.set(`${VM}/note${this.#newId()}`, { by: 'him', full: true }) &&
          this.directories.set(VM, this.directories.get(VM) ?? { by: 'him', full: false }),
      ];
      const deed = Math.floor(this.#random() * deeds.length);
      this.#note(`his deed ${deed}`);
      deeds[deed]?.();
    }
  }

  #backsUp(): void {
    if (!this.#running) void this.#backUp('him', this.increments && !this.isSnapshot && this.#random() < 0.4);
  }

  #schedules(time: number): void {
    this.actions.push({ id: this.#newId(), by: 'him', time, reset: false, done: -1, message: '' });
  }

  /** The machines as a process of ours reaches them, until it is killed; what it had begun ends then, or not. */
  machines(isKilled: () => boolean): Machines {
    const { site } = wholeCloud();
    const reach = (machine: string, answer: (argv: readonly string[], command: Command) => Promise<Said>): HoldingShell => {
      const run = async (command: Command): Promise<CommandResult> => {
        const forever = new Promise<never>(() => undefined);
        if (isKilled()) return forever;
        const outlives = this.#random() < 0.5;
        await this.#sleep(this.#between(0.05, 1));
        if (isKilled() && !outlives) return forever;
        const [stdout, exitCode = 0] = await answer(command.argv, command);
        await this.#sleep(this.#between(0.05, 0.5));
        if (isKilled()) return forever;
        return evidence({ machine, command: command.argv.join(' '), stdout, exitCode }) as CommandResult;
      };
      const hold = async () => {
        const said = this.#locked ? 'busy' : 'held';
        this.#locked = true;
        return { said, release: async () => this.unlock() };
      };
      return { machine, account: 'oneadmin', run, hold, hop: () => assertNever(), close: () => undefined };
    };
    return {
      site: {
        ...site,
        deadlines: {
          ...site.deadlines,
          schedule: [3, 12, 40][Math.floor(this.#random() * 3)] ?? 40,
          backup: 60,
          restore: 60,
          cleanup: this.#random() < 0.5 ? 5 : 40,
        },
      },
      onFrontend: reach('frontend01', (argv, command) => this.#onFrontend(argv, command)),
      onBackupServer: reach('backup01', (argv, command) => this.#onServer(argv, command)),
    };
  }

  /** Nobody has the book any more. */
  unlock(): void {
    this.#locked = false;
  }

  async #survey({ stdin = '' }: Command, answer: (argv: readonly string[]) => Promise<Said>): Promise<Said> {
    const mark = /\p{Cc}[0-9a-f]{16}\p{Cc}/u.exec(stdin)?.[0] ?? '';
    const fields: string[] = [];
    for (const line of stdin.split('\n')) {
      const [, name = '', argv] = /^probe (\S+) exec timeout -k 2 \d+ (.*)$/.exec(line) ?? [];
      if (argv === undefined) continue;
      const [stdout, code = 0] = name === 'zone' ? ['+0000'] : await answer(words(argv));
      fields.push(name, String(this.now), '', stdout, String(code), String(this.now));
      // What the clock is set to is told at once, and the head of a file.
      if (name !== 'zone' && !name.startsWith('holds-')) await this.#sleep(this.#between(0.02, 0.4));
    }
    return [['', ...fields, 'done', ''].join(mark)];
  }

  async #onFrontend(argv: readonly string[], command: Command): Promise<Said> {
    const [program = '', script = '', text = '', ...rest] = argv;
    if (program === 'env') return this.#onFrontend(argv.slice(2), command);
    if (program === 'bash' && script === '-s') return this.#survey(command, (each) => this.#onFrontend(each, command));
    if (program === 'bash' && text.includes('the journal could not be written')) {
      const [, file = '', lines = '', ...further] = rest;
      this.journals.set(file, (this.journals.get(file) ?? '') + lines);
      if (lines.includes('"withdraw"')) {
        this.wasTakenBack = true;
        void this.#soon(() => (this.#random() < 0.5 ? this.#round() : this.#backsUp()));
      }
      // A process that is killed here has written down what it never did.
      return this.#onFrontend(further, command);
    }
    if (program === 'bash' && text.includes('flock -w')) await this.#sleep(2);
    if (program === 'bash' && text.includes('rm -f -- "$1"')) this.journals.delete(rest[1] ?? '');
    if (program === 'bash' && text.includes('for file in'))
      return [[...this.journals].map(([file, lines]) => `${file.split('/').at(-1)}\n${lines}\n`).join('')];
    if (program === 'sh' && text.includes('tail -c')) return this.isLogUnread ? ['', 1] : [this.#log.slice(Number(rest[2]))];
    // Between the look and what is done then, nothing comes in this model: a machine takes half a second for it.
    if (text.includes('exec oneimage delete')) {
      const [, , id, last] = rest;
      const grown = this.images.some((image) => image.id === id && image.links.at(-1)?.source !== last);
      return this.#running || grown ? ['', 75] : this.#openNebula(['oneimage', 'delete', id ?? '']);
    }
    const [method, , first] = xmlRpcOf(argv)?.split(' ') ?? [];
    if (method === 'vm.info') return [byXmlRpc((await this.#openNebula(['onevm', 'show', '-x', VM]))[0])];
    // All of them are on the first page.
    if (method === 'imagepool.info')
      return [byXmlRpc(first === '0' ? (await this.#openNebula(['oneimage', 'list', '-x']))[0] : '<IMAGE_POOL/>')];
    if (program === 'stat') return [String(this.#log.length)];
    if (program === 'date') return [`${this.now} +0000`];
    if (program.startsWith('one')) return this.#openNebula(argv);
    if (text.includes('qemu-img compare')) return ['Images are identical.\n'];
    if (text.includes('stat -f')) return ['1048576 258020 100000 78224 1000 500 /var/tmp'];
    if (['true', 'grep', 'mkdir', 'test'].includes(program) || /flock -w|rm -r?f/.test(text)) return [''];
    throw new Error(`the model has no ${argv.join(' ')}`);
  }

  async #openNebula(argv: readonly string[]): Promise<Said> {
    const [program = '', verb = '', ...rest] = argv;
    this.#note(argv.join(' '));
    switch (`${program} ${verb}`) {
      case 'onevm show':
        this.#meet('ours was under way when we looked', this.#running?.by === 'us');
        this.#meet('his was under way when we looked', this.#running?.by === 'him');
        // It ends when we have just seen it under way.
        if (this.#running && this.#random() < 0.1) this.#running.isHurried = true;
        return [this.#vm()];
      case 'onevm list':
        return [`<VM_POOL>${this.#vm()}</VM_POOL>`];
      case 'oneimage list':
        return [`<IMAGE_POOL>${this.images.map(xmlOf).join('')}</IMAGE_POOL>`];
      case 'oneimage show':
        return [
          this.images
            .filter(({ id }) => id === rest[1])
            .map(xmlOf)
            .join(''),
        ];
      case 'onetemplate list': {
        // He begins when we have just looked at all there is.
        if (this.#random() < 0.2) void this.#soon(() => this.#backsUp());
        const all = this.templates.map(({ id, name }) => `<VMTEMPLATE><ID>${id}</ID><NAME>${name}</NAME></VMTEMPLATE>`);
        return [`<VMTEMPLATE_POOL>${all.join('')}</VMTEMPLATE_POOL>`];
      }
      case 'onetemplate show':
        return [`<VMTEMPLATE><ID>${rest[1]}</ID><TEMPLATE/></VMTEMPLATE>`];
      case 'onevm backup': {
        const time = Date.parse(`${rest[1]}Z`) / 1000;
        this.actions.push({ id: this.#newId(), by: 'us', time, reset: rest.includes('--reset'), done: -1, message: '' });
        return ['VM 0: backup scheduled\n'];
      }
      case 'onevm sched-delete': {
        const found = this.actions.find(({ id }) => id === rest[1]);
        if (!found) return ['', 255];
        if (found.by === 'him') this.harm.push(`scheduled backup ${found.id} is deleted`);
        const isRefused = this.#random() < 0.2;
        this.#meet('a scheduled backup of ours could not be taken back', isRefused);
        if (isRefused) return ['', 255];
        this.#meet('ours was begun while it was taken back', this.#running?.by === 'us' && found.done >= 0 && this.#isTakenBack);
        this.actions.splice(this.actions.indexOf(found), 1);
        return [''];
      }
      case 'oneimage delete': {
        const found = this.images.find(({ id }) => id === rest[0]);
        if (!found || found.state === 'locked') return ['', 255];
        void this.#delete(found, 'us');
        return [''];
      }
      case 'onetemplate delete': {
        const found = this.templates.findIndex(({ id }) => id === rest[0]);
        if (this.templates[found]?.by === 'him') this.harm.push(`template ${rest[0]} is deleted`);
        if (found >= 0) this.templates.splice(found, 1);
        return ['', found < 0 ? 255 : 0];
      }
      case 'oneimage restore':
        return this.#restore(rest[rest.indexOf('--name') + 1] ?? '', 'us');
      default:
        throw new Error(`the model has no ${argv.join(' ')}`);
    }
  }

  #vm(): string {
    const actions = this.actions.map(
      ({ id, time, reset, done, message }) =>
        `<SCHED_ACTION><ID>${id}</ID><ACTION>backup</ACTION><ARGS>100,${reset ? 1 : 0}</ARGS><TIME>${time}</TIME><DONE>${done}</DONE><MESSAGE>${message}</MESSAGE></SCHED_ACTION>`,
    );
    const config = `<MODE>${this.increments ? 'INCREMENT' : 'FULL'}</MODE><INCREMENT_MODE>${this.isSnapshot ? 'SNAPSHOT' : 'CBT'}</INCREMENT_MODE><KEEP_LAST>2</KEEP_LAST><LAST_INCREMENT_ID>${this.#last}</LAST_INCREMENT_ID><INCREMENTAL_BACKUP_ID>${this.#chain || -1}</INCREMENTAL_BACKUP_ID>`;
    const ids = this.images.filter(({ isBackup }) => isBackup).map(({ id }) => `<ID>${id}</ID>`);
    return `<VM><ID>${VM}</ID><NAME>backup-probe</NAME><STATE>3</STATE><LCM_STATE>${this.#running ? 69 : 3}</LCM_STATE><TEMPLATE>${actions.join('')}</TEMPLATE><USER_TEMPLATE><ERROR>${this.#error}</ERROR></USER_TEMPLATE><BACKUPS><BACKUP_CONFIG>${config}</BACKUP_CONFIG><BACKUP_IDS>${ids.join('')}</BACKUP_IDS></BACKUPS></VM>`;
  }

  async #onServer(argv: readonly string[], command: Command): Promise<Said> {
    const [program = '', script = '', text = '', , ...rest] = argv;
    if (program === 'bash' && script === '-s') return this.#survey(command, (each) => this.#onServer(each, command));
    if (text.includes('-maxdepth 1')) return [`\n${[...this.directories.keys()].join('\n')}\n`];
    if (text.includes('debris:*')) return [`\n${rest.flatMap((each) => this.#remove(each)).join('\n')}\n`];
    if (text.includes('stat -c')) return [rest.map((path) => `1000 ${path}`).join('\n')];
    if (text.includes('echo created')) return ['created\nsynced\nrenamed\ndeleted\n'];
    if (program === 'qemu-img')
      return [script === 'check' ? 'No errors were found on the image.\n640/4096 = 15.62% allocated\n' : 'file format: qcow2\n'];
    return [program === 'base64' ? `<VM><ID>${VM}</ID><NAME>backup-probe</NAME><TEMPLATE/></VM>` : ''];
  }

  #remove(what: string): string[] {
    const [, how = '', path = ''] = /^(\w+):(.*)$/.exec(what) ?? [];
    const name = path.slice(OWN.length + 1);
    const found = this.directories.get(name);
    if (!found) return how === 'probe' ? [path] : [];
    const isEmpty = !found.full && ![...this.directories.keys()].some((other) => other.startsWith(`${name}/`));
    if (how === 'empty' && !isEmpty) return [];
    // Where nobody can read the log, an empty directory tells nothing of whose it was, and is of no use to anybody.
    if (found.by === 'him' && !(isEmpty && this.isLogUnread)) this.harm.push(`his directory ${name} is removed`);
    if (this.#running?.by === 'him' && name === `${VM}/${this.#running.source}`) this.harm.push(`${name}, in use, is removed`);
    this.directories.delete(name);
    return [path];
  }
}

const xmlOf = ({ id, name, isBackup, registered, state, isChain, links }: Image): string => {
  const numbers = { ready: 1, locked: 4, deleted: 7 };
  const increments = links.map(
    (link) => `<INCREMENT><ID>${link.id}</ID><SOURCE>${link.source}</SOURCE><DATE>${link.date}</DATE></INCREMENT>`,
  );
  return `<IMAGE><ID>${id}</ID><NAME>${name}</NAME><TYPE>${isBackup ? 6 : 0}</TYPE><STATE>${numbers[state]}</STATE><DATASTORE_ID>${isBackup ? 100 : 1}</DATASTORE_ID><SOURCE>${links[0]?.source ?? '/x'}</SOURCE><FORMAT>qcow2</FORMAT><SIZE>1</SIZE><REGTIME>${registered}</REGTIME><VMS>${isBackup ? `<ID>${VM}</ID>` : ''}</VMS><BACKUP_DISK_IDS><ID>0</ID></BACKUP_DISK_IDS><BACKUP_INCREMENTS>${isChain ? increments.join('') : ''}</BACKUP_INCREMENTS></IMAGE>`;
};

function assertNever(): never {
  throw new Error('nobody hops here');
}
