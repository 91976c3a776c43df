import { datastoreDrift } from '../checks/registration.ts';
import type { Machines } from '../facts/cloud.ts';
import type { Registration, Standing, Step } from '../facts/gate.ts';
import { quote } from '../machines/quote.ts';
import { look, unheard, waitUntil } from '../opennebula/ask.ts';
import { type Datastore, parseDatastores } from '../opennebula/pools.ts';
import { templateDrift, templateText } from '../opennebula/template.ts';
import type { Evidence } from '../outcome/evidence.ts';
import type { Action } from '../outcome/outcome.ts';
import type { Site } from '../site/schema.ts';

/** Looks, and changes nothing. */
export async function standing({ onFrontend, site }: Machines): Promise<Standing> {
  const { command: deadline } = site.deadlines;
  const { template_file: name } = site.datastore;
  // The home is the front-end's to know; a file that is not there is no fault.
  const script =
    'file=$1; case $file in "~/"*) file=$HOME/${file#"~/"} ;; esac; printf "%s\\n" "$file"; if [ -e "$file" ]; then echo there; cat -- "$file"; fi';
  const [read, datastore] = await Promise.all([
    look(onFrontend, ['sh', '-c', script, 'sh', name], (output) => output, deadline),
    findDatastore({ onFrontend, site }),
  ]);
  const [file = name, there, ...lines] = 'value' in read ? read.value.split('\n') : [];
  const template = 'value' in read ? { ...read, value: there === 'there' ? lines.join('\n') : undefined } : read;
  return { file, template, datastore };
}

async function findDatastore({ onFrontend, site }: Pick<Machines, 'onFrontend' | 'site'>) {
  const { datastore, deadlines } = site;
  const named = (xml: string) => parseDatastores(xml).filter(({ name }) => name === datastore.name);
  const looked = await look(onFrontend, ['onedatastore', 'list', '-x'], named, deadlines.command);
  if ('fault' in looked) return looked;
  const { value, evidence } = looked;
  const [only, other] = value;
  if (!other) return { value: only, evidence };
  const found = value.map(({ id }) => id).join(', ');
  return {
    fault: `${value.length} datastores “${datastore.name}”: ${found}`,
    fix: `Rename one: onedatastore rename ${other.id} NEW_NAME`,
    evidence,
  };
}

/** What exists but differs from what is declared, in words. */
export function driftIn({ file, template, datastore }: Standing, site: Site): string[] {
  const ofFile = 'value' in template && template.value !== undefined ? templateDrift(template.value, site) : [];
  const found = 'value' in datastore ? datastore.value : undefined;
  return [
    ...ofFile.map((difference) => `${file}: ${difference}`),
    ...(found ? datastoreDrift(found, site).map((difference) => `datastore ${found.id}: ${difference}`) : []),
  ];
}

/** What is missing of the declared datastore, in the order it is brought about. */
export function stepsTo({ file, template, datastore }: Standing, site: Site): Step[] {
  const { name, rsync_user: user, rsync_host: host } = site.datastore;
  const write: Step = {
    done: `wrote the template of the datastore to ${file}, readable by its owner alone`,
    planned: `would write the template of the datastore to ${file}, readable by its owner alone`,
    shows: templateText(site),
    argv: ['bash', '-c', WRITE, 'bash', file, templateText(site)],
    typed: `install -m 600 /dev/stdin ${quote([file])}`,
  };
  const create: Step = {
    done: `created the datastore “${name}” for ${user}@${host}`,
    planned: `would create the datastore “${name}” for ${user}@${host}`,
    argv: ['onedatastore', 'create', file],
  };
  return [
    ...('value' in template && template.value === undefined ? [write] : []),
    ...('value' in datastore && datastore.value === undefined ? [create] : []),
  ];
}

/**
 * Writes a file in one go, unless there is one: whoever finds it finds all of it. Two at once wait for each other by a lock on the
 * directory, which a dead one does not hold; what a dead one left half written is written anew.
 */
const WRITE = `
umask 077
exec 9<"$(dirname -- "$1")" && flock -w 10 9 || exit
[ ! -e "$1" ] || { echo 'it is there meanwhile'; exit 0; }
new=$1.backup-compliance
printf '%s' "$2" > "$new" && sync "$new" && mv -n -- "$new" "$1"
`;

const TAKEN = /NAME is already taken by DATASTORE/;

/** Registers the declared datastore from its template file, unless it is; where something differs, nothing is changed. */
export async function register(cloud: Machines): Promise<Registration> {
  const { onFrontend, site } = cloud;
  const before = await standing(cloud);
  const evidence: Evidence[] = [...before.template.evidence, ...before.datastore.evidence];
  const drift = driftIn(before, site);
  const done: Action[] = [];
  const base = { before, drift, done, evidence };
  if (drift.length > 0 || 'fault' in before.template || 'fault' in before.datastore) return base;

  for (const { argv, typed, done: what } of stepsTo(before, site)) {
    const answer = await onFrontend.run({ argv, deadline: site.deadlines.command, ...(typed !== undefined && { typed }) });
    evidence.push(answer);
    // Somebody else registered it meanwhile: it is looked at like one that was there.
    if (TAKEN.test(answer.stderr) || answer.stdout.startsWith('it is there meanwhile')) continue;
    const missed = answer.failure || argv[0] === 'onedatastore' ? unheard(answer) : undefined;
    if (missed !== undefined) return { ...base, unheard: missed };
    if (answer.exitCode !== 0) return { ...base, refused: `${answer.command}: ${answer.stderr.trim() || `exit ${answer.exitCode}`}` };
    const id = /^ID: (\d+)$/m.exec(answer.stdout)?.[1];
    done.push({ what: id === undefined ? what : `${what}: datastore ${id}`, state: 'changed' });
  }
  const monitored = (datastore: Datastore | undefined) => datastore !== undefined && datastore.totalMb > 0;
  const after = await waitUntil(() => findDatastore(cloud), monitored, { deadline: site.deadlines.command });
  evidence.push(...after.evidence);
  return { ...base, after };
}
