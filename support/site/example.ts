import { stringify } from 'yaml';
import { count } from '../outcome/figures.ts';
import { inPeriods } from '../outcome/period.ts';

/** Where OpenNebula keeps datastores unless DATASTORE_LOCATION says otherwise. */
export const STOCK = '/var/lib/one/datastores';

/** VMs, and the longest time between two of their restore points, seconds; undefined where there are no two. */
interface Backed {
  readonly vms: number;
  readonly gap?: number;
}

/** What a cloud has to protect: its VMs, all of them and those of each label. */
export interface ProductionFacts extends Backed {
  readonly labels: readonly (Backed & { readonly label: string })[];
}

/** Marks what nobody but the reader knows. */
export const FILL_IN = 'FILL IN';

/** What a new site file says of a cloud; all else is the default. `bridges`: BRIDGE_LIST, where there is one. */
export interface SiteFacts {
  readonly name: string;
  readonly frontend: string;
  /** What “protect” is drafted by; without it the block is an example. */
  readonly production?: ProductionFacts | undefined;
  /** `path` where it is not the stock one. */
  readonly datastore: {
    readonly name: string;
    readonly rsync_user: string;
    readonly rsync_host: string;
    readonly path?: string;
    readonly bridges?: readonly string[];
  };
}

const value = (text: string): string => stringify(text).trimEnd();

/** Seconds that an RPO leaves for a backup to take longer than the last ones. */
const SPARE = 2 * 3600;

/** The RPO that backups with such gaps keep, in whole hours. */
export const rpoFor = (gap: number): string => `${Math.ceil((gap + SPARE) / 3600)}h`;

/** A setting, and what is to be said of it, in columns as in the rest of the block. */
const column = (setting: string, remark: string): string => `${`#   ${setting}`.padEnd(35)} # ${remark}`;

