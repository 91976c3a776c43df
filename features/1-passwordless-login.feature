@supports:NIST-800-53:CP-9 @supports:ISO-27001:A.8.13 @supports:CIS-v8:11.2 @supports:SOC-2:A1.2
Feature: Passwordless login
  A backup travels over SSH: the front-end prepares the way on the backup server, then the hypervisor that runs the
  virtual machine, or a bridge host in its stead, sends the data. No person is there to type a password. A login that fails stops the backup, and
  OpenNebula says so only in a log file.

  @BDS-101 @audit @severity:blocker
  @supports:NIST-800-53:CP-10
  Scenario: The front-end logs in to the backup server as RSYNC_USER without a password
    Before each backup the driver logs in from the front-end and makes a directory for the data. Restores,
    deletions and the monitoring of free space take the same way.

    When the front-end logs in to the backup server the way the rsync driver does
    Then the backup server lets it in, and asks for no password

  @BDS-102 @audit @severity:blocker
  Scenario: Every hypervisor host logs in to the backup server without a password
    The driver starts rsync on the hypervisor that runs the virtual machine, unless the datastore names bridge hosts,
    which are BDS-107's. That host logs in with the front-end's key, lent to it through the forwarded agent; no host
    needs a key of its own. A host that OpenNebula shows as
    "on" may still be unable to log in: its state says nothing about SSH. What counts is the driver's own rsync: a
    login by hand may succeed where that one is kept out.

    Given the hypervisor hosts that OpenNebula lists
    When each of them logs in to the backup server the way the rsync driver does
    Then the backup server lets every host in, and asks none for a password

  @BDS-103 @audit @severity:blocker
  Scenario: The front-end's SSH agent is there and holds the key
    OpenNebula keeps an SSH agent on the front-end and lends its key to the hypervisors. When the agent is gone, or
    was restarted without its key, logins from the front-end still work, and every backup fails, unless every
    hypervisor has a key of its own.

    When the SSH agent of OpenNebula is asked for its keys
    Then it holds one that the backup server accepts

  @BDS-104 @audit @severity:blocker
  Scenario: A login to the backup server prints nothing of its own
    A greeting in a start-up file, such as .bashrc, passes every test by hand, and ends every backup: rsync takes the
    greeting for a part of its protocol. What hypervisors print at login does no harm.

    When the front-end logs in to the backup server the way the rsync driver does
    Then nothing is printed but what was asked for

  @BDS-105 @audit @severity:critical
  @supports:CIS-v8:11.3
  Scenario: The host key the backup server shows is the one that is known
    The host key tells that the machine that takes the backups is the one that was meant. If another key is shown, the
    server was reinstalled, or another machine is posing as it, and the backups would go there.

    Given the hypervisor hosts that OpenNebula lists
    When the front-end and each of them are shown the backup server's host key
    Then each knows it, or is set to accept one it does not know, and all see the same

  @BDS-106 @audit @severity:normal
  Scenario: OpenNebula's hypervisors are the declared ones
    A host that nobody declared is one that nobody prepared: the backups of virtual machines on it fail. A declared one
    that is missing may be one that was lost.

    Given the hypervisor hosts that OpenNebula lists
    Then they are the hosts that the site file declares, no more and no fewer

  @BDS-107 @audit @severity:blocker
  Scenario: Every bridge host can send what the hypervisor hosts stage
    BRIDGE_LIST of the datastore names machines that send the backups in place of the hypervisors. A hypervisor stages
    a backup in its system datastore, and the bridge host picks it up there: it must see the same storage at the same
    path, reach the backup server and the front-end, and have the programs of a transfer.

    Given the bridge hosts that the datastore names
    When each of them logs in to the backup server and to the front-end, and looks for what hypervisors stage
    Then both let it in, it has the programs it needs, and sees the system datastores at the same paths
