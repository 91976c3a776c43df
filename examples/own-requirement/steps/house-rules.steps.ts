import { Then, When } from '@cucumber/cucumber';
import { asking, type ComplianceWorld, check, expecting } from 'opennebula-backup-compliance';

When('the backup server shows its host key', asking('server'));

Then('it is of type {string}', function (this: ComplianceWorld, type: string) {
  return this.judge(hostKeyIsOfType(type));
});

/** The check asks the backup server. If BDS-101 is not met, the requirement is blocked, and this function is not called. */
const hostKeyIsOfType = (type: string) =>
  check('ORG-001', ['server'], ({ server: { login } }) => {
    const { to, hostKey, evidence } = login;
    const expected = expecting(to, `a host key of type ${type}`);
    if (hostKey === undefined) return expected.undetermined({ found: 'none in what ssh said', fix: `Look: ssh -v ${to}`, evidence });
    if (hostKey.type === type) return expected.met({ measured: hostKey.type, evidence });
    return expected.notMet({ found: hostKey.type, fix: `Set HostKey in /etc/ssh/sshd_config on ${to}.`, evidence });
  });
