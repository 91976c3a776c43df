/** What requirements of your own build upon: docs/contributing.md. Features, steps and profiles are in `./cucumber`. */

export type { VerdictFile } from './archive/files.ts';
export { answersOf, eachHypervisor, notLetIn, noWayIn, poolOf, registered } from './checks/barriers.ts';
export type { BackupServerFacts } from './facts/backup-server.ts';
export type { FrontendFacts } from './facts/frontend.ts';
export type { HypervisorFacts } from './facts/hypervisor.ts';
export { type Judgement, met } from './outcome/judgement.ts';
export type { Evidence, Outcome } from './outcome/outcome.ts';
export type { ComplianceWorld } from './run/world.ts';
export type { Site } from './site/schema.ts';
