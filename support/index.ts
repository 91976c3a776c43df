/** What requirements of your own build upon: docs/contributing.md. Features, steps and profiles are in `./cucumber`. */
export { type Check, check } from './checks/check.ts';
export type { Asked, Audited } from './facts/audited.ts';
export type { BackupServerFacts } from './facts/backup-server.ts';
export type { BridgeFacts } from './facts/bridge.ts';
export type { FrontendFacts } from './facts/frontend.ts';
export type { HostFacts } from './facts/host.ts';
export type { Evidence, Looked } from './outcome/evidence.ts';
export { expecting, type Judgement, notApplicable } from './outcome/judgement.ts';
export type { Outcome } from './outcome/outcome.ts';
export type { Subject } from './outcome/subject.ts';
export { asking, type ComplianceWorld, judging } from './run/world.ts';
export type { Site } from './site/schema.ts';
export type { VerdictFile } from './verdict/schema.ts';
