@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: Passwordless login
  A backup travels over SSH. The front-end prepares the backup server, then the hypervisor host that runs the virtual
  machine sends the data, or a bridge host does. Nobody is there to type a password. A login that fails stops the
  backup, and OpenNebula says so only in a log file.

  @BDS-101 @audit @severity:blocker
  @supports:NIST-800-53:CP-10
  Scenario: The front-end logs in to the backup server as RSYNC_USER without a password
    Before each backup, the driver logs in from the front-end and creates a directory for the data. Restores, deletions
    and the monitoring of free space use the same login.

    When the front-end logs in to the backup server the way the rsync driver does
    Then the backup server accepts the login without a password

  @BDS-102 @audit @severity:blocker
  Scenario: Every hypervisor host logs in to the backup server without a password
    The driver starts rsync on the hypervisor host that runs the VM. If the datastore names bridge hosts,
    they send the data (BDS-107). The host logs in with the front-end's key, through the forwarded agent, so no host
    needs a key of its own. OpenNebula may show a host as "on" that cannot log in: its state says nothing about SSH. Only
    the driver's own rsync counts. A login by hand may succeed where rsync is refused.

    Given the hypervisor hosts that OpenNebula lists
    When each of them logs in to the backup server the way the rsync driver does
    Then the backup server accepts the login of every host without a password

  @BDS-103 @audit @severity:blocker
  Scenario: OpenNebula's SSH agent on the front-end holds a key that the backup server accepts
    OpenNebula runs an SSH agent on the front-end and forwards its key to the hypervisor hosts. If the agent is gone, or
    was restarted without its key, logins from the front-end still work, and every backup fails. The exception is a cloud
    in which every hypervisor host has a key of its own.

    When the SSH agent of OpenNebula is asked for its keys
    Then the agent holds a key that the backup server accepts

  @BDS-104 @audit @severity:blocker
  Scenario: A login to the backup server prints nothing of its own
    A greeting in a start-up file, such as .bashrc, passes every test by hand and breaks every backup: rsync reads it as
    part of its protocol. What hypervisor hosts print at login does no harm.

    When the front-end logs in to the backup server the way the rsync driver does
    Then the login prints nothing of its own

  @BDS-105 @audit @severity:critical
  @supports:CIS-v8:11.3
  Scenario: The backup server shows the host key that front-end and hypervisor hosts know
    The host key shows that the machine that receives the backups is the intended one. If the key has changed, the server
    was reinstalled, or another machine poses as it and would receive the backups.

    Given the hypervisor hosts that OpenNebula lists
    When the backup server shows its host key to the front-end and to each of them
    Then each of them knows the key or is set to accept new ones, and all see the same key

  @BDS-106 @audit @severity:normal
  Scenario: OpenNebula's hypervisor hosts match the site file
    A host that nobody declared was not prepared either, so that backups of its VMs fail. A declared host
    that is missing may be lost.

    Given the hypervisor hosts that OpenNebula lists
    Then they are exactly the hosts that the site file declares

  @BDS-107 @audit @severity:blocker
  Scenario: Every bridge host can send what the hypervisor hosts stage
    BRIDGE_LIST of the datastore names machines that send the backups instead of the hypervisor hosts. A hypervisor host
    stages a backup in its system datastore, and the bridge host reads it there. The bridge host must see the same storage
    at the same path. It must reach the backup server and the front-end, and have the programs of a transfer.

    Given the bridge hosts that the datastore names
    When each of them logs in to the backup server and to the front-end, and reads the system datastores
    Then both logins succeed, every program it needs runs, and it sees the system datastores at the same paths
