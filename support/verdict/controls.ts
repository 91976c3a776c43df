/** A control of a framework that auditors work by, as far as this suite has to do with it. */
export interface Control {
  /** As it stands in the features' tags behind @supports: or @evidences: */
  readonly tag: string;
  readonly framework: string;
  readonly name: string;
  readonly title: string;
  /** What the control asks for, in short. */
  readonly asks: string;
  /** What it asks for that no run of this suite says anything about. */
  readonly notCovered: string;
}

const nist = 'NIST SP 800-53 rev. 5';
const iso = 'ISO/IEC 27001:2022';
const cis = 'CIS Controls v8';
const soc = 'SOC 2';

export const controls: readonly Control[] = [
  {
    ...{ tag: 'NIST-800-53:CP-9', framework: nist, name: 'CP-9', title: 'System Backup' },
    asks: 'backups of what is to be backed up, as often as was decided, and protected',
    notCovered:
      'that the site file declares all that matters as production, and asks for what was decided; backups of documentation (c); confidentiality of the backups at rest (d). What is evidenced is (a) and (b), for VMs.',
  },
  {
    ...{ tag: 'NIST-800-53:CP-9(1)', framework: nist, name: 'CP-9(1)', title: 'Testing for Reliability and Integrity' },
    asks: 'tests of backup information, that the media are reliable and the information is whole',
    notCovered:
      'backups that were neither the test backup nor sampled nor those of canaries, and how often they are tested. That the backup holds what the disk of the VM held when it was made: it runs on meanwhile.',
  },
  {
    ...{ tag: 'NIST-800-53:CP-9(2)', framework: nist, name: 'CP-9(2)', title: 'Test Restoration Using Sampling' },
    asks: 'a sample of backup information, used to restore selected functions of the system when the contingency plan is tested',
    notCovered:
      'the function: only the test VM is started from what was restored, without network; of a sample the disks and the template are compared. A sample of backups that matter, where the site file declares none (restore.sample).',
  },
  {
    ...{ tag: 'NIST-800-53:CP-10', framework: nist, name: 'CP-10', title: 'System Recovery and Reconstitution' },
    asks: 'recovery and reconstitution of the system to a known state, in the time that was decided',
    notCovered:
      'that a VM of production runs again, and how long it takes to start: its restored disks are compared; only the test VM is started.',
  },
  {
    ...{ tag: 'ISO-27001:A.8.13', framework: iso, name: 'A.8.13', title: 'Information backup' },
    asks: 'backup copies that are maintained, and regularly tested, by the policy on backup',
    notCovered:
      'the policy itself, and that the site file says the same. What is evidenced are recent backups of production, and a test by restoring, of one VM.',
  },
  {
    ...{ tag: 'CIS-v8:11.2', framework: cis, name: '11.2', title: 'Perform Automated Backups' },
    asks: 'automated backups of the assets in scope, weekly or more often',
    notCovered: 'that the site file declares all assets in scope as production; backups of anything but VMs.',
  },
  {
    ...{ tag: 'CIS-v8:11.3', framework: cis, name: '11.3', title: 'Protect Recovery Data' },
    asks: 'backups that are protected as well as the original data',
    notCovered: 'encryption at rest; who may log in to the backup server in other ways.',
  },
  {
    ...{ tag: 'CIS-v8:11.5', framework: cis, name: '11.5', title: 'Test Data Recovery' },
    asks: 'tests of recovery, each quarter or more often, for a sample of the assets in scope',
    notCovered:
      'assets that were not sampled: without restore.sample in the site file that is all but the test VM, which is not in production. How often they are tested: each report of a gate is one test.',
  },
  {
    ...{ tag: 'SOC-2:A1.2', framework: soc, name: 'A1.2', title: 'Data backup processes and recovery infrastructure' },
    asks: 'environmental protections, software, backup processes and recovery infrastructure that are designed, operated and monitored',
    notCovered: 'that the site file declares all data that matters as production; environmental protections; another site.',
  },
  {
    ...{ tag: 'SOC-2:A1.3', framework: soc, name: 'A1.3', title: 'Recovery plan procedures are tested' },
    asks: 'tests of the procedures of the recovery plan; among them, of whether backup data is whole and complete',
    notCovered:
      'the recovery plan itself, its scenarios and its people. What is evidenced is the test of backup data, for the test VM and those that were sampled.',
  },
];

export type Relation = 'supports' | 'evidences';

/**
 * What a tag of a feature says of a control, such as @supports:NIST-800-53:CP-9; undefined of any other tag.
 * @throws Error when it names no control that is known here.
 */
export function readRelation(tag: string): { readonly relation: Relation; readonly control: Control } | undefined {
  if (!/^@(support|evidence)/i.test(tag)) return undefined;
  for (const relation of ['supports', 'evidences'] as const) {
    const control = controls.find((candidate) => tag === `@${relation}:${candidate.tag}`);
    if (control) return { relation, control };
  }
  throw new Error(
    `${tag}: unknown control. Expected @supports: or @evidences: and one of ${controls.map((control) => control.tag).join(', ')}`,
  );
}
