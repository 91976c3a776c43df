/** A run's page in all the states that people meet it in: what the checks make of told facts, written as a run writes it. No machine is asked. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EvidenceStore } from '../../support/archive/evidence.ts';
import { Spool } from '../../support/archive/spool.ts';
import type { Written } from '../../support/archive/write.ts';
import { checks } from '../../support/checks/all.ts';
import type { Audited } from '../../support/facts/audited.ts';
import type { Login } from '../../support/facts/login.ts';
import { scopeOf } from '../../support/facts/scope.ts';
import type { Failure } from '../../support/machines/shell.ts';
import type { Evidence } from '../../support/outcome/evidence.ts';
import type { Action, Severity } from '../../support/outcome/outcome.ts';
import { toScope } from '../../support/report/scope.ts';
import type { Waiver } from '../../support/site/waivers.ts';
import { judge } from '../../support/verdict/blocking.ts';
import type { Found } from '../../support/verdict/findings.ts';
import { statements, statementsOf } from '../../support/verdict/requirements.ts';
import { conclude, RunRecord } from '../../support/verdict/verdict.ts';
import {
  backup01,
  datastore,
  evidence,
  frontend01,
  host,
  hostFacts,
  image,
  jobsOf,
  login,
  looked,
  nightly,
  now,
  path,
  space,
  virtualMachine,
  wholeCloud,
} from '../made.ts';
import { messagesOf, type Reports, requirement } from '../told.ts';

interface State {
  readonly cloud: Audited;
  readonly profile?: 'audit' | 'gate';
  readonly waivers?: readonly Waiver[];
  readonly waiverNotes?: readonly string[];
  readonly actions?: readonly Action[];
  readonly only?: { readonly id: string; readonly subject: string };
  readonly name?: string;
  readonly ago?: number;
  /** False where nobody looks at Allure's page. */
  readonly allure?: boolean;
}

/** Writes such a run. */
export function writeState(
  reports: Reports,
  { cloud, profile = 'audit', waivers = [], waiverNotes = [], actions = [], only, name = 'production', ago, allure }: State,
): Promise<Written> {
  const planned = statementsOf(profile).filter(({ id }) => only === undefined || id === only.id);
  const store = new EvidenceStore(new Spool());
  const day = new Date().toISOString().slice(0, 10);
  const found: Record<string, readonly Found[]> = {};
  const requirements = planned.map(({ id, title, feature }, at) => {
    const check = checks.find((each) => each.id === id);
    const judgements = check
      ? judge(
          check,
          cloud,
          planned.map((each) => each.id),
        ).judgements
      : [];
    const wanted = judgements.filter(({ subject }) => only === undefined || subject?.name === only.subject);
    found[id] = wanted.map(({ evidence: answers, ...judgement }) => ({
      ...judgement,
      machine: answers[0]?.machine ?? '',
      exhibits: answers.map((answer) => store.exhibit(answer, judgement.outcome === 'met' ? 1024 : 8192)),
    }));
    const { outcome, reason } = conclude(found[id], id, { waivers, day });
    return requirement(outcome, { id, title, feature: `${feature}:${7 + at}`, reason, severity: severities.get(id) ?? assert.fail(id) });
  });
  const record = new RunRecord({ waivers, day });
  for (const message of messagesOf(requirements, { found })) record.add(message);
  return reports.write({
    ...{ of: requirements, found, name, ...(ago !== undefined && { ago }) },
    more: {
      ...{ profile, evidence: store, verdict: (faults) => record.verdict(faults), waiverNotes, actions: [...actions] },
      site: { ...cloud.site, name },
      scope: toScope(cloud.site.protect !== undefined, scopeOf(cloud)),
      ...(allure !== undefined && { allure }),
      ...(only && { onlyRequirements: [only.id], onlySubject: only.subject }),
    },
  });
}

