@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: Programs
  The driver is a set of small scripts that call well-known programs on each machine. A missing one is noticed only when
  a backup fails.

  @BDS-301 @audit @severity:blocker
  Scenario: The backup server has an rsync that the driver can use
    The hypervisor host sends the data with rsync, and rsync must also run where the data arrives. The version must not be
    older than the options that the driver uses.

    When rsync is asked for its version on the backup server
    Then rsync is there in a version that the driver can use

  @BDS-302 @audit @severity:blocker
  @supports:NIST-800-53:CP-10
  Scenario: The backup server has a qemu-img that the driver can use
    The backup server merges the increments of a disk with qemu-img. Without it, existing backups cannot be restored.

    When qemu-img is asked for its version on the backup server
    Then qemu-img is there in a version that the driver can use

  @BDS-303 @audit @severity:blocker
  Scenario: Every hypervisor host has an rsync and a qemu-img that the driver can use
    The driver runs both on the host where the VM runs: qemu-img reads the disk, rsync sends it. A program that
    only pretends to be rsync moves no data and ends successfully, and OpenNebula shows the backup as READY.

    Given the hypervisor hosts that OpenNebula lists
    When rsync and qemu-img are asked for their versions on each of them
    Then both are on every host in versions that the driver can use, and rsync logs in to the backup server

  @BDS-304 @audit @severity:critical
  @supports:NIST-800-53:CP-10
  Scenario: Front-end, hypervisor hosts and backup server have every program that the driver calls
    Some programs are called late: at the first increment, the first merge of increments, the first restore. A gap that is
    noticed only then does more harm than one that stops the first backup.

    Given the hypervisor hosts that OpenNebula lists
    When the programs that the driver calls are run on the front-end, on each of them and on the backup server
    Then every program that backups, restores and merges in this cloud need is in the driver's PATH, and runs

  @BDS-305 @audit @severity:blocker
  Scenario: Every hypervisor host has the front-end's version of the driver's scripts
    OpenNebula copies its scripts to each host when it first monitors it. If they are deleted, or the front-end is upgraded
    without them, the host still shows as "on", and every backup on it fails.

    Given the hypervisor hosts that OpenNebula lists
    When the driver's scripts on each of them are compared with those of the front-end
    Then every host has all of them, in the front-end's version, and may run them

  @BDS-306 @audit @severity:blocker
  Scenario: A libvirt that is new enough for backups answers on every hypervisor host
    libvirt freezes and copies the disks of a running VM. If it stops answering, VMs and the host
    look healthy in OpenNebula, and every backup fails. Backups also fail if they are to run under limits that the host
    cannot set.

    Given the hypervisor hosts that OpenNebula lists
    When libvirt is asked for its version on each of them
    Then libvirt answers on every host, supports the backups made there, and can set their limits
