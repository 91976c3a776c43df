/** Faults of bridge hosts. A lab has none unless it is asked for them. */
import { AGENT, admin, type Fault, overHostSays, succeeds } from './fault.ts';
import { missing } from './programs.ts';
import { sshd } from './ssh.ts';

const SYSTEM = '/var/lib/one/datastores/0';

export const bridges: Readonly<Record<string, Fault>> = {
  'bridge-no-login': sshd('the SSH server of bridge01 refuses to forward agents', 'bridge01', {
    lines: 'AllowAgentForwarding no',
    looks: overHostSays('bridge01', /Permission denied/),
  }),
  'bridge-tool-missing': missing('du', 'bridge01'),
  'bridge-other-path': {
    what: `bridge01 has another system datastore at ${SYSTEM} than the hypervisor hosts`,
    break: (lab) => admin(lab, 'bridge01', `mount -n -t tmpfs none ${SYSTEM}`),
    repair: (lab) => admin(lab, 'bridge01', `umount -n ${SYSTEM}`),
    isBroken: async (lab) => !(await succeeds(lab, 'bridge01', 'test', '-e', `${SYSTEM}/0`)),
  },
};

/** Whether a fault is one of them. */
export const isOfBridges = (name: string): boolean => Object.hasOwn(bridges, name);

/** A command line on a bridge host, as the driver reaches it: with the front-end's agent lent. */
export const onBridge = (bridge: string, command: string): string =>
  `SSH_AUTH_SOCK=${AGENT} ssh -A -o BatchMode=yes -o ConnectTimeout=2 ${bridge}.example.net ${command}`;
