/** Looks at VM 0 for so many seconds, as a gate does that waits for a backup: `node bench/wait.ts SECONDS`, on the lab's front-end. */
import { LocalShell } from '../support/machines/local.ts';
import { waitUntil } from '../support/opennebula/ask.ts';
import { parseVirtualMachine } from '../support/opennebula/pools.ts';
import { peek } from '../support/opennebula/xmlrpc.ts';

const shell = new LocalShell();
const looked = await waitUntil(
  () => peek(shell, '0', parseVirtualMachine, 30),
  () => false,
  { deadline: Number(process.argv[2]) },
);
if ('fault' in looked) throw new Error(looked.fault);
