@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: Storage on the backup server
  Backups lie below one directory of the backup server, with a directory for each datastore and each VM.
  Hypervisor hosts need space, too: each backup is copied in full on the host before it is sent.

  @BDS-201 @audit @severity:blocker
  @supports:CIS-v8:11.3
  Scenario: The storage directory exists and belongs to RSYNC_USER
    The driver creates directories and files as RSYNC_USER. It fails in a directory of another owner. In a directory that
    everybody may write to, any account on the server can change the backups.

    When the storage directory is checked on the backup server
    Then it and the datastore's directories in it belong to RSYNC_USER and its group, nobody else may write, and OpenNebula uses the declared path

  @BDS-202 @gate @severity:blocker
  Scenario: RSYNC_USER can create, sync, rename and delete a file in the storage directory
    Owner and mode can be right and writing can still fail: the file system is read-only, a quota is used up, or the
    storage behind it does not answer. A backup writes its files under another name first, then renames them.

    When RSYNC_USER writes a small file to storage, syncs, renames and deletes it
    Then every step succeeds

  @BDS-203 @audit @severity:critical
  Scenario: The storage directory is not on the backup server's root file system
    If the storage is not mounted, backups go to the directory below the mount point without an error. They fill the root
    file system, and disappear from view when the storage is mounted again.

    When the storage directory is checked on the backup server
    Then it is not on the root file system

  @BDS-204 @audit @severity:critical
  @supports:NIST-800-53:CP-10
  Scenario: The backup server has free space and inodes
    If the disk fills up, a backup ends half-way and leaves part of its files behind. Restoring an increment needs space as
    well, in the directory where its disk is assembled.

    When the backup server is asked for its free space
    Then space and inodes suffice in storage and where increments are merged

  @BDS-205 @audit @severity:critical
  Scenario: Every hypervisor host has room to stage a backup
    The driver first copies the disks of the VM in full on the hypervisor host, next to the originals. If
    there is no room for the copy, the backup fails, and VMs on that host may stop.

    Given the hypervisor hosts that OpenNebula lists
    When each of them is asked for the free space where its VMs lie
    Then every host has enough to stage a backup

  @BDS-206 @audit @severity:critical
  @supports:NIST-800-53:CP-10
  Scenario: RSYNC_USER can write where increments are merged
    To restore an increment, the driver merges it with the backups before it in a directory on the backup server. Backups
    succeed without that directory. Nobody notices that they cannot be restored until they are needed.

    When the directory where increments are merged is checked
    Then RSYNC_USER can create a directory in it
