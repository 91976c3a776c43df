/** A machine that shows the backup server's host key, and is another. */
import { type Fault, sh, together, unseen } from '../../lab/faults/fault.ts';
import { files } from '../../lab/faults/ssh.ts';

const KEY = '/etc/ssh/ssh_host_ed25519_key';
const STORE = '/var/lib/one/datastores/100';

/** kvm02 was made of the same disk as backup01: it has the host key, and a directory of that name. */
const copied: Fault = {
  what: '',
  break: async (lab) => {
    const key = await sh(lab, 'backup01', `cat ${KEY}`);
    await sh(lab, 'kvm02', `cp -a ${KEY} ${KEY}.off; echo "$1" > ${KEY}; mkdir -p ${STORE}`, key.trim());
    await lab.restart('kvm02', 'sshd');
  },
  repair: async (lab) => {
    await sh(lab, 'kvm02', `mv ${KEY}.off ${KEY}; rmdir ${STORE}`);
    await lab.restart('kvm02', 'sshd');
  },
  isBroken: unseen,
};

/** A machine that did not know kvm02 knows it by that key. */
export const knowsClone = (on: string): Fault =>
  files('', on, {
    files: ['/var/lib/one/.ssh'],
    script:
      'cd ~/.ssh; key=$(sed -n "s/^[^ ]*backup01[^ ]* //p" known_hosts); sed -i /kvm02/d known_hosts; echo "kvm02.example.net $key" >> known_hosts',
  });

/** The same, and the front-end knows that key for it. */
export const clone: Fault = together(
  'kvm02 has the host key of backup01, as a clone has',
  [
    copied,
    files('', 'frontend01', {
      files: ['/var/lib/one/.ssh'],
      script: 'cd ~/.ssh; key=$(sed -n "s/^[^ ]*backup01[^ ]* //p" known_hosts); sed -i "/kvm02/s# .*# $key#" known_hosts',
    }),
  ],
  unseen,
);
