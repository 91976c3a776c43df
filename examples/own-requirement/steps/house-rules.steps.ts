import { Then, When } from '@cucumber/cucumber';
import { type BackupServerFacts, type ComplianceWorld, type Judgement, met, notLetIn } from 'opennebula-backup-compliance';

When('the backup server shows its host key', async function (this: ComplianceWorld) {
  await this.ask('server');
});

Then('it is of type {string}', function (this: ComplianceWorld, type: string) {
  // What lies behind a door that does not open is blocked, not missed.
  return this.judge(notLetIn(this.frontend, this.server, this.site) ?? isOfType(type, this.server));
});

function isOfType(type: string, { login: { to, hostKey, evidence } }: BackupServerFacts): Judgement {
  if (hostKey === undefined) {
    const reason = `${to}: expected a host key of type ${type}, found none in what ssh said. Look: ssh -v ${to}`;
    return { outcome: 'undetermined', reason, evidence };
  }
  if (hostKey.type === type) return met({ evidence });
  const reason = `${to}: expected a host key of type ${type}, found ${hostKey.type}. Set HostKey in /etc/ssh/sshd_config on ${to}.`;
  return { outcome: 'not-met', reason, evidence };
}
