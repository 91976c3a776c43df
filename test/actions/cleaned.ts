/** What a clean-up does and says, by a journal and all that is there: a front-end and a backup server that hold nothing else. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change, Journal, RunJournal, Target } from '../../support/actions/journal.ts';
import { undo } from '../../support/actions/undo.ts';
import type { Machines } from '../../support/facts/cloud.ts';
import type { Command, CommandResult } from '../../support/machines/shell.ts';
import { byXmlRpc, xmlRpcOf } from '../answers.ts';
import { evidence, wholeCloud } from '../made.ts';

export const T = 1_795_410_030;
export const DUE = T - 421;
const target: Target = { datastore: { id: '100', name: 'rsync Backups' }, vm: '0', own: '/own' };
export const NAME = 'backup-compliance-r';
export const CANARY = `${NAME}-host1`;

interface OfImage {
  readonly id: string;
  readonly name?: string;
  readonly vm?: string;
  readonly source?: string;
  readonly registered?: number;
  readonly links?: readonly string[];
  readonly state?: number;
  /** How often it is refused to delete it. */
  refusals?: number;
  /** It is deleted, and stays. */
  readonly stays?: true;
}
/** What there is, of a run and of others, and how the machines fare. */
export interface There {
  readonly vms?: readonly { readonly id: string; readonly name: string; readonly state?: string; readonly stays?: true }[];
  readonly images?: readonly OfImage[];
  readonly templates?: readonly { readonly id: string; readonly name: string }[];
  readonly actions?: readonly {
    readonly id: string;
    readonly done?: number;
    readonly time?: number;
    readonly message?: string;
    readonly stays?: true;
  }[];
  readonly lcm?: number;
  readonly config?: string;
  readonly log?: string;
  readonly directories?: readonly string[];
  /** What fails, by how the command begins or what it holds. */
  readonly fails?: string;
  /** How it ends then. */
  readonly code?: number;
  readonly onServer?: Partial<CommandResult>;
  /** Of it alone nothing is heard, by how the command begins. */
  readonly unheard?: string;
  /** Seconds since the request, and for how long is waited. */
  readonly now?: number;
  readonly schedule?: number;
  readonly cleanup?: number;
  /** What is otherwise at each look at something that is waited for. */
  readonly turns?: readonly There[];
}

const words = (line: string): string[] =>
  (line.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? []).map((word) => word.replace(/'([^']*)'|\\(.)/g, (_all, quoted, one) => quoted ?? one));

