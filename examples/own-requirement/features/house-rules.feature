Feature: House rules
  What our organisation asks beyond what a backup needs to work.

  @ORG-001 @audit @severity:normal
  Scenario: The backup server shows a host key of a type that we allow
    Our guideline for SSH allows one type of host key. A server that shows another was not set up by us.

    When the backup server shows its host key
    Then it is of type "ssh-ed25519"
