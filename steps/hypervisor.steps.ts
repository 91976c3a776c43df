import { Given, Then, When } from '@cucumber/cucumber';
import { hypervisorsLogIn } from '../support/checks/access.ts';
import type { ComplianceWorld } from '../support/world.ts';

Given('the hypervisor hosts that OpenNebula lists', async function (this: ComplianceWorld) {
  await this.cloud.frontend();
});

When('each of them logs in to the backup server the way the rsync driver does', async function (this: ComplianceWorld) {
  await this.cloud.hypervisors();
});

Then('the backup server lets every host in, and asks none for a password', async function (this: ComplianceWorld) {
  return this.judge(hypervisorsLogIn(await this.cloud.frontend(), await this.cloud.hypervisors(), this.cloud.site));
});