export const clock = (time: number) =>
  new Date(time * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1 $3 $2 $5 $4');
export const logged = (begun: number, how: string) =>
  [`[VM][I]: New LCM state is BACKUP`, `[VMM][I]: ${how}`, `[VM][I]: New LCM state is RUNNING`]
    .map((line, at) => `${clock(begun + at)} [Z0]${line}\n`)
    .join('');
export const created = logged(T + 14, 'VM backup successfully created.');

/** Cleans up after a run that made these changes, with all that is there; what was changed by it, in order, and what it says. */
export async function cleaned(changes: readonly Change[], before: There = {}, journal: Partial<Journal> = {}) {
  const did: string[] = [];
  const asked: string[] = [];
  let there = before;
  let page: string | undefined = '0';
  const turns = [...(before.turns ?? [])];
  let [vms, images, templates] = [there.vms ?? [], [...(there.images ?? [])], [...(there.templates ?? [])]];
  let actions = [...(there.actions ?? [])];
  let directories = [...(there.directories ?? [])];
  const timePasses = () => {
    const turn = turns.shift();
    if (!turn) return;
    did.push('time passes');
    there = { ...there, ...turn };
    images = [...(turn.images ?? images)];
    actions = [...(turn.actions ?? actions)];
  };
  const vm = () =>
    `<VM><ID>0</ID><NAME>backup-probe</NAME><STATE>3</STATE><LCM_STATE>${there.lcm ?? 3}</LCM_STATE><TEMPLATE>${actions
      .map(
        ({ id, done = T + 14, time = DUE, message = '' }) =>
          `<SCHED_ACTION><ID>${id}</ID><ACTION>backup</ACTION><ARGS>100,0</ARGS><TIME>${time}</TIME><DONE>${done}</DONE><MESSAGE>${message}</MESSAGE></SCHED_ACTION>`,
      )
      .join('')}</TEMPLATE><BACKUPS><BACKUP_CONFIG>${there.config ?? ''}</BACKUP_CONFIG></BACKUPS></VM>`;
  const imageOf = ({
    id,
    name = `0 ${id}`,
    vm: of = '0',
    source = of === '' ? '/x' : '5de970',
    registered = T + 15,
    links = [],
    state = 1,
  }: OfImage) =>
    `<IMAGE><ID>${id}</ID><NAME>${name}</NAME><TYPE>${of === '' ? 0 : 6}</TYPE><STATE>${state}</STATE><DATASTORE_ID>${of === '' ? 1 : 100}</DATASTORE_ID><SOURCE>${source}</SOURCE><SIZE>1</SIZE><REGTIME>${registered}</REGTIME><VMS>${of === '' ? '' : `<ID>${of}</ID>`}</VMS><BACKUP_INCREMENTS>${links
      .map((link, at) => `<INCREMENT><ID>${at}</ID><SOURCE>${link}</SOURCE><DATE>${registered}</DATE></INCREMENT>`)
      .join('')}</BACKUP_INCREMENTS></IMAGE>`;
  const pool = () => `<IMAGE_POOL>${images.map(imageOf).join('')}</IMAGE_POOL>`;
  const deleteImage = (id: string) => {
    const found = images.find((image) => image.id === id);
    if (!found) return 255;
    if ((found.refusals ?? 0) > 0) {
      found.refusals = (found.refusals ?? 0) - 1;
      return 255;
    }
    if (!found.stays) images = images.filter((image) => image !== found);
    return 0;
  };
  type Said = readonly [stdout: string, code?: number];
  const openNebula = (argv: readonly string[]): Said => {
    const [program, verb, ...rest] = argv;
    const line = argv.join(' ');
    if (verb !== 'show' && verb !== 'list') did.push(line);
    if (there.fails === 'all') throw new Error('a fault of our own');
    if (there.fails !== undefined && line.startsWith(there.fails)) return ['', there.code ?? 255];
    switch (`${program} ${verb}`) {
      case 'onevm show':
        return [vm()];
      case 'onevm list':
        assert.ok(changes.some(({ change }) => change === 'start' || change === 'canary'));
        return [
          `<VM_POOL>${vms.map(({ id, name, state = '3' }) => `<VM><ID>${id}</ID><NAME>${name}</NAME><STATE>${state}</STATE><LCM_STATE>3</LCM_STATE></VM>`).join('')}</VM_POOL>`,
        ];
      case 'onevm terminate':
        vms = vms.filter(({ id, stays }) => id !== rest[1] || stays);
        return [''];
      case 'onevm sched-delete':
        if (actions.some(({ id, stays }) => id === rest[1] && stays)) return ['', 255];
        actions = actions.filter(({ id }) => id !== rest[1]);
        return [''];
      case 'oneimage list':
        return [pool()];
      case 'oneimage delete':
        return ['', deleteImage(rest[0] ?? '')];
      case 'onetemplate list':
        return [
          `<VMTEMPLATE_POOL>${templates.map(({ id, name }) => `<VMTEMPLATE><ID>${id}</ID><NAME>${name}</NAME></VMTEMPLATE>`).join('')}</VMTEMPLATE_POOL>`,
        ];
      case 'onetemplate delete':
        templates = templates.filter(({ id }) => id !== rest[0]);
        return [''];
      default:
        return assert.fail(line);
    }
  };
  const onFrontend = (argv: readonly string[], command: Command): Said => {
    const [program = '', script = '', text = '', ...rest] = argv;
    if (program === 'env') return onFrontend(argv.slice(2), command);
    if (program === 'bash' && script === '-s') return surveyed(command, (each) => onFrontend(each, command));
    if (program === 'sh' && text.includes('tail -c')) return there.log === undefined ? ['', 1] : [there.log];
    if (program === 'sh' && text.includes('exec oneimage delete')) {
      const [, ...given] = rest;
      did.push(`oneimage delete ${given[1]} unless ${given[0]} is in BACKUP or ${given[2]} not the last`);
      return ['', deleteImage(given[1] ?? '')];
    }
    if (program === 'sh' && text.includes('rm -rf')) {
      did.push(`rm ${rest[1]}`);
      // rm refuses to remove “.”.
      const { stdout, status } = spawnSync('sh', ['-c', text, 'sh', there.fails === 'rm' ? '.' : mkdtempSync(join(tmpdir(), 'copies '))]);
      return [String(stdout), status ?? 255];
    }
    const [method, , first] = xmlRpcOf(argv)?.split(' ') ?? [];
    if (method === 'vm.info') {
      timePasses();
      return [byXmlRpc(vm())];
    }
    if (method === 'imagepool.info') {
      // A look ends where a page adds nothing.
      if (first === '0' && page === '0') timePasses();
      page = first;
      return there.fails === 'oneimage list' ? ['', 255] : [byXmlRpc(first === '0' ? pool() : '<IMAGE_POOL/>')];
    }
    if (program === 'stat') return ['0'];
    if (program === 'date') return [`${T + (there.now ?? 100)} +0000`];
    return openNebula(argv);
  };
  const onServer = (argv: readonly string[]): Said => {
    const [, , text = '', , ...rest] = argv;
    if (text.includes('-maxdepth 1')) return [`\n${directories.filter((path) => path.split('/')[0] === rest[1]).join('\n')}\n`];
    assert.notEqual(rest.length, 0);
    did.push(...rest);
    const paths = rest.map((each) => each.replace(/^\w+:/, ''));
    const refused = paths.filter((path) => there.fails === path);
    directories = directories.filter((path) => !paths.includes(`/own/${path}`));
    return [`\n${paths.map((path) => (refused.includes(path) ? `kept:${path}` : path)).join('\n')}\n`];
  };
  const surveyed = ({ stdin = '', deadline }: Command, answer: (argv: readonly string[]) => Said): Said => {
    const mark = /\p{Cc}[0-9a-f]{16}\p{Cc}/u.exec(stdin)?.[0] ?? '';
    const fields = stdin.split('\n').flatMap((line) => {
      const [, name = '', argv] = /^probe (\S+) exec timeout -k 2 \d+ (.*)$/.exec(line) ?? [];
      if (argv === undefined || (there.unheard !== undefined && argv.includes(there.unheard))) return [];
      const [stdout, code = 0] = name === 'zone' ? ['+0000'] : answer(words(argv));
      return [name, String(T), '', stdout, String(code), String(T)];
    });
    const removals = stdin.match(/^probe remove-/gm)?.length ?? 0;
    assert.ok(stdin.includes('\nprobe ') && deadline >= removals * site.deadlines.command);
    return [['', ...fields, 'done', ''].join(mark)];
  };
  const shell = (machine: string, answer: (argv: readonly string[], command: Command) => Said, more: Partial<CommandResult> = {}) => ({
    ...{ machine, account: 'oneadmin' },
    run: async (command: Command): Promise<CommandResult> => {
      const [stdout, exitCode = 0] = answer(command.argv, command);
      const typed = command.typed ?? command.argv.join(' ');
      if (command.argv[1] !== '-s') asked.push(typed);
      return { ...evidence({ machine, command: typed, stdout, exitCode }), ...more } as CommandResult;
    },
  });
  const { site } = wholeCloud();
  const machines = {
    site: { ...site, deadlines: { ...site.deadlines, schedule: before.schedule ?? 0, cleanup: before.cleanup ?? 0 } },
    onFrontend: shell('frontend01', onFrontend),
    onBackupServer: shell('backup01', onServer, there.onServer),
  } as unknown as Machines;
  const written = [...changes];
  const result = await undo(machines, { run: 'r', opening: { opened: 1, ...target }, changes, ...journal }, (opening) => {
    const record: RunJournal['record'] = async (more) => {
      assert.notEqual(more.length, 0);
      written.push(...more);
      did.push(...more.map((change) => `written: ${change.change} ${'id' in change ? change.id : 'vm' in change ? change.vm : ''}`));
      const failure = there.fails === 'journal' && {
        failure: { kind: 'not-started', message: 'the journal could not be written' } as const,
      };
      return { ...evidence(), ...failure } as CommandResult;
    };
    return { run: 'r', opening, changes: written, record } as unknown as RunJournal;
  });
  // All that was asked is evidence, and nothing else.
  for (const each of result.evidence) assert.equal(typeof each, 'object');
  const shown = result.evidence.map(({ command }) => command);
  if (result.fault === undefined)
    assert.deepEqual(
      asked.filter((command) => !shown.includes(command)),
      [],
    );
  return { did, ...result };
}
