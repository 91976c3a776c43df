import { type Fault, type Looks, loginSays, overHostSays, prints, sh, together, unseen } from '../../lab/faults/fault.ts';
import { faultNamed } from '../../lab/faults/index.ts';
import { missing, program } from '../../lab/faults/programs.ts';
import { agent, agentSays, client } from '../../lab/faults/ssh.ts';
import { behindName, blocked, impatient, kvm01, kvm02, notMet, type Table, undetermined } from './world.ts';

/** Hypervisors are not lent the key, either. */
const hostsToo = (words: RegExp | RegExp[]) => ({
  also: notMet('102'),
  reasons: { 102: [/kvm01.*kvm02/s, /Permission denied/], 103: words },
});

const unknownKey = agent('', {
  script: "mkdir /tmp/keys; ssh-keygen -q -t ed25519 -N '' -C stranger -f /tmp/keys/other; ssh-add -qD; ssh-add -q /tmp/keys/other",
  looks: unseen,
});
const loginOverHostDenied = overHostSays('kvm01', /Permission denied/);

/** A host gets in though the agent is like this. */
const inWithout =
  (looks: Looks): Looks =>
  async (lab) =>
    (await looks(lab)) && (await overHostSays('kvm02', /^exit 0$/)(lab));

/** The key of the front-end lies on a host. */
const keyOn = (on: string): Fault => ({
  what: '',
  break: async (lab) => {
    const key = await sh(lab, 'frontend01', 'cat ~/.ssh/id_ed25519');
    return lab.shell(on, ['bash', '-c', 'umask 077; cat > ~/.ssh/id_ed25519'], { input: key });
  },
  repair: (lab) => sh(lab, on, 'rm ~/.ssh/id_ed25519'),
  isBroken: unseen,
});

