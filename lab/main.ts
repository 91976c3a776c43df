/** The embedded lab on the command line: `npm run -s lab -- up`, and so on. */
import { parseArgs } from 'node:util';
import { breakFault, brokenFaults, FAULTS, faultNamed, repairFault } from './faults/index.ts';
import { Lab, naming } from './machines/lab.ts';
import { NEWEST, RELEASES, releaseNamed } from './opennebula/releases.ts';

const USAGE = `Usage: npm run -s lab -- COMMAND [--name NAME]

  up [--hosts N]         bring up a cloud in miniature, with N hypervisor hosts (2); it stays until "down"
     [--bridge N]        with N bridge hosts, which send the backups
     [--no-datastore]    without the backup datastore
     [--production]      with six VMs of production, and their backups
     [--release R]       of OpenNebula R: ${Object.keys(RELEASES).join(', ')} (${NEWEST})
  down                   remove the lab and everything it made
  status                 say what is up, and what is broken
  shell HOST [-- CMD…]   a shell, or a command, on one of its machines, as oneadmin
  run -- CMD…            a command on its network, from outside of all machines
  break FAULT            break something
  repair FAULT           repair it
  faults                 list the faults

Labs of different names (the name is "lab", if not given) do not know of each other.`;

type Call = {
  name: string;
  hosts: number;
  bridges: number;
  datastore: boolean;
  production: boolean;
  release: string;
  rest: string[];
  command: string[];
};

const COMMANDS: Record<string, (call: Call) => unknown> = {
  async up({ name, hosts, bridges, datastore, production, release }) {
    const started = performance.now();
    const lab = await Lab.upToStay({
      name,
      hosts,
      bridges,
      datastore,
      production,
      boot: true,
      canary: true,
      release: releaseNamed(release),
    });
    const more = naming(name);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`The lab "${name}" is up after ${seconds} s: ${listed(lab)}. OpenNebula ${release}, virsh and the guests are stand-ins. Next:
  npm run -s lab -- shell frontend01${more}
  npm run -s lab -- run${more} -- ssh oneadmin@frontend01.example.net onedatastore list
  npm run -s lab -- break sshd-down${more}
  npm run -s lab -- down${more}`);
  },
  down: ({ name }) => Lab.attach(name).down(),
  status({ name }) {
    const lab = Lab.attach(name);
    console.log(`The lab "${name}" is up: ${listed(lab)}\nBroken: ${brokenFaults(lab).join(', ') || 'nothing'}\nFolder: ${lab.dir}`);
  },
  async shell({ name, rest: [host], command }) {
    if (!host) throw new Error('shell on which machine? For example: npm run -s lab -- shell frontend01');
    return passThrough(Lab.attach(name).shell(host, command.length > 0 ? command : ['bash', '--login'], { passThrough: true }));
  },
  async run({ name, command }) {
    if (command.length === 0) throw new Error('run what? For example: npm run -s lab -- run -- ssh oneadmin@frontend01.example.net');
    return passThrough(Lab.attach(name).run(command, { passThrough: true }));
  },
  async break({ name, rest: [fault = ''] }) {
    const { what } = faultNamed(fault);
    await breakFault(Lab.attach(name), fault);
    console.log(`Broken: ${what}. Repair it: npm run -s lab -- repair ${fault}${naming(name)}`);
  },
  async repair({ name, rest: [fault = ''] }) {
    await repairFault(Lab.attach(name), fault);
    console.log(`Repaired: ${fault}`);
  },
  faults() {
    const width = Math.max(...Object.keys(FAULTS).map((name) => name.length));
    for (const [name, { what }] of Object.entries(FAULTS)) console.log(`${name.padEnd(width)}  ${what}`);
  },
};

function listed(lab: Lab): string {
  const names = lab.machines.map(({ name }) => name);
  return (names.length > 8 ? [...names.slice(0, 3), '…', ...names.slice(-2)] : names).join(', ');
}

/** Ctrl-C is for the command, which shares our terminal; its exit code is ours. */
async function passThrough(result: Promise<{ exitCode: number }>): Promise<number> {
  process.on('SIGINT', () => {});
  return (await result).exitCode;
}

async function main(argv: string[]): Promise<number> {
  const dashes = argv.indexOf('--');
  const [own, command] = dashes < 0 ? [argv, []] : [argv.slice(0, dashes), argv.slice(dashes + 1)];
  const options = {
    name: { type: 'string', default: 'lab' },
    hosts: { type: 'string', default: '2' },
    bridge: { type: 'string', default: '0' },
    'no-datastore': { type: 'boolean', default: false },
    production: { type: 'boolean', default: false },
    release: { type: 'string', default: NEWEST },
    help: { type: 'boolean' },
  } as const;
  const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true });
  const [verb = '', ...rest] = positionals;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const run = COMMANDS[verb];
  if (!run) throw new Error(`${verb ? `unknown command '${verb}'` : 'command required'}\n\n${USAGE}`);
  if (rest.length > 1) throw new Error(`"${rest.slice(1).join(' ')}" is too much. A command to run comes after --`);
  const { name, hosts, bridge, production, release } = values;
  const result = await run({
    name,
    hosts: Number(hosts),
    bridges: Number(bridge),
    datastore: !values['no-datastore'],
    production,
    release,
    rest,
    command,
  });
  return typeof result === 'number' ? result : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`lab: ${(error as Error).message}`);
  process.exitCode = 1;
}
