import { loginSays, overHostSays, prints } from '../../lab/faults/fault.ts';
import { program } from '../../lab/faults/programs.ts';
import { bashrc, client, files, sshd } from '../../lab/faults/ssh.ts';
import { impatient, notMet, server, type Table, undetermined } from './world.ts';

const others = ['201', '203', '204', '206', '301', '302', '304', '405'];
/** Nothing that is asked of the backup server is answered. */
const unanswered = {
  also: undetermined(...others),
  reasons: Object.fromEntries(['104', ...others].map((id) => [id, [server, /no answer/]])),
};

export default {
  'local-command-on-frontend.not-met': {
    fault: client('ssh on frontend01 greets after each login to backup01 (LocalCommand)', 'frontend01', {
      lines: 'Host backup01*\\nPermitLocalCommand yes\\nLocalCommand echo Welcome to %h\\nHost *',
      looks: loginSays('frontend01', 'backup01', /Welcome to backup01/),
    }),
    reasons: [
      server,
      /“Welcome to backup01\.example\.net”, where ssh on frontend01\.example\.net runs a LocalCommand, “echo Welcome to %h”/,
    ],
  },
  'noisy-at-the-end.not-met': {
    fault: bashrc('.bashrc of oneadmin on backup01 says goodbye when a command has ended', 'backup01', {
      line: 'trap "echo Goodbye" EXIT',
      looks: loginSays('frontend01', 'backup01', /Goodbye/),
    }),
    reasons: [server, /Goodbye/],
  },
  'noisy-authorized-key.not-met': {
    fault: files('authorized_keys on backup01 greets whoever comes with the key', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: 'sed -i \'s/^/command="echo Welcome; eval \\\\"$SSH_ORIGINAL_COMMAND\\\\"" /\' ~/.ssh/authorized_keys',
      looks: loginSays('frontend01', 'backup01', /Welcome/),
    }),
    reasons: [server, /Welcome/],
  },
  'noisy-bashrc-on-backup.not-met': { fault: 'noisy-bashrc-on-backup', reasons: [server, /Welcome/, /\.bashrc/] },
  'noisy-clear-screen.not-met': {
    fault: bashrc('.bashrc of oneadmin on backup01 clears the screen', 'backup01', {
      line: 'printf "\\\\\\\\033[H\\\\\\\\033[2J"',
      looks: loginSays('frontend01', 'backup01', /\[2J/),
    }),
    reasons: [server, /\[2J/],
  },
  'noisy-empty-line.not-met': {
    fault: bashrc('.bashrc of oneadmin on backup01 prints an empty line', 'backup01', {
      line: 'echo',
      looks: loginSays('frontend01', 'backup01', /^\nexit/),
    }),
    reasons: [server, /blank/],
  },
  'noisy-for-hosts.not-met': {
    fault: bashrc('.bashrc of oneadmin on backup01 greets hypervisor hosts only', 'backup01', {
      line: 'case $SSH_CLIENT in 198.19.*) echo Welcome ;; esac',
      looks: overHostSays('kvm01', /Welcome/),
    }),
    reasons: [server, /greeted with something else/],
  },
  'noisy-for-rsync.not-met': {
    fault: bashrc('.bashrc of oneadmin on backup01 greets rsync only', 'backup01', {
      line: 'case $BASH_EXECUTION_STRING in rsync*) echo Welcome ;; esac',
      looks: loginSays('frontend01', 'backup01', /Welcome/, 'rsync --version'),
    }),
    reasons: [server, /greeted with something else/],
  },
  'noisy-forced-command.not-met': {
    fault: sshd('every login to backup01 is greeted by a forced command', 'backup01', {
      lines: 'ForceCommand echo Welcome; eval "$SSH_ORIGINAL_COMMAND"',
      looks: loginSays('frontend01', 'backup01', /Welcome/),
    }),
    reasons: [server, /Welcome/],
  },
  'noisy-long.not-met': {
    fault: bashrc('.bashrc of oneadmin on backup01 prints two hundred lines', 'backup01', {
      line: 'seq 200',
      looks: loginSays('frontend01', 'backup01', /^200$/m),
    }),
    reasons: [server, /“1”/],
  },
  'noisy-one-letter.not-met': {
    fault: bashrc('.bashrc of oneadmin on backup01 prints one letter, without an end of line', 'backup01', {
      line: 'printf x',
      looks: loginSays('frontend01', 'backup01', /^xexit/),
    }),
    reasons: [server, /“x”/],
  },
  'noisy-shell.not-met': {
    fault: files('the shell of oneadmin on backup01 is a script that prints a word', 'backup01', {
      files: ['/etc/passwd', '/usr/local/bin/menu'],
      script:
        "printf '%s\\n' '#!/bin/bash' 'echo Menu' 'exec bash \"$@\"' > /usr/local/bin/menu; chmod 755 /usr/local/bin/menu; sed -i 's#/bin/bash#/usr/local/bin/menu#' /etc/passwd",
      looks: loginSays('frontend01', 'backup01', /Menu/),
    }),
    reasons: [server, /Menu/],
  },
  'noisy-ssh-rc.not-met': {
    fault: files('~/.ssh/rc of oneadmin on backup01 prints a word', 'backup01', {
      files: ['/var/lib/one/.ssh'],
      script: "echo 'echo Last login: today' > ~/.ssh/rc",
      looks: loginSays('frontend01', 'backup01', /Last login/),
    }),
    reasons: [server, /Last login/],
  },
  'noisy-sshrc.not-met': {
    fault: files('/etc/ssh/sshrc on backup01 prints a word', 'backup01', {
      files: ['/etc/ssh/sshrc'],
      script: "echo 'echo Property of ACME' > /etc/ssh/sshrc",
      looks: loginSays('frontend01', 'backup01', /ACME/),
    }),
    reasons: [server, /ACME/],
  },
  'server-bash-broken.undetermined': {
    fault: program('bash on backup01 does not run', 'backup01', {
      name: 'bash',
      script: 'echo cannot run >&2; exit 126',
      looks: loginSays('frontend01', 'backup01', /cannot run/, 'bash -c true'),
    }),
    also: { ...undetermined(...others), ...notMet('304') },
    reasons: { ...unanswered.reasons, 304: [server, /not running: bash/, /cannot run/] },
  },
  'server-bash-hangs.undetermined': {
    fault: program('bash on backup01 hangs', 'backup01', {
      name: 'bash',
      script: 'exec sleep 60',
      looks: prints('backup01', 'timeout 0.3 bash -c true; echo $?', /^124/m),
    }),
    site: impatient,
    ...unanswered,
  },
} satisfies Table;
