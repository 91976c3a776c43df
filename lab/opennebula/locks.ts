/** Locks of virtual machines and jobs: to be used, managed or administered is refused from then on, by level 1, 2 or 3. Source: PoolObjectSQL::lock_db. */
import { randomInt } from 'node:crypto';
import { type Call, requireManage } from './cloud.ts';
import { now } from './format.ts';
import type { Tree } from './tree.ts';

/** What can be locked: its pool, and the element before which OpenNebula writes the lock. */
const LOCKED = { VM: { pool: 'vms', before: 'MONITORING' }, BACKUPJOB: { pool: 'jobs', before: 'PERMISSIONS' } } as const;
type Kind = keyof typeof LOCKED;

export function lock(kind: Kind, { cloud, user }: Call, id: number, level: number): void {
  const object = cloud.get(LOCKED[kind].pool, id);
  requireManage(user, kind, object, { evenLocked: true });
  enterLock(kind, object, { level, owner: user.id });
}

/** Writes a lock into an object. */
export function enterLock(kind: Kind, object: Tree, { level, owner }: { level: number; owner: number }): void {
  const { before } = LOCKED[kind];
  delete object.LOCK;
  const elements = Object.entries(object);
  const after = elements.slice(elements.findIndex(([name]) => name === before));
  for (const [name] of after) delete object[name];
  const LOCK = { LOCKED: String(level), OWNER: String(owner), TIME: String(now()), REQ_ID: String(randomInt(10_000)) };
  Object.assign(object, { LOCK, ...Object.fromEntries(after) });
}

export function unlock(kind: Kind, { cloud, user }: Call, id: number): void {
  const object = cloud.get(LOCKED[kind].pool, id);
  requireManage(user, kind, object, { evenLocked: true });
  delete object.LOCK;
}
