Feature: The backup datastore
  The datastore is where OpenNebula writes down which driver carries the backups, and to which server. A backup that
  is scheduled to a datastore that does not exist is accepted without a word, and never runs.

  @BDS-402 @audit @severity:blocker
  Scenario: The list shows the datastore as TYPE bck, DS rsync, TM -, STAT on
    The list tells that OpenNebula knows the datastore as one for backups, served by the rsync driver. It does not
    tell that the backup server works: OpenNebula shows "on" for a server that is gone.

    When OpenNebula lists its datastores
    Then the declared one is there with TYPE bck, DS rsync, TM -, STAT on
