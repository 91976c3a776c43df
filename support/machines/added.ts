/**
 * All that our logins and transfers have besides the words that OpenNebula's driver writes, in one list; nothing else adds to them. Each
 * entry says why it cannot change who gets in. What must not be kept out here: a setting of the account or the machine, the driver's program,
 * its arguments, its account. `npm run verdicts` runs the driver's plain command beside ours in every world of a login or a transfer.
 */

export interface Added {
  /** As a POSIX shell reads them between double quotes: $known, $kex and $patience are set by `ownSettings`, $quiet by `setRemoteShell` of openssh.ts. */
  readonly words: readonly string[];
  readonly why: string;
}

const option = (word: string): string[] => ['-o', word];

/** To each login, on every leg. */
export const added: readonly Added[] = [
  {
    words: ['-v'],
    why: 'It has the client say on stderr what it does. No LogLevel of the settings takes that back, and no decision looks at it.',
  },
  {
    words: option('BatchMode=yes'),
    why: 'It never asks. The driver has no terminal, so what would be asked there is answered by nobody: denied, or for ever waiting.',
  },
  {
    words: option('ConnectTimeout=$patience'),
    why: 'It never waits for ever. The driver waits as long as TCP does, or as the settings say where that is less, and then so do we; what has not answered by then is undetermined, never not met.',
  },
  { words: option('UpdateHostKeys=no'), why: 'It keeps no key. What a server tells of its other keys comes after the login.' },
  {
    words: option('UserKnownHostsFile=/dev/null $known'),
    why: 'It keeps no key: a new one goes to the first file, and all are searched. Whether a new one passes is up to StrictHostKeyChecking as set.',
  },
  {
    words: ['${kex:+-oKexAlgorithms=$kex}'],
    why: 'It is quick: the cheapest key exchange comes first where the settings allow it; all that they allow stay, so the same servers agree.',
  },
];

/**
 * To a login that stands for another of the driver's: on the front-end's legs the driver says so itself; on a host's, the plain login after a
 * rsync that failed only tells what else lets the host in.
 */
export const OWN_CONNECTION: Added = {
  words: [...option('ControlMaster=no'), ...option('ControlPath=none')],
  why: "The driver's own words on the legs that begin on the front-end.",
};

/** To the rsync that a host starts. `added` reaches its ssh by -e, behind what $RSYNC_RSH says, and so does QUIET. */
export const addedToRsync: readonly Added[] = [
  {
    words: ['-n'],
    why: 'It changes nothing on either side. Login, arguments, protocol and the look at the directory are as without it; what is written later is not tried.',
  },
  { words: ['-v'], why: 'It has rsync say what it would copy, and that it was answered. The other side is sent one letter more.' },
];

export const QUIET: Added = {
  words: ['$quiet'],
  why: 'It leaves no shared connection behind. It is set only where the settings make one and nothing is in the way of that: the folder is there and may be written, and its name is short enough. Else the settings show what they come to.',
};
