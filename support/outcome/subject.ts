/** What kinds of things a requirement is judged of one by one. A host is a hypervisor; a machine is any other. */
export const KINDS = ['host', 'vm', 'image', 'job', 'datastore', 'machine'] as const;

/** Kinds of which a cloud has thousands: a verdict lists those of them on which there is something to see, and the number of the others. */
const MANY: ReadonlySet<string> = new Set<(typeof KINDS)[number]>(['vm', 'image', 'job']);

export const isOneOfMany = (subject: Pick<Subject, 'kind'> | undefined): boolean => subject !== undefined && MANY.has(subject.kind);

/** One of the things that a requirement is judged of; named as OpenNebula lists it. */
export interface Subject {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  /** OpenNebula's id, where it has one. */
  readonly id?: string;
}

/** True for a machine's full name and its short one. */
export function isNamed(name: string, asked: string): boolean {
  return name === asked || name.startsWith(`${asked}.`);
}