/** The block “protect”, commented out: an example, or what is known of a cloud. */
function protectText(production: ProductionFacts | undefined): string {
  const list = 'a list: [{ name: "web-*" }, { label: Gold }]';
  const newest = 'the newest restore point is at most this old';
  const except = '{ name: "scratch-*", owner: Jo, reason: rebuilt nightly, expires: 2027-06-30 }';
  const gap = production?.gap;
  const found = gap === undefined ? 'no two restore points of one VM were found' : `the longest gap found is ${inPeriods(gap)}`;
  const classes = (production?.labels ?? []).map(({ label, vms, gap: own }) => {
    const owed = stringify({ label, ...(own !== undefined && { rpo: rpoFor(own) }) }, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
    return column(`  - ${owed}`, count(vms, 'VM') + (own === undefined ? '' : `, longest gap ${inPeriods(own)}`));
  });
  return [
    '# protect:',
    column('vms: all', production ? `${count(production.vms, 'VM')} now, the test_vm included; or ${list}` : `or ${list}`),
    // As it is, an example of an exception matches nothing in a cloud.
    ...(production ? [`#   # except: [${except}]`] : [column('except:', 'out of scope, shown in the report'), `#     - ${except}`]),
    column(`rpo: ${gap === undefined ? '26h' : rpoFor(gap)}`, production ? `${newest}; ${found}` : newest),
    column('restore_points: 2', 'at least so many'),
    column('keep_for: 7d', 'the oldest is at least this old, once the VM is'),
    column(production ? '# rto: 4h' : 'rto: 4h', 'a restore takes at most this long (default: not checked)'),
    column('quiesced: false', 'true: FS_FREEZE must be AGENT or SUSPEND'),
    column('datastores: declared', 'or any: in which datastores restore points count'),
    column('disks: all', 'or selected: disks that DISK_IDS leaves out are left out on purpose'),
    ...(production && classes.length === 0 ? [] : [column('classes:', 'the first that matches a VM overrides these keys')]),
    ...(production ? classes : ['#     - { label: Gold, rpo: 4h, restore_points: 14, keep_for: 30d }']),
  ].join('\n');
}

/** A site file with every setting in it, commented: what `init` writes, and what site.example.yaml is. */
export function siteText({ name, frontend, datastore, production }: SiteFacts): string {
  return `# What backup-compliance expects of this cloud. A commented-out setting shows its default, or an example. Remove the # to change it.

# The name of this cloud in reports.
name: ${value(name)}

# Where OpenNebula runs: "local" on the front-end itself, or ssh://oneadmin@frontend01.example.net from outside.
frontend: ${value(frontend)}

# The backup datastore as it ${datastore.rsync_host === '' ? 'is to be' : 'was'} registered.
datastore:
  name: ${value(datastore.name)}
  rsync_user: ${value(datastore.rsync_user)}
  rsync_host: ${datastore.rsync_host === '' ? `""   # ${FILL_IN}: the backup server's name, as front-end and hypervisor hosts call it` : value(datastore.rsync_host)}
  # The storage directory on the backup server.
  ${datastore.path === undefined ? `# path: ${STOCK}` : `path: ${value(datastore.path)}`}
  # Storage is mounted there, as a separate file system (default: true; false: it need not be).
  # mounted: true
  # The directory has exactly this mode (default: full access for its owner, no write access for others).
  # mode: "0775"
  # Attributes of the datastore's template that you set on purpose. All others are expected to have OpenNebula's defaults.
  # template: { RSYNC_ARGS: "-aS", RSYNC_TMP_DIR: /var/tmp }
  # Machines that send the backups in place of the hypervisor hosts, whose system datastores they see at the same path: BRIDGE_LIST, from
  # OpenNebula 7.2 on (default: none).
  ${datastore.bridges === undefined ? '# bridge_list: [bridge01.example.net]' : `bridge_list: [${datastore.bridges.map(value).join(', ')}]`}
  # The template file on the front-end: setup writes it and registers the datastore from it (~: the account's home).
  # template_file: ~/ds_rsync_backup.txt

# Percent that must be free: in storage, of its inodes, in RSYNC_TMP_DIR, and where each hypervisor host stages a backup.
# free_percent: { storage: 10, storage_inodes: 5, rsync_tmp_dir: 5, staging: 10 }

# The hypervisor hosts: all that OpenNebula lists, or a list of names. With a list, a host that is missing on either side is a finding.
hosts: all

# How many hosts are asked at a time. At most 8 of them log in to the backup server at once (MaxStartups of its sshd). From outside the
# front-end (frontend: ssh://...), at most 8 are asked at a time: sshd on the front-end limits the sessions of one connection.
# hosts_at_once: 32

# The test VM, which is not in production, with data on its disk: a gate backs it up, and only if id and name both match. Its disks together are
# at most max_size.
# test_vm: { id: 0, name: backup-probe, max_size: 10 GiB }

# The restore test: the image datastore to restore into, and a directory on the front-end to compare the disks in.
# “boot”: a gate starts the restored test VM without network, then removes it.
# “sample”: a gate also restores the newest backups of so many production VMs, none larger than max_size. It never starts them.
# “canary”: a gate creates a VM of this template on per_run hypervisor hosts, at_once at a time, backs each up, restores the backup and removes
# everything. The hosts take turns (hosts: all, or a list of names). A proof counts for proven_within. The template has no network and no
# persistent image.
# restore: { datastore: default, tmp_dir: /var/tmp, boot: true, sample: { vms: 1, max_size: 50 GiB },
#   canary: { template: backup-canary, at_once: 2, per_run: 10, proven_within: 30d, hosts: all } }

# What production is owed. Without this block nobody checks whether VMs are backed up, and "sample" takes all but the test_vm for production.
# ${production ? 'Drafted from this cloud: remove one # of each line to declare it.' : 'The values are the defaults, except those of except, rto and classes, which are examples.'}
# VMs are selected by name (with *), id, label, group or cluster; all that is given must match. A label is one of LABELS in the VM's own
# template (onevm update), in any case. Those that Sunstone 7 sets are kept elsewhere, and do not count.
${protectText(production)}

# The account that OpenNebula runs as on the front-end.
# account: oneadmin

# The ssh-agent that is forwarded to the hypervisor hosts, with the front-end's key.
# ssh_agent_socket: /var/run/one/ssh-agent.sock

# Deadlines in seconds: connect and command for each machine; of a gate, until the scheduler starts the backup, for a backup, a restore, the
# start of a restored VM, the clean-up. job: a backup that runs longer than this counts as hung. run: the whole run (default: 120, plus 2 for
# each hypervisor host and 1 for every 20 VMs; a gate 1800 more, and what restore.sample and restore.canary may take).
# deadlines: { connect: 10, command: 30, schedule: 60, backup: 600, restore: 600, boot: 120, cleanup: 300, job: 21600 }

# How long a verdict counts: "status" ends with 5 when the newest one is older. Minutes, hours or days: 90m, 24h, 7d.
# valid_for: 24h

# Runs that stay in the reports folder: so many of the newest, and all younger than so many days. The newest run, and the newest one that
# was not compliant, are never deleted.
# retention: { runs: 30, days: 90 }

# The oldest versions that are accepted.
# programs: { rsync: "3.1.0", qemu_img: "2.5" }

# The key that signs SHA256SUMS of each run: a private key without passphrase, or a public key whose private half is in the ssh-agent
# (default: not signed). Check a signature with: backup-compliance verify-evidence
# evidence: { sign_with: ~/.ssh/id_ed25519.pub }

# The folder from which Prometheus' node_exporter reads metrics (--collector.textfile.directory; default: none are written).
# outputs: { prometheus: /var/lib/prometheus/node-exporter }
`;
}

export const example: SiteFacts = {
  name: 'production',
  frontend: 'local',
  datastore: { name: 'rsync Backups', rsync_user: 'oneadmin', rsync_host: 'backup01.example.net' },
};
