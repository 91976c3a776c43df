/** OpenNebula as it answered in older releases, as far as that is known to differ. Source: its migrators and schemas, src/onedb and share/doc/xsd. */
import { backupDue, type Fault, known, prints, program, schedule, together } from './faults.ts';

/** Perl that makes the answers of 7.4.0 those of an older release: hosts say it, datastores are copied by other drivers. */
const older = (version: string) => [`s/(<VERSION>(<!\\[CDATA\\[)?)[\\d.]+/\${1}${version}/g`, 's/(<TM_MAD>(<!\\[CDATA\\[)?)local/$1ssh/g'];

/** 6.6 keeps scheduled actions in the machine alone, leaves out what nobody set, and a time from its start on as it was given. */
const before68 = [
  's#\\s*<SCHED_ACTIONS>.*?</SCHED_ACTIONS>|<SCHED_ACTIONS/>##gs',
  's#\\s*<(PARENT_ID|REPEAT|DONE|END_TYPE|END_VALUE)>-?\\d+</\\1>|\\s*<(MESSAGE|WARNING|DAYS)/>|\\s*<TYPE>VM</TYPE>##g',
  's#<ARGS>(\\d+),\\w+</ARGS>#<ARGS>$1</ARGS>#g',
  's#<STIME>(\\d+)(.*?)<TIME>(\\d+)#"<STIME>$1$2<TIME>+" . ($3 - $1)#gse',
];

export function answeringAs(version: string): Fault {
  const edits = [...older(version), ...(version.startsWith('6.6') ? before68 : [])].join('; ');
  const filtered = (name: string) =>
    program(
      '',
      'frontend01',
      name,
      `said=$("$real" "$@"); code=$?; printf '%s\\n' "$said" | perl -0777 -pe '${edits}'; exit $code`,
      prints('frontend01', /./, 'hostname'),
    );
  return together(
    `OpenNebula answers as ${version} did, and a backup is due tomorrow`,
    [
      known('', (cloud) => schedule(cloud, 0, backupDue('951', -1440)), prints('frontend01', /./, 'hostname')),
      ...['onehost', 'onedatastore', 'onevm'].map(filtered),
    ],
    prints('frontend01', new RegExp(`<VERSION>(<!\\[CDATA\\[)?${version}`), 'onehost', 'list', '-x'),
  );
}
