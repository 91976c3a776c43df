/** The programs `onedatastore`, `onehost`, `onevm`, …: their commands, and the options all of them have. */
import { clusterCommands } from './commands/onecluster.ts';
import { datastoreCommands } from './commands/onedatastore.ts';
import { hostCommands } from './commands/onehost.ts';
import { imageCommands } from './commands/oneimage.ts';
import { templateCommands } from './commands/onetemplate.ts';
import { userCommands } from './commands/oneuser.ts';
import { vmCommands } from './commands/onevm.ts';
import { vnetCommands } from './commands/onevnet.ts';
import type { Command, Option } from './options.ts';

interface Program {
  commands: Record<string, Command>;
  /** Options of every command. */
  common: Option[];
  /** Commands that OpenNebula has, and the stand-in has not; to call what there is not at all ends well. */
  missing: string[];
}

const VERBOSE: Option = { name: 'verbose', short: '-v', long: '--verbose', description: 'Verbose mode' };
const COMMON: Option[] = [
  { name: 'help', short: '-h', long: '--help', description: 'Show this message' },
  { name: 'version', short: '-V', long: '--version', description: 'Show version and copyright information' },
  { name: 'user', long: '--user name', value: 'text', description: 'User name used to connect to OpenNebula' },
  { name: 'password', long: '--password password', value: 'text', description: 'Password to authenticate with OpenNebula' },
  { name: 'endpoint', long: '--endpoint endpoint', value: 'text', description: 'URL of OpenNebula RPC frontend' },
  { name: 'grpc', long: '--grpc', description: 'Use gRPC protocol to connect to OpenNebula' },
];
const ALL = [VERBOSE, ...COMMON];

const missing = (names: string): string[] => names.split(' ');

/** Every program by the name it is called by. */
export const PROGRAMS: Record<string, Program> = {
  onecluster: {
    commands: clusterCommands,
    common: ALL,
    missing: missing('addhost addvnet delete delhost delvnet'),
  },
  onedatastore: { commands: datastoreCommands, common: ALL, missing: [] },
  onehost: {
    commands: hostCommands,
    common: COMMON,
    missing: missing('flush importvm monitoring sync top'),
  },
  oneimage: {
    commands: imageCommands,
    common: ALL,
    missing: missing(
      'chtype clone create disable dockerfile enable lock nonpersistent orphans persistent resize snapshot-delete ' +
        'snapshot-flatten snapshot-revert top unlock',
    ),
  },
  onetemplate: {
    commands: templateCommands,
    common: ALL,
    missing: missing('clone create instantiate lock top unlock'),
  },
  oneuser: {
    commands: userCommands,
    common: ALL,
    missing: missing(
      'addgroup batchquota chauth chgrp defaultquota delete delgroup disable enable encode key list login passwd passwdsearch quota ' +
        'show token-create token-delete token-delete-all token-set umask update',
    ),
  },
  onevm: {
    commands: vmCommands,
    common: ALL,
    missing: missing(
      'create create-chart delete-chart deploy disk-attach disk-detach disk-resize disk-saveas disk-snapshot-create ' +
        'disk-snapshot-delete disk-snapshot-list disk-snapshot-rename disk-snapshot-revert exec lock migrate monitoring nic-attach ' +
        'nic-detach nic-update pci-attach pci-detach port-forward recover resched resize restore save sg-attach sg-detach snapshot-create ' +
        'snapshot-delete snapshot-list snapshot-revert ssh top unlock unresched update-chart vnc',
    ),
  },
  onevnet: {
    commands: vnetCommands,
    common: ALL,
    missing: missing(
      'addar addleases chgrp chmod chown create delete free hold lock orphans recover release rename reserve rmar rmleases top unlock ' +
        'update updatear',
    ),
  },
};
