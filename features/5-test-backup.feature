@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: A test backup
  Everything may look right, and a backup fail. So one is made: of a small virtual machine that is not in production,
  the way OpenNebula makes those of all others.

  @BDS-501 @gate @severity:blocker
  Scenario: A small test backup of a non-production virtual machine is scheduled through OpenNebula's scheduler
    OpenNebula answers "scheduled" to nearly every request, even for a datastore that does not exist. What tells is
    whether its scheduler takes the request up.

    When a backup of the test virtual machine is scheduled for now
    Then OpenNebula's scheduler takes it up

  @BDS-502 @gate @severity:blocker
  Scenario: The test backup completes within its deadline
    A backup that fails leaves hardly a trace: the virtual machine runs on, and no image appears. One whose backup
    server stops answering never ends at all.

    Given a backup of the test virtual machine is scheduled for now
    When it has ended, or its deadline has passed
    Then OpenNebula holds a backup image of that virtual machine, made since then

  @BDS-503 @gate @severity:blocker
  @evidences:NIST-800-53:CP-9(1) @supports:NIST-800-53:CP-10 @supports:CIS-v8:11.5 @supports:SOC-2:A1.3
  Scenario: The files of the test backup are on the backup server, and sound
    The image in OpenNebula is an entry in its books. The backup itself is files on the backup server: the disks, and
    the description of the virtual machine that they belong to.

    Given the test backup has completed
    When its files are examined on the backup server
    Then each disk is there and sound, and the description is that of the test virtual machine

  @BDS-504 @gate @severity:critical
  @supports:NIST-800-53:CP-9(1) @supports:NIST-800-53:CP-10
  Scenario: An increment follows, and the chain is flattened when its limit is reached
    A virtual machine that keeps increments has its backups put together on the backup server now and then. When that
    goes wrong, the backups until then are lost, while OpenNebula shows them as ready.

    Given the test backup has completed
    When the test virtual machine is backed up again until its chain is flattened
    Then every increment came about, and what the chain was merged into is sound
