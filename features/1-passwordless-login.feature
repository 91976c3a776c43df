Feature: Passwordless login
  A backup travels over SSH: the front-end prepares the way on the backup server, then the hypervisor that runs the
  virtual machine sends the data. No person is there to type a password. A login that fails stops the backup, and
  OpenNebula says so only in a log file.

  @BDS-101 @audit @severity:blocker
  Scenario: The front-end logs in to the backup server as RSYNC_USER without a password
    Before each backup the driver logs in from the front-end and makes a directory for the data. Restores,
    deletions and the monitoring of free space take the same way.

    When the front-end logs in to the backup server the way the rsync driver does
    Then the backup server lets it in, and asks for no password

  @BDS-102 @audit @severity:blocker
  Scenario: Every hypervisor host logs in to the backup server without a password
    The driver starts rsync on the hypervisor that runs the virtual machine. That host logs in with the front-end's
    key, lent to it through the forwarded agent; no host needs a key of its own. A host that OpenNebula shows as
    "on" may still be unable to: its state says nothing about SSH.

    Given the hypervisor hosts that OpenNebula lists
    When each of them logs in to the backup server the way the rsync driver does
    Then the backup server lets every host in, and asks none for a password
