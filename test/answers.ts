/** A cloud whose machines answer from a table, asked by the suite's own surveys. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Audited } from '../support/facts/audited.ts';
import { surveyBackupServer } from '../support/facts/backup-server.ts';
import { surveyBackups } from '../support/facts/backups.ts';
import { declaredDatastore, releaseOf, surveyFrontend } from '../support/facts/frontend.ts';
import { surveyHost } from '../support/facts/host.ts';
import { confinementOf } from '../support/facts/libvirt.ts';
import { lookAgain } from '../support/facts/missing.ts';
import { surveyQuotas } from '../support/facts/quotas.ts';
import { surveySchedules } from '../support/facts/schedules.ts';
import { hopFrom } from '../support/machines/hop.ts';
import type { Shell } from '../support/machines/shell.ts';
import { backup01, evidence, frontend01, path, scripts, wholeCloud } from './made.ts';
import { kvm01, kvm02 } from './worlds/world.ts';

const all = new URL('./recordings/', import.meta.url);
const calls = new URL('7.4.0/calls/', all);
/** What a command of OpenNebula 7.4.0 printed. */
export const recorded = (name: string) => (JSON.parse(readFileSync(new URL(`${name}.json`, calls), 'utf8')) as { stdout: string }).stdout;
/** The same of a later look, or another release: `7.4.0/second/a0-list-extended/12-…`. */
export const recordedIn = (path: string) => recorded(`../../${path}`);
export const recordings = calls;
/** A backup job of every night, as one of three days in a week was recorded. */
const nightly = recordedIn('7.4.0/second/q-backup-jobs/15-show-x-scheduled')
  .replace('[0,1]', '[0]')
  .replace('<DAYS>1,3,5<', '<DAYS>0,1,2,3,4,5,6<')
  .replace(/<TIME>1795971590</, '<TIME>1795420000<');
export const pools = {
  jobs: `<BACKUPJOB_POOL>${nightly.replaceAll(/<SCHED_ACTION>.*<\/SCHED_ACTION>/gs, '')}</BACKUPJOB_POOL>`,
  hosts: recorded('381-onehost-list-on-x'),
  datastores: recorded('064-ds-list-x'),
  images: recorded('209-oneimage-list-x'),
  vms: `<VM_POOL>${recorded('204-onevm-show-after-x')}</VM_POOL>`,
};

/** `ssh -v` that gets in, and runs a command that prints nothing. */
export const letIn = `OpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17 1 Jul 2025
debug1: Connecting to backup01.example.net [198.18.2.1] port 22.
debug1: Server host key: ssh-ed25519 SHA256:q1w2e3
debug1: Host 'backup01.example.net' is known and matches the ED25519 host key.
Authenticated to backup01.example.net ([198.18.2.1]:22) using "publickey".
`;

/** What is printed where OpenNebula answers one request by XML-RPC with this document, or in these words with none. */
export function byXmlRpc(text: string, good = true): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const values = `<value><boolean>${good ? 1 : 0}</boolean></value>\r\n<value><string>${escaped}</string></value>\r\n<value><i4>0</i4></value>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\r\n<methodResponse><params><param><value><array><data>${values}</data></array></value></param></params></methodResponse>\r\n\u001d`;
}

/** The request that such a command sends; undefined of any other. */
export const xmlRpcOf = (argv: readonly string[]): string | undefined => (argv[2]?.includes('methodCall') ? argv.at(-1) : undefined);

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: string;
  /** How long it took. */
  readonly seconds?: number;
}
export const says = (stdout: string, stderr = '', code = '0', seconds = 0.75): Answer => ({ stdout, stderr, code, seconds });

/** What rsync -n -v says of some files to a directory that is there. */
export const wouldCopy = `sending incremental file list
./
boot_id
uuid

sent 235 bytes  received 37 bytes  544.00 bytes/sec
total size is 0  speedup is 0.00 (DRY RUN)`;

