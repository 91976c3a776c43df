Feature: Restoring the test backup
  A backup is as good as its restore. So the test backup is brought back, compared, and taken away again with all
  that was made for it. Test backup and restore together are the drill.

  @BDS-601 @gate @severity:blocker
  @evidences:NIST-800-53:CP-9(1) @evidences:ISO-27001:A.8.13 @evidences:CIS-v8:11.5 @evidences:SOC-2:A1.3
  @supports:NIST-800-53:CP-9(2) @supports:NIST-800-53:CP-10 @supports:SOC-2:A1.2
  Scenario: The backup restores, and the restored disk equals the one backed up
    OpenNebula says that a restore has begun, not how it ends. A restored image that is ready may still hold other
    data than the backup.

    Given the test backup has completed
    When it is restored into the declared image datastore
    Then OpenNebula calls each restored disk ready, and it equals the one on the backup server

  @BDS-602 @gate @severity:normal
  @supports:NIST-800-53:CP-9 @supports:SOC-2:A1.2
  Scenario: Nothing of the drill is left behind
    A drill that leaves images, files and scheduled backups behind fills the storage it was to protect, run after run.
    What was there before is left as it was.

    When all that the drill made is removed
    Then nothing of it is found, in OpenNebula, on the front-end, or on the backup server
