import { arriving, failing, onedDiesAt } from '../../lab/faults/calls.ts';
import { prints } from '../../lab/faults/fault.ts';
import { libvirt } from '../../lab/faults/guests.ts';
import { known, set } from '../../lab/faults/opennebula.ts';
import { halfBackedUp } from './faults.ts';
import { every, gate, notMet, onBoth, quick, undetermined, withIncrements } from './world.ts';

/** Not that of a snapshot. */
const CREATE = '*\\ create\\ *|create\\ *';

/** What is restored is started; it has half a minute to run. */
const boots = (seconds = 30) => ({ deadlines: { ...quick.deadlines, boot: seconds }, restore: { boot: true } });

/** virsh on kvm01 answers some calls so, and ends with 1. */
const says = (what: string, when: string, words: string, command: string) =>
  libvirt(what, 'kvm01', { when, act: `echo "${words}" >&2; exit 1`, looks: [command, new RegExp(`${words}\n*exit 1$`)] });
const agent = (what: string, words: string) =>
  says(what, '*qemu-agent-command*', words, 'virsh qemu-agent-command DOMAIN \'{"execute":"guest-ping"}\'');
const agentAnswers = (on: string) =>
  libvirt(`a guest agent answers on ${on}`, on, {
    when: '*qemu-agent-command*',
    act: 'echo \'{"return":{}}\'; exit 0',
    looks: ['virsh qemu-agent-command DOMAIN \'{"execute":"guest-ping"}\'', /"return"/],
  });

