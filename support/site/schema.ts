import { z } from 'zod';
import { STOCK } from './example.ts';

export const noControl = /^[^\p{Cc}]*$/u;
const seconds = (least: number, most: number) => z.int().min(least, `at least ${least} seconds`).max(most, `at most ${most} seconds`);

const account = z
  .string()
  .regex(
    /^[a-z_A-Z][\w.-]{0,31}\$?$/,
    'an account name: a letter or underscore first, then letters, digits, dots, hyphens, at most 32 characters',
  );
export const hostName = z
  .string()
  .max(253, 'at most 253 characters')
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+$/,
    'a host name or an IP address: letters, digits, dots and hyphens',
  );
const percent = z.number().min(0, 'a percentage, 0 to 100').max(100, 'a percentage, 0 to 100');
const version = z.string().regex(/^\d+(\.\d+)*$/, 'a version in quotes, such as "3.1.0"');
const datastoreName = z
  .string()
  .min(1, 'a name')
  .max(128, 'at most 128 characters, as in OpenNebula')
  .regex(noControl, 'a name without control characters')
  .regex(/^[^"'\\&<>{}$|;:/#]*$/, 'a name that OpenNebula allows: none of " \' \\ & < > { } $ | ; : / # tab or newline')
  .regex(/^\S(.*\S)?$/s, 'a name without blanks at its ends: OpenNebula cuts them off');
/** What the site file says of the datastore elsewhere. */
const notInTemplate = ['NAME', 'TYPE', 'DS_MAD', 'RSYNC_USER', 'RSYNC_HOST', 'BRIDGE_LIST'];
const size = z
  .string()
  .regex(/^\d{1,6}(\.\d+)? ?[MGT]iB$/, 'a size, such as 10 GiB or 500 MiB')
  .transform((text) => Number.parseFloat(text) * 1024 ** ['M', 'G', 'T'].indexOf(text.at(-3) ?? 'M'));
const period = z
  .string()
  .regex(/^[1-9]\d{0,4}[mhd]$/, 'a time such as 90m, 24h or 7d')
  .transform((text) => Number.parseInt(text, 10) * ({ m: 60, h: 3600 }[text.at(-1) ?? ''] ?? 86_400));
const absolutePath = z
  .string()
  .max(1024, 'at most 1024 characters')
  .regex(/^\//, 'an absolute path')
  .regex(noControl, 'a path without control characters');
const pathOrHome = z.union([absolutePath, z.string().regex(/^~\/[^\p{Cc}]+$/u)], 'an absolute path, or one that begins with ~/');

/** A name in which * stands for any characters. */
const pattern = z.string().min(1, 'a name').max(128, 'at most 128 characters').regex(noControl, 'a name without control characters');
const selects = {
  name: pattern.optional(),
  id: z.int().min(0, 'an id, 0 or more').optional(),
  label: pattern.optional(),
  group: pattern.optional(),
  cluster: pattern.optional(),
};
type Selects = { readonly [key in keyof typeof selects]?: unknown };
const selectsSomething = (selector: Selects) => Object.keys(selects).some((key) => selector[key as keyof Selects] !== undefined);
const NO_SELECTOR = 'at least one of name, id, label, group, cluster';
/** Which VMs: those of which all that is named holds. */
const selector = z.strictObject(selects).refine(selectsSomething, NO_SELECTOR);
/** What a VM is owed. Periods in seconds. */
const owed = {
  rpo: period,
  restore_points: z.int().min(1, 'at least 1').max(10_000, 'at most 10000'),
  keep_for: period,
  rto: period.optional(),
  quiesced: z.boolean(),
  datastores: z.enum(['declared', 'any'], 'declared, or any'),
  disks: z.enum(['all', 'selected'], 'all, or selected'),
};
const answerable = (what: string) => z.string(what).regex(/\S/, what).max(500, 'at most 500 characters').regex(noControl, what);

/** What production is owed, and by which VMs. */
const protect = z.strictObject({
  vms: z
    .union([z.literal('all'), z.array(selector).min(1, 'at least one')], 'all, or a list such as [{ name: "web-*" }, { label: Gold }]')
    .default('all'),
  except: z
    .array(
      z
        .strictObject({
          ...selects,
          owner: answerable('who answers for it, as text'),
          reason: answerable('why it is left out, as text'),
          expires: z.iso.date('a day in the form 2026-12-31'),
        })
        .refine(selectsSomething, NO_SELECTOR),
    )
    .default([]),
  rpo: period.prefault('26h'),
  restore_points: owed.restore_points.default(2),
  keep_for: period.prefault('7d'),
  rto: owed.rto,
  quiesced: owed.quiesced.default(false),
  datastores: owed.datastores.default('declared'),
  disks: owed.disks.default('all'),
  classes: z
    .array(z.strictObject({ ...selects, ...z.strictObject(owed).partial().shape }).refine(selectsSomething, NO_SELECTOR))
    .default([]),
});

const hosts = z.union([z.literal('all'), z.array(hostName).min(1, 'at least one host')], 'all, or a list of host names').default('all');
const DAY = 86_400;

const settings = z.strictObject({
  name: z.string().min(1, 'a name').max(100, 'at most 100 characters').regex(noControl, 'a name without control characters'),
  frontend: z
    .string()
    .regex(
      /^(local|ssh:\/\/([^@/\s:]+@)?([A-Za-z0-9][\w.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])(:([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))?)$/,
      'local, or ssh://oneadmin@frontend01.example.net, with :port if it is not 22',
    ),
  datastore: z.strictObject({
    name: datastoreName,
    rsync_user: account,
    rsync_host: hostName,
    path: absolutePath.default(STOCK),
    mounted: z.boolean().default(true),
    mode: z
      .string()
      .regex(/^0?[0-7]{3,4}$/, 'an octal mode in quotes, such as "0775"')
      .optional(),
    template: z
      .record(
        z
          .string()
          .regex(/^[A-Z][A-Z0-9_]*$/, 'an attribute of the datastore in capitals, such as RSYNC_ARGS')
          .refine((name) => !notInTemplate.includes(name), `none of ${notInTemplate.join(', ')}`),
        z
          .string()
          .regex(noControl, 'a value without control characters')
          .regex(/^[^\\]*$/, 'a value without backslashes, which OpenNebula does not keep as they are'),
      )
      .default({}),
    bridge_list: z.array(hostName).min(1, 'at least one host').optional(),
    template_file: pathOrHome.default('~/ds_rsync_backup.txt'),
  }),
  free_percent: z
    .strictObject({
      storage: percent.default(10),
      storage_inodes: percent.default(5),
      rsync_tmp_dir: percent.default(5),
      staging: percent.default(10),
    })
    .prefault({}),
  hosts,
  hosts_at_once: z.int().min(1, 'at least 1').max(256, 'at most 256').default(32),
  test_vm: z
    .strictObject({
      id: z.int().min(0, 'an id, 0 or more'),
      name: datastoreName,
      /** MiB. */
      max_size: size.prefault('10 GiB'),
    })
    .optional(),
  restore: z
    .strictObject({
      datastore: datastoreName.default('default'),
      tmp_dir: absolutePath.default('/var/tmp'),
      /** A gate starts what it restored of the test VM. */
      boot: z.boolean().default(true),
      /** Backups of production that a gate restores: of so many VMs, none larger (MiB). */
      sample: z
        .strictObject({ vms: z.int().min(1, 'at least 1').max(100, 'at most 100').default(1), max_size: size.prefault('50 GiB') })
        .optional(),
      /** A gate makes a VM of this template on so many hypervisor hosts, backs it up, restores it, and removes it. */
      canary: z
        .strictObject({
          template: datastoreName,
          at_once: z.int().min(1, 'at least 1').max(100, 'at most 100').default(2),
          per_run: z.int().min(1, 'at least 1').max(10_000, 'at most 10000').default(10),
          /** Seconds for which a host is proven by that. */
          proven_within: period.prefault('30d'),
          hosts,
        })
        .optional(),
    })
    .prefault({}),
  protect: protect.optional(),
  account: account.default('oneadmin'),
  ssh_agent_socket: absolutePath.default('/var/run/one/ssh-agent.sock'),
  deadlines: z
    .strictObject({
      connect: seconds(1, 300).default(10),
      command: seconds(1, 3600).default(30),
      /** Of the whole run; without it `timeFor` tells. */
      run: seconds(10, 86_400).optional(),
      schedule: seconds(1, 3600).default(60),
      backup: seconds(1, 86_400).default(600),
      restore: seconds(1, 86_400).default(600),
      boot: seconds(1, 3600).default(120),
      cleanup: seconds(10, 86_400).default(300),
      /** A backup that runs for longer is taken for hung. */
      job: seconds(60, 604_800).default(21_600),
    })
    .prefault({}),
  /** Seconds. */
  valid_for: period.prefault('24h'),
  retention: z
    .strictObject({
      runs: z.int().min(1, 'at least 1 run').max(10_000, 'at most 10000 runs').default(30),
      days: z.int().min(1, 'at least 1 day').max(3650, 'at most 3650 days').default(90),
    })
    .prefault({}),
  programs: z.strictObject({ rsync: version.default('3.1.0'), qemu_img: version.default('2.5') }).prefault({}),
  evidence: z.strictObject({ sign_with: pathOrHome.optional() }).prefault({}),
  outputs: z.strictObject({ prometheus: absolutePath.optional() }).prefault({}),
});

/** The site file: what the operator declares about a cloud. Everything but the first four has a default that is right for a stock OpenNebula. */
export const siteSchema = settings.refine(({ restore: { canary }, retention }) => !canary || canary.proven_within <= retention.days * DAY, {
  path: ['restore', 'canary', 'proven_within'],
  error: 'a time no longer than runs are kept (retention.days), from which a gate reads when a host was proven; the default is 30d',
});

export type Site = z.infer<typeof siteSchema>;
export type Selector = z.infer<typeof selector>;
export type Protect = z.infer<typeof protect>;
