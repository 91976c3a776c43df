/** What Node.js held at most, which it says itself at its end. */
import type { Lab } from '../lab/machines/lab.ts';

const FILE = '/var/lib/one/peak';

/** bash text: from here on each Node.js on the front-end leaves its peak; the largest counts. */
export const TELL_PEAK = `export NODE_OPTIONS='--import data:text/javascript,import{appendFileSync}from%22node:fs%22;process.on(%22exit%22,()=>appendFileSync(%22${FILE}%22,process.resourceUsage().maxRSS+%22%5Cn%22))'`;

/** MiB of the largest since it was last read. */
export async function readPeak(lab: Lab): Promise<number> {
  const { stdout } = await lab.shell('frontend01', ['sh', '-c', `cat ${FILE}; rm -f ${FILE}`]);
  return Math.round(Math.max(0, ...stdout.split('\n').map(Number)) / 1024);
}
