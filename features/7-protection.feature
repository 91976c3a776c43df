@supports:SOC-2:A1.2
Feature: Production is protected
  Every other feature can be met while a VM that matters has no backup, or only an old one. The site file
  declares what production is, and what it is owed: how old the newest restore point may be, how many there must be, and
  how long they are kept.

  @BDS-701 @audit @severity:blocker
  @evidences:NIST-800-53:CP-9 @evidences:ISO-27001:A.8.13 @evidences:CIS-v8:11.2
  Scenario: Every production VM has a restore point within its RPO
    The newest restore point decides how much work is lost when a VM is lost. A schedule only promises one,
    and a list of successful backups describes the past; only the age of the newest restore point says what can be
    restored today.

    When OpenNebula lists the restore points of all VMs
    Then the newest of each production VM is no older than its RPO

  @BDS-702 @audit @severity:critical
  @supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2
  Scenario: Every production VM is scheduled at least as often as its RPO asks
    A backup that somebody starts by hand today says nothing about tomorrow. Schedules end, name a datastore that is
    gone, or run on working days only; OpenNebula shows no error then. The longest time between two runs of all its
    schedules decides, those of its backup job included.

    When OpenNebula lists the schedules of VMs and backup jobs
    Then no production VM goes longer than its RPO between two scheduled backups

  @BDS-703 @audit @severity:critical
  @evidences:NIST-800-53:CP-9 @evidences:ISO-27001:A.8.13 @evidences:CIS-v8:11.2
  Scenario: The last backup of every production VM succeeded
    A failed backup changes no state: the VM runs on, and older restore points remain. One line in its
    template tells of the failure, without the cause, and a later success does not remove it. Whoever waits for the
    RPO to be missed loses days in which the cause could be fixed.

    When OpenNebula lists the errors and the restore points of all VMs
    Then no error of a backup is newer than the newest restore point of a production VM

  @BDS-704 @audit @severity:critical
  @supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2
  Scenario: Every backup job makes progress
    A backup job that hangs refuses its next run, and none of its VMs is backed up again. OpenNebula
    creates a job without checking its datastore, and silently drops VMs that do not exist. Waiting for
    other backups to finish is normal and no finding.

    When OpenNebula lists its backup jobs
    Then every job has what it names, and none has stood still for longer than a backup may take

  @BDS-705 @audit @severity:normal
  @supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13
  Scenario: Every production VM keeps as many restore points, and as old ones, as declared
    Damage that is noticed late is undone by a restore point from before it. How many there are, and how far back they
    reach, depends on settings that differ between VMs and backup jobs.

    When OpenNebula lists the restore points of all VMs
    Then each production VM has as many as declared, and the oldest is as old as declared

  @BDS-706 @audit @severity:critical
  Scenario: No backup image has an error, and no chain of increments lacks a link
    A backup image can be in ERROR, or carry an error while it is shown as READY. A chain of increments that lacks one
    cannot be restored beyond it. Neither shows in the list of VMs, and later backups go on.

    When OpenNebula lists its backup images
    Then none in the datastore has an error, and the increments of each follow one another

  @BDS-707 @audit @severity:critical
  Scenario: The files of every backup image are on the backup server
    OpenNebula does not look at the files of a backup once it is made. One that was deleted, emptied or cut short on the
    backup server stays READY, and later increments are added to it without complaint. The first to notice is whoever
    has to restore it.

    When the files below the datastore's directory are compared with OpenNebula's backup images
    Then each backup has all its files, none of them empty or far too small

  @BDS-708 @audit @severity:normal
  @supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2
  Scenario: The newest backup of every production VM holds all its disks
    A backup that leaves out a disk succeeds like any other. Disks are left out by a setting, or were attached after the
    backup was made; a VM that is restored from it lacks that disk.

    When OpenNebula lists the restore points of all VMs
    Then the newest of each production VM holds every disk that is to be backed up
