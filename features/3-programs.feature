Feature: Programs
  The driver is a set of small scripts that call well-known programs on each machine. One that is missing shows only
  when a backup fails.

  @BDS-301 @audit @severity:blocker
  Scenario: rsync is on the backup server
    The hypervisor sends the data with rsync, and rsync needs its other half where the data arrives. The version must
    not be older than the driver's options.

    When rsync is asked for its version on the backup server
    Then it answers with a version that the driver can work with
