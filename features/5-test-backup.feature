@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: A test backup
  Every check can pass and a backup can still fail. So a gate makes one: of a small VM that is not in
  production, the way OpenNebula makes all others.

  @BDS-501 @gate @severity:blocker
  Scenario: OpenNebula's scheduler starts a test backup of a non-production VM
    OpenNebula answers "scheduled" to nearly every request, even for a datastore that does not exist. Only the scheduler
    shows whether it takes the request up.

    When a backup of the test VM is scheduled for now
    Then OpenNebula's scheduler takes it up

  @BDS-502 @gate @severity:blocker
  Scenario: The test backup completes within its deadline
    A failed backup leaves hardly a trace: the VM keeps running, and no image appears. If the backup server
    stops answering, the backup never ends.

    Given a backup of the test VM is scheduled for now
    When the backup has ended, or its deadline has passed
    Then OpenNebula holds a new backup image of that VM

  @BDS-503 @gate @severity:blocker
  @evidences:NIST-800-53:CP-9(1) @supports:NIST-800-53:CP-10 @supports:CIS-v8:11.5 @supports:SOC-2:A1.3
  Scenario: The files of the test backup are on the backup server, and sound
    The image in OpenNebula is only a record. The backup itself is a set of files on the backup server: the disks, and the
    description of the VM that they belong to.

    Given the test backup has completed
    When its files are checked on the backup server
    Then each disk is there and sound, and the description is that of the test VM

  @BDS-504 @gate @severity:critical
  @supports:NIST-800-53:CP-9(1) @supports:NIST-800-53:CP-10
  Scenario: The test VM is backed up in increments, and its chain is flattened at its limit
    The backup server regularly merges the backups of a VM that keeps increments. If a merge fails, all backups
    until then are lost, while OpenNebula shows them as READY.

    Given the test backup has completed
    When the test VM is backed up again until its chain is flattened
    Then every increment was made, and the merged chain is sound
