import { Then, When } from '@cucumber/cucumber';
import { frontendLogsIn } from '../support/checks/access.ts';
import { rsyncOnBackupServer } from '../support/checks/programs.ts';
import type { ComplianceWorld } from '../support/world.ts';

When('the front-end logs in to the backup server the way the rsync driver does', async function (this: ComplianceWorld) {
  await this.cloud.backupServer();
});

Then('the backup server lets it in, and asks for no password', async function (this: ComplianceWorld) {
  return this.judge(frontendLogsIn(await this.cloud.frontend(), await this.cloud.backupServer(), this.cloud.site));
});

When('rsync is asked for its version on the backup server', async function (this: ComplianceWorld) {
  await this.cloud.backupServer();
});

Then('it answers with a version that the driver can work with', async function (this: ComplianceWorld) {
  return this.judge(rsyncOnBackupServer(await this.cloud.frontend(), await this.cloud.backupServer(), this.cloud.site));
});
