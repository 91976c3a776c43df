import type { Lab } from '../../../lab/machines/lab.ts';
import { admin } from '../../../lab/worlds/tools.ts';
import { type Fault, files, prints, together } from '../faults.ts';
import type { World } from '../world.ts';

const machines = ['frontend01', 'kvm01', 'kvm02', 'backup01'];
const each = (work: (machine: string, number: number) => Promise<unknown>) => Promise.all(machines.map((name, at) => work(name, at + 1)));
/** The lab's machines speak IPv4 only until they are told to. */
const addresses: Fault = {
  what: '',
  break: (lab: Lab) =>
    each((machine, number) =>
      admin(lab, machine, `echo 0 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6; ip -6 addr add fd00::${number}/64 dev eth0 nodad`),
    ),
  repair: (lab: Lab) => each((machine) => admin(lab, machine, 'echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6')),
  isBroken: prints('backup01', /./, 'hostname'),
};

export default {
  ...together(
    'the name of backup01 has an IPv6 address only',
    [
      addresses,
      ...machines.slice(0, 3).map((on) =>
        files(
          '',
          {
            on,
            files: ['/etc/hosts'],
            script: "sed 's/^198.18.2.1 /fd00::4 /' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts; rm /tmp/hosts",
          },
          prints(on, /./, 'hostname'),
        ),
      ),
    ],
    prints('kvm02', /^fd00::4 /, 'getent', 'ahosts', 'backup01.example.net'),
  ),

  flips: {},
  reasons: {},
} satisfies World;
