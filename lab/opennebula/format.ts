/** How OpenNebula's command line writes sizes, times, states and templates for people. */
import { all, type Tree } from './tree.ts';

const UNITS = ['K', 'M', 'G', 'T'];

/** `258020, 'M'` is `252G`. */
export function size(amount: number, unit = 'K'): string {
  let value = amount;
  let index = UNITS.indexOf(unit);
  while (value > 1024 && index < 3) {
    value /= 1024;
    index += 1;
  }
  return `${Math.round(value * 10) / 10}${UNITS[index]}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `11/23 05:00:46` in local time, `-` for never. */
export function time(epoch: number, seconds = true): string {
  if (epoch === 0) return '-';
  const at = new Date(epoch * 1000);
  const clock = [at.getHours(), at.getMinutes(), ...(seconds ? [at.getSeconds()] : [])].map(two).join(':');
  return `${two(at.getMonth() + 1)}/${two(at.getDate())} ${clock}`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon Nov 23 05:00:00 2026`, as oned writes into its logs and error messages. */
export function longTime(epoch: number): string {
  const at = new Date(epoch * 1000);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${DAYS[at.getDay()]} ${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2)} ${clock} ${at.getFullYear()}`;
}

/** `0 23-Nov 05.00.46`, the name of a virtual machine's backup. */
export function backupName(vmId: string, epoch: number): string {
  const at = new Date(epoch * 1000);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join('.');
  return `${vmId} ${two(at.getDate())}-${MONTHS[at.getMonth()]} ${clock}`;
}

/** `2026-11-23 05:00:33 +0000`, as Ruby writes a time. */
export function rubyTime(epoch: number): string {
  const at = new Date(epoch * 1000);
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  const east = -at.getTimezoneOffset();
  const zone = two(Math.floor(Math.abs(east) / 60)) + two(Math.abs(east) % 60);
  return `${date} ${clock} ${east < 0 ? '-' : '+'}${zone}`;
}

/** Now, in whole seconds. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** `  0d 00h18m`. */
export function period(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return `${String(Math.floor(hours / 24)).padStart(3)}d ${two(hours % 24)}h${two(minutes % 60)}m`;
}

/** `  0h00m02s`. */
export function shortPeriod(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${String(Math.floor(minutes / 60)).padStart(3)}h${two(minutes % 60)}m${two(seconds % 60)}s`;
}

/** A Ruby Float always shows a fraction. */
export function float(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** `Yes` or `No`. */
export function yesNo(flag: string): string {
  return flag === '1' ? 'Yes' : 'No';
}

const quoted = (value: string): string => `"${value.replaceAll('"', '\\"')}"`;

/** The attributes below an element in template syntax, as `show` prints them. */
export function templateText(tree: Tree, path: string): string {
  const lines: string[] = [];
  for (const template of all(tree, path)) {
    if (typeof template === 'string') continue;
    for (const name of Object.keys(template)) {
      for (const value of all(template, name)) {
        if (typeof value === 'string') {
          lines.push(`${name}=${quoted(value)}`);
        } else if (Object.keys(value).length > 0) {
          const members = Object.entries(value).flatMap(([key, item]) => (typeof item === 'string' ? [`  ${key}=${quoted(item)}`] : []));
          lines.push(`${name}=[\n${members.join(',\n')} ]`);
        }
      }
    }
  }
  return lines.join('\n');
}
