import * as access from './access.ts';
import * as boot from './boot.ts';
import * as bridges from './bridges.ts';
import * as canaries from './canaries.ts';
import type { Check } from './check.ts';
import * as datastore from './datastore.ts';
import * as driver from './driver.ts';
import * as failures from './failures.ts';
import * as gate from './gate.ts';
import * as images from './images.ts';
import * as jobs from './jobs.ts';
import * as plans from './plans.ts';
import * as programs from './programs.ts';
import * as registration from './registration.ts';
import * as restorePoints from './restore-points.ts';
import * as room from './room.ts';
import * as sample from './sample.ts';
import * as schedules from './schedules.ts';
import * as storage from './storage.ts';

const isCheck = (exported: unknown): exported is Check => typeof exported === 'object' && exported !== null && 'judge' in exported;

const files = [
  access,
  bridges,
  storage,
  programs,
  driver,
  datastore,
  schedules,
  room,
  restorePoints,
  plans,
  failures,
  jobs,
  images,
  registration,
  gate,
  boot,
  canaries,
  sample,
];

/** Every check of the suite's own: whatever these files export that is one. */
export const checks: readonly Check[] = files
  .flatMap((file): unknown[] => Object.values(file))
  .filter(isCheck)
  .toSorted((a, b) => a.id.localeCompare(b.id));
