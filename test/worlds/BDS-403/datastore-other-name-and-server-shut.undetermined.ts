import { client, datastore, prints, together } from '../faults.ts';
import { behind101, blocked, notMet, undetermined, type World } from '../world.ts';

export default {
  ...together(
    'the backup datastore names another name of the server, and the front-end does not get through to the declared one',
    [
      datastore('', (_, template) => Object.assign(template, { RSYNC_HOST: 'backup01' }), /./),
      client('', 'frontend01', 'Host backup01.example.net\\n  Port 2222', prints('frontend01', /./, 'hostname')),
    ],
    prints('frontend01', /<RSYNC_HOST>(<!\[CDATA\[)?backup01[<\]]/, 'onedatastore', 'show', '-x', '100'),
  ),

  flips: { ...notMet('101'), ...undetermined('403'), ...behind101, ...blocked('105') },
  reasons: {
    'BDS-101': [/port 2222: Connection refused/],
    'BDS-403': [/“backup01”, and no host key of backup01\.example\.net to compare/],
  },
} satisfies World;