/** As the features tag them. */
const severities = new Map(
  statements().map(({ id, feature }) => {
    const [, severity] =
      new RegExp(`@${id} .*@severity:(\\w+)`).exec(readFileSync(join(import.meta.dirname, '../..', feature), 'utf8')) ?? [];
    return [id, severity as Severity];
  }),
);

const kvm = (number: number) => `kvm${String(number).padStart(2, '0')}.example.net`;

/** What lies on the backup server of a VM's backup. */
const filesOf = (vm: string) =>
  [
    [`${vm}/5de970`, 'd', 4096],
    [`${vm}/5de970/disk.0.0`, 'f', 43_253_760],
    [`${vm}/5de970/vm.xml`, 'f', 4215],
  ].map(([at, type, bytes]) => ({
    path: String(at),
    type: String(type),
    bytes: Number(bytes),
    blocks: 8,
    changed: now,
    readable: true,
    writable: true,
  }));

/** A cloud of so many hosts, all well but those that `changes` are given for. */
export function cloudOf(hosts: number, login_: (name: string) => Partial<Login> = () => ({})): Audited {
  const { site, frontend, server, ...whole } = wholeCloud();
  const listed = Array.from({ length: hosts }, (_, at) => host(String(at), kvm(at + 1)));
  const answers = (name: string): Evidence[] => [
    evidence({
      machine: name,
      command: `ssh -v oneadmin@${backup01} hostname`,
      stdout: 'backup01\n',
      stderr: 'Authenticated to backup01.\n'.repeat(8),
    }),
  ];
  return {
    server: { ...server, stored: looked({ files: filesOf('0'), unread: new Map(), odd: 0 }, 'stored') },
    ...{ ...whole, site: { ...site, hosts: listed.map(({ name }) => name) } },
    frontend: { ...frontend, hosts: looked(listed, 'hosts') },
    hosts: listed.map((each) => hostFacts(each, { login: login(each.name, { evidence: answers(each.name), ...login_(each.name) }) })),
  };
}

const rekeyed = (from: string): Partial<Login> => ({
  hostKey: { type: 'ssh-ed25519', fingerprint: 'SHA256:wrong', standing: 'refused' },
  failure: { kind: 'refused', reason: 'host-key', message: 'Host key verification failed.' },
  evidence: [
    evidence({
      ...{ machine: from, command: `ssh -v oneadmin@${backup01} hostname`, exitCode: 255, stdout: '' },
      stderr: '@@@@@@@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\n@@@@@@@@@@@\nHost key verification failed.\n',
    }),
  ],
});

/** A server that was installed anew: nobody knows its key. */
export function rekeyedCloud(hosts: number, unmet = (_name: string) => true): Audited {
  const cloud = cloudOf(hosts, (name) => (unmet(name) ? rekeyed(name) : {}));
  if (!cloud.hosts.every(({ host: { name } }) => unmet(name))) return cloud;
  return {
    ...cloud,
    server: { ...cloud.server, login: login(frontend01, rekeyed(frontend01)), agentLogin: login(frontend01, rekeyed(frontend01)) },
  };
}

const waiver: Waiver = {
  ...{ requirement: 'BDS-204', owner: 'Jane Doe', reason: 'new disks are ordered', ticket: 'OPS-4711', expires: '2027-01-15' },
} as Waiver;

/** A backup server that is nearly full. */
export function full(): Audited {
  const cloud = cloudOf(3);
  const storage = space(`${path}/100`, { availableBytes: 7_740 * 2 ** 20, freePercent: 3 });
  return {
    ...cloud,
    server: { ...cloud.server, space: looked({ storage, tmp: space('/var/tmp') }, 'space') },
    frontend: { ...cloud.frontend, datastores: looked([datastore({ freeMb: 7_740 })], 'datastores') },
  };
}

export function unreachable(): Audited {
  const cloud = cloudOf(3);
  const failure: Failure = { kind: 'silent', message: 'no answer within 10 s' };
  const asked = [evidence({ machine: 'laptop', command: `ssh oneadmin@${frontend01}`, exitCode: null, stdout: '' })];
  return { ...cloud, frontend: { ...cloud.frontend, failure, account: '', asked } };
}

