import { existsSync, writeFileSync } from 'node:fs';
import { dirname, posix, resolve } from 'node:path';
import type { Backups } from '../facts/backups.ts';
import { Cloud } from '../facts/cloud.ts';
import { namesOfBridges } from '../opennebula/template.ts';
import { text } from '../opennebula/xml.ts';
import { messageOf, UsageError } from '../outcome/errors.ts';
import { EXIT, type Said } from '../outcome/exit-codes.ts';
import { count } from '../outcome/figures.ts';
import { example, FILL_IN, type ProductionFacts, STOCK, siteText } from '../site/example.ts';
import { parseSite } from '../site/load.ts';
import { draftOf } from './draft.ts';
import { sentence } from './with-cloud.ts';

/**
 * Asks the front-end for its rsync backup datastore and writes a commented site file.
 * Where there is none, the file is a draft. What production is owed is drafted, and commented out.
 * @throws UsageError when the file is there already, its folder is not, or the front-end does not answer.
 */
export async function initSite(file: string, frontend: string): Promise<Said> {
  if (existsSync(file))
    throw new UsageError(`${file} is there already, and is not overwritten. Move it away, or name another file with --site.`);
  const folder = dirname(resolve(file));
  if (!existsSync(folder))
    throw new UsageError(`${file}: there is no folder ${folder} to write it to. Make it, or name another file with --site.`);
  const unknown = { name: 'unknown', rsync_user: 'oneadmin', rsync_host: 'unknown' };
  const cloud = new Cloud(parseSite(siteText({ name: 'unknown', frontend, datastore: unknown }), '--frontend'));
  const facts = await cloud.frontend();
  const { failure, name: hostname, datastores } = facts;
  const backups = failure ? undefined : await cloud.backups();
  cloud.close();
  if (failure || !backups)
    throw new UsageError(
      `front-end ${frontend}: expected a login, found “${failure?.message}”. Check --frontend and the login to it; nothing was written.`,
    );
  if ('fault' in datastores) throw new UsageError(`front-end ${frontend}: ${sentence(datastores)} Nothing was written.`);
  const [datastore, ...others] = datastores.value.filter(({ type, dsMad }) => type === 'bck' && dsMad === 'rsync');
  const production = draftOf(facts, backups, datastore);
  if (!datastore) {
    // A draft: without the server's name no command takes it.
    write(file, siteText({ name: hostname || 'production', frontend, production, datastore: { ...example.datastore, rsync_host: '' } }));
    return {
      lines: [
        `OpenNebula lists no backup datastore with the rsync driver, so ${file} is a draft: fill in what is marked ${FILL_IN}, and read the rest.`,
        `Then run: backup-compliance check --site ${file}`,
        `Then run: backup-compliance setup --site ${file}   (it registers the datastore; with --plan it only says what it would do)`,
        ...drafted(production, backups),
      ],
      exitCode: EXIT.compliant,
    };
  }
  const path = posix.dirname(posix.normalize(datastore.basePath));
  const bridges = namesOfBridges(text(datastore.template, 'BRIDGE_LIST'), cloud.site.account);
  const source = siteText({
    name: hostname || 'production',
    frontend,
    production,
    datastore: {
      name: datastore.name,
      rsync_user: text(datastore.template, 'RSYNC_USER'),
      rsync_host: text(datastore.template, 'RSYNC_HOST'),
      ...(posix.isAbsolute(path) && path !== STOCK && { path }),
      ...(bridges.length > 0 && { bridges }),
    },
  });
  parseSite(source, file);
  write(file, source);
  const more = others.map(({ name }) => `“${name}”`).join(', ');
  return {
    lines: [
      `Wrote ${file} for the datastore “${datastore.name}”.${more && ` OpenNebula lists others, too: ${more}; write a site file for each.`}`,
      `Read it, then run: backup-compliance audit --site ${file}`,
      'For a gate, declare test_vm in it: a VM that is not in production.',
      ...drafted(production, backups),
    ],
    exitCode: EXIT.compliant,
  };
}

/** What became of “protect”. */
function drafted(production: ProductionFacts | undefined, { images }: Backups): string[] {
  if (!production) return ['“protect” in it is an example: OpenNebula did not list its VMs.'];
  const labels = production.labels.map(({ label, vms }) => `${label} (${vms})`).join(', ');
  const unlisted = 'fault' in images ? ' OpenNebula did not list its backups: rpo is the default.' : '';
  return [
    `“protect” is drafted in it, commented out: ${count(production.vms, 'VM')}${labels && `, labels ${labels}`}. Correct it, and remove the # to have production checked.${unlisted}`,
  ];
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`${file} could not be written: ${messageOf(error)}`);
  }
}
