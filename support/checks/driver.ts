import { releaseOf } from '../facts/frontend.ts';
import { type HostFacts, subjectOf } from '../facts/host.ts';
import type { Libvirt } from '../facts/libvirt.ts';
import { compareVersions } from '../facts/release.ts';
import { comparedOf, type Differences, type Lacking, lackingOf, ONED_CONF, STOCK_SCRIPTS } from '../facts/scripts.ts';
import { quote } from '../machines/quote.ts';
import type { ListedVirtualMachine } from '../opennebula/pools.ts';
import type { Looked } from '../outcome/evidence.ts';
import { blockedBy, expecting, firstFew, type Judgement, withoutStop } from '../outcome/judgement.ts';
import { check } from './check.ts';
import { together } from './programs.ts';

/** BDS-305: the driver's scripts are on every host, as on the front-end. */
export const scriptsAreOnHosts = check('BDS-305', ['hosts'], ({ frontend, hosts }) => {
  const { name: machine, settings, scripts, datastores } = frontend;
  if ('fault' in scripts) return expecting(machine, "the driver's scripts, to compare those of the hosts with").unseen(scripts);
  const systems = 'value' in datastores ? datastores.value.filter(({ type }) => type === 'sys') : [];
  const lacking = lackingOf(
    scripts.value,
    systems.map(({ tmMad }) => tmMad),
    releaseOf(frontend),
  );
  const gone = faultsIn({ ...lacking, other: [] });
  const own = expecting(machine, "the driver's scripts, which OpenNebula runs there and brings to hosts").notMet({
    found: `that ${gone.join('; ')}`,
    fix: `Reinstall OpenNebula's packages on ${machine}. Then: onehost sync --force`,
    subject: { kind: 'machine', name: machine },
    evidence: scripts.evidence,
  });
  const known = 'value' in settings ? settings.value : undefined;
  const folder = known?.scripts ?? STOCK_SCRIPTS;
  const guessed = known === undefined || (known.unread !== undefined && known.scripts === undefined);
  const note = `oned.conf could not be read on ${machine}: the scripts were looked for in ${STOCK_SCRIPTS}, its default.`;
  const measured = `${comparedOf(scripts.value).length} scripts, the same as on ${machine}`;
  const onHosts = hosts.map((facts) => {
    const { host } = facts;
    const subject = subjectOf(host);
    const expected = expecting(host.name, `the driver's scripts in ${folder} as they are on ${machine}`);
    if ('fault' in facts.scripts) return expected.unseen(facts.scripts, { subject });
    const { value, evidence } = facts.scripts;
    // Not the front-end's list, which is long: it would stand in the report once for each host.
    const more = { subject, evidence };
    const sync = `On ${machine}: onehost sync --force ${quote([host.name])} (without --force it may do nothing).`;
    // Where they should be is not known: that they are not here proves nothing.
    const [wrong, repair] = guessed
      ? (['undetermined', `Let the account read ${ONED_CONF} on ${machine}, which says where they should be. ${note}`] as const)
      : (['notMet', sync] as const);
    if (value === 'absent') return expected[wrong]({ found: `that ${folder} is not there, or cannot be entered`, fix: repair, ...more });
    const found = faultsIn(value);
    if (found.length === 0) return expected.met({ ...more, measured, ...(guessed && { note }) });
    // Mounted noexec, nothing there may be run, whatever its mode says.
    const mounted =
      value.notExecutable.length > 0 ? ` If that does not help, look whether programs may be run there: findmnt -T ${quote([folder])}` : '';
    return expected[wrong]({ found: `that ${found.join('; ')}`, fix: repair + mounted, ...more });
  });
  return [...(gone.length > 0 ? [own] : []), ...onHosts];
});

const faultsIn = ({ missing, empty = [], other, notExecutable }: Differences & Partial<Lacking>): string[] => [
  ...told(missing, 'cannot be read or is missing', 'cannot be read or are missing'),
  ...told(empty, 'is empty', 'are empty'),
  ...told(other, 'is another version', 'are another version'),
  ...told(notExecutable, 'may not be run', 'may not be run'),
];

/** The first of these scripts, what is wrong with it, and how many more there are. */
function told(scripts: readonly string[], one: string, several: string): string[] {
  const [first] = scripts;
  if (first === undefined) return [];
  return [scripts.length === 1 ? `${first} ${one}` : `${first} and ${scripts.length - 1} more ${several}`];
}

/** The oldest libvirt for a backup, and for increments. Source: OpenNebula's documentation of backups, requirements. */
const LEAST = { full: '5.5', increments: '7.7' };

