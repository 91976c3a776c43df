@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: Storage on the backup server
  Backups lie below one directory of the backup server, a directory for each datastore, and below it one for each
  virtual machine. Hypervisors need room, too: each backup is copied in full on the host before it travels.

  @BDS-201 @audit @severity:blocker
  @supports:CIS-v8:11.3
  Scenario: The storage directory exists and belongs to RSYNC_USER
    The driver makes its directories and writes its files as RSYNC_USER. A directory of another owner stops it; one
    that everybody may write to lets any account on the server change the backups.

    When the storage directory is looked at on the backup server
    Then it and the datastore's directory in it belong to RSYNC_USER, who may write to them; accounts outside its group may not

  @BDS-202 @gate @severity:blocker
  Scenario: RSYNC_USER can create, sync, rename and delete a file in the storage directory
    Owner and mode may be right, and writing fail all the same: the file system is read-only, a quota is used up, the
    storage behind it does not answer. A backup writes its files under another name first, and renames them.

    When RSYNC_USER makes a small file in storage, renames it and deletes it
    Then the backup server allows each of these steps

  @BDS-203 @audit @severity:critical
  Scenario: Storage is mounted at the storage directory
    If the storage is not mounted, the directory below the mount point takes its place without a word: backups fill
    the root file system, and vanish from sight once the storage is back.

    When the storage directory is looked at on the backup server
    Then it does not lie on the root file system

  @BDS-204 @audit @severity:critical
  @supports:NIST-800-53:CP-10
  Scenario: The backup server has free space and inodes
    A backup that finds the disk full ends in the middle and leaves a part of its files behind. Restoring an increment
    needs room as well, in the directory where its disk is put together.

    When the backup server is asked for its free space
    Then there is enough in storage, and where increments are put together

  @BDS-205 @audit @severity:critical
  Scenario: Every hypervisor has room to stage a backup
    The driver first copies the disks of the virtual machine in full, on the hypervisor, next to the originals. If
    there is no room for the copy, the backup fails, and the virtual machines on that host may stop.

    Given the hypervisor hosts that OpenNebula lists
    When each of them is asked for the free space where its virtual machines lie
    Then every host has enough to stage a backup

  @BDS-206 @audit @severity:critical
  @supports:NIST-800-53:CP-10
  Scenario: RSYNC_USER can write where increments are put together
    To restore an increment, the driver puts it together with the backups before it in a directory of its own, on the
    backup server. Backups succeed without it. That they cannot be restored shows on the day they are needed.

    When the directory is looked at in which increments are put together
    Then RSYNC_USER can make a directory in it
