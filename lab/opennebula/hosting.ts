/** What the drivers do on the host of a virtual machine when it begins and ends: its folder, its disks, its domain. No guest runs. */
import { posix } from 'node:path';
import type { Cloud } from './cloud.ts';
import { remote, run } from './drivers.ts';
import { int, type Tree, text, trees } from './tree.ts';

/** Resolves to what went wrong, or to nothing. */
type Work = (cloud: Cloud, vm: Tree) => Promise<string | undefined>;

/** Where a virtual machine is: the host, and its folder there. */
function placeOf(cloud: Cloud, vm: Tree): { host: string; folder: string } {
  const record = trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {};
  const base = text(cloud.get('datastores', int(record, 'DS_ID')), 'BASE_PATH');
  return { host: text(record, 'HOSTNAME'), folder: posix.normalize(`${base}/${text(vm, 'ID')}`) };
}

const domainOf = (vm: Tree) => `one-${text(vm, 'ID')}`;
const VIRSH = 'virsh --connect qemu:///system';
const CLIENT = ['ssh', '-o', 'ControlMaster=no', '-o', 'ControlPath=none'];

/** Its folder, and its disks: copies of images, and empty ones. */
const prolog: Work = async (cloud, vm) => {
  const { host, folder } = placeOf(cloud, vm);
  const made = await remote(host, `mkdir -p ${folder}`);
  if (made.code !== 0) return `creating ${host}:${folder}: ${made.stderr}`;
  for (const disk of trees(vm, 'TEMPLATE/DISK')) {
    const [source, target] = [text(disk, 'SOURCE'), `${folder}/disk.${text(disk, 'DISK_ID')}`];
    const { code, stderr } =
      source === ''
        ? await remote(host, `qemu-img create -q -f ${text(disk, 'FORMAT') || 'raw'} ${target} ${text(disk, 'SIZE')}M`)
        : await run('bash', ['-c', 'exec "${@:2}" < "$1"', 'bash', source, ...CLIENT, host, `cat > ${target}`]);
    if (code !== 0) return `copying ${source} to ${host}:${target}: ${stderr}`;
  }
  return undefined;
};

/** Its domain. A CONTEXT is a disk that 7.4 makes by xorriso. */
const boot: Work = async (cloud, vm) => {
  const { host, folder } = placeOf(cloud, vm);
  const deployment = `${folder}/deployment.0`;
  const context = trees(vm, 'TEMPLATE/CONTEXT').length > 0 ? 'xorriso -version > /dev/null\n' : '';
  const { code, stdout, stderr } = await remote(
    host,
    `set -e\n${context}echo '<domain><name>${domainOf(vm)}</name></domain>' > ${deployment}
${cloud.scripts}/vmm/kvm/deploy ${deployment}\n${VIRSH} create ${deployment}`,
  );
  return code === 0 ? undefined : stderr || stdout || `exit ${code}`;
};

/** A domain that is gone already is no fault. */
const destroy: Work = async (cloud, vm) => {
  await remote(placeOf(cloud, vm).host, `${VIRSH} destroy ${domainOf(vm)}`);
  return undefined;
};

/** Where the host cannot be reached, its folder stays there. */
const epilog: Work = async (cloud, vm) => {
  const { host, folder } = placeOf(cloud, vm);
  await remote(host, `rm -rf ${folder}`);
  return undefined;
};

/** What is done in a state that passes. */
export const WORK: Readonly<Record<string, Work>> = {
  PROLOG: prolog,
  BOOT: boot,
  SHUTDOWN: destroy,
  EPILOG: epilog,
  CLEANUP_DELETE: async (cloud, vm) => (await destroy(cloud, vm)) ?? epilog(cloud, vm),
};

/** Of those that can fail: the state it is in then, and how its error begins. */
export const FAILED: Readonly<Record<string, { state: string; says: string }>> = {
  PROLOG: { state: 'PROLOG_FAILURE', says: 'Error executing image transfer script: ' },
  BOOT: { state: 'BOOT_FAILURE', says: 'DEPLOY: ' },
};