/** A smallest picture: one dot. */
const DOT = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A gate of which all is met, but for what is not asked. */
export function gateCloud(picture = DOT): Audited {
  const cloud = cloudOf(3);
  const [production, probe] = [virtualMachine({ id: '7', name: 'files01' }), virtualMachine({ name: 'backup-probe' })];
  const asked = (command: string, more: Partial<Evidence> = {}) => [evidence({ machine: frontend01, command, ...more })];
  const own = `${path}/100/0/5de970`;
  return {
    ...cloud,
    site: { ...cloud.site, test_vm: { id: 0, name: 'backup-probe', max_size: 10_240 } },
    frontend: { ...cloud.frontend, virtualMachines: looked([production, probe], 'virtual-machines') },
    server: { ...cloud.server, stored: looked({ files: filesOf('7'), unread: new Map(), odd: 0 }, 'stored') },
    backups: {
      ...cloud.backups,
      ...jobsOf(nightly('7')),
      images: looked(
        [1, 8].map((days) => image({ id: String(days), vms: ['7'], registered: now - days * 86_400, newest: now - days * 86_400 })),
        'images',
      ),
    },
    gate: {
      probe: { value: { folder: `${path}/100`, evidence: asked('mktemp') } },
      backup: {
        value: {
          before: probe,
          backup: {
            stage: 'done',
            started: true,
            found: '',
            inTheWay: [],
            image: image(),
            seconds: 14,
            evidence: asked('onevm backup 0 -d 100 --schedule now'),
          },
        },
      },
      files: {
        disks: [
          {
            disk: '0',
            path: `${own}/disk.0.0`,
            whole: true,
            bytes: 44_040_192,
            content: { value: { state: 'sound', said: 'No errors', allocated: 640 } },
          },
        ],
        description: { path: `${own}/vm.xml`, bytes: 4096, content: { value: { vm: '0', made: virtualMachine().made } } },
        evidence: asked('qemu-img check'),
      },
      restore: {
        ...{ stage: 'ready', found: '', seconds: 4, evidence: asked('oneimage restore 12') },
        comparisons: [{ disk: '0', content: 'equal', found: '', bytes: 44_040_192, evidence: asked('qemu-img compare') }],
        template: looked([], 'template'),
      },
      boot: {
        ...{ stage: 'runs', found: '', vm: '31', host: kvm(1), seconds: 15, notes: [], agentAnswers: true },
        evidence: asked('virsh screenshot one-31', { picture }),
      },
      cleanUp: {
        value: [{ run: 'r', undone: ['backup image 1 “0 23-Nov 05.00.46”', 'VM 31'], left: [], evidence: asked('onevm terminate 31') }],
      },
    },
  };
}

const made: readonly Action[] = [
  { what: 'a scheduled backup of VM backup-probe (0), action 3', state: 'changed' },
  { what: 'backup image 1 “0 23-Nov 05.00.46”', state: 'undone' },
  { what: 'VM 31, started from what was restored', state: 'undone' },
];

/** All but the merge, which is of several of them. */
export const states: Readonly<Record<string, () => State>> = {
  compliant: () => ({ cloud: cloudOf(3) }),
  waived: () => ({
    ...{ cloud: full(), waivers: [waiver] },
    waiverNotes: ['Unused waiver: BDS-104 is already met. Remove it from waivers.yaml. Owner: Jane Doe.'],
  }),
  'not-met-12-of-12': () => ({ cloud: rekeyedCloud(12) }),
  'not-met-1-of-100': () => ({ cloud: rekeyedCloud(100, (name) => name === kvm(42)) }),
  undetermined: () => ({ cloud: unreachable() }),
  gate: () => ({ cloud: gateCloud(), profile: 'gate', actions: made }),
  recheck: () => ({ cloud: rekeyedCloud(12, (name) => name === kvm(7)), only: { id: 'BDS-102', subject: kvm(7) } }),
};