const rsync = says('rsync  version 3.2.7  protocol version 31');
const qemuImg = says('qemu-img version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright (c) 2003-2022 Fabrice Bellard');
const room = (at: string) => `1048576 258020 100000 78224 1000 500 ${at}`;
const hypervisor = {
  ...{ rsync, 'qemu-img': qemuImg, programs: says(''), broken: says(''), staging: says(room(`${path}/0`)), folders: says('') },
  handshake: says(wouldCopy, letIn),
  lent: says('yes'),
  aliases: says(''),
  inherited: says('0022\nunlimited'),
  scripts: says(''),
  libvirt: says('Using library: libvirt 9.0.0\nRunning against daemon: 9.0.0'),
};

/** What find prints of the folders of full backups. */
const storedOf = (...folders: readonly string[]) =>
  folders
    .flatMap((folder) => [
      `rw\td\t4096\t8\t1795410046.5\t${path}/100/${folder}`,
      `rw\tf\t43253760\t84480\t1795410045.25\t${path}/100/${folder}/disk.0.0`,
      `rw\tf\t4215\t16\t1795410045\t${path}/100/${folder}/vm.xml`,
    ])
    .join('\n');

/** What the front-end answers who asks by XML-RPC who he is. */
const oneadmin = says(byXmlRpc('<USER><ID>0</ID><GID>0</GID><GROUPS><ID>0</ID></GROUPS><NAME>oneadmin</NAME></USER>'));

/** What each machine of a whole cloud answers to each question. */
export const whole: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
  [frontend01]: {
    ...{ hostname: says(frontend01), account: says('oneadmin'), now: says('1795410100'), programs: says(''), broken: says('') },
    settings: says('SCRIPTS_REMOTE_DIR=/var/tmp/one'),
    scripts: says([...scripts.executable.map((each) => `x ${each}`), scripts.sums].join('\n')),
    agent: says('256 SHA256:abc oneadmin@frontend01 (ED25519)'),
    ...{ hosts: says(pools.hosts), datastores: says(pools.datastores), 'virtual-machines': says(pools.vms) },
    ...{ zone: says('+0000\nUTC'), images: says(pools.images), jobs: says(pools.jobs), 'job-0': says(nightly) },
    ...{ limits: says('MAX_BACKUPS = 5\nMAX_BACKUPS_HOST = 2'), 'vm-0': says(recorded('204-onevm-show-after-x')) },
  },
  [kvm01]: hypervisor,
  [kvm02]: hypervisor,
  [backup01]: {
    ...{
      identity: says('0a1b2c3d-0000-4000-8000-0123456789ab\n64:2'),
      hostname: says('backup01'),
      user: says('oneadmin'),
      group: says('oneadmin'),
      inherited: says('0022\nunlimited'),
    },
    ...{ rsync, 'qemu-img': qemuImg, programs: says(''), broken: says(''), links: says('') },
    tmp: says('yes\tdirectory\t/var/tmp'),
    directory: says(`yes\td\toneadmin\toneadmin\t755\t${path}`),
    devices: says(`65024\t/\n65025\t${path}\n65025\t${path}/100`),
    mount: says(`Mounted on Filesystem Type\n/          /dev/sda2  ext4\n${path} /dev/sdb1 ext4\n${path} /dev/sdb1 ext4`),
    stored: says(storedOf('0/5de970')),
    space: says(`${room(`${path}/100`)}\n${room('/var/tmp')}`),
    'own-directories': says(`yes\td\toneadmin\toneadmin\t755\t${path}/100\nyes\td\toneadmin\toneadmin\t755\t${path}/100/0`),
  },
};

/** What goes another way than in a whole cloud. */
export interface Odd {
  /** The answer to a question; undefined where it is not reached. `good` is that of a whole cloud, if it is asked there. */
  readonly answer?: (machine: string, question: string, good: Answer | undefined) => Answer | undefined;
  /** All that a machine prints. */
  readonly printed?: (machine: string, text: string, mark: string) => string;
  /** RSYNC_ARGS as they are saved. */
  readonly args?: string | undefined;
  /** What the client says that logs in to a machine. */
  readonly client?: (machine: string) => string;
}

