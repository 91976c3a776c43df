import { datastore, hostKeyKnown, hostKeyOn, prints, together } from '../faults.ts';
import { undetermined, type World } from '../world.ts';

export default {
  ...together(
    'the backup datastore names another name of the server, for which the front-end knows a host key of another type',
    [
      hostKeyOn('rsa', 'besides', prints('backup01', /./, 'hostname')),
      hostKeyKnown('frontend01', 'rsa', prints('backup01', /./, 'hostname'), 'backup01'),
      datastore('', (_, template) => Object.assign(template, { RSYNC_HOST: 'backup01' }), /./),
    ],
    prints('frontend01', /<RSYNC_HOST>(<!\[CDATA\[)?backup01[<\]]/, 'onedatastore', 'show', '-x', '100'),
  ),

  flips: undetermined('403'),
  reasons: { 'BDS-403': [/“backup01”, which shows a key of type (ssh-rsa|rsa-sha2-\d+), where/] },
} satisfies World;