export default every(
  { ...gate, site: boots() },
  {
    'restored-vm-dies.not-met': {
      fault: 'restored-vm-dies',
      reasons: /found that it ran, and 10 s later no more: that libvirt no longer has it/,
    },
    'agent-not-configured.met': {
      fault: agent('no guest on kvm01 has a channel for an agent', 'error: argument unsupported: QEMU guest agent is not configured'),
      notes: { 603: /No guest agent of the restored VM could be asked \(.*not configured\)/ },
    },
    'agent-silent.not-met': {
      fault: agent(
        'the guest agent on kvm01 is connected, and does not answer',
        'error: Guest agent is not responding: Guest agent not available for now',
      ),
      reasons: /guest agent does not answer: “Guest agent is not responding: Guest agent not available for now”/,
    },
    'chain-starts.met': { fault: agentAnswers('kvm02'), site: { ...withIncrements, ...boots() } },
    'disk-of-the-original.not-met': {
      fault: halfBackedUp,
      also: notMet('503'),
      reasons: {
        603: /would start with a disk that is not of the backup: disk 1 is that of image 9000 “backup-canary”\. Nothing was started/,
        503: /lacks disk 1/,
      },
    },
    'disk-left-out-on-purpose.not-applicable': {
      fault: halfBackedUp,
      production: true,
      site: { ...boots(), protect: { disks: 'selected' } },
      reasons: /leave out disks on purpose \(DISK_IDS\).*disk 1 is that of image 9000.*Nothing was started/,
    },
    'libvirt-not-asked.met': {
      fault: says('libvirt on kvm01 tells no state', '*domstate*', 'error: failed to connect to the hypervisor', 'virsh domstate DOMAIN'),
      notes: { 603: /libvirt on the host of the restored VM could not be asked about it: failed to connect/ },
    },
    'machine-stays.met': {
      fault: failing('OpenNebula ends no VM', 'frontend01', {
        of: 'onevm',
        when: 'terminate*|recover*',
        tried: 'onevm terminate --hard 999',
        says: '[one.vm.action] User [2] : Not authorized to perform MANAGE VM [2].',
        exit: 255,
      }),
      also: notMet('602'),
      reasons: { 602: /VM \d+ \(RUNNING\): remove it with onevm terminate --hard \d+/ },
    },
    'no-host-has-room.undetermined': {
      fault: known(
        'the host that the VM asks for takes no new ones: it is disabled',
        set('hosts', 0, { STATE: '4', PREV_STATE: '4' }),
        prints('frontend01', 'onehost show -x 0', /<STATE>4</),
        'scheduler',
      ),
      site: boots(6),
      reasons: /found no host for it: PENDING after 6 s: .*No host meets capacity and SCHED_REQUIREMENTS: ID=0/,
    },
    'no-picture.met': {
      fault: says(
        'libvirt on kvm01 makes no pictures',
        '*screenshot*',
        'error: could not take a screenshot of fault-domain',
        'virsh screenshot DOMAIN /dev/null',
      ),
      notes: { 603: /No picture of the restored VM's screen: could not take a screenshot/ },
    },
    'oned-dies-at-start.undetermined': {
      fault: onedDiesAt('OpenNebula stops when a template is instantiated', {
        of: 'onetemplate',
        when: 'instantiate*',
        tried: 'onetemplate instantiate 999',
      }),
      also: undetermined('602'),
      reasons: { 603: /Failed to open TCP connection|Connection refused/, 602: /could not look/ },
    },
    'paused.not-met': {
      fault: libvirt('what is started on kvm01 is paused', 'kvm01', {
        when: '*domstate*',
        act: 'echo paused; exit 0',
        looks: ['virsh domstate DOMAIN', /^paused$/m],
      }),
      reasons: /that libvirt calls it “paused”/,
    },
    'prolog-fails.not-met': {
      fault: failing('kvm01 takes no new folders of VMs', 'kvm01', {
        of: 'mkdir',
        when: '-p*/datastores/0/[2-9]|-p*/datastores/0/[1-9][0-9]*',
        tried: 'mkdir -p /tmp/datastores/0/99 || exit; rm -r /tmp/datastores',
        says: 'mkdir: cannot create directory: No space left on device',
      }),
      reasons: /found PROLOG_FAILURE: .*Error executing image transfer script: creating kvm01/,
    },
    'raw.undetermined': {
      fault: arriving('the VM has words for libvirt', {
        script: `changed=$(base64 -d vm.xml | sed 's#<TEMPLATE>#&<RAW><DATA>\\&lt;devices/></DATA><TYPE>kvm</TYPE></RAW>#; s#</VM>$#<RAW>yes</RAW>&#' | base64 -w 60); echo "$changed" > vm.xml`,
        looks: 'base64 -d vm.xml | grep -q RAW',
      }),
      reasons: /found RAW in the restored template: .*Nothing was started\. .*Declare a test_vm without RAW/,
    },
    'refused.not-met': {
      fault: failing('OpenNebula makes no VM of a restored template', 'frontend01', {
        of: 'onetemplate',
        when: 'instantiate*',
        tried: 'onetemplate instantiate 999',
        says: '[one.template.instantiate] Error allocating a new virtual machine template. Error getting image [4].',
        exit: 255,
      }),
      reasons: /OpenNebula made no VM of it: “\[one\.template\.instantiate\] Error allocating/,
    },
    'slow-to-start.not-met': {
      fault: libvirt('libvirt on kvm01 takes its time to start a domain', 'kvm01', {
        when: CREATE,
        act: `exec perl -e 'sleep 20; exec @ARGV' "$real" "$@"`,
        looks: ['timeout 1 virsh create /tmp/domain', /exit 124$/],
      }),
      site: boots(8),
      reasons: [/found it still in BOOT after 8 s/, /deadlines\.boot/],
    },
    'with-a-device.met': {
      fault: arriving('the VM has a device of its host', {
        script: `changed=$(base64 -d vm.xml | sed 's#<TEMPLATE>#&<PCI><VENDOR>10de</VENDOR></PCI>#; s#</VM>$#<DEVICE>yes</DEVICE>&#' | base64 -w 60); echo "$changed" > vm.xml`,
        looks: 'base64 -d vm.xml | grep -q DEVICE',
      }),
    },
    ...onBoth({
      'agent-answers.met': { fault: agentAnswers('kvm01') },
      'boot-fails.not-met': {
        fault: says(
          'libvirt on kvm01 starts no domain',
          CREATE,
          'error: internal error: process exited while connecting to monitor',
          'virsh create /tmp/domain',
        ),
        reasons: [/found BOOT_FAILURE: .*process exited while connecting to monitor/, /\/var\/log\/one\/\d+\.log/],
      },
    }),
  },
);