export async function ask({
  answer = (_, __, good) => good,
  printed = (_, text) => text,
  client = () => letIn,
  args,
}: Odd): Promise<Audited> {
  const { site: stock, gate } = wholeCloud();
  // Of the recorded VM there is one.
  const site = { ...stock, ...(stock.protect && { protect: { ...stock.protect, restore_points: 1 } }) };
  const print = (machine: string, script: string) => {
    const mark = `\u001e${script.split('\u001e')[1]}\u001e`;
    const names = [...script.matchAll(/^(?:.* && )?probe (\S+) /gm)].map(([, name = '']) => name);
    const framed = names.flatMap((name) => {
      const given = answer(machine, name, whole[machine]?.[name]);
      const { stdout = '', stderr = '', code = '', seconds = 0.75 } = given ?? {};
      return given ? [['', name, '1795410100.5', stderr, stdout, code, `${1795410100.5 + seconds}`].join(mark)] : [];
    });
    return printed(machine, `${framed.join('')}${mark}done${mark}`, mark);
  };
  const shell: Shell = {
    ...{ machine: frontend01, account: 'oneadmin' },
    run: ({ argv, stdin: before = '', turn }) => {
      const stdin = before + (turn?.rest ?? '');
      if (xmlRpcOf(argv))
        return Promise.resolve(evidence({ machine: frontend01, stdout: answer(frontend01, 'user', oneadmin)?.stdout ?? '' }));
      if (argv[0] === 'bash') return Promise.resolve(evidence({ machine: frontend01, stdout: print(frontend01, stdin) }));
      const far = (argv[4] ?? '').replace(/.*@/, '');
      const [entered = ''] = /entered-\w+/.exec(argv.at(-1) ?? '') ?? [];
      return Promise.resolve(evidence({ machine: frontend01, stdout: stdin && print(far, stdin), stderr: `${client(far)}${entered}\n` }));
    },
    hop: (to) => hopFrom(shell, to),
  };
  const hop = (to: string) => shell.hop({ host: to, connectTimeout: 1 });
  const frontend = await surveyFrontend(shell, site);
  const listed = 'value' in frontend.hosts ? frontend.hosts.value.filter(({ name }) => name in whole) : [];
  const are = 'value' in frontend.scripts ? frontend.scripts.value : undefined;
  const asking = {
    ...{
      staging: [`${path}/0`],
      folders: { folders: [`${path}/0/0`], own: [`${path}/0/0`] },
      own: `${path}/100`,
      args,
      scripts: { folder: '/var/tmp/one', are },
      sbin: true,
    },
    confinement: confinementOf(declaredDatastore({ frontend, site }), releaseOf(frontend)),
  };
  const hosts = await Promise.all(listed.map((host) => surveyHost(hop(host.name), host, site, asking)));
  const places = { path, own: declaredDatastore({ frontend, site }) ? `${path}/100` : path, tmp: '/var/tmp', sbin: true, stored: true };
  const server = await surveyBackupServer({ driver: hop(backup01), byAgent: hop(backup01) }, site, frontend.name, places);
  const [schedules, backups] = [await surveySchedules(shell, site, frontend), await surveyBackups(shell, site, frontend)];
  const quotas = await surveyQuotas(shell, site, frontend);
  const ways = { frontend: shell, server: hop(backup01), own: places.own };
  const missing = await lookAgain(ways, { frontend, backups, stored: server.stored }, site);
  return { site, gate, frontend, server, hosts, bridges: [], schedules, backups, quotas, missing };
}

/** The same where machines answer some questions otherwise; a text is stdout, undefined an answer that is missing. */
export function asked(
  changes: Readonly<Record<string, Readonly<Record<string, string | Partial<Answer> | undefined>>>>,
  args?: string,
): Promise<Audited> {
  return ask({
    args,
    answer: (machine, question, good) => {
      const given = changes[machine] ?? {};
      if (!(question in given)) return good;
      const other = given[question];
      if (other === undefined) return undefined;
      return typeof other === 'string' ? says(other) : { ...says(''), ...other };
    },
  });
}

export const only = <T>(list: readonly T[]): T => list[0] ?? assert.fail('there is none');
