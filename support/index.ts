/** What requirements of your own build upon: docs/contributing.md. Features, steps and profiles are in `./cucumber`. */
export { answersOf, eachHypervisor, notLetIn, noWayIn, poolOf, registered } from './checks/barriers.ts';
export { type Judgement, met } from './checks/judgement.ts';
export type { BackupServerFacts } from './facts/backup-server.ts';
export type { FrontendFacts } from './facts/frontend.ts';
export type { HypervisorFacts } from './facts/hypervisor.ts';
export type { Evidence, Outcome } from './outcome.ts';
export type { VerdictFile } from './report/files.ts';
export type { Site } from './site/schema.ts';
export type { ComplianceWorld } from './world.ts';
