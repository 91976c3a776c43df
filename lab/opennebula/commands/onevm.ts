/** `onevm`: virtual machines, their backups, and what is done with them at once or later. */
import { templateText } from '../format.ts';
import { byName, type Command, type Context, idsOf, type Option, textOf, type Values } from '../options.ts';
import { all, type Tree } from '../tree.ts';
import { forEach, ownerCommands, renameCommand, saying, updateCommand } from './change.ts';
import { APPEND, newContents } from './contents.ts';
import { DATASTORE, KINDS } from './kinds.ts';
import { LIST_OPTIONS, listCommand, showCommand } from './list-and-show.ts';
import { SCHEDULES, schedule, scheduledCommands } from './schedules.ts';

const EXTENDED: Option = { name: 'extended', long: '--extended', description: 'Show info extended (it only works with xml output)' };

const UPDATECONF = `Updates the configuration of a VM. Valid states are: running, pending,
failure, poweroff, undeploy, hold or cloning.
In running state only changes in CONTEXT and BACKUP_CONFIG take effect
immediately, other values may need a VM restart.

This command accepts a template or opens an editor.
A template can be passed as a file with or the content via STDIN
Bash symbols must be escaped on STDIN passing

The full list of configuration attributes are:

OS        = ["ARCH", "MACHINE", "KERNEL", "INITRD", "BOOTLOADER", "BOOT", "KERNEL_CMD", "ROOT", "SD_DISK_BUS", "UUID", "FIRMWARE", "FIRMWARE_FORMAT"]
FEATURES  = ["ACPI", "PAE", "APIC", "LOCALTIME", "HYPERV", "GUEST_AGENT", "VIRTIO_SCSI_QUEUES", "VIRTIO_BLK_QUEUES", "IOTHREADS", "MIGRATE_AUTO_CONVERGE", "MIGRATE_COMPRESSED"]
INPUT     = ["TYPE", "BUS"]
GRAPHICS  = ["TYPE", "LISTEN", "PASSWD", "KEYMAP", "COMMAND"]
VIDEO     = ["TYPE", "IOMMU", "ATS", "VRAM", "RESOLUTION"]
RAW       = ["DATA", "DATA_VMX", "TYPE", "VALIDATE"]
CPU_MODEL = ["MODEL", "FEATURES"]
BACKUP_CONFIG = ["FS_FREEZE", "KEEP_LAST", "BACKUP_VOLATILE", "MODE", "INCREMENT_MODE", "INTERACTIVE"]
CONTEXT (any value, ETH* if CONTEXT_ALLOW_ETH_UPDATES set in oned.conf, **variable substitution will be made**)`;

async function backUp({ client, values, args, print }: Context): Promise<void> {
  const id = idsOf(args[0])[0];
  const datastore = Number(textOf(values, 'datastore') ?? -1);
  await client.call('vm.backup', id, datastore, values.reset === true).catch(saying('Error creating VM backup: '));
  if (values.verbose) print(`VM ${id}: Backup`);
}

async function scheduleBackup(context: Context): Promise<void> {
  const { values } = context;
  await schedule(context, 'backup', `${textOf(values, 'datastore') ?? -1},${values.reset === true ? 1 : 0}`);
}

async function updateConf(context: Context): Promise<void> {
  const { client, values, args, print } = context;
  const id = idsOf(args[0])[0];
  const parts = ['OS', 'FEATURES', 'INPUT', 'GRAPHICS', 'VIDEO', 'RAW', 'CONTEXT', 'CPU_MODEL'];
  const contents = async () => {
    const vm = await client.call<Tree>('vm.info', id).catch(saying('ERROR: '));
    const template = Object.fromEntries(parts.flatMap((part) => all(vm, `TEMPLATE/${part}`).map((value) => [part, value])));
    return templateText({ TEMPLATE: { ...template, BACKUP_CONFIG: all(vm, 'BACKUPS/BACKUP_CONFIG') } }, 'TEMPLATE');
  };
  // The editor has the configuration there is, even for what is appended.
  const source = await newContents({ ...context, values: { ...values, append: false } }, contents);
  await client.call('vm.updateconf', id, source, values.append === true);
  if (values.verbose) print(`VM ${id}: Updating VM configuration`);
}

