/** The tools that an audit is compared with. Each only runs the bare commands on every hypervisor; none judges, keeps or reports anything. */

/** Reaches the backup server from a hypervisor, and asks for the two programs of a backup: what the guide has one try by hand. */
const BARE = 'ssh -o BatchMode=yes oneadmin@backup01.example.net hostname && rsync --version && qemu-img --version';

/** The key exchange that an audit prefers. */
const CHEAP = '-o KexAlgorithms=curve25519-sha256';

/** The suite's command on the front-end. */
export const SUITE = '/opt/suite/bin/backup-compliance';
export const AUDIT = `${SUITE} audit --site site.yaml --reports reports`;

export interface Tool {
  readonly name: string;
  /** The program it needs, and the Debian packages that have it. */
  readonly needs?: readonly [program: string, debian: string];
  /** A bash script on the front-end, as oneadmin; `hosts` is a file of the hypervisors' names, a line each. */
  readonly script: string;
  /** Tried with slow hosts alone. */
  readonly isForSlow?: boolean;
  /** How many hosts answered. A figure of a run in which one did not would count for nothing. */
  readonly answered: (stdout: string, hosts: number) => number;
}

const perHost = (stdout: string) => stdout.match(/qemu-img version/g)?.length ?? 0;

const ANSIBLE = `export ANSIBLE_HOST_KEY_CHECKING=False ANSIBLE_PIPELINING=True ANSIBLE_LOCALHOST_WARNING=False \\
  ANSIBLE_SSH_ARGS='-C -o ControlMaster=no -o ForwardAgent=yes' ANSIBLE_FORKS=8 ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3`;

/** As testinfra has it: an assertion a command, a connection kept for all commands of a host. */
const TESTINFRA = `
import testinfra
hosts = ["ssh://" + line.strip() for line in open("hosts")]
def pytest_generate_tests(metafunc):
    metafunc.parametrize("host", [testinfra.get_host(name, ssh_extra_args="-o ForwardAgent=yes") for name in hosts], ids=hosts)
def test_ssh(host):
    assert host.run("ssh -o BatchMode=yes oneadmin@backup01.example.net hostname").rc == 0
def test_rsync(host):
    assert host.run("rsync --version").rc == 0
def test_qemu_img(host):
    assert host.run("qemu-img --version").rc == 0
`;

export const TOOLS: readonly Tool[] = [
  {
    name: 'audit',
    script: AUDIT,
    answered: (stdout, hosts) => (/^COMPLIANT /m.test(stdout) ? hosts : 0),
  },
  {
    name: 'its logins alone',
    script: `xargs -P8 -I{} ssh -A -o BatchMode=yes ${CHEAP} {} 'ssh -o BatchMode=yes ${CHEAP} oneadmin@backup01.example.net hostname' < hosts`,
    answered: (stdout) => stdout.match(/^backup01/gm)?.length ?? 0,
  },
  {
    name: 'xargs -P8 ssh',
    script: `xargs -P8 -I{} ssh -A -o BatchMode=yes {} '${BARE}' < hosts`,
    answered: perHost,
  },
  {
    name: 'pdsh -f 8',
    needs: ['pdsh', 'pdsh'],
    script: `PDSH_SSH_ARGS='-A -x -l%u %h' pdsh -R ssh -f 8 -w ^hosts '${BARE}'`,
    answered: perHost,
  },
  {
    name: 'pdsh -f 8, the key exchange of an audit',
    needs: ['pdsh', 'pdsh'],
    script: `PDSH_SSH_ARGS='-A -x -oKexAlgorithms=curve25519-sha256 -l%u %h' pdsh -R ssh -f 8 -w ^hosts '${BARE.replace('ssh ', `ssh ${CHEAP} `)}'`,
    answered: perHost,
  },
  {
    name: 'pdsh -f 32',
    needs: ['pdsh', 'pdsh'],
    script: `PDSH_SSH_ARGS='-A -x -l%u %h' pdsh -R ssh -f 32 -w ^hosts '${BARE}'`,
    answered: perHost,
    isForSlow: true,
  },
  {
    name: 'clush -f 8',
    needs: ['clush', 'clustershell'],
    script: `clush -f 8 -o -A --hostfile hosts '${BARE}'`,
    answered: perHost,
  },
  {
    name: 'ansible -m raw',
    needs: ['ansible', 'ansible-core'],
    script: `${ANSIBLE}; ansible all -i hosts -m raw -a '${BARE}'`,
    answered: perHost,
  },
  {
    name: 'ansible -m shell',
    needs: ['ansible', 'ansible-core'],
    script: `${ANSIBLE}; ansible all -i hosts -m shell -a '${BARE}'`,
    answered: perHost,
  },
  {
    name: 'testinfra, 8 workers',
    needs: ['py.test-3', 'python3-testinfra and python3-pytest-xdist'],
    script: `printf '%s' '${TESTINFRA}' > test_hosts.py; py.test-3 -p no:cacheprovider -q -n 8 test_hosts.py`,
    answered: (stdout) => Number(/(\d+) passed/.exec(stdout)?.[1] ?? 0) / 3,
  },
];
