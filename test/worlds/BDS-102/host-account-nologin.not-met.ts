import { files, loginSays } from '../faults.ts';
import { blocked, notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...files(
    'oneadmin on kvm01 has the shell nologin',
    { on: 'kvm01', files: ['/etc/passwd'], script: "sed -i 's#/bin/bash#/usr/sbin/nologin#' /etc/passwd" },
    loginSays('frontend01', 'kvm01', /not available/),
  ),

  flips: { ...notMet('102'), ...blocked('105', '205', '303', '304') },
  machines: onlyKvm01('102'),
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, /runs no commands/] },
} satisfies World;
