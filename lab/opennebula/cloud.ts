/** The stand-in's state in memory and on disk, and who may touch what. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { longTime, now } from './format.ts';
import type { Pool, State, User } from './state.ts';
import { int, OneError, type Tree, text } from './tree.ts';

/** The state with its file; every change is on disk before it is answered. */
export class Cloud {
  readonly state: State;
  /** Where the logs of virtual machines are. */
  readonly logs: string;
  private readonly file: string;

  /** The attributes of oned.conf, which is read once; none where there is no such file. */
  private readonly config: ReadonlyMap<string, string>;

  constructor(file: string, logs: string, config?: string) {
    this.file = file;
    this.logs = logs;
    const lines = config === undefined ? [] : readFileSync(config, 'utf8').matchAll(/^ *(\w+) *= *"?([^"\s[]+)"? *$/gm);
    this.config = new Map([...lines].map(([, name = '', value = '']) => [name, value]));
    this.state = JSON.parse(readFileSync(file, 'utf8')) as State;
  }

  /** Replaces the file at once, so that a crash leaves the old state or the new one. */
  save(): void {
    const next = `${this.file}.new`;
    writeFileSync(next, `${JSON.stringify(this.state, null, 1)}\n`, { mode: 0o600 });
    renameSync(next, this.file);
  }

  /** A number that oned.conf says, or says as it is delivered. */
  setting(name: string, delivered: number): number {
    return Number(this.config.get(name) ?? delivered);
  }

  /** Where hypervisors have OpenNebula's drivers. */
  get scripts(): string {
    return this.config.get('SCRIPTS_REMOTE_DIR') ?? '/var/tmp/one';
  }

  /** Whether there is a front-end around it, from which drivers can be copied. */
  get hasFrontend(): boolean {
    return this.config.size > 0;
  }

  /** An id that was never used. */
  newId(kind: keyof State['nextId']): number {
    const id = this.state.nextId[kind];
    this.state.nextId[kind] = id + 1;
    return id;
  }

  /** The object with that id, or OpenNebula's complaint. */
  get(pool: Pool, id: number): Tree {
    const object = this.state[pool].find((candidate) => int(candidate, 'ID') === id);
    if (!object) throw new OneError(`Error getting ${NOUNS[pool]} ${id < 0 ? 'Pool' : `[${id}]`}.`);
    return object;
  }
}

/** Who calls what cloud. */
export interface Call {
  cloud: Cloud;
  user: User;
}

/** A call of oned's own, such as the scheduler's. */
export const oneadmin = (cloud: Cloud): Call => ({ cloud, user: { id: 0, name: 'oneadmin', password: '' } });

/** How oned calls one of each pool. */
const NOUNS: Record<Pool, string> = {
  datastores: 'datastore',
  hosts: 'host',
  images: 'image',
  jobs: 'backup job',
  templates: 'virtual machine template',
  vms: 'virtual machine',
};

/** A line of oned's log. */
export function log(module: string, level: 'D' | 'I' | 'W' | 'E', message: string): void {
  console.log(`${longTime(now())} [Z0][${module}][${level}]: ${message}`);
}

/** The user a session `name:password` belongs to. */
export function authenticate(cloud: Cloud, session: string): User {
  const user = cloud.state.users.find(({ name, password }) => session === `${name}:${password}`);
  if (!user) throw new OneError("User couldn't be authenticated, aborting call.");
  return user;
}

/** Throws unless the user is an administrator; `operations` are what was asked for, e.g. `ADMIN HOST [0]`. */
export function requireAdmin(user: User, ...operations: string[]): void {
  if (user.id <= 1) return;
  throw new OneError(`User [${user.id}] : ${operations.map((operation) => `Not authorized to perform ${operation}`).join('; ')}.`);
}

/** Throws where an object is locked up to some level: 1 locks everything, 2 managing and administering, 3 administering. */
function requireUnlocked(user: User, kind: string, object: Tree, most: number): void {
  const level = int(object, 'LOCK/LOCKED');
  if (level > 0 && level <= most) throw new OneError(`User [${user.id}] : ${kind} is locked. [${text(object, 'ID')}].`);
}

/** Throws unless the user may manage an object: he is an administrator, or it is his and he has not forbidden it to himself. */
export function requireManage(user: User, kind: string, object: Tree, { evenLocked = false } = {}): void {
  if (!evenLocked) requireUnlocked(user, kind, object, 2);
  if (int(object, 'UID') === user.id && text(object, 'PERMISSIONS/OWNER_M') === '1') return;
  requireAdmin(user, `MANAGE ${kind} [${text(object, 'ID')}]`);
}

/** Throws unless the user may administer an object, which is not locked. */
export function requireAdminOf(user: User, kind: string, object: Tree): void {
  requireUnlocked(user, kind, object, 3);
  if (int(object, 'UID') === user.id && text(object, 'PERMISSIONS/OWNER_A') === '1') return;
  requireAdmin(user, `ADMIN ${kind} [${text(object, 'ID')}]`);
}

/** Whether a user may use an object. Infrastructure is everybody's, the rest is the owner's, his group's or public. */
export function mayUse(user: User, pool: Pool, object: Tree): boolean {
  if (user.id <= 1 || pool === 'datastores' || pool === 'hosts') return true;
  const permits = (who: string) => text(object, `PERMISSIONS/${who}_U`) === '1';
  if (int(object, 'UID') === user.id) return permits('OWNER');
  return permits('OTHER') || (int(object, 'GID') === 1 && permits('GROUP'));
}

const INVALID_NAME_CHARACTERS = /[&|:\\";/'#{}$<>\t\n\v\f\r]/;

/** The name as OpenNebula keeps it; throws when it may not be used or is taken in the pool. */
export function checkName(name: string, taken: { kind: string; objects: Tree[] }): string {
  const trimmed = name.trim();
  if (trimmed === '') throw new OneError('Invalid NAME, it cannot be empty');
  const invalid = INVALID_NAME_CHARACTERS.exec(trimmed)?.[0];
  if (invalid !== undefined) throw new OneError(`Invalid NAME, char '${invalid}' is not allowed`);
  if (Buffer.byteLength(trimmed) > 128) throw new OneError('Invalid NAME, max length is 128 chars');
  const same = taken.objects.find((object) => text(object, 'NAME') === trimmed);
  if (same) throw new OneError(`NAME is already taken by ${taken.kind} ${text(same, 'ID')}.`);
  return trimmed;
}
