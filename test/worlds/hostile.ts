/** Hypervisors that do not behave, each in a way of its own. What is asked of one of them must cost its deadline once, and concern no other. */
import type { Lab } from '../../lab/machines/lab.ts';
import type { Outcome } from '../../support/outcome/outcome.ts';
import { type Fault, files, filter, impatient, impostor, loginSays, prints, program } from './faults.ts';
import { blocked, onlyKvm01, undetermined, type World } from './world.ts';

export interface Hostile {
  readonly fault: (on: string) => Fault;
  /** What BDS-102 comes to on that hypervisor. */
  readonly outcome: Outcome;
  /** Words of its reason. */
  readonly reason: RegExp;
}

/** Its bash, to which the suite gives its questions, is another; `$real` is the one that it was. */
const bash = (what: string, script: string, looks: RegExp): Hostile => ({
  fault: (on) =>
    program(
      `${on} ${what}`,
      on,
      'bash',
      script,
      loginSays('frontend01', on, looks, 'timeout -k 1 2 bash -c "echo sound" | head -c 300; echo'),
    ),
  outcome: 'undetermined',
  reason: /did not answer|no answer/,
});

/** On its port 22 somebody else answers. A client may wait longer than it was told to, so the port itself is looked at. */
const other = (what: string, talk: string, looks: RegExp): Hostile => ({
  fault: (on) => {
    const look = `timeout 6 bash -c 'exec 3<>/dev/tcp/${on}/22; head -c 3 <&3; echo " after $SECONDS s"'; echo "ended with $?"`;
    return impostor(`${on} ${what}`, on, talk, prints('frontend01', looks, 'bash', '-c', look));
  },
  outcome: 'undetermined',
  reason: /timed out|no answer/,
});

/** The front-end's own files about it are others. */
const onFrontend = (what: string, touched: string[], script: (on: string) => string, looks: RegExp, outcome: Outcome): Hostile => ({
  fault: (on) => files(`${what} ${on}`, { on: 'frontend01', files: touched, script: script(on) }, loginSays('frontend01', on, looks)),
  outcome,
  reason: looks,
});

const mark = '\\0360123456789abcdef\\036';

export const hostile = {
  refused: {
    fault: (on) => ({
      what: `the SSH server of ${on} is down`,
      break: (lab: Lab) => lab.stop(on, 'sshd'),
      repair: (lab: Lab) => lab.start(on, 'sshd'),
      isBroken: loginSays('frontend01', on, /Connection refused/),
    }),
    outcome: 'not-met',
    reason: /Connection refused/,
  },
  filtered: {
    fault: (on) =>
      filter(`${on} drops what comes for its SSH server`, on, 'input', 'tcp dport 22 drop', loginSays('frontend01', on, /timed out/)),
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
      program(
        `${on} cuts the connection in the middle of its answers`,
        on,
        'bash',
        `[ "$1" = -s ] || exec "$real" "$@"\nsed '/^probe staging/,$d' | "$real" -s; kill -9 $(ps -o ppid= -p $PPID)`,
        loginSays('frontend01', on, /closed by remote host/, 'echo | bash -s; true'),
      ),
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
    fault: (on) => ({
      ...program(
        `${on} leaves the connection open after its answers`,
        on,
        'bash',
        'case $1 in -s) sleep 6000 & ;; esac; exec "$real" "$@"',
        () => Promise.resolve(true),
      ),
      isBroken: async (lab) => {
        const login = `timeout 3 ssh -n -o BatchMode=yes ${lab.machine(on).fqdn} bash -s; echo "ended with $?"`;
        return (await lab.shell('frontend01', ['sh', '-c', login])).stdout.includes('ended with 124');
      },
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
  unresolved: onFrontend(
    'no name server answers the front-end, which must ask for the name of',
    ['/etc/hosts', '/etc/nsswitch.conf', '/etc/resolv.conf'],
    (on) =>
      `sed -i '/ ${on}$/d' /etc/hosts; sed -i 's/^hosts: files/hosts: files dns/' /etc/nsswitch.conf; echo nameserver 127.0.0.1 > /etc/resolv.conf`,
    /Temporary failure in name resolution/,
    'undetermined',
  ),
} satisfies Record<string, Hostile>;

const alone = ({ fault }: Hostile) => ({ ...fault('kvm01'), site: impatient, machines: onlyKvm01('102', 'undetermined') });

/** The world in which kvm01 lets nobody in, in this way. */
export const shut = (kind: Hostile): World => ({
  ...alone(kind),
  flips: { ...undetermined('102'), ...blocked('105', '205', '303', '304') },
  reasons: { 'BDS-102': [/frontend01.*→ kvm01/, kind.reason] },
});

/** The world in which kvm01 lets us in, and says nothing that is an answer, in this way. */
export const mute = (kind: Hostile): World => ({
  ...alone(kind),
  flips: { ...undetermined('102', '205', '303', '304'), ...blocked('105') },
  reasons: { 'BDS-102': [/kvm01/, kind.reason], 'BDS-205': [/kvm01/], 'BDS-303': [/kvm01/], 'BDS-304': [/kvm01/] },
});
