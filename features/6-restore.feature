Feature: Restoring backups
  A backup is as good as its restore. So a gate restores the test backup, compares it and cleans up. Test backup and
  restores together are the restore test. It includes a sample of production if the site file asks for one.

  @BDS-601 @gate @severity:blocker
  @evidences:NIST-800-53:CP-9(1) @evidences:ISO-27001:A.8.13 @evidences:CIS-v8:11.5 @evidences:SOC-2:A1.3
  @supports:NIST-800-53:CP-9(2) @supports:NIST-800-53:CP-10 @supports:SOC-2:A1.2
  Scenario: The test backup restores, and each restored disk equals its backup
    OpenNebula says that a restore has begun, not how it ends. A restored image that is READY may still hold other data
    than the backup.

    Given the test backup has completed
    When it is restored into the declared image datastore
    Then each restored disk is READY and equals its file, and the restored template has the CPU, memory, disks and NICs backed up

  @BDS-603 @gate @severity:critical
  @supports:NIST-800-53:CP-9(2) @supports:NIST-800-53:CP-10 @supports:SOC-2:A1.2 @supports:SOC-2:A1.3
  Scenario: The restored test VM starts and keeps running
    A disk that is equal to its backup may still not boot: the template may ask for what no host has. So the restored
    test VM is started without network, watched, and taken away again.

    Given the test backup was restored, equal to its files
    When its newest restore point is restored without network, and a VM is started from it
    Then the VM runs in time, goes on running, and its guest agent answers where one is connected

  @BDS-604 @gate @severity:critical
  @evidences:NIST-800-53:CP-9(1) @evidences:NIST-800-53:CP-9(2) @evidences:NIST-800-53:CP-10
  @evidences:CIS-v8:11.5 @evidences:SOC-2:A1.3
  @supports:ISO-27001:A.8.13 @supports:SOC-2:A1.2
  Scenario: A test backup made on every hypervisor host was restored recently
    A test backup proves only the hypervisor host that its VM runs on. A broken driver or libvirt on another is noticed
    when a production VM there cannot be backed up. If the site file asks for it, a gate makes a small VM (a canary) on
    some hosts. It backs it up, restores the backup, compares, and removes everything. The hosts take turns. Each proof
    counts for a limited time.

    Given the hypervisor hosts that were tried longest ago, or never
    When a canary is made, backed up, restored and removed on each of them
    Then each hypervisor host has such a proof that is recent enough

  @BDS-605 @gate @severity:critical
  @evidences:NIST-800-53:CP-9(1) @evidences:NIST-800-53:CP-9(2) @evidences:NIST-800-53:CP-10
  @evidences:CIS-v8:11.5 @evidences:SOC-2:A1.3
  @supports:ISO-27001:A.8.13 @supports:SOC-2:A1.2
  Scenario: A sample of production backups restores, each disk equal to its backup
    The restore test of a test VM says nothing about the backups that matter. If the site file asks for it, a
    gate restores the newest backups of a few production VMs as new images. It compares the images with the backups, and
    deletes them. No VM is started or changed.

    Given the production VMs whose restore was proven longest ago
    When the newest backup of each is restored into the declared image datastore
    Then its files are sound, and each restored disk equals the one on the backup server

  @BDS-606 @gate @severity:normal
  @supports:NIST-800-53:CP-10 @supports:SOC-2:A1.2 @supports:SOC-2:A1.3
  Scenario: The largest production VM would restore within the RTO
    A restore that takes longer than the business can wait is no recovery. The speed of the restores of this run tells
    how long the largest backup of each class takes; restores of less than 1 GiB do not show it.

    Given the speed of this run's restores of 1 GiB or more
    When it is applied to the largest newest backup of each class that has an RTO
    Then the restore would end within that RTO

  @BDS-602 @gate @severity:normal
  @supports:NIST-800-53:CP-9 @supports:SOC-2:A1.2
  Scenario: Nothing of the restore test is left behind
    A restore test that leaves images, files and scheduled backups behind fills the storage it should protect, run after
    run. What was there before stays as it was. OpenNebula itself changes one thing: in each restore of a chain it writes
    the names of backing files into the qcow2 headers of its increments on the backup server.

    When everything that the restore test made is removed
    Then nothing of it is found in OpenNebula, on the front-end or on the backup server, except what a chain still needs, which is named
