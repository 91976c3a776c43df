/** A big cloud for the lab: what OpenNebula knows of it, and the files of its backups. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../lab/machines/lab.ts';
import { repeating, setActions } from '../lab/opennebula/production.ts';
import { freshCloud, newImage, ownership, type State } from '../lab/opennebula/state.ts';
import { idList, type Tree, text } from '../lab/opennebula/tree.ts';

export const BIG = { vms: 5000, images: 40_000, jobs: 200 } as const;
const [HOUR, DAY] = [3600, 86_400];
const DATASTORE = '100';

/** Half of its VMs have a schedule of their own, the others are in jobs; each has as many backups, one a night. */
function bigCloud(lab: State, { vms, images, jobs }: typeof BIG, now: number): State {
  const hosts = lab.hosts.map((host) => text(host, 'NAME'));
  const names = Array.from({ length: vms }, (_, id) => (id === 0 ? 'backup-probe' : `vm${id}`));
  const since = now - 90 * DAY;
  const server = text(lab.datastores.find(({ ID }) => ID === DATASTORE) ?? {}, 'TEMPLATE/RSYNC_HOST');
  const placed = names.map((name, id) => ({ name, host: hosts[id % hosts.length] ?? '' }));
  const state = freshCloud({ hosts, vms: placed, since, backupDatastore: { host: server } });
  // Nothing begins while it is looked at.
  state.settings = { MONITORING_INTERVAL_DATASTORE: 3600, MANAGER_TIMER: 0 };
  const backup = { datastore: state.datastores.at(-1) ?? {}, disks: ['0'] };
  const newest = now - HOUR;
  for (const vm of state.vms) {
    const id = text(vm, 'ID');
    const own = Array.from({ length: images / vms }, (_, night) => {
      const number = 1 + Number(id) * (images / vms) + night;
      const time = newest - (images / vms - 1 - night) * DAY;
      const source = number.toString(16).padStart(6, '0');
      return newImage(number, `${id} ${new Date(time * 1000).toISOString()}`, { size: 1, since: time, source, vms: [id], backup });
    });
    state.images.push(...own);
    vm.BACKUPS = {
      BACKUP_CONFIG: { BACKUP_VOLATILE: 'NO', FS_FREEZE: 'NONE', INCREMENTAL_BACKUP_ID: '-1', LAST_INCREMENT_ID: '-1', MODE: 'FULL' },
      BACKUP_IDS: idList(own.map((image) => text(image, 'ID'))),
    };
  }
  backup.datastore.IMAGES = idList(state.images.filter(({ TYPE }) => TYPE === '6').map((image) => text(image, 'ID')));
  const action = (owner: Tree, id: number) => {
    const due = { ARGS: `${DATASTORE},0`, TIME: String(newest + DAY), REPEAT: '3', DAYS: '24', DONE: String(newest) };
    setActions(owner, [repeating(owner, id, due)]);
  };
  const [scheduled, inJobs] = [state.vms.slice(0, vms / 2), state.vms.slice(vms / 2)];
  for (const [at, vm] of scheduled.entries()) action(vm, at);
  state.jobs = Array.from({ length: jobs }, (_, id): Tree => {
    const members = inJobs.filter((_vm, at) => at % jobs === id).map((vm) => text(vm, 'ID'));
    const job: Tree = {
      ...ownership(id, `job${id}`),
      ...{ PRIORITY: '50', LAST_BACKUP_TIME: String(newest), LAST_BACKUP_DURATION: '1080', SCHED_ACTIONS: {} },
      ...{ UPDATED_VMS: idList(members), OUTDATED_VMS: {}, BACKING_UP_VMS: {}, ERROR_VMS: {} },
      TEMPLATE: {
        ...{ BACKUP_VMS: members.join(','), BACKUP_VOLATILE: 'NO', DATASTORE_ID: DATASTORE, EXECUTION: 'SEQUENTIAL' },
        ...{ FS_FREEZE: 'NONE', KEEP_LAST: '8', MODE: 'FULL' },
      },
    };
    action(job, vms + id);
    return job;
  });
  return state;
}

/** What OpenNebula's own command line takes of the processor, in seconds: to start, and for a pool of this size. Measured on 7.4.0. */
const COSTS = { start: 0.55, 'oneimage list': 6.9, 'onevm list': 1.9 };

/** Has the stand-in's command line cost what the real one does. */
export async function weigh(lab: Lab): Promise<void> {
  const burn = (seconds: number) => `perl -e 'do { ($user, $system) = times } while $user + $system < ${seconds}'`;
  const script = `#!/bin/sh
case "\${0##*/} $1" in
${Object.entries(COSTS)
  .filter(([call]) => call !== 'start')
  .map(([call, seconds]) => `'${call}') ${burn(seconds)} ;;`)
  .join('\n')}
*) ${burn(COSTS.start)} ;;
esac
exec "$0.light" "$@"
`;
  const place = `cd /usr/local/bin && for program in one*; do mv "$program" "$program.light" && cat > "$program" <<'END' && chmod 755 "$program"
${script}END
done`;
  const { exitCode, stderr } = await lab.shell('frontend01', ['bash', '-c', place]);
  if (exitCode !== 0) throw new Error(`the command line was not made heavier: ${stderr}`);
}

/** Puts backups onto the backup server, which all are the same two files. */
async function store(lab: Lab, folders: readonly string[]): Promise<void> {
  await lab.admin('backup01', 'mount -o remount,nr_inodes=1000000 /var/lib/one/datastores');
  await lab.shell('backup01', ['sh', '-c', 'cat > /tmp/folders'], { input: folders.join('\n') });
  const program = `const { linkSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
    const top = "var/lib/one/datastores/${DATASTORE}/", [disk, vm] = [top + ".disk", top + ".vm.xml"];
    mkdirSync(top, { recursive: true }); writeFileSync(disk, Buffer.alloc(200000, 1)); writeFileSync(vm, "PFZNPjwvVk0+".repeat(100));
    for (const folder of readFileSync("tmp/folders", "utf8").split("\\n")) {
      mkdirSync(top + folder, { recursive: true }); linkSync(disk, top + folder + "/disk.0.0"); linkSync(vm, top + folder + "/vm.xml"); }`;
  const { exitCode, stderr } = await lab.beside('backup01', `${process.execPath} -e '${program}'`);
  if (exitCode !== 0) throw new Error(`the backups were not put onto backup01: ${stderr}`);
}

/** Makes a big cloud of a lab, with the files of its backups. */
export async function enlarge(lab: Lab): Promise<void> {
  await lab.stop('frontend01', 'oned');
  const state = bigCloud(await lab.openNebula(), BIG, Math.floor(Date.now() / 1000));
  await lab.setOpenNebula(state);
  const folders = state.images.filter(({ TYPE }) => TYPE === '6').map((image) => `${text(image, 'VMS/ID')}/${text(image, 'SOURCE')}`);
  await store(lab, folders);
  await lab.shell('frontend01', ['sh', '-c', "printf 'protect: {}\\n' >> site.yaml"]);
  await lab.start('frontend01', 'oned');
  // It reads 100 MB first.
  for (let tries = 0; (await lab.shell('frontend01', ['onehost', 'list', '-x'])).exitCode !== 0; tries += 1) {
    if (tries > 300) throw new Error('the stand-in for OpenNebula did not come up with its big cloud');
    await sleep(200);
  }
  await weigh(lab);
}
