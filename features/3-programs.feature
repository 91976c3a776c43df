@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: Programs
  The driver is a set of small scripts that call well-known programs on each machine. One that is missing shows only
  when a backup fails.

  @BDS-301 @audit @severity:blocker
  Scenario: rsync is on the backup server
    The hypervisor sends the data with rsync, and rsync needs its other half where the data arrives. The version must
    not be older than the driver's options.

    When rsync is asked for its version on the backup server
    Then it answers with a version that the driver can work with

  @BDS-302 @audit @severity:blocker
  @supports:NIST-800-53:CP-10
  Scenario: qemu-img is on the backup server
    Increments of a disk are put together and merged with qemu-img, on the backup server itself. Without it, a backup
    that was made cannot be restored.

    When qemu-img is asked for its version on the backup server
    Then qemu-img answers with a version that the driver can work with

  @BDS-303 @audit @severity:blocker
  Scenario: rsync and qemu-img are on every hypervisor host
    The driver runs both on the host where the virtual machine runs: qemu-img reads the disk, rsync sends it. A
    program that only passes for rsync moves no data, ends as if all were well, and OpenNebula calls the backup READY.

    Given the hypervisor hosts that OpenNebula lists
    When rsync and qemu-img are asked for their versions on each of them
    Then both answer on every host with versions that the driver can work with, and rsync logs in to the backup server

  @BDS-304 @audit @severity:critical
  @supports:NIST-800-53:CP-10
  Scenario: The other programs the driver calls are where it calls them
    Some are called late: the first increment, the first time that increments are merged, the first restore. A gap
    that shows only then does more harm than one that stops the first backup.

    Given the hypervisor hosts that OpenNebula lists
    When the front-end, each of them and the backup server are searched for the programs that the driver calls there
    Then every program that the virtual machines of this cloud need is found, and runs

  @BDS-305 @audit @severity:blocker
  Scenario: The driver's scripts are on every hypervisor host, as on the front-end
    OpenNebula copies its scripts to each host when it first monitors it. When they are swept away, or the front-end
    is upgraded without them, the host still shows as "on", and each backup on it fails.

    Given the hypervisor hosts that OpenNebula lists
    When the driver's scripts on each of them are compared with those of the front-end
    Then every host has them, may run them, and has no other version

  @BDS-306 @audit @severity:blocker
  Scenario: libvirt answers on every hypervisor host, and is new enough
    libvirt freezes and copies the disks of a running virtual machine. When it stops answering, virtual machines and
    the host look well in OpenNebula, and each backup fails. So it does where backups are to run under limits that
    the host has no means to set.

    Given the hypervisor hosts that OpenNebula lists
    When libvirt is asked for its version on each of them
    Then it answers on every host, supports the backups that are made there, and any limits can be set
