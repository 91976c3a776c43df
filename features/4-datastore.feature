@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: The backup datastore
  The datastore is where OpenNebula writes down which driver carries the backups, and to which server. A backup that
  is scheduled to a datastore that does not exist is accepted without a word, and never runs.

  @BDS-401 @setup @severity:blocker
  Scenario: The datastore is registered from its template file
    A template in a file says what the datastore is to be, and can be read again later. What is registered already is
    left as it is; where it differs from what is declared, that is said, and nothing is changed.

    When the datastore is registered from its template file, unless it is already
    Then OpenNebula has it saved as declared, and reaches the backup server

  @BDS-402 @audit @severity:blocker
  Scenario: The list shows the datastore as TYPE bck, DS rsync, TM -, STAT on
    The list tells that OpenNebula knows the datastore as one for backups, served by the rsync driver. It does not
    tell that the backup server works: OpenNebula shows "on" for a server that is gone.

    When OpenNebula lists its datastores
    Then the declared one is there with TYPE bck, DS rsync, TM -, STAT on

  @BDS-403 @audit @severity:blocker
  Scenario: The saved template names the declared user and server
    OpenNebula sends the backups where its saved template says. When that is another server than the declared one,
    everything else in this report was looked at on the wrong machine.

    When the template that OpenNebula has saved is read
    Then it names the declared account and the declared server

  @BDS-404 @audit @severity:critical
  Scenario: Nothing else in the saved template has drifted
    A few attributes change what the driver does, from the options of rsync to limits of space. One that was changed
    by hand shows in no list. Options with which rsync copies nothing are the worst: every backup is shown as READY,
    and holds nothing.

    When the template that OpenNebula has saved is read
    Then every attribute that steers the driver is as declared, and rsync accepts its options

  @BDS-405 @audit @severity:critical
  Scenario: Its monitored capacity is real
    OpenNebula refuses a backup when it believes the datastore to be full. Its figures come from a login every few
    minutes; when that login fails, they turn to zero, and nothing else shows it.

    When OpenNebula's figures for the datastore are compared with the backup server's own
    Then they tell of the same file system, as it is now

  @BDS-406 @audit @severity:critical
  Scenario: No scheduled backup to it is stuck
    A scheduled backup that OpenNebula rejects is tried again for ever, and every later one of that virtual machine
    waits behind it. No error is shown where operators look.

    When OpenNebula lists the scheduled backups of all virtual machines
    Then none to this datastore was rejected, and none is long overdue

  @BDS-407 @audit @severity:critical
  Scenario: OpenNebula has room for a backup of every VM
    Before it begins a backup, OpenNebula compares what the disks may grow to with what it believes to be free, with the
    limit of the datastore, and with the quota of the owner. It refuses what does not fit. A refused backup leaves no
    error in the virtual machine, and an increment of a few MiB is refused like a full backup.

    When OpenNebula's free space, limits and quotas are compared with the disks of each virtual machine
    Then a backup of each one would be let begin
