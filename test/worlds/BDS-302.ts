import {
  answering,
  CHATTY,
  CRASHES,
  HANGS,
  lacksLibrary,
  misfits,
  notExecutable,
  SILENT,
  saying,
  stubborn,
} from '../../lab/faults/programs.ts';
import { server, type Table } from './world.ts';

export default {
  'qemuimg-crashes-on-backup.not-met': {
    fault: answering('qemu-img', 'backup01', CRASHES),
    reasons: [server, /does not run \(exit 139\)/],
  },
  'qemuimg-hangs-and-stays-on-backup.undetermined': {
    fault: stubborn('qemu-img', 'backup01'),
    site: { deadlines: { command: 2 } },
    reasons: [server, /no answer to “qemu-img --version” within \d s/],
  },
  'qemuimg-hangs-on-backup.undetermined': {
    fault: answering('qemu-img', 'backup01', HANGS),
    site: { deadlines: { command: 3 } },
    reasons: [server, /no answer to “qemu-img --version” within 3 s/, /ssh backup01/],
  },
  'qemuimg-illegal-instruction-on-backup.not-met': {
    fault: answering('qemu-img', 'backup01', { what: 'is made for another processor', script: 'kill -ILL $$', looks: /^exit 132/ }),
    reasons: [server, /does not run \(exit 132\)/],
  },
  'qemuimg-library-does-not-fit-on-backup.not-met': {
    fault: answering('qemu-img', 'backup01', misfits('qemu-img')),
    reasons: [server, /does not run \(exit 127\)/, /symbol lookup error/],
  },
  'qemuimg-library-missing-on-backup.not-met': {
    fault: answering('qemu-img', 'backup01', lacksLibrary('qemu-img', 'libgnutls.so.30')),
    reasons: [server, /does not run \(exit 127\)/, /libgnutls\.so\.30/],
  },
  'qemuimg-missing-on-backup.not-met': { fault: 'qemuimg-missing-on-backup', reasons: [server, /command not found/, /qemu-utils/] },
  'qemuimg-not-executable-on-backup.not-met': {
    fault: notExecutable('qemu-img', 'backup01'),
    reasons: [server, /does not run \(exit 126\)/, /Permission denied/],
  },
  'qemuimg-older-than-declared-on-backup.not-met': {
    fault: saying('qemu-img', 'backup01', 'qemu-img version 6.2.0 (Debian 1:6.2+dfsg-2ubuntu6.24)'),
    site: { programs: { qemu_img: '6.10' } },
    reasons: [server, /qemu-img 6\.10 or newer, found 6\.2\.0/],
  },
  'qemuimg-prints-garbage-on-backup.not-met': { fault: answering('qemu-img', 'backup01', CHATTY), reasons: [server, /names no version/] },
  'qemuimg-prints-nothing-on-backup.not-met': {
    fault: answering('qemu-img', 'backup01', SILENT),
    reasons: [server, /names no version/, /Repair or upgrade/],
  },
  'qemuimg-too-old-on-backup.not-met': {
    fault: saying('qemu-img', 'backup01', 'qemu-img version 2.4.1 (Debian 1:2.4+dfsg-4), Copyright (c) 2004-2008 Fabrice Bellard'),
    reasons: [server, /expected qemu-img 2\.5 or newer, found 2\.4\.1\b/, /Repair or upgrade/],
  },
} satisfies Table;
