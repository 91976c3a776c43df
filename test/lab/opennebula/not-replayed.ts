/** The recordings that are not replayed, by session and reason, their names with blanks in between. */
interface Session {
  /** What these ask for is refused aloud. */
  refused: Record<string, string>;
  /** What these ask for is answered, though not as recorded, or not OpenNebula's to answer. */
  answered: Record<string, string>;
}

export const NOT_REPLAYED = {
  '7.4.0/calls': {
    refused: {
      'for programs only -x: no JSON, YAML, CSV, chosen columns or filters':
        '011 065 066 067 068 069 070 071-ds 071b 071c 074 209-oneimage-list-j 210 212 312b 333 382 383 441',
      'for people only datastores and the list of virtual machines':
        '003 012 014 102 200-vm-show-before 203-oneimage-list-during-1 203-oneimage-list-during-2 203-oneimage-list-during-3 ' +
        '203-oneimage-list-during-4 203-oneimage-list-during-5 203-oneimage-list-during-6 203-onevm-show-during-1 ' +
        '203-onevm-show-during-2 203-onevm-show-during-3 203-onevm-show-during-4 203-onevm-show-during-5 203-onevm-show-during-6 ' +
        '205 207 208 235 237 241 253 257 262 263 265 280 281 343b 351 354 357 359 380 385 388 391 394-onehost 394b 401 407',
      'no help': '085 086 232 260 408',
      'one cluster, no networks': '450 451 452',
      'nobody forces a look at a host': '013',
      'no images are made, and nothing is tried again': '100 110 320 323',
    },
    answered: {
      'a look at the capacity that came a moment too late': '430-race1',
      'not OpenNebula’s command line': '420 421 422 423 424',
    },
  },
  '7.4.0/second': {
    refused: {
      'for programs only -x: no JSON; for people only datastores, jobs, and the list of virtual machines':
        'a-recurring-end-passed/02-onevm-show a-recurring-end-passed/03-onevm-show a-recurring-end-passed/05-onevm-show ' +
        'a-recurring-end-passed/12-onevm-show a-recurring-end-passed/13-onevm-show a-recurring-end-passed/15-onevm-show ' +
        'a0-list-extended/05 a0-list-extended/06 b-due-while-in-backup/04',
      'no help of jobs': 'q-backup-jobs/00',
      'no images are made': 's-disks/01',
      'of a file that is not there, and a template that was made of it': 's-disks/02 s-disks/03',
    },
    answered: {
      'drivers are copied from a front-end: see test/lab/backup.test.ts': 'd-var-tmp-one-removed/04 d-var-tmp-one-removed/05',
    },
  },
  '7.4.0/third': {
    refused: {},
    answered: {
      'of another release of the description, or not OpenNebula’s command line':
        'e-restored-vm/08 e-restored-vm/09-ssh-guest-ping-1 e-restored-vm/09-ssh-guest-ping-6 e-restored-vm/11 e-restored-vm/16',
    },
  },
  '6.10.5/calls': {
    refused: {
      'for people only datastores and the list of virtual machines, and no help': '001 002 036',
      'nothing is restored into its place': '063 065',
    },
    answered: {},
  },
} satisfies Record<string, Session>;

export type SessionName = keyof typeof NOT_REPLAYED;