/** BDS-306: libvirt answers on every host, is new enough, and what limits the driver's commands is there. */
export const libvirtAnswers = check('BDS-306', ['hosts'], ({ frontend: { virtualMachines }, hosts, site }) =>
  hosts.map((facts) => {
    const limits = judgeLimits(facts);
    const libvirt = judgeLibvirt(facts, virtualMachines, site.account);
    return together([libvirt, ...limits], subjectOf(facts.host));
  }),
);

function judgeLibvirt(
  { host: { name }, libvirt: looked }: HostFacts,
  machines: Looked<readonly ListedVirtualMachine[]>,
  account: string,
): Judgement {
  const expected = expecting(name, `libvirt ${LEAST.full} or newer to answer ${account}`);
  if ('fault' in looked) return expected.unseen(looked);
  const { value: libvirt, evidence } = looked;
  if (libvirt.state === 'unasked') return blockedBy('BDS-304', `finds no virsh on ${name} that runs`);
  if (libvirt.state === 'refuses')
    return expected.notMet({ found: `“${withoutStop(libvirt.said)}”`, fix: adviceFor(libvirt, name, account), evidence });
  const { version } = libvirt;
  const measured = (least: string) => `libvirt ${version} (needs ${least})`;
  const fix = `Upgrade libvirt on ${name}, or restart its daemon if that was done: systemctl restart libvirtd`;
  if (compareVersions(version, LEAST.full) < 0) return expected.notMet({ found: version, fix, measured: measured(LEAST.full), evidence });
  if (compareVersions(version, LEAST.increments) >= 0) return expected.met({ measured: measured(LEAST.increments), evidence });
  if ('fault' in machines) return expecting(name, `libvirt ${LEAST.increments} or newer if increments are kept`).unseen(machines);
  const keepers = machines.value.filter(({ keepsIncrements }) => keepsIncrements).map((vm) => `${vm.name} (${vm.id})`);
  if (keepers.length === 0) return expected.met({ measured: measured(LEAST.full), evidence });
  return expecting(name, `libvirt ${LEAST.increments} or newer, since ${firstFew(keepers)} keeps increments`).notMet({
    ...{ found: version, fix, measured: measured(LEAST.increments), evidence },
  });
}

function adviceFor({ said }: Extract<Libvirt, { state: 'refuses' }>, name: string, account: string): string {
  if (/Permission denied|[Aa]uthenticat|polkit/.test(said))
    return `Let ${account} use libvirt on ${name}: usermod -aG libvirt ${account}, and unix_sock_group in /etc/libvirt/libvirtd.conf. Then restart it: systemctl restart libvirtd`;
  if (/No such file or directory|Connection refused|Failed to connect socket/.test(said))
    return `Start libvirt on ${name}: systemctl start libvirtd (where it is modular, virtqemud)`;
  return `Look at it on ${name}, as ${account}: virsh --connect qemu:///system version --daemon`;
}

/** What the datastore's saved limits need on a machine that the driver runs commands on. */
export function judgeLimits({
  subject: { name },
  confinement: looked,
  limits,
}: Pick<HostFacts, 'subject' | 'confinement' | 'limits'>): Judgement[] {
  if (limits.length === 0) return [];
  const attributes = limits.join(', ');
  const expected = expecting(name, `what runs backups under ${attributes} there`);
  if ('fault' in looked) return [expected.unseen(looked)];
  const { value, evidence } = looked;
  const { missing, broken = [], bus, units, refused } = value;
  const instead = `or take the limit from the datastore (${attributes})`;
  if (missing.length > 0) {
    const names = missing.map(({ name: program, packageName }) => `${program} (package ${packageName})`).join(', ');
    return [expected.notMet({ found: `missing: ${names}`, fix: `Install them on ${name}, ${instead}.`, evidence })];
  }
  if (broken.length > 0) {
    const names = broken.map(({ program, said }) => `${program.name} (package ${program.packageName}): “${withoutStop(said)}”`).join(', ');
    return [expected.notMet({ found: `there, but not running: ${names}`, fix: `Repair them on ${name}, ${instead}.`, evidence })];
  }
  if (refused !== undefined)
    return [expected.notMet({ found: `“${withoutStop(refused)}”`, fix: `Save a priority that ${name} takes, ${instead}.`, evidence })];
  if (units !== undefined)
    return [
      expected.notMet({
        found: `that ${units}, where the driver writes its slice`,
        fix: `Let the account make ~/.config/systemd/user on ${name}, ${instead}.`,
        evidence,
      }),
    ];
  if (bus !== undefined)
    return [
      expected.notMet({
        found: `no user bus: “${withoutStop(bus)}”`,
        fix: `Let systemd keep one for the account that the driver logs in as, on ${name}: loginctl enable-linger, ${instead}.`,
        evidence,
      }),
    ];
  return [expected.met({ evidence })];
}