const HARD: Option = { name: 'hard', long: '--hard', description: 'Does not communicate with the guest OS' };

/** A command that is an action of oned's; with `hard` there is one that does not ask the guest. */
function actionCommand(name: string, done: string, description: string, hard = false): Command {
  const action = (values: Values) => (values.hard === true ? `${name}-hard` : name);
  const atOnce = forEach(KINDS.vm, done, (client, id, values) => client.call('vm.action', action(values), id));
  const run = (context: Context) => (context.values.schedule === undefined ? atOnce(context) : schedule(context, action(context.values)));
  return { args: ['range|vmid_list'], description, options: [...SCHEDULES, ...(hard ? [HARD] : [])].sort(byName), run };
}

export const vmCommands: Record<string, Command> = {
  backup: {
    args: ['vmid'],
    description: 'Creates a VM backup on the given datastore\n\nStates: RUNNING, POWEROFF',
    options: [
      DATASTORE,
      ...SCHEDULES,
      { name: 'reset', long: '--reset', description: 'Creates a new backup image, from a new full backup (only for incremental)' },
    ].sort(byName),
    run: async (context) => (context.values.schedule === undefined ? backUp(context) : scheduleBackup(context)),
  },
  'backup-cancel': {
    args: ['vmid'],
    description: 'Cancels an active VM backup operation\n\nStates: RUNNING, POWEROFF',
    options: [],
    run: forEach(KINDS.vm, 'Canceling backup', (client, id) =>
      client.call('vm.backupcancel', id).catch(saying('Error canceling VM backup: ')),
    ),
  },
  ...ownerCommands(KINDS.vm),
  ...scheduledCommands,
  list: listCommand(KINDS.vm, ['filterflag?'], [EXTENDED, ...LIST_OPTIONS]),
  rename: renameCommand(KINDS.vm),
  show: showCommand(KINDS.vm),
  update: updateCommand(KINDS.vm, 'USER_TEMPLATE'),
  updateconf: {
    args: ['vmid', 'file?'],
    description: UPDATECONF,
    options: [APPEND],
    run: updateConf,
  },
  hold: actionCommand(
    'hold',
    'put on hold',
    'Sets the given VM on hold. A VM on hold is not scheduled until it is released.\n\nStates: PENDING',
  ),
  poweroff: actionCommand(
    'poweroff',
    'shutting down',
    'Powers off the given VM. The VM will remain in the poweroff state, and\n' +
      "can be powered on with the 'onevm resume' command.\n\nStates: RUNNING",
    true,
  ),
  reboot: actionCommand('reboot', 'rebooting', 'Reboots the given VM.\n\nStates: RUNNING', true),
  release: actionCommand('release', 'released', "Releases a VM on hold. See 'onevm hold'\n\nStates: HOLD"),
  resume: actionCommand(
    'resume',
    'resuming',
    'Resumes the execution of the a saved VM\n\nStates: STOPPED, SUSPENDED, UNDEPLOYED, POWEROFF, UNKNOWN',
  ),
  stop: actionCommand('stop', 'stopping', 'Stops a running VM.\n\nStates: RUNNING'),
  suspend: actionCommand(
    'suspend',
    'suspending',
    "Saves a running VM. It is the same as 'onevm stop', but the files\nare left in the remote machine.\n\nStates: RUNNING",
  ),
  terminate: actionCommand(
    'terminate',
    'terminating',
    'Terminates the given VM. The VM life cycle will end.\n\nStates: ANY (except for transient states)',
    true,
  ),
  undeploy: actionCommand(
    'undeploy',
    'shutting down',
    'Shuts down the given VM. The VM is saved in the system Datastore.\n\nStates: RUNNING',
    true,
  ),
};