export default {
  'agent-and-key-gone.not-met': {
    fault: agent('neither an agent nor a key is on the front-end', {
      script: 'kill $(pgrep -x ssh-agent); mv ~/.ssh/id_ed25519 ~/.ssh/id_off',
      looks: loginSays('frontend01', 'backup01', /Permission denied/),
    }),
    also: { ...notMet('101', '102'), ...behindName, ...blocked('205', '303', '305', '306') },
    reasons: {
      101: [/frontend01.*backup01/, /Permission denied/],
      102: [/frontend01.*kvm01.*kvm02/s, /Permission denied/],
      103: /ssh-agent\.sock/,
    },
  },
  'agent-asks-first.not-met': {
    fault: agent("the front-end's agent uses its key only when somebody confirms it", {
      script: 'ssh-add -qD; ssh-add -q -c',
      looks: prints('frontend01', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh -o BatchMode=yes backup01 true; echo $?', /255/),
    }),
    also: { ...notMet('101', '102'), ...behindName, ...blocked('205', '303', '305', '306') },
    reasons: {
      101: [/frontend01.*backup01/, /Permission denied/],
      102: [/frontend01.*kvm01.*kvm02/s, /Permission denied/],
      103: /none of which is accepted/,
    },
  },
  'agent-crowded.not-met': {
    fault: agent("the front-end's agent holds so many keys that servers lose patience before ours", {
      script:
        "mkdir /tmp/keys; ssh-add -qD; for i in 1 2 3 4 5 6 7; do ssh-keygen -q -t ed25519 -N '' -f /tmp/keys/$i; ssh-add -q /tmp/keys/$i; done; ssh-add -q",
      looks: prints('frontend01', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock ssh-add -l | wc -l', /^8/m),
    }),
    also: notMet('102'),
    reasons: {
      102: [/kvm01.*kvm02/s, /authentication failures|Permission denied/],
      103: /authentication failures|none of which is accepted/,
    },
  },
  'agent-empty.not-met': {
    fault: 'agent-empty',
    also: notMet('102'),
    reasons: { 102: /Permission denied/, 103: [/holds no key/, /ssh-add/] },
  },
  'agent-frozen.undetermined': {
    fault: agent("the front-end's agent is frozen", {
      script: 'kill -STOP $(pgrep -x ssh-agent)',
      looks: prints('frontend01', 'SSH_AUTH_SOCK=/var/run/one/ssh-agent.sock timeout 0.3 ssh-add -l; echo $?', /^124/m),
    }),
    site: impatient,
    also: { ...undetermined('101', '102'), ...behindName, ...blocked('205', '303', '305', '306') },
    reasons: {
      101: [/frontend01.*backup01/, /no answer/],
      102: [/frontend01.*kvm01.*kvm02/s, /no answer/],
      103: /no answer to .ssh-add -l. in time/,
    },
  },
  'agent-key-lapsed.not-met': {
    fault: agent("the key that the front-end's agent held was lent for a second only", {
      script: 'ssh-add -qD; ssh-add -q -t 1; sleep 1.2',
      looks: agentSays(/no identities/),
    }),
    ...hostsToo(/holds no key/),
  },
  'agent-locked.not-met': {
    fault: agent("the front-end's agent is locked by a password", {
      script:
        "mkdir /tmp/keys; printf '%s\\n' '#!/bin/sh' 'echo secret' > /tmp/keys/ask; chmod 755 /tmp/keys/ask; SSH_ASKPASS=/tmp/keys/ask SSH_ASKPASS_REQUIRE=force ssh-add -x > /dev/null 2>&1",
      looks: agentSays(/no identities/),
    }),
    ...hostsToo(/holds no key/),
  },
  'agent-other-key.not-met': {
    fault: agent("the front-end's agent holds only a key that no server knows", {
      script: "mkdir /tmp/keys; ssh-keygen -q -t ed25519 -N '' -C other-key -f /tmp/keys/k; ssh-add -qD; ssh-add -q /tmp/keys/k",
      looks: agentSays(/other-key/),
    }),
    ...hostsToo(/none of which is accepted/),
  },
  'agent-socket-gone.not-met': {
    fault: agent("the socket of the front-end's agent is gone, though the agent runs", {
      script: 'rm $SSH_AUTH_SOCK',
      looks: agentSays(/No such file/),
    }),
    ...hostsToo([/ssh-agent\.sock/, /No such file/]),
  },
  'agent-socket-is-a-file.not-met': {
    fault: agent("a file lies where the socket of the front-end's agent should be", {
      script: 'rm $SSH_AUTH_SOCK; touch $SSH_AUTH_SOCK',
      looks: agentSays(/Connection refused/),
    }),
    ...hostsToo([/ssh-agent\.sock/, /Connection refused/]),
  },
  'agent-of-others-and-file-in-settings.not-met': {
    fault: together(
      "the front-end's agent holds only a key that nobody knows, and the settings of ssh name the file of the right one",
      [unknownKey, client('', 'frontend01', { lines: 'IdentityFile ~/.ssh/id_ed25519' })],
      loginOverHostDenied,
    ),
    also: notMet('102'),
    reasons: {
      102: [/kvm01.*kvm02/s, /Permission denied/, /BDS-103 comes first/],
      103: /none of which is accepted: logged in with .*id_ed25519, not with a key of the agent/,
    },
  },
  'agent-of-others-and-keys-on-all-hosts.not-applicable': {
    fault: together(
      "the front-end's agent holds only a key that nobody knows, the settings of ssh name the file of the right one, and all hosts have it",
      [unknownKey, client('', 'frontend01', { lines: 'IdentityFile ~/.ssh/id_ed25519' }), keyOn('kvm01'), keyOn('kvm02')],
      inWithout(agentSays(/stranger/)),
    ),
    reasons: [/Every hypervisor host logs in to backup01\.example\.net with a key of its own/, /none of which is accepted/],
  },
  'agent-socket-of-others.not-met': {
    fault: agent("oneadmin may not use the socket of the front-end's agent", {
      script: 'chmod 0 $SSH_AUTH_SOCK',
      looks: agentSays(/Permission denied/),
    }),
    ...hostsToo([/ssh-agent\.sock/, /Permission denied/]),
  },
  'agent-stopped-keys-on-all-hosts.not-applicable': {
    fault: together(
      'the SSH agent of the front-end is stopped, and all hosts have the key themselves',
      [faultNamed('agent-stopped'), keyOn('kvm01'), keyOn('kvm02')],
      inWithout(agentSays(/exit 2$/)),
    ),
    reasons: [/Every hypervisor host logs in to backup01\.example\.net with a key of its own/, /found none/],
  },
  'agent-stopped.not-met': {
    fault: 'agent-stopped',
    also: notMet('102'),
    reasons: {
      102: [/kvm01.*kvm02/s, /Permission denied/, /opennebula-ssh-agent/],
      103: [/ssh-agent\.sock/, /systemctl start opennebula-ssh-agent/],
    },
  },
  'host-own-key-agent-stopped.not-met': {
    fault: 'host-own-key-agent-stopped',
    also: notMet('102'),
    machines: { 'BDS-102': { [kvm01]: 'met', [kvm02]: 'not-met' } },
    reasons: { 102: [/kvm02/, /Permission denied/], 103: /kvm01\.example\.net.*key of their own/ },
  },
  'ssh-add-hangs.undetermined': {
    fault: program('ssh-add on the front-end hangs', 'frontend01', {
      name: 'ssh-add',
      script: 'exec sleep 60',
      looks: prints('frontend01', 'timeout 0.3 ssh-add -l', /exit 124$/),
    }),
    site: { deadlines: { command: 3 } },
    reasons: /no answer to .ssh-add -l. in time/,
  },
  'ssh-add-missing.undetermined': { fault: missing('ssh-add', 'frontend01'), reasons: /ssh-add is not on the front-end/ },
} satisfies Table;
