import { client, overHostSays } from '../faults.ts';
import { notMet, onlyKvm01, type World } from '../world.ts';

export default {
  ...client(
    'kvm01 remembers another host key of backup01, and does not care',
    'kvm01',
    'StrictHostKeyChecking no',
    overHostSays('kvm01', /IDENTIFICATION HAS CHANGED/),
    "sed -i -E '/backup01/s# [^ ]+( [^ ]*)?$# '$(sed -n '/kvm02/s/.*ssh-ed25519 ([^ ]*).*/\\1/p' -E ~/.ssh/known_hosts)'#' ~/.ssh/known_hosts",
  ),

  flips: notMet('105'),
  machines: onlyKvm01('105'),
  reasons: { 'BDS-105': [/kvm01/, /SHA256:/] },
} satisfies World;
