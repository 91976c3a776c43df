/** Hypervisors that do not behave, each in a way of its own. What is asked of one of them must cost its deadline once, and concern no other. */
import { type Fault, loginSays, prints } from '../../lab/faults/fault.ts';
import { program } from '../../lab/faults/programs.ts';
import { files, filter, impostor, noNameServer, sshdStopped } from '../../lab/faults/ssh.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { behind102, blocked, impatient, onlyKvm01, type Row, undetermined } from './world.ts';

export interface Hostile {
  readonly fault: (on: string) => Fault;
  /** What BDS-102 comes to on that hypervisor. */
  readonly outcome: Outcome;
  /** Words of its reason. */
  readonly reason: RegExp;
}

/** Its bash, to which the suite gives its questions, is another; `$real` is the one that it was. */
const bash = (what: string, script: string, words: RegExp): Hostile => ({
  fault: (on) => {
    const looks = loginSays('frontend01', on, words, 'timeout -k 1 2 bash -c "echo sound" | head -c 300; echo');
    return program(`${on} ${what}`, on, { name: 'bash', script, looks });
  },
  outcome: 'undetermined',
  reason: /did not answer|no answer/,
});

/** On its port 22 somebody else answers. A client may wait longer than it was told to, so the port itself is looked at. */
const other = (what: string, talk: string, words: RegExp): Hostile => ({
  fault: (on) => {
    const look = `timeout 6 bash -c 'exec 3<>/dev/tcp/${on}/22; head -c 3 <&3; echo " after $SECONDS s"'; echo "ended with $?"`;
    return impostor(`${on} ${what}`, on, { talk, looks: prints('frontend01', look, words) });
  },
  outcome: 'undetermined',
  reason: /timed out|no answer/,
});

/** The front-end's own files about it are others. */
const onFrontend = (what: string, touched: string[], script: (on: string) => string, words: RegExp, outcome: Outcome): Hostile => ({
  fault: (on) => files(`${what} ${on}`, 'frontend01', { files: touched, script: script(on), looks: loginSays('frontend01', on, words) }),
  outcome,
  reason: words,
});

const mark = '\\0360123456789abcdef\\036';

export const hostile = {
  refused: { fault: (on) => sshdStopped(on), outcome: 'not-met', reason: /Connection refused/ },
  filtered: {
    fault: (on) =>
      filter(`${on} drops what comes for its SSH server`, on, {
        rule: 'tcp dport 22 drop',
        looks: loginSays('frontend01', on, /timed out/),
      }),
    outcome: 'undetermined',
    reason: /timed out/,
  },
  silent: other('takes a connection and says nothing', 'sleep 600', /^ended with 124/),
  drips: other(
    'sends its banner a byte a second',
    'for my $byte (split //, "SSH-2.0-" . "drip" x 999) { print $c $byte; sleep 1 }',
    /after [2-5] s/,
  ),
  freezes: bash('freezes after the login', 'exec sleep 600', /^(?!.*sound)/s),
  ignores: bash('runs something that does not end when it is told to', "trap '' TERM; while :; do sleep 1; done", /^(?!.*sound)/s),
  dies: {
    fault: (on) =>
      program(`${on} cuts the connection in the middle of its answers`, on, {
        name: 'bash',
        script: `[ "$1" = -s ] || exec "$real" "$@"\nsed '/^probe staging/Q' | "$real" -s; kill -9 $(ps -o ppid= -p $PPID)`,
        looks: loginSays('frontend01', on, /closed by remote host/, 'echo | bash -s; true'),
      }),
    outcome: 'undetermined',
    reason: /did not answer/,
  },
  endless: bash('answers without end', 'exec yes for ever', /for ever/),
  longest: bash('answers with one line of a gigabyte', 'head -c 1G /dev/zero | tr "\\0" x', /x{99}/),
  rubbish: bash('answers with binary rubbish', 'echo rubbish; exec head -c 99999 /dev/urandom', /rubbish/),
  replays: bash(
    'gives the answers of another run',
    `printf '${mark}rsync${mark}1${mark}${mark}rsync  version 3.2.7${mark}0${mark}2${mark}done${mark}'`,
    /version 3\.2\.7/,
  ),
  lingers: {
    fault: (on) =>
      program(`${on} leaves the connection open after its answers`, on, {
        name: 'bash',
        script: 'case $1 in -s) sleep 6000 & ;; esac; exec "$real" "$@"',
        looks: prints('frontend01', `timeout 3 ssh -n -o BatchMode=yes ${on} bash -s`, /exit 124$/),
      }),
    outcome: 'met',
    reason: /^$/,
  },
  rekeyed: onFrontend(
    'the front-end remembers another host key of',
    ['/var/lib/one/.ssh'],
    (on) => `ssh-keygen -q -t ed25519 -N '' -f /tmp/other; read -r type key rest < /tmp/other.pub; rm /tmp/other /tmp/other.pub
      sed -i "/[, ]${on}\\b/s#ssh-ed25519 [^ ]*#ssh-ed25519 $key#" ~/.ssh/known_hosts`,
    /IDENTIFICATION HAS CHANGED|Host key verification failed/,
    'not-met',
  ),
  nameless: onFrontend(
    'the front-end does not know the name of',
    ['/etc/hosts'],
    (on) => `sed -i '/ ${on}$/d' /etc/hosts`,
    /Could not resolve hostname/,
    'not-met',
  ),
  unresolved: {
    fault: (on) =>
      noNameServer(`no name server answers the front-end, which must ask for the name of ${on}`, 'frontend01', {
        of: on,
        looks: loginSays('frontend01', on, /Temporary failure in name resolution/),
      }),
    outcome: 'undetermined',
    reason: /Temporary failure in name resolution/,
  },
} satisfies Record<string, Hostile>;

const alone = ({ fault }: Hostile) => ({ fault: fault('kvm01'), site: impatient, machines: onlyKvm01('102', 'undetermined') });

/** The world in which kvm01 lets nobody in, in this way. */
export const shut = (kind: Hostile): Row => ({ ...alone(kind), also: behind102, reasons: [/frontend01.*→ kvm01/, kind.reason] });

/** The world in which kvm01 lets us in, and says nothing that is an answer, in this way. */
export const mute = (kind: Hostile): Row => ({
  ...alone(kind),
  also: { ...undetermined('205', '303', '304', '305', '306'), ...blocked('105') },
  reasons: { 102: [/kvm01/, kind.reason], 205: /kvm01/, 303: /kvm01/, 304: /kvm01/, 305: /kvm01/, 306: /kvm01/ },
});
