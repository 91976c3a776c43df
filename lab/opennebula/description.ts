/** A virtual machine as OpenNebula's drivers get it, and as it is stored with its backup. */
import { known } from './releases.ts';
import { type Tree, trees } from './tree.ts';
import { compactXml } from './xml.ts';

/** Base64, in lines of sixty characters; without what is scheduled. */
export function description(vm: Tree): string {
  const { SCHED_ACTION: _actions, ...template } = vm.TEMPLATE as Tree;
  const HISTORY = trees(vm, 'HISTORY_RECORDS/HISTORY').at(-1) ?? {};
  const whole = { ...vm, LAST_POLL: '0', MONITORING: {}, TEMPLATE: template, HISTORY_RECORDS: { HISTORY } };
  return Buffer.from(compactXml('VM', known(whole)))
    .toString('base64')
    .replace(/.{60}/g, '$&\n')
    .trimEnd();
}
