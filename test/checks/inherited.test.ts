import { hostsHaveSpace, storageBelongsToUser } from '../../support/checks/storage.ts';
import { backup01, disk, kvm01, kvm02, looked, unread, virtualMachine } from '../made.ts';
import { both, cases, frontend, onKvm01, pool, server, storage } from './cases.ts';

const sets = (umask: number, fileKib = Number.POSITIVE_INFINITY) => ({ inherited: looked({ umask, fileKib }, 'inherited') });
const vms = (...of: readonly Parameters<typeof virtualMachine>[0][]) =>
  frontend({ virtualMachines: pool('virtual-machines', ...of.map(virtualMachine)) });
const unlisted = frontend({ virtualMachines: unread('no pool', 'virtual-machines', 'Look.') });
const large = { id: '7', name: 'files', host: kvm02, disks: [disk(), disk({ id: '2', sizeMb: 1024 })] };
const unsized = vms({ disks: [disk({ sizeMb: Number.NaN })] });
const [limit, small] = [256 * 1024, 100];

const remove = (what: string, of: string) => `On ${of}, remove what sets it: grep -n ${what} ~oneadmin/.bashrc /etc/bash.bashrc`;
const fsize = '; grep -rn fsize /etc/security/limits.conf /etc/security/limits.d';
const umask = (of: string, is: string) =>
  `${of}: expected a login of oneadmin to leave the owner all rights to new files and directories, found umask ${is}. ${remove('umask', of)} /etc/login.defs`;
const files = (of: string, is: number, vm: string) =>
  `${of}: expected a login of oneadmin to allow files as large as the disks of VMs, found that ulimit -f limits files to ${is} KiB, and ${vm}. ${remove('ulimit', of)}${fsize}`;
const vm0 = 'disk 0 of vm0 (0) may grow to 256 MiB';

cases(storageBelongsToUser, undefined, [
  ['the login takes all rights', server(sets(0o777)), 'not-met', ['inherited'], umask(backup01, '0777')],
  ['the login takes one right of the owner', server(sets(0o117)), 'not-met', umask(backup01, '0117')],
  ['the login takes all rights of others', server(sets(0o077)), 'met'],
  [
    'it belongs to root, and the login takes rights',
    both(server(sets(0o777)), storage({ directory: looked('absent', 'directory') })),
    'not-met',
    /found none/,
  ],
  [
    'files may be as large as the largest disk',
    server(sets(0o022, limit)),
    'met',
    `${backup01}: ulimit -f limits files to ${limit} KiB; ${vm0}.`,
  ],
  [
    'files may be smaller than a disk',
    server(sets(0o022, limit - 1)),
    'not-met',
    ['inherited', 'virtual-machines'],
    files(backup01, limit - 1, vm0),
  ],
  [
    'files may be smaller than the largest disk',
    both(server(sets(0o022, limit)), vms({}, large)),
    'not-met',
    /disk 2 of files \(7\) may grow to 1024 MiB/,
  ],
  ['there is no VM, and a limit', both(server(sets(0o022, small)), vms()), 'met', `${backup01}: ulimit -f limits files to 100 KiB.`],
  ['there is a limit, and the size of a disk is not told', both(server(sets(0o022, small)), unsized), 'met', /limits files to 100 KiB/],
  ['there is a limit, and OpenNebula does not list VMs', both(server(sets(0o022, small)), unlisted), 'undetermined', ['virtual-machines']],
  ['there is no limit, and OpenNebula does not list VMs', unlisted, 'met'],
  ['what the login sets is not told', server({ inherited: unread('no answer (z)', 'inherited', 'Look.') }), 'undetermined', ['inherited']],
]);
cases(hostsHaveSpace, kvm01, [
  ['the login takes one right of the owner', onKvm01(sets(0o117)), 'not-met', ['inherited'], umask(kvm01, '0117')],
  ['files may be smaller than a disk', onKvm01(sets(0o022, small)), 'not-met', files(kvm01, small, vm0)],
  [
    'files may be smaller than a disk of a VM on another host',
    both(onKvm01(sets(0o022, limit)), vms({}, large)),
    'met',
    `${kvm01}: ulimit -f limits files to ${limit} KiB; ${vm0}.`,
  ],
  ['what the login sets is not told', onKvm01({ inherited: unread('no answer (z)', 'inherited', 'Look.') }), 'undetermined', ['inherited']],
]);
