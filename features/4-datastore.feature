@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: The backup datastore
  The datastore tells OpenNebula which driver carries the backups, and to which server. OpenNebula accepts a backup that
  is scheduled to a datastore that does not exist, and never runs it.

  @BDS-401 @setup @severity:blocker
  Scenario: The backup datastore is registered from its template file
    The template in a file says what the datastore should be, and can be read later. What is already registered stays as it
    is. If it differs from what is declared, the difference is reported, and nothing is changed.

    When the datastore is registered from its template file, unless it is already
    Then OpenNebula has it saved as declared, and reaches the backup server

  @BDS-402 @audit @severity:blocker
  Scenario: OpenNebula lists the backup datastore as TYPE bck, DS rsync, TM -, STAT on
    The list shows that OpenNebula knows the datastore as one for backups, with the rsync driver. It does not show that the
    backup server works: OpenNebula shows "on" for a server that is gone.

    When OpenNebula lists its datastores
    Then the declared one is there with TYPE bck, DS rsync, TM -, STAT on

  @BDS-403 @audit @severity:blocker
  Scenario: The datastore's saved template names the declared user and server
    OpenNebula sends the backups where its saved template says. If that is not the declared server, everything else in this
    report was checked on the wrong machine.

    When the template that OpenNebula has saved is read
    Then it names the declared user and server

  @BDS-404 @audit @severity:critical
  Scenario: The datastore's saved template matches the site file
    A few attributes change what the driver does, from the options of rsync to limits of space. No list shows that one was
    changed by hand. Options that make rsync copy nothing are the worst: every backup is shown as READY and holds nothing.

    When the template that OpenNebula has saved is read
    Then every attribute that steers the driver is as declared, limits are whole numbers, and rsync accepts its options and copies with them

  @BDS-405 @audit @severity:critical
  Scenario: OpenNebula's capacity figures match the backup server
    OpenNebula refuses a backup if it believes that the datastore is full. Its figures come from a login every few minutes.
    If that login fails, they drop to zero, and nothing else shows it.

    When OpenNebula's figures for the datastore are compared with the backup server's own
    Then the figures describe the same file system, as it is now

  @BDS-406 @audit @severity:critical
  Scenario: No scheduled backup to the datastore is stuck
    OpenNebula retries a scheduled backup that it rejects without end, and every later one of that VM waits
    behind it. No error is shown where operators look.

    When OpenNebula lists the scheduled backups of all VMs
    Then none to this datastore is rejected for good, and none is overdue

  @BDS-407 @audit @severity:critical
  Scenario: OpenNebula accepts the size of a backup of every VM in scope
    Before a backup, OpenNebula compares the size that the disks may grow to with three figures: the free space it knows
    of, the limit of the datastore, and the quota of the owner. It refuses what does not fit. A refused backup leaves no error in the
    VM, and an increment of a few MiB is refused like a full backup.

    When OpenNebula's free space, limits and quotas are compared with the disks of each VM
    Then OpenNebula would start a backup of each one
